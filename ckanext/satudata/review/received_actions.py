"""Dates on which deliveries came by letter or message (atas nama), as actions."""

from __future__ import annotations

import datetime as dt
from typing import Any

from ckan.plugins import toolkit
from ckan.types import Context, DataDict

from ..calendar.quarters import Quarter
from ..delivery import review_queries, reviews
from ..judging import rulesets
from ..register.decision_actions import user_id
from ..register.workdays import work_calendar
from . import review_requests

__all__ = [
    "satudata_delivery_received",
    "satudata_received_confirm",
]

_ = toolkit._


def satudata_delivery_received(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """State when a file that the walidata uploaded for an OPD had come by letter or message.

    :param events: list of ids of events
    :param day: local day on which it came, ISO; not to come and not after the upload
    :param proof: number and date of the letter, or sender and time of the message
    :returns: ``decisions``; ``details.confirm`` is true where the day lies so far back that a
        second officer has to confirm it (``satudata_received_confirm``)
    :raises NotAuthorized: who does not judge all these organisations
    :raises ValidationError: at ``day``, ``proof``; at ``events``: stated already, or it was
        not the walidata who uploaded the file

    ::

        POST /api/action/satudata_delivery_received
        {"events": [12], "day": "2026-03-30", "proof": "Surat 045/12/Dinkes, 30 Maret 2026"}
        {"decisions": [{"id": 7, "kind": "received", "details": {"confirm": false, …}, …}]}
    """
    toolkit.check_access("satudata_delivery_received", context, data_dict)
    events = review_requests.ids(data_dict, "events")
    given = toolkit.get_or_bust(data_dict, "day")
    try:
        day = dt.date.fromisoformat(given)
    except (TypeError, ValueError):
        raise toolkit.ValidationError({"day": [_("Write the date as 2026-12-31")]}) from None
    made = reviews.received(
        events,
        actor=user_id(context),
        day=day,
        proof=review_requests.text(data_dict, "proof"),
        calendar=work_calendar(),
        free_days=_received_free_days(events),
    )
    return review_requests.done(context, made)


def _received_free_days(events: list[int]) -> int:
    """The strictest of the rule sets that judge these deliveries."""
    quarters = {Quarter(one.year, one.tw) for one in review_queries.delivered(events)}
    return min((rulesets.of(one).received_free_days for one in quarters), default=0)


def satudata_received_confirm(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Confirm dates of receipt as the second officer; only then they count.

    :param decisions: list of ids of decisions of kind ``received``
    :param reason: what was examined (optional)
    :returns: ``decisions``: the rows of the log that were written
    :raises NotAuthorized: who does not judge all these organisations
    :raises ObjectNotFound: an id is of no date that needs a second officer
    :raises ValidationError: at ``decisions``: confirmed already, or by the officer who stated it
        or uploaded the file

    ::

        POST /api/action/satudata_received_confirm {"decisions": [7]}
        {"decisions": [{"id": 8, "kind": "received_confirm", "answers": 7, …}]}
    """
    toolkit.check_access("satudata_received_confirm", context, data_dict)
    made = reviews.confirm(
        review_requests.ids(data_dict, "decisions"),
        actor=user_id(context),
        reason=review_requests.text(data_dict, "reason"),
    )
    return review_requests.done(context, made)
