"""Reading receipts; what is private is withheld from those who may not read the dataset."""

from __future__ import annotations

import datetime as dt
from typing import Any, TypedDict

import ckan.model as model
import sqlalchemy as sa

from ..opd import permissions
from ..text import is_storable
from .model import Receipt


class Line(TypedDict):
    """One item and period that the content was new for; ``kind``: delivered or replaced."""

    event_id: int
    kind: str
    item_id: str
    item_name: str | None
    unit: str | None
    classification: str | None
    period: str


class ReceiptRow(TypedDict):
    """One receipt. ``private``: dataset and file are withheld from this reader.

    ``counts_at`` is the moment from which lateness counts. ``org_title`` is the name of that day.
    ``current``: the resource still holds this content.
    """

    number: str
    at: dt.datetime
    counts_at: dt.datetime
    source: str
    org_id: str | None
    org_name: str | None
    org_title: str | None
    package_id: str
    package_name: str | None
    package_title: str | None
    resource_id: str
    filename: str | None
    bytes: int
    sha256: str
    actor: str | None
    private: bool
    current: bool


_ROWS = """
    FROM satudata_receipt r
    JOIN satudata_event e ON e.id = r.event_ids[1]
    LEFT JOIN "group" g ON g.id = r.org_id
    LEFT JOIN LATERAL (
        SELECT v.title FROM satudata_opd_version v WHERE v.org_id = r.org_id
        ORDER BY v.at > r.at, abs(extract(epoch FROM v.at - r.at)) LIMIT 1
    ) day ON true
    LEFT JOIN package p ON p.id = r.package_id AND p.state = 'active'
    LEFT JOIN satudata_opd holder ON holder.org_id = coalesce(p.owner_org, r.org_id)
    LEFT JOIN satudata_resource_fact f ON f.resource_id = r.resource_id AND f.active
    LEFT JOIN "user" u ON u.id = r.actor
    CROSS JOIN LATERAL (
        SELECT coalesce(p.private, e.private) AND NOT (
            :sees_all OR coalesce(coalesce(p.owner_org, r.org_id) = ANY(:member_of), false)
            OR coalesce(holder.path && CAST(:admin_of AS text[]), false)) AS private
    ) hidden
"""
_COLUMNS = """
    SELECT r.number, r.at, e.counts_at, e.source, r.org_id, g.name AS org_name,
           coalesce(day.title, nullif(g.title, ''), g.name) AS org_title, r.package_id,
           CASE WHEN NOT hidden.private THEN p.name END AS package_name,
           CASE WHEN NOT hidden.private THEN p.title END AS package_title, r.resource_id,
           CASE WHEN NOT hidden.private THEN r.filename END AS filename, r.bytes, r.sha256,
           coalesce(nullif(u.fullname, ''), u.name) AS actor, hidden.private,
           coalesce(f.sha256 = r.sha256, false) AS current
"""
_LINES = sa.text(
    """
    SELECT e.id AS event_id, e.kind, e.item_id, i.name AS item_name, i.unit, i.classification,
           e.period
    FROM satudata_event e LEFT JOIN satudata_item i ON i.id = e.item_id
    WHERE e.id = ANY(:ids)
    ORDER BY lower(i.name) NULLS LAST, e.item_id, e.period
    """
)
BY = ("org_id", "package_id", "resource_id")
"""What receipts are listed of."""


def _reader(user: str | None) -> dict[str, Any]:
    sight = permissions.sight(user)
    return {name: sorted(ids) if name != "sees_all" else ids for name, ids in sight.items()}


def show(number: str, user: str | None) -> tuple[ReceiptRow, list[Line]] | None:
    """One receipt with its lines, None if there is none of this number."""
    row = model.Session.execute(
        sa.text(f"{_COLUMNS}, r.event_ids {_ROWS} WHERE r.number = :number"),
        {"number": number, **_reader(user)},
    ).mappings()
    found = row.first()
    if found is None:
        return None
    lines = model.Session.execute(_LINES, {"ids": found["event_ids"]}).mappings()
    shown = {name: found[name] for name in ReceiptRow.__annotations__}
    return shown, [dict(line) for line in lines]  # type: ignore[return-value]


def listed(
    by: str, id: str, user: str | None, limit: int, offset: int
) -> tuple[int, list[ReceiptRow]]:
    """How many receipts an organisation, dataset or resource has, and a part, newest first.

    :param by: one of :data:`BY`
    """
    if by not in BY:
        raise ValueError(by)
    column = Receipt.__table__.c[by]
    total = model.Session.scalar(
        sa.select(sa.func.count()).select_from(Receipt).where(column == id)
    )
    where = f"WHERE r.{by} = :id"
    rows = model.Session.execute(
        sa.text(f"{_COLUMNS} {_ROWS} {where} ORDER BY r.at DESC, r.number DESC"
                " LIMIT :limit OFFSET :offset"),
        {"id": id, "limit": limit, "offset": offset, **_reader(user)},
    ).mappings()  # fmt: skip
    return total, [dict(row) for row in rows]  # type: ignore[misc]


def orgs_of(by: str, id: str) -> set[str]:
    """Organisations that answer for a dataset, a resource or a receipt (``number``).

    The present owner of the dataset and, of a receipt, who delivered then; of a dataset that is
    gone, who delivered last.
    """
    if not is_storable(id):
        return set()
    found = model.Session.execute(_ORGS[by], {"id": id}).first()
    return {org_id for org_id in found or () if org_id}


_ORGS = {
    "number": sa.text(
        """
        SELECT r.org_id, p.owner_org FROM satudata_receipt r
        LEFT JOIN package p ON p.id = r.package_id WHERE r.number = :id
        """
    ),
    "package_id": sa.text(
        """
        SELECT coalesce(
            (SELECT owner_org FROM package WHERE id = :id),
            (SELECT org_id FROM satudata_receipt WHERE package_id = :id ORDER BY at DESC LIMIT 1))
        """
    ),
    "resource_id": sa.text(
        """
        SELECT coalesce(
            (SELECT p.owner_org FROM resource JOIN package p ON p.id = package_id
             WHERE resource.id = :id),
            (SELECT org_id FROM satudata_receipt WHERE resource_id = :id ORDER BY at DESC LIMIT 1))
        """
    ),
}
