"""Where a quarter stands: its state, days and record, read for pages, jobs and moves.

rancangan → terbuka → pemeriksaan → sementara → sanggah → final; a revision leaves it final. A
quarter without a row was never opened and is a draft. The moves are made by :mod:`.states`.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

import ckan.model as model
import sqlalchemy as sa

from .. import clock
from ..calendar.quarters import Quarter
from ..judging import evaluation, rulesets
from ..judging.model import QuarterState
from ..register.workdays import work_calendar
from ..text import N_
from .model import Final

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
    "finalise": Move(OBJECTIONS, FINAL, N_("Make it final"), N_("The time for objections is over")),
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


def brief(one: Standing) -> dict[str, Any]:
    """State, days and record of one quarter."""
    return {
        "year": one.quarter.year,
        "tw": one.quarter.tw,
        "state": one.state,
        "revision": one.revision,
        "cutoff": one.cutoff,
        "review_until": one.review_until,
        "objections_until": one.objections_until,
        "opened": one.opened,
        "register_version": one.register_version,
        "ruleset_hash": one.ruleset_hash,
        "sha256": one.sha256,
        "finalised": one.finalised,
        "dataset_id": one.dataset_id,
    }


_COLUMNS = (
    QuarterState.year,
    QuarterState.tw,
    QuarterState.state,
    QuarterState.cutoff,
    QuarterState.review_until,
    QuarterState.objections_until,
    QuarterState.opened,
    QuarterState.register_version,
    QuarterState.ruleset_hash,
    QuarterState.final_id,
    QuarterState.dataset_id,
)


def listed(year: int | None = None, tw: int | None = None) -> list[Standing]:
    """All quarters that were opened, newest first; those of a year or one alone."""
    query = (
        sa.select(*_COLUMNS, Final.revision, Final.sha256, Final.at)
        .outerjoin(Final, Final.id == QuarterState.final_id)
        .order_by(QuarterState.year.desc(), QuarterState.tw.desc())
    )
    if year is not None:
        query = query.where(QuarterState.year == year)
    if tw is not None:
        query = query.where(QuarterState.tw == tw)
    return [_standing(row) for row in model.Session.execute(query)]


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


def _standing(row: sa.Row[Any]) -> Standing:
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
        revision=row.revision or 0,
        sha256=row.sha256,
        finalised=row.at,
        dataset_id=row.dataset_id,
    )


def _draft(quarter: Quarter) -> Standing:
    return Standing(quarter, DRAFT, evaluation.cutoff(quarter))


def fixed_day(standing: Standing, move: str) -> dt.date | None:
    """The day that a move would fix: the cutoff, the end of the review or of the objections.

    The review runs from the cutoff, whoever notices its end when; objections run from the day
    on which the OPDs see the result.
    """
    rules, calendar = rulesets.of(standing.quarter), work_calendar()
    if move == "open":
        return rules.cutoff(standing.quarter, calendar)
    if move == "cutoff":
        return calendar.add_workdays(standing.cutoff, rules.review_days)
    if move == "objections":
        return calendar.add_workdays(clock.today(), rules.objection_days)
    return None
