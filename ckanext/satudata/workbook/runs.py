"""An uploaded workbook from preview to result.

A run keeps the changes, not the file. Each save settles its row in the same transaction,
so a run that was stopped, or killed, goes on where it was; two workers share it.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable
from typing import Any, BinaryIO

import ckan.model as model
import sqlalchemy as sa
from ckan.plugins import toolkit

from .. import config
from ..metadata import stored_datasets
from ..model_base import make_id, utcnow
from ..tables import open_workbook, spool
from ..text import one_line
from .bps import arriving
from .model import WorkbookChange, WorkbookRun
from .plan import Plan, comparable_of, make_plan
from .reading import read

log = logging.getLogger(__name__)

_MOST_FAULTS = 500
"""Faults kept of one workbook; whoever has mended these sends it again."""

_BATCH = 100


def new_run(
    source: bytes | BinaryIO, filename: str, user: Any, clear: bool = False, org_id: str = ""
) -> WorkbookRun:
    """Read a workbook, work out what it would change and keep that; the caller commits.

    :param user: the user (``model.User``) who sends it and in whose name it is saved
    :param clear: empty cells empty the fields
    :param org_id: the organisation that forms of BPS are for; our template names its own
    :raises TableError: it is no workbook of ours and no form of BPS; nothing is kept then
    """
    stream = spool(source, filename, _max_bytes())
    plan = _plan(stream, filename, user.name, clear, org_id)
    stream.seek(0)
    run = WorkbookRun(
        id=make_id(),
        org_id=plan.org_id,
        filename=filename,
        sha256=hashlib.sha256(stream.read()).hexdigest(),
        clear=clear,
        state="refused" if plan.faults else "preview",
        unchanged=plan.unchanged,
        faults=[vars(fault) for fault in plan.faults[:_MOST_FAULTS]],
        notes=plan.notes,
        created_by=user.id,
    )
    model.Session.add(run)
    model.Session.flush()
    if plan.changes:
        rows = [
            {**vars(change), "run_id": run.id, "number": number, "state": "waiting", "message": ""}
            for number, change in enumerate(plan.changes, 1)
        ]
        model.Session.execute(sa.insert(WorkbookChange.__table__), rows)
    return run


def _plan(stream: BinaryIO, filename: str, user: str, clear: bool, org_id: str) -> Plan:
    """What saving a file would change, whichever layout it has."""
    if arriving.is_json(stream):
        parcel = arriving.from_json(stream, filename)
    else:
        book = open_workbook(stream, filename, _max_bytes(), data_only=False)
        parcel = arriving.from_book(book, filename)
        if parcel is None:
            return make_plan(read(book, filename), user, clear)
    return arriving.make_plan(parcel, org_id, user, clear)


def _max_bytes() -> int:
    return config.max_import_megabytes() * 1_000_000


def confirm(run_id: str) -> bool:
    """Release a previewed run for the job; False where it is refused or over.

    A queued one may be released again: its job may be lost, and two of them do no harm.
    """
    result = model.Session.execute(
        sa.update(WorkbookRun)
        .where(WorkbookRun.id == run_id, WorkbookRun.state.in_(["preview", "queued"]))
        .values(state="queued")
    )
    return bool(result.rowcount)  # type: ignore[attr-defined]


def take_back(run_id: str) -> None:
    """Let a run that could not be queued be confirmed again; the caller commits."""
    model.Session.execute(
        sa.update(WorkbookRun)
        .where(WorkbookRun.id == run_id, WorkbookRun.state == "queued")
        .values(state="preview")
    )


def counts(run_ids: list[str]) -> dict[str, dict[str, int]]:
    """How many changes of each run are in which state."""
    statement = (
        sa.select(WorkbookChange.run_id, WorkbookChange.state, sa.func.count())
        .where(WorkbookChange.run_id.in_(run_ids))
        .group_by(WorkbookChange.run_id, WorkbookChange.state)
    )
    found: dict[str, dict[str, int]] = {}
    for run_id, state, number in model.Session.execute(statement):
        found.setdefault(run_id, {})[state] = number
    return found


def execute(run_id: str, progress: Callable[[int], None] | None = None) -> None:
    """Save the changes of a queued run, one transaction each, until none waits.

    :param progress: told every now and then how many this call has settled
    """
    run = model.Session.get(WorkbookRun, run_id)
    if run is None or run.state != "queued":
        return
    user, org_id = model.User.get(run.created_by), run.org_id
    done = 0
    while _save_next(run_id, org_id, user.name):
        done += 1
        if done % _BATCH == 0:
            model.Session.expunge_all()  # or the memory grows with the run
            if progress:
                progress(done)
    model.Session.execute(
        sa.update(WorkbookRun)
        .where(WorkbookRun.id == run_id)
        .values(state="done", finished=utcnow())
    )
    model.Session.commit()


_NEXT = (
    sa.select(WorkbookChange.__table__)
    .where(WorkbookChange.run_id == sa.bindparam("run"), WorkbookChange.state == "waiting")
    .order_by(WorkbookChange.number)
    .limit(1)
    .with_for_update(skip_locked=True)
)


def _save_next(run_id: str, org_id: str, user: str) -> bool:
    """Save one change; False if none waits."""
    change = model.Session.execute(_NEXT, {"run": run_id}).first()
    if change is None:
        model.Session.rollback()
        return False
    if _overtaken(change):
        _settle(run_id, change.number, "overtaken")
        model.Session.commit()
        return True
    _settle(run_id, change.number, "saved")
    try:
        _save(change, org_id, user)
        model.Session.commit()
    except (toolkit.ValidationError, toolkit.NotAuthorized, toolkit.ObjectNotFound) as error:
        model.Session.rollback()
        summary = getattr(error, "error_summary", None)
        _settle(run_id, change.number, "failed", one_line(summary) if summary else str(error))
        model.Session.commit()
    return True


def _settle(run_id: str, number: int, state: str, message: str = "") -> None:
    model.Session.execute(
        sa.update(WorkbookChange)
        .where(WorkbookChange.run_id == run_id, WorkbookChange.number == number)
        .values(state=state, message=message)
    )


def _overtaken(change: Any) -> bool:
    """Whether what the preview showed as the old value is no longer what is stored."""
    if change.package_id is None:
        return False
    held = stored_datasets.by_reference([change.package_id]).get(change.package_id)
    if held is None:
        return True
    return any(comparable_of(held, name) != old for name, old in change.before.items())


def _save(change: Any, org_id: str, user: str) -> None:
    context: Any = {"user": user}
    if change.package_id is not None:
        toolkit.get_action("package_patch")(context, {"id": change.package_id, **change.after})
        return
    # Made without a file and unseen by anybody: to publish it is a step of its own.
    new = {"type": change.type, "owner_org": org_id, "private": True, **change.after}
    if change.name:
        new["name"] = change.name
    toolkit.get_action("package_create")(context, new)
