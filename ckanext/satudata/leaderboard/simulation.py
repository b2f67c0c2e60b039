"""What past quarters would have been under another rule set, and who would move.

The same SQL as always judges the same evidence twice, by the rules of each quarter and by those
that are tried. It writes into temporary tables of the names that it writes to otherwise, in a
transaction that is rolled back: no result can change by it.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

import ckan.model as model
import sqlalchemy as sa

from .. import clock, config
from ..calendar.localtime import day_end_utc
from ..calendar.quarters import Quarter
from ..judging import evaluation, rulesets
from ..judging import queries as quarter_queries
from ..judging.model import QuarterState
from ..quarter.model import Final
from ..register.model import Obligation
from ..register.workdays import work_calendar
from ..report.records import Record
from ..report.shapes import SPANS
from ..rules.ruleset import RuleSet
from . import queries, ranking

SHADOWS = ("satudata_result", "satudata_org_result")
"""The tables that the steps of the evaluation write to."""

_TICK = dt.timedelta(microseconds=1)

Standings = dict[str, dict[str, Any]]
"""By organisation: total, band, rank and why there is no rank."""


def past_quarters() -> list[Quarter]:
    """The quarters with duties whose cutoff is over, newest first: those that can be tried."""
    rows = model.Session.execute(sa.select(Obligation.year, Obligation.tw).distinct())
    quarters = sorted((Quarter(row.year, row.tw) for row in rows), reverse=True)
    today = clock.today()
    return [quarter for quarter, day in evaluation.cutoffs(quarters).items() if day < today]


def steps(quarters: Sequence[Quarter]) -> int:
    """How many evaluations :func:`simulate` makes."""
    return 2 * sum(last.tw for last in _last_by_year(quarters).values())


def simulate(
    rules: RuleSet, quarters: Sequence[Quarter], tell: Callable[[int], None] = lambda _done: None
) -> list[dict[str, Any]]:
    """Judge the quarters by their own rules and by ``rules``; ends with a rollback.

    :param tell: called with the number of evaluations done
    :returns: per quarter ``quarter``, ``rules`` (name of those that judged it) and, per view
        (``cumulative``, ``quarter``), ``rows`` by table of the leaderboard
    """
    done = 0

    def count() -> None:
        nonlocal done
        done += 1
        tell(done)

    try:
        evaluation.tune()
        before: dict[Quarter, dict[str, Standings]] = {}
        after: dict[Quarter, dict[str, Standings]] = {}
        for year, last in sorted(_last_by_year(quarters).items()):
            wanted = {quarter for quarter in quarters if quarter.year == year}
            before |= _judge_year(last, wanted, None, count)
            after |= _judge_year(last, wanted, rules, count)
        return [_shown(quarter, before[quarter], after[quarter]) for quarter in sorted(quarters)]
    finally:
        model.Session.rollback()


def _last_by_year(quarters: Sequence[Quarter]) -> dict[int, Quarter]:
    return {quarter.year: quarter for quarter in sorted(quarters)}


def _judge_year(
    last: Quarter, wanted: set[Quarter], tried: RuleSet | None, count: Callable[[], None]
) -> dict[Quarter, dict[str, Standings]]:
    """The standings of the wanted quarters of a year; each stands on those before it."""
    found = {}
    with _shadow_tables():
        for tw in range(1, last.tw + 1):
            quarter = Quarter(last.year, tw)
            frame = _frame(quarter, tried)
            values = evaluation.gather(frame)
            model.Session.execute(quarter_queries.write_rows(frame.rules), values)
            model.Session.execute(quarter_queries.write_figures(frame.rules), values)
            if quarter in wanted:
                found[quarter] = {span: _standings(frame, span) for span in SPANS}
            count()
    return found


@contextmanager
def _shadow_tables() -> Iterator[None]:
    """Empty temporary tables that hide those of the live result from this transaction."""
    for name in SHADOWS:
        model.Session.execute(
            sa.text(f"CREATE TEMPORARY TABLE {name} (LIKE {name}) ON COMMIT DROP")
        )
    yield
    for name in SHADOWS:
        model.Session.execute(sa.text(f"DROP TABLE pg_temp.{name}"))


def _frame(quarter: Quarter, tried: RuleSet | None) -> evaluation.Frame:
    """The evaluation of a past quarter by its own rules or by those that are tried.

    Of a frozen quarter only what counted when it was frozen.
    """
    frame = dataclasses.replace(
        evaluation.frame(quarter, tried), review_open=False, carry_final=None
    )
    if tried:
        calendar = work_calendar()
        cutoffs = {tw: tried.cutoff(Quarter(quarter.year, tw), calendar) for tw in frame.cutoffs}
        end = day_end_utc(cutoffs[quarter.tw], config.timezone())
        bound = min(end, frame.now + _TICK)
        frame = dataclasses.replace(frame, cutoffs=cutoffs, events_to=bound, tree_to=bound)
    state = model.Session.get(QuarterState, (quarter.year, quarter.tw))
    final = model.Session.get(Final, state.final_id) if state and state.final_id else None
    if final is None:
        return frame
    first = model.Session.scalars(
        sa.select(Final).filter_by(year=quarter.year, tw=quarter.tw, revision=0)
    ).one()
    return dataclasses.replace(frame, decisions_to=final.decisions_to, checks_to=first.decisions_to)


def _standings(frame: evaluation.Frame, span: str) -> Standings:
    quarter = frame.quarter
    figures = f"SELECT * FROM {SHADOWS[1]} WHERE year = :year AND tw = :tw AND span = :span"  # noqa: S608
    judged = {one.entry.org_id: one for one in queries.judged(Record(quarter), span, figures)}
    tables = ranking.tables([one.entry for one in judged.values()], frame.rules)
    return {
        place.entry.org_id: {
            "title": judged[place.entry.org_id].title,
            "name": judged[place.entry.org_id].name,
            "pool": table.pool,
            "size": table.size,
            "total": place.entry.total,
            "band": judged[place.entry.org_id].band,
            "rank": place.rank,
            "reason": place.reason,
        }
        for table in tables
        for place in table.places
    }


def _shown(
    quarter: Quarter, before: dict[str, Standings], after: dict[str, Standings]
) -> dict[str, Any]:
    rules = rulesets.of(quarter)
    return {
        "quarter": str(quarter),
        "year": quarter.year,
        "tw": quarter.tw,
        "rules": f"{rules.name} {rules.version}",
        "rules_hash": rules.hash,
        "views": {span: _compare(before[span], after[span]) for span in SPANS},
    }


_SHOWN = ("total", "band", "rank", "reason", "size")


def _compare(before: Standings, after: Standings) -> list[dict[str, Any]]:
    """One row per organisation, in the order of the new ranks; ``moved`` is positive upwards."""
    rows = []
    for org_id, new in after.items():
        old = before[org_id]
        both = old["rank"] and new["rank"] and old["size"] == new["size"]
        change = None
        if old["total"] is not None and new["total"] is not None:
            change = new["total"] - old["total"]
        rows.append(
            {
                "org_id": org_id,
                "title": new["title"],
                "name": new["name"],
                "pool": new["pool"],
                "before": {name: _plain(old[name]) for name in _SHOWN},
                "after": {name: _plain(new[name]) for name in _SHOWN},
                "change": _plain(change),
                "moved": old["rank"] - new["rank"] if both else None,
            }
        )
    return rows


def _plain(value: Any) -> Any:
    return float(value) if isinstance(value, Decimal) else value
