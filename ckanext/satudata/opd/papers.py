"""Which organisation has which governance paper (dokumen), and which are still valid.

Asked of every organisation that answers for its data: the perangkat daerah of the local
government, not their units and not the region itself. A paper is an organisation's own;
only kinds that bind the whole region (:data:`REGION_WIDE`) count for everybody once the
organisation at the top has one.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import ckan.model as model
import sqlalchemy as sa

from .. import config
from ..calendar import localtime
from ..metadata import kinds
from ..metadata.choice_words import choice_labels
from ..metadata.schema import field_of
from ..model_base import utcnow
from . import queries

KIND_FIELD = "sd_jenis_dokumen"

REGION_WIDE = frozenset({"komitmen_bersama", "instruksi", "pedoman"})
"""Kinds of which one paper of the region holds for all its organisations."""

NOT_ASKED = frozenset({"lainnya"})
"""Kinds that say nothing about an organisation's papers being complete."""

VALID, EXPIRED, NO_FILE, NONE = STATES = ("valid", "expired", "no_file", "none")
"""What an organisation has of a kind: a paper that holds, one whose last day has passed,
one that was noted down without its file, nothing."""


@dataclass(frozen=True)
class Coverage:
    """One organisation and one kind of paper; the best paper where it has several.

    ``number``, ``date``, ``valid_until`` (as stored: text), ``title`` and ``name`` of the
    paper are None for readers who may not read it. ``of_region``: it is the region's.
    """

    org_id: str
    org_name: str
    org_title: str
    org_kind: str | None
    kind: str
    state: str
    of_region: bool
    name: str | None
    title: str | None
    number: str | None
    date: str | None
    valid_until: str | None


@dataclass(frozen=True)
class Total:
    """How many organisations stand in which state for one kind of paper."""

    kind: str
    label: str
    valid: int
    expired: int
    no_file: int
    none: int

    @property
    def organizations(self) -> int:
        """All organisations asked."""
        return self.valid + self.expired + self.no_file + self.none


def kind_labels() -> dict[str, str]:
    """Kinds of paper that are asked for, with their labels, in the order of the schema."""
    offered = choice_labels(field_of(kinds.DOKUMEN, KIND_FIELD))
    return {kind: label for kind, label in offered.items() if kind not in NOT_ASKED}


_COVERAGE = sa.text(
    r"""
    WITH kind AS (
        SELECT * FROM unnest(CAST(:kinds AS text[])) WITH ORDINALITY AS k(code, nr)
    ), organization AS (
        SELECT o.org_id, o.kind, g.name, coalesce(nullif(g.title, ''), g.name) AS title
        FROM satudata_opd o JOIN "group" g ON g.id = o.org_id
        WHERE o.answers_id = o.org_id AND o.scored AND o.org_id IS DISTINCT FROM :root
          AND (:reads_all OR o.path && CAST(:admin_of AS text[])
               OR o.org_id IN (SELECT answers_id FROM satudata_opd
                               WHERE org_id = ANY(:member_of)))
    ), paper AS (
        SELECT p.owner_org, p.name, p.title, p.extras ->> 'sd_jenis_dokumen' AS kind,
               p.extras ->> 'sd_nomor' AS number, p.extras ->> 'sd_tanggal' AS date,
               nullif(p.extras ->> 'sd_berlaku_sampai', '') AS valid_until,
               CASE
                   WHEN NOT EXISTS (SELECT FROM resource r
                                    WHERE r.package_id = p.id AND r.state = 'active')
                       THEN 'no_file'
                   -- dates are compared as text: a foreign value must not break the page
                   WHEN p.extras ->> 'sd_berlaku_sampai' ~ '^\d{4}-\d\d-\d\d$'
                        AND p.extras ->> 'sd_berlaku_sampai' < :today
                       THEN 'expired'
                   ELSE 'valid'
               END AS state,
               (NOT p.private OR :sees_all OR p.owner_org = ANY(:member_of)
                OR o.path && CAST(:admin_of AS text[])) AS readable
        FROM package p JOIN satudata_opd o ON o.org_id = p.owner_org
        WHERE p.type = 'dokumen' AND p.state = 'active'
    ), counted AS (
        SELECT owner_org AS org_id, false AS of_region, paper.* FROM paper
        UNION ALL
        SELECT o.org_id, true, paper.* FROM paper CROSS JOIN organization o
        WHERE paper.owner_org = :root AND paper.kind = ANY(:region_wide)
    )
    SELECT DISTINCT ON (lower(o.title), o.org_id, k.nr)
           o.org_id, o.name AS org_name, o.title AS org_title, o.kind AS org_kind,
           k.code AS kind, coalesce(p.state, 'none') AS state,
           coalesce(p.of_region, false) AS of_region,
           CASE WHEN p.readable THEN p.name END AS name,
           CASE WHEN p.readable THEN coalesce(nullif(p.title, ''), p.name) END AS title,
           CASE WHEN p.readable THEN p.number END AS number,
           CASE WHEN p.readable THEN p.date END AS date,
           CASE WHEN p.readable THEN p.valid_until END AS valid_until
    FROM organization o CROSS JOIN kind k
    LEFT JOIN counted p ON p.org_id = o.org_id AND p.kind = k.code
    ORDER BY lower(o.title), o.org_id, k.nr,
             array_position(ARRAY['valid', 'no_file', 'expired'], p.state),
             p.of_region, p.valid_until DESC NULLS FIRST, p.date DESC NULLS LAST, p.name
    """
)


def today() -> str:
    """The local date in ISO form, as it is compared with the last day of a paper."""
    day: dt.date = localtime.local_date(utcnow(), config.timezone())
    return day.isoformat()


def coverage(*, reads_all: bool, sight: dict[str, Any]) -> list[Coverage]:
    """Every organisation the reader may ask about × every kind, in one statement.

    :param reads_all: he sees the rows of all organisations; else those he belongs to or
        is admin above of
    :param sight: whose private papers he may read (``permissions.sight``)
    """
    rows = model.Session.execute(
        _COVERAGE,
        {
            "kinds": list(kind_labels()),
            "region_wide": list(REGION_WIDE),
            "root": queries.root_id(),
            "today": today(),
            "reads_all": reads_all,
            "sees_all": sight["sees_all"],
            "member_of": list(sight["member_of"]),
            "admin_of": list(sight["admin_of"]),
        },
    ).mappings()
    return [Coverage(**row) for row in rows]


def totals(rows: Iterable[Coverage]) -> list[Total]:
    """The states of these rows counted per kind, in the order of the schema."""
    counts = {kind: dict.fromkeys(STATES, 0) for kind in kind_labels()}
    for row in rows:
        counts[row.kind][row.state] += 1
    return [Total(kind, label, **counts[kind]) for kind, label in kind_labels().items()]
