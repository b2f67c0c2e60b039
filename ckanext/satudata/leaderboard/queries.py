"""Reads what the ranking needs of all organisations, in one statement."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from ..opd.kinds import KINDS
from ..report import kept, records
from .ranking import POOLS, Entry

UNIT_KINDS = ("kelurahan", "uptd")
"""Kinds that do not answer for themselves and have tables of their own."""

PARTS = {
    "offices": tuple(kind for kind, meaning in KINDS.items() if meaning.ranked),
    "units": UNIT_KINDS,
}
"""The kinds of the two halves of the leaderboard."""

_FIGURES = """
    WITH tree AS ({tree}
    ), opened AS (
        SELECT duties FROM satudata_quarter
        WHERE year = :year AND tw = :tw AND duties IS NOT NULL
    ), owed AS (
        -- Peer groups are fixed when a quarter opens; until then by the register of today.
        SELECT key AS org_id, CAST(value AS bigint) AS duties
        FROM opened CROSS JOIN jsonb_each_text(opened.duties)
        UNION ALL
        SELECT org_id, count(*) FROM satudata_obligation
        WHERE year = :year AND NOT EXISTS (SELECT FROM opened) GROUP BY org_id
    ), duty AS (
        SELECT owed.duties, o.path, o.answers_id FROM owed JOIN tree o USING (org_id)
    ), yearly AS (
        SELECT answers_id AS org_id, 'answers' AS scope, CAST(sum(duties) AS bigint) AS duties
        FROM duty GROUP BY answers_id
        UNION ALL
        SELECT step.id, 'units', CAST(sum(duties) AS bigint)
        FROM duty CROSS JOIN unnest(path) AS step(id)
        WHERE CAST(:kinds AS text[]) && CAST(:unit_kinds AS text[]) GROUP BY step.id
    ), judged AS (
        SELECT o.org_id, o.kind, o.name, o.title,
               CASE WHEN o.kind = ANY(:unit_kinds) THEN 'units' ELSE 'answers' END AS scope
        FROM tree o
        WHERE o.scored AND o.kind = ANY(:kinds)
    )
    SELECT j.org_id, j.kind, j.name, j.title, coalesce(y.duties, 0) AS duties_per_year,
           coalesce(r.due, 0) AS due, CAST(r.statuses AS text) AS statuses, r.total,
           r.completeness, r.timeliness, r.quality, CAST(r.unmeasured AS text) AS unmeasured, r.band
    FROM judged j
    LEFT JOIN yearly y ON y.org_id = j.org_id AND y.scope = j.scope
    LEFT JOIN ({figures}) r ON r.org_id = j.org_id AND r.scope = j.scope
    ORDER BY lower(j.title), j.name
"""


class Judged(NamedTuple):
    """An organisation of the leaderboard: what to print of it, and what ranks it."""

    name: str
    title: str
    kind: str
    band: str | None
    entry: Entry


def judged(
    record: records.Record,
    span: str,
    figures: str | None = None,
    kinds: Sequence[str] | None = None,
    stamp: kept.Stamp | None = None,
) -> list[Judged]:
    """Organisations of the leaderboard by title; a perangkat daerah has its units' rows pooled.

    :param record: what the quarter is read from
    :param figures: a query of other figures, columns as in ``quarter.model.Pooled``
    :param kinds: of these kinds alone, else of all that have tables
    :param stamp: of figures that may have been read before
    """
    statement = _FIGURES.format(figures=figures or record.figures, tree=record.organizations)
    values = {
        **record.values,
        "span": span,
        "kinds": list(kinds or (*PARTS["offices"], *PARTS["units"])),
        "unit_kinds": list(UNIT_KINDS),
    }
    rows = kept.rows(stamp, statement, values)
    return [Judged(row.name, row.title, row.kind, row.band, _entry(row)) for row in rows]


def _entry(row: Any) -> Entry:
    statuses = records.parsed(row.statuses or "{}")
    unmeasured = records.parsed(row.unmeasured or "{}")
    shares = {part: Decimal(str(share)) for part, share in unmeasured.items()}
    zero = Decimal(0)
    return Entry(
        org_id=row.org_id,
        pool=row.kind if row.kind in POOLS else "perangkat",
        duties_per_year=row.duties_per_year,
        total=row.total,
        completeness=row.completeness,
        timeliness=row.timeliness,
        quality=row.quality,
        due=row.due,
        nihil=statuses.get("nihil_diterima", 0),
        waived=statuses.get("dibebaskan", 0),
        unmeasured={
            "completeness": (shares.get("M", zero) + shares.get("K", zero)) / 2,
            "timeliness": shares.get("T", zero),
            "quality": shares.get("Q", zero),
        },
    )
