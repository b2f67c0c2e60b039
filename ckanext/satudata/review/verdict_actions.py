"""Decisions on deliveries as actions: accepted, returned, approved inside the OPD."""

from __future__ import annotations

from typing import Any

from ckan.plugins import toolkit
from ckan.types import Context, DataDict

from ..calendar.quarters import Quarter
from ..delivery import review_queries, reviews
from ..register.decision_actions import user_id
from . import review_requests
from .mending import Rules

__all__ = [
    "satudata_delivery_accept",
    "satudata_delivery_approve",
    "satudata_delivery_return",
]

_ = toolkit._


def satudata_delivery_accept(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Accept deliveries; all of them or, where one is refused, none.

    :param events: list of ids of events (``duties[].event_id`` of the list), at most 1000
    :param reason: what the OPD reads (optional)
    :returns: ``decisions``: the rows of the log that were written
    :raises NotAuthorized: who does not judge all these organisations
    :raises ObjectNotFound: an id is of no delivery for a duty
    :raises ValidationError: at ``events``: replaced or withdrawn since, decided on already

    ::

        POST /api/action/satudata_delivery_accept {"events": [12, 13]}
        {"decisions": [{"id": 5, "kind": "accept", "event": 12, …}, …]}
    """
    toolkit.check_access("satudata_delivery_accept", context, data_dict)
    made = reviews.accept(
        review_requests.ids(data_dict, "events"),
        actor=user_id(context),
        reason=review_requests.text(data_dict, "reason"),
    )
    return review_requests.done(context, made)


def satudata_delivery_return(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Return deliveries to the OPD, which has some working days to mend them.

    :param events: list of ids of events, at most 1000
    :param reason: what is wrong and how to mend it; the OPD reads it
    :param fault: true: empty, copied or wrong content; the time of the review then counts as
        the OPD's own
    :returns: ``decisions``: the rows of the log that were written
    :raises NotAuthorized: who does not judge all these organisations
    :raises ObjectNotFound: an id is of no delivery for a duty
    :raises ValidationError: at ``reason``: empty; at ``events``: as accepting

    ::

        POST /api/action/satudata_delivery_return
        {"events": [12], "reason": "Kolom kecamatan kosong", "fault": true}
        {"decisions": [{"id": 6, "kind": "return", "event": 12, …}]}
    """
    toolkit.check_access("satudata_delivery_return", context, data_dict)
    made = reviews.give_back(
        review_requests.ids(data_dict, "events"),
        actor=user_id(context),
        reason=review_requests.text(data_dict, "reason"),
        fault=review_requests.yes(data_dict, "fault"),
    )
    return review_requests.done(context, made)


def satudata_delivery_approve(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Approve deliveries as the head of the OPD, where the rule set asks for that.

    :param events: list of ids of events
    :param reason: what the walidata reads (optional)
    :returns: ``decisions``: the rows of the log that were written
    :raises NotAuthorized: who is no admin of the OPD or of the penanggung above it
    :raises ValidationError: at ``events``: the rule set asks for no approval, approved already,
        replaced since

    ::

        POST /api/action/satudata_delivery_approve {"events": [12]}
        {"decisions": [{"id": 9, "kind": "approve", "event": 12, …}]}
    """
    toolkit.check_access("satudata_delivery_approve", context, data_dict)
    events = review_requests.ids(data_dict, "events")
    rules = Rules()
    for one in review_queries.delivered(events):
        if not rules.of(Quarter(one.year, one.tw)).opd_approval:
            message = _("The rules of this quarter ask for no approval inside the OPD.")
            raise toolkit.ValidationError({"events": [message]})
    made = reviews.approve(
        events, actor=user_id(context), reason=review_requests.text(data_dict, "reason")
    )
    return review_requests.done(context, made)
