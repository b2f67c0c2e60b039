"""The moves of a quarter from one state to the next.

Each is a decision in the log. What stands against a move is told by the same words on the page,
in the API and on the command line (:mod:`.hindrances`). Functions write in the present
transaction; who calls them commits.
"""

from __future__ import annotations

from typing import Any

import ckan.model as model
from ckan.plugins import toolkit

from .. import clock, locks
from ..calendar.quarters import Quarter
from ..judging import rulesets
from ..judging.model import QuarterState
from ..register import decisions, obligations, versions
from ..register.workdays import work_calendar
from . import freeze, hindrances
from .standing import (
    FINAL,
    MOVES,
    OBJECTIONS,
    OPEN,
    PROVISIONAL,
    REVIEW,
    Standing,
    fixed_day,
    of,
)

_ = toolkit._

LOCK = "quarter-states"


def open_quarter(quarter: Quarter, actor: str | None, reason: str = "") -> Standing:
    """Open a quarter: its rule set, register, duties and cutoff stand from now on.

    :raises toolkit.ValidationError: it is not its turn (see :mod:`.hindrances`)
    """
    standing = _begin(quarter, "open")
    rules = rulesets.pin(quarter)
    at = clock.now()
    row = QuarterState(
        year=quarter.year,
        tw=quarter.tw,
        state=OPEN,
        ruleset_hash=rules.hash,
        register_version=versions.current(quarter.year),
        opened=at,
        cutoff=rules.cutoff(quarter, work_calendar()),
    )
    model.Session.add(row)
    model.Session.flush()
    obligations.seal(quarter.year, quarter.tw, at)
    row.duties = obligations.of_year(quarter.year)
    return _end(standing, "open", actor, reason)


def cut_off(quarter: Quarter, actor: str | None, reason: str = "") -> Standing:
    """End the collection once the cutoff day is over; the walidata's time for review begins.

    :raises toolkit.ValidationError: not opened, cut off already, or the day is not over
    """
    standing = _begin(quarter, "cutoff")
    row = _row(quarter)
    row.state, row.review_until = REVIEW, fixed_day(standing, "cutoff")
    return _end(standing, "cutoff", actor, reason)


def show_provisional(quarter: Quarter, actor: str | None, reason: str = "") -> Standing:
    """Show the provisional result once the time for review is over.

    :raises toolkit.ValidationError: not cut off, or the review is not over
    """
    standing = _begin(quarter, "provisional")
    _row(quarter).state = PROVISIONAL
    return _end(standing, "provisional", actor, reason)


def open_objections(quarter: Quarter, actor: str | None, reason: str = "") -> Standing:
    """Let the OPDs object to the provisional result for some working days from today.

    :raises toolkit.ValidationError: there is no provisional result
    """
    standing = _begin(quarter, "objections")
    row = _row(quarter)
    row.state, row.objections_until = OBJECTIONS, fixed_day(standing, "objections")
    return _end(standing, "objections", actor, reason)


def finalise(quarter: Quarter, actor: str | None, reason: str = "") -> Standing:
    """Freeze the result. A quarter that is final already stays as it is and is returned.

    :raises toolkit.ValidationError: what stands against it, all at once
    """
    locks.hold(LOCK)
    if (known := of(quarter)).state == FINAL:
        return known
    standing = _begin(quarter, "finalise", thorough=True)
    final = freeze.finalise(quarter, actor)
    row = _row(quarter)
    row.state, row.final_id = FINAL, final.id
    return _end(standing, "finalise", actor, reason, sha256=final.sha256)


def revise(quarter: Quarter, actor: str | None, number: str, reason: str) -> Standing:
    """Freeze a final quarter anew with the decisions recorded since; the old record stays.

    :param number: of the decree or letter that orders it
    :raises toolkit.ValidationError: not final, no number, no reason
    """
    faults = {}
    if not number.strip():
        faults["number"] = [_("Write the number of the letter or decree.")]
    if not reason.strip():
        faults["reason"] = [_("Write why: the OPD reads it.")]
    if faults:
        raise toolkit.ValidationError(faults)
    standing = _begin(quarter, "revise", thorough=True)
    final = freeze.revise(quarter, actor, number.strip(), reason.strip())
    _row(quarter).final_id = final.id
    told = {"sha256": final.sha256, "revision": final.revision}
    return _end(standing, "revise", actor, reason, number.strip(), **told)


def demand(move: str, quarter: Quarter, thorough: bool = False) -> Standing:
    """Refuse a move that may not be made now; returns where the quarter stands.

    :raises toolkit.ValidationError: at ``state``, all that stands against it
    """
    standing = of(quarter)
    against = hindrances.against(move, standing, thorough)
    if against:
        raise toolkit.ValidationError({"state": [one.message for one in against]})
    return standing


def _begin(quarter: Quarter, move: str, thorough: bool = False) -> Standing:
    """Hold the lock, so that nobody else moves a quarter, and refuse what may not be."""
    locks.hold(LOCK)
    return demand(move, quarter, thorough)


def _row(quarter: Quarter) -> QuarterState:
    row = model.Session.get(QuarterState, (quarter.year, quarter.tw))
    assert row is not None
    return row


def _end(
    before: Standing,
    move: str,
    actor: str | None,
    reason: str,
    number: str | None = None,
    **details: Any,
) -> Standing:
    quarter = before.quarter
    decisions.record(
        "quarter",
        reason=reason.strip() or _(MOVES[move].reason),
        actor=actor,
        number=number,
        year=quarter.year,
        tw=quarter.tw,
        details={"from": before.state, "to": MOVES[move].end, "move": move, **details},
    )
    model.Session.flush()
    return of(quarter)
