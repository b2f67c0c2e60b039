"""Actions of imports: a register or catalogue from upload to result."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import ckan.model as model
import sqlalchemy as sa
from ckan.plugins import toolkit
from ckan.types import Context, DataDict

from .. import clock
from ..opd import aliases, succession
from ..queue import enqueue
from ..tables import TableError
from ..text import is_storable
from . import amendments, imports, jobs
from .decision_actions import user_id
from .decision_log import plain
from .fields import Fields
from .model import ImportRun

__all__ = [
    "satudata_import_confirm",
    "satudata_import_create",
    "satudata_import_list",
    "satudata_import_preview",
    "satudata_import_show",
    "satudata_producer_decide",
]

_ = toolkit._


def _commit(context: Context) -> None:
    if not context.get("defer_commit"):
        model.repo.commit()


def _run(data_dict: DataDict) -> ImportRun:
    asked = toolkit.get_or_bust(data_dict, "id")
    known = isinstance(asked, str) and is_storable(asked)
    run = model.Session.get(ImportRun, asked) if known else None
    if run is None:
        raise toolkit.ObjectNotFound(_("There is no such import"))
    return run


def _as_dict(run: ImportRun) -> dict[str, Any]:
    names = (
        "id", "kind", "filename", "sha256", "mapping", "state", "done", "total", "counts", "report",
    )  # fmt: skip
    return {
        **{name: getattr(run, name) for name in names},
        "created": run.created.isoformat(),
        "finished": run.finished.isoformat() if run.finished else None,
    }


@contextmanager
def _faults_of_the_file() -> Iterator[None]:
    """What is wrong with an uploaded table as a fault of the field ``upload``."""
    try:
        yield
    except TableError as error:
        model.Session.rollback()
        raise toolkit.ValidationError({"upload": [str(error)]}) from error


def letter(context: Context, data_dict: DataDict) -> amendments.Letter:
    """The letter that amends the register, as far as it is given."""
    fields = Fields(data_dict)
    given = amendments.Letter(
        fields.text("number"), fields.text("reason"), fields.day("dated"), user_id(context)
    )
    fields.check()
    return given


def satudata_import_create(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Take a register or catalogue file and work out what importing it would do.

    :param upload: the file (CSV or XLSX)
    :param kind: ``daftar-data`` (default) or ``katalog``
    :param valid_from: day on which the register takes effect, ISO (today if not given)
    :param number: number of the decree or letter; needed where the register is established, which
        the import then amends
    :param dated: its date, ISO (today if not given)
    :param reason: why; needed with the number
    """
    toolkit.check_access("satudata_import_create", context, data_dict)
    upload = data_dict.get("upload")
    if not getattr(upload, "filename", ""):
        raise toolkit.ValidationError({"upload": [_("Choose a file")]})
    kind = data_dict.get("kind") or imports.REGISTER
    if kind not in (imports.REGISTER, imports.CATALOGUE):
        raise toolkit.ValidationError({"kind": [_("Choose daftar-data or katalog")]})
    fields = Fields(data_dict)
    valid_from = fields.day("valid_from") or clock.today()
    fields.check()
    with _faults_of_the_file():
        run = imports.new_run(
            kind,
            upload.stream,
            upload.filename,
            valid_from=valid_from,
            user_id=user_id(context),
            letter=letter(context, data_dict),
        )
        imports.preview(run)
    _commit(context)
    return _as_dict(run)


def satudata_import_preview(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Work out again what a run would do, after columns were chosen or producers decided.

    :param id: id of the run
    :param columns: column name → field (as before, if not given)
    """
    toolkit.check_access("satudata_import_preview", context, data_dict)
    run = _run(data_dict)
    if run.state not in ("mapping", "preview"):
        raise toolkit.ValidationError({"id": [_("This import is under way or over")]})
    columns = data_dict.get("columns")
    if not isinstance(columns, Mapping | None):
        raise toolkit.ValidationError({"columns": [_("Give the field of each column by its name")]})
    with _faults_of_the_file():
        imports.preview(run, columns)
    _commit(context)
    return _as_dict(run)


def satudata_import_confirm(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Let a previewed run be done by a job.

    :param id: id of the run
    """
    toolkit.check_access("satudata_import_confirm", context, data_dict)
    run = _run(data_dict)
    if not imports.confirm(run.id):
        raise toolkit.ValidationError({"id": [_("This import is under way or over")]})
    _commit(context)
    try:
        enqueue("id", "Satu Data: import", jobs.run_import, run.id)
    except toolkit.ValidationError:
        imports.take_back(run.id)
        _commit(context)
        raise
    model.Session.refresh(run)
    return _as_dict(run)


@toolkit.side_effect_free
def satudata_import_show(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """One run with its counts and report.

    :param id: id of the run
    """
    toolkit.check_access("satudata_import_show", context, data_dict)
    return _as_dict(_run(data_dict))


@toolkit.side_effect_free
def satudata_import_list(context: Context, data_dict: DataDict) -> list[dict[str, Any]]:
    """The latest twenty runs, without their reports."""
    toolkit.check_access("satudata_import_list", context, data_dict)
    names = ("id", "kind", "filename", "state", "done", "total", "created", "finished")
    rows = model.Session.execute(
        sa.select(*(getattr(ImportRun, name) for name in names))
        .order_by(ImportRun.created.desc())
        .limit(20)
    ).mappings()
    return [plain(row) for row in rows]


def satudata_producer_decide(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Say which organisation a spelling of a producer means, or make one for it.

    :param spelling: the producer as the file has it
    :param org: id of the organisation, or ``new``
    :raises ValidationError: there is no such organisation, or it was merged or closed
    """
    toolkit.check_access("satudata_producer_decide", context, data_dict)
    toolkit.get_or_bust(data_dict, ["spelling", "org"])
    fields = Fields(data_dict)
    spelling, org = fields.text("spelling"), fields.text("org")
    fields.check()
    if org == "new":
        org = imports.create_producer(spelling)
    else:
        succession.check_goes_on(org, "org")
        aliases.decide(spelling, org, user_id(context))
    _commit(context)
    return {"spelling": spelling, "org_id": org}
