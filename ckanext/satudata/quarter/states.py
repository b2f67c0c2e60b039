"""Where a quarter stands, and the moves from one state to the next.

rancangan → terbuka → pemeriksaan → sementara → sanggah → final; a revision leaves it final. Each
move is a decision in the log. What stands against a move is told by the same words on the page,
in the API and on the command line (:mod:`.hindrances`). Functions write in the present
transaction; who calls them commits.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

import ckan.model as model
import sqlalchemy as sa
from ckan.plugins import toolkit

from .. import clock, locks
from ..calendar.quarters import Quarter
from ..register import decisions, obligations, versions
from ..register.workdays import work_calendar
from ..rules.ruleset import RuleSet
from ..text import N_
from . import freeze, rulesets
from .model import Final, QuarterState

_ = toolkit._

DRAFT, OPEN, REVIEW = "rancangan", "terbuka", "pemeriksaan"
PROVISIONAL, OBJECTIONS, FINAL = "sementara", "sanggah", "final"

STATES = (DRAFT, OPEN, REVIEW, PROVISIONAL, OBJECTIONS, FINAL)
"""In the order in which a quarter passes them."""

LABELS = {
    DRAFT: N_("Draft"),
    OPEN: N_("Open"),
    REVIEW: N_("Review"),
    PROVISIONAL: N_("Provisional"),
    OBJECTIONS: N_("Objections"),
    FINAL: N_("Final"),
}
"""Names of the states, as msgids."""

LOCK = "quarter-states"


@dataclass(frozen=True)
class Move:
    """A move of a quarter: from which state to which, its name and what is written by default."""

    start: str
    end: str
    label: str
    reason: str


MOVES = {
    "open": Move(DRAFT, OPEN, N_("Open the quarter"), N_("Opened")),
    "cutoff": Move(OPEN, REVIEW, N_("Cut off"), N_("The cutoff day is over")),
    "provisional": Move(
        REVIEW, PROVISIONAL, N_("Show the provisional result"), N_("The time for review is over")
    ),
    "objections": Move(
        PROVISIONAL, OBJECTIONS, N_("Open the time for objections"), N_("Objections may be made")
    ),
    "finalise": Move(
        OBJECTIONS, FINAL, N_("Make it final"), N_("The time for objections is over")
    ),
    "revise": Move(FINAL, FINAL, N_("Revise"), ""),
}
"""By the name that actions, addresses and the command line use, in order."""


@dataclass(frozen=True)
class Standing:
    """A quarter as it stands. Days are local and inclusive; those to come of a draft are what
    opening it now would fix. ``revision`` is 0 for the first final record."""

    quarter: Quarter
    state: str
    cutoff: dt.date
    review_until: dt.date | None = None
    objections_until: dt.date | None = None
    opened: dt.datetime | None = None
    ruleset_hash: str | None = None
    register_version: str | None = None
    final_id: int | None = None
    revision: int = 0
    sha256: str | None = None
    finalised: dt.datetime | None = None
    dataset_id: str | None = None

    @property
    def next_move(self) -> str:
        """The name of the move that leads on from here."""
        return next(name for name, move in MOVES.items() if move.start == self.state)


def of(quarter: Quarter) -> Standing:
    """Where the quarter stands."""
    found = listed(quarter.year, quarter.tw)
    return found[0] if found else _draft(quarter)


def listed(year: int | None = None, tw: int | None = None) -> list[Standing]:
    """All quarters that were opened, newest first; those of a year or one alone."""
    query = (
        sa.select(QuarterState, Final.revision, Final.sha256, Final.at)
        .outerjoin(Final, Final.id == QuarterState.final_id)
        .order_by(QuarterState.year.desc(), QuarterState.tw.desc())
    )
    if year is not None:
        query = query.where(QuarterState.year == year)
    if tw is not None:
        query = query.where(QuarterState.tw == tw)
    rows = model.Session.execute(query, execution_options={"populate_existing": True})
    return [_standing(*row) for row in rows]


def with_drafts() -> list[Standing]:
    """All quarters that were opened, and those that may be opened next; newest first."""
    known = listed()
    now = Quarter.of(clock.today())
    first = known[0].quarter.next() if known else Quarter(now.year - 1, now.tw)
    drafts = []
    while first <= now.next():
        drafts.append(_draft(first))
        first = first.next()
    return [*reversed(drafts), *known]


def _standing(row: QuarterState, revision: int | None, sha256: str | None, at: Any) -> Standing:
    return Standing(
        quarter=Quarter(row.year, row.tw),
        state=row.state,
        cutoff=row.cutoff,
        review_until=row.review_until,
        objections_until=row.objections_until,
        opened=row.opened,
        ruleset_hash=row.ruleset_hash,
        register_version=row.register_version,
        final_id=row.final_id,
        revision=revision or 0,
        sha256=sha256,
        finalised=at,
        dataset_id=row.dataset_id,
    )


def _draft(quarter: Quarter) -> Standing:
    return Standing(quarter, DRAFT, cutoff_day(quarter, rulesets.of(quarter)))


def cutoff_day(quarter: Quarter, rules: RuleSet) -> dt.date:
    """The last day on which deliveries of a quarter count: its end and some working days."""
    return work_calendar().add_workdays(quarter.end, rules.cutoff_days)


def fixed_day(standing: Standing, move: str) -> dt.date | None:
    """The day that a move would fix: the cutoff, the end of the review or of the objections.

    The review runs from the cutoff, whoever notices its end when; objections run from the day
    on which the OPDs see the result.
    """
    rules, calendar = rulesets.of(standing.quarter), work_calendar()
    if move == "open":
        return cutoff_day(standing.quarter, rules)
    if move == "cutoff":
        return calendar.add_workdays(standing.cutoff, rules.review_days)
    if move == "objections":
        return calendar.add_workdays(clock.today(), rules.objection_days)
    return None


def open_quarter(quarter: Quarter, actor: str | None, reason: str = "") -> Standing:
    """Open a quarter: its rule set, register, duties and cutoff stand from now on.

    :raises toolkit.ValidationError: it is not its turn (see :mod:`.hindrances`)
    """
    standing = _begin(quarter, "open")
    obligations.ensure()
    rules = rulesets.pin(quarter)
    at = clock.now()
    model.Session.add(
        QuarterState(
            year=quarter.year,
            tw=quarter.tw,
            state=OPEN,
            ruleset_hash=rules.hash,
            register_version=versions.current(),
            opened=at,
            cutoff=cutoff_day(quarter, rules),
        )
    )
    model.Session.flush()
    obligations.seal(quarter.year, quarter.tw, at)
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


def _begin(quarter: Quarter, move: str, thorough: bool = False) -> Standing:
    """Hold the lock and refuse what may not be; from here on nobody else moves a quarter."""
    from . import hindrances  # it reads the states

    locks.hold(LOCK)
    standing = of(quarter)
    against = hindrances.against(move, standing, thorough)
    if against:
        raise toolkit.ValidationError({"state": [one.message for one in against]})
    return standing


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
