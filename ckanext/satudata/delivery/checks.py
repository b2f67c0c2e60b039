"""Checks of a held file: can a machine read it, and is it a clean table?

Runs in the job, never in a request. Memory stays flat: rows are streamed, at
most :data:`MAX_ROWS` of them are looked at, and repeated rows are sought among
the first :data:`REMEMBERED_ROWS`.
"""

from __future__ import annotations

import codecs
import logging
import zipfile
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

import magic
from ckan.plugins import toolkit
from frictionless import Detector, Resource, formats, system
from rq.timeouts import BaseTimeoutException

log = logging.getLogger(__name__)

CHECKER = 1
"""Version of the checks: results of an older one are measured again."""

MAX_ROWS = 1_000_000
REMEMBERED_ROWS = 100_000
MAX_COLUMNS = 16_384
"""As many as a sheet can have; each costs the reader more than a millisecond."""
MAX_UNPACKED = 200_000_000
"""Bytes an XLSX may unpack to: its texts are held in memory."""
_LOOKED_AT = 100

OURS = ("content_missing", "content_changed", "format_not_supported")
"""Reasons that are not the OPD's: the part leaves the score."""

_PROSE = ("image/", "audio/", "video/", "application/pdf", "application/msword",
          "application/rtf", "text/rtf", "text/html", "application/postscript",
          "application/vnd.ms-powerpoint",
          "application/vnd.openxmlformats-officedocument.wordprocessingml",
          "application/vnd.openxmlformats-officedocument.presentationml",
          "application/vnd.oasis.opendocument.text")  # fmt: skip


@dataclass
class Measured:
    """What the checks found; ``failures`` are ``{"check": key, "count": n}`` or a ``reason``.

    ``readable`` is None where the cause is ours. ``run``/``passed`` give Q,
    ``cells``/``empty_cells`` the share of non-empty cells (K).
    """

    readable: bool | None
    rows: int = 0
    cells: int = 0
    empty_cells: int = 0
    run: int = 0
    passed: int = 0
    failures: list[dict[str, str | int]] = field(default_factory=list)


def unread(reason: str) -> Measured:
    """The result for content that cannot be measured, ours or theirs by :data:`OURS`."""
    readable = None if reason in OURS else False
    return Measured(readable, failures=[{"check": "readable", "reason": reason}])


def measure(path: Path) -> Measured:
    """Check one file by its content, whatever its name or declared format says.

    Whatever a reader raises is the fault of this file and must not stop the work on others.
    """
    if not path.stat().st_size:
        return unread("empty")
    try:
        return _measure(path)
    except BaseTimeoutException:
        raise
    except Exception:  # the readers let through whatever a broken part raises
        log.info("satudata: a delivered file could not be read as a table", exc_info=True)
        return unread("broken")


def _measure(path: Path) -> Measured:
    try:
        with opened_table(path) as (source, encoding):
            return _measure_rows(source, encoding)
    except NoTableError as error:
        return unread(str(error))


class NoTableError(Exception):
    """The content is no table that we read; ``str()`` is the reason, a key of :func:`label`."""


@contextmanager
def opened_table(path: Path) -> Iterator[tuple[Resource, str | None]]:
    """The first table of a file by its content, for reading cell by cell; a CSV's encoding.

    :raises NoTableError: it is none, or too large for the worker
    """
    kind = _kind(path)
    if kind not in ("csv", "xlsx"):
        raise NoTableError(kind)
    if _too_large(path, kind):
        raise NoTableError("too_large")
    encoding = _encoding(path) if kind == "csv" else None
    control = formats.ExcelControl(sheet=_first_filled_sheet(path)) if kind == "xlsx" else None
    source = Resource(
        path=path.name,
        basepath=str(path.parent),
        format=kind,
        encoding=encoding,
        control=control,
        detector=Detector(field_type="any", sample_size=_LOOKED_AT),
    )
    with system.use_context(trusted=True), source:
        yield source, encoding


def _too_large(path: Path, kind: str) -> bool:
    """Tell whether reading the file as a table would take the worker's time or memory."""
    if kind == "xlsx":
        with zipfile.ZipFile(path) as archive:
            return sum(part.file_size for part in archive.infolist()) > MAX_UNPACKED
    with path.open(encoding="latin-1") as text:
        widths = (max(map(line.count, ",;\t|")) for line in islice(text, _LOOKED_AT))
        return any(width >= MAX_COLUMNS for width in widths)


