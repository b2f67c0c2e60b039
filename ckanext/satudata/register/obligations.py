"""Obligations: one item × one data period with its due date, made set-based from the rhythms.

Rules (compliance §2): no due date before the rhythm took effect, the first at least 20 working
days after; lateness counts from the next working day. Running it again changes nothing.

A quarter that has opened is sealed: its duties neither move nor go, whatever becomes of the
register, and what is added to it must still lie ahead. They only end by a decision.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import ckan.model as model
import sqlalchemy as sa

from .. import clock, locks
from ..calendar.frequencies import Frequency
from ..calendar.quarters import Quarter
from ..calendar.schedule import due_dates
from ..calendar.workdays import WorkCalendar
from . import rhythms, versions
from .claims import COUNTS
from .model import Obligation
from .workdays import work_calendar

FIRST_DUE_WORKDAYS = 20
"""Working days between the day a rhythm takes effect and the first date it may ask for."""

_EARLIEST = 6
"""Data years before the first rhythm that may still fall due (a five-yearly datum, n+1)."""


@dataclass(frozen=True)
class Change:
    """What :func:`ensure` did: numbers of obligations."""

    created: int
    moved: int
    removed: int

    def __bool__(self) -> bool:
        return bool(self.created or self.moved or self.removed)


def today() -> dt.date:
    """The present date of the government."""
    return clock.today()


def horizon(day: dt.date | None = None) -> dt.date:
    """The day until which obligations are made: the end of the next year."""
    return dt.date((day or today()).year + 1, 12, 31)


def ensure(
    until: dt.date | None = None,
    as_of: dt.date | None = None,
    opening: Quarter | None = None,
) -> Change:
    """Bring the obligations due up to ``until`` in line with the register, in this transaction.

    Missing ones are created. Those not yet due (after ``as_of``) follow a changed schedule; they
    go where the rhythm or the item has ended, unless something was delivered for them. What has
    fallen due stays as it was. ``until``: :func:`horizon`, ``as_of``: today, if not given.

    Of a quarter that has opened (a row in ``satudata_quarter``), sealed duties stay as they are;
    what is added to it is not yet due and sealed at once. ``opening``: a quarter that is opening
    just now and still takes all its duties.
    """
    as_of = as_of or today()
    until = until or horizon(as_of)
    locks.hold("obligations")
    locks.share(locks.EVIDENCE)
    _fill_calendar(until)
    values = {"as_of": as_of, "until": until}
    _run(
        _OPENED_TABLE, {"year": opening.year if opening else 0, "tw": opening.tw if opening else 0}
    )
    change = Change(
        moved=_run(_MOVE, values), removed=_run(_REMOVE, values), created=_run(_CREATE, values)
    )
    _run(_SEAL_ADDED, {"at": locks.evidence_time(), "version": versions.current()})
    _run("DROP TABLE satudata_due, satudata_start, satudata_opened", {})
    return change


def seal(year: int, tw: int, at: dt.datetime) -> int:
    """Fix the duties of a quarter that opens now: what the register says of them goes with them.

    Its missing duties are made first. The caller opens the quarter in the same transaction, once,
    and commits. Returns the number of duties sealed.

    :param at: the moment of opening (UTC)
    """
    quarter = Quarter(year, tw)
    ensure(max(horizon(), quarter.end), opening=quarter)
    return _run(
        _SEAL_QUARTER, {"year": year, "tw": tw, "at": at, "version": versions.current(year)}
    )


def of_year(year: int) -> dict[str, int]:
    """How many duties each organisation has in a year, by its id, as the register stands."""
    rows = model.Session.execute(
        sa.select(Obligation.org_id, sa.func.count().label("duties"))
        .where(Obligation.year == year)
        .group_by(Obligation.org_id)
    )
    return {row.org_id: row.duties for row in rows}


def _run(statement: str, values: dict[str, Any]) -> int:
    return model.Session.execute(sa.text(statement), values).rowcount  # type: ignore[attr-defined]


def _fill_calendar(until: dt.date) -> None:
    """Expand each distinct schedule once, in temporary tables of this transaction."""
    _run(_DUE_TABLE, {})
    _run(_START_TABLE, {})
    calendar = work_calendar()
    starts = model.Session.execute(sa.text("SELECT DISTINCT since FROM satudata_item_rhythm"))
    days = [row.since for row in starts]
    if not days:
        return
    model.Session.execute(
        sa.text("INSERT INTO satudata_start VALUES (:since, :first_due)"),
        [
            {"since": day, "first_due": calendar.add_workdays(day, FIRST_DUE_WORKDAYS)}
            for day in days
        ],
    )
    dues = list(_expand(min(days), until, calendar))
    if dues:
        columns = ", ".join(f":{name}" for name in dues[0])
        insert = f"INSERT INTO satudata_due VALUES ({columns})"  # noqa: S608 - names of our own
        model.Session.execute(sa.text(insert), dues)
    _run("ANALYZE satudata_due", {})


def _expand(first: dt.date, until: dt.date, calendar: WorkCalendar) -> Iterator[dict[str, Any]]:
    schedules = model.Session.execute(sa.text(_SCHEDULES)).all()
    for frequency, state, rules in schedules:
        schedule = rhythms.unpack(state, rules)
        if not schedule.gives_dates:
            continue
        for year in range(first.year - _EARLIEST, until.year + 1):
            for period, due in due_dates(schedule, Frequency(frequency), year):
                if due <= until:
                    quarter = Quarter.of(due)
                    yield {
                        "frequency": frequency,
                        "state": state,
                        "rules": json.dumps(rules),
                        "period": period.code,
                        "period_start": period.start,
                        "period_end": period.end,
                        "due": due,
                        "due_counted": calendar.next_workday(due),
                        "year": quarter.year,
                        "tw": quarter.tw,
                    }


_SCHEDULES = "SELECT DISTINCT frequency, state, rules FROM satudata_item_rhythm"

_DUE_TABLE = """
    CREATE TEMPORARY TABLE satudata_due (
        frequency text, state text, rules jsonb, period text, period_start date, period_end date,
        due date, due_counted date, year integer, tw integer
    ) ON COMMIT DROP
