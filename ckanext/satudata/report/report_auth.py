"""Who reads the report; combines the vocabulary of ``opd.permissions`` only."""

from __future__ import annotations

from typing import Any

import ckan.model as model
import sqlalchemy as sa
from ckan.plugins import toolkit
from ckan.types import AuthResult, Context, DataDict

from ..opd import permissions
from ..text import is_storable
from .model import ExportRun

__all__ = [
    "satudata_arrears_list",
    "satudata_export_create",
    "satudata_export_show",
    "satudata_obligation_list",
    "satudata_obligation_show",
    "satudata_report_rows",
    "satudata_report_show",
    "satudata_trend_show",
    "satudata_year_show",
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


def satudata_arrears_list(context: Context, data_dict: DataDict) -> AuthResult:
    """As the report; rows of organisations that the user may not read are left out."""
    return satudata_report_show(context, data_dict)


def satudata_year_show(context: Context, data_dict: DataDict) -> AuthResult:
    """As the report; organisations that the user may not read are left out."""
    return satudata_report_show(context, data_dict)


def satudata_export_create(context: Context, data_dict: DataDict) -> AuthResult:
    """As the report: the file has the rows that the user may read."""
    return satudata_report_show(context, data_dict)


def satudata_export_show(context: Context, data_dict: DataDict) -> AuthResult:
    """Who asked for the file, and sysadmins: it holds what that user might see."""
    user, id = context.get("user"), str(data_dict.get("id") or "")
    run = model.Session.get(ExportRun, id) if is_storable(id) else None
    own = run is not None and bool(user) and model.User.get(user).id == run.created_by
    return _answer(
        own or permissions.standing(user).sysadmin,
        toolkit._("Only who asked for this file may fetch it."),
    )


def satudata_obligation_list(context: Context, data_dict: DataDict) -> AuthResult:
    """Editors and admins of the OPD, those above it, walidata and officers."""
    org_id: Any = data_dict.get("org_id")
    return _answer(
        permissions.reads_opd(context.get("user"), org_id),
        toolkit._("You may not read what this organisation owes."),
    )


_OWED_BY = sa.text(
    """
    SELECT org_id FROM satudata_obligation WHERE id = :id
    UNION SELECT org_id FROM satudata_final_row WHERE obligation_id = :id
    """
)


def satudata_obligation_show(context: Context, data_dict: DataDict) -> AuthResult:
    """Who may read what the OPD owes, of today or of a final quarter."""
    user, id = context.get("user"), str(data_dict.get("id") or "")
    allowed = permissions.reads_reports(user)
    if not allowed and _reads_some(user) and is_storable(id):
        owed_by = model.Session.execute(_OWED_BY, {"id": id}).scalars()
        allowed = any(permissions.reads_opd(user, org_id) for org_id in owed_by)
    return _answer(allowed, toolkit._("You may not read what this organisation owes."))


def satudata_trend_show(context: Context, data_dict: DataDict) -> AuthResult:
    """Who may read what the OPD owes."""
    return satudata_obligation_list(context, data_dict)
