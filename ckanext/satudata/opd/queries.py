"""Set-based reads of the organisation tree."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import ckan.model as model
import sqlalchemy as sa

from .. import config
from ..text import is_storable


def resolve(reference: str | None) -> str | None:
    """The id of the active organisation with this id or name, else None."""
    if not isinstance(reference, str) or not is_storable(reference):
        return None
    return model.Session.execute(
        sa.text(
            """
            SELECT id FROM "group"
            WHERE (id = :ref OR name = :ref) AND is_organization AND state = 'active'
              AND type = 'organization'
            """
        ),
        {"ref": reference},
    ).scalar()


def configured_root_id() -> str | None:
    """Id of the organisation that the portal names as the top; None where it names none."""
    return resolve(config.root_organization())


def root_id() -> str | None:
    """Id of the organisation at the top: the configured one, else the only top-level one."""
    if config.root_organization():
        return configured_root_id()
    tops = (
        model.Session.execute(
            sa.text("SELECT org_id FROM satudata_opd WHERE parent_id IS NULL LIMIT 2")
        )
        .scalars()
        .all()
    )
    return tops[0] if len(tops) == 1 else None


def path(org_id: str) -> list[str]:
    """Ids from the top-level organisation to this one; empty where it is unknown."""
    return list(model.Session.execute(_PATH, {"org": org_id}).scalar() or [])


_PATH = sa.text("SELECT path FROM satudata_opd WHERE org_id = :org")


@dataclass(frozen=True)
class OrgLabel:
    """An organisation by id with what pages print of it."""

    id: str
    name: str
    title: str


def ancestors(org_id: str) -> list[OrgLabel]:
    """The organisations above this one, the top first."""
    rows = model.Session.execute(
        sa.text(
            """
            SELECT g.id, g.name, coalesce(nullif(g.title, ''), g.name) AS title
            FROM satudata_opd o
            CROSS JOIN unnest(o.path) WITH ORDINALITY AS step(id, nr)
            JOIN "group" g ON g.id = step.id
            WHERE o.org_id = :org AND step.id <> :org
            ORDER BY step.nr
            """
        ),
        {"org": org_id},
    )
    return [OrgLabel(*row) for row in rows]


def titles(org_ids: Iterable[str]) -> dict[str, str]:
    """Titles of these organisations by id, in one query."""
    rows = model.Session.execute(
        sa.text(
            """SELECT id, coalesce(nullif(title, ''), name) FROM "group" WHERE id = ANY(:ids)"""
        ),
        {"ids": list(org_ids)},
    )
    return {row[0]: row[1] for row in rows}


@dataclass
class Node:
    """One organisation of the tree; ``own`` and ``total`` count datasets (without / with units)."""

    id: str
    name: str
    title: str
    parent_id: str | None
    level: int
    kind: str | None
    sdi_role: str | None
    stale: bool
    own: int
    total: int
    children: list[Node] = field(default_factory=list)


_TREE = sa.text(
    """
    WITH counted AS (
        SELECT p.owner_org AS org_id, count(*) AS n
        FROM package p JOIN satudata_opd o ON o.org_id = p.owner_org
        WHERE p.type = 'dataset' AND p.state = 'active'
          AND (NOT p.private OR :sees_all OR p.owner_org = ANY(:member_of)
               OR o.path && CAST(:admin_of AS text[]))
        GROUP BY p.owner_org
    ), pooled AS (
        SELECT step.id AS org_id, sum(counted.n) AS n
        FROM counted JOIN satudata_opd USING (org_id) CROSS JOIN unnest(path) AS step(id)
        GROUP BY step.id
    )
    SELECT o.org_id AS id, g.name, coalesce(nullif(g.title, ''), g.name) AS title,
           o.parent_id, o.level, o.kind, o.sdi_role,
           o.index_stale_since IS NOT NULL AS stale,
           coalesce(counted.n, 0)::int AS own, coalesce(pooled.n, 0)::int AS total
    FROM satudata_opd o
    JOIN "group" g ON g.id = o.org_id
    LEFT JOIN counted ON counted.org_id = o.org_id
    LEFT JOIN pooled ON pooled.org_id = o.org_id
    ORDER BY o.level, NOT o.scored, lower(coalesce(nullif(g.title, ''), g.name)), g.name
    """
)


def tree(
    *, sees_all: bool = False, member_of: Iterable[str] = (), admin_of: Iterable[str] = ()
) -> list[Node]:
    """The whole tree as top-level nodes with their children, in one statement.

    Bodies outside the government come last among their siblings. Private datasets
    are counted where the reader may see them: everywhere (``sees_all``), in
    organisations he is a member of, below those he is admin of.
    """
    rows = model.Session.execute(
        _TREE,
        {"sees_all": sees_all, "member_of": list(member_of), "admin_of": list(admin_of)},
    ).mappings()
    nodes: dict[str, Node] = {}
    tops: list[Node] = []
    for row in rows:
        node = nodes[row["id"]] = Node(**row)
        (nodes[node.parent_id].children if node.parent_id else tops).append(node)
    return tops


def walidata() -> list[dict[str, str]]:
    """Active users who are admin of the root organisation: id, name, title."""
    rows = model.Session.execute(
        sa.text(
            """
            SELECT u.id, u.name, coalesce(nullif(u.fullname, ''), u.name) AS title
            FROM member m JOIN "user" u ON u.id = m.table_id AND u.state = 'active'
            WHERE m.group_id = :root AND m.table_name = 'user' AND m.state = 'active'
              AND m.capacity = 'admin'
            ORDER BY 3
            """
        ),
        {"root": root_id()},
    ).mappings()
    return [dict(row) for row in rows]
