"""Waivers, extensions and the log of decisions as actions."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import ckan.model as model
from ckan.plugins import toolkit
from ckan.types import Context, DataDict

from ..paging import whole
from . import cutoffs, decision_log, dispensations, duties, telling
from .decisions import KINDS
from .dispensations import Checked
from .fields import Fields
from .model import Decision

__all__ = ["satudata_decision_list", "satudata_extension_create", "satudata_waiver_create"]

_ = toolkit._

_LATEST_ROW = 10**9


@contextmanager
def saving(context: Context) -> Iterator[None]:
    """Commit what happens within, or nothing of it."""
    try:
        yield
    except Exception:
        model.Session.rollback()
        raise
    if not context.get("defer_commit"):
        model.repo.commit()


def user_id(context: Context) -> str | None:
    """Id of the user who acts; None for the portal itself."""
    user = model.User.get(context.get("user"))
    return user.id if user else None


def told(decisions: list[Decision]) -> list[dict[str, Any]]:
    """Decisions as the API gives them, each with its ``sentence``."""
    rows = decision_log.by_ids([decision.id for decision in decisions])
    return [telling.as_dict(row) for row in rows]


def satudata_waiver_create(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Take duties out of the score by one numbered decision, or look at what that would do.

    Nothing is written where one of the duties does not allow it.

    :param obligations: ids of the duties, at most 2000
    :param number: number of the letter or decree
    :param reason: why; the OPD and every user of the portal read it
    :param dated: date of the letter; today if not given
    :param after_final: also duties of a frozen quarter: later quarters and a revision follow
    :param preview: only tell, for the duties given or found, which can be waived
    :param org: with ``preview``: duties of this organisation (id or name) and its units
    :param item: with ``preview``: duties of this item
    :param year: with ``preview``: year of the due day
    :param tw: with ``preview``: quarter of the due day
    :returns: ``decisions``, each with its ``sentence``; with ``preview``: ``duties``, each with
        ``refusal`` (why it cannot be waived, or null)
    :raises ObjectNotFound: an id is of no duty
    :raises ValidationError: by parameter; ``obligations`` names the duties that stand against it

    Example::

        {"obligations": ["6f0c…"], "number": "800/12/2026", "dated": "2026-03-02",
         "reason": "Aplikasi kementerian tidak dapat dibuka sejak Januari."}
    """
    fields = Fields(data_dict)
    ids, after_final = fields.ids("obligations"), fields.flag("after_final")
    toolkit.check_access("satudata_waiver_create", context, {"obligations": ids})
    letter = _letter(fields)
    if fields.flag("preview"):
        found = _found(fields, ids)
        return {"duties": _previewed(dispensations.check_waiver(found, after_final))}
    fields.check()
    with saving(context):
        written = dispensations.waive(
            ids, actor=user_id(context), after_final=after_final, **letter
        )
        answer = {"decisions": told(written)}
    return answer