def _kind(path: Path) -> str:
    """``csv``, ``xlsx`` or the reason why the file is neither."""
    mime = magic.from_file(str(path), mime=True)
    if mime.startswith(_PROSE):
        return "not_machine_readable"
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            names = set(archive.namelist())
        if "xl/workbook.xml" in names:
            return "xlsx"
        return "not_machine_readable" if "word/document.xml" in names else "format_not_supported"
    with path.open("rb") as stream:
        start = stream.read(4096).removeprefix(codecs.BOM_UTF8).lstrip()
    if start.startswith(b"PK\x03\x04"):
        return "broken"
    if start[:1] in (b"{", b"[", b"<") or b"\0" in start:
        return "format_not_supported"
    return "csv"


def _encoding(path: Path) -> str:
    decoder = codecs.getincrementaldecoder("utf-8-sig")()
    try:
        with path.open("rb") as stream:
            while chunk := stream.read(1 << 20):
                decoder.decode(chunk)
            decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8-sig"


def _first_filled_sheet(path: Path) -> int:
    """Number (from 1) of the first sheet that holds a value."""
    from openpyxl import load_workbook

    with path.open("rb") as stream:  # named *.xlsx or not
        book = load_workbook(stream, read_only=True, data_only=True)
        for number, sheet in enumerate(book.worksheets, 1):
            rows = sheet.iter_rows(max_row=_LOOKED_AT, values_only=True)
            if any(not is_empty(cell) for row in rows for cell in row):
                return number
    return 1


def is_empty(cell: object) -> bool:
    """Whether a cell of a table holds nothing but blanks."""
    return cell is None or (isinstance(cell, str) and not cell.strip())


def _measure_rows(source: Resource, encoding: str | None) -> Measured:
    labels = list(source.labels)
    if len(labels) < 2:
        return unread("not_a_table")
    found = _Counts(len(labels))
    found.take(islice(source.cell_stream, 1, None))
    failed = Counter(
        header_named=sum(is_empty(label) for label in labels),
        header_unique=len(labels) - len({str(label).strip().casefold() for label in labels}),
        rows_present=int(not found.rows),
        rows_regular=found.irregular,
        rows_filled=found.blank,
        rows_distinct=found.repeated,
        columns_filled=sum(not filled for filled in found.filled) if found.rows else 0,
    )
    if encoding:
        failed["encoding_utf8"] = int(encoding != "utf-8-sig")
    failures = [{"check": key, "count": count} for key, count in failed.items() if count]
    return Measured(
        readable=True,
        rows=found.rows,
        cells=found.rows * len(labels),
        empty_cells=found.empty,
        run=len(failed),
        passed=len(failed) - len(failures),
        failures=failures,
    )


class _Counts:
    """Counts over the rows below the header."""

    def __init__(self, width: int):
        self.width = width
        self.rows = self.blank = self.irregular = self.repeated = self.empty = 0
        self.filled = [0] * width
        self._seen: set[int] = set()

    def take(self, cells: Iterable[list[object]]) -> None:
        for row in cells:
            if self.rows + self.blank >= MAX_ROWS:
                return
            self._take_row(row)

    def _take_row(self, row: list[object]) -> None:
        empty = [is_empty(cell) for cell in row]
        if all(empty):
            self.blank += 1
            return
        self.rows += 1
        self.irregular += len(row) != self.width and not all(empty[self.width :] or [False])
        self.empty += sum(empty[: self.width]) + max(0, self.width - len(row))
        for place, missing in enumerate(empty[: self.width]):
            self.filled[place] += not missing
        mark = hash(tuple(map(str, row)))
        self.repeated += mark in self._seen
        if len(self._seen) < REMEMBERED_ROWS:
            self._seen.add(mark)


def label(check: str) -> str:
    """What a failed check or an unreadable file means, as a sentence to the OPD."""
    sentences = {
        "header_named": toolkit._("Give every column a name in the first row."),
        "header_unique": toolkit._("Two columns have the same name: rename one."),
        "rows_present": toolkit._("The table has no rows below its header."),
        "rows_regular": toolkit._("Some rows have more or fewer cells than the header."),
        "rows_filled": toolkit._("Take out the empty rows inside the table."),
        "rows_distinct": toolkit._("Some rows are there twice."),
        "columns_filled": toolkit._("A column is empty in all rows."),
        "encoding_utf8": toolkit._("Save the CSV as UTF-8."),
        "empty": toolkit._("The file is empty."),
        "too_large": toolkit._(
            "The table is too large to be checked: give it fewer columns, or several files."
        ),
        "broken": toolkit._("The file is damaged and cannot be opened as a table."),
        "not_a_table": toolkit._("The file holds no table with at least two columns."),
        "not_machine_readable": toolkit._(
            "A machine cannot read this kind of file (PDF, picture, text document): "
            "upload the figures as CSV or XLSX."
        ),
        "format_not_supported": toolkit._("The portal cannot check this kind of file yet."),
        "content_missing": toolkit._("The portal could not find the file in its storage."),
        "content_changed": toolkit._("The file was replaced before it could be checked."),
    }
    return sentences[check]
