"""The figures of an organisation: its judged rows pooled over the tree, as set-based SQL.

``units``: an organisation and all below it; ``answers``: those it answers for; ``own``: it alone.
"""

from __future__ import annotations

from ..rules import sql
from ..rules.ruleset import RuleSet

_PARTS = ("t", "m", "k", "q")
_MEANS = {
    "counted_s": ("total", 1),
    "kelengkapan": ("completeness", 100),
    "ketepatan": ("timeliness", 100),
    "kualitas": ("quality", 100),
}
"""Weighted means of the figures: the column that is averaged, what it is called and its factor."""
_COUNTS = (
    "duties", "due", "delivered", "late", "missing", "excluded", "priority_due",
    "priority_delivered",
)  # fmt: skip


def figures(rules: RuleSet, source: str) -> str:
    """The figures of ``:targets`` (null: all) over the rows of ``source``, in one pass.

    Pooled over the tree of the stages. Rows of an organisation that is not scored stay out of
    the pools above it; arrears of earlier years stay out of all.
    """
    sums = ", ".join(
        f"weight * sum(CAST({name} AS numeric)) AS {name}_sum,"
        f" weight * count({name}) AS {name}_weight"
        for name in _MEANS
    )
    gaps = ", ".join(
        f"weight * count(*) FILTER (WHERE counted AND d = 1 AND NOT nihil AND {part} IS NULL)"
        f" AS without_{part}"
        for part in _PARTS
    )
    means = ", ".join(
        sql.round_sql(f"({factor} * sum({name}_sum) / nullif(sum({name}_weight), 0))")
        + f" AS {column}"
        for name, (column, factor) in _MEANS.items()
    )
    counts = ", ".join(f"CAST(sum({name}) AS int) AS {name}" for name in _COUNTS)
    added = ", ".join(
        f"sum({name}) AS {name}"
        for name in (
            *_COUNTS,
            "due_weight",
            *(f"{name}_{kind}" for name in _MEANS for kind in ("sum", "weight")),
            *(f"without_{part}" for part in _PARTS),
        )
    )
    unmeasured = ", ".join(
        f"'{part.upper()}', coalesce(round(nullif(sum(without_{part}), 0) / sum(due_weight), 4), 0)"
        for part in _PARTS
    )
    return f"""
WITH placed AS (
    -- ``outside``: how far down the path the last organisation is that is not scored.
    SELECT o.org_id, o.answers_id, step.id AS target, step.nr,
           coalesce(max(step.nr) FILTER (WHERE NOT x.scored) OVER (PARTITION BY o.org_id), 0)
               AS outside
    FROM eval_opd o CROSS JOIN unnest(o.path) WITH ORDINALITY AS step(id, nr)
    LEFT JOIN eval_opd x ON x.org_id = step.id
), member AS (
    SELECT org_id, target, 'units' AS scope, outside = 0 AS scored FROM placed
    WHERE nr >= outside
    UNION ALL
    SELECT org_id, target, 'answers', outside = 0 FROM placed
    WHERE nr >= outside AND target = answers_id
    UNION ALL
    SELECT org_id, target, 'own', outside = 0 FROM placed WHERE target = org_id
), judged AS (
    SELECT r.org_id, r.status, r.counted, r.weight, r.priority, r.resource_id, r.days_late,
           r.d, r.t, r.m, r.k, r.q, r.status = 'nihil_diterima' AS nihil,
           r.counted OR r.status = 'dibebaskan'
                        AND r.due_counted < CAST(:as_of_day AS date) AS was_due,
           CASE WHEN r.counted THEN coalesce(r.s, 0) END AS counted_s,
           r.due_tw = r.tw AS in_quarter
    FROM {source} r WHERE r.year = :year AND r.tw = :tw AND r.due_year = r.year
), measured AS (
    SELECT *,
           CASE WHEN counted THEN {sql.category_sql("kelengkapan")} END AS kelengkapan,
           CASE WHEN counted THEN {sql.category_sql("ketepatan")} END AS ketepatan,
           CASE WHEN counted THEN {sql.category_sql("kualitas")} END AS kualitas
    FROM judged OFFSET 0 -- computed once, read twice by each mean
), of_status AS (
    -- First each organisation alone, so that the tree is walked with its sums, not its rows;
    -- and each weight, so that rows are counted where they weigh the same.
    SELECT org_id, in_quarter, status,
           count(*) AS duties,
           count(*) FILTER (WHERE counted) AS due,
           count(*) FILTER (WHERE counted AND d = 1) AS delivered,
           count(*) FILTER (WHERE counted AND d = 1 AND days_late > 0) AS late,
           count(*) FILTER (WHERE counted AND resource_id IS NULL
                            AND status NOT IN ('dinyatakan', 'nihil_diterima')) AS missing,
           count(*) FILTER (WHERE was_due AND status IN ('dibebaskan', 'nihil_diterima'))
               AS excluded,
           count(*) FILTER (WHERE counted AND priority) AS priority_due,
           count(*) FILTER (WHERE counted AND priority AND d = 1) AS priority_delivered,
           bool_and(d = 1) FILTER (WHERE counted AND priority) AS all_priority_delivered,
           weight * count(*) FILTER (WHERE counted) AS due_weight, {sums}, {gaps}
    FROM measured GROUP BY org_id, in_quarter, status, weight
), part AS (
    SELECT org_id, in_quarter, {added},
           bool_and(all_priority_delivered) AS all_priority_delivered
    FROM of_status GROUP BY org_id, in_quarter
), place AS (
    SELECT m.*, span.span, span.span = 'quarter' AS in_quarter_only
    FROM member m CROSS JOIN (VALUES ('quarter'), ('cumulative')) AS span(span)
    WHERE CAST(:targets AS text[]) IS NULL OR m.target = ANY(:targets)
), pooled AS (
    SELECT target, scope, span, {counts},
           bool_and(all_priority_delivered) AS all_priority_delivered, bool_and(scored) AS scored,
           {means}, jsonb_build_object({unmeasured}) AS unmeasured
    FROM place JOIN part USING (org_id) WHERE in_quarter OR NOT in_quarter_only
    GROUP BY target, scope, span
), counted AS (
    SELECT target, scope, span, jsonb_object_agg(status, n) AS statuses
    FROM (SELECT target, scope, span, status, CAST(sum(duties) AS bigint) AS n
          FROM place JOIN of_status USING (org_id)
          WHERE in_quarter OR NOT in_quarter_only
          GROUP BY target, scope, span, status) per_status
    GROUP BY target, scope, span
)
SELECT target AS org_id, CAST(:year AS int) AS year, CAST(:tw AS int) AS tw, scope, span,
       statuses, duties, due, delivered, late, missing, excluded, priority_due,
       priority_delivered,
       CASE WHEN scored THEN total END AS total,
       CASE WHEN scored THEN completeness END AS completeness,
       CASE WHEN scored THEN timeliness END AS timeliness,
       CASE WHEN scored THEN quality END AS quality, unmeasured,
       CASE WHEN scored THEN {sql.band_sql(rules)} END AS band
FROM pooled JOIN counted USING (target, scope, span)"""  # noqa: S608