def satudata_extension_create(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Move the due day of duties by one numbered decision, or look at what that would do.

    A day after the cutoff of its quarter moves a duty to a later quarter; both show it. Takes
    and returns what ``satudata_waiver_create`` does, and:

    :param day: the new due day, ISO; that day itself is in time. Not in the past, after the due
        day of every duty and after a day to which it was extended before
    :returns: with ``preview``, each duty has ``judged``: the quarter that would judge it

    Example::

        {"obligations": ["6f0c…"], "day": "2026-04-24", "number": "800/13/2026",
         "reason": "Perpanjangan karena banjir."}
    """
    fields = Fields(data_dict)
    ids, after_final = fields.ids("obligations"), fields.flag("after_final")
    toolkit.check_access("satudata_extension_create", context, {"obligations": ids})
    letter = _letter(fields)
    preview = fields.flag("preview")
    day = fields.day("day", required=True)
    found = _found(fields, ids) if preview else []
    fields.check()
    assert day is not None
    if preview:
        checked = dispensations.check_extension(found, day, after_final)
        return {"duties": _previewed(checked, day)}
    with saving(context):
        written = dispensations.extend(
            ids, day, actor=user_id(context), after_final=after_final, **letter
        )
        answer = {"decisions": told(written)}
    return answer


def _letter(fields: Fields) -> dict[str, Any]:
    return {
        "number": fields.text("number"),
        "reason": fields.text("reason"),
        "dated": fields.day("dated"),
    }


def _found(fields: Fields, ids: list[str]) -> list[duties.Duty]:
    asked = {
        "org": fields.text("org") or None,
        "item": fields.text("item") or None,
        "year": fields.number("year"),
        "tw": fields.number("tw"),
    }
    fields.check()
    return duties.of_ids(ids) if ids else duties.find(**asked)  # type: ignore[arg-type]


def _previewed(checked: list[Checked], day: dt.date | None = None) -> list[dict[str, Any]]:
    # What is refused moves nowhere; a day without bounds would be sought for minutes.
    quarters = {one.duty.quarter for one in checked if not one.refusal}
    judged = {quarter: cutoffs.judging(quarter, day) for quarter in quarters} if day else {}
    rows = []
    for one in checked:
        row = {
            **dataclasses.asdict(one.duty),
            "refusal": one.refusal,
            "judged": str(judged.get(one.duty.quarter, one.duty.quarter)),
        }
        rows.append(decision_log.plain(row))
    return rows


@toolkit.side_effect_free
def satudata_decision_list(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """The log of decisions, the latest first: those that the user may read.

    Everyone reads what moves duties (register, waivers, extensions, requests, windows, quarters);
    claims, judgements and objections are read by their OPD, those above it, walidata and officers.

    :param org: id or name of an organisation; its units are included
    :param item: id of an item
    :param obligation: id of a duty
    :param kind: a kind of decision, for example ``waiver``
    :param state: ``in_force`` or ``revoked``
    :param year: year, and
    :param tw: quarter that the decision is about
    :param since: first date of the letter, ISO
    :param until: last date of the letter, ISO
    :param q: words of number, reason, item or organisation
    :param limit: most decisions to return (50; at most 1000)
    :param offset: decisions to leave out
    :returns: ``count`` and ``results``, each with ``label`` and ``sentence``. ``actor`` and
        ``actor_name`` only where the user reads the report of the organisation
    :raises ValidationError: by parameter

    Example of a result::

        {"id": 12, "kind": "waiver", "number": "800/12/2026", "dated": "2026-03-02",
         "reason": "…", "org_title": "Dinas Kesehatan", "item_name": "Jumlah bidan",
         "period": "2025", "revoked_at": null, "label": "Waived", "sentence": "…"}
    """
    toolkit.check_access("satudata_decision_list", context, data_dict)
    count, rows = decision_log.search(
        context.get("user"),
        limit=whole(data_dict, "limit", 50),
        offset=whole(data_dict, "offset", 0, _LATEST_ROW),
        **log_filters(data_dict),
    )
    return {"count": count, "results": [telling.as_dict(row) for row in rows]}


def log_filters(data_dict: DataDict) -> dict[str, Any]:
    """The filters of the log that were sent.

    :raises toolkit.ValidationError: by filter
    """
    fields = Fields(data_dict)
    found: dict[str, Any] = {name: fields.text(name) for name in ("org", "item", "obligation", "q")}
    found |= {name: fields.day(name) for name in ("since", "until")}
    found |= {name: fields.number(name) for name in ("year", "tw")}
    kind, state = fields.text("kind"), fields.text("state")
    fields.check()
    if kind and kind not in KINDS:
        raise toolkit.ValidationError({"kind": [_("There is no such kind of decision")]})
    if state and state not in decision_log.STATES:
        raise toolkit.ValidationError({"state": [_("Choose in_force or revoked")]})
    return {**found, "kind": kind, **({state: True} if state else {})}
