"""Who reads receipts: the OPD's editors and admins, those above it, walidata and officers."""

from __future__ import annotations

from ckan.plugins import toolkit
from ckan.types import AuthResult, Context, DataDict

from ..opd import permissions, queries
from . import receipt_queries

__all__ = [
    "satudata_receipt_list",
    "satudata_receipt_show",
]


def satudata_receipt_show(context: Context, data_dict: DataDict) -> AuthResult:
    """Who may read what the OPD of the receipt (``number``) owes."""
    return _answer(context, receipt_queries.orgs_of("number", str(data_dict.get("number"))))


def satudata_receipt_list(context: Context, data_dict: DataDict) -> AuthResult:
    """Who may read what the OPD owes: of ``org_id``, ``package_id`` or ``resource_id``."""
    if data_dict.get("org_id"):
        org_id = queries.resolve(data_dict["org_id"])
        return _answer(context, {org_id} if org_id else set())
    by = "package_id" if data_dict.get("package_id") else "resource_id"
    return _answer(context, receipt_queries.orgs_of(by, str(data_dict.get(by))))


def _answer(context: Context, org_ids: set[str]) -> AuthResult:
    user = context.get("user")
    if permissions.reads_reports(user) or any(permissions.reads_opd(user, id) for id in org_ids):
        return {"success": True}
    message = toolkit._("Only the OPD, the walidata and officers may read its receipts.")
    return {"success": False, "msg": message}
