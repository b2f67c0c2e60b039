"""Core's actions on organisations with the tree's rules around them, and the officers."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import asdict
from typing import Any

import ckan.model as model
import sqlalchemy as sa
from ckan.plugins import toolkit
from ckan.types import Context, DataDict

from .. import locks
from ..text import is_storable
from . import facts, jobs, officers, papers, permissions, queries, succession, tree

__all__ = [
    "group_delete",
    "group_purge",
    "group_update",
    "member_create",
    "member_delete",
    "organization_create",
    "organization_delete",
    "organization_purge",
    "organization_update",
    "satudata_officer_create",
    "satudata_officer_delete",
    "satudata_officer_list",
    "satudata_opd_tree",
    "satudata_paper_coverage",
    "satudata_succession_list",
]

BULK = "satudata_bulk"
"""Context key of the loader, which checks the whole tree and refreshes once."""

_ = toolkit._
Action = Callable[[Context, DataDict], Any]


def _organization(reference: Any) -> model.Group | None:
    """The organisation of the tree with this id or name; None for plain and custom groups."""
    group = model.Group.get(reference) if isinstance(reference, str) else None
    return group if group and group.is_organization and group.type == "organization" else None


def _save(up: Action, context: Context, data_dict: DataDict) -> Any:
    """Core's save and the facts in one transaction."""
    deferred = context.get("defer_commit", False)
    context["defer_commit"] = True
    try:
        result = up(context, data_dict)
        if not context.get(BULK):
            _refresh()
    finally:
        context["defer_commit"] = deferred
    if not deferred:
        model.repo.commit()
    return result


def _refresh() -> None:
    facts.refresh()
    jobs.enqueue_after_commit()
    permissions.forget()


@toolkit.chained_action
def organization_create(up: Action, context: Context, data_dict: DataDict) -> Any:
    """Core's action; the parent is checked and the tree's facts are kept."""
    if data_dict.get("type", "organization") != "organization":
        return up(context, data_dict)
    if not context.get(BULK):
        toolkit.check_access("organization_create", context, data_dict)
        tree.check_stated_parents(context, None, data_dict.get("groups"))
    return _save(up, context, data_dict)


def _update(name: str, up: Action, context: Context, data_dict: DataDict) -> Any:
    org = _organization(data_dict.get("id"))
    if org is None:
        return up(context, data_dict)
    if not context.get(BULK):
        toolkit.check_access(name, context, data_dict)
        _check_kind(context, org, data_dict)
        _check_state(org, data_dict)
        tree.check_stated_parents(context, org.id, data_dict.get("groups"))
    return _save(up, context, data_dict)


def _check_kind(context: Context, org: model.Group, data_dict: DataDict) -> None:
    """Kind and role decide who answers and is scored: not for the organisation itself to say."""
    changed = [
        key
        for key in ("sd_jenis_opd", "sd_peran_sdi")
        if (data_dict.get(key) or "") != (org.extras.get(key) or "")
    ]
    if not changed or context.get("ignore_auth"):
        return
    user = context.get("user")
    above = tree.parents_of(org.id)
    if permissions.manages(user) or any(permissions.edits_opd(user, one) for one in above):
        return
    message = _("Only the walidata or an admin of the organisation above may change this")
    raise toolkit.ValidationError({key: [message] for key in changed})


def _check_state(org: model.Group, data_dict: DataDict) -> None:
    """Setting the state is another way to delete and to bring back."""
    state = data_dict.get("state", org.state)
    if state == org.state:
        return
    if state == "deleted":
        tree.check_deletable(org.id)
    elif "groups" not in data_dict:
        for parent_id in tree.parents_of(org.id):
            tree.check_parent(org.id, parent_id)


@toolkit.chained_action
def organization_update(up: Action, context: Context, data_dict: DataDict) -> Any:
    """Core's action; parent, kind and state are checked and the tree's facts are kept."""
    return _update("organization_update", up, context, data_dict)


@toolkit.chained_action
def group_update(up: Action, context: Context, data_dict: DataDict) -> Any:
    """Core's action, which takes organisations too: the same rules for these."""
    return _update("group_update", up, context, data_dict)


