"""Writing the workbook that an organisation downloads, fills in and sends back.

Rows 1 to 3 of a sheet are the keys (hidden), the labels and a line of help; they are
frozen and locked. Drop-downs take their lists from a hidden sheet. A second hidden sheet
says which version of which forms this is.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import io
import json
from collections.abc import Iterable, Iterator
from typing import Any

import openpyxl
from ckan.plugins import toolkit
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Font, PatternFill, Protection
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation

from ..export import storable
from ..metadata import stored_datasets
from ..model_base import utcnow
from . import cells
from .sheets import FORMS, Column, Sheet, sheets

VERSION = 1
"""Version of the layout; a reader refuses a file of another."""

ABOUT, LISTS = "_satudata", "_pilihan"
MARK = "satudata-workbook"
KEY_ROW, LABEL_ROW, HELP_ROW, FIRST_ROW = 1, 2, 3, 4
LAST_ROW = 20_003
"""Last row with drop-downs; also the most that a reader takes."""

KEYS = ("id", "name")
"""The first columns of every sheet: which dataset a row is about."""

_HEAD = PatternFill("solid", fgColor="1F4E79")
_MANDATORY = PatternFill("solid", fgColor="9C5700")
_GREY = PatternFill("solid", fgColor="F2F2F2")
_WIDE, _NARROW = 34, 18


def fingerprint(sheet: Sheet) -> str:
    """Hash of a sheet's columns and choices: tells a template made before the forms changed."""
    content = [(column.key, column.kind, column.options) for column in sheet.columns]
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()[:16]


def write(org: dict[str, Any], forms: tuple[str, ...] = FORMS) -> bytes:
    """The workbook (XLSX) of an organisation with what it has already.

    :param org: ``id`` and ``title`` of the organisation
    :param forms: names of the forms wanted, of :data:`.sheets.FORMS`
    """
    book = openpyxl.Workbook(write_only=True)
    wanted = sheets(forms)
    activities = stored_datasets.activities([org["id"]])
    lists = _Lists()
    for sheet in wanted:
        _write_sheet(book.create_sheet(sheet.title), sheet, org["id"], activities, lists)
    _write_about(book.create_sheet(ABOUT), org, wanted)
    lists.write(book.create_sheet(LISTS))
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _write_about(page: Any, org: dict[str, Any], wanted: list[Sheet]) -> None:
    page.sheet_state = "hidden"
    page.append([MARK, VERSION])
    page.append([toolkit.config["ckan.site_id"], org["id"], storable(org["title"])])
    page.append([utcnow().isoformat(timespec="seconds")])
    for sheet in wanted:
        page.append([sheet.key, sheet.title, fingerprint(sheet)])


class _Lists:
    """The lists of the drop-downs, one column each; alike lists are written once."""

    def __init__(self) -> None:
        self._columns: dict[tuple[str, ...], int] = {}

    def reference(self, texts: Iterable[str]) -> str | None:
        """Where a list stands; None if it is empty."""
        wanted = tuple(texts)
        if not wanted:
            return None
        number = self._columns.setdefault(wanted, len(self._columns) + 1)
        letter = get_column_letter(number)
        return f"{LISTS}!${letter}$1:${letter}${len(wanted)}"

    def write(self, page: Any) -> None:
        page.sheet_state = "hidden"
        columns = list(self._columns)
        for line in range(max(map(len, columns), default=0)):
            page.append([storable(texts[line]) if line < len(texts) else None for texts in columns])


