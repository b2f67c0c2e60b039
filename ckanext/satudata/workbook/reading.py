"""Reading a workbook that was filled in; what is wrong is said cell by cell.

Whatever the file claims to be, it is unpacked only within limits, holds no macro and no
formula, and is of a layout we wrote.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from ckan.plugins import toolkit
from openpyxl.utils import get_column_letter

from .. import tables
from ..tables import TableError, as_text
from .sheets import Sheet, sheets
from .template import ABOUT, FIRST_ROW, KEY_ROW, KEYS, LAST_ROW, LISTS, MARK, VERSION, fingerprint

MOST_COLUMNS = 250
_MOST_FOREIGN = 20
"""Foreign columns that are named one by one; more of them mean another table."""


@dataclass(frozen=True)
class Fault:
    """Something wrong at a cell ("F12") of a sheet; an empty ``cell`` means the sheet."""

    sheet: str
    cell: str
    message: str


@dataclass(frozen=True)
class Line:
    """A filled row: the texts of its cells by column key, and where each cell is."""

    sheet: Sheet
    number: int
    id: str
    name: str
    texts: Mapping[str, str]
    letters: Mapping[str, str]

    @property
    def place(self) -> str:
        """The row, as people read it."""
        return f"{self.sheet.title}!A{self.number}"

    def fault(self, key: str, message: str) -> Fault:
        """A fault at the cell of a column of this row."""
        return Fault(self.sheet.title, f"{self.letters.get(key, 'A')}{self.number}", message)


@dataclass
class Filled:
    """What a workbook holds; ``notes`` say what was passed over."""

    org_id: str
    lines: list[Line] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def read(book: Any, filename: str) -> Filled:
    """Read a filled workbook whole; ``book`` is opened with its formulas.

    :raises TableError: it is no workbook of ours, or of another version of the layout
    """
    about = _about(book, filename)
    filled = Filled(org_id=about[1][1])
    versions = {row[0]: row[2] for row in about[3:] if len(row) > 2}
    known = {sheet.title: sheet for sheet in sheets()}
    for page in book.worksheets:
        sheet = known.get(page.title)
        if sheet is not None:
            if versions.get(sheet.key) != fingerprint(sheet):
                filled.notes.append(
                    toolkit._(
                        "The sheet {sheet} was made before the form last changed. Columns that "
                        "are still in the form are read; download the template again for the rest."
                    ).format(sheet=sheet.title)
                )
            _read_sheet(page, sheet, filled)
        elif page.title not in (ABOUT, LISTS):
            filled.notes.append(
                toolkit._("The sheet {sheet} is not part of the template and was not read.").format(
                    sheet=page.title
                )
            )
    return filled


def _about(book: Any, filename: str) -> list[list[str]]:
    rows = []
    if ABOUT in book.sheetnames:
        cells = book[ABOUT].iter_rows(max_row=50, max_col=5, values_only=True)
        rows = [[as_text(value) for value in row if value is not None] for row in cells]
    if len(rows) < 3 or rows[0][:1] != [MARK] or len(rows[1]) < 2:
        raise TableError(
            toolkit._(
                "The file {name} is not a template of this portal. Download the template, "
                "copy your figures into it and send that file."
            ).format(name=filename)
        )
    if rows[0][1:] != [str(VERSION)]:
        raise TableError(
            toolkit._(
                "The file {name} was made from another version of the template. Download the "
                "template again and copy your entries into it."
            ).format(name=filename)
        )
    if rows[1][0] != toolkit.config["ckan.site_id"]:
        raise TableError(
            toolkit._("The file {name} is a template of another portal.").format(name=filename)
        )
    return rows


def _read_sheet(page: Any, sheet: Sheet, filled: Filled) -> None:
    page.reset_dimensions()
    rows = page.iter_rows(max_row=tables.LAST_ROW, max_col=MOST_COLUMNS + 1)
    head = [as_text(cell.value).strip() for cell in next(rows, ())]
    wanted = (*KEYS, *(column.key for column in sheet.columns))
    places = {key: head.index(key) for key in wanted if key in head}
    if not set(KEYS) <= set(places):
        message = toolkit._("Row {row}, which is hidden, names the columns and must stay.")
        filled.faults.append(Fault(sheet.title, "A1", message.format(row=KEY_ROW)))
        return
    letters = {key: get_column_letter(place + 1) for key, place in places.items()}
    taken = set(places.values())
    foreign: set[int] = set()
    last = None
    for number, row in enumerate(rows, KEY_ROW + 1):
        if number < FIRST_ROW or row is last:  # a gap is one empty row, again and again
            continue
        last = row
        texts = {key: _text(row, place) for key, place in places.items()}
        foreign.update(
            place for place, cell in enumerate(row) if place not in taken and as_text(cell.value)
        )
        if not any(texts.values()):
            continue
        if number > LAST_ROW:
            message = toolkit._("At most {count} rows are read; use a second file for the rest.")
            fault = message.format(count=LAST_ROW - FIRST_ROW + 1)
            filled.faults.append(Fault(sheet.title, f"A{number}", fault))
            break
        key_texts = [texts.pop(key) for key in KEYS]
        line = Line(sheet, number, *key_texts, texts, letters)
        filled.faults += _formulas(row, places, line)
        filled.lines.append(line)
    filled.faults += _foreign_columns(sheet, head, sorted(foreign))


def _text(row: Any, place: int) -> str:
    return as_text(row[place].value).strip() if place < len(row) else ""


def _formulas(row: Any, places: Mapping[str, int], line: Line) -> Iterator[Fault]:
    for key, place in places.items():
        kind = row[place].data_type if place < len(row) else ""
        if kind == "f":
            yield line.fault(
                key, toolkit._("The cell holds a formula. Put in its result as plain text.")
            )
        elif kind == "e":
            yield line.fault(key, toolkit._("The cell holds an error of the spreadsheet."))


def _foreign_columns(sheet: Sheet, head: list[str], places: list[int]) -> Iterator[Fault]:
    """Entries in columns that the form does not have would be lost without a word."""
    if len(places) > _MOST_FOREIGN:
        yield Fault(
            sheet.title,
            "",
            toolkit._("There are more columns than the form has ({count}).").format(
                count=len(sheet.columns) + len(KEYS)
            ),
        )
        return
    for place in places:
        named = head[place] if place < len(head) else ""
        message = toolkit._("The form has no such column. Take it out, or move what is in it.")
        yield Fault(
            sheet.title, f"{get_column_letter(place + 1)}1", f"{named}: {message}".lstrip(": ")
        )
