"""What pages and the API show of the yearly round: states, proposals, history of items."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import ckan.model as model
import sqlalchemy as sa

from . import item_values
from .model import Item

_ROUNDS = sa.text(
    """
    SELECT r.year, r.state, r.proposals_until, r.opened,
           d.number, d.dated, d.at AS established, d.details
    FROM satudata_register_round r
    LEFT JOIN LATERAL (
        SELECT * FROM satudata_decision d
        WHERE d.kind = 'establishment' AND d.year = r.year ORDER BY d.id DESC LIMIT 1) d ON true
    WHERE CAST(:year AS integer) IS NULL OR r.year = :year
    ORDER BY r.year DESC
    """
)
_COUNTS = sa.text("SELECT state, count(*) FROM satudata_proposal WHERE year = :year GROUP BY state")


def rounds(year: int | None = None) -> list[dict[str, Any]]:
    """Rounds, the latest year first, each with its decree; or that of one year."""
    return [dict(row) for row in model.Session.execute(_ROUNDS, {"year": year}).mappings()]


def proposal_counts(year: int) -> dict[str, int]:
    """Number of proposals of a year by state."""
    return dict(model.Session.execute(_COUNTS, {"year": year}).tuples().all())


_PROPOSALS = """
    FROM satudata_proposal p
    JOIN satudata_opd o ON o.org_id = p.org_id
    JOIN "group" g ON g.id = p.org_id
    LEFT JOIN satudata_item i ON i.id = p.item_id
    WHERE p.year = :year
      AND (CAST(:org AS text) IS NULL OR :org = ANY(o.path))
      AND (CAST(:state AS text) IS NULL OR p.state = :state)
      AND (CAST(:sight AS text[]) IS NULL OR o.path && :sight)
"""
_COUNT_PROPOSALS = sa.text(f"SELECT count(*) {_PROPOSALS}")
_PAGE_OF_PROPOSALS = sa.text(
    f"""
    SELECT p.id, p.year, p.org_id, p.item_id, p.action, p.values, p.reason, p.state, p.note,
           p.proposed_by, p.proposed_at, p.decided_by, p.decided_at,
           coalesce(nullif(g.title, ''), g.name) AS org_title, g.name AS org_name,
           coalesce(p.values ->> 'name', i.name) AS name, i.name AS item_name
    {_PROPOSALS}
    ORDER BY p.state <> 'proposed', org_title, name, p.proposed_at, p.id
    LIMIT :limit OFFSET :offset
    """
)


def proposals(
    year: int,
    *,
    org: str | None,
    state: str | None,
    sight: list[str] | None,
    limit: int,
    offset: int,
) -> tuple[int, list[dict[str, Any]]]:
    """Proposals for a year, those without answer first; their number and one page of them.

    :param org: id of an organisation, with its units
    :param sight: ids of the organisations whose part the reader may see; None: all
    """
    values = {"year": year, "org": org, "state": state, "sight": sight}
    number = model.Session.execute(_COUNT_PROPOSALS, values).scalar_one()
    rows = model.Session.execute(_PAGE_OF_PROPOSALS, {**values, "limit": limit, "offset": offset})
    return number, [dict(row) for row in rows.mappings()]


_ITEMS_AS_THEY_ARE = sa.select(Item).where(Item.id.in_(sa.bindparam("items", expanding=True)))
_RHYTHMS = sa.text(
    "SELECT * FROM satudata_item_rhythm WHERE item_id = ANY(:items) ORDER BY item_id, frequency"
)


def as_they_are(items: Collection[str]) -> dict[str, dict[str, Any]]:
    """Item id → all its fields as the register has them, see :func:`.item_values.stored`."""
    asked = {"items": list(items)}
    kept: dict[str, list[Mapping[str, Any]]] = {}
    for row in model.Session.execute(_RHYTHMS, asked).mappings():
        kept.setdefault(row["item_id"], []).append(row)
    found = model.Session.scalars(_ITEMS_AS_THEY_ARE, asked)
    return {item.id: item_values.stored(item, kept.get(item.id, ())) for item in found}


_APPLIED = sa.text(
    """
    SELECT d.details ->> 'proposal' AS proposal, d.details -> 'changes' AS changes
    FROM satudata_decision d
    WHERE d.kind = 'amendment' AND d.item_id = ANY(:items)
      AND d.details ->> 'proposal' = ANY(:proposals)
    """
)


def applied(proposals: Collection[str], items: Collection[str]) -> dict[str, dict[str, list[Any]]]:
    """Proposal id → field → [before, after], as the decree wrote it to these items."""
    rows = model.Session.execute(_APPLIED, {"proposals": list(proposals), "items": list(items)})
    return dict(rows.tuples().all())


_HISTORY = sa.text(
    """
    SELECT d.id, d.at, d.kind, d.number, d.dated, d.reason, d.actor, d.year, d.day, d.details
    FROM satudata_decision d
    WHERE d.item_id = :item AND d.obligation_id IS NULL AND d.event_id IS NULL
    ORDER BY d.id DESC LIMIT 100
    """
)


def history(item_id: str) -> list[Mapping[str, Any]]:
    """Decisions on an item itself, the latest first."""
    return list(model.Session.execute(_HISTORY, {"item": item_id}).mappings())


_PENANGGUNG = sa.text(
    """
    SELECT g.id, g.name, coalesce(nullif(g.title, ''), g.name) AS title
    FROM satudata_opd o JOIN "group" g ON g.id = o.answers_id WHERE o.org_id = :org
    """
)


def penanggung(org_id: str) -> dict[str, Any] | None:
    """Id, name and title of the perangkat daerah that answers for an organisation."""
    row = model.Session.execute(_PENANGGUNG, {"org": org_id}).mappings().first()
    return dict(row) if row else None


_OWN_ITEMS = sa.text(
    """
    SELECT i.id, i.name, i.unit, i.classification, i.org_id,
           coalesce(nullif(g.title, ''), g.name) AS org_title,
           p.action AS proposed
    FROM satudata_item i
    JOIN satudata_opd o ON o.org_id = i.org_id
    JOIN "group" g ON g.id = i.org_id
    LEFT JOIN satudata_proposal p
      ON p.item_id = i.id AND p.year = :year AND p.state IN ('proposed', 'agreed')
    WHERE o.path && CAST(:orgs AS text[]) AND (i.valid_to IS NULL OR i.valid_to >= :day)
    ORDER BY org_title, lower(i.name), i.id LIMIT 500
    """
)


def items_for(year: int, orgs: list[str], day: Any) -> list[dict[str, Any]]:
    """Items of organisations (ids) and their units, each with what is proposed for it."""
    rows = model.Session.execute(_OWN_ITEMS, {"year": year, "orgs": orgs, "day": day})
    return [dict(row) for row in rows.mappings()]
