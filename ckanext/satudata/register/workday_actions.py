"""Working days as actions: who decides that a day is free, and the days as they are."""

from __future__ import annotations

from typing import Any

from ckan.plugins import toolkit
from ckan.types import Context, DataDict

from .. import clock
from ..text import whole_number
from . import obligations, workdays
from .decision_actions import saving, user_id
from .fields import Fields

__all__ = [
    "satudata_holiday_list",
    "satudata_holiday_set",
]

_ = toolkit._

_YEARS = (1945, 2199)


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
    fields = Fields(data_dict)
    day, dated = fields.day("day", required=True), fields.day("dated")
    free = fields.flag("free", required=True)
    name, number, reason = (fields.text(one) for one in ("name", "number", "reason"))
    fields.check()
    assert day is not None
    if not _YEARS[0] <= day.year <= _YEARS[1]:
        raise toolkit.ValidationError({"day": [_("There is no such year.")]})
    with saving(context):
        decision = workdays.decide(day, free, name, number, reason, user_id(context), dated=dated)
        obligations.ensure()
        shown = {
            "day": day.isoformat(),
            "free": free,
            "name": name,
            "source": "decision",
            "decision_id": decision.id,
            "number": decision.number,
        }
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
