"""Reading of tabular files (CSV, XLSX) for all rooms.

Memory stays flat: rows come one by one from a spooled file. What is
not plainly a table is refused with a message for the person who sent it.
"""

from __future__ import annotations

import codecs
import contextlib
import csv
import datetime as dt
import io
import re
import tempfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, BinaryIO

import openpyxl
from ckan.plugins import toolkit
from openpyxl.utils import get_column_letter, range_boundaries

_ = toolkit._

DELIMITERS = (",", ";", "\t")
LAST_ROW = 1 << 20
"""Last row that a sheet can have; a file may claim any, and every row up to it would be read."""

_SPOOL = 1 << 20
_CHUNK = 1 << 16
_SAMPLE_LINES = 50
_INFLATED = 30
"""How many times its own size an XLSX may unpack to."""

_FOREIGN = (
    (b"%PDF", "PDF"),
    (b"\xd0\xcf\x11\xe0", "Excel 97-2003 (.xls)"),
    (b"\x89PNG", "PNG"),
    (b"\xff\xd8\xff", "JPEG"),
    (b"GIF8", "GIF"),
    (b"{\\rtf", "RTF"),
    (b"\x1f\x8b", "GZIP"),
)
_MERGED = re.compile(rb'<(?:\w+:)?mergeCell\s[^>]*?ref="([A-Z]+\d+(?::[A-Z]+\d+)?)"')


class TableError(Exception):
    """The file cannot be read as a table; ``str()`` is the reason in the user's language."""


@dataclass(frozen=True)
class Row:
    """One record: ``line`` is its (first) line in the file, ``cells`` its text by column name.

    ``fault`` says why the record does not fit the header (only where the reader asked for such
    records, see :func:`read_table`); its cells then mean nothing.
    """

    line: int
    cells: dict[str, str]
    fault: str = ""


@dataclass(frozen=True)
class Table:
    """A table being read: iterate ``rows`` once; that may raise :class:`TableError`.

    ``note`` says what was assumed about the file (encoding, separator, sheet).
    """

    header: list[str]
    rows: Iterator[Row]
    note: str


def read_table(
    source: bytes | BinaryIO,
    filename: str = "",
    max_bytes: int | None = None,
    *,
    keep_ragged: bool = False,
) -> Table:
    """Open a CSV (``,`` ``;`` or tab; UTF-8, UTF-16 or cp1252) or XLSX file.

    The content decides, not the name; ``filename`` only serves the messages. Rows whose cells
    are all empty are skipped, cells come without outer spaces. The first row is the header.

    :param max_bytes: largest size accepted; checked before the content is read
    :param keep_ragged: give rows that have not the header's columns as rows with a ``fault``,
        for callers that account for each row; else such a row raises
    :raises TableError: too large, empty, not a table, merged cells, a header without or with
        repeated names; while iterating: a row that has not the columns of the header
    """
    stream = spool(source, filename, max_bytes)
    start = stream.read(8)
    stream.seek(0)
    if not start:
        raise TableError(_("The file {name} is empty.").format(name=filename))
    for magic, kind in _FOREIGN:
        if start.startswith(magic):
            raise TableError(
                _(
                    "The file {name} is not a table but a {kind} file. Save it as CSV or XLSX."
                ).format(name=filename, kind=kind)
            )
    if start.startswith(b"PK"):
        table = _read_xlsx(stream, filename, max_bytes)
    else:
        table = _read_csv(stream, filename)
    return table if keep_ragged else replace(table, rows=_refuse_ragged(table.rows, filename))


def spool(source: bytes | BinaryIO, filename: str, max_bytes: int | None) -> BinaryIO:
    """Return a seekable binary file of at most ``max_bytes`` bytes.

    :raises TableError: it is larger
    """
    stream: BinaryIO = io.BytesIO(source) if isinstance(source, bytes) else source
    seekable = getattr(stream, "seekable", None)
    if seekable and seekable():
        size = stream.seek(0, io.SEEK_END)
        stream.seek(0)
        _check_size(size, filename, max_bytes)
        return stream
    spool = tempfile.SpooledTemporaryFile(max_size=_SPOOL)  # noqa: SIM115 - lives with the rows
    size = 0
    while chunk := stream.read(_CHUNK):
        size += len(chunk)
        _check_size(size, filename, max_bytes)
        spool.write(chunk)
    spool.seek(0)
    return spool  # type: ignore[return-value]


