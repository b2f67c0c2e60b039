"""Reads the file of a whole organisation structure: nested YAML, or CSV/XLSX with a parent column.

Nothing here looks at the database; what is wrong with the file itself is found here.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import yaml
from ckan.plugins import toolkit
from slugify import slugify

from .. import config, tables
from ..metadata.resource_values import as_list, as_text
from ..text import normalise

_ = toolkit._

FIELDS = {
    "jenis": "sd_jenis_opd",
    "peran": "sd_peran_sdi",
    "kode": "sd_kode_unit",
    "kode_wilayah": "sd_kode_wilayah",
    "bidang_urusan": "sd_bidang_urusan",
    "penanggung_jawab": "sd_penanggung_jawab",
    "admin_unit": "sd_admin_unit",
    "admin_sk_nomor": "sd_admin_sk_nomor",
    "admin_sk_tanggal": "sd_admin_sk_tanggal",
    "email": "sd_kontak_email",
    "telepon": "sd_kontak_telepon",
    "alamat": "sd_alamat",
    "situs": "sd_situs",
    "kop_surat": "sd_kop_surat",
    "deskripsi": "description",
}
"""Keys of the file that are stored with the organisation, and the field of each."""

_LISTS = {"bidang_urusan"}
"""Keys with several values: a list in YAML, separated by ``;`` in a table."""

_COLUMNS = {"nama": "title", "judul": "title", "induk": "parent", "alias": "alias"}
_KNOWN = {"name", "title", "parent", "alias", "unit", *FIELDS, *_COLUMNS}
MAX_FAULTS = 30


class StructureError(Exception):
    """The file cannot be loaded; ``faults`` are messages with their place, nothing was written."""

    def __init__(self, faults: list[str]):
        super().__init__("\n".join(faults))
        self.faults = faults


@dataclass
class Unit:
    """One organisation of the file; ``title`` (may be empty) and ``fields`` hold what it states."""

    name: str
    title: str
    parent: str | None
    place: str
    fields: dict[str, str] = field(default_factory=dict)
    aliases: list[str] = field(default_factory=list)


class _LineLoader(yaml.SafeLoader):
    """Safe YAML whose mappings know their line."""


def _mapping(loader: yaml.SafeLoader, node: yaml.MappingNode) -> Iterator[dict[Any, Any]]:
    made: dict[Any, Any] = {"": node.start_mark.line + 1}
    yield made
    made.update(loader.construct_mapping(node))


_LineLoader.add_constructor("tag:yaml.org,2002:map", _mapping)


def read(content: bytes, filename: str) -> list[Unit]:
    """The organisations of a file, parents before their units.

    YAML by the name's ending, else a table with the columns ``name``, ``title``,
    ``parent`` (the parent's name) and those of ``FIELDS``; ``alias`` separates
    spellings by ``;``. A missing name is made from the title. Raises StructureError.
    """
    if filename.lower().endswith((".yaml", ".yml")):
        units, faults = _Yaml().read(content)
    else:
        units, faults = _read_table(content, filename)
    faults += _faults(units)
    if faults:
        raise StructureError(faults[:MAX_FAULTS])
    return _in_order(units)


def _text(key: str, value: Any) -> str:
    """A value of the file as the organisation will store it."""
    if key not in _LISTS:
        return str(value).strip()
    several = as_list(value)
    return as_text(several) if several else ""


def _unit(raw: dict[str, Any], parent: str | None, place: str, faults: list[str]) -> Unit | None:
    values = {key: _text(key, value) for key, value in raw.items() if value not in (None, "")}
    unknown = sorted(set(values) - _KNOWN)
    if unknown:
        faults.append(_("{place}: unknown key {keys}").format(place=place, keys=", ".join(unknown)))
    title = values.get("title") or values.get("nama") or values.get("judul") or ""
    name = values.get("name") or slugify(title, max_length=100)
    if not name:
        faults.append(_("{place}: neither a name nor a title").format(place=place))
        return None
    aliases = raw.get("alias") or []
    if isinstance(aliases, str):
        aliases = aliases.split(";")
    return Unit(
        name=name,
        title=title,
        parent=values.get("parent") or values.get("induk") or parent,
        place=place,
        fields={FIELDS[key]: value for key, value in values.items() if key in FIELDS},
        aliases=[str(alias).strip() for alias in aliases if str(alias).strip()],
    )


class _Yaml:
    """Walks the nested mappings; a mapping that is met twice (a YAML anchor) is refused."""

    def __init__(self) -> None:
        self.units: list[Unit] = []
        self.faults: list[str] = []
        self.met: set[int] = set()

    def read(self, content: bytes) -> tuple[list[Unit], list[str]]:
        try:
            data = yaml.load(content, Loader=_LineLoader)
        except (yaml.YAMLError, UnicodeDecodeError, RecursionError) as error:
            raise StructureError(
                [_("This is not readable YAML: {error}").format(error=error)]
            ) from None
        if isinstance(data, dict) and set(data) - {""} == {"unit"}:
            data = data["unit"]
        self._walk(data if isinstance(data, list) else [data], None, "")
        return self.units, self.faults

    def _walk(self, nodes: Any, parent: str | None, trail: str) -> None:
        if not isinstance(nodes, list):
            self.faults.append(_("{place}: unit must be a list").format(place=trail or "1"))
            return
        for node in nodes:
            if len(self.faults) >= MAX_FAULTS:
                return
            self._node(node, parent, trail)

    def _node(self, node: Any, parent: str | None, trail: str) -> None:
        if not isinstance(node, dict):
            self.faults.append(
                _("{place}: an organisation must be a mapping").format(place=trail or "1")
            )
            return
        label = str(node.get("title") or node.get("nama") or node.get("name") or "?")
        trail = f"{trail} › {label}" if trail else label
        place = _("line {line} ({trail})").format(line=node[""], trail=trail)
        if id(node) in self.met:
            self.faults.append(
                _("{place}: the same organisation is met again below itself or elsewhere").format(
                    place=place
                )
            )
            return
        self.met.add(id(node))
        unit = _unit(
            {k: v for k, v in node.items() if k not in ("", "unit")}, parent, place, self.faults
        )
        if unit:
            self.units.append(unit)
            if node.get("unit") is not None:
                self._walk(node["unit"], unit.name, trail)


def _read_table(content: bytes, filename: str) -> tuple[list[Unit], list[str]]:
    units: list[Unit] = []
    faults: list[str] = []
    try:
        table = tables.read_table(content, filename, config.max_import_megabytes() * 1_000_000)
        for row in table.rows:
            cells = {key.strip().lower(): value for key, value in row.cells.items()}
            unit = _unit(cells, None, _("line {line}").format(line=row.line), faults)
            if unit:
                units.append(unit)
    except tables.TableError as error:
        raise StructureError([str(error)]) from None
    return units, faults


def _faults(units: list[Unit]) -> list[str]:
    faults: list[str] = []
    seen: dict[str, Unit] = {}
    spellings: dict[str, Unit] = {}
    for unit in units:
        if unit.name in seen:
            faults.append(
                _("{place}: {name} stands in {other} already; it can have one parent only").format(
                    place=unit.place, name=unit.name, other=seen[unit.name].place
                )
            )
            continue
        seen[unit.name] = unit
        for alias in unit.aliases:
            other = spellings.setdefault(normalise(alias), unit)
            if other is not unit:
                faults.append(
                    _('{place}: the alias "{alias}" belongs to {other} already').format(
                        place=unit.place, alias=alias, other=other.place
                    )
                )
    faults += [
        _("{place}: the parents lead back to {name}: {ring}").format(
            place=seen[ring[0]].place, name=ring[0], ring=" › ".join([*ring, ring[0]])
        )
        for ring in _rings(seen)
    ]
    return faults


def _rings(units: dict[str, Unit]) -> Iterator[list[str]]:
    """Each ring of parents once, as names."""
    settled: set[str] = set()
    for start in units:
        trail: list[str] = []
        name: str | None = start
        while name in units and name not in settled and name not in trail:
            trail.append(name)
            name = units[name].parent
        if name in trail:
            yield trail[trail.index(name) :]
        settled.update(trail)


def _in_order(units: list[Unit]) -> list[Unit]:
    """Parents before their units; otherwise as the file has them."""
    by_name = {unit.name: unit for unit in units}
    ordered: dict[str, Unit] = {}

    def put(unit: Unit) -> None:
        chain = []
        step: Unit | None = unit
        while step and step.name not in ordered:
            chain.append(step)
            step = by_name.get(step.parent or "")
        ordered.update((one.name, one) for one in reversed(chain))

    for unit in units:
        put(unit)
    return list(ordered.values())
