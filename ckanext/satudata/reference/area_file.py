"""Reads a list of areas from a table: all of it, or no more than what is wrong with it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from ckan.plugins import toolkit

from .. import tables
from ..text import normalise

COLUMNS = ("kode", "kode_bps", "nama")
LEVELS = {1: "provinsi", 2: "kabupaten_kota", 3: "kecamatan"}
DISTRICT = 3
MAX_BYTES = 10_000_000

_CODE = re.compile(r"\d{2}(\.\d{2}){0,2}", re.ASCII)
_BPS_DIGITS = {1: 2, 2: 4, 3: 7}
_KIND = re.compile(r"(kabupaten|kota)( administrasi)? ")
_MAX_FAULTS = 20

_ = toolkit._


class AreaFileError(Exception):
    """The file is no list of areas; ``faults`` says why, line by line."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("; ".join(faults))
        self.faults = faults


@dataclass(frozen=True)
class Area:
    """One area as stated: ``code`` with dots, ``code_bps`` empty where it is not known."""

    code: str
    code_bps: str
    name: str

    @property
    def level(self) -> int:
        """1 province, 2 regency or city, 3 district."""
        return self.code.count(".") + 1

    @property
    def parent(self) -> str | None:
        """Code of the area it lies in; None for a province."""
        return self.code.rpartition(".")[0] or None


def read(content: bytes, filename: str = "") -> dict[str, Area]:
    """The areas of a CSV or XLSX file with the columns of :data:`COLUMNS`, by code.

    :raises AreaFileError: when anything is wrong with it; at most 20 faults are named
    """
    try:
        table = tables.read_table(content, filename, MAX_BYTES)
        if tuple(table.header) != COLUMNS:
            stated = _("The columns must be: {columns}").format(columns=", ".join(COLUMNS))
            raise AreaFileError([stated])
        rows = [(row.line, Area(*(row.cells[name] for name in COLUMNS))) for row in table.rows]
    except tables.TableError as error:
        raise AreaFileError([str(error)]) from None
    faults = list(_faults(rows))
    if faults:
        raise AreaFileError(faults[:_MAX_FAULTS])
    return {area.code: area for _line, area in rows}


def _faults(rows: Iterable[tuple[int, Area]]) -> Iterator[str]:
    codes = {area.code for _line, area in rows}
    if not codes:
        yield _("The file has no areas.")
    seen: set[str] = set()
    for line, area in rows:
        for fault in _faults_of(area, codes, seen):
            yield _("Line {line}: {fault}").format(line=line, fault=fault)
        seen.add(area.code)
        if area.code_bps:
            seen.add(_bps_mark(area))


def _faults_of(area: Area, codes: set[str], seen: set[str]) -> Iterator[str]:
    if not _CODE.fullmatch(area.code):
        yield _('"{code}" is no code with dots such as 32, 32.73 or 32.73.02').format(
            code=area.code
        )
        return
    if area.code in seen:
        yield _("the code {code} stands twice").format(code=area.code)
    if area.parent and area.parent not in codes:
        yield _("{code} lies in {parent}, which the file does not have").format(
            code=area.code, parent=area.parent
        )
    if not area.name or not area.name.isprintable():
        yield _("{code} has no readable name").format(code=area.code)
    if not area.code_bps:
        return
    digits = _BPS_DIGITS[area.level]
    if not re.fullmatch(rf"\d{{{digits}}}", area.code_bps, re.ASCII):
        yield _('the BPS code of {code} must have {number} digits, not "{bps}"').format(
            code=area.code, number=digits, bps=area.code_bps
        )
    if _bps_mark(area) in seen:
        yield _("the BPS code {bps} stands twice").format(bps=area.code_bps)


def _bps_mark(area: Area) -> str:
    """What the set of seen codes holds for a BPS code, which may look like one of the others."""
    return f"bps {area.code_bps}"


def label(area: Area, areas: Mapping[str, Area]) -> str:
    """The name with what it lies in: "Kec. Coblong, Kota Bandung, Jawa Barat"."""
    first = f"Kec. {area.name}" if area.level == DISTRICT else area.name
    return f"{first}, {label(areas[area.parent], areas)}" if area.parent else first


def name_key(area: Area) -> str:
    """The normal form of the name proper: "bandung" for "Kota Bandung"."""
    return _KIND.sub("", normalise(area.name), count=1)
