"""Actions of the register."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import ckan.model as model
import sqlalchemy as sa
from ckan.plugins import toolkit
from ckan.types import Context, DataDict

from ..opd import aliases
from ..paging import whole
from ..queue import enqueue
from ..tables import TableError
from . import (
    amendments,
    confirming,
    imports,
    jobs,
    matching,
    queries,
    round_queries,
    scheduling,
    versions,
)
from .decision_actions import (
    satudata_decision_list,
    satudata_extension_create,
    satudata_waiver_create,
    saving,
)
from .fields import Fields
from .item_actions import (
    satudata_item_amend,
    satudata_item_close,
    satudata_item_confirm,
    satudata_item_open,
)
from .model import ImportRun
from .nihil_actions import (
    satudata_decision_revoke,
    satudata_nihil_answer,
    satudata_nihil_claim,
)
from .obligations import today
from .penanggung import satudata_penanggung_list
from .request_actions import (
    satudata_request_create,
    satudata_request_list,
    satudata_request_show,
    satudata_window_close,
    satudata_window_create,
    satudata_window_list,
)
from .round_actions import (
    satudata_proposal_answer,
    satudata_proposal_create,
    satudata_proposal_list,
    satudata_proposal_withdraw,
    satudata_round_discuss,
    satudata_round_establish,
    satudata_round_list,
    satudata_round_open,
    satudata_round_show,
)
from .succession_actions import satudata_succession_create
from .workday_actions import satudata_holiday_list, satudata_holiday_set

__all__ = [
    "satudata_decision_list",
    "satudata_decision_revoke",
    "satudata_extension_create",
    "satudata_holiday_list",
    "satudata_holiday_set",
    "satudata_import_confirm",
    "satudata_import_create",
    "satudata_import_list",
    "satudata_import_preview",
    "satudata_import_show",
    "satudata_item_amend",
    "satudata_item_close",
    "satudata_item_confirm",
    "satudata_item_list",
    "satudata_item_open",
    "satudata_item_schedule",
    "satudata_item_show",
    "satudata_match_accept",
    "satudata_match_list",
    "satudata_match_reject",
    "satudata_match_suggest",
    "satudata_nihil_answer",
    "satudata_nihil_claim",
    "satudata_penanggung_list",
    "satudata_producer_decide",
    "satudata_proposal_answer",
    "satudata_proposal_create",
    "satudata_proposal_list",
    "satudata_proposal_withdraw",
    "satudata_request_create",
    "satudata_request_list",
    "satudata_request_show",
    "satudata_round_discuss",
    "satudata_round_establish",
    "satudata_round_list",
    "satudata_round_open",
    "satudata_round_show",
    "satudata_succession_create",
    "satudata_waiver_create",
    "satudata_window_close",
    "satudata_window_create",
    "satudata_window_list",
]

log = logging.getLogger(__name__)
_ = toolkit._
_MOST = 1000


def _user_id(context: Context) -> str | None:
    user = model.User.get(context.get("user"))
    return user.id if user else None


def _commit(context: Context) -> None:
    if not context.get("defer_commit"):
        model.repo.commit()


def _yes(data_dict: DataDict, name: str) -> bool:
    try:
        return toolkit.asbool(data_dict.get(name))
    except ValueError:
        raise toolkit.ValidationError({name: [_("Must be yes or no")]}) from None


def _date(data_dict: DataDict, name: str) -> dt.date:
    try:
        return dt.date.fromisoformat(data_dict[name]) if data_dict.get(name) else today()
    except (TypeError, ValueError):
        raise toolkit.ValidationError({name: [_("Write the date as 2026-12-31")]}) from None


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    """The row with dates as text, as the API gives them."""
    return {
        key: value.isoformat() if isinstance(value, dt.date) else value
        for key, value in row.items()
    }


@toolkit.side_effect_free
def satudata_item_list(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Valid items of the Daftar Data with their rhythms.

    :param q: words of the name
    :param org: id or name of an organisation; its units are included
    :param to_schedule: only items that someone has to give a schedule
    :param limit: most items to return (50; at most 1000)
    :param offset: items to leave out
    :returns: ``count`` and ``results``
    """
    toolkit.check_access("satudata_item_list", context, data_dict)
    count, results = queries.search_items(
        q=str(data_dict.get("q") or ""),
        org=data_dict.get("org"),
        to_schedule=_yes(data_dict, "to_schedule"),
        limit=whole(data_dict, "limit", 50),
        offset=whole(data_dict, "offset", 0, 10**9),
    )
    return {"count": count, "results": results}


