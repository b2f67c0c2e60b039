"""The figures of the report per organisation, in the order of the tree: the part that is asked for.

A page opens a few levels of the tree and reads those alone; files and the API take all of it.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, NamedTuple

import ckan.model as model
import sqlalchemy as sa

from ..opd import permissions
from ..opd import queries as opd_queries
from . import records
from .shapes import SPANS, Figures, OrgFigures, Span

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


# ``titles``: those of all organisations from the top down to it, which is the order of the tree.
_TREE = f"""
    WITH tree AS MATERIALIZED ({{organizations}}), line AS (
        SELECT t.org_id, array_agg(lower(above.title) ORDER BY step.nr) AS titles
        FROM tree t
        CROSS JOIN unnest(t.path) WITH ORDINALITY AS step(id, nr)
        JOIN tree above ON above.org_id = step.id
        GROUP BY t.org_id
    ), readable AS MATERIALIZED (
        SELECT r.*, line.titles
        FROM tree r
        LEFT JOIN line ON line.org_id = r.org_id
        LEFT JOIN satudata_opd opd ON opd.org_id = r.org_id
        WHERE {READABLE}
    ), chosen AS MATERIALIZED (
        SELECT * FROM readable
        WHERE CAST(:org AS text) IS NULL OR path @> ARRAY[CAST(:org AS text)]
    )
"""  # noqa: S608
_ORDER = "ORDER BY NOT r.scored, r.titles, r.org_id"
_NAMES = ("name", "title", "parent_id", "answers_id", "kind", "level", "scored", "below")
_NONE = {"own": None, "units": None, "answers": None}
_FIGURES = tuple(Figures.__annotations__)
_SCORES = ("total", "completeness", "timeliness", "quality")
_CENT = Decimal("0.01")
_COUNTS = ("statuses", "unmeasured")
_READ = {name: f"CAST(f.{name} AS text)" for name in _COUNTS}
"""As text: many organisations have the same, and reading JSON takes longer than all the rest."""

_SHOWN = f"""
    {_TREE}, open AS (
        SELECT array_agg(level ORDER BY level) AS levels
        FROM (SELECT DISTINCT level FROM chosen) l
    ), units AS (
        SELECT parent_id AS org_id, count(*) AS below FROM chosen GROUP BY parent_id
    )
    SELECT r.org_id, f.scope, open.levels,
           -- Bodies outside the government stand beside it in the tree and do not count.
           (SELECT t.org_id FROM readable t
            ORDER BY NOT t.scored, t.org_id IS DISTINCT FROM :root, t.titles, t.org_id LIMIT 1)
           AS top_id,
           r.name, r.title, r.parent_id, r.answers_id, r.kind, r.level, r.scored,
           coalesce(units.below, 0), {", ".join(_READ.get(name, f"f.{name}") for name in _FIGURES)}
    FROM open
    LEFT JOIN chosen r ON CAST(:depth AS int) IS NULL
         OR r.level <= open.levels[least(CAST(:depth AS int), cardinality(open.levels))]
    LEFT JOIN units ON units.org_id = r.org_id
    LEFT JOIN ({{figures}}) f ON f.org_id = r.org_id
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
    record: records.Record,
    span: Span,
    user: str | None,
    org_id: str | None = None,
    depth: int | None = None,
) -> Shown:
    """The organisations that were asked for.

    :param org_id: only this one and what stands below it
    :param depth: that many levels, from the highest that the reader sees; None: all
    """
    values = {"org": org_id, "depth": depth, "root": opd_queries.root_id()}
    found: dict[str, OrgFigures] = {}
    rows = _run(_SHOWN, record, span, user, values).all()
    for id, scope, _levels, _top_id, *told in rows:
        if id is None:
            continue
        one = found.get(id)
        if one is None:
            names = dict(zip(_NAMES, told, strict=False))
            one = found[id] = {"org_id": id, **names, **_NONE}  # type: ignore[typeddict-item]
        if scope:
            own = dict(zip(_FIGURES, told[len(_NAMES) :], strict=True))
            one[scope] = _exact(own | {name: dict(_parsed(own[name])) for name in _COUNTS})
    return Shown(list(found.values()), rows[0].levels or [], rows[0].top_id)


_CHOICES = f"{_TREE} SELECT r.org_id, r.title, r.level FROM readable r {_ORDER}"  # noqa: S608


def choices(record: records.Record, user: str | None) -> list[dict[str, Any]]:
    """All organisations that the reader may see, by name and level alone."""
    found = _run(_CHOICES, record, SPANS[0], user, {"org": None})
    return [dict(row) for row in found.mappings()]


def of(record: records.Record, span: Span, org_id: str) -> Figures | None:
    """The figures of one organisation with its units."""
    statement = f"SELECT * FROM ({record.figures}) f WHERE org_id = :org_id AND scope = 'units'"  # noqa: S608
    values = {**record.values, "span": span, "org_id": org_id}
    return figures(model.Session.execute(sa.text(statement), values).mappings().one_or_none())


def _run(
    statement: str, record: records.Record, span: Span, user: str | None, values: dict[str, Any]
) -> sa.Result[Any]:
    bound = {**record.values, **reader(user), "span": span, **values}
    text = _statement(statement, record.organizations, record.figures)
    return model.Session.execute(text, bound)


@functools.lru_cache(maxsize=16)
def _statement(statement: str, organizations: str, figures: str) -> sa.TextClause:
    return sa.text(statement.format(organizations=organizations, figures=figures))


def figures(stored: Mapping[str, Any] | None) -> Figures | None:
    """Figures out of a row, or out of JSON, where scores have become other numbers."""
    return None if stored is None else _exact({name: stored[name] for name in _FIGURES})


@functools.lru_cache(maxsize=4096)
def _parsed(text: str) -> dict[str, Any]:
    return json.loads(text)


def _exact(found: dict[str, Any]) -> Figures:
    """Scores as Decimal with two places."""
    for name in _SCORES:
        if found[name] is not None:
            found[name] = Decimal(str(found[name])).quantize(_CENT)
    return found  # type: ignore[return-value]
