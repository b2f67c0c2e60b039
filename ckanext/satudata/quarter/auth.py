"""Who reads the report; combines the vocabulary of ``opd.permissions`` only."""

from __future__ import annotations

from typing import Any

from ckan.plugins import toolkit
from ckan.types import AuthResult, Context, DataDict

from ..opd import permissions
from .review_auth import (
    satudata_delivery_accept,
    satudata_delivery_approve,
    satudata_delivery_list,
    satudata_delivery_received,
    satudata_delivery_return,
    satudata_delivery_show,
    satudata_objection_answer,
    satudata_objection_create,
    satudata_objection_list,
    satudata_received_confirm,
)
from .ruleset_auth import (
    satudata_ruleset_create,
    satudata_ruleset_delete,
    satudata_ruleset_list,
    satudata_ruleset_show,
    satudata_ruleset_sign,
)
from .state_auth import (
    satudata_quarter_cutoff,
    satudata_quarter_finalise,
    satudata_quarter_list,
    satudata_quarter_objections,
    satudata_quarter_open,
    satudata_quarter_provisional,
    satudata_quarter_revise,
    satudata_quarter_show,
    satudata_quarter_verify,
)

__all__ = [
    "satudata_delivery_accept",
    "satudata_delivery_approve",
    "satudata_delivery_list",
    "satudata_delivery_received",
    "satudata_delivery_return",
    "satudata_delivery_show",
    "satudata_objection_answer",
    "satudata_objection_create",
    "satudata_objection_list",
    "satudata_obligation_list",
    "satudata_quarter_cutoff",
    "satudata_quarter_finalise",
    "satudata_quarter_list",
    "satudata_quarter_objections",
    "satudata_quarter_open",
    "satudata_quarter_provisional",
    "satudata_quarter_revise",
    "satudata_quarter_show",
    "satudata_quarter_verify",
    "satudata_received_confirm",
    "satudata_report_rows",
    "satudata_report_show",
    "satudata_ruleset_create",
    "satudata_ruleset_delete",
    "satudata_ruleset_list",
    "satudata_ruleset_show",
    "satudata_ruleset_sign",
]


def _answer(allowed: bool, message: str) -> AuthResult:
    return {"success": True} if allowed else {"success": False, "msg": message}


def _reads_some(user: str | None) -> bool:
    who = permissions.standing(user)
    return permissions.reads_reports(user) or bool(who.admin_of or who.editor_of)


def satudata_report_show(context: Context, data_dict: DataDict) -> AuthResult:
    """Walidata, officers, and who edits for an OPD: he sees his own part."""
    return _answer(
        _reads_some(context.get("user")),
        toolkit._("The report is for the walidata, the officers and the editors of an OPD."),
    )


def satudata_report_rows(context: Context, data_dict: DataDict) -> AuthResult:
    """As the report; rows of organisations that the user may not read are left out."""
    return satudata_report_show(context, data_dict)


def satudata_obligation_list(context: Context, data_dict: DataDict) -> AuthResult:
    """Editors and admins of the OPD, those above it, walidata and officers."""
    org_id: Any = data_dict.get("org_id")
    return _answer(
        permissions.reads_opd(context.get("user"), org_id),
        toolkit._("You may not read what this organisation owes."),
    )
