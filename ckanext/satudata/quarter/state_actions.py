"""The states of a quarter as actions. Short moves are made at once, long work by the worker."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ckan.model as model
from ckan.logic import validate
from ckan.plugins import toolkit
from ckan.types import Context, DataDict, Schema, Validator

from ..calendar.quarters import Quarter
from ..judging import asked
from ..opd import permissions
from ..text import is_storable
from . import jobs, runs, schedule, showing, standing, states

__all__ = [
    "satudata_quarter_cutoff",
    "satudata_quarter_finalise",
    "satudata_quarter_list",
    "satudata_quarter_objections",
    "satudata_quarter_open",
    "satudata_quarter_provisional",
    "satudata_quarter_revise",
    "satudata_quarter_show",
    "satudata_quarter_verify",
]


def _stripped(value: Any) -> str:
    """A text without blanks around it."""
    if not isinstance(value, str) or not is_storable(value):
        raise toolkit.Invalid(toolkit._("Must be a text"))
    return value.strip()


@toolkit.validator_args
def _any_schema(ignore_missing: Validator) -> Schema:
    return {"year": [ignore_missing, asked.year_of], "tw": [ignore_missing, asked.tw_of]}


@toolkit.validator_args
def _move_schema(ignore_missing: Validator) -> Schema:
    return {**asked.one_schema(), "reason": [ignore_missing, _stripped]}


@toolkit.validator_args
def _revise_schema(not_missing: Validator, not_empty: Validator) -> Schema:
    return {
        **asked.one_schema(),
        "number": [not_missing, _stripped, not_empty],
        "reason": [not_missing, _stripped, not_empty],
    }


def _asked(data_dict: DataDict) -> Quarter:
    return Quarter(data_dict["year"], data_dict["tw"])


def _actor(context: Context) -> str | None:
    user = model.User.get(context.get("user"))
    return user.id if user else None


@toolkit.side_effect_free
def satudata_quarter_list(context: Context, data_dict: DataDict) -> list[dict[str, Any]]:
    """All quarters that were opened and those that come next, newest first.

    :returns: list of ``year``, ``tw``, ``state`` (``rancangan``, ``terbuka``, ``pemeriksaan``,
        ``sementara``, ``sanggah`` or ``final``), ``revision``, the days ``cutoff``,
        ``review_until`` and ``objections_until`` (inclusive), ``opened``, ``register_version``,
        ``ruleset_hash``, and of a final quarter ``sha256``, ``finalised`` and ``dataset_id``
    :raises NotAuthorized: who may not see the leaderboard either

    ::

        GET /api/action/satudata_quarter_list
        [{"year": 2026, "tw": 1, "state": "final", "revision": 0, "cutoff": "2026-04-22", …}]
    """
    toolkit.check_access("satudata_quarter_list", context, data_dict)
    return [standing.brief(one) for one in standing.with_drafts()]


@toolkit.side_effect_free
@validate(asked.one_schema)
def satudata_quarter_show(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """One quarter: state, days, rule set, counts, records with their hashes.

    :param year: year of the quarter
    :param tw: 1 to 4
    :returns: as in the list, with ``ruleset`` (``hash``, ``name``, ``version``), ``counts``
        (``duties``, ``organizations``, ``statuses``), ``records`` (newest first, each with
        ``revision``, ``sha256``, ``previous``, ``at``, ``rows``, ``number``, ``reason``, for
        readers of the reports ``actor`` and ``actor_name``) and ``verification``; for the
        walidata also ``next`` (``move``, ``day``, and ``against``: what stands against it),
        ``runs`` and ``health`` (``computed``, ``stale``, ``next_tick``, ``waiting``)
    :raises ValidationError: there is no such quarter

    ::

        GET /api/action/satudata_quarter_show?year=2026&tw=1
        {"year": 2026, "tw": 1, "state": "terbuka", "counts": {"duties": 120, …}, …}
    """
    toolkit.check_access("satudata_quarter_show", context, data_dict)
    user = context.get("user")
    return showing.whole(
        _asked(data_dict), permissions.manages(user), permissions.reads_reports(user)
    )


@validate(_move_schema)
def satudata_quarter_open(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Open a quarter: its duties, rule set, register version and cutoff stand from then on.

    :param year: year of the quarter
    :param tw: 1 to 4
    :param reason: what stands in the log of decisions (optional)
    :returns: the quarter, as in ``satudata_quarter_list``
    :raises ValidationError: at ``state``: opened already, not its turn, too early

    ::

        POST /api/action/satudata_quarter_open {"year": 2026, "tw": 1}
        {"year": 2026, "tw": 1, "state": "terbuka", "cutoff": "2026-04-22", …}
    """
    toolkit.check_access("satudata_quarter_open", context, data_dict)
    return _move(states.open_quarter, context, data_dict)


