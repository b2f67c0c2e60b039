"""Set-based reads of the register."""

from __future__ import annotations

from typing import Any

import ckan.model as model
import sqlalchemy as sa

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
