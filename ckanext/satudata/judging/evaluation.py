"""Judging one quarter at a moment: the same SQL for the live, the provisional and the final result.

A :class:`Frame` says which quarter, by which rules, and up to which moment each kind of evidence
counts. :func:`gather` leaves that evidence in temporary tables of the transaction, and the tree
that rows are pooled over in ``eval_opd``; :func:`.rows.rows` judges what lies there.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import ckan.model as model
import sqlalchemy as sa

from .. import clock, config
from ..calendar.localtime import day_end_utc, local_date
from ..calendar.quarters import Quarter
from ..register.workdays import work_calendar
from ..rules.ruleset import RuleSet
from . import rulesets, stages
from .model import QuarterState

_TICK = dt.timedelta(microseconds=1)

OPEN_STATES = ("terbuka", "pemeriksaan")
"""States in which a delivery may still wait for its review."""


class Days(NamedTuple):
    """The days that lateness may touch; ``closed`` are those without work, weekends apart."""

    start: dt.date
    end: dt.date
    closed: tuple[dt.date, ...]


@dataclass(frozen=True)
class Frame:
    """What a quarter is judged by. Bounds are exclusive, moments have a time zone.

    ``timezone``: decides which day a moment lies on; ``cutoffs``: cutoff day of this and the
    earlier quarters of the year, by number;
    ``sealed_only``: only duties of opened quarters. ``carry_final``: the frozen record of the
    quarter before it in the year, whose settled rows stand (None: the live one);
    ``arrears_final``: the last frozen record, whose open rows of earlier years are listed.
    """

    quarter: Quarter
    rules: RuleSet
    timezone: str
    cutoffs: dict[int, dt.date]
    now: dt.datetime
    events_to: dt.datetime
    tree_to: dt.datetime
    decisions_to: dt.datetime
    checks_to: dt.datetime
    review_open: bool
    days: Days
    sealed_only: bool
    carry_final: int | None
    arrears_final: int | None

    @property
    def as_of_day(self) -> dt.date:
        """The first day that is not over: duties due before it enter the figures."""
        return local_date(self.events_to, self.timezone)

    def values(self) -> dict[str, Any]:
        """The bound values of the steps."""
        return {
            "year": self.quarter.year,
            "tw": self.quarter.tw,
            "tz": self.timezone,
            "now": self.now,
            "events_to": self.events_to,
            "tree_to": self.tree_to,
            "decisions_to": self.decisions_to,
            "checks_to": self.checks_to,
            "as_of_day": self.as_of_day,
            "review_open": self.review_open,
            "tws": list(self.cutoffs),
            "cutoff_ends": [day_end_utc(day, self.timezone) for day in self.cutoffs.values()],
            "sealed_only": self.sealed_only,
            "carry_final": self.carry_final,
            "arrears_final": self.arrears_final,
            "first_day": self.days.start,
            "last_day": self.days.end,
            "closed_days": list(self.days.closed),
            "floor_q": self.rules.floors["Q"],
            "floor_m0": self.rules.floors["M0"],
            "mend_days": self.rules.mend_days,
            "review_free_days": self.rules.review_free_days,
            "opd_approval": self.rules.opd_approval,
            "approval_days": self.rules.approval_days,
        }


def cutoff(quarter: Quarter, rules: RuleSet | None = None) -> dt.date:
    """As :func:`cutoffs`, of one quarter."""
    return cutoffs([quarter], {quarter: rules} if rules else None)[quarter]


def cutoffs(
    quarters: Collection[Quarter], rules: Mapping[Quarter, RuleSet] | None = None
) -> dict[Quarter, dt.date]:
    """The last day on which deliveries of each quarter count, set-based.

    As fixed when the quarter opened, else what opening it now would fix, by these rules or by
    those in force.
    """
    return _last_days(quarters, _opened({one.year for one in quarters}), rules or {})


def _last_days(
    quarters: Collection[Quarter],
    opened: Mapping[Quarter, QuarterState],
    rules: Mapping[Quarter, RuleSet],
) -> dict[Quarter, dt.date]:
    found = {quarter: state.cutoff for quarter, state in opened.items()}
    drafts = [quarter for quarter in quarters if quarter not in found]
    if drafts:
        unknown = [quarter for quarter in drafts if quarter not in rules]
        known = {**rules, **rulesets.of_each(unknown)} if unknown else rules
        calendar = work_calendar()
        found |= {quarter: known[quarter].cutoff(quarter, calendar) for quarter in drafts}
    return {quarter: found[quarter] for quarter in quarters}


def calendar_days(quarter: Quarter, before: dt.datetime) -> Days:
    """The days that lateness in a quarter may touch, by what was decided of them ``before``."""
    start, end = dt.date(quarter.year - 2, 1, 1), dt.date(quarter.year + 1, 12, 31)
    return Days(start, end, work_calendar(before).closed(start, end))


def frame(
    quarter: Quarter,
    rules: RuleSet | None = None,
    now: dt.datetime | None = None,
) -> Frame:
    """The evaluation of a quarter as of ``now``: up to now while it runs, up to its cutoff after.

    Decisions count up to now either way; a frozen quarter is judged by :mod:`..quarter.freeze`.
    """
    now = now or clock.now()
    opened = _opened({quarter.year})
    rules = rules or rulesets.of(quarter)
    so_far = [Quarter(quarter.year, tw) for tw in range(1, quarter.tw + 1)]
    last_days = _last_days(so_far, opened, {quarter: rules})
    timezone = config.timezone()
    end = day_end_utc(last_days[quarter], timezone)
    bound = end if now >= end else now + _TICK
    before = opened.get(quarter.previous())
    return Frame(
        quarter=quarter,
        rules=rules,
        timezone=timezone,
        cutoffs={one.tw: day for one, day in last_days.items()},
        now=now,
        events_to=bound,
        tree_to=bound,
        decisions_to=now + _TICK,
        checks_to=now + _TICK,
        review_open=_review_open(opened.get(quarter), rules, last_days[quarter], now),
        days=calendar_days(quarter, bound),
        sealed_only=quarter in opened,
        carry_final=before.final_id if before else None,
        arrears_final=last_final_before(quarter),
    )


def _opened(years: Collection[int]) -> dict[Quarter, QuarterState]:
    """The states of the quarters of these years that were opened."""
    statement = sa.select(QuarterState).where(QuarterState.year.in_(years))
    return {state.quarter: state for state in model.Session.scalars(statement)}


def _review_open(
    state: QuarterState | None, rules: RuleSet, cutoff_day: dt.date, now: dt.datetime
) -> bool:
    if state:
        return state.state in OPEN_STATES
    last = work_calendar().add_workdays(cutoff_day, rules.review_days)
    return now < day_end_utc(last, config.timezone())


def last_final_before(quarter: Quarter) -> int | None:
    """Id of the newest frozen record of the last frozen quarter before this one."""
    statement = (
        sa.select(QuarterState.final_id)
        .where(
            QuarterState.final_id.is_not(None),
            sa.tuple_(QuarterState.year, QuarterState.tw) < (quarter.year, quarter.tw),
        )
        .order_by(QuarterState.year.desc(), QuarterState.tw.desc())
        .limit(1)
    )
    return model.Session.execute(statement).scalar()


def tune() -> None:
    """Settings for large joins, for the rest of the transaction."""
    model.Session.execute(_SETTINGS)


# All is joined with all: a guess of few rows must not lead through nested loops. The temporary
# tables are read a few times only: a small sample is plan enough.
_SETTINGS = sa.text(
    """
    SET LOCAL enable_nestloop = off;
    SET LOCAL jit = off;
    SET LOCAL work_mem = '128MB';
    SET LOCAL default_statistics_target = 1
    """
)


_GATHER = sa.text("; ".join(stages.stage(name, query) for name, query in stages.STAGES.items()))


def gather(frame: Frame, org_ids: Collection[str] | None = None) -> dict[str, Any]:
    """Bring the evidence of the duties of these organisations (None: of all) together.

    The temporary tables last to the end of the transaction or to the next call. Returns the
    values that the statements of :mod:`.rows`, :mod:`.queries` and :mod:`.figures` need.
    """
    values = frame.values() | {
        "orgs": None if org_ids is None else sorted(org_ids),
        "targets": None,
    }
    model.Session.execute(_GATHER, values)
    return values
