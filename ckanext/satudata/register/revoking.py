"""Taking a decision back: what each kind has to undo beside the record itself."""

from __future__ import annotations

import ckan.model as model
import sqlalchemy as sa
from ckan.plugins import toolkit

from . import dispensations, obligations, requests, windows, workdays
from .model import DataRequest, Decision, Window

_ = toolkit._

BY_WALIDATA = ("request", "window", "holiday")
BY_JUDGES = (
    "waiver", "extension", "nihil_accept", "nihil_refuse", "accept", "return", "received",
    "received_confirm",
)  # fmt: skip
BY_OPD = ("nihil_claim",)
BY_HEAD = ("approve",)
"""Kinds that can be taken back, by who may."""

KINDS = (*BY_WALIDATA, *BY_JUDGES, *BY_OPD, *BY_HEAD)


def revoke(
    decision: Decision,
    *,
    reason: str,
    actor: str | None,
    number: str | None = None,
    after_final: bool = False,
) -> Decision:
    """Take a decision back with all that follows from it, in this transaction.

    :raises toolkit.ValidationError: its kind cannot be taken back, it was already, it has been
        answered, its quarter is frozen
    """
    if decision.kind not in KINDS:
        fault = _("A decision of this kind is not taken back; decide anew.")
        raise toolkit.ValidationError({"id": [fault]})
    if decision.kind == "request":
        request = model.Session.scalars(
            sa.select(DataRequest).filter_by(decision_id=decision.id)
        ).one()
        return requests.withdraw(request, reason=reason, number=number, actor=actor)
    if decision.kind == "window":
        window = model.Session.scalars(sa.select(Window).filter_by(decision_id=decision.id)).one()
        return windows.close(window, reason=reason, number=number, actor=actor)
    if _answered(decision):
        fault = _("It was answered already; the answer must be taken back first.")
        raise toolkit.ValidationError({"id": [fault]})
    if decision.kind == workdays.KIND and decision.day and (fault := workdays.frozen(decision.day)):
        raise toolkit.ValidationError({"id": [fault]})
    back = dispensations.revoke(
        decision, reason=reason, actor=actor, number=number, after_final=after_final
    )
    if decision.kind == "holiday":
        obligations.ensure()  # due days follow the working days
    return back


def _answered(decision: Decision) -> bool:
    later = sa.orm.aliased(Decision)
    answers = sa.select(Decision.id).where(
        Decision.answers == decision.id, ~sa.exists().where(later.revokes == Decision.id)
    )
    return model.Session.scalar(answers.limit(1)) is not None
