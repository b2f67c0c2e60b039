"""Template helpers of the register."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable
from typing import Any

from ckan import model
from ckan.plugins import toolkit

from ..calendar.frequencies import Frequency
from . import imports, queries, reasons, telling, windows
from .columns import field_labels

__all__ = [
    "satudata_decision_sentence",
    "satudata_file_item_choices",
    "satudata_frequency_choices",
    "satudata_frequency_label",
    "satudata_import_fields",
    "satudata_import_labels",
    "satudata_import_state_label",
    "satudata_iso_date",
    "satudata_iso_datetime",
    "satudata_item_choices",
    "satudata_item_label",
    "satudata_periods_due_for",
    "satudata_reason",
    "satudata_rhythm_state_label",
    "satudata_windows_of",
]

_ = toolkit._


def satudata_import_labels() -> dict[str, str]:
    """Labels of the counts of an import, by key."""
    return {
        "read": _("Rows read"),
        "created": _("Created"),
        "merged": _("Joined to another row of the file"),
        "unchanged": _("Unchanged"),
        "changed": _("Changed"),
        "refused": _("Refused"),
        "pending": _("Waiting for a decision on the producer"),
        "to_schedule": _("Of those created: to be scheduled"),
        "not_in_file": _("In the register, not in this file"),
    }


def satudata_import_fields() -> dict[str, str]:
    """Fields that a column of a register can be read as, with labels."""
    return field_labels()


def satudata_reason(code: str | None, values: dict[str, Any] | None = None) -> str:
    """The sentence of a stored reason in the reader's language."""
    return reasons.sentence(code, values)


def satudata_frequency_label(code: str) -> str:
    """Name of a frequency code; a foreign code is shown as it is."""
    labels = {
        Frequency.DAY: _("Daily"),
        Frequency.WEEK: _("Weekly"),
        Frequency.MONTH: _("Monthly"),
        Frequency.QUARTER: _("Quarterly"),
        Frequency.SEMESTER: _("Half-yearly"),
        Frequency.YEAR: _("Yearly"),
        Frequency.SCHOOL_YEAR: _("School year"),
        Frequency.BIENNIAL: _("Every two years"),
        Frequency.TRIENNIAL: _("Every three years"),
        Frequency.QUINQUENNIAL: _("Every five years"),
        Frequency.ON_DEMAND: _("On demand"),
        Frequency.IRREGULAR: _("Not known"),
    }
    return labels.get(code, code)  # type: ignore[call-overload]


def satudata_rhythm_state_label(state: str) -> str:
    """Name of what a schedule is."""
    return {
        "scheduled": _("scheduled"),
        "default": _("scheduled by default"),
        "internal": _("not published, owed internally"),
        "on_demand": _("on demand"),
        "needs_schedule": _("to be scheduled"),
    }.get(state, state)


def satudata_frequency_choices() -> list[dict[str, str]]:
    """Frequencies that have periods, and "on demand", for a select."""
    return [
        {"value": each.value, "text": satudata_frequency_label(each.value)}
        for each in Frequency
        if each is not Frequency.IRREGULAR
    ]


def satudata_import_state_label(state: str, kind: str = imports.REGISTER) -> str:
    """Name of the state of an import; a catalogue comes in row by row, a register as a whole."""
    if state == "failed" and kind == imports.CATALOGUE:
        return _("Failed; run it again to go on")
    return {
        "mapping": _("Columns to be chosen"),
        "preview": _("Preview; nothing has been written"),
        "queued": _("Under way"),
        "done": _("Done"),
        "failed": _("Failed; nothing was written"),
    }.get(state, state)


def satudata_iso_date(day: str) -> str:
    """An ISO date (as the API gives it) in words."""
    return toolkit.h.satudata_date(dt.date.fromisoformat(day))


def satudata_iso_datetime(moment: str) -> str:
    """An ISO moment (as the API gives it) in words, in the government's own time."""
    return toolkit.h.satudata_datetime(dt.datetime.fromisoformat(moment))


def satudata_item_choices(org_id: str | None, held: str | None = None) -> list[dict[str, str]]:
    """Items of an organisation (id or name) and its units for the dataset form, by name.

    Without an organisation: those of all that the user may edit. ``held`` is the item the
    dataset has; it is offered too, wherever it belongs.
    """
    if not toolkit.current_user.is_authenticated:
        return []
    rows = queries.items_of([org_id]) if org_id else queries.items_of(_own_organizations())
    if held and held not in {row["id"] for row in rows}:
        kept = queries.item(held)
        rows = [kept, *rows] if kept else rows
    times = Counter(map(_item_text, rows))
    return [
        {
            "value": row["id"],
            # Units of one organisation often owe the same datum.
            "text": _item_text(row) if times[_item_text(row)] == 1 else _item_text_with_org(row),
        }
        for row in rows
    ]


def satudata_file_item_choices(package: str | None, held: Iterable[str]) -> list[dict[str, str]]:
    """Items for a file of a dataset (id or name): those of its organisation and units, and
    those it holds already (``held``), wherever they belong."""
    found = model.Package.get(package) if package else None
    choices = satudata_item_choices(found.owner_org if found else None)
    offered = {choice["value"] for choice in choices}
    kept = [item for item in held if item not in offered]
    return [{"value": item, "text": satudata_item_label(item) or item} for item in kept] + choices


def _own_organizations() -> list[str]:
    listed = toolkit.get_action("organization_list_for_user")(
        {"user": toolkit.current_user.name}, {"permission": "create_dataset"}
    )
    return [org["id"] for org in listed]


def satudata_item_label(item_id: str | None) -> str:
    """Name of an item; empty where there is none of this id."""
    row = queries.item(item_id) if item_id else None
    return _item_text(row) if row else ""


def _item_text_with_org(row: Any) -> str:
    return f"{_item_text(row)} – {row['org_title']}"


def _item_text(row: Any) -> str:
    details = ", ".join(part for part in (row["unit"], row["classification"]) if part)
    return f"{row['name']} ({details})" if details else row["name"]


def satudata_periods_due_for(package: str | None) -> list[dict[str, Any]]:
    """Periods for which the item of a dataset (id or name) owes something about now."""
    return [dict(row) for row in queries.periods_due(package)] if package else []


def satudata_decision_sentence(decision: Any, source: bool = True) -> str:
    """A decision (a row of the log, or its id) in words; see :func:`.telling.sentence`."""
    return telling.sentence(decision, source=source)


def satudata_windows_of(org_id: str) -> list[windows.Countdown]:
    """Collection windows that concern an organisation (id) now or soon, the nearest date first."""
    return windows.countdowns(org_id)
