"""Who moves the yearly round, proposes for it and amends the register."""

from __future__ import annotations

from ckan.plugins import toolkit
from ckan.types import AuthResult, Context, DataDict

from ..opd import permissions
from ..opd import queries as opd_queries
from . import proposals
from .asking import item as asked_item
from .model import Proposal

__all__ = [
    "satudata_item_amend",
    "satudata_item_close",
    "satudata_item_confirm",
    "satudata_item_open",
    "satudata_proposal_answer",
    "satudata_proposal_create",
    "satudata_proposal_list",
    "satudata_proposal_withdraw",
    "satudata_round_discuss",
    "satudata_round_establish",
    "satudata_round_list",
    "satudata_round_move",
    "satudata_round_open",
    "satudata_round_show",
]


def _for_opd(context: Context, org_id: str | None) -> AuthResult:
    if permissions.edits_opd(context.get("user"), org_id):
        return {"success": True}
    return {"success": False, "msg": toolkit._("You may not act for this organisation.")}


def _every_user(context: Context) -> AuthResult:
    return {"success": bool(context.get("user"))}


def satudata_round_list(context: Context, data_dict: DataDict | None) -> AuthResult:
    """Every user who is logged in: the register is a decree."""
    return _every_user(context)


def satudata_round_show(context: Context, data_dict: DataDict | None) -> AuthResult:
    """Every user who is logged in; it gives numbers alone, not the proposals."""
    return _every_user(context)


def satudata_round_open(context: Context, data_dict: DataDict | None) -> AuthResult:
    """Walidata and sysadmins."""
    return permissions.only_managers(context)


def satudata_round_move(context: Context, data_dict: DataDict | None) -> AuthResult:
    """Walidata and sysadmins."""
    return permissions.only_managers(context)


def satudata_round_discuss(context: Context, data_dict: DataDict | None) -> AuthResult:
    """Walidata and sysadmins."""
    return permissions.only_managers(context)


def satudata_round_establish(context: Context, data_dict: DataDict | None) -> AuthResult:
    """Walidata and sysadmins."""
    return permissions.only_managers(context)


def satudata_proposal_list(context: Context, data_dict: DataDict | None) -> AuthResult:
    """Walidata, officers, and who edits for an OPD: he sees its own part."""
    user = context.get("user")
    who = permissions.standing(user)
    if permissions.reads_reports(user) or who.admin_of or who.editor_of:
        return {"success": True}
    text = toolkit._("Proposals are for the walidata, the officers and the editors of an OPD.")
    return {"success": False, "msg": text}


def satudata_proposal_create(context: Context, data_dict: DataDict) -> AuthResult:
    """Editors and admins of the OPD, admins above it, walidata."""
    item = asked_item(data_dict, "item_id")
    org_id = item.org_id if item else opd_queries.resolve(data_dict.get("org"))
    return _for_opd(context, org_id)


def satudata_proposal_withdraw(context: Context, data_dict: DataDict) -> AuthResult:
    """Editors and admins of the OPD that proposes, admins above it, walidata."""
    proposal: Proposal = proposals.get(toolkit.get_or_bust(data_dict, "id"))
    return _for_opd(context, proposal.org_id)


def satudata_proposal_answer(context: Context, data_dict: DataDict | None) -> AuthResult:
    """Walidata and sysadmins."""
    return permissions.only_managers(context)


def satudata_item_open(context: Context, data_dict: DataDict | None) -> AuthResult:
    """Walidata and sysadmins."""
    return permissions.only_managers(context)


def satudata_item_amend(context: Context, data_dict: DataDict | None) -> AuthResult:
    """Walidata and sysadmins."""
    return permissions.only_managers(context)


def satudata_item_close(context: Context, data_dict: DataDict | None) -> AuthResult:
    """Walidata and sysadmins."""
    return permissions.only_managers(context)


def satudata_item_confirm(context: Context, data_dict: DataDict) -> AuthResult:
    """Editors and admins of the OPD, admins above it, walidata; CKAN asks for the file as well."""
    item = asked_item(data_dict)
    return _for_opd(context, item.org_id if item else None)
