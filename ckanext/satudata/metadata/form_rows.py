"""The rows of a field as its form shows them: each subfield as an input of its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..template_helpers import language_text
from .composites import MAX_ROWS, fold, read_rows

NEW_INDEX, NEW_NUMBER = "__index__", "__number__"
"""Stand in the template of a row for what assets/rows.js puts there."""

_MOST_IN_A_LINE = 3
"""Subfields that fit beside each other."""

_MOST_UNFOLDED = 3
"""Rows that a form shows in full; of more, each is folded to its title."""


@dataclass(frozen=True)
class FormRow:
    """One row.

    ``index`` stands in the names of its inputs, ``number`` in its title; ``name``: its first
    text; ``fields``: scheming fields of its inputs, with their values in ``data`` and their
    messages in ``errors``.
    """

    index: int | str
    number: int | str
    title: str
    name: str
    fields: tuple[dict[str, Any], ...]
    data: dict[str, Any]
    errors: dict[str, Any]
    unfolded: bool


@dataclass(frozen=True)
class FormRows:
    """What a field with rows shows.

    ``rows``: those that it holds and, for browsers without scripts, a ``blank`` one;
    ``template``: a row to copy; ``faults``: messages about the field as a whole;
    ``in_line``: the subfields of a row stand beside each other; ``most``: rows it may have.
    """

    label: str
    rows: tuple[FormRow, ...]
    blank: FormRow | None
    template: FormRow
    faults: tuple[str, ...]
    in_line: bool
    most: int = MAX_ROWS


def form_rows(
    field: Mapping[str, Any], data: Mapping[str, Any], errors: Mapping[str, Any]
) -> FormRows:
    """The rows of a field from what a form holds: rows, keys of inputs, or an unreadable text.

    At most :data:`MAX_ROWS` are shown; no form of ours posts more.
    """
    held = dict(data)
    fold(held, [field["field_name"]])
    rows = read_rows(held.get(field["field_name"]), field)[:MAX_ROWS]
    faults = errors.get(field["field_name"]) or []
    by_row = [fault if isinstance(fault, Mapping) else {} for fault in faults]
    shown = []
    for index, row in enumerate(rows):
        wrong = by_row[index] if index < len(by_row) else {}
        unfolded = bool(wrong) or len(rows) <= _MOST_UNFOLDED
        shown.append(_row(field, index, index + 1, row, wrong, unfolded))
    count = len(shown)
    return FormRows(
        label=language_text(field.get("repeating_label") or field["label"]),
        rows=tuple(shown),
        blank=_row(field, count, count + 1, {}, {}, not shown) if count < MAX_ROWS else None,
        template=_row(field, NEW_INDEX, NEW_NUMBER, {}, {}, True),
        faults=tuple(str(fault) for fault in faults if not isinstance(fault, Mapping)),
        in_line=_in_line(field),
    )


def _in_line(field: Mapping[str, Any]) -> bool:
    return len(field["repeating_subfields"]) <= _MOST_IN_A_LINE


def _row(
    field: Mapping[str, Any],
    index: int | str,
    number: int | str,
    row: Mapping[str, Any],
    errors: Mapping[str, Any],
    unfolded: bool,
) -> FormRow:
    prefix = f"{field['field_name']}-{index}-"
    subfields = field["repeating_subfields"]
    first = row.get(subfields[0]["field_name"])
    # Short rows stand close together: what to write is said above the first.
    told = {"help_text": None} if _in_line(field) and index != 0 else {}
    return FormRow(
        index=index,
        number=number,
        title=f"{language_text(field.get('repeating_label') or field['label'])} {number}",
        name=first if isinstance(first, str) else "",
        fields=tuple(
            {**one, "field_name": prefix + one["field_name"], **told} for one in subfields
        ),
        data={prefix + name: value for name, value in row.items()},
        errors={prefix + name: faults for name, faults in errors.items()},
        unfolded=unfolded,
    )