def _check_size(size: int, filename: str, max_bytes: int | None) -> None:
    if max_bytes is not None and size > max_bytes:
        raise TableError(
            _("The file {name} is too large: at most {limit} MB are accepted.").format(
                name=filename, limit=f"{max_bytes / 1_000_000:g}"
            )
        )


# CSV


class _Text(io.TextIOWrapper):
    """Text of a binary file that stays open for its owner when the reading is over."""

    def close(self) -> None:
        with contextlib.suppress(ValueError):  # given back already
            self.detach()


def _encoding(stream: BinaryIO, filename: str) -> str:
    start = stream.read(4)
    stream.seek(0)
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        candidates: tuple[str, ...] = ("utf-16",)
    else:
        candidates = ("utf-8-sig", "cp1252")
    for name in candidates:
        if _decodes(stream, name):
            return name
    raise TableError(
        _("The text of {name} cannot be read: save the file as CSV UTF-8.").format(name=filename)
    )


def _decodes(stream: BinaryIO, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        while chunk := stream.read(_CHUNK):
            if "\x00" in decoder.decode(chunk):
                return False
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    finally:
        stream.seek(0)
    return True


def _delimiter(text: io.TextIOWrapper) -> str:
    """Return the delimiter under which most of the first lines have the header's columns."""
    lines = [line for line, _number in zip(text, range(_SAMPLE_LINES), strict=False)]
    text.seek(0)

    def fit(delimiter: str) -> tuple[int, int]:
        try:
            widths = [len(row) for row in csv.reader(lines, delimiter=delimiter) if row]
        except csv.Error:
            return 0, 0
        width = widths[0] if widths else 0
        return (widths.count(width), width) if width > 1 else (0, 0)

    return max(DELIMITERS, key=fit)


def _records(text: io.TextIOWrapper, delimiter: str, filename: str) -> Iterator[tuple[int, list]]:
    reader = csv.reader(text, delimiter=delimiter, strict=True)
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise TableError(
                _(
                    "The file {name} is broken at line {line}: a quotation mark is opened and "
                    "not closed, or stands inside a cell ({error})."
                ).format(name=filename, line=line, error=error)
            ) from error
        yield line, cells


def _read_csv(stream: BinaryIO, filename: str) -> Table:
    encoding = _encoding(stream, filename)
    text = _Text(stream, encoding=encoding, newline="")
    delimiter = _delimiter(text)
    records = _records(text, delimiter, filename)
    note = _("text {encoding}, separator {separator}").format(
        encoding=encoding.upper().replace("-SIG", ""),
        separator={"\t": _("tab")}.get(delimiter, f"“{delimiter}”"),
    )
    return _table(records, filename, note)


# XLSX


def open_workbook(
    source: bytes | BinaryIO, filename: str, max_bytes: int | None, *, data_only: bool
) -> Any:
    """Open an XLSX for reading row by row.

    :param data_only: give what formulas last came to; else the formulas themselves
    :raises TableError: too large, packed too densely, with macros, or no XLSX at all
    """
    stream = spool(source, filename, max_bytes)
    not_readable = _("The file {name} cannot be read as XLSX: it is broken or of another kind.")
    try:
        with zipfile.ZipFile(stream) as archive:
            entries = archive.infolist()
            if max_bytes is not None:
                _check_size(
                    sum(each.file_size for each in entries), filename, max_bytes * _INFLATED
                )
            if any(each.filename.lower().endswith("vbaproject.bin") for each in entries):
                raise TableError(
                    _("The file {name} holds macros. Save it as an XLSX without macros.").format(
                        name=filename
                    )
                )
        stream.seek(0)
        return openpyxl.load_workbook(stream, read_only=True, data_only=data_only)
    except TableError:
        raise
    except Exception as error:  # openpyxl lets through whatever a broken part raises
        raise TableError(not_readable.format(name=filename)) from error


def _read_xlsx(stream: BinaryIO, filename: str, max_bytes: int | None) -> Table:
    book = open_workbook(stream, filename, max_bytes, data_only=True)
    for sheet in book.worksheets:
        sheet.reset_dimensions()
        records = _sheet_records(sheet, filename)
        first = next(((line, cells) for line, cells in records if any(cells)), None)
        if first:
            _refuse_merged(book, sheet, first[0], filename)
            note = _("sheet “{sheet}”").format(sheet=sheet.title)
            return _table(_chain(first, records), filename, note, pad=True)
    raise TableError(_("The file {name} is empty.").format(name=filename))


def _chain(first: tuple[int, list], rest: Iterator[tuple[int, list]]) -> Iterator:
    yield first
    yield from rest


def _sheet_records(sheet: Any, filename: str) -> Iterator[tuple[int, list[str]]]:
    try:
        rows = sheet.iter_rows(max_row=LAST_ROW, values_only=True)
        for line, values in enumerate(rows, 1):
            yield line, [as_text(value) for value in values]
    except Exception as error:  # a broken sheet raises whatever its XML or zip part gives
        raise TableError(
            _("The sheet “{sheet}” of {name} is broken.").format(sheet=sheet.title, name=filename)
        ) from error


def as_text(value: Any) -> str:
    """The text of a cell's value: whole numbers without point, dates in ISO form."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, dt.datetime) and value.time() == dt.time():
        return value.date().isoformat()
    if isinstance(value, dt.date | dt.time):
        return value.isoformat()
    return str(value)


def _refuse_merged(book: Any, sheet: Any, header_line: int, filename: str) -> None:
    """Merged cells leave holes that cannot be told from empty cells."""
    ranges = _merged_ranges(book, sheet)
    in_header = [
        ref for ref in ranges if range_boundaries(ref)[1] <= header_line <= range_boundaries(ref)[3]
    ]
    if in_header:
        raise TableError(
            _(
                "The header of {name} has merged cells ({cells}). Unmerge them, remove title rows "
                "above the header, and give each column one name in one row."
            ).format(name=filename, cells=", ".join(in_header[:5]))
        )
    if ranges:
        raise TableError(
            _("{name} has merged cells ({cells}). Unmerge them and fill each cell.").format(
                name=filename, cells=", ".join(ranges[:5])
            )
        )


def _merged_ranges(book: Any, sheet: Any) -> list[str]:
    """Return the merged ranges; the read-only mode of openpyxl does not know them."""
    found: list[str] = []
    with book._archive.open(sheet._worksheet_path) as part:
        tail = b""
        while chunk := part.read(_CHUNK):
            window = tail + chunk
            last = 0
            for match in _MERGED.finditer(window):
                found.append(match[1].decode())
                last = match.end()
            tail = window[max(last, len(window) - 200) :]
    return found


# Both


def _clean(cell: str) -> str:
    return cell.strip().strip("\ufeff\u200b")


def _table(
    records: Iterator[tuple[int, list[str]]], filename: str, note: str, *, pad: bool = False
) -> Table:
    """Read the header; ``pad``: rows may be short, since the format stores no empty cells."""
    header = next((cells for _line, cells in records if any(map(_clean, cells))), None)
    if header is None:
        raise TableError(_("The file {name} is empty.").format(name=filename))
    names = [" ".join(_clean(name).split()) for name in header]
    while names and not names[-1]:
        names.pop()
    if len(names) < 2:
        raise TableError(
            _(
                "The file {name} is not a table: its first row must hold at least two column names "
                "separated by comma, semicolon or tab."
            ).format(name=filename)
        )
    _check_names(names, filename)
    return Table(names, _rows(records, names, pad), note)


def _check_names(names: list[str], filename: str) -> None:
    if "" in names:
        raise TableError(
            _("Column {column} of {name} has no name in the header.").format(
                column=get_column_letter(names.index("") + 1), name=filename
            )
        )
    folded = [name.casefold() for name in names]
    repeated = sorted({name for name in names if folded.count(name.casefold()) > 1})
    if repeated:
        raise TableError(
            _("The header of {name} has a column name more than once: {columns}.").format(
                name=filename, columns=", ".join(repeated)
            )
        )


def _rows(records: Iterator[tuple[int, list[str]]], names: list[str], pad: bool) -> Iterator[Row]:
    width = len(names)
    for line, raw in records:
        cells = [_clean(cell) for cell in raw]
        if not any(cells):
            continue
        if pad:
            cells += [""] * (width - len(cells))
        fault = ""
        if any(cells[width:]) or len(cells) < width:
            fault = _("The row has {count} cells, the header has {width}.").format(
                count=len(cells), width=width
            )
        yield Row(line, dict(zip(names, cells, strict=False)), fault)


def _refuse_ragged(rows: Iterator[Row], filename: str) -> Iterator[Row]:
    for row in rows:
        if row.fault:
            raise TableError(
                _("Line {line} of {name}: {fault}").format(
                    line=row.line, name=filename, fault=row.fault
                )
            )
        yield row
