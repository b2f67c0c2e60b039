"""Long work on a quarter in the background: finalising, revising, verifying, publishing.

A person asks, a row waits (:class:`.model.QuarterRun`), the worker does the work and writes what
came of it. The row, not the queue, is what pages read: it outlives Redis and the worker.
"""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Callable, Iterator
from typing import Any

import ckan.model as model
import sqlalchemy as sa
from ckan.plugins import toolkit

from .. import clock, language, locks, queue
from ..calendar.quarters import Quarter
from ..delivery import evidence
from ..text import N_
from . import freeze, publication, standing, states
from .model import Final, FinalRow, QuarterRun

log = logging.getLogger(__name__)

_TITLES = {
    "finalise": "satudata: make {quarter} final",
    "revise": "satudata: revise {quarter}",
    "verify": "satudata: verify {quarter}",
    "publish": "satudata: publish {quarter}",
}


def ask(kind: str, quarter: Quarter | None, actor: str | None, **given: str) -> QuarterRun:
    """Queue the work and return its row; one that waits for the same already is returned instead.

    Commits. ``quarter`` None: all quarters (to verify).

    :raises toolkit.ValidationError: the queue is down
    """
    give_up_stopped()
    locks.hold(f"run:{kind}:{quarter}")
    known = waiting(kind, quarter)
    if known:
        return known
    run = QuarterRun(
        kind=kind,
        year=quarter.year if quarter else None,
        tw=quarter.tw if quarter else None,
        state="queued",
        given=given,
        result={},
        created_by=actor,
        created=clock.now(),
    )
    model.Session.add(run)
    model.Session.commit()
    try:
        queue.enqueue(
            "queue", _TITLES[kind].format(quarter=quarter or "all quarters"), perform, run.id
        )
    except toolkit.ValidationError:
        model.Session.delete(run)
        model.Session.commit()
        raise
    return run


def waiting(kind: str, quarter: Quarter | None) -> QuarterRun | None:
    """The run that waits for this work already, if there is one."""
    year, tw = (quarter.year, quarter.tw) if quarter else (None, None)
    return model.Session.scalars(
        sa.select(QuarterRun).filter_by(kind=kind, year=year, tw=tw, state="queued").limit(1)
    ).first()


def perform(run_id: str) -> None:
    """Do what a row asks for; what went wrong stands in it. A row that is settled is left alone."""
    with language.of_portal():
        _perform(run_id)


def _perform(run_id: str) -> None:
    # Who works holds the row, so that nobody does the same beside him or gives it up.
    run = model.Session.scalars(
        sa.select(QuarterRun).filter_by(id=run_id, state="queued").with_for_update(skip_locked=True)
    ).first()
    if run is None:
        return
    quarter = Quarter(run.year, run.tw) if run.year and run.tw else None
    kind, given, actor = run.kind, dict(run.given), run.created_by
    try:
        # In one transaction: what was done is never asked for again.
        _settle(run_id, "done", _WORK[kind](quarter, actor, given))
    except toolkit.ValidationError as error:
        model.Session.rollback()
        _settle(run_id, "refused", {"against": _messages(error)})
    except Exception as error:
        log.exception("%s of %s failed", kind, quarter)
        model.Session.rollback()
        _settle(run_id, "failed", {"error": type(error).__name__})
    else:
        if kind in ("finalise", "revise"):
            _publish(quarter)


def _settle(run_id: str, state: str, result: dict[str, Any]) -> None:
    model.Session.execute(
        sa.update(QuarterRun)
        .where(QuarterRun.id == run_id)
        .values(state=state, result=result, finished=clock.now())
    )
    model.Session.commit()


def _messages(error: toolkit.ValidationError) -> list[str]:
    return [str(text) for texts in error.error_dict.values() for text in texts]


def _publish(quarter: Quarter | None) -> None:
    """Ask for it; a queue that is down costs only time, for the schedule asks again."""
    try:
        ask("publish", quarter, None)
    except toolkit.ValidationError:
        log.warning("%s will be published later: the queue is down", quarter)


def _do_finalise(quarter: Quarter, actor: str | None, given: dict[str, str]) -> dict[str, Any]:
    final = states.finalise(quarter, actor, given.get("reason", ""))
    return {"sha256": final.sha256, "revision": final.revision}


