"""Set-based reads of the register."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import ckan.model as model
import sqlalchemy as sa

from ..opd import queries as opd_queries

_ITEMS_BY_IDENTITY = sa.text(
    """
    SELECT i.*, coalesce(nullif(g.title, ''), g.name) AS org_title,
           coalesce(r.rhythms, '[]') AS rhythms
    FROM satudata_item i
    LEFT JOIN "group" g ON g.id = i.org_id
    LEFT JOIN (
        SELECT item_id, jsonb_agg(to_jsonb(r) ORDER BY frequency) AS rhythms
        FROM satudata_item_rhythm r GROUP BY item_id
    ) r ON r.item_id = i.id
    """
)


def items_by_identity() -> dict[str, dict[str, Any]]:
    """All items with their rhythms (list of column values), by identity."""
    rows = model.Session.execute(_ITEMS_BY_IDENTITY).mappings()
    return {row["identity"]: dict(row) for row in rows}


_ITEMS_OF = sa.text(
    """
    SELECT i.id, i.name, i.unit, i.classification
    FROM satudata_item i JOIN satudata_opd o ON o.org_id = i.org_id
    WHERE (i.valid_to IS NULL OR i.valid_to >= now()) AND :org = ANY(o.path)
    ORDER BY lower(i.name), i.id
    """
)


def items_of(org: str | None) -> list[Mapping[str, Any]]:
    """Valid items of an organisation (id or name) and its units, by name."""
    org_id = opd_queries.resolve(org)
    return list(model.Session.execute(_ITEMS_OF, {"org": org_id}).mappings())


_ITEM = sa.text(
    """
    SELECT i.*, coalesce(nullif(g.title, ''), g.name) AS org_title, g.name AS org_name
    FROM satudata_item i LEFT JOIN "group" g ON g.id = i.org_id WHERE i.id = :id
    """
)


def item(item_id: str) -> dict[str, Any] | None:
    """One item with its organisation, or None."""
    row = model.Session.execute(_ITEM, {"id": item_id}).mappings().first()
    return dict(row) if row else None


_PERIODS_DUE = sa.text(
    """
    SELECT period, due FROM satudata_obligation
    WHERE item_id = :item AND due <= current_date + 366
    ORDER BY due DESC LIMIT 24
    """
)


def periods_due(item_id: str) -> list[Mapping[str, Any]]:
    """Periods of the item with due dates up to a year from now, the latest first."""
    return list(model.Session.execute(_PERIODS_DUE, {"item": item_id}).mappings())
