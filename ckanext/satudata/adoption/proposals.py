"""What a dataset's foreign keys say, proposed for our fields that are empty. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ..calendar.frequencies import parse_frequency
from ..metadata.choice_words import choice_values
from ..metadata.completeness import is_placeholder
from ..metadata.resource_values import as_list
from ..metadata.schema import choices, is_open
from ..text import normalise
from .table import Source, Table

FREQUENCY = "sd_frekuensi"

ADOPT, KEPT, DIFFERS, NOT_UNDERSTOOD, UNREAD = (
    "adopt",
    "kept",
    "differs",
    "not_understood",
    "unread",
)
OUTCOMES = (ADOPT, KEPT, DIFFERS, NOT_UNDERSTOOD, UNREAD)
"""``adopt``: proposed; ``kept``: our field holds something already; ``differs``: another key
of the dataset was taken and says otherwise; ``unread``: no field of ours."""


@dataclass(frozen=True)
class Proposal:
    """What becomes of one foreign value: ``text`` as it was found, ``value`` as we would store."""

    source: str
    style: str
    field: str
    text: str
    value: Any
    outcome: str


def propose(
    values: Mapping[str, Any],
    fields: Mapping[str, Mapping[str, Any]],
    table: Table,
    sources: tuple[Source, ...],
) -> Iterator[Proposal]:
    """Look at every known key of a dataset.

    :param values: what is stored, extras and columns by name
    :param fields: our fields by name; a source of a field that the portal's schema lacks is
        passed over
    :param sources: the keys to look at, in the order of preference
    """
    taken: dict[str, Any] = {}
    for source in sources:
        text = _text(values.get(source.key))
        field = fields.get(source.field)
        if field is None or is_placeholder(text):
            continue
        value = read(field, text, table)
        outcome = _outcome(value, values.get(source.field), taken.get(source.field))
        if outcome == ADOPT:
            taken[source.field] = value
        if outcome is not None:
            yield Proposal(source.key, source.style, source.field, text, value, outcome)
    for key in table.unread:
        text = _text(values.get(key))
        if not is_placeholder(text):
            yield Proposal(key, "", "", text, None, UNREAD)


def _outcome(value: Any, held: Any, taken: Any) -> str | None:
    """What becomes of a value; None: it says what is there or was taken already."""
    if value is None:
        return NOT_UNDERSTOOD
    if not is_placeholder(_text(held)):
        return None if _same(value, held) else KEPT
    if taken is not None:
        return None if _same(value, taken) else DIFFERS
    return ADOPT


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, list):
        return one == as_list(other)
    return normalise(_text(one)) == normalise(_text(other))


def _text(value: Any) -> str:
    return "" if value is None else str(value).strip()


def read(field: Mapping[str, Any], text: str, table: Table) -> Any:
    """The value of our field that a foreign text means; None if it means none."""
    name = field["field_name"]
    if name == FREQUENCY:
        reading = parse_frequency(text)
        code = table.synonyms.get(name, {}).get(normalise(text))
        return str(reading.frequencies[0]) if reading.understood else code
    if field.get("preset") == "satudata_list":
        return as_list(text) or None
    if choices(field) is None or is_open(field):
        return text
    offered = choice_values(field)
    found = {**table.synonyms.get(name, {}), **offered}.get(normalise(text))
    return found if found in offered.values() else None
