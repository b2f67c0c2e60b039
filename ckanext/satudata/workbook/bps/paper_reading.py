"""Reading the paper forms of BPS in XLSX, wherever they were filled in.

Questions are known by their number and wording, columns by their number; blank rows and
columns may stand between them. Answers may be given in words or by the number on paper.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from ckan.plugins import toolkit
from openpyxl.utils import get_column_letter

from ...tables import TableError, as_text
from ...text import normalise
from ..cells import TOO_LONG
from ..reading import MOST_COLUMNS
from .layout import HEAD, ID, IND, KEG, VAR, bare
from .names import Name, load
from .parcel import Parcel, Place
from .shapes import inward
from .words import code_of, several

_KIND = re.compile(r"\s*ms[\s_-]*(keg|ind|var)", re.IGNORECASE)
_TITLES = {"keg": KEG, "ind": IND, "var": VAR}
_QUESTION = re.compile(r"\s*(?:R(?:incian)?\.?\s*)?(\d+(?:\.\d+)+)\.?\s*")
_MOST_ROWS = 20_000
_HEADING_ROWS = 30


@dataclass(frozen=True)
class Row:
    """A row of a sheet that has something in it: texts by place (the first column is 0)."""

    number: int
    texts: tuple[str, ...]

    def text(self, place: int | None) -> str:
        """The text at a place, "" where there is none."""
        return self.texts[place] if place is not None and place < len(self.texts) else ""

    def cell(self, place: int | None) -> str:
        """What a spreadsheet calls the cell at a place."""
        return f"{get_column_letter((place or 0) + 1)}{self.number}"


def kind_of(page: Any) -> str | None:
    """Which form a sheet holds by its title or first rows: the title of layout.py, or None."""
    heads = [page.title]
    page.reset_dimensions()
    for cells in page.iter_rows(max_row=_HEADING_ROWS, max_col=8, values_only=True):
        heads += [value for value in cells if isinstance(value, str)]
    found = next(filter(None, map(_KIND.match, heads)), None)
    return _TITLES[found[1].lower()] if found else None


def rows_of(page: Any, parcel: Parcel) -> list[Row]:
    """The rows of a sheet with something in them; formulas are faults of the parcel.

    :raises TableError: too many rows or columns
    """
    page.reset_dimensions()
    found = []
    cells_of_rows = page.iter_rows(max_row=_MOST_ROWS + 1, max_col=MOST_COLUMNS + 1)
    for number, cells in enumerate(cells_of_rows, 1):
        texts = tuple(bare(as_text(cell.value).strip()) for cell in cells)
        if not any(texts):
            continue
        if number > _MOST_ROWS or any(texts[MOST_COLUMNS:]):
            raise TableError(
                toolkit._("The sheet {sheet} is larger than the form can be.").format(
                    sheet=page.title
                )
            )
        row = Row(number, tuple("" if text == TOO_LONG else text for text in texts))
        for place, cell in enumerate(cells):
            if cell.data_type in ("f", "e"):
                message = toolkit._("The cell holds a formula. Put in its result as plain text.")
                parcel.faults.append(Place(page.title, row.cell(place)).fault("", message))
        found.append(row)
    return found


def read_keg(page: Any, parcel: Parcel) -> None:
    """Read the form MS-Keg into the activity of a parcel.

    :raises TableError: the headings of its columns are not there
    """
    rows = rows_of(page, parcel)
    columns, start = _columns(rows)
    if not columns:
        raise TableError(
            toolkit._(
                "The sheet {sheet} lacks the row of headings: {headings}. Leave it as it was."
            ).format(sheet=page.title, headings=", ".join(HEAD))
        )
    parcel.activity.place = Place(page.title, "")
    reader = _Questions(page.title, columns, parcel)
    for row in rows[start:]:
        reader.take(row)


def _columns(rows: Sequence[Row]) -> tuple[dict[str, int], int]:
    """Where the columns of MS-Keg are, and the row after their headings; {} if there are none."""
    wanted = {normalise(title): title for title in HEAD}
    for at, row in enumerate(rows[:_HEADING_ROWS]):
        found = {
            wanted[normalise(text)]: place
            for place, text in enumerate(row.texts)
            if normalise(text) in wanted
        }
        if len(found) == len(HEAD):
            return found, at + 1
    return {}, 0


@dataclass
class _Questions:
    """Goes down the rows of MS-Keg; knows which table it is in."""

    sheet: str
    columns: dict[str, int]
    parcel: Parcel
    table: Name | None = None
    heads: dict[str, int] = field(default_factory=dict)

    def take(self, row: Row) -> None:
        """Read one row."""
        number = _QUESTION.fullmatch(row.text(self.columns[HEAD[0]]))
        label = row.text(self.columns[HEAD[1]])
        if number:
            self._numbered(number[1], label, row)
        elif self.table is not None:
            self._in_table(self.table, label, row)
        elif label:
            self._on_cover(label, row)

    def _numbered(self, number: str, label: str, row: Row) -> None:
        self.table = None
        if number == load().schedule.number:
            self._head_of(_spans()[0], row)
            return
        name = _named(number, label)
        if name is None:
            self._note(row)
        elif name in _spans():
            self._row_of(name, row)
        elif name.shape == "rows":
            self.table, self.heads = name, {}
        else:
            self._answer(name, row)
            if name.shape == "multi":
                self.table = name

    def _in_table(self, table: Name, label: str, row: Row) -> None:
        if table.shape == "multi":
            self._step(table, label, row)
        elif not self.heads:
            self._head_of(table, row)
        else:
            self._row_of(table, row)

    def _on_cover(self, label: str, row: Row) -> None:
        if normalise(label) == normalise(ID):
            self.parcel.activity.id = row.text(self.columns[HEAD[2]])
            return
        name = _named("", label)
        if name is not None:
            self._answer(name, row)
        elif row.text(self.columns[HEAD[2]]):
            self._note(row)

    def _head_of(self, name: Name, row: Row) -> None:
        wanted = {normalise(column.label): column.field for column in name.columns}
        self.heads = {
            wanted[normalise(text)]: place
            for place, text in enumerate(row.texts)
            if normalise(text) in wanted
        }

    def _row_of(self, name: Name, row: Row) -> None:
        values = {key: row.text(place) for key, place in self.heads.items() if row.text(place)}
        if not values:
            return
        activity = self.parcel.activity
        held = activity.values.setdefault(name.field, [])
        for key in values:
            place = Place(self.sheet, row.cell(self.heads[key]))
            activity.places[(name.field, len(held), key)] = place
        held.append(values)

    def _answer(self, name: Name, row: Row) -> None:
        place, box = self.columns[HEAD[2]], self.columns[HEAD[3]]
        words, code = row.text(place), row.text(box)
        choices = load().ms_keg.choices(name)
        value: Any = words or code
        if name.shape == "multi":
            value = several(name, choices, value)
        elif value:
            value = inward(name, value, choices)
        if not value:
            return
        activity = self.parcel.activity
        activity.values[name.field] = value
        activity.places[(name.field,)] = Place(self.sheet, row.cell(place if words else box))
        meant = code_of(choices, [value] if isinstance(value, str) else value)
        if words and code.isdecimal() and meant is not None and int(code) != meant:
            message = toolkit._('The answer "{answer}" has the number {number}, not {code}.')
            fault = message.format(answer=words, number=meant, code=code)
            where = Place(self.sheet, row.cell(box))
            self.parcel.faults.append(where.fault(name.field, fault))

    def _step(self, name: Name, label: str, row: Row) -> None:
        """A yes or no at one choice of a question."""
        found = several(name, load().ms_keg.choices(name), label)
        place = self.columns[HEAD[2]]
        given = row.text(place) or row.text(self.columns[HEAD[3]])
        if given and inward(Name("", shape="boolean"), given, ()) == "true":
            values = self.parcel.activity.values
            values[name.field] = [*values.get(name.field, []), *found]
            self.parcel.activity.places[(name.field,)] = Place(self.sheet, row.cell(place))

    def _note(self, row: Row) -> None:
        """Tell of a question, never of its answer: notes are kept, and it may be a person's."""
        message = toolkit._("{place}: not read, since the form has no such question: {keys}")
        where = Place(self.sheet, row.cell(self.columns[HEAD[0]])).place
        label = row.text(self.columns[HEAD[1]])[:100]
        self.parcel.notes.append(message.format(place=where, keys=label or "–"))


def _spans() -> list[Name]:
    """The stages of the schedule."""
    about = load().schedule
    return [name for name in load().ms_keg.names if name.number.startswith(f"{about.number}.")]


def _named(number: str, label: str) -> Name | None:
    """The question of a number and wording; where the number has but one, the wording is free."""
    under = [name for name in load().ms_keg.names if name.number == number]
    if number and len(under) == 1:
        return under[0]
    wanted = normalise(label)
    return next((name for name in under if normalise(name.label) == wanted), None)
