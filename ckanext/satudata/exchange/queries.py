"""Set-based reads: what is told of the organisations behind a page of datasets."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import ckan.model as model
import sqlalchemy as sa

from ..opd.queries import root_id


@dataclass(frozen=True)
class Organization:
    """An organisation as others are told of it.

    ``region`` is the Kemendagri area code (with dots) of this organisation or
    of the nearest one above it that states one.
    """

    id: str
    title: str
    region: str | None


_ORGANIZATIONS = sa.text(
    """
    SELECT g.id, coalesce(nullif(g.title, ''), g.name) AS title, area.code AS region
    FROM "group" g
    LEFT JOIN satudata_opd o ON o.org_id = g.id
    LEFT JOIN LATERAL (
        SELECT nullif(a.extras ->> 'sd_kode_wilayah', '') AS code
        FROM unnest(coalesce(o.path, ARRAY[g.id])) WITH ORDINALITY AS step(id, nr)
        JOIN "group" a ON a.id = step.id
        WHERE nullif(a.extras ->> 'sd_kode_wilayah', '') IS NOT NULL
        ORDER BY step.nr DESC LIMIT 1
    ) area ON true
    WHERE g.id = ANY(:refs) OR g.name = ANY(:refs)
    """
)


def organizations(references: Iterable[str | None]) -> dict[str, Organization]:
    """Organisations by their id, looked up by id or name, in one query."""
    wanted = [reference for reference in references if reference]
    if not wanted:
        return {}
    rows = model.Session.execute(_ORGANIZATIONS, {"refs": wanted})
    return {row.id: Organization(*row) for row in rows}


def walidata() -> tuple[str, str] | None:
    """Id and title of the organisation that publishes for all: the one whose SDI role is
    walidata (the highest of several), else the root of the tree. None: neither is known.
    """
    row = model.Session.execute(
        sa.text(
            """
            SELECT g.id, coalesce(nullif(g.title, ''), g.name)
            FROM satudata_opd o JOIN "group" g ON g.id = o.org_id
            WHERE o.sdi_role = 'walidata'
            ORDER BY o.level, o.org_id LIMIT 1
            """
        )
    ).first()
    if row:
        return row[0], row[1]
    root = organizations([root_id()])
    return next(((org.id, org.title) for org in root.values()), None)
