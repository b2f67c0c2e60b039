"""Reading the tables MS-Ind and MS-Var of BPS in XLSX by the numbers of their columns."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from ckan.plugins import toolkit

from ...tables import TableError
from ...text import normalise
from .layout import ACTIVITY, CODE, DATASET, DATASET_ID, IND
from .names import VARIABLES, Form, Name, load
from .paper import columns_of
from .paper_reading import Row, rows_of
from .parcel import Item, Parcel, Place
from .shapes import inward

_NUMBER = re.compile(r"\(?(\d{1,2})\)?")
_FEWEST = 5
"""Numbers of columns by which their row is known."""

_FIRST = "1"
_OWN = (DATASET, DATASET_ID)
_FACTS = (ACTIVITY, CODE)


def read(page: Any, kind: str, parcel: Parcel) -> None:
    """Read a table into the datasets of a parcel; MS-Ind before MS-Var.

    :raises TableError: the row with the numbers of the columns is not there
    """
    form = load().ms_ind if kind == IND else load().ms_var
    rows = rows_of(page, parcel)
    at = next((at for at, row in enumerate(rows) if len(_numbers(row)) >= _FEWEST), None)
    if at is None:
        raise TableError(
            toolkit._(
                "The sheet {sheet} lacks the row with the numbers of the columns: (1), (2) …"
            ).format(sheet=page.title)
        )
    if not parcel.complete:
        _read_heading(rows[:at], parcel)
    columns = _columns(form, rows[: at + 1])
    places = _numbers(rows[at]) | _beside(rows[:at], _OWN)
    if form.composite:
        for row in rows[at + 1 :]:
            _variable(form, row, columns, places, page.title, parcel)
    else:
        item = None
        for row in rows[at + 1 :]:
            item = _indicator(form, row, columns, places, page.title, parcel, item)


def _numbers(row: Row) -> dict[str, int]:
    """Place of each column by its number; in brackets, or bare and one after the other."""
    found = ((place, _NUMBER.fullmatch(text)) for place, text in enumerate(row.texts))
    numbers = {match[1]: place for place, match in found if match}
    bracketed = any("(" in text for text in row.texts)
    in_order = [int(number) for number in numbers] == list(range(1, len(numbers) + 1))
    return numbers if bracketed or in_order else {}


def _beside(rows: Sequence[Row], labels: Sequence[str]) -> dict[str, int]:
    """Place of the columns that have no number, by label."""
    wanted = {normalise(label): label for label in labels}
    return {
        wanted[normalise(text)]: place
        for row in rows
        for place, text in enumerate(row.texts)
        if normalise(text) in wanted
    }


def _columns(form: Form, rows: Sequence[Row]) -> list[tuple[Name, Name, int]]:
    """The columns that are there: the field with rows, if any, the field, and the place."""
    numbers = _numbers(rows[-1])
    beside = [sub for _holder, sub in columns_of(form) if not sub.number]
    places = _beside(rows[:-1], [sub.label for sub in beside])
    found = []
    for holder, sub in columns_of(form):
        place = numbers.get(sub.number) if sub.number else places.get(sub.label)
        if place is not None:
            found.append((holder, sub, place))
    return found


def _read_heading(rows: Sequence[Row], parcel: Parcel) -> None:
    """The activity named above the table, where there is no MS-Keg to say it better."""
    labels = {normalise(label): label for label in _FACTS}
    facts = {}
    for row in rows:
        for place, text in enumerate(row.texts):
            if normalise(text) in labels:
                beside = next((other for other in row.texts[place + 1 :] if other), "")
                facts.setdefault(labels[normalise(text)], beside)
    held = parcel.activity.values
    held.setdefault("title", facts.get(ACTIVITY, ""))
    held.setdefault("sd_kode_kegiatan", facts.get(CODE, ""))


def _value(form: Form, name: Name, text: str) -> Any:
    return inward(name, text, form.choices(name)) if text else None


def _indicator(
    form: Form,
    row: Row,
    columns: list[tuple[Name, Name, int]],
    places: dict[str, int],
    sheet: str,
    parcel: Parcel,
    item: Item | None,
) -> Item | None:
    """Read a row: a new indicator, or what repeats of the one before."""
    name_place = next((place for _h, sub, place in columns if sub.number == "2"), None)
    if row.text(places.get(_FIRST)) or row.text(name_place):
        item = Item({}, row.text(places.get(DATASET_ID)), Place(sheet, row.cell(0)))
        _keep(item, ("title",), row.text(places.get(DATASET)), sheet, row, places.get(DATASET))
        parcel.datasets.append(item)
    if item is None:
        return None
    lines: dict[str, dict[str, str]] = {}
    for holder, sub, place in columns:
        value = _value(form, sub, row.text(place)) if not holder.field else row.text(place)
        if not value:
            continue
        if holder.field:
            lines.setdefault(holder.field, {})[sub.field] = value
            number = len(item.values.get(holder.field, []))
            item.places[(holder.field, number, sub.field)] = Place(sheet, row.cell(place))
        else:
            _keep(item, (sub.field,), value, sheet, row, place)
    for key, line in lines.items():
        item.values.setdefault(key, []).append(line)
    return item


def _keep(
    item: Item, key: tuple[Any, ...], value: Any, sheet: str, row: Row, place: int | None
) -> None:
    if value:
        item.values[key[0]] = value
        item.places[key] = Place(sheet, row.cell(place))


def _variable(
    form: Form,
    row: Row,
    columns: list[tuple[Name, Name, int]],
    places: dict[str, int],
    sheet: str,
    parcel: Parcel,
) -> None:
    values, found = {}, {}
    for _holder, sub, place in columns:
        value = _value(form, sub, row.text(place))
        if value:
            values[sub.field] = value
            found[sub.field] = Place(sheet, row.cell(place))
    if not values:
        return
    item = _dataset_of(row, places, parcel)
    if item is None:
        message = toolkit._("{place}: not read, for it does not say to which dataset it belongs.")
        parcel.notes.append(message.format(place=Place(sheet, row.cell(0)).place))
        return
    held = item.values.setdefault(VARIABLES, [])
    for key, where in found.items():
        item.places[(VARIABLES, len(held), key)] = where
    held.append(values)


def _dataset_of(row: Row, places: dict[str, int], parcel: Parcel) -> Item | None:
    """The dataset that a row names by id or title, else the only one there is."""
    wanted_id, title = row.text(places.get(DATASET_ID)), row.text(places.get(DATASET))
    for one in parcel.datasets:
        if wanted_id and one.id == wanted_id:
            return one
    for one in parcel.datasets:
        if title and normalise(title) == normalise(one.values.get("title", "")):
            return one
    named = wanted_id or title
    return parcel.datasets[0] if len(parcel.datasets) == 1 and not named else None
