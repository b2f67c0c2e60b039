"""Objections to provisional results and their answers, as actions."""

from __future__ import annotations

from typing import Any

from ckan.plugins import toolkit
from ckan.types import Context, DataDict

from ..opd import judges
from ..paging import whole
from ..register.decision_actions import user_id
from . import objections, review_requests

__all__ = [
    "satudata_objection_answer",
    "satudata_objection_create",
    "satudata_objection_list",
]

_ = toolkit._


@toolkit.side_effect_free
def satudata_objection_list(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Objections to provisional results with their answers, the open ones first.

    :param state: ``open``, ``accepted`` or ``refused``; all if not given
    :param org: id or name of an organisation; its units are meant too
    :param year: with ``tw``: quarter that judged the duty
    :param tw: 1 to 4
    :param q: words of the item or the organisation
    :param limit: most rows (50; at most 1000)
    :param offset: rows to leave out
    :returns: ``count``, ``states`` (number by state) and ``results``, each with ``id``,
        ``obligation_id``, ``year``, ``tw``, ``reason``, ``evidence``, ``state``, ``answer``,
        ``remedy`` and ``may_judge`` (whether the reader answers it)
    :raises ValidationError: no such state or quarter

    ::

        GET /api/action/satudata_objection_list?state=open
        {"count": 1, "states": {"open": 1, "accepted": 0, "refused": 0}, "results": [{…}]}
    """
    toolkit.check_access("satudata_objection_list", context, data_dict)
    user = context.get("user")
    filters = review_requests.filters(data_dict, objections.STATES)
    counts, rows = objections.search(
        user, filters, whole(data_dict, "limit", 50), whole(data_dict, "offset", 0, 10**9)
    )
    judged = judges.judged_by(user, {row["org_id"] for row in rows})
    count = counts[filters["state"]] if filters["state"] else sum(counts.values())
    results = [review_requests.plain({**row, "may_judge": row["org_id"] in judged}) for row in rows]
    return {"count": count, "states": counts, "results": results}


def satudata_objection_create(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Object to how a duty of one's own OPD is judged, while the time for objections lasts.

    :param obligation_id: id of the duty
    :param year: with ``tw``: the quarter that judges it
    :param tw: 1 to 4
    :param reason: what is wrong with the result
    :param evidence: what proves it: number of a receipt or letter, an address
    :returns: ``decisions`` with the one row of the log that was written
    :raises NotAuthorized: who does not work for the OPD that owes the duty
    :raises ObjectNotFound: the duty is not judged in that quarter
    :raises ValidationError: at ``quarter``: not in the time for objections, or the quarter is
        final; at ``reason`` or ``evidence``: empty; at ``obligation_id``: objected already

    ::

        POST /api/action/satudata_objection_create
        {"obligation_id": "…", "year": 2026, "tw": 1, "reason": "Sudah dikirim tepat waktu",
         "evidence": "TT-2026-000123"}
        {"decisions": [{"id": 10, "kind": "objection", …}]}
    """
    toolkit.check_access("satudata_objection_create", context, data_dict)
    toolkit.get_or_bust(data_dict, "obligation_id")
    duty = review_requests.text(data_dict, "obligation_id")
    quarter = review_requests.quarter(data_dict)
    if quarter is None:
        raise toolkit.ValidationError({"tw": [_("Name both year and quarter.")]})
    made = objections.create(
        duty,
        quarter,
        reason=review_requests.text(data_dict, "reason"),
        evidence=review_requests.text(data_dict, "evidence"),
        actor=user_id(context),
    )
    return review_requests.done(context, [made])


def satudata_objection_answer(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Accept or refuse an objection. Accepting changes nothing by itself: the remedy does.

    :param id: id of the objection
    :param accept: true or false
    :param reason: why; the OPD reads it
    :param remedy: what follows where it is accepted: ``waiver``, ``extension``, ``review`` (accept
        the delivery or take its return back), ``received`` or ``measured``
    :returns: ``decisions`` with the one row of the log that was written
    :raises NotAuthorized: who does not judge the organisation that objects
    :raises ObjectNotFound: there is no such objection
    :raises ValidationError: at ``id``: answered already, or the quarter is final; at ``reason``
        or ``remedy``: empty

    ::

        POST /api/action/satudata_objection_answer
        {"id": 10, "accept": true, "reason": "Surat diterima 30 Maret", "remedy": "received"}
        {"decisions": [{"id": 11, "kind": "objection_accept", "answers": 10, …}]}
    """
    toolkit.check_access("satudata_objection_answer", context, data_dict)
    if data_dict.get("accept") in (None, ""):
        raise toolkit.ValidationError({"accept": [_("Choose whether it is accepted.")]})
    made = objections.answer(
        review_requests.ids(data_dict, "id")[0],
        review_requests.yes(data_dict, "accept"),
        reason=review_requests.text(data_dict, "reason"),
        remedy=review_requests.text(data_dict, "remedy") or None,
        actor=user_id(context),
    )
    return review_requests.done(context, [made])