def _remove(name: str, up: Action, context: Context, data_dict: DataDict) -> Any:
    org = _organization(data_dict.get("id"))
    if org is None:
        return up(context, data_dict)
    toolkit.check_access(name, context, data_dict)
    tree.check_deletable(org.id)
    org_id = org.id
    # Core's delete and purge commit by themselves, so the row goes before them.
    model.Session.execute(sa.text("DELETE FROM satudata_opd WHERE org_id = :org"), {"org": org_id})
    try:
        # By name, core's delete would leave the rows that tie it to its parent.
        result = up(context, {**data_dict, "id": org_id})
    except Exception:
        model.Session.rollback()
        raise
    _refresh()
    model.repo.commit()
    return result


@toolkit.chained_action
def organization_delete(up: Action, context: Context, data_dict: DataDict) -> Any:
    """Core's action; refused while there are units or a reason of another room."""
    return _remove("organization_delete", up, context, data_dict)


@toolkit.chained_action
def organization_purge(up: Action, context: Context, data_dict: DataDict) -> Any:
    """Core's action; refused while there are units or a reason of another room."""
    return _remove("organization_purge", up, context, data_dict)


@toolkit.chained_action
def group_delete(up: Action, context: Context, data_dict: DataDict) -> Any:
    """Core's action, which takes organisations too: the same rules for these."""
    return _remove("group_delete", up, context, data_dict)


@toolkit.chained_action
def group_purge(up: Action, context: Context, data_dict: DataDict) -> Any:
    """Core's action, which takes organisations too: the same rules for these."""
    return _remove("group_purge", up, context, data_dict)


@toolkit.chained_action
def member_create(up: Action, context: Context, data_dict: DataDict) -> Any:
    """Core's action; where it sets an organisation's parent, the tree's rules apply."""
    child = _organization(data_dict.get("id"))
    if child is None or data_dict.get("object_type") != "group":
        permissions.forget()
        return up(context, data_dict)
    toolkit.check_access("member_create", context, data_dict)
    parent = _organization(data_dict.get("object"))
    if parent is None or parent.state != "active":
        raise toolkit.ValidationError({"object": [_("The parent must be an active organisation")]})
    if parent.id not in tree.parents_of(child.id):
        tree.check_parent(child.id, parent.id)
        tree.check_rights(context, {parent.id})
    return _save(up, context, data_dict)


@toolkit.chained_action
def member_delete(up: Action, context: Context, data_dict: DataDict) -> Any:
    """Core's action; where it takes an organisation's parent away, the facts follow."""
    child = _organization(data_dict.get("id"))
    parent = _organization(data_dict.get("object"))
    if data_dict.get("object_type") != "group" or child is None or parent is None:
        permissions.forget()
        return up(context, data_dict)
    toolkit.check_access("member_delete", context, data_dict)
    locks.hold(tree.LOCK)
    tree.check_rights(context, {parent.id})
    # Core's action commits by itself; with the rows gone already it finds nothing
    # to do, so that rows and facts change in one transaction.
    for link in tree.links(child.id, [parent.id]):
        link.delete()
    _refresh()
    result = up(context, data_dict)
    model.repo.commit()
    return result


@toolkit.side_effect_free
def satudata_opd_tree(context: Context, data_dict: DataDict) -> list[dict[str, Any]]:
    """The organisation tree: top-level organisations with their units nested as ``children``.

    ``own`` and ``total`` count the datasets the caller may see, without and
    with the units; ``stale`` says that the search index still has the old place.
    """
    toolkit.check_access("satudata_opd_tree", context, data_dict)
    return [asdict(node) for node in queries.tree(**permissions.sight(context.get("user")))]


def _asked(data_dict: DataDict) -> tuple[model.User | None, str]:
    """The user of a name or id, if there is one, and the office; what is no text is of nobody."""
    reference, office = (
        value if isinstance(value, str) and is_storable(value) else ""
        for value in toolkit.get_or_bust(data_dict, ["user", "office"])
    )
    return model.User.get(reference), office


def _user_and_office(data_dict: DataDict) -> tuple[model.User, str]:
    user, office = _asked(data_dict)
    errors = {}
    if user is None or user.state != "active":
        errors["user"] = [_("There is no such active user")]
    if office not in officers.OFFICES:
        errors["office"] = [_("There is no such office")]
    if errors:
        raise toolkit.ValidationError(errors)
    return user, office


