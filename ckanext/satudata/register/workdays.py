"""The working days of this government: the national ones, the options, and what was decided.

A decision of kind ``holiday`` makes one day free or working, whatever library and options say;
taking it back restores what held before. As decisions are never changed, the working days of
any earlier moment can be read again: a frozen quarter is recomputed with those it was made with.
"""

from __future__ import annotations

import datetime as dt
import functools
from typing import Any

import ckan.model as model
import sqlalchemy as sa
from ckan.plugins import toolkit

from .. import config
from ..calendar.quarters import Quarter
from ..calendar.workdays import WorkCalendar
from ..template_helpers import satudata_date
from . import decisions
from .model import Decision

_ = toolkit._

KIND = "holiday"

_SATURDAY = 5

_DECIDED = sa.text(
    """
    SELECT DISTINCT ON (d.day) d.id, d.day, d.number, d.dated, d.reason,
           (d.details->>'free')::boolean AS free, d.details->>'name' AS name
    FROM satudata_decision d
    WHERE d.kind = 'holiday' AND (CAST(:before AS timestamptz) IS NULL OR d.at < :before)
      AND NOT EXISTS (
          SELECT FROM satudata_decision r
          WHERE r.revokes = d.id AND (CAST(:before AS timestamptz) IS NULL OR r.at < :before))
    ORDER BY d.day, d.id DESC
    """
)

_FROZEN_UNTIL = sa.text("SELECT max(cutoff) FROM satudata_quarter WHERE final_id IS NOT NULL")


def work_calendar(before: dt.datetime | None = None) -> WorkCalendar:
    """The working days; with ``before`` by what was decided earlier than that moment."""
    days = decided(before)
    free = frozenset(row["day"] for row in days if row["free"])
    working = frozenset(row["day"] for row in days if not row["free"])
    return _calendar(
        config.extra_holidays() - working | free, config.removed_holidays() - free | working
    )


@functools.lru_cache(maxsize=32)
def _calendar(extra: frozenset[dt.date], removed: frozenset[dt.date]) -> WorkCalendar:
    return WorkCalendar(extra, removed)


def decided(before: dt.datetime | None = None) -> list[dict[str, Any]]:
    """The days set by a decision in force, in order, each with ``free``, ``name``, ``number``."""
    rows = model.Session.execute(_DECIDED, {"before": before}).mappings()
    return [dict(row) for row in rows]


def exceptions(year: int) -> list[dict[str, Any]]:
    """The days of a year on which offices are closed or, by exception, open.

    Each has ``day``, ``free``, ``name``, ``source`` (``national``, ``option`` or ``decision``)
    and, of a decision, ``decision_id`` and ``number``. Weekends are not listed.
    """
    found: dict[dt.date, dict[str, Any]] = {}
    for day, name in WorkCalendar().named_holidays(year).items():
        found[day] = {"day": day, "free": True, "name": name, "source": "national"}
    for days, free in ((config.extra_holidays(), True), (config.removed_holidays(), False)):
        for day in days:
            name = found.get(day, {}).get("name")
            found[day] = {"day": day, "free": free, "name": name, "source": "option"}
    for row in decided():
        found[row["day"]] = {
            "day": row["day"],
            "free": row["free"],
            "name": row["name"],
            "source": "decision",
            "decision_id": row["id"],
            "number": row["number"],
        }
    return [found[day] for day in sorted(found) if day.year == year]


def frozen(day: dt.date) -> str | None:
    """Why nothing can be decided of a day any more; None where it can."""
    until = model.Session.execute(_FROZEN_UNTIL).scalar()
    if until is None or day > until:
        return None
    return _("A final quarter was counted with this day; only days after {day} can change.").format(
        day=satudata_date(until)
    )


def decide(
    day: dt.date, free: bool, name: str, number: str, reason: str, actor: str | None, **more: Any
) -> Decision:
    """Make a day free or working, in this transaction.

    :param more: ``dated``
    :raises toolkit.ValidationError: a weekend, a day that a final quarter was counted with, no
        name, and what :func:`.decisions.record` refuses
    """
    faults: dict[str, list[str]] = {}
    if day.weekday() >= _SATURDAY:
        message = _("{day} is a Saturday or Sunday, which is free anyway.")
        faults["day"] = [message.format(day=satudata_date(day))]
    elif fault := frozen(day):
        faults["day"] = [fault]
    if not name.strip():
        faults["name"] = [_("Write what the day is, for example the name of the holiday.")]
    if faults:
        raise toolkit.ValidationError(faults)
    quarter = Quarter.of(day)
    return decisions.record(
        KIND,
        number=number,
        reason=reason,
        actor=actor,
        day=day,
        year=quarter.year,
        tw=quarter.tw,
        details={"free": free, "name": name.strip()},
        **more,
    )
