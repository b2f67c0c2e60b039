"""Working days as actions: who decides that a day is free, and the days as they are."""

from __future__ import annotations

import datetime as dt
from typing import Any

import ckan.model as model
from ckan.logic import validate
from ckan.plugins import toolkit
from ckan.types import Context, DataDict, Schema, Validator, ValidatorFactory

from .. import clock
from ..text import whole_number
from . import obligations, workdays

__all__ = [
    "satudata_holiday_list",
    "satudata_holiday_set",
]

_ = toolkit._

_YEARS = (1945, 2199)


def day_validator(value: Any) -> dt.date:
    """A date as 2026-12-31."""
    if isinstance(value, dt.date):
        return value
    try:
        return dt.date.fromisoformat(str(value).strip())
    except ValueError as error:
        raise toolkit.Invalid(_("Write the date as 2026-12-31")) from error


def _known_year(day: Any) -> Any:
    """A day of the years that the calendar knows; what is no day has been refused before."""
    if isinstance(day, dt.date) and not _YEARS[0] <= day.year <= _YEARS[1]:
        raise toolkit.Invalid(_("There is no such year."))
    return day


def _yes_or_no(value: Any) -> bool:
    """A truth value; core's validator reads whatever it does not know as false."""
    try:
        return toolkit.asbool(value)
    except ValueError as error:
        raise toolkit.Invalid(_("Must be yes or no")) from error


@toolkit.validator_args
def _set_schema(
    not_empty: Validator,
    not_missing: Validator,
    unicode_safe: Validator,
    ignore_empty: Validator,
    default: ValidatorFactory,
) -> Schema:
    return {
        "day": [not_empty, day_validator, _known_year],
        "free": [not_missing, _yes_or_no],
        "name": [default(""), unicode_safe],
        "number": [default(""), unicode_safe],
        "reason": [default(""), unicode_safe],
        "dated": [ignore_empty, day_validator],
    }


@validate(_set_schema)
def satudata_holiday_set(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Decide that offices are closed on a working day, or that they work on a holiday.

    Due days that are still to come follow at once. What was decided is taken back by deciding
    otherwise, or by ``satudata_decision_revoke``.

    :param day: the date, not a Saturday or Sunday
    :param free: true: a day off; false: a working day
    :param name: what the day is
    :param number: number of the letter (SKB, decree of the head of region)
    :param reason: why
    :param dated: date of the letter; today if not given
    :returns: the day as ``satudata_holiday_list`` lists it
    :raises ValidationError: by parameter; also where a final quarter was counted with that day

    Example::

        {"day": "2027-02-10", "free": true, "name": "Pemilihan kepala daerah",
         "number": "100.3/45/2027", "reason": "Hari pemungutan suara"}
    """
    toolkit.check_access("satudata_holiday_set", context, data_dict)
    user = model.User.get(context.get("user"))
    try:
        decision = workdays.decide(
            data_dict["day"],
            data_dict["free"],
            data_dict["name"],
            data_dict["number"],
            data_dict["reason"],
            user.id if user else None,
            dated=data_dict.get("dated"),
        )
        obligations.ensure()
    except Exception:
        model.Session.rollback()
        raise
    shown = {
        "day": decision.day.isoformat() if decision.day else None,
        "free": data_dict["free"],
        "name": data_dict["name"].strip(),
        "source": "decision",
        "decision_id": decision.id,
        "number": decision.number,
    }
    if not context.get("defer_commit"):
        model.repo.commit()
    return shown


@toolkit.side_effect_free
def satudata_holiday_list(context: Context, data_dict: DataDict) -> list[dict[str, Any]]:
    """The days of a year on which offices are closed or, by exception, open; no weekends.

    :param year: the year; this year if not given
    :returns: list in order of days: ``day``, ``free``, ``name``, ``source`` (``national``,
        ``option``, ``decision``), and of a decision ``decision_id`` and ``number``
    :raises ValidationError: no such year

    Example of an answer::

        [{"day": "2027-01-01", "free": true, "name": "Tahun Baru Masehi", "source": "national"}]
    """
    toolkit.check_access("satudata_holiday_list", context, data_dict)
    asked = data_dict.get("year")
    try:
        year = clock.today().year if asked in (None, "") else whole_number(asked)
    except ValueError:
        year = 0
    if not _YEARS[0] <= year <= _YEARS[1]:
        raise toolkit.ValidationError({"year": [_("There is no such year.")]})
    return [{**row, "day": row["day"].isoformat()} for row in workdays.exceptions(year)]