def _write_sheet(
    page: Any, sheet: Sheet, org_id: str, activities: dict[str, str], lists: _Lists
) -> None:
    page.freeze_panes = f"C{FIRST_ROW}"
    page.row_dimensions[KEY_ROW].hidden = True
    page.row_dimensions[HELP_ROW].height = 75
    page.protection.sheet = True
    page.protection.formatColumns = page.protection.formatRows = False
    page.protection.insertRows = page.protection.deleteRows = False
    page.protection.autoFilter = page.protection.sort = False
    for number in range(1, len(KEYS) + len(sheet.columns) + 1):
        dimension = page.column_dimensions[get_column_letter(number)]
        dimension.width = _NARROW if number <= len(KEYS) else _WIDE
        dimension.protection = Protection(locked=False)
    for number, column in enumerate(sheet.columns, len(KEYS) + 1):
        _offer(page, number, column, activities, lists)
    for row in _head(page, sheet):
        page.append(row)
    for values in _rows(sheet, org_id, activities):
        page.append([_unlocked(page, value) for value in values])


def _offer(
    page: Any, number: int, column: Column, activities: dict[str, str], lists: _Lists
) -> None:
    """Give a column its drop-down, and dates their form."""
    texts = activities.values() if column.kind == "activity" else (t for _v, t in column.options)
    source = lists.reference(texts) if column.kind in ("choice", "activity") else None
    if source is None:
        return
    letter = get_column_letter(number)
    # A free text with suggestions and a stored foreign value must stay possible: warn, not stop.
    rule = DataValidation(type="list", formula1=source, allow_blank=True, errorStyle="warning")
    rule.add(f"{letter}{FIRST_ROW}:{letter}{LAST_ROW}")
    page.data_validations.append(rule)


def _head(page: Any, sheet: Sheet) -> Iterator[list[Any]]:
    yield [_cell(page, key) for key in (*KEYS, *(column.key for column in sheet.columns))]
    white = Font(bold=True, color="FFFFFF")
    top = Alignment(wrap_text=True, vertical="top")
    labels = ["ID", toolkit._("Address (URL)")]
    yield [_cell(page, label, font=white, fill=_HEAD, alignment=top) for label in labels] + [
        _cell(
            page,
            column.label,
            font=white,
            fill=_MANDATORY if column.mandatory else _HEAD,
            alignment=top,
        )
        for column in sheet.columns
    ]
    small = Font(italic=True, size=9)
    about = [
        toolkit._("Do not change. Leave empty in a new row."),
        toolkit._("The dataset or activity this row is about; made from the title in a new row."),
    ]
    helps = [*about, *(_help(column) for column in sheet.columns)]
    yield [_cell(page, text, font=small, fill=_GREY, alignment=top) for text in helps]


def _help(column: Column) -> str:
    texts = [column.help]
    if column.kind == "choices":
        texts.append(
            toolkit._("One or more, separated by semicolons: {choices}").format(
                choices=cells.SEPARATOR.join(label for _value, label in column.options)
            )
        )
    elif column.kind == "date":
        texts.append(toolkit._("A date, such as 31/08/2025."))
    return " ".join(text for text in texts if text)


def _cell(page: Any, value: Any, **style: Any) -> WriteOnlyCell:
    cell = WriteOnlyCell(page, storable(value))
    for name, setting in style.items():
        setattr(cell, name, setting)
    return cell


def _unlocked(page: Any, value: Any) -> WriteOnlyCell:
    cell = _cell(page, value, protection=Protection(locked=False))
    if isinstance(value, dt.date):
        cell.number_format = "DD/MM/YYYY"
    elif isinstance(value, str):
        cell.number_format = "@"  # a code such as 01.10 stays a text when it is edited
    return cell


def _rows(sheet: Sheet, org_id: str, activities: dict[str, str]) -> Iterator[list[Any]]:
    """What the organisation has: a row per dataset, or per entry of the sheet's composite."""
    for one in stored_datasets.of_organization(org_id, sheet.dataset_type):
        if sheet.composite is not None:
            for row in one.rows(sheet.composite["field_name"]):
                yield [
                    one.id,
                    one.name,
                    *(cells.shown(col, row.get(col.key), activities) for col in sheet.columns),
                ]
        else:
            values = (
                one.rows(column.key.split(".")[0]) if column.part else one.value(column.key)
                for column in sheet.columns
            )
            shown = map(cells.shown, sheet.columns, values, [activities] * len(sheet.columns))
            yield [one.id, one.name, *shown]
