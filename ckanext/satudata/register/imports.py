"""An import from upload to result: preview, decisions, confirmation, job.

The run is a row of ``satudata_import``: web processes and workers share nothing
but the database. States: ``mapping`` (columns to be chosen) → ``preview`` →
``queued`` → ``done`` or ``failed`` (which may be tried again).
"""

from __future__ import annotations

import datetime as dt
import hashlib
import logging
from collections.abc import Callable, Mapping
from typing import Any, BinaryIO

import ckan.model as model
import sqlalchemy as sa
from ckan.plugins import toolkit
from slugify import slugify

from ..model_base import utcnow
from ..opd import permissions
from ..opd import queries as opd_queries
from ..opd.kinds import KINDS
from ..tables import TableError
from ..text import normalise, one_line
from . import katalog, store
from .amendments import Letter, check_day, check_letter, deciding_year
from .columns import recognise
from .daftar_data import make_plan
from .model import ImportRun
from .obligations import today

log = logging.getLogger(__name__)

register_changed = toolkit.signals.ckanext.signal("satudata:register_changed")
"""Sent when an import of the register is committed: other duties, other results."""

REGISTER = "daftar-data"
CATALOGUE = "katalog"


def new_run(
    kind: str,
    source: bytes | BinaryIO,
    filename: str,
    mapping: Mapping[str, str] | None = None,
    valid_from: dt.date | None = None,
    user_id: str | None = None,
    letter: Letter | None = None,
) -> ImportRun:
    """Keep a file for its import and add the run to the session; the caller commits.

    :param letter: by which the established register is amended
    :raises TableError: the file is no table; it is not kept then
    :raises toolkit.ValidationError: the register is established and the letter incomplete
    """
    day = valid_from or today()
    year = deciding_year(day) if kind == REGISTER else None
    if year:
        check_letter(letter, year)
        check_day(day, "valid_from")
    table = store.open_table(source, filename)
    content = _content(source)
    run = ImportRun(
        kind=kind,
        filename=filename,
        sha256=hashlib.sha256(content).hexdigest(),
        content=content,
        mapping={
            "header": table.header,
            "columns": dict(mapping or {}),
            "valid_from": day.isoformat(),
            "letter": _packed(letter),
        },
        state="mapping",
        counts={},
        report=[],
        created_by=user_id,
    )
    model.Session.add(run)
    return run


def _packed(letter: Letter | None) -> dict[str, Any] | None:
    if letter is None or not letter.number:
        return None
    return {**vars(letter), "dated": letter.dated.isoformat() if letter.dated else None}


def letter_of(run: ImportRun) -> Letter | None:
    """The letter by which a run amends the register, if any."""
    packed = run.mapping.get("letter")
    if not packed:
        return None
    dated = dt.date.fromisoformat(packed["dated"]) if packed["dated"] else None
    return Letter(**{**packed, "dated": dated})


def _content(source: bytes | BinaryIO) -> bytes:
    """The whole file; its size was checked when it was opened."""
    if isinstance(source, bytes):
        return source
    source.seek(0)
    return source.read()


def preview(run: ImportRun, columns: Mapping[str, str] | None = None) -> None:
    """Work out what the run would do and keep that in it; the caller commits.

    A file whose columns are not recognised waits in state ``mapping``.

    :raises TableError: the file breaks off in the middle
    """
    if columns is not None:
        run.mapping = {**run.mapping, "columns": dict(columns)}
    table = store.open_table(run.content or b"", run.filename)
    try:
        if run.kind == REGISTER:
            recognise(table.header, run.mapping["columns"])
    except TableError as error:
        run.state, run.counts, run.report = "mapping", {"error": str(error)}, []
        return
    if run.kind == REGISTER:
        plan: Any = make_plan(table, run.mapping["columns"])
    else:
        plan = katalog.preview(table)
    _keep(run, plan)
    run.total = plan.read
    run.state = "preview"


def _keep(run: ImportRun, plan: Any) -> None:
    """Store what pages show of a plan or result."""
    run.counts = {
        "rows": plan.counts(),
        "note": plan.note,
        "pending": [
            {
                "spelling": spelling,
                "lines": lines,
                "candidates": [list(each) for each in plan.candidates.get(spelling, [])],
            }
            for spelling, lines in plan.pending.items()
        ],
    }
    run.report = plan.report()


def confirm(run_id: str) -> bool:
    """Release a previewed or failed run for the job; False where someone has done so already."""
    result = model.Session.execute(
        sa.update(ImportRun)
        .where(ImportRun.id == run_id, ImportRun.state.in_(["preview", "failed"]))
        .values(state="queued")
    )
    return bool(result.rowcount)  # type: ignore[attr-defined]


def take_back(run_id: str) -> None:
    """Let a run that could not be queued be confirmed again; the caller commits."""
    model.Session.execute(
        sa.update(ImportRun)
        .where(ImportRun.id == run_id, ImportRun.state == "queued")
        .values(state="preview")
    )


def execute(run: ImportRun, progress: Callable[[int, int], None] | None = None) -> Any:
    """Do what the run asks for and return the plan or result; commits.

    A register comes in as a whole or not at all; of a catalogue, each row is kept as it comes.

    :raises TableError: the file cannot be used; the run is marked as failed
    """
    run_id = run.id
    try:
        if run.kind == REGISTER:
            done = store.import_register(
                run.content or b"",
                run.filename,
                run.mapping["columns"],
                dt.date.fromisoformat(run.mapping["valid_from"]),
                letter=letter_of(run),
            )
        else:
            table = store.open_table(run.content or b"", run.filename)
            done = katalog.import_catalogue(table, progress or _progress_of(run_id))
        run = model.Session.get(ImportRun, run_id)
        _keep(run, done)
        run.state, run.content, run.finished = "done", None, utcnow()
        run.done = run.total = done.read
        model.Session.commit()
    except Exception as error:
        model.Session.rollback()
        _fail(run_id, error)
        raise
    if run.kind == REGISTER:
        register_changed.send(run_id)
    return done


def _fail(run_id: str, error: Exception) -> None:
    message = type(error).__name__
    if isinstance(error, toolkit.ValidationError):
        message = one_line(error.error_summary)
    elif isinstance(error, TableError):
        message = str(error)
    model.Session.execute(
        sa.update(ImportRun)
        .where(ImportRun.id == run_id)
        .values(state="failed", counts={"error": message}, finished=utcnow())
    )
    model.Session.commit()


def _progress_of(run_id: str) -> Callable[[int, int], None]:
    """Progress kept in the run, every 25 rows, by the transaction of the row."""

    def keep(done: int, total: int) -> None:
        if done % 25 == 0 or done == total:
            model.Session.execute(
                sa.update(ImportRun).where(ImportRun.id == run_id).values(done=done, total=total)
            )
            model.Session.commit()

    return keep


def create_producer(spelling: str) -> str:
    """Make an organisation for a producer below the top of the tree; returns its id.

    Does not commit: it belongs to the import. The kind follows from the first word of the name.

    :raises toolkit.ValidationError: the name is taken or refused by the portal
    """
    word = normalise(spelling).split(" ")[0]
    root = opd_queries.root_id()
    parent = opd_queries.titles([root]) if root else {}
    data: dict[str, Any] = {
        "name": slugify(spelling)[:100],
        "title": spelling,
        "sd_jenis_opd": word if word in KINDS else "lainnya",
    }
    if parent:
        data["groups"] = [{"name": model.Group.get(root).name}]
    context = {"ignore_auth": True, "user": permissions.site_user(), "defer_commit": True}
    return toolkit.get_action("organization_create")(context, data)["id"]