"""
_START_TABLE = """
    CREATE TEMPORARY TABLE satudata_start (since date, first_due date) ON COMMIT DROP
"""

# Every duty that the register as it is now asks for.
_WANTED = """
    FROM satudata_item_rhythm r
    JOIN satudata_item i ON i.id = r.item_id
    JOIN satudata_start s ON s.since = r.since
    JOIN satudata_due d
      ON d.frequency = r.frequency AND d.state = r.state AND d.rules = r.rules
"""

_OPENED_TABLE = """
    CREATE TEMPORARY TABLE satudata_opened ON COMMIT DROP AS
    SELECT year, tw FROM satudata_quarter WHERE (year, tw) <> (:year, :tw)
"""

_SEAL = """
    UPDATE satudata_obligation o
    SET sealed = :at, item_name = i.name, unit = i.unit, classification = i.classification,
        priority = i.priority, contributors = i.contributors, register_version = :version
    FROM satudata_item i
    WHERE i.id = o.item_id AND o.sealed IS NULL
"""
_SEAL_QUARTER = f"{_SEAL} AND o.year = :year AND o.tw = :tw"
_SEAL_ADDED = f"{_SEAL} AND (o.year, o.tw) IN (SELECT year, tw FROM satudata_opened)"  # noqa: S608

_CREATE = f"""
    INSERT INTO satudata_obligation (id, item_id, org_id, frequency, period, period_start,
                                     period_end, due, due_counted, year, tw)
    SELECT gen_random_uuid()::text, i.id, i.org_id, r.frequency, d.period, d.period_start,
           d.period_end, d.due, d.due_counted, d.year, d.tw
    {_WANTED}
    WHERE d.due >= s.first_due AND (i.valid_to IS NULL OR d.due <= i.valid_to)
      AND (d.due > :as_of OR (d.year, d.tw) NOT IN (SELECT year, tw FROM satudata_opened))
    ON CONFLICT ON CONSTRAINT satudata_obligation_once DO NOTHING
"""  # noqa: S608 - parts of our own

_MOVE = f"""
    UPDATE satudata_obligation o
    SET due = w.due, due_counted = w.due_counted, year = w.year, tw = w.tw
    FROM (SELECT r.item_id, r.frequency, d.* {_WANTED} WHERE d.due >= s.first_due)
         w (item_id, item_frequency, frequency, state, rules, period, period_start, period_end,
            due, due_counted, year, tw)
    WHERE o.item_id = w.item_id AND o.frequency = w.frequency AND o.period = w.period
      AND o.sealed IS NULL AND o.due > :as_of AND w.due > :as_of
      AND (o.due, o.due_counted) <> (w.due, w.due_counted)
"""  # noqa: S608 - parts of our own

_REMOVE = f"""
    DELETE FROM satudata_obligation o
    WHERE o.due > :as_of AND o.due <= :until AND o.sealed IS NULL AND o.request_id IS NULL
      AND NOT EXISTS (
          SELECT FROM satudata_item_rhythm r
          JOIN satudata_item i ON i.id = r.item_id
          JOIN satudata_due d
            ON d.frequency = r.frequency AND d.state = r.state AND d.rules = r.rules
          WHERE r.item_id = o.item_id AND r.frequency = o.frequency AND d.period = o.period
            AND (i.valid_to IS NULL OR d.due <= i.valid_to))
      AND NOT EXISTS (
          SELECT FROM satudata_claim c
          WHERE c.item_id = o.item_id AND c.period = o.period AND {COUNTS})
"""  # noqa: S608 - parts of our own
