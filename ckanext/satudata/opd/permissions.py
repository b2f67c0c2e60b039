"""The vocabulary of rights; the auth functions of all rooms only combine these.

The first argument is a user's id or name (None or "" for a visitor). What the
database says of a user is read once and kept for the rest of a web request.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import ckan.model as model
import flask
import sqlalchemy as sa
from ckan.plugins import toolkit
from ckan.types import AuthResult, Context

from . import queries


@dataclass(frozen=True)
class Standing:
    """What a user is: memberships by capacity (organisation ids) and offices."""

    sysadmin: bool = False
    admin_of: frozenset[str] = frozenset()
    editor_of: frozenset[str] = frozenset()
    member_of: frozenset[str] = frozenset()
    offices: frozenset[str] = frozenset()
    paths: dict[str, frozenset[str]] = field(default_factory=dict, compare=False)

    def path(self, org_id: str) -> frozenset[str]:
        """The organisation and all above it, read once per standing."""
        if org_id not in self.paths:
            self.paths[org_id] = frozenset(queries.path(org_id)) | {org_id}
        return self.paths[org_id]


_NOBODY = Standing()

_STANDING = sa.text(
    """
    SELECT u.sysadmin, m.capacity, m.group_id,
           ARRAY(SELECT office FROM satudata_officer f WHERE f.user_id = u.id) AS offices
    FROM "user" u
    LEFT JOIN member m ON m.table_id = u.id AND m.table_name = 'user' AND m.state = 'active'
    WHERE (u.id = :user OR u.name = :user) AND u.state = 'active'
    """
)


def _read(user: str) -> Standing:
    rows = model.Session.execute(_STANDING, {"user": user}).all()
    if not rows:
        return _NOBODY

    def groups(*capacities: str) -> frozenset[str]:
        return frozenset(row.group_id for row in rows if row.capacity in capacities)

    return Standing(
        sysadmin=bool(rows[0].sysadmin),
        admin_of=groups("admin"),
        editor_of=groups("editor"),
        member_of=groups("admin", "editor", "member"),
        offices=frozenset(rows[0].offices),
    )


def _cached(key: str, compute):
    """``compute()``, once per web request; never kept outside one."""
    if not flask.has_request_context():
        return compute()
    kept = flask.g.setdefault("satudata_permissions", {})
    if key not in kept:
        kept[key] = compute()
    return kept[key]


def forget() -> None:
    """Drop what this request has read of rights: after a change of members, tree or offices."""
    if flask.has_request_context():
        flask.g.pop("satudata_permissions", None)


def standing(user: str | None) -> Standing:
    """What the user is; an unknown, deleted or absent user is nobody."""
    return _cached(f"user:{user}", lambda: _read(user)) if user else _NOBODY


def manages(user: str | None) -> bool:
    """Sysadmin or walidata (admin of the root organisation)."""
    who = standing(user)
    return who.sysadmin or (bool(who.admin_of) and _cached("root", queries.root_id) in who.admin_of)


def is_data_steward(user: str | None) -> bool:
    """Has the office of the pembina data (BPS), who examines statistical activities."""
    return "pembina_data" in standing(user).offices


def reads_reports(user: str | None) -> bool:
    """May read the report of every organisation: walidata and officers."""
    return bool(standing(user).offices) or manages(user)


def reach(user: str | None) -> dict[str, Any]:
    """The same of many rows, as bound values of SQL: ``reads_all``, else ``branches``, the
    organisations that he reads with all below them."""
    who = standing(user)
    return {"reads_all": reads_reports(user), "branches": sorted(who.admin_of | who.editor_of)}


def reads_opd(user: str | None, org_id: str | None) -> bool:
    """May read what this organisation owes: its editors and admins, those above it,
    and everyone who reads all reports. ``org_id`` is an id, never a name."""
    if reads_reports(user):
        return True
    who = standing(user)
    if not org_id or not (who.admin_of or who.editor_of):
        return False
    return bool(who.path(org_id) & (who.admin_of | who.editor_of))


def edits_opd(user: str | None, org_id: str | None) -> bool:
    """May act for this organisation: its own editors and admins, admins above it, walidata."""
    if manages(user):
        return True
    who = standing(user)
    if not org_id or not (who.admin_of or who.editor_of):
        return False
    return org_id in who.editor_of or bool(who.path(org_id) & who.admin_of)


def only_managers(context: Context) -> AuthResult:
    """The answer of an auth function that lets walidata and sysadmins alone."""
    if manages(context.get("user")):
        return {"success": True}
    return {"success": False, "msg": toolkit._("Only the walidata may do this")}


def site_user() -> str:
    """Name of the user in whose name jobs and commands act, where no person does."""
    return toolkit.get_action("get_site_user")({"ignore_auth": True}, {})["name"]


def sight(user: str | None) -> dict[str, Any]:
    """Whose private datasets the user sees, as arguments of ``queries.tree``."""
    who = standing(user)
    return {"sees_all": manages(user), "member_of": who.member_of, "admin_of": who.admin_of}
