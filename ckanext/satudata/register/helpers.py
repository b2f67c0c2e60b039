"""Template helpers of the register."""

from __future__ import annotations

from typing import Any

from ckan.plugins import toolkit

from ..calendar.frequencies import Frequency
from . import queries, reasons
from .columns import field_labels

__all__ = [
    "satudata_frequency_label",
    "satudata_import_fields",
    "satudata_import_labels",
    "satudata_item_choices",
    "satudata_item_label",
    "satudata_periods_due",
    "satudata_reason",
    "satudata_rhythm_state_label",
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


def satudata_item_choices(org_id: str | None) -> list[dict[str, str]]:
    """Items of an organisation (id or name) and its units for the dataset form, by name."""
    return [
        {"value": row["id"], "text": _item_text(row)} for row in queries.items_of(org_id or None)
    ]


def satudata_item_label(item_id: str | None) -> str:
    """Name of an item; empty where there is none of this id."""
    row = queries.item(item_id) if item_id else None
    return _item_text(row) if row else ""


def _item_text(row: Any) -> str:
    details = ", ".join(part for part in (row["unit"], row["classification"]) if part)
    return f"{row['name']} ({details})" if details else row["name"]


def satudata_periods_due(item_id: str | None) -> list[dict[str, str]]:
    """Periods of an item for which something falls due about now, the latest due first."""
    if not item_id:
        return []
    return [dict(row) for row in queries.periods_due(item_id)]
