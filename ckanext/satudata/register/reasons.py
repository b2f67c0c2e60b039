"""Why a row or a rhythm is as it is: codes that are stored, sentences that are shown.

Reports are read by other people than those who started the import, so only the
code and its values are kept; the sentence is made in the reader's language.
"""

from __future__ import annotations

from typing import Any

from ckan.plugins import toolkit

from .columns import field_labels

_ = toolkit._


def sentence(code: str | None, values: dict[str, Any] | None = None) -> str:
    """Return the sentence for a reason code; an unknown code is shown as it is."""
    text = _sentences().get(code or "", code or "")
    values = dict(values or {})
    if code == "changed":
        labels = {**field_labels(), **_own_labels()}
        values["fields"] = ", ".join(labels.get(name, name) for name in values["fields"])
    return text.format(**values)


def _own_labels() -> dict[str, str]:
    """Labels of what an item has beside the columns of a register."""
    return {
        "contributors": _("Contributors"),
        "indicators": _("Indicator (IKU)"),
        "is_indicator": _("Indicator (IKU)"),
        "dynamic": _("Static or dynamic"),
    }


def _sentences() -> dict[str, str]:
    return {
        # rows of a register
        "ragged": _("The row has another number of cells than the header."),
        "no_producer": _("The producer is missing."),
        "no_name": _("The name of the data is missing."),
        "no_indicator": _("The name is “*”, which means the indicator, but that is empty."),
        "unknown_producer": _("The producer “{spelling}” is not known: choose its organisation."),
        "ended_producer": _(
            "“{spelling}” is an organisation that has ended: choose the one that goes on."
        ),
        "merged": _("The same datum as line {line}, under another indicator: one item."),
        "repeated": _("Exact repeat of line {line}."),
        "not_in_file": _("In the register, but not in this file; kept."),
        "changed": _("Changed: {fields}."),
        # rows of a catalogue
        "no_title": _("The title is missing."),
        "no_link": _("The link is missing or is no web address."),
        "merged_dataset": _("The same dataset as line {line}; the years are joined."),
        "no_years": _("The years covered cannot be read: “{text}”."),
        "not_valid": _("Refused by the portal: {error}"),
        # schedules (codes of calendar.schedule.REASONS, and two of the register)
        "schedules_differ": _("Rows of the same item give different schedules."),
        "frequency_unknown": _("The period of the data is not understood."),
        "empty": _("No release schedule is given."),
        "placeholder": _("The release schedule is only a placeholder."),
        "situational": _("The release depends on the situation; a date is needed."),
        "confirmation": _("The date still has to be confirmed by the producer."),
        "month_only": _("Only a month is given; the year (n or n+1) is missing."),
        "year_only": _("Only a year is given; the month is missing."),
        "month_range": _("A range of months is given; one month is needed."),
        "incomplete_list": _("The list of months is incomplete."),
        "count_mismatch": _("The number of dates does not fit the number of periods in a year."),
        "frequency_mismatch": _("The schedule belongs to another frequency than the data."),
        "due_before_period_ends": _("A date lies before the end of the period it belongs to."),
        "span_unknown": _("Write the years of one period in brackets, for example (2022-2026)."),
        "unreadable": _("The release schedule is not understood."),
    }
