"""Deliveries as those see them who examine them, as actions."""

from __future__ import annotations

import datetime as dt
from typing import Any

from ckan.plugins import toolkit
from ckan.types import Context, DataDict

from ..calendar.quarters import Quarter
from ..delivery import preview, review_queries
from ..opd import judges
from ..paging import whole
from ..register import decision_log, telling
from . import review_requests
from .mending import Rules

__all__ = [
    "satudata_delivery_list",
    "satudata_delivery_show",
]

_ = toolkit._


@toolkit.side_effect_free
def satudata_delivery_list(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Contents delivered for duties, the oldest first: one row for each file and organisation.

    :param state: ``waiting`` (counts only once accepted), ``unreviewed`` (counts, nobody has
        looked at it), ``accepted`` or ``returned``; all if not given
    :param org: id or name of an organisation; its units are meant too
    :param year: with ``tw``: quarter in which the duty is due
    :param tw: 1 to 4
    :param q: words of the item or the organisation
    :param limit: most rows (50; at most 1000)
    :param offset: rows to leave out
    :returns: ``count``, ``states`` (number by state) and ``results``: each with ``duties`` (one
        for each item and period, with ``event_id`` for the decisions), ``may_judge`` (whether the
        reader decides), ``judged_elsewhere`` (not by the walidata), ``sha256``, ``at``, result of
        the check (``readable``, ``rows``, ``failures``); name and title of a private dataset are
        null for who may not read it, the name of its file for who does not judge it either.
        Editors see the part of their own organisations
    :raises ValidationError: no such state or quarter

    ::

        GET /api/action/satudata_delivery_list?state=waiting&year=2026&tw=1
        {"count": 1, "states": {"waiting": 1, "unreviewed": 7, "accepted": 3, "returned": 0},
         "results": [{"state": "waiting", "org_title": "Dinas Kesehatan", "sha256": "9f…",
                      "duties": [{"event_id": 12, "item_name": "Jumlah bidan", …}], …}]}
    """
    toolkit.check_access("satudata_delivery_list", context, data_dict)
    user = context.get("user")
    filters = review_requests.filters(data_dict, review_queries.STATES)
    counts, rows = review_queries.search(
        user,
        filters,
        Rules().every(filters["quarter"]),
        whole(data_dict, "limit", 50),
        whole(data_dict, "offset", 0, 10**9),
    )
    count = counts[filters["state"]] if filters["state"] else sum(counts.values())
    return {"count": count, "states": counts, "results": _told(rows, user)}


def _told(rows: list[dict[str, Any]], user: str | None) -> list[dict[str, Any]]:
    owing = {row["owing"] for row in rows}
    judged, own = judges.judged_by(user, owing), judges.own_orgs()
    rules = Rules()
    return [_row(row, row["owing"] in judged, row["owing"] in own, rules) for row in rows]


def _row(row: dict[str, Any], judge: bool, elsewhere: bool, rules: Rules) -> dict[str, Any]:
    told = {**row, "org_id": row["owing"], "may_judge": judge, "judged_elsewhere": elsewhere}
    for name in ("owing", "is_private"):
        del told[name]
    if row["private"]:
        told |= dict.fromkeys(("package_id", "package_name", "package_title"))
    if row["private"] and not judge:
        told["filename"] = None
    told["mend_until"] = None
    if row["state"] == "returned":
        told["mend_until"] = max(
            rules.mend_until(
                dt.datetime.fromisoformat(duty["decision"]["at"]), Quarter(duty["year"], duty["tw"])
            )
            for duty in row["duties"]
        )
    return review_requests.plain(told)


@toolkit.side_effect_free
def satudata_delivery_show(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """One delivery with what was decided about its duties and the first rows of its content.

    :param event: id of one of its events
    :returns: a row of ``satudata_delivery_list``; ``history``: decisions about its duties in
        words, the newest first (``id``, ``at``, ``text``); ``sees_content``: whether the reader
        judges it or may read the file; ``preview`` of a table that could be read, else null:
        ``header``, ``rows`` (texts) and ``reason`` why there are none; ``replaced``: the event
        asked for is about an earlier content than the one shown
    :raises ObjectNotFound: there is no such delivery, or it was withdrawn

    ::

        GET /api/action/satudata_delivery_show?event=12
        {"state": "waiting", "history": [{"id": 5, "text": "What was delivered for …"}],
         "preview": {"header": ["kecamatan", "jumlah"], "rows": [["Utara", "12"]]}, …}
    """
    toolkit.check_access("satudata_delivery_show", context, data_dict)
    event = review_requests.ids(data_dict, "event")[0]
    user = context.get("user")
    _counts, rows = review_queries.search(user, {"event": event}, Rules().every(None))
    if not rows:
        raise toolkit.ObjectNotFound(_("There is no such delivery, or it was withdrawn since."))
    shown = next((row for row in rows if _is_about(row, event)), rows[0])
    told = _told([shown], user)[0]
    sees = told["may_judge"] or _reads_file(user, shown["resource_id"])
    return {
        **told,
        "replaced": not _is_about(shown, event),
        "history": _history([duty["obligation_id"] for duty in shown["duties"]]),
        "sees_content": sees,
        "preview": _preview(shown) if sees else None,
    }


def _history(duties: list[str]) -> list[dict[str, Any]]:
    rows = decision_log.by_ids(review_queries.decided_on(duties))
    return [
        {"id": row["id"], "at": review_requests.plain(row["at"]), "text": telling.sentence(row)}
        for row in reversed(rows)
    ]


def _preview(shown: dict[str, Any]) -> dict[str, Any] | None:
    """The first rows of what the checks could read as a table."""
    return vars(preview.of(shown["sha256"], shown["bytes"])) if shown["readable"] else None


def _is_about(row: dict[str, Any], event: int) -> bool:
    return any(duty["event_id"] == event for duty in row["duties"])


def _reads_file(user: str | None, resource_id: str) -> bool:
    try:
        toolkit.check_access("resource_show", {"user": user or ""}, {"id": resource_id})
    except (toolkit.NotAuthorized, toolkit.ObjectNotFound):
        return False
    return True