def satudata_officer_create(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Give a user an office that reads all reports.

    :param user: name or id
    :param office: ``pembina_data``, ``koordinator``, ``sekda`` or ``kepala_daerah``
    :returns: ``user_id``, ``office`` and ``created`` (False: had it already)
    """
    toolkit.check_access("satudata_officer_create", context, data_dict)
    user, office = _user_and_office(data_dict)
    by = model.User.get(context.get("user"))
    created = officers.appoint(user.id, office, by.id if by else None)
    if not context.get("defer_commit"):
        model.repo.commit()
    return {"user_id": user.id, "office": office, "created": created}


def satudata_officer_delete(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Take an office from a user; raises ObjectNotFound where he does not have it."""
    toolkit.check_access("satudata_officer_delete", context, data_dict)
    user, office = _asked(data_dict)
    if user is None or not officers.dismiss(user.id, office):
        raise toolkit.ObjectNotFound(_("This user does not have this office"))
    if not context.get("defer_commit"):
        model.repo.commit()
    return {"user_id": user.id, "office": office}


@toolkit.side_effect_free
def satudata_officer_list(context: Context, data_dict: DataDict) -> list[dict[str, Any]]:
    """All active users with an office."""
    toolkit.check_access("satudata_officer_list", context, data_dict)
    rows = officers.listed()
    return [{**row, "appointed_at": row["appointed_at"].isoformat()} for row in rows]


@toolkit.side_effect_free
def satudata_paper_coverage(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Which organisation has which governance paper (dokumen).

    :param kind: only papers of this kind (optional)
    :param state: only rows in this state: ``valid``, ``expired``, ``no_file``, ``none`` (optional)
    :param org_kind: only organisations of this kind, such as ``kecamatan`` (optional)
    :returns: ``totals`` (per kind of paper, how many organisations stand in which state,
        whatever ``kind`` and ``state`` ask for), ``org_kinds`` (kinds of organisation there
        are) and ``rows`` (``papers.Coverage`` as dicts)
    :raises toolkit.ValidationError: an unknown kind or state
    """
    toolkit.check_access("satudata_paper_coverage", context, data_dict)
    _check_choice(data_dict, "kind", papers.kind_labels())
    _check_choice(data_dict, "state", papers.STATES)
    user = context.get("user")
    rows = papers.coverage(reads_all=permissions.reads_reports(user), sight=permissions.sight(user))
    org_kinds = sorted({row.org_kind for row in rows if row.org_kind})
    if data_dict.get("org_kind"):
        rows = [row for row in rows if row.org_kind == data_dict["org_kind"]]
    asked = {name: data_dict[name] for name in ("kind", "state") if data_dict.get(name)}
    return {
        "totals": [
            {**asdict(total), "organizations": total.organizations} for total in papers.totals(rows)
        ],
        "org_kinds": org_kinds,
        "rows": [
            asdict(row)
            for row in rows
            if all(getattr(row, name) == value for name, value in asked.items())
        ],
    }


@toolkit.side_effect_free
def satudata_succession_list(context: Context, data_dict: DataDict) -> list[dict[str, Any]]:
    """Records that organisations were renamed, merged, split or closed, the latest first.

    :param org: id or name of an organisation (optional): what concerns it
    :returns: rows with ``kind``, ``day``, titles of that day (``from_title``, ``to_title``), the
        names of today (None where there is none any more), ``number``, ``reason``, ``items`` (how
        many passed in a split) and ``sentence``
    :raises toolkit.ValidationError: there is no such organisation

    .. code-block:: json

        {"org": "dinas-kehutanan"}
    """
    toolkit.check_access("satudata_succession_list", context, data_dict)
    org_id = None
    if data_dict.get("org"):
        org_id = queries.resolve(data_dict["org"])
        if org_id is None:
            raise toolkit.ValidationError({"org": [_("There is no such active organisation")]})
    return [
        {
            **row,
            "at": row["at"].isoformat(),
            "day": row["day"].isoformat(),
            "sentence": succession.sentence(row, org_id),
        }
        for row in succession.listed(org_id)
    ]


def _check_choice(data_dict: DataDict, name: str, known: Iterable[str]) -> None:
    if data_dict.get(name) and data_dict[name] not in known:
        raise toolkit.ValidationError(
            {name: [_("Value must be one of: {}").format(", ".join(known))]}
        )
