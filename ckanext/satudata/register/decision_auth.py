"""Who decides about duties, and who reads what was decided."""

from __future__ import annotations

import ckan.model as model
from ckan.plugins import toolkit
from ckan.types import AuthResult, Context, DataDict

from .. import config
from ..opd import judges, permissions
from . import duties, revoking
from .model import Decision

__all__ = [
    "satudata_decision_list",
    "satudata_decision_revoke",
    "satudata_extension_create",
    "satudata_nihil_answer",
    "satudata_nihil_claim",
    "satudata_request_create",
    "satudata_request_list",
    "satudata_request_show",
    "satudata_waiver_create",
    "satudata_window_close",
    "satudata_window_create",
    "satudata_window_list",
]


@toolkit.auth_allow_anonymous_access
def satudata_decision_list(context: Context, data_dict: DataDict | None) -> AuthResult:
    """Every user who is logged in, visitors while the leaderboard is public: no deadline moves
    quietly. What concerns one OPD alone is left out for those who may not read it."""
    if context.get("user") or config.public_leaderboard():
        return {"success": True}
    return {"success": False, "msg": toolkit._("Log in to read the decisions.")}


def _every_user(context: Context) -> AuthResult:
    return {"success": bool(context.get("user"))}


def satudata_request_list(context: Context, data_dict: DataDict | None) -> AuthResult:
    """Every user who is logged in: what is owed is no secret."""
    return _every_user(context)


def satudata_request_show(context: Context, data_dict: DataDict | None) -> AuthResult:
    """Every user who is logged in: what is owed is no secret."""
    return _every_user(context)


def satudata_window_list(context: Context, data_dict: DataDict | None) -> AuthResult:
    """Every user who is logged in."""
    return _every_user(context)


@toolkit.auth_sysadmins_check
def satudata_waiver_create(context: Context, data_dict: DataDict | None) -> AuthResult:
    """Who judges all organisations that owe the ``obligations``; without any: who judges some."""
    return _judges_duties(context, data_dict)


@toolkit.auth_sysadmins_check
def satudata_extension_create(context: Context, data_dict: DataDict | None) -> AuthResult:
    """As for a waiver: nobody lets himself off."""
    return _judges_duties(context, data_dict)


def _judges_duties(context: Context, data_dict: DataDict | None) -> AuthResult:
    user, ids = context.get("user"), (data_dict or {}).get("obligations")
    if not judges.judges_some(user):
        return _denied(toolkit._("Only the walidata may do this"))
    if ids and not judges.judges_all(user, duties.owing(ids)):
        return _denied(
            toolkit._(
                "Duties of the walidata's own OPD are decided about by Bappeda or BPS, all "
                "others by the walidata."
            )
        )
    return {"success": True}


def satudata_request_create(context: Context, data_dict: DataDict | None) -> AuthResult:
    """Walidata and sysadmins; the requester is named in the request."""
    return permissions.only_managers(context)


def satudata_window_create(context: Context, data_dict: DataDict | None) -> AuthResult:
    """Walidata and sysadmins."""
    return permissions.only_managers(context)


def satudata_window_close(context: Context, data_dict: DataDict | None) -> AuthResult:
    """Walidata and sysadmins."""
    return permissions.only_managers(context)


def _denied(message: str) -> AuthResult:
    return {"success": False, "msg": message}


def satudata_nihil_claim(context: Context, data_dict: DataDict) -> AuthResult:
    """Who works for the OPD that owes the duty (``obligation_id``), up to its penanggung."""
    owing = duties.owing([toolkit.get_or_bust(data_dict, "obligation_id")])
    if any(judges.acts_inside(context.get("user"), org_id) for org_id in owing):
        return {"success": True}
    return _denied(toolkit._("Only the OPD itself states that it has nothing to report."))


@toolkit.auth_sysadmins_check
def satudata_nihil_answer(context: Context, data_dict: DataDict) -> AuthResult:
    """Who judges the organisation of the statement (``id``)."""
    claim = model.Session.get(Decision, toolkit.get_or_bust(data_dict, "id"))
    if claim and claim.org_id and judges.may_judge(context.get("user"), claim.org_id):
        return {"success": True}
    return _denied(toolkit._("You do not judge what this organisation delivers."))


@toolkit.auth_sysadmins_check
def satudata_decision_revoke(context: Context, data_dict: DataDict) -> AuthResult:
    """Those who may make a decision (``id``) of its kind about its organisation."""
    decision = model.Session.get(Decision, toolkit.get_or_bust(data_dict, "id"))
    if decision and _may_revoke(context.get("user"), decision):
        return {"success": True}
    return _denied(toolkit._("You may not take this decision back."))


def _may_revoke(user: str | None, decision: Decision) -> bool:
    if decision.kind in revoking.BY_JUDGES:
        return bool(decision.org_id) and judges.may_judge(user, decision.org_id or "")
    if decision.kind in revoking.BY_OPD:
        return bool(decision.org_id) and judges.acts_inside(user, decision.org_id or "")
    if decision.kind in revoking.BY_HEAD:
        return bool(decision.org_id) and judges.heads(user, decision.org_id or "")
    return permissions.manages(user)
