"""Who sees the leaderboard: the public by option, else those who work with the data."""

from __future__ import annotations

from typing import Any

from ckan.plugins import toolkit
from ckan.types import AuthResult, Context

from .. import config
from ..opd import permissions

__all__ = [
    "satudata_leaderboard_show",
    "satudata_simulation_create",
    "satudata_simulation_show",
]


@toolkit.auth_allow_anonymous_access
def satudata_leaderboard_show(context: Context, data_dict: dict[str, Any] | None) -> AuthResult:
    """Everyone if the option says so; else members of an organisation and readers of reports."""
    user = context.get("user")
    if config.public_leaderboard() or permissions.reads_reports(user):
        return {"success": True}
    if permissions.standing(user).member_of:
        return {"success": True}
    return {"success": False, "msg": toolkit._("The leaderboard is for members of this portal.")}


def satudata_simulation_create(context: Context, data_dict: dict[str, Any] | None) -> AuthResult:
    """Walidata and sysadmins."""
    return permissions.only_managers(context)


def satudata_simulation_show(context: Context, data_dict: dict[str, Any] | None) -> AuthResult:
    """Walidata and officers, who read the report of every organisation."""
    if permissions.reads_reports(context.get("user")):
        return {"success": True}
    return {"success": False, "msg": toolkit._("Only the walidata and officers may do this")}
