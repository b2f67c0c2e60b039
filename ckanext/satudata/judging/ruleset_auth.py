"""Who reads, drafts and signs rule sets."""

from __future__ import annotations

from ckan.plugins import toolkit
from ckan.types import AuthResult, Context, DataDict

from ..opd import permissions

__all__ = [
    "satudata_ruleset_create",
    "satudata_ruleset_delete",
    "satudata_ruleset_list",
    "satudata_ruleset_show",
    "satudata_ruleset_sign",
]


@toolkit.auth_allow_anonymous_access
def satudata_ruleset_list(context: Context, data_dict: DataDict | None) -> AuthResult:
    """Everybody: rules that judge in public are public; the action leaves out the drafts."""
    return {"success": True}


@toolkit.auth_allow_anonymous_access
def satudata_ruleset_show(context: Context, data_dict: DataDict | None) -> AuthResult:
    """Everybody; a draft is found by walidata and officers alone."""
    return {"success": True}


def satudata_ruleset_create(context: Context, data_dict: DataDict | None) -> AuthResult:
    """Walidata and sysadmins."""
    return permissions.only_managers(context)


def satudata_ruleset_sign(context: Context, data_dict: DataDict | None) -> AuthResult:
    """Walidata and sysadmins."""
    return permissions.only_managers(context)


def satudata_ruleset_delete(context: Context, data_dict: DataDict | None) -> AuthResult:
    """Walidata and sysadmins."""
    return permissions.only_managers(context)
