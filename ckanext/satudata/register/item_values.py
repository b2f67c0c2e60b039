"""What a person says of an item, in a form or by the API: read, checked, compared."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from ckan.plugins import toolkit

from ..opd import queries as opd_queries
from ..text import is_storable
from . import reasons, rhythms
from .model import Item

_ = toolkit._

TEXTS = ("name", "unit", "classification", "theme", "legal_basis")
FLAGS = ("priority", "allow_nihil", "dynamic")
LISTS = ("indicators", "contributors")
TIMING = ("frequency", "schedule")
FIELDS = (*TEXTS, *TIMING, *FLAGS, *LISTS)
"""What can be said of an item; its producer is settled apart."""

_MOST_SIGNS = 500
_MOST_ENTRIES = 50


def read(values: Any, before: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The values as columns of an item take them, with ``frequency`` and ``schedule`` as text.

    A frequency without a schedule has the default of the frequency; an item may have several
    rhythms ("Tahunan dan bulanan").

    :param before: the item as it is (:func:`stored`): only what differs is returned, frequency
        and schedule always together; None: a new item, which needs a name and a frequency
    :raises toolkit.ValidationError: by field, what is wrong and how to mend it
    """
    if not isinstance(values, Mapping):
        raise toolkit.ValidationError({"values": [_("Give the values of the item by field.")]})
    found, faults = _read_each(values)
    if before is not None:
        found = {field: value for field, value in found.items() if before[field] != value}
        if set(found) & set(TIMING):
            found = {field: before[field] for field in TIMING} | found
    for field in ("name", "frequency"):
        missing = not found.get(field) and (before is None or field in found)
        if missing and field not in faults:
            faults[field] = [_("This is needed.")]
    if not faults and found.get("frequency"):
        faults = _faults_of(timing(found))
        if rhythms.is_static(found["frequency"]):
            found["dynamic"] = False
    if faults:
        raise toolkit.ValidationError(faults)
    return found


def _read_each(values: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, list[str]]]:
    found: dict[str, Any] = {}
    faults: dict[str, list[str]] = {}
    for field, value in values.items():
        reader = _READERS.get(field)
        if reader is None:
            faults[str(field)] = [_("An item has no such field.")]
            continue
        try:
            found[field] = reader(value)
        except ValueError as error:
            faults[field] = [str(error)]
    return found, faults


def _text(value: Any) -> str:
    if not isinstance(value, str) or not is_storable(value):
        raise ValueError(_("Must be a text"))
    text = " ".join(value.split())
    if len(text) > _MOST_SIGNS:
        raise ValueError(_("At most {count} signs.").format(count=_MOST_SIGNS))
    return text


def _texts(value: Any) -> list[str]:
    if not isinstance(value, list | tuple) or len(value) > _MOST_ENTRIES:
        raise ValueError(_("Give a list of at most {count} texts.").format(count=_MOST_ENTRIES))
    return list(dict.fromkeys(text for text in map(_text, value) if text))


def _organizations(value: Any) -> list[str]:
    found = []
    for reference in _texts(value):
        org_id = opd_queries.resolve(reference)
        if org_id is None:
            raise ValueError(_("There is no organisation “{name}”.").format(name=reference))
        found.append(org_id)
    return list(dict.fromkeys(found))


def _flag(value: Any) -> bool:
    try:
        return toolkit.asbool(value)
    except ValueError:
        raise ValueError(_("Must be yes or no")) from None


_READERS: dict[str, Callable[[Any], Any]] = {
    **dict.fromkeys((*TEXTS, *TIMING), _text),
    **dict.fromkeys(FLAGS, _flag),
    "indicators": _texts,
    "contributors": _organizations,
}


def timing(values: Mapping[str, Any]) -> list[rhythms.Rhythm]:
    """The rhythms that a frequency and a schedule ask for; no schedule: the default."""
    return rhythms.read(values["frequency"], values.get("schedule") or None)


def _faults_of(wanted: Iterable[rhythms.Rhythm]) -> dict[str, list[str]]:
    for rhythm in wanted:
        if rhythm.needs_schedule:
            field = "frequency" if rhythm.reason == "frequency_unknown" else "schedule"
            return {field: [reasons.sentence(rhythm.reason)]}
    return {}


def spoken(kept: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """Frequency and schedule of an item's rhythms as one text each, as a person would say them.

    >>> spoken([{"frequency_raw": "Tahunan", "schedule_raw": "Mei n+1", "decided_schedule": None,
    ...          "frequency": "A"}])
    {'frequency': 'Tahunan', 'schedule': 'Mei n+1'}
    """
    rows = list(kept)
    said = [row["decided_schedule"] or row["schedule_raw"] for row in rows]
    raws = [row["frequency"] if row["decided_schedule"] else row["frequency_raw"] for row in rows]
    return {
        "frequency": " dan ".join(dict.fromkeys(raws)),
        "schedule": " | ".join(dict.fromkeys(text for text in said if text)),
    }


def stored(item: Item, kept: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """All fields of an item with the rhythms ``kept``, in the form of :func:`read`."""
    texts = {field: getattr(item, field) or "" for field in TEXTS}
    values = {field: getattr(item, field) for field in (*FLAGS, *LISTS)}
    return {**texts, **spoken(kept), **values}


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, list[Any]]:
    """Field → [value before, value after] of what ``after`` says otherwise."""
    return {
        field: [before[field], value] for field, value in after.items() if before[field] != value
    }
