"""Which dataset already holds an item, so that a new period is added there."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

import ckan.model as model
import sqlalchemy as sa

_HOLDERS = sa.text(
    """
    WITH held AS (
        SELECT p.extras->>'sd_item' AS item_id, p.id AS package_id, true AS main
        FROM package p
        WHERE p.type = 'dataset' AND p.extras->>'sd_item' = ANY(:items)
        UNION
        SELECT c.item_id, r.package_id, false
        FROM satudata_claim c JOIN satudata_resource_fact r USING (resource_id)
        WHERE c.item_id = ANY(:items) AND r.active
    )
    SELECT DISTINCT ON (h.item_id) h.item_id, p.name, h.main
    FROM held h JOIN package p ON p.id = h.package_id
    WHERE p.state = 'active' AND p.owner_org = ANY(:orgs)
    ORDER BY h.item_id, h.main DESC, p.metadata_modified DESC, p.id
    """
)


class Holder(NamedTuple):
    """A dataset by name; ``main`` if the item is the one that its files hold by default."""

    name: str
    main: bool


def of_items(item_ids: Collection[str], org_ids: Collection[str]) -> dict[str, Holder]:
    """The dataset per item among those of these organisations, the last changed one.

    The caller names only organisations for which the reader may edit: a name of
    a private dataset must not reach anyone else.
    """
    if not item_ids or not org_ids:
        return {}
    rows = model.Session.execute(_HOLDERS, {"items": list(item_ids), "orgs": list(org_ids)})
    return {row.item_id: Holder(row.name, row.main) for row in rows}