@validate(_move_schema)
def satudata_quarter_cutoff(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Cut off a quarter whose cutoff day is over; the schedule does it by itself the night after.

    :param year: year of the quarter
    :param tw: 1 to 4
    :param reason: what stands in the log of decisions (optional)
    :returns: the quarter, with ``review_until``
    :raises ValidationError: at ``state``: not open, or the cutoff day is not over

    ::

        POST /api/action/satudata_quarter_cutoff {"year": 2026, "tw": 1}
        {"year": 2026, "tw": 1, "state": "pemeriksaan", "review_until": "2026-05-07", …}
    """
    toolkit.check_access("satudata_quarter_cutoff", context, data_dict)
    return _move(states.cut_off, context, data_dict)


@validate(_move_schema)
def satudata_quarter_provisional(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Show the provisional result of a quarter whose time for review is over.

    :param year: year of the quarter
    :param tw: 1 to 4
    :param reason: what stands in the log of decisions (optional)
    :returns: the quarter
    :raises ValidationError: at ``state``: not under review, or the review is not over

    ::

        POST /api/action/satudata_quarter_provisional {"year": 2026, "tw": 1}
        {"year": 2026, "tw": 1, "state": "sementara", …}
    """
    toolkit.check_access("satudata_quarter_provisional", context, data_dict)
    return _move(states.show_provisional, context, data_dict)


@validate(_move_schema)
def satudata_quarter_objections(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Open the time in which the OPDs may object to the provisional result (masa sanggah).

    :param year: year of the quarter
    :param tw: 1 to 4
    :param reason: what stands in the log of decisions (optional)
    :returns: the quarter, with ``objections_until``
    :raises ValidationError: at ``state``: there is no provisional result

    ::

        POST /api/action/satudata_quarter_objections {"year": 2026, "tw": 1}
        {"year": 2026, "tw": 1, "state": "sanggah", "objections_until": "2026-05-19", …}
    """
    toolkit.check_access("satudata_quarter_objections", context, data_dict)
    return _move(states.open_objections, context, data_dict)


@validate(_move_schema)
def satudata_quarter_finalise(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Ask the worker to make a quarter final. What stands against it is told at once.

    :param year: year of the quarter
    :param tw: 1 to 4
    :param reason: what stands in the log of decisions (optional)
    :returns: the work asked for: ``id``, ``kind``, ``state`` (``queued``, ``done``, ``refused``,
        ``failed``), ``result``; ``asked_before``: it waited already and was not asked for again.
        Its state is in ``satudata_quarter_show`` under ``runs``
    :raises ValidationError: at ``state``: not in the time for objections or that is not over,
        unanswered objections, unchecked or missing contents, an earlier quarter that is not
        final, a clock that runs behind; at ``queue``: the queue is down

    ::

        POST /api/action/satudata_quarter_finalise {"year": 2026, "tw": 1}
        {"id": "…", "kind": "finalise", "state": "queued", …}
    """
    toolkit.check_access("satudata_quarter_finalise", context, data_dict)
    return _ask("finalise", context, data_dict)


@validate(_revise_schema)
def satudata_quarter_revise(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Ask the worker to freeze a final quarter anew, with the decisions recorded since.

    The record that it replaces stays, and so does the chain of hashes.

    :param year: year of the quarter
    :param tw: 1 to 4
    :param number: number of the decree or letter that orders it
    :param reason: why; the OPDs read it
    :returns: the work asked for, as of ``satudata_quarter_finalise``
    :raises ValidationError: at ``number`` or ``reason``: empty; at ``state``: not final, contents
        that were not checked, a clock that runs behind; at ``queue``: the queue is down

    ::

        POST /api/action/satudata_quarter_revise
        {"year": 2026, "tw": 1, "number": "050/12/2026", "reason": "Keberatan Dinas A"}
        {"id": "…", "kind": "revise", "state": "queued", …}
    """
    toolkit.check_access("satudata_quarter_revise", context, data_dict)
    given = {name: data_dict[name] for name in ("number", "reason")}
    return _ask("revise", context, data_dict, **given)


@validate(_any_schema)
def satudata_quarter_verify(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Ask the worker to compute the final records again from the evidence and to compare.

    :param year: year of the quarter; with ``tw``. Without both: all final quarters
    :param tw: 1 to 4
    :returns: the work asked for, as of ``satudata_quarter_finalise``; when it is done,
        ``result.findings`` lists what differs (``quarter``, ``revision``, ``what``, ``row``)
    :raises ValidationError: only one of ``year`` and ``tw``; at ``state``: the quarter has no
        final record; at ``queue``: the queue is down

    ::

        POST /api/action/satudata_quarter_verify {}
        {"id": "…", "kind": "verify", "state": "queued", …}
    """
    toolkit.check_access("satudata_quarter_verify", context, data_dict)
    given = [name for name in ("year", "tw") if data_dict.get(name) is not None]
    if len(given) == 1:
        missing = "tw" if given == ["year"] else "year"
        raise toolkit.ValidationError({missing: [toolkit._("Name both year and quarter.")]})
    quarter = _asked(data_dict) if given else None
    if quarter:
        runs.demand_record(quarter)
    return _run("verify", quarter, context)


def _move(
    make: Callable[..., standing.Standing], context: Context, data_dict: DataDict
) -> dict[str, Any]:
    moved = make(_asked(data_dict), _actor(context), data_dict.get("reason") or "")
    if not context.get("defer_commit"):
        model.Session.commit()
    jobs.enqueue("recompute")
    schedule.arm()
    return standing.brief(moved)


def _ask(kind: str, context: Context, data_dict: DataDict, **given: str) -> dict[str, Any]:
    quarter = _asked(data_dict)
    states.demand(kind, quarter)
    if kind == "finalise" and data_dict.get("reason"):
        given["reason"] = data_dict["reason"]
    return _run(kind, quarter, context, **given)


def _run(kind: str, quarter: Quarter | None, context: Context, **given: str) -> dict[str, Any]:
    known = runs.waiting(kind, quarter)
    shown = showing.run_dict(runs.ask(kind, quarter, _actor(context), **given))
    assert shown is not None
    return {**shown, "asked_before": known is not None and known.id == shown["id"]}
