"""What stands in a cell for a stored value, and back: labels for codes, dates for ISO texts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from ckan.plugins import toolkit

from ..metadata.choice_words import choice_values
from ..metadata.resource_values import as_list
from ..metadata.schema import is_open
from ..text import normalise
from .sheets import Column

LONGEST = 32_000
"""Characters that a cell holds with some room to spare (a spreadsheet ends at 32,767)."""

TOO_LONG = "[…]"
"""Stands for a stored text that no cell can hold; read back, it changes nothing."""

MOST_DIGITS = 15
"""Digits of a number that a cell keeps; a longer one stands as text."""

SEPARATOR = "; "
_NEUTRALISED = ("'=", "'+", "'-", "'@")


class CellError(ValueError):
    """A cell that cannot be taken; ``str()`` says what is wrong and how to mend it."""


def shown(column: Column, value: Any, activities: Mapping[str, str]) -> str | int | dt.date | None:
    """The cell for a stored value; what the column's kind cannot show stands as it is stored.

    ``activities``: id → address of the activities (kegiatan) that cells may name.
    """
    if column.part:
        return _span(value or [], column.part)
    if value in (None, "", []):
        return None
    if column.kind in ("choices", "list"):
        labels = dict(column.options)
        return SEPARATOR.join(labels.get(one, one) for one in as_list(value))
    text = str(value)
    if column.kind == "choice":
        return dict(column.options).get(text, text)
    if column.kind == "activity":
        return activities.get(text, text)
    if column.kind == "date":
        return _date(text)
    if column.kind == "number" and text.isdecimal() and len(text) <= MOST_DIGITS:
        return int(text)
    return text if len(text) <= LONGEST else TOO_LONG


def _span(rows: list[Mapping[str, Any]], part: str) -> str | dt.date | None:
    texts = [str(row.get(part) or "") for row in rows]
    return _date(texts[0]) if len(texts) == 1 else SEPARATOR.join(texts) or None


def _date(text: str) -> str | dt.date | None:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        return text or None


def taken(column: Column, text: str, activities: Mapping[str, str]) -> Any:
    """The value that a filled cell asks for, in the form CKAN's actions take.

    Choices may be given by label, in any language of the schema, or by code. What a
    field's own validators refuse is found by them, later.

    :raises CellError: a choice or an activity that there is not
    """
    if text.startswith(_NEUTRALISED):
        text = text[1:]
    if column.kind == "choice":
        return _choice(column, text)
    if column.kind == "choices":
        return [_choice(column, part) for part in _parts(text)]
    if column.kind == "list" or column.part:
        return _parts(text)
    if column.kind == "activity":
        return _activity(text, activities)
    return text


def _parts(text: str) -> list[str]:
    return [part.strip() for part in text.split(";") if part.strip()]


def _choice(column: Column, text: str) -> str:
    known = choice_values(column.field)
    if not known or is_open(column.field) or normalise(text) in known:
        return known.get(normalise(text), text)
    offered = SEPARATOR.join(label for _value, label in column.options)
    raise CellError(
        toolkit._('"{value}" is not one of the choices: {choices}').format(
            value=text, choices=offered
        )
    )


def _activity(text: str, activities: Mapping[str, str]) -> str:
    for package_id, name in activities.items():
        if text in (package_id, name):
            return package_id
    raise CellError(
        toolkit._(
            'There is no activity (kegiatan) with the address "{value}" in this organisation.'
        ).format(value=text)
    )
