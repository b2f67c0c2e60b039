"""A parcel as the paper forms of BPS, in XLSX: MS-Keg as questions, the others as tables.

What INDAH asks beyond the paper stands in columns beside those with numbers.
"""

from __future__ import annotations

import datetime as dt
import io
import itertools
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import openpyxl
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

from ..cells import LONGEST, TOO_LONG
from .layout import (
    ACTIVITY,
    CODE,
    DATASET,
    DATASET_ID,
    HEAD,
    ID,
    IND,
    KEG,
    NO,
    ORGANISER,
    VAR,
    YES,
    day,
    shielded,
)
from .names import Form, Name, load
from .parcel import Parcel, variables_of
from .shapes import outward
from .words import SEPARATOR, code_of, label_of

Cell = str | int | dt.date | None
Row = list[Cell]

_BOLD = Font(bold=True)
_GREY = PatternFill("solid", fgColor="D9E2F3")
_TOP = Alignment(wrap_text=True, vertical="top")
_KEG_WIDTHS = (8, 44, 60, 18, 30)
_WIDTH = 24


def write(parcel: Parcel) -> bytes:
    """The workbook."""
    book = openpyxl.Workbook(write_only=True)
    _fill(book.create_sheet(KEG), _keg(parcel), dict(enumerate(_KEG_WIDTHS)))
    _fill(book.create_sheet(IND), _table(IND, load().ms_ind, parcel), {0: 6})
    _fill(book.create_sheet(VAR), _table(VAR, load().ms_var, parcel), {0: 6})
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _fill(sheet: Any, rows: Iterable[tuple[bool, Row]], widths: Mapping[int, int]) -> None:
    """Write the rows; ``widths`` of columns by place, all others have the same.

    Printed, a table takes the width of one sheet.
    """
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    sheet.page_setup.paperSize = Worksheet.PAPERSIZE_A4
    sheet.page_setup.fitToHeight = 0
    if sheet.title != KEG:
        sheet.page_setup.orientation = Worksheet.ORIENTATION_LANDSCAPE
    rows = list(rows)
    for place in range(max(len(row) for _heading, row in rows)):
        dimension = sheet.column_dimensions[get_column_letter(place + 1)]
        dimension.width = widths.get(place, _WIDTH)
    for heading, row in rows:
        sheet.append([_cell(sheet, value, heading) for value in row])


def _cell(sheet: Any, value: Cell, heading: bool) -> WriteOnlyCell:
    if isinstance(value, str):
        value = TOO_LONG if len(value) > LONGEST else shielded(value)
    cell = WriteOnlyCell(sheet, value)
    cell.alignment = _TOP
    if heading:
        cell.font, cell.fill = _BOLD, _GREY
    if isinstance(value, dt.date):
        cell.number_format = "DD/MM/YYYY"
    elif isinstance(value, str):
        cell.number_format = "@"  # a code such as 01.10 stays a text when it is edited
    return cell


# MS-Keg


def _keg(parcel: Parcel) -> Iterator[tuple[bool, Row]]:
    """The rows of the form, each with whether it is a heading."""
    form, values = load().ms_keg, parcel.activity.values
    yield True, [KEG, "Metadata Statistik Kegiatan"]
    yield True, list(HEAD)
    for block, names in itertools.groupby(form.names, key=_block):
        yield True, [load().blocks[block]]
        for schedule, members in itertools.groupby(names, key=_in_schedule):
            if schedule:
                yield from _schedule(list(members), values)
            else:
                for name in members:
                    yield from _question(form, name, values.get(name.field))
    yield True, ["Diisi oleh portal"]
    yield False, [None, ID, parcel.activity.id]


def _block(name: Name) -> int:
    return int(name.number.partition(".")[0] or 0)


def _in_schedule(name: Name) -> bool:
    return name.number.startswith(f"{load().schedule.number}.")


def _schedule(names: list[Name], values: Mapping[str, Any]) -> Iterator[tuple[bool, Row]]:
    """The stages of the schedule as one table, a row for each span of dates."""
    about = load().schedule
    yield True, [about.number, about.label, *(column.label for column in names[0].columns)]
    for name in names:
        for row in values.get(name.field) or [{}]:
            dates = [day(row.get(column.field, "")) or None for column in name.columns]
            yield False, [name.number, name.label, *dates]


