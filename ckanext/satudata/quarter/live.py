"""The live result: every obligation as it stands, and the figures of every organisation.

A job computes, pages read. Incremental runs give what a full run at the same
moment gives (a test holds them against each other).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from typing import NamedTuple

import ckan.model as model
import sqlalchemy as sa

from .. import clock, config, locks
from ..calendar.localtime import day_end_utc, local_date
from ..calendar.quarters import Quarter
from ..delivery.model import Touched
from ..register import obligations
from ..register.model import Obligation
from ..register.workdays import work_calendar
from ..rules.ruleset import RuleSet, load_ruleset
from . import queries
from .model import Computation

KEPT = dt.timedelta(days=30)
"""How long the record of a computation is kept."""

LOCK = "live-result"


class Frame(NamedTuple):
    """The moment at which a quarter is evaluated; ``bound`` is exclusive."""

    quarter: Quarter
    cutoff: dt.date
    cutoff_end: dt.datetime
    bound: dt.datetime
    as_of_day: dt.date


def ruleset() -> RuleSet:
    """The rule set of this portal."""
    path = config.ruleset_file()
    return load_ruleset(path) if path else load_ruleset()


def cutoff(quarter: Quarter, rules: RuleSet | None = None) -> dt.date:
    """The one day up to which deliveries of a quarter count: its end and 14 working days."""
    days = (rules or ruleset()).cutoff_days
    return work_calendar().add_workdays(quarter.end, days)


def today() -> dt.date:
    """The local date."""
    return local_date(clock.now(), config.timezone())


def current_quarter() -> Quarter:
    """The quarter of today's local date."""
    return Quarter.of(today())


def frame(quarter: Quarter, now: dt.datetime, rules: RuleSet) -> Frame:
    """The evaluation of ``quarter`` as of ``now``: the cutoff's end once that is over."""
    tz = config.timezone()
    last_day = cutoff(quarter, rules)
    end = day_end_utc(last_day, tz)
    over = now >= end
    bound = end if over else now + dt.timedelta(microseconds=1)
    return Frame(quarter, last_day, end, bound, last_day if over else local_date(now, tz))


def compute(org_ids: Collection[str] | None = None) -> Computation | None:
    """Compute the result of the duties of these organisations, or of all (None).

    A full run also brings obligations and working days up to date. Commits;
    waits for a run that is under way. Returns None where there was nothing to do.
    """
    if org_ids is not None and not org_ids:
        return None
    locks.hold(LOCK)
    started = clock.now()
    rules = ruleset()
    if org_ids is None:
        obligations.ensure(dt.date(today().year, 12, 31))
    frames = _frames(started, rules)
    _fill_calendar(frames, full=org_ids is None)
    run = _write(org_ids, started, frames, rules)
    model.Session.commit()
    return run


def refresh() -> Computation | None:
    """Compute the organisations touched since the last run; cheap where there are none."""
    locks.hold(LOCK)
    notes = model.Session.execute(sa.select(Touched.id, Touched.org_id)).all()
    if not notes:
        return None
    # The notes go with the transaction that computes, and none that came later.
    model.Session.execute(sa.delete(Touched).where(Touched.id.in_([note.id for note in notes])))
    return compute({note.org_id for note in notes})


def recompute() -> Computation:
    """Compute everything."""
    locks.hold(LOCK)
    last = model.Session.execute(sa.select(sa.func.max(Touched.id))).scalar()
    if last is not None:
        model.Session.execute(sa.delete(Touched).where(Touched.id <= last))
    run = compute()
    assert run is not None
    return run


def _frames(now: dt.datetime, rules: RuleSet) -> list[Frame]:
    this_year = local_date(now, config.timezone()).year
    first, last = model.Session.execute(
        sa.select(sa.func.min(Obligation.year), sa.func.max(Obligation.year))
    ).one()
    years = range(min(first or this_year, this_year - 1), max(last or this_year, this_year) + 1)
    return [frame(Quarter(year, tw), now, rules) for year in years for tw in (1, 2, 3, 4)]


def _fill_calendar(frames: list[Frame], full: bool) -> None:
    """All days that lateness may touch; an incremental run only fills an empty table."""
    if full or calendar_days.is_empty():
        first, last = frames[0].quarter.year - 1, frames[-1].quarter.year + 1
        calendar_days.fill(dt.date(first, 1, 1), dt.date(last, 12, 31))


def _write(
    org_ids: Collection[str] | None, started: dt.datetime, frames: list[Frame], rules: RuleSet
) -> Computation:
    orgs = None if org_ids is None else sorted(org_ids)
    execute = model.Session.execute
    bound = {
        "orgs": orgs,
        "now": started,
        "tz": config.timezone(),
        "floor_q": rules.floors["Q"],
        "years": [one.quarter.year for one in frames],
        "tws": [one.quarter.tw for one in frames],
        "bounds": [one.bound for one in frames],
        "as_of_days": [one.as_of_day for one in frames],
        "cutoff_ends": [one.cutoff_end for one in frames],
    }
    for name in queries.STAGES:
        for statement in queries.stage(name):
            execute(sa.text(statement), bound)
    execute(sa.text(queries.DELETE_RESULTS), bound)
    written = execute(sa.text(queries.results(rules)), bound)
    if orgs is None:
        execute(sa.text("ANALYZE satudata_result"))
    targets = None
    if orgs is not None:
        above = execute(sa.text(queries.TARGETS), {"orgs": orgs}).scalars()
        targets = sorted({*orgs, *above})
    execute(sa.text(queries.DELETE_FIGURES), {"targets": targets})
    execute(sa.text(queries.figures(rules)), {"targets": targets})
    run = Computation(
        started=started,
        finished=clock.now(),
        as_of=started,
        organizations=None if orgs is None else len(orgs),
        rows=written.rowcount,
        ruleset_hash=rules.hash,
    )
    model.Session.add(run)
    execute(sa.delete(Computation).where(Computation.started < started - KEPT))
    return run


def last() -> Computation | None:
    """The newest computation, None before the first."""
    return model.Session.scalars(
        sa.select(Computation).order_by(Computation.started.desc()).limit(1)
    ).first()
