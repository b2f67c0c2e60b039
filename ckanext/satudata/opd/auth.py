"""Who may use the actions of the tree; combines the permission vocabulary."""

from __future__ import annotations

from ckan.plugins import toolkit
from ckan.types import AuthResult, Context, DataDict

from . import permissions

__all__ = [
    "satudata_officer_create",
    "satudata_officer_delete",
    "satudata_officer_list",
    "satudata_opd_tree",
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
