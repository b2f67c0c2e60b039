"""Nihil: an OPD's formal statement that there is nothing to report, valid once accepted.

Only for items marked *boleh nihil*; a zero in a table is data. A claim may also settle arrears
of a frozen quarter: what is frozen stays, later quarters show it.
"""

from __future__ import annotations

from collections.abc import Collection

from ckan import model
from ckan.plugins import toolkit

from .. import clock, locks
from ..opd import judges
from . import decisions, duties
from .dispensations import LOCK, is_revoked
from .duties import Duty
from .model import Decision

_ = toolkit._


def claim(obligation_id: str, *, reason: str, actor: str | None) -> Decision:
    """Record that the OPD has nothing to report for a duty, in this transaction.

    :param reason: why there is nothing, in the words of the OPD
    :raises toolkit.ObjectNotFound: no such duty
    :raises toolkit.ValidationError: the item does not allow it, the period is not over, data
        were delivered, the duty is waived or claimed already, or no reason
    """
    locks.hold(LOCK)
    duty = _duty(obligation_id)
    refusal = refuses_claim(duty)
    if refusal:
        raise toolkit.ValidationError({"obligation_id": [refusal]})
    if not reason.strip():
        fault = _("Write why there is nothing to report: whoever answers the statement reads it.")
        raise toolkit.ValidationError({"reason": [fault]})
    return _record("nihil_claim", duty, reason, actor)


def _duty(obligation_id: str) -> Duty:
    """The duty; one that lay ahead goes when the register no longer asks for it."""
    found = duties.of_ids([obligation_id])
    if not found:
        raise toolkit.ObjectNotFound(_("There is no such duty"))
    return found[0]


def refuses_claim(duty: Duty) -> str | None:
    """Why nobody can state that there is nothing to report for this duty; None: one can."""
    if not duty.allow_nihil:
        return _(
            "This item must be delivered; if the figure is zero, deliver a table that says so."
        )
    if duty.period_end >= clock.today():
        return _("The period is not over: something may still happen until {day}.").format(
            day=toolkit.h.satudata_date(duty.period_end)
        )
    if duty.delivered:
        return _("Data were delivered for it. Remove the period from that file first.")
    if duty.waiver:
        return _("It was waived by {number}; nothing is owed.").format(number=duty.waiver_number)
    if duty.claim and duty.accepted is None:
        return _("This was stated already and waits for an answer.")
    if duty.claim and duty.accepted:
        return _("This was stated and accepted already.")
    return None


def claimable(user: str | None, obligation_ids: Collection[str]) -> set[str]:
    """Those of the duties for which the user may state that there is nothing to report."""
    found = [duty for duty in duties.of_ids(obligation_ids) if refuses_claim(duty) is None]
    inside = {org for org in {duty.org_id for duty in found} if judges.acts_inside(user, org)}
    return {duty.id for duty in found if duty.org_id in inside}


def answer(claim_id: int, accept: bool, *, reason: str = "", actor: str | None) -> Decision:
    """Accept or refuse a claim, in this transaction.

    :param reason: needed to refuse
    :raises toolkit.ObjectNotFound: no such claim
    :raises toolkit.ValidationError: it was answered or taken back already, or data came since
    """
    locks.hold(LOCK)
    found = model.Session.get(Decision, claim_id)
    if found is None or found.kind != "nihil_claim":
        raise toolkit.ObjectNotFound(_("There is no such statement"))
    duty = _duty(found.obligation_id)
    if is_revoked(claim_id):
        raise toolkit.ValidationError({"id": [_("The OPD has taken this statement back.")]})
    if duty.claim != claim_id or duty.answer:
        raise toolkit.ValidationError({"id": [_("This statement was answered already.")]})
    if accept and duty.delivered:
        fault = _("Data were delivered for it since; refuse the statement or judge the file.")
        raise toolkit.ValidationError({"id": [fault]})
    if accept and not reason.strip():
        reason = _("Accepted as stated.")
    kind = "nihil_accept" if accept else "nihil_refuse"
    return _record(kind, duty, reason, actor, claim_id)


def _record(
    kind: str, duty: Duty, reason: str, actor: str | None, answers: int | None = None
) -> Decision:
    written = decisions.record(
        kind,
        reason=reason,
        actor=actor,
        answers=answers,
        obligation_id=duty.id,
        item_id=duty.item_id,
        org_id=duty.org_id,
        year=duty.year,
        tw=duty.tw,
    )
    duties.touch([duty.org_id])
    return written
