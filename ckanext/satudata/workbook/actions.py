"""Actions of workbooks."""

from __future__ import annotations

from typing import Any

import ckan.model as model
import sqlalchemy as sa
from ckan.plugins import toolkit
from ckan.types import Context, DataDict

from ..paging import PAGE_SIZE, whole
from ..queue import enqueue
from ..tables import TableError
from . import jobs, runs
from .model import WorkbookChange, WorkbookRun
from .sheets import FORMS
from .template import LAST_ROW

__all__ = [
    "satudata_workbook_confirm",
    "satudata_workbook_create",
    "satudata_workbook_list",
    "satudata_workbook_show",
]

_ = toolkit._
_LATEST = 20


def _run(data_dict: DataDict) -> WorkbookRun:
    run = model.Session.get(WorkbookRun, toolkit.get_or_bust(data_dict, "id"))
    if run is None:
        raise toolkit.ObjectNotFound(_("There is no such upload"))
    return run


def _as_dict(run: WorkbookRun, counts: dict[str, dict[str, int]]) -> dict[str, Any]:
    names = ("id", "org_id", "filename", "clear", "state", "unchanged", "faults", "notes")
    return {
        **{name: getattr(run, name) for name in names},
        "counts": counts.get(run.id, {}),
        "created": run.created.isoformat(),
        "finished": run.finished.isoformat() if run.finished else None,
    }


def satudata_workbook_create(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Take a filled template, or forms of BPS, and work out what saving it would change.

    Nothing is saved. Where a cell is wrong the run is ``refused``, with the faults.

    :param upload: the filled template (XLSX), or MS-Keg, MS-Ind and MS-Var (XLSX or JSON)
    :param clear: whether empty cells empty the fields (no if not given)
    :param org: id or name of the organisation that forms of BPS are for
    """
    toolkit.check_access("satudata_workbook_create", context, data_dict)
    upload = data_dict.get("upload")
    if not getattr(upload, "filename", ""):
        raise toolkit.ValidationError({"upload": [_("Choose a file")]})
    sender = model.User.get(context["user"])
    org = model.Group.get(data_dict.get("org") or "")
    clear = toolkit.asbool(data_dict.get("clear", False))
    try:
        run = runs.new_run(upload.stream, upload.filename, sender, clear, org.id if org else "")
    except TableError as error:
        raise toolkit.ValidationError({"upload": [str(error)]}) from error
    model.Session.commit()
    return _as_dict(run, runs.counts([run.id]))


def satudata_workbook_confirm(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Let the changes of a run be saved by a job; a job that was lost is started again.

    :param id: id of the run
    """
    toolkit.check_access("satudata_workbook_confirm", context, data_dict)
    run = _run(data_dict)
    if not runs.confirm(run.id):
        raise toolkit.ValidationError({"id": [_("This upload is refused or over")]})
    model.Session.commit()
    try:
        enqueue("id", "Satu Data: save a workbook", jobs.save, run.id)
    except toolkit.ValidationError:
        runs.take_back(run.id)
        model.Session.commit()
        raise
    model.Session.refresh(run)
    return _as_dict(run, runs.counts([run.id]))


@toolkit.side_effect_free
def satudata_workbook_show(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """One run: what it would change, has changed, or why it is refused.

    :param id: id of the run
    :param state: only the changes in this state (optional)
    :param limit: most changes to answer with, :param offset: changes to skip
    """
    toolkit.check_access("satudata_workbook_show", context, data_dict)
    run = _run(data_dict)
    table = WorkbookChange.__table__
    statement = (
        sa.select(table)
        .where(table.c.run_id == run.id)
        .order_by(table.c.number)
        .limit(whole(data_dict, "limit", PAGE_SIZE))
        .offset(whole(data_dict, "offset", 0, LAST_ROW * len(FORMS)))
    )
    if data_dict.get("state"):
        statement = statement.where(table.c.state == data_dict["state"])
    changes = [dict(row) for row in model.Session.execute(statement).mappings()]
    return {**_as_dict(run, runs.counts([run.id])), "changes": changes}


@toolkit.side_effect_free
def satudata_workbook_list(context: Context, data_dict: DataDict) -> list[dict[str, Any]]:
    """The latest uploads of the user, newest first."""
    toolkit.check_access("satudata_workbook_list", context, data_dict)
    sender = model.User.get(context["user"])
    statement = (
        sa.select(WorkbookRun)
        .where(WorkbookRun.created_by == sender.id)
        .order_by(WorkbookRun.created.desc())
        .limit(_LATEST)
    )
    found = list(model.Session.scalars(statement))
    counts = runs.counts([run.id for run in found])
    return [_as_dict(run, counts) for run in found]
