"""Decisions on deliveries: accepted, returned, received by letter, approved inside the OPD.

Each is a row of the log (``register.decisions``) that names the content event, so it is about
one content and never about what replaced it. Who may decide is said by :mod:`.judges`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection
from typing import Any, NamedTuple

import ckan.model as model
import sqlalchemy as sa
from ckan.plugins import toolkit

from .. import clock, config
from ..calendar.localtime import local_date
from ..calendar.workdays import WorkCalendar
from ..opd import permissions
from ..register import decisions, duties
from ..register.model import Decision
from ..template_helpers import satudata_date
from . import review_queries
from .review_queries import Delivered

_ = toolkit._


def accept(event_ids: Collection[int], *, actor: str | None, reason: str = "") -> list[Decision]:
    """Accept contents; one decision each.

    :param event_ids: events of kind ``delivered`` or ``replaced``
    :param actor: id of the user who decides
    :raises toolkit.ObjectNotFound: an id is of no delivery for a duty
    :raises toolkit.ValidationError: replaced in the meantime, or decided on already
    """
    reason = reason.strip() or _("Examined and accepted.")
    return _decide("accept", event_ids, actor, reason, _refuse_decided)


def give_back(
    event_ids: Collection[int], *, actor: str | None, reason: str, fault: bool = False
) -> list[Decision]:
    """Return contents to the OPD, which has some working days to mend them.

    :param reason: what is wrong and how to mend it
    :param fault: empty, copied or wrong content; the time of the review then stays on the clock
    :raises toolkit.ObjectNotFound: as :func:`accept`
    :raises toolkit.ValidationError: as :func:`accept`, or no reason
    """
    return _decide(
        "return", event_ids, actor, reason, _refuse_decided, details={"fault": bool(fault)}
    )


def received(
    event_ids: Collection[int],
    *,
    actor: str | None,
    day: dt.date,
    proof: str,
    calendar: WorkCalendar,
    free_days: int,
) -> list[Decision]:
    """State when contents uploaded by the walidata had come by letter or message (*atas nama*).

    :param day: local day on which they came; lateness is counted to it
    :param proof: number and date of the letter, or sender and time of the message
    :param free_days: working days before the upload that need no second officer; an earlier day
        counts only once :func:`confirm` has confirmed it
    :raises toolkit.ValidationError: a day to come or after the upload, no proof, stated already,
        or it was not the walidata who uploaded the file
    """
    _refuse_day_or_proof(day, proof)

    def check(one: Delivered) -> str | None:
        uploaded = local_date(one.at, config.timezone())
        if one.received:
            return _("A date of receipt is recorded already. Take it back first.")
        if not permissions.manages(one.actor):
            return _("The walidata did not upload this file: its time is that of the upload.")
        if day > uploaded:
            message = _("The file was uploaded on {day}, so it cannot have come after that.")
            return message.format(day=satudata_date(uploaded))
        return None

    def details(one: Delivered) -> dict[str, Any]:
        waited = calendar.workdays_late(day, local_date(one.at, config.timezone()))
        return {"proof": proof.strip(), "confirm": waited > free_days}

    reason = _("Came by letter or message and was uploaded for the OPD.")
    return _decide("received", event_ids, actor, reason, check, details=details, day=day)


def _refuse_day_or_proof(day: dt.date, proof: str) -> None:
    faults: dict[str, list[str]] = {}
    if day > clock.today():
        faults["day"] = [_("The date of receipt lies in the future.")]
    if not proof.strip():
        faults["proof"] = [
            _("Write the number and date of the letter, or who sent the message and when.")
        ]
    if faults:
        raise toolkit.ValidationError(faults)


class Stated(NamedTuple):
    """A date of receipt that waits for a second officer, and who stated and who uploaded."""

    decision: Decision
    uploader: str | None
    confirmed: bool


def stated(decision_ids: Collection[int]) -> list[Stated]:
    """Dates of receipt of these ids that need a second officer and were not taken back."""
    rows = model.Session.execute(_STATED, {"ids": list(decision_ids)}).all()
    known = {row.id: row for row in rows}
    found = model.Session.scalars(
        sa.select(Decision).where(Decision.id.in_(known)).order_by(Decision.id).with_for_update()
    )
    return [Stated(one, known[one.id].uploader, known[one.id].confirmed) for one in found]


_STATED = sa.text(
    """
    SELECT d.id, e.actor AS uploader,
           EXISTS (SELECT FROM satudata_decision y
                   WHERE y.answers = d.id AND y.kind = 'received_confirm'
                     AND NOT EXISTS (SELECT FROM satudata_decision x WHERE x.revokes = y.id))
               AS confirmed
    FROM satudata_decision d JOIN satudata_event e ON e.id = d.event_id
    WHERE d.id = ANY(:ids) AND d.kind = 'received' AND (d.details ->> 'confirm')::boolean
      AND NOT EXISTS (SELECT FROM satudata_decision x WHERE x.revokes = d.id)
    """
)


def confirm(
    decision_ids: Collection[int], *, actor: str | None, reason: str = ""
) -> list[Decision]:
    """Confirm dates of receipt as the second officer.

    :raises toolkit.ObjectNotFound: an id is of no date that waits for a second officer
    :raises toolkit.ValidationError: confirmed already, or by who stated it or uploaded the file
    """
    stated(decision_ids)  # locks the rows; what another has just confirmed is seen after that
    found = stated(decision_ids)
    if len(found) < len(set(decision_ids)) or not found:
        raise toolkit.ObjectNotFound(_("There is no such date of receipt to be confirmed."))
    if any(one.confirmed for one in found):
        raise toolkit.ValidationError({"decisions": [_("This date is confirmed already.")]})
    if any(actor in (one.decision.actor, one.uploader) for one in found):
        message = _(
            "A second officer has to confirm it: neither who stated the date nor who uploaded"
            " the file."
        )
        raise toolkit.ValidationError({"decisions": [message]})
    made = [
        decisions.record(
            "received_confirm",
            reason=reason.strip() or _("The proof was examined."),
            actor=actor,
            answers=one.decision.id,
            event_id=one.decision.event_id,
            obligation_id=one.decision.obligation_id,
            item_id=one.decision.item_id,
            org_id=one.decision.org_id,
        )
        for one in found
    ]
    duties.touch({one.decision.org_id for one in found if one.decision.org_id})
    return made


def approve(event_ids: Collection[int], *, actor: str | None, reason: str = "") -> list[Decision]:
    """Approve contents as the head of the OPD.

    :raises toolkit.ValidationError: replaced in the meantime, or approved already
    """

    def check(one: Delivered) -> str | None:
        if not one.newest:
            return _replaced()
        return _("This delivery is approved already.") if one.approved else None

    return _decide(
        "approve", event_ids, actor, reason.strip() or _("Approved by the head of the OPD."), check
    )


def _replaced() -> str:
    return _("The file was replaced or withdrawn in the meantime: look at the newest one.")


def _refuse_decided(one: Delivered) -> str | None:
    if one.decision == "accept":
        return _("This delivery was accepted already. Take that decision back first.")
    if one.decision == "return":
        return _("This delivery was returned already. Take that decision back first.")
    return None if one.newest else _replaced()


def _decide(
    kind: str,
    event_ids: Collection[int],
    actor: str | None,
    reason: str,
    check: Callable[[Delivered], str | None],
    details: dict[str, Any] | Callable[[Delivered], dict[str, Any]] | None = None,
    **about: Any,
) -> list[Decision]:
    """Record one decision per content and duty, or none where one of them is refused."""
    review_queries.lock(event_ids)
    found = review_queries.delivered(event_ids)
    if not found or {one.event_id for one in found} != set(event_ids):
        raise toolkit.ObjectNotFound(_("There is no such delivery."))
    faults = [f"{one.item_name}, {one.period}: {fault}" for one in found if (fault := check(one))]
    if faults:
        raise toolkit.ValidationError({"events": faults})
    made = [
        decisions.record(
            kind,
            reason=reason,
            actor=actor,
            details=details(one) if callable(details) else details,
            event_id=one.event_id,
            obligation_id=one.obligation_id,
            item_id=one.item_id,
            org_id=one.org_id,
            **about,
        )
        for one in found
    ]
    duties.touch({one.org_id for one in found})
    return made


def mend_until(
    returned: dt.datetime, cutoff: dt.date, calendar: WorkCalendar, mend_days: int
) -> dt.date:
    """The last day on which a returned delivery can be mended: the cutoff, or some working days
    after the return where that is later."""
    day = local_date(returned, config.timezone())
    return max(cutoff, calendar.add_workdays(day, mend_days))