def _question(form: Form, name: Name, value: Any) -> Iterator[tuple[bool, Row]]:
    asked: Row = [name.number or None, name.label]
    choices = form.choices(name)
    if name.shape == "rows":
        yield False, asked
        yield True, [None, *(column.label for column in name.columns)]
        for number, row in enumerate(value or [], 1):
            cells = [row.get(column.field) for column in name.columns]
            yield False, [f"({number})", *cells]
    elif name.shape == "multi" and not any(choice.code for choice in choices):
        # A yes or no at each; what is no choice stands beside the question.
        known = {choice.value for choice in choices}
        yield False, [*asked, SEPARATOR.join(one for one in value or [] if one not in known)]
        for choice in choices:
            yes = choice.value in value if value else None
            yield False, [None, choice.label, *({True: (YES, 1), False: (NO, 2)}.get(yes, ()))]
    elif name.shape in ("multi", "choice", "boolean"):
        held = [value] if isinstance(value, str) else value or []
        words = SEPARATOR.join(label_of(choices, one) for one in held)
        yield False, [*asked, words or None, code_of(choices, held)]
    else:
        yield False, [*asked, _plain(name, value)]


def _plain(name: Name, value: str | None) -> Cell:
    if value is None:
        return None
    if name.shape == "dates":
        return day(value)
    number = outward(name, value, ()) if name.shape == "number" else None
    return value if number is None else number


# MS-Ind and MS-Var


def _table(title: str, form: Form, parcel: Parcel) -> Iterator[tuple[bool, Row]]:
    keg = parcel.activity.values
    yield True, [title, None, f"Metadata Statistik {_SUBJECTS[title]}"]
    yield False, [None, ACTIVITY, keg.get("title")]
    yield False, [None, CODE, keg.get("sd_kode_kegiatan")]
    yield False, [None, ORGANISER, parcel.organiser]
    columns = columns_of(form)
    yield True, [None, None, *(holder.label or None for holder, _sub in columns[1:])]
    yield True, ["No.", *(column.label for _holder, column in columns), DATASET, DATASET_ID]
    yield True, ["(1)", *(f"({sub.number})" if sub.number else None for _holder, sub in columns)]
    if form.composite:
        for number, (dataset, row) in enumerate(variables_of(parcel.datasets), 1):
            cells = [_table_cell(form, column, row) for _holder, column in columns]
            yield False, [number, *cells, dataset.values["title"], dataset.id]
    else:
        for number, dataset in enumerate(parcel.datasets, 1):
            for first, cells in _indicator(form, columns, dataset.values):
                own = [dataset.values["title"], dataset.id] if first else []
                yield False, [number if first else None, *cells, *own]


_SUBJECTS = {IND: "Indikator", VAR: "Variabel"}
_NO_HOLDER = Name("")


def columns_of(form: Form) -> list[tuple[Name, Name]]:
    """The columns after the first, those with numbers in their order, then those beside.

    Each with the field whose rows it belongs to, or one without name.
    """
    found = []
    for name in form.names:
        if name.shape == "rows":
            found += [(name, column) for column in name.columns]
        else:
            found.append((_NO_HOLDER, name))
    return sorted(found, key=lambda pair: int(pair[1].number or len(found) + 2))


def _indicator(
    form: Form, columns: list[tuple[Name, Name]], values: Mapping[str, Any]
) -> Iterator[tuple[bool, Row]]:
    """The rows of an indicator: all of it in the first, what repeats goes on below."""
    depth = max(len(values.get(holder.field, ())) for holder, _sub in columns)
    for line in range(max(depth, 1)):
        cells: Row = []
        for holder, column in columns:
            if holder.field:
                rows = values.get(holder.field, ())
                cells.append(rows[line].get(column.field) if line < len(rows) else None)
            else:
                cells.append(_table_cell(form, column, values) if line == 0 else None)
        yield line == 0, cells


def _table_cell(form: Form, name: Name, values: Mapping[str, Any]) -> Cell:
    """A cell of a table: the number of a choice, the label of what has none."""
    value = values.get(name.field)
    if value is None:
        return None
    if name.shape == "boolean":
        return code_of(form.choices(name), [value]) or value
    return label_of(form.choices(name), value) if name.shape == "label" else value
