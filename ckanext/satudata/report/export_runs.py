"""Long exports: asked for, made by a job, kept for a day.

The file holds what its reader might see when it was made, so nobody else gets it.
"""

from __future__ import annotations

import datetime as dt
import logging
from typing import Any

import ckan.model as model
import sqlalchemy as sa
from ckan.plugins import toolkit

from .. import clock, language
from ..model_base import make_id
from ..queue import enqueue, was_stopped
from ..template_helpers import satudata_lang
from . import exports
from .model import ExportRun

log = logging.getLogger(__name__)

KEPT = dt.timedelta(days=1)
"""How long a file waits to be fetched."""


def create(wanted: exports.Wanted, extension: str, user: Any) -> ExportRun:
    """Ask for a file in the name of a user (``model.User``). Commits.

    :raises toolkit.ValidationError: a PDF would be too long, or the queue is down
    """
    total = exports.count(wanted, user.name)
    if extension == "pdf" and total > exports.MOST_IN_PDF:
        message = toolkit._("A PDF holds at most {most} rows; filter, or take CSV or XLSX.")
        raise toolkit.ValidationError({"format": [message.format(most=exports.MOST_IN_PDF)]})
    _forget_old()
    run = ExportRun(
        id=make_id(),
        filters={
            "year": wanted.year,
            "tw": wanted.tw,
            "span": wanted.span,
            "filters": wanted.filters,
            "revision": wanted.revision,
            "language": satudata_lang(),
        },
        extension=extension,
        filename=wanted.filename(extension),
        state="queued",
        done=0,
        total=total,
        created_by=user.id,
        created=clock.now(),
    )
    model.Session.add(run)
    model.Session.commit()
    try:
        enqueue("format", f"satudata: {run.filename}", work, run.id)
    except toolkit.ValidationError:
        model.Session.execute(sa.delete(ExportRun).where(ExportRun.id == run.id))
        model.Session.commit()
        raise
    return run


def _forget_old() -> None:
    model.Session.execute(sa.delete(ExportRun).where(ExportRun.created < clock.now() - KEPT))


def get(run_id: str) -> ExportRun | None:
    """An export whose day is not over."""
    run = model.Session.get(ExportRun, run_id)
    return run if run and run.created >= clock.now() - KEPT else None


def state_of(run: ExportRun) -> str:
    """``queued``, ``running``, ``done`` or ``failed``; also where its worker was stopped."""
    return "failed" if was_stopped(run.state, run.created) else run.state


def work(run_id: str) -> None:
    """The job: make the file. Started again, it makes it anew."""
    run = model.Session.get(ExportRun, run_id)
    if run is None or run.state == "done":
        return
    given, extension = dict(run.filters), run.extension
    user = model.User.get(run.created_by)
    wanted = exports.Wanted(
        given["year"], given["tw"], given["span"], given["filters"], given["revision"]
    )
    _set(run_id, state="running", done=0)
    try:
        with language.of(given["language"]):
            content = exports.make(
                wanted, extension, user.name if user else None, lambda n: _set(run_id, done=n)
            )
    except Exception:
        model.Session.rollback()
        _set(run_id, state="failed", finished=clock.now())
        log.exception("satudata: export %s failed", run_id)
        raise
    _set(run_id, state="done", content=content, finished=clock.now())


def _set(run_id: str, **values: Any) -> None:
    model.Session.execute(sa.update(ExportRun).where(ExportRun.id == run_id).values(**values))
    model.Session.commit()
