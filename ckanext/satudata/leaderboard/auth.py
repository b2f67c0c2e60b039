"""Who sees the leaderboard: the public by option, else those who work with the data."""

from __future__ import annotations

from typing import Any

from ckan.plugins import toolkit
from ckan.types import AuthResult, Context

from .. import config
from ..opd import permissions

__all__ = ["satudata_leaderboard_show"]


@toolkit.auth_allow_anonymous_access
def satudata_leaderboard_show(context: Context, data_dict: dict[str, Any] | None) -> AuthResult:
    """Everyone if the option says so; else members of an organisation and readers of reports."""
    user = context.get("user")
    if config.public_leaderboard() or permissions.reads_reports(user):
        return {"success": True}
    if permissions.standing(user).member_of:
        return {"success": True}
    return {"success": False, "msg": toolkit._("The leaderboard is for members of this portal.")}
