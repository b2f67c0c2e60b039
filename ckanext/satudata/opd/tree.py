"""Rules of the organisation tree, the same for every way in.

Core keeps a parent as a ``Member`` row (group = child, table_id = parent) and
checks for loops only in the form's schema. Whoever changes such rows calls
``check_parent`` first; it holds one lock until the transaction ends, so that
of two requests which together would make a ring one sees the other's row.
"""

from __future__ import annotations

from typing import Any

import ckan.model as model
import sqlalchemy as sa
from ckan.plugins import toolkit
from ckan.types import Context

from .. import config, locks
from . import queries

_ = toolkit._

LOCK = "opd-tree"

before_opd_delete = toolkit.signals.ckanext.signal("satudata:before_opd_delete")
"""Sent with the organisation's id; a receiver that returns a text forbids the deletion."""

_WALK = """
    WITH RECURSIVE walk AS (
        SELECT CAST(:start AS text) AS id, 1 AS n
        UNION ALL
        SELECT g.id, walk.n + 1
        FROM walk
        JOIN member m ON m.table_name = 'group' AND m.state = 'active'
                     AND m.{near} = walk.id
        JOIN "group" g ON g.id = m.{far} AND g.state = 'active' AND g.is_organization
    ) CYCLE id SET looped USING trail
    SELECT max(n) AS levels, coalesce(bool_or(id = :sought), false) AS found FROM walk
"""
_UPWARDS = sa.text(_WALK.format(near="group_id", far="table_id"))
_DOWNWARDS = sa.text(_WALK.format(near="table_id", far="group_id"))


def _refuse(message: str) -> None:
    raise toolkit.ValidationError({"groups": [message]})


def _title(org_id: str) -> str:
    return queries.titles([org_id]).get(org_id, org_id)


def parents_of(org_id: str) -> list[str]:
    """Ids of the active organisations directly above; more than one only on an old portal."""
    return list(
        model.Session.execute(
            sa.text(
                """
                SELECT DISTINCT g.id
                FROM member m JOIN "group" g ON g.id = m.table_id
                WHERE m.group_id = :org AND m.table_name = 'group' AND m.state = 'active'
                  AND g.state = 'active' AND g.is_organization
                ORDER BY g.id
                """
            ),
            {"org": org_id},
        ).scalars()
    )


def check_parent(child_id: str | None, parent_id: str, *, replacing: bool = False) -> None:
    """Whether ``child_id`` (None: a new organisation) may stand directly below ``parent_id``.

    ``replacing`` says that the same save takes away the parent it has now.

    Raises ValidationError: the two would form a ring, the child has another
    parent already, or the tree would get deeper than allowed. Takes the tree
    lock and holds it until the transaction ends.
    """
    locks.hold(LOCK)
    model.Session.flush()
    execute = model.Session.execute
    above = execute(_UPWARDS, {"start": parent_id, "sought": child_id}).one()
    if above.found:
        _refuse(
            _('"%(parent)s" is this organisation or one of its units; it cannot stand above it')
            % {"parent": _title(parent_id)}
        )
    held = parents_of(child_id) if child_id and not replacing else []
    others = [org for org in held if org != parent_id]
    if others:
        _refuse(
            _('This organisation already stands below "%(parent)s"; it can have one parent only')
            % {"parent": _title(others[0])}
        )
    below = execute(_DOWNWARDS, {"start": child_id, "sought": None}).one() if child_id else None
    levels = above.levels + (below.levels if below else 1)
    if levels > config.max_tree_depth():
        _refuse(
            _("The tree would have %(levels)d levels; at most %(most)d are allowed")
            % {"levels": levels, "most": config.max_tree_depth()}
        )


def _resolve_parents(stated: list[Any]) -> list[str]:
    found: list[str] = []
    for entry in stated:
        reference = entry.get("id") or entry.get("name")
        if not reference:
            continue
        org_id = queries.resolve(reference)
        if not org_id:
            _refuse(_('There is no active organisation "%(name)s"') % {"name": reference})
        if org_id not in found:
            found.append(org_id)
    return found


def check_rights(context: Context, parent_ids: set[str]) -> None:
    """Taking a unit out of or into an organisation needs the right to edit that organisation.

    Core lets any admin choose any parent; here numbers roll up along the tree
    and the walidata's rights run down it.
    """
    for parent_id in sorted(parent_ids):
        own = toolkit.fresh_context(context)
        toolkit.check_access("organization_update", own, {"id": parent_id})


def check_stated_parents(context: Context, child_id: str | None, stated: Any) -> None:
    """Check the ``groups`` list of an organisation that is about to be saved.

    ``stated`` None means that the list is left as it is. A malformed list is
    left to core's own validation. Raises ValidationError or NotAuthorized.
    """
    if not isinstance(stated, list) or not all(isinstance(entry, dict) for entry in stated):
        return
    locks.hold(LOCK)
    wanted = _resolve_parents(stated)
    before = parents_of(child_id) if child_id else []
    if set(wanted) == set(before):
        return
    if len(wanted) > 1:
        _refuse(_("An organisation can have one parent only"))
    check_rights(context, set(wanted) ^ set(before))
    for parent_id in wanted:
        check_parent(child_id, parent_id, replacing=True)


def links(child_id: str, parent_ids: list[str]) -> list[model.Member]:
    """The active Member rows that put the child below these organisations."""
    return (
        model.Session.query(model.Member)
        .filter_by(group_id=child_id, table_name="group", state="active")
        .filter(model.Member.table_id.in_(parent_ids))
        .all()
    )


def check_deletable(org_id: str) -> None:
    """Raises ValidationError where the organisation has units or a room forbids it."""
    locks.hold(LOCK)
    units = (
        model.Session.execute(
            sa.text(
                """
                SELECT coalesce(nullif(g.title, ''), g.name)
                FROM member m JOIN "group" g ON g.id = m.group_id
                WHERE m.table_id = :org AND m.table_name = 'group' AND m.state = 'active'
                  AND g.state = 'active' AND g.is_organization
                ORDER BY 1
                """
            ),
            {"org": org_id},
        )
        .scalars()
        .all()
    )
    if units:
        # ungettext fills in %(num)d itself and knows no other name.
        message = toolkit.ungettext(
            "The organisation has %(num)d unit; move or delete it first",
            "The organisation has %(num)d units; move or delete them first",
            len(units),
        )
        message += f": {', '.join(units[:5])}" + (", …" if len(units) > 5 else "")
        raise toolkit.ValidationError({"message": message})
    reasons = [reason for _receiver, reason in before_opd_delete.send(org_id) if reason]
    if reasons:
        raise toolkit.ValidationError({"message": " ".join(reasons)})
