"""Who sees where a quarter stands and who moves it."""

from __future__ import annotations

from ckan.plugins import toolkit
from ckan.types import AuthResult, Context, DataDict

from .. import config
from ..opd import permissions

__all__ = [
    "satudata_quarter_cutoff",
    "satudata_quarter_finalise",
    "satudata_quarter_list",
    "satudata_quarter_objections",
    "satudata_quarter_open",
    "satudata_quarter_provisional",
    "satudata_quarter_revise",
    "satudata_quarter_show",
    "satudata_quarter_verify",
]


@toolkit.auth_allow_anonymous_access
def satudata_quarter_list(context: Context, data_dict: DataDict | None) -> AuthResult:
    """As the leaderboard: everyone if the option says so, else members and readers of reports."""
    user = context.get("user")
    if config.public_leaderboard() or permissions.reads_reports(user):
        return {"success": True}
    if permissions.standing(user).member_of:
        return {"success": True}
    return {"success": False, "msg": toolkit._("The quarters are for members of this portal.")}


@toolkit.auth_allow_anonymous_access
def satudata_quarter_show(context: Context, data_dict: DataDict | None) -> AuthResult:
    """As the list; what comes next and how the machinery runs is told to the walidata alone."""
    return satudata_quarter_list(context, data_dict)


def satudata_quarter_verify(context: Context, data_dict: DataDict | None) -> AuthResult:
    """Walidata and officers: whoever relies on a record may have it computed again."""
    if permissions.reads_reports(context.get("user")):
        return {"success": True}
    return {
        "success": False,
        "msg": toolkit._("Only the walidata and the officers may verify the records."),
    }


def satudata_quarter_open(context: Context, data_dict: DataDict | None) -> AuthResult:
    """Walidata and sysadmins."""
    return permissions.only_managers(context)


def satudata_quarter_cutoff(context: Context, data_dict: DataDict | None) -> AuthResult:
    """Walidata and sysadmins."""
    return permissions.only_managers(context)


def satudata_quarter_provisional(context: Context, data_dict: DataDict | None) -> AuthResult:
    """Walidata and sysadmins."""
    return permissions.only_managers(context)


def satudata_quarter_objections(context: Context, data_dict: DataDict | None) -> AuthResult:
    """Walidata and sysadmins."""
    return permissions.only_managers(context)


def satudata_quarter_finalise(context: Context, data_dict: DataDict | None) -> AuthResult:
    """Walidata and sysadmins."""
    return permissions.only_managers(context)


def satudata_quarter_revise(context: Context, data_dict: DataDict | None) -> AuthResult:
    """Walidata and sysadmins."""
    return permissions.only_managers(context)
