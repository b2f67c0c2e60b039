"""Writing of tabular files (CSV, XLSX) for all rooms."""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
from collections.abc import Iterable
from decimal import Decimal

import openpyxl
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Font

Cell = str | int | float | Decimal | dt.date | dt.datetime | bool | None

FORMATS = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
"""Media types of the files that are written, by the ending of their names."""

_FORMULA_START = ("=", "+", "-", "@", "\t", "\r")


def neutralise(cell: Cell) -> Cell:
    """Return the cell so that no spreadsheet runs it as a formula; numbers stay numbers.

    >>> neutralise("=1+1"), neutralise(-1)
    ("'=1+1", -1)
    """
    if isinstance(cell, str) and cell.startswith(_FORMULA_START):
        return "'" + cell
    return cell


def write(
    extension: str, header: Iterable[str], rows: Iterable[Iterable[Cell]], title: str
) -> bytes:
    """The table as a file; ``extension`` is a key of :data:`FORMATS`."""
    if extension == "csv":
        return write_csv(header, rows)
    return write_xlsx(header, rows, title)


def write_csv(header: Iterable[str], rows: Iterable[Iterable[Cell]]) -> bytes:
    """Return a CSV file: comma, UTF-8 with BOM (which spreadsheets ask for), CRLF."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    for row in (header, *rows):
        writer.writerow([neutralise(cell) for cell in row])
    return out.getvalue().encode("utf-8-sig")


def write_xlsx(header: Iterable[str], rows: Iterable[Iterable[Cell]], title: str) -> bytes:
    """Return an XLSX file with one sheet ``title``, its header bold and frozen."""
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet(re.sub(r"[\[\]:*?/\\]", " ", title)[:31] or "Data")
    sheet.freeze_panes = "A2"
    bold = Font(bold=True)
    names = []
    for name in header:
        cell = WriteOnlyCell(sheet, storable(name))
        cell.font = bold
        names.append(cell)
    sheet.append(names)
    for row in rows:
        sheet.append([storable(cell) for cell in row])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def storable(cell: Cell) -> Cell:
    """The cell as a spreadsheet can hold it: without control characters, never a formula."""
    if isinstance(cell, dt.datetime) and cell.tzinfo:
        return cell.isoformat(sep=" ", timespec="seconds")  # XLSX knows no time zones
    if isinstance(cell, str):
        return neutralise(ILLEGAL_CHARACTERS_RE.sub("", cell))
    return cell
