"""A quarter as the API, the pages and the command line show it: one shape for all."""

from __future__ import annotations

from typing import Any

import ckan.model as model
import sqlalchemy as sa

from .. import queue
from ..calendar.quarters import Quarter
from ..judging import live, rulesets
from ..judging.model import Computation
from . import hindrances, runs, schedule, standing
from .model import Final, QuarterRun


def whole(quarter: Quarter, manages: bool, names: bool) -> dict[str, Any]:
    """All of one quarter: its rule set, counts, records, and for the walidata what comes next.

    :param names: whether to tell who froze it
    """
    one = standing.of(quarter)
    shown = {
        **standing.brief(one),
        "ruleset": _ruleset(quarter),
        "counts": counts(quarter),
        "records": records(quarter, names),
        "verification": run_dict(next(iter(runs.latest(quarter, "verify")), None)),
    }
    if manages:
        shown["next"] = next_step(one)
        shown["runs"] = [run_dict(run) for run in runs.latest(quarter)]
        shown["health"] = health()
    return shown


def _ruleset(quarter: Quarter) -> dict[str, Any]:
    rules = rulesets.of(quarter)
    return {"hash": rules.hash, "name": rules.name, "version": rules.version}


def next_step(one: standing.Standing) -> dict[str, Any]:
    """The move that leads on: its name, the day it would fix and what stands against it."""
    move = one.next_move
    found = hindrances.against(move, one)
    return {
        "move": move,
        "to": standing.MOVES[move].end,
        "day": standing.fixed_day(one, move),
        "against": [{"key": h.key, "message": h.message, "count": h.count} for h in found],
    }


def counts(quarter: Quarter) -> dict[str, Any]:
    """Numbers of the duties that fall due in the quarter: all, of how many OPDs, by status."""
    values = {"year": quarter.year, "tw": quarter.tw}
    duties, organizations = model.Session.execute(sa.text(_DUTIES), values).one()
    statuses = model.Session.execute(sa.text(_STATUSES), values).all()
    return {
        "duties": duties,
        "organizations": organizations,
        "statuses": dict(row._tuple() for row in statuses),
    }


_DUTIES = """
    SELECT count(*), count(DISTINCT org_id) FROM satudata_obligation
    WHERE year = :year AND tw = :tw
"""

_STATUSES = """
    SELECT status, count(*) FROM (
        SELECT status FROM satudata_final_row
        WHERE final_id = (SELECT final_id FROM satudata_quarter WHERE year = :year AND tw = :tw)
          AND due_year = :year AND due_tw = :tw
        UNION ALL
        SELECT status FROM satudata_result
        WHERE year = :year AND tw = :tw AND due_year = :year AND due_tw = :tw
          AND NOT EXISTS (SELECT FROM satudata_quarter
                          WHERE year = :year AND tw = :tw AND final_id IS NOT NULL)) r
    GROUP BY status ORDER BY status
"""


_ACTOR = ("actor", "actor_name")


def records(quarter: Quarter, names: bool) -> list[dict[str, Any]]:
    """The frozen records of a quarter, newest first: the one that holds and those it replaced.

    As in the log of decisions, who made them is not for everybody (``names``).
    """
    rows = model.Session.execute(sa.text(_RECORDS), {"year": quarter.year, "tw": quarter.tw})
    return [
        {name: value for name, value in row.items() if names or name not in _ACTOR}
        for row in rows.mappings()
    ]


# What a revision was ordered by stands in the decision that moved the quarter.
_RECORDS = """
    SELECT f.revision, f.sha256, f.previous, f.at, f.decisions_to, f.actor,
           coalesce(nullif(u.fullname, ''), u.name) AS actor_name, d.number, d.reason,
           (SELECT count(*) FROM satudata_final_row r WHERE r.final_id = f.id) AS rows
    FROM satudata_final f
    LEFT JOIN "user" u ON u.id = f.actor
    LEFT JOIN satudata_decision d
      ON d.kind = 'quarter' AND d.year = f.year AND d.tw = f.tw AND d.details->>'sha256' = f.sha256
         AND d.details->>'move' = CASE WHEN f.revision = 0 THEN 'finalise' ELSE 'revise' END
    WHERE f.year = :year AND f.tw = :tw
    ORDER BY f.revision DESC
"""


def document(quarter: Quarter, revision: int) -> Final | None:
    """One frozen record."""
    return model.Session.scalars(
        sa.select(Final).filter_by(year=quarter.year, tw=quarter.tw, revision=revision)
    ).one_or_none()


def run_dict(run: QuarterRun | None) -> dict[str, Any] | None:
    """A run as it is shown; None stays None."""
    if run is None:
        return None
    stopped = queue.was_stopped(run.state, run.created)
    return {
        "id": run.id,
        "kind": run.kind,
        "year": run.year,
        "tw": run.tw,
        "state": "failed" if stopped else run.state,
        "result": {"error": "stopped"} if stopped else run.result,
        "created": run.created,
        "finished": run.finished,
    }


def verification() -> dict[str, Any] | None:
    """The newest verification of all quarters at once."""
    return run_dict(next(iter(runs.latest(None, "verify")), None))


def health() -> dict[str, Any]:
    """Whether the machinery runs: last full computation, next run of the schedule, waiting work.

    ``next_tick`` is None where nothing is scheduled or the queue cannot be asked.
    """
    computed = model.Session.execute(
        sa.select(sa.func.max(Computation.finished)).where(Computation.organizations.is_(None))
    ).scalar()
    waiting = model.Session.execute(
        sa.select(sa.func.count()).select_from(QuarterRun).where(QuarterRun.state == "queued")
    ).scalar_one()
    return {
        "computed": computed,
        "stale": live.is_old(computed),
        "next_tick": schedule.armed(),
        "waiting": waiting,
    }
