"""Set-based reads of the register."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import ckan.model as model
import sqlalchemy as sa

from ..opd import queries as opd_queries
from ..text import is_storable, like_words

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
    SELECT i.id, i.name, i.unit, i.classification,
           coalesce(nullif(g.title, ''), g.name) AS org_title
    FROM satudata_item i
    JOIN satudata_opd o ON o.org_id = i.org_id
    JOIN "group" g ON g.id = i.org_id
    WHERE (i.valid_to IS NULL OR i.valid_to >= now()) AND o.path && CAST(:orgs AS text[])
    ORDER BY lower(i.name), org_title, i.id
    """
)


def items_of(orgs: Iterable[str]) -> list[Mapping[str, Any]]:
    """Valid items of organisations (ids or names) and their units, by name."""
    ids = [found for found in map(opd_queries.resolve, orgs) if found]
    return list(model.Session.execute(_ITEMS_OF, {"orgs": ids}).mappings())


_ITEM = sa.text(
    """
    SELECT i.*, coalesce(nullif(g.title, ''), g.name) AS org_title, g.name AS org_name
    FROM satudata_item i LEFT JOIN "group" g ON g.id = i.org_id WHERE i.id = :id
    """
)


def item(item_id: str) -> dict[str, Any] | None:
    """One item with its organisation, or None."""
    if not isinstance(item_id, str) or not is_storable(item_id):
        return None
    row = model.Session.execute(_ITEM, {"id": item_id}).mappings().first()
    return dict(row) if row else None


_PERIODS_DUE = sa.text(
    """
    SELECT o.period, o.due FROM satudata_obligation o
    JOIN package p ON p.extras ->> 'sd_item' = o.item_id
    WHERE (p.id = :package OR p.name = :package) AND o.due <= current_date + 92
      AND NOT EXISTS (
          SELECT FROM resource r
          WHERE r.package_id = p.id AND r.state = 'active' AND o.period = ANY(
              string_to_array(translate(r.extras::jsonb ->> 'sd_periode', '[]" ', ''), ',')))
    ORDER BY o.due DESC LIMIT 24
    """
)


def periods_due(package: str) -> list[Mapping[str, Any]]:
    """Periods of a dataset's item that fall due within three months or have, the latest first.

    Those that one of its files states already are left out.
    """
    return list(model.Session.execute(_PERIODS_DUE, {"package": package}).mappings())


_LIST = """
    FROM satudata_item i
    JOIN satudata_opd o ON o.org_id = i.org_id
    JOIN "group" g ON g.id = i.org_id
    WHERE (i.valid_to IS NULL OR i.valid_to >= now())
      AND (CAST(:org AS text) IS NULL OR :org = ANY(o.path))
      AND (CAST(:words AS text[]) IS NULL OR lower(i.name) LIKE ALL(:words))
      AND (NOT :to_schedule OR EXISTS (
          SELECT FROM satudata_item_rhythm r
          WHERE r.item_id = i.id AND r.state = 'needs_schedule'))
"""
_COUNT_ITEMS = sa.text(f"SELECT count(*) {_LIST}")
_PAGE_OF_ITEMS = sa.text(
    f"""
    SELECT i.id, i.name, i.unit, i.classification, i.is_indicator, i.priority, i.org_id,
           g.name AS org_name, coalesce(nullif(g.title, ''), g.name) AS org_title,
           ARRAY(SELECT to_jsonb(r) FROM satudata_item_rhythm r
                 WHERE r.item_id = i.id ORDER BY r.frequency) AS rhythms
    {_LIST}
    ORDER BY org_title, lower(i.name), i.id LIMIT :limit OFFSET :offset
    """  # noqa: S608 - parts of our own
)


def search_items(
    *, q: str = "", org: str | None = None, to_schedule: bool = False, limit: int, offset: int
) -> tuple[int, list[dict[str, Any]]]:
    """Valid items with all words of ``q`` in the name, of an organisation (id or name) and its
    units; their number and one page of them with their rhythms."""
    values = {
        "org": (opd_queries.resolve(org) or "") if org else None,
        "words": like_words(q.lower()) or None,
        "to_schedule": to_schedule,
    }
    number = model.Session.execute(_COUNT_ITEMS, values).scalar_one()
    rows = model.Session.execute(_PAGE_OF_ITEMS, {**values, "limit": limit, "offset": offset})
    return number, [dict(row) for row in rows.mappings()]


_RHYTHMS = sa.text("SELECT * FROM satudata_item_rhythm WHERE item_id = :item ORDER BY frequency")
_OBLIGATIONS = sa.text(
    "SELECT * FROM satudata_obligation WHERE item_id = :item"
    " ORDER BY due DESC, period DESC LIMIT 50"
)


def rhythms_of(item_id: str) -> list[dict[str, Any]]:
    """Rhythms of one item."""
    return [dict(row) for row in model.Session.execute(_RHYTHMS, {"item": item_id}).mappings()]


def obligations_of(item_id: str) -> list[dict[str, Any]]:
    """The fifty latest obligations of one item, the last due first."""
    return [dict(row) for row in model.Session.execute(_OBLIGATIONS, {"item": item_id}).mappings()]


_MATCHES = """
    FROM satudata_item_match m
    JOIN satudata_item i ON i.id = m.item_id
    JOIN package p ON p.id = m.package_id AND p.state = 'active'
    JOIN "group" g ON g.id = i.org_id
    WHERE m.state = :state AND (CAST(:org AS text) IS NULL OR i.org_id = :org)
"""
_COUNT_MATCHES = sa.text(f"SELECT count(*) {_MATCHES}")
_PAGE_OF_MATCHES = sa.text(
    f"""
    SELECT m.item_id, m.package_id, m.method, m.score, i.name AS item_name, i.unit,
           i.classification, p.title AS package_title, p.name AS package_name,
           coalesce(nullif(g.title, ''), g.name) AS org_title
    {_MATCHES}
    ORDER BY m.score DESC, i.name, m.item_id, m.package_id LIMIT :limit OFFSET :offset
    """
)
_MATCH_STATES = sa.text("SELECT state, count(*) FROM satudata_item_match GROUP BY state")


def search_matches(
    *, state: str = "suggested", org: str | None = None, limit: int, offset: int
) -> tuple[int, list[dict[str, Any]]]:
    """Pairs of item and dataset in a state, the best score first; number and one page."""
    values = {"state": state, "org": (opd_queries.resolve(org) or "") if org else None}
    number = model.Session.execute(_COUNT_MATCHES, values).scalar_one()
    rows = model.Session.execute(_PAGE_OF_MATCHES, {**values, "limit": limit, "offset": offset})
    return number, [dict(row) for row in rows.mappings()]


def match_states() -> dict[str, int]:
    """Number of pairs by state."""
    return dict(model.Session.execute(_MATCH_STATES).tuples().all())


_THEMES = sa.text(
    """
    SELECT DISTINCT theme FROM satudata_item
    WHERE theme <> '' AND (valid_to IS NULL OR valid_to >= now()) ORDER BY theme
    """
)


def themes() -> list[str]:
    """Themes of the valid items."""
    return list(model.Session.execute(_THEMES).scalars())
