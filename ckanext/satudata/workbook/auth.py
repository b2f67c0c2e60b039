"""Who may use workbooks; combines the permission vocabulary."""

from __future__ import annotations

import ckan.model as model
from ckan.plugins import toolkit
from ckan.types import AuthResult, Context, DataDict

from ..opd import permissions
from .model import WorkbookRun

__all__ = [
    "satudata_workbook_confirm",
    "satudata_workbook_create",
    "satudata_workbook_list",
    "satudata_workbook_show",
]


def _edits_some(context: Context) -> AuthResult:
    user = context.get("user")
    who = permissions.standing(user)
    if who.admin_of or who.editor_of or permissions.manages(user):
        return {"success": True}
    return {"success": False, "msg": toolkit._("Only editors of an organisation may do this")}


def _own(context: Context, data_dict: DataDict | None) -> AuthResult:
    """A run shows titles that its sender may see; others may not."""
    user = context.get("user")
    run = model.Session.get(WorkbookRun, (data_dict or {}).get("id") or "")
    sender = model.User.get(user) if user else None
    if permissions.manages(user) or (run and sender and run.created_by == sender.id):
        return {"success": True}
    return {"success": False, "msg": toolkit._("This upload belongs to somebody else")}


def satudata_workbook_create(context: Context, data_dict: DataDict | None) -> AuthResult:
    """Editors and admins of any organisation; each row asks again for its own."""
    return _edits_some(context)


def satudata_workbook_list(context: Context, data_dict: DataDict | None) -> AuthResult:
    """Editors and admins of any organisation: their own uploads."""
    return _edits_some(context)


def satudata_workbook_show(context: Context, data_dict: DataDict | None) -> AuthResult:
    """Who sent it, the walidata and sysadmins."""
    return _own(context, data_dict)


def satudata_workbook_confirm(context: Context, data_dict: DataDict | None) -> AuthResult:
    """Who sent it, the walidata and sysadmins; it is saved in the name of the sender."""
    return _own(context, data_dict)