def _do_revise(quarter: Quarter, actor: str | None, given: dict[str, str]) -> dict[str, Any]:
    final = states.revise(quarter, actor, given["number"], given["reason"])
    return {"sha256": final.sha256, "revision": final.revision}


def _do_verify(quarter: Quarter | None, actor: str | None, given: Any) -> dict[str, Any]:
    return {"findings": [dataclasses.asdict(one) for one in told_findings(quarter)]}


def _do_publish(quarter: Quarter, actor: str | None, given: Any) -> dict[str, Any]:
    return {"dataset_id": publication.publish(quarter)}


_WORK: dict[str, Callable[..., dict[str, Any]]] = {
    "finalise": _do_finalise,
    "revise": _do_revise,
    "verify": _do_verify,
    "publish": _do_publish,
}


@dataclasses.dataclass(frozen=True)
class Told:
    """A finding of :func:`.freeze.verify` in plain types: the quarter's code, what and where."""

    quarter: str
    revision: int | None
    what: str
    row: str | None


def demand_record(quarter: Quarter) -> None:
    """Refuse to verify a quarter that was never frozen: nothing to compare is no proof.

    :raises toolkit.ValidationError: at ``state``
    """
    frozen = sa.select(Final.id).filter_by(year=quarter.year, tw=quarter.tw).limit(1)
    if standing.of(quarter).final_id is None and model.Session.scalar(frozen) is None:
        message = toolkit._("{quarter} has no final record.").format(quarter=quarter)
        raise toolkit.ValidationError({"state": [message]})


def told_findings(quarter: Quarter | None = None) -> list[Told]:
    """What no longer fits in the final quarters (or one): records, and the files they rest on.

    Records are computed again; the files are read, for a check result is worth no more than the
    content it was made of.
    """
    found = [
        Told(str(one.quarter), one.revision, one.what, one.row or None)
        for one in freeze.verify(quarter)
    ]
    return found + list(_unsound_contents(quarter))


def _unsound_contents(quarter: Quarter | None) -> Iterator[Told]:
    query = (
        sa.select(Final.year, Final.tw, Final.revision, FinalRow.sha256, FinalRow.item_name)
        .join(FinalRow, FinalRow.final_id == Final.id)
        .where(FinalRow.sha256.is_not(None))
        .distinct(FinalRow.sha256)
        .order_by(FinalRow.sha256, Final.id, FinalRow.item_name)
    )
    if quarter:
        query = query.where(Final.year == quarter.year, Final.tw == quarter.tw)
    for year, tw, revision, sha256, name in model.Session.execute(query).all():
        if not evidence.is_sound(sha256):
            what = N_("A delivered file is no longer held, or its content was changed.")
            yield Told(str(Quarter(year, tw)), revision, what, f"{name} · {sha256}")


def latest(quarter: Quarter | None, kind: str | None = None) -> list[QuarterRun]:
    """The newest runs of a quarter, one of each kind; None: those of all quarters at once."""
    year, tw = (quarter.year, quarter.tw) if quarter else (None, None)
    query = (
        sa.select(QuarterRun)
        .where(QuarterRun.year.is_not_distinct_from(year), QuarterRun.tw.is_not_distinct_from(tw))
        .order_by(QuarterRun.kind, QuarterRun.created.desc())
        .distinct(QuarterRun.kind)
    )
    if kind:
        query = query.where(QuarterRun.kind == kind)
    return list(model.Session.scalars(query, execution_options={"populate_existing": True}))


def give_up_stopped() -> None:
    """Settle the rows whose worker was stopped, so that the work can be asked for again."""
    stopped = (
        sa.select(QuarterRun.id)
        .where(QuarterRun.state == "queued", QuarterRun.created < clock.now() - queue.PATIENCE)
        .with_for_update(skip_locked=True)
    )
    given_up = model.Session.execute(
        sa.update(QuarterRun)
        .where(QuarterRun.id.in_(stopped))
        .values(state="failed", result={"error": "stopped"}, finished=clock.now())
    )
    if given_up.rowcount:
        model.Session.commit()
