"""Who may use the actions of the tree and see personal data; combines the permission vocabulary.

The metadata room, whose actions the latter are, comes before rights are known.
"""

from __future__ import annotations

from ckan import authz
from ckan.plugins import toolkit
from ckan.types import AuthResult, Context, DataDict

from . import permissions

__all__ = [
    "satudata_contact_show",
    "satudata_contact_update",
    "satudata_officer_create",
    "satudata_officer_delete",
    "satudata_officer_list",
    "satudata_opd_tree",
    "satudata_paper_coverage",
    "satudata_succession_list",
]


@toolkit.auth_allow_anonymous_access
def satudata_opd_tree(context: Context, data_dict: DataDict | None) -> AuthResult:
    """Everyone: the organisations are public on stock CKAN too."""
    return {"success": True}


def satudata_officer_list(context: Context, data_dict: DataDict | None) -> AuthResult:
    """Walidata and sysadmins."""
    return permissions.only_managers(context)


def satudata_officer_create(context: Context, data_dict: DataDict | None) -> AuthResult:
    """Walidata and sysadmins."""
    return permissions.only_managers(context)


def satudata_officer_delete(context: Context, data_dict: DataDict | None) -> AuthResult:
    """Walidata and sysadmins."""
    return permissions.only_managers(context)


def satudata_contact_show(context: Context, data_dict: DataDict | None) -> AuthResult:
    """Those who may edit the activity (its OPD, walidata, sysadmins), and the data steward
    (BPS), who examines it, where he may read it."""
    may_edit = authz.is_authorized("package_update", context, data_dict)
    if may_edit["success"] or not permissions.is_data_steward(context.get("user")):
        return may_edit
    return authz.is_authorized("package_show", context, data_dict)


def satudata_contact_update(context: Context, data_dict: DataDict | None) -> AuthResult:
    """Those who may edit the activity."""
    return authz.is_authorized("package_update", context, data_dict)


def satudata_paper_coverage(context: Context, data_dict: DataDict | None) -> AuthResult:
    """Walidata and officers; who belongs to an organisation sees its own row."""
    user = context.get("user")
    if permissions.reads_reports(user) or permissions.standing(user).member_of:
        return {"success": True}
    return {
        "success": False,
        "msg": toolkit._("The papers are shown to the walidata, the officers and the members"),
    }


@toolkit.auth_allow_anonymous_access
def satudata_succession_list(context: Context, data_dict: DataDict | None) -> AuthResult:
    """Everyone: the pages of the organisations say it, and a decree is public."""
    return {"success": True}
