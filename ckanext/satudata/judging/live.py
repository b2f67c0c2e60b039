"""The live result: every obligation as it stands, and the figures of every organisation.

A job computes, pages read. Incremental runs give what a full run at the same moment gives (a
test holds them against each other). Quarters that are final are not computed: their record stands.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection

import ckan.model as model
import sqlalchemy as sa

from .. import clock, locks
from ..calendar.quarters import Quarter
from ..delivery.model import Touched
from ..register import obligations
from . import evaluation, queries
from .model import Computation

KEPT = dt.timedelta(days=30)
"""How long the record of a computation is kept."""

STALE = dt.timedelta(hours=24)
"""After which readers are warned of the age of a result."""

LOCK = "live-result"


def current_quarter() -> Quarter:
    """The quarter of today's local date."""
    return Quarter.of(clock.today())


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
    """Bring the obligations up to date and compute everything."""
    locks.hold(LOCK)
    last = model.Session.execute(sa.select(sa.func.max(Touched.id))).scalar()
    if last is not None:
        model.Session.execute(sa.delete(Touched).where(Touched.id <= last))
    obligations.ensure(dt.date(clock.today().year, 12, 31))
    return compute()


def compute(org_ids: Collection[str] | None = None) -> Computation:
    """Compute the result of the duties of these organisations, or of all (None).

    Commits; waits for a run that is under way.
    """
    locks.hold(LOCK)
    started = clock.now()
    org_ids = None if org_ids is None else _with_successors(org_ids)
    evaluation.tune()
    rows = sum(_compute_quarter(quarter, started, org_ids) for quarter in _quarters())
    if org_ids is None:
        model.Session.execute(sa.text("ANALYZE satudata_result (year, tw, obligation_id, org_id)"))
    run = Computation(
        started=started,
        finished=clock.now(),
        organizations=None if org_ids is None else len(org_ids),
        rows=rows,
    )
    model.Session.add(run)
    model.Session.execute(sa.delete(Computation).where(Computation.started < started - KEPT))
    model.Session.commit()
    return run


def _compute_quarter(quarter: Quarter, now: dt.datetime, org_ids: Collection[str] | None) -> int:
    frame = evaluation.frame(quarter, now=now)
    values = evaluation.gather(frame, org_ids)
    rows = model.Session.scalar(queries.write_rows(frame.rules), values)
    if org_ids is not None:
        above = model.Session.scalars(queries.TARGETS, values)
        values["targets"] = sorted({*org_ids, *above})
    model.Session.execute(queries.write_figures(frame.rules), values)
    return rows


def _quarters() -> list[Quarter]:
    found = model.Session.execute(queries.QUARTERS, {"this_year": clock.today().year})
    return [Quarter(row.year, row.tw) for row in found]


_SUCCESSORS = sa.text(
    """
    SELECT from_org FROM satudata_item_owner WHERE to_org = ANY(:orgs)
    UNION SELECT to_org FROM satudata_item_owner WHERE from_org = ANY(:orgs)
    """
)


def _with_successors(org_ids: Collection[str]) -> set[str]:
    """With those who had their items before: in an earlier quarter the row is still theirs."""
    found = set(org_ids)
    while more := set(model.Session.execute(_SUCCESSORS, {"orgs": list(found)}).scalars()) - found:
        found |= more
    return found


def last() -> Computation | None:
    """The newest computation, None before the first."""
    return model.Session.scalars(
        sa.select(Computation).order_by(Computation.started.desc()).limit(1)
    ).first()


def is_old(computed: dt.datetime | None) -> bool:
    """Whether a computation of everything was so long ago that readers are warned."""
    return computed is None or clock.now() - computed > STALE
