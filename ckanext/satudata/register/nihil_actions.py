"""Statements of nothing to report, and the taking back of decisions, as actions."""

from __future__ import annotations

from typing import Any

import ckan.model as model
from ckan.plugins import toolkit
from ckan.types import Context, DataDict

from ..text import is_storable
from . import nihil, revoking
from .decision_actions import saving, told, user_id
from .fields import Fields
from .model import Decision, Obligation

__all__ = ["satudata_decision_revoke", "satudata_nihil_answer", "satudata_nihil_claim"]

_ = toolkit._


def satudata_nihil_claim(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """State that the OPD has nothing to report for a duty; it counts once it is accepted.

    :param obligation_id: id of the duty; its item must allow nihil and its period be over
    :param reason: why there is nothing
    :returns: the decision of kind ``nihil_claim``, with its ``sentence``
    :raises ObjectNotFound: there is no such duty
    :raises ValidationError: by parameter: the item does not allow it, data were delivered, the
        duty is waived or the same was stated already

    Example::

        {"obligation_id": "6f0c…", "reason": "Tidak ada kejadian luar biasa pada Januari 2026."}
    """
    asked = str(toolkit.get_or_bust(data_dict, "obligation_id"))
    obligation = model.Session.get(Obligation, asked) if is_storable(asked) else None
    if obligation is None:
        raise toolkit.ObjectNotFound(_("There is no such duty"))
    toolkit.check_access("satudata_nihil_claim", context, {"obligation_id": obligation.id})
    fields = Fields(data_dict)
    reason = fields.text("reason")
    fields.check()
    with saving(context):
        made = nihil.claim(obligation.id, reason=reason, actor=user_id(context))
        answer = told([made])[0]
    return answer


def satudata_nihil_answer(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Accept or refuse a statement of nothing to report. For the walidata's own OPD Bappeda
    or BPS answers.

    :param id: id of the decision of kind ``nihil_claim``
    :param accept: yes or no
    :param reason: needed to refuse; the OPD reads it
    :returns: the answer, with its ``sentence``
    :raises ObjectNotFound: there is no such statement
    :raises ValidationError: by parameter; it was answered or taken back already, data came since

    Example::

        {"id": 31, "accept": false, "reason": "Data puskesmas menunjukkan dua kejadian."}
    """
    claim = _decision(data_dict)
    if claim.kind != "nihil_claim":
        raise toolkit.ObjectNotFound(_("There is no such statement"))
    toolkit.check_access("satudata_nihil_answer", context, {"id": claim.id})
    fields = Fields(data_dict)
    reason = fields.text("reason")
    accept = fields.flag("accept", required=True)
    fields.check()
    with saving(context):
        made = nihil.answer(claim.id, accept, reason=reason, actor=user_id(context))
        answer = told([made])[0]
    return answer


def satudata_decision_revoke(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Take a decision back by another, which stays in the log beside it.

    Waivers, extensions, requests, windows and working days by the walidata; answers and
    judgements by those who may judge; a statement of nothing to report or an approval by the OPD.

    :param id: id of the decision
    :param number: number of the letter, needed where the decision has one
    :param reason: why
    :param after_final: also where the quarter is frozen: later quarters and a revision follow
    :returns: the decision of kind ``revoke``, with its ``sentence``
    :raises ObjectNotFound: there is no such decision
    :raises ValidationError: by parameter; it was taken back already, its kind cannot be

    Example::

        {"id": 12, "number": "800/20/2026", "reason": "Salah memilih data."}
    """
    decision = _decision(data_dict)
    toolkit.check_access("satudata_decision_revoke", context, {"id": decision.id})
    fields = Fields(data_dict)
    letter = {name: fields.text(name) for name in ("number", "reason")}
    after_final = fields.flag("after_final")
    fields.check()
    with saving(context):
        made = revoking.revoke(decision, actor=user_id(context), after_final=after_final, **letter)
        answer = told([made])[0]
    return answer


def _decision(data_dict: DataDict) -> Decision:
    fields = Fields(data_dict)
    number = fields.number("id", required=True, most=2**63 - 1)
    fields.check()
    found = model.Session.get(Decision, number)
    if found is None:
        raise toolkit.ObjectNotFound(_("There is no such decision"))
    return found
