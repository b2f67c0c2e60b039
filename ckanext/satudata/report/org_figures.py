"""The figures of the report per organisation, in the order of the tree: the part that is asked for.

A page opens a few levels of the tree and reads those alone; files and the API take all of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, NamedTuple

import ckan.model as model
import sqlalchemy as sa

from ..opd import permissions
from ..opd import queries as opd_queries
from . import heading, kept, records
from .shapes import Figures, OrgFigures, Span

READABLE = """
    (:reads_all OR r.path && CAST(:branches AS text[])
     OR coalesce(opd.path && CAST(:branches AS text[]), false))
"""
"""What a reader may see of the tree (``opd``: today's): all, where reports are his office, or his
own and below, as the tree is or was."""


def reader(user: str | None) -> dict[str, Any]:
    """The bound values of :data:`READABLE`, and whose private datasets the reader may see."""
    who = permissions.standing(user)
    return {
        **permissions.reach(user),
        "sees_private": who.sysadmin,
        "admin_of": sorted(who.admin_of),
        "member_of": sorted(who.member_of),
    }


_TREE = f"""
    WITH tree AS MATERIALIZED ({{organizations}}), readable AS MATERIALIZED (
        SELECT r.* FROM tree r
        LEFT JOIN satudata_opd opd ON opd.org_id = r.org_id
        WHERE {READABLE}
    )
"""  # noqa: S608
_LINE = """
    SELECT t.org_id, array_agg(lower(above.title) ORDER BY step.nr) AS titles
    FROM {shown} t
    CROSS JOIN unnest(t.path) WITH ORDINALITY AS step(id, nr)
    JOIN tree above ON above.org_id = step.id
    GROUP BY t.org_id
"""
"""The titles of all organisations from the top down to each: the order of the tree."""
_ORDER = "ORDER BY NOT r.scored, line.titles, r.org_id"
_NAMES = ("name", "title", "parent_id", "answers_id", "kind", "level", "scored", "below")
_SCOPES = ["own", "units"]
_FIGURES = tuple(Figures.__annotations__)
_SCORES = ("total", "completeness", "timeliness", "quality")
_CENT = Decimal("0.01")
_COUNTS = ("statuses", "unmeasured")
_READ = {name: f"CAST(f.{name} AS text)" for name in _COUNTS}
"""As text, for :func:`.records.parsed`."""

_SHOWN = f"""
    {_TREE}, chosen AS MATERIALIZED (
        SELECT * FROM readable
        WHERE CAST(:org AS text) IS NULL OR path @> ARRAY[CAST(:org AS text)]
    ), open AS (
        SELECT array_agg(level ORDER BY level) AS levels
        FROM (SELECT DISTINCT level FROM chosen) l
    ), shown AS MATERIALIZED (
        SELECT chosen.* FROM chosen CROSS JOIN open
        WHERE CAST(:depth AS int) IS NULL
              OR level <= levels[least(CAST(:depth AS int), cardinality(levels))]
    ), line AS ({_LINE.format(shown="shown")}), units AS (
        SELECT parent_id AS org_id, count(*) AS below FROM chosen GROUP BY parent_id
    )
    SELECT r.org_id, f.scope, open.levels,
           -- Bodies outside the government stand beside it in the tree and do not count.
           (SELECT t.org_id FROM readable t
            ORDER BY NOT t.scored, t.org_id IS DISTINCT FROM :root, t.level, lower(t.title),
                     t.org_id LIMIT 1)
           AS top_id,
           r.name, r.title, r.parent_id, r.answers_id, r.kind, r.level, r.scored,
           coalesce(units.below, 0), {", ".join(_READ.get(name, f"f.{name}") for name in _FIGURES)}
    FROM open
    LEFT JOIN shown r ON true
    LEFT JOIN line ON line.org_id = r.org_id
    LEFT JOIN units ON units.org_id = r.org_id
    LEFT JOIN ({{figures}}) f ON f.org_id = r.org_id AND f.scope = ANY(:scopes)
    {_ORDER}
"""  # noqa: S608


class Shown(NamedTuple):
    """Organisations with their figures, and the levels of the tree that there are to open.

    ``top_id`` is the government as a whole, or the highest branch that the reader sees.
    """

    organizations: list[OrgFigures]
    levels: list[int]
    top_id: str | None


def read(
    found: heading.Heading,
    span: Span,
    user: str | None,
    org_id: str | None = None,
    depth: int | None = None,
) -> Shown:
    """The organisations that were asked for.

    :param org_id: only this one and what stands below it
    :param depth: that many levels, from the highest that the reader sees; None: all
    """
    root = opd_queries.configured_root_id()
    wanted = {"org": org_id, "depth": depth, "root": root, "scopes": _SCOPES}
    values = {**found.record.values, **permissions.reach(user), "span": span, **wanted}
    rows = kept.rows(found.stamp, _statement(_SHOWN, found.record), values)
    shown: dict[str, OrgFigures] = {}
    for id, scope, _levels, _top_id, *told in rows:
        if id is None:
            continue
        one = shown.get(id)
        if one is None:
            names = dict(zip(_NAMES, told, strict=False))
            one = shown[id] = {"org_id": id, **names, **dict.fromkeys(_SCOPES)}  # type: ignore[typeddict-item]
        if scope:
            told_of = one[scope] = dict(zip(_FIGURES, told[len(_NAMES) :], strict=True))
            for name in _COUNTS:
                told_of[name] = dict(records.parsed(told_of[name]))
    return Shown(list(shown.values()), list(rows[0].levels or []), rows[0].top_id)


_CHOICES = f"""
    {_TREE}, line AS ({_LINE.format(shown="readable")})
    SELECT r.org_id, r.title, r.level FROM readable r LEFT JOIN line USING (org_id) {_ORDER}
"""  # noqa: S608


def choices(record: records.Record, user: str | None) -> list[dict[str, Any]]:
    """All organisations that the reader may see, by name and level alone."""
    values = {**record.values, **permissions.reach(user)}
    rows = model.Session.execute(sa.text(_statement(_CHOICES, record)), values)
    return [dict(row) for row in rows.mappings()]


def of(found: heading.Heading, span: Span, org_id: str) -> Figures | None:
    """The figures of one organisation with its units."""
    statement = (
        f"SELECT * FROM ({found.record.figures}) f WHERE org_id = :org_id AND scope = 'units'"  # noqa: S608
    )
    values = {**found.record.values, "span": span, "org_id": org_id}
    rows = kept.rows(found.stamp, statement, values)
    return figures(rows[0]._mapping) if rows else None


def _statement(statement: str, record: records.Record) -> str:
    return statement.format(organizations=record.organizations, figures=record.figures)


def figures(stored: Mapping[str, Any] | None) -> Figures | None:
    """Figures out of a row, or out of JSON, where scores have become other numbers."""
    if stored is None:
        return None
    found = {name: stored[name] for name in _FIGURES}
    found |= {name: dict(stored[name]) for name in _COUNTS}
    for name in _SCORES:
        if found[name] is not None:
            found[name] = Decimal(str(found[name])).quantize(_CENT)
    return found  # type: ignore[return-value]