@toolkit.side_effect_free
def satudata_item_show(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """One item with its rhythms, latest obligations and history.

    :param id: id of the item
    :returns: columns of the item and ``rhythms``, ``obligations``, ``penanggung`` (id, name and
        title of the perangkat daerah that answers), ``version`` of the register, ``established``
        (a change needs a number), ``history`` (decisions on the item, the latest first, with
        ``details.changes``: field → [before, after]) and ``to_confirm`` (periods of static data
        that may be confirmed)
    :raises ObjectNotFound: there is no such item

    ::

        {"id": "5c1e…"}
    """
    toolkit.check_access("satudata_item_show", context, data_dict)
    item = queries.item(toolkit.get_or_bust(data_dict, "id"))
    if item is None:
        raise toolkit.ObjectNotFound(_("There is no such item"))
    return {
        **_plain(item),
        "rhythms": [_plain(row) for row in queries.rhythms_of(item["id"])],
        "obligations": [_plain(row) for row in queries.obligations_of(item["id"])],
        "penanggung": round_queries.penanggung(item["org_id"]),
        "version": versions.current(),
        "established": bool(amendments.deciding_year(today())),
        "history": [_plain(row) for row in round_queries.history(item["id"])],
        "to_confirm": [] if item["dynamic"] else confirming.owed(item["id"]),
    }


def satudata_item_schedule(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Give a rhythm of an item its schedule by hand.

    :param id: id of the item
    :param rhythm: frequency code of the rhythm as it is
    :param frequency: frequency code it shall have (as it is, if not given)
    :param schedule: jadwal rilis, for example ``Maret n+1``
    :param since: day from which it holds, ISO (today if not given)
    :param number: number of the decree or letter; needed where the register is established
    :param dated: its date, ISO (today if not given)
    :param reason: why; needed with the number
    :returns: the item
    :raises ValidationError: the schedule gives no dates, or the letter is missing

    ::

        {"id": "5c1e…", "rhythm": "A", "schedule": "Maret n+1", "number": "000.5/9/2026",
         "reason": "Dipastikan oleh Dinas Kesehatan"}
    """
    toolkit.check_access("satudata_item_schedule", context, data_dict)
    item_id, rhythm, schedule = toolkit.get_or_bust(data_dict, ["id", "rhythm", "schedule"])
    since, letter = _date(data_dict, "since"), _letter(context, data_dict)
    with saving(context):
        item = scheduling.decide(
            item_id,
            rhythm,
            data_dict.get("frequency") or rhythm,
            schedule,
            since,
            _user_id(context),
            letter,
        )
    return _plain(item)


def _run(data_dict: DataDict) -> ImportRun:
    run = model.Session.get(ImportRun, toolkit.get_or_bust(data_dict, "id"))
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


def _letter(context: Context, data_dict: DataDict) -> amendments.Letter:
    """The letter that amends the register, as far as it is given."""
    fields = Fields(data_dict)
    letter = amendments.Letter(
        fields.text("number"), fields.text("reason"), fields.day("dated"), _user_id(context)
    )
    fields.check()
    return letter


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
    valid_from = _date(data_dict, "valid_from")
    with _faults_of_the_file():
        run = imports.new_run(
            kind,
            upload.stream,
            upload.filename,
            valid_from=valid_from,
            user_id=_user_id(context),
            letter=_letter(context, data_dict),
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
    with _faults_of_the_file():
        imports.preview(run, data_dict.get("columns"))
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
    return [_plain(dict(row)) for row in rows]


def satudata_producer_decide(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Say which organisation a spelling of a producer means, or make one for it.

    :param spelling: the producer as the file has it
    :param org: id of the organisation, or ``new``
    """
    toolkit.check_access("satudata_producer_decide", context, data_dict)
    spelling, org = toolkit.get_or_bust(data_dict, ["spelling", "org"])
    if not isinstance(spelling, str):
        raise toolkit.ValidationError({"spelling": [_("Must be a text")]})
    if org == "new":
        org = imports.create_producer(spelling)
    else:
        aliases.decide(spelling, org, _user_id(context))
    _commit(context)
    return {"spelling": spelling, "org_id": org}


@toolkit.side_effect_free
def satudata_match_list(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Pairs of item and dataset, the best score first.

    :param state: ``suggested`` (default), ``accepted``, ``confirmed`` or ``rejected``
    :param org: id or name of the producer
    :param limit: most pairs to return (50; at most 1000)
    :param offset: pairs to leave out
    :returns: ``count``, ``results`` and the number of pairs by state
    """
    toolkit.check_access("satudata_match_list", context, data_dict)
    count, results = queries.search_matches(
        state=str(data_dict.get("state") or "suggested"),
        org=data_dict.get("org"),
        limit=whole(data_dict, "limit", 50),
        offset=whole(data_dict, "offset", 0, 10**9),
    )
    return {"count": count, "results": results, "states": queries.match_states()}


def satudata_match_suggest(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Let a job look for datasets of the items that have none."""
    toolkit.check_access("satudata_match_suggest", context, data_dict)
    return {"job": enqueue("job", "Satu Data: suggest matches", jobs.suggest_matches).id}


def _pairs(data_dict: DataDict) -> list[tuple[str, str]]:
    pairs = data_dict.get("pairs") or []
    whole = isinstance(pairs, list)
    if not whole or not all(isinstance(pair, list | tuple) and len(pair) == 2 for pair in pairs):
        raise toolkit.ValidationError({"pairs": [_("Give pairs of item and dataset")]})
    return [(str(item), str(package)) for item, package in pairs]


def satudata_match_accept(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Confirm matches; a job writes them into the datasets.

    :param pairs: list of [item id, dataset id]
    :param score: instead of pairs: the best suggestion of each item from this score on
    """
    toolkit.check_access("satudata_match_accept", context, data_dict)
    pairs = _pairs(data_dict)
    if data_dict.get("score") not in (None, ""):
        try:
            pairs += matching.best_suggestions(float(data_dict["score"]))
        except (TypeError, ValueError):
            raise toolkit.ValidationError({"score": [_("Must be a number")]}) from None
    accepted = matching.accept(pairs, _user_id(context))
    _commit(context)
    if accepted:
        enqueue("pairs", "Satu Data: write matches", jobs.write_matches)
    return {"accepted": accepted}


def satudata_match_reject(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Remember that items and datasets do not belong together.

    :param pairs: list of [item id, dataset id]
    """
    toolkit.check_access("satudata_match_reject", context, data_dict)
    rejected = matching.reject(_pairs(data_dict), _user_id(context))
    _commit(context)
    return {"rejected": rejected}
