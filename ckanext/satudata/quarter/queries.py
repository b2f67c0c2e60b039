"""The set-based SQL of the live result, its score built from the rule set.

Only expressions of ``rules.sql`` enter the text; all values are bound.
"""

from __future__ import annotations

from ..rules import sql
from ..rules.ruleset import RuleSet

_DUTY = """
    WITH frame AS (
        SELECT * FROM unnest(
            CAST(:years AS int[]), CAST(:tws AS int[]), CAST(:bounds AS timestamptz[]),
            CAST(:as_of_days AS date[]), CAST(:cutoff_ends AS timestamptz[])
        ) AS f(year, tw, bound, as_of_day, cutoff_end)
    )
    SELECT o.id AS obligation_id, o.org_id, o.item_id, o.period, o.period_start, o.due,
           o.due_counted, o.tw AS due_tw, i.priority, i.contributors, opd.path,
           f.year, f.tw, f.bound, own.cutoff_end AS own_cutoff_end,
           f.as_of_day > o.due_counted AS due_passed,
           CAST(:now AS timestamptz) >= own.cutoff_end AS cutoff_passed,
           EXISTS (SELECT FROM satudata_opd x WHERE x.org_id = ANY(opd.path) AND NOT x.scored)
               AS tracked
    FROM satudata_obligation o
    JOIN satudata_item i ON i.id = o.item_id
    JOIN satudata_opd opd ON opd.org_id = o.org_id
    JOIN frame f ON f.year = o.year AND f.tw >= o.tw
    JOIN frame own ON own.year = o.year AND own.tw = o.tw
    WHERE CAST(:orgs AS text[]) IS NULL OR o.org_id = ANY(:orgs)"""

# A dataset counts for an item if its organisation is the producer's own, above or
# below it in the tree, or a contributor: nobody delivers in a stranger's name.
_CLAIMED = """
    SELECT DISTINCT d.obligation_id, c.resource_id, c.item_id, c.period, r.package_id,
           r.sha256 IS NULL AS only_stated,
           CAST(p.filled AS numeric) / nullif(p.required, 0) AS m,
           CAST(p.always_filled AS numeric) / nullif(p.always_required, 0) AS m0
    FROM live_duty d
    JOIN satudata_claim c ON c.item_id = d.item_id AND c.period = d.period
    JOIN satudata_resource_fact r ON r.resource_id = c.resource_id
    JOIN satudata_package_fact p ON p.package_id = r.package_id
    LEFT JOIN satudata_opd holder ON holder.org_id = p.org_id
    WHERE p.org_id = ANY(d.path) OR d.org_id = ANY(holder.path)
       OR p.org_id = ANY(d.contributors)"""

_CONTENT = """
    SELECT h.obligation_id, h.resource_id, e.id AS event_id, e.at,
           CAST(e.at AT TIME ZONE :tz AS date) AS day, k.readable, k.rows,
           CAST(k.cells - k.empty_cells AS numeric) / nullif(k.cells, 0) AS k,
           CAST(k.passed AS numeric) / nullif(k.run, 0) AS q,
           k.readable IS NOT FALSE AND (k.readable IS NULL OR k.rows > 0) AS usable
    FROM live_claimed h
    JOIN satudata_event e ON e.item_id = h.item_id AND e.period = h.period
         AND e.resource_id = h.resource_id AND e.kind IN ('delivered', 'replaced')
    LEFT JOIN satudata_check k ON k.resource_id = e.resource_id AND k.sha256 = e.sha256
    WHERE NOT h.only_stated"""

_LATEST = """
    SELECT DISTINCT ON (d.obligation_id, d.year, d.tw, c.resource_id)
           d.obligation_id, d.year, d.tw, c.resource_id, c.readable, c.rows, c.k, c.q, c.usable
    FROM live_duty d JOIN live_content c USING (obligation_id)
    WHERE c.at < d.bound
    ORDER BY d.obligation_id, d.year, d.tw, c.resource_id, c.at DESC, c.event_id DESC"""

_ARRIVED = """
    SELECT d.obligation_id, d.year, d.tw, c.resource_id, min(c.at) AS at, min(c.day) AS day
    FROM live_duty d JOIN live_content c USING (obligation_id)
    WHERE c.at < d.bound AND c.day >= d.period_start
      AND c.usable AND coalesce(c.q >= CAST(:floor_q AS numeric), true)
    GROUP BY d.obligation_id, d.year, d.tw, c.resource_id"""

STAGES = {
    "duty": _DUTY,
    "claimed": _CLAIMED,
    "content": _CONTENT,
    "latest": _LATEST,
    "arrived": _ARRIVED,
}
"""Steps to the result, in order, each a query over those before it by name.

They become temporary tables: PostgreSQL must know how many rows each holds. As
one statement it guesses a few and joins forty thousand duties by nested loops.
"""


def _rated(rules: RuleSet) -> str:
    """One row per duty and resource that may meet it, then only the best of them."""
    timeliness = sql.timeliness_sql(rules)
    return f"""
stated AS (
    SELECT obligation_id FROM live_claimed GROUP BY obligation_id HAVING bool_or(only_stated)
), facts AS (
    SELECT d.*, l.resource_id, h.package_id, a.at AS delivered_at,
           l.resource_id IS NOT NULL AS came,
           coalesce(l.usable AND (a.at IS NOT NULL OR l.q < :floor_q), false) AS received,
           coalesce(NOT l.usable, false) AS unusable,
           coalesce(l.usable AND a.at IS NULL AND (l.q IS NULL OR l.q >= :floor_q), false)
               AS too_early,
           l.readable IS FALSE AS unreadable, l.readable AND l.rows = 0 AS without_rows,
           s.obligation_id IS NOT NULL AS stated,
           false AS nihil, false AS waived, false AS nihil_accepted, false AS returned,
           false AS awaiting_review,
           CASE WHEN a.at IS NOT NULL THEN
               greatest(0, coalesce(came_on.ordinal + (NOT came_on.workday)::int, 0)
                          - counted_from.ordinal) END AS late,
           h.m, h.m0, l.k, l.q
    FROM live_duty d
    LEFT JOIN stated s USING (obligation_id)
    LEFT JOIN live_latest l USING (obligation_id, year, tw)
    LEFT JOIN live_claimed h ON h.obligation_id = d.obligation_id AND h.resource_id = l.resource_id
    LEFT JOIN live_arrived a ON a.obligation_id = d.obligation_id AND a.year = d.year
         AND a.tw = d.tw AND a.resource_id = l.resource_id
    LEFT JOIN satudata_calendar_day came_on ON came_on.day = a.day
    LEFT JOIN satudata_calendar_day counted_from ON counted_from.day = d.due_counted
), parts AS (
    SELECT *, {sql.delivered_sql(rules)} AS d, {sql.weight_sql(rules)} AS weight,
           CASE WHEN delivered_at >= own_cutoff_end THEN 0 ELSE {timeliness} END AS t,
           unusable OR {sql.floors_failed_sql(rules)} AS floors_failed,
           {sql.floors_failed_sql(rules)} AS floor_short
    FROM facts
), scored AS (
    SELECT *, {sql.score_sql(rules)} AS full_score, {sql.status_case_sql(rules)} AS status
    FROM parts
), best AS (
    SELECT DISTINCT ON (obligation_id, year, tw) * FROM scored
    ORDER BY obligation_id, year, tw, d DESC, full_score DESC, came DESC, delivered_at,
             resource_id
)"""  # noqa: S608


def results(rules: RuleSet) -> str:
    """INSERT of the result rows of the duties in the stages."""
    return f"""
WITH {_rated(rules)}
INSERT INTO satudata_result (
    obligation_id, year, tw, due_tw, org_id, item_id, period, due, due_counted, priority,
    weight, counted, status, flags, d, t, m, k, q, s, days_late, delivered_at, package_id,
    resource_id)
SELECT obligation_id, year, tw, due_tw, org_id, item_id, period, due, due_counted, priority,
       weight, due_passed, status,
       array_remove(ARRAY[
           CASE WHEN tracked THEN 'tracked' END,
           CASE WHEN due_tw < tw AND NOT received THEN 'tunggakan' END,
           CASE WHEN delivered_at >= own_cutoff_end THEN 'tunggakan_dilunasi' END,
           CASE WHEN unreadable THEN 'unreadable' END,
           CASE WHEN without_rows THEN 'without_rows' END,
           CASE WHEN too_early THEN 'before_period' END,
           CASE WHEN floor_short THEN 'below_floor' END,
           CASE WHEN received AND late > 0 THEN 'late' END,
           CASE WHEN received AND (m IS NULL OR k IS NULL OR q IS NULL) THEN 'unmeasured' END,
           CASE WHEN stated AND received THEN 'stated' END
       ], NULL),
       CASE WHEN due_passed OR came THEN d END, t, m, k, q,
       CASE WHEN tracked OR status = 'dinyatakan' OR NOT (due_passed OR received) THEN NULL
            ELSE full_score END,
       late, delivered_at, package_id, resource_id
FROM best"""  # noqa: S608


def stage(name: str) -> list[str]:
    """Statements that make one of :data:`STAGES` for the rest of the transaction."""
    return [
        f"CREATE TEMPORARY TABLE live_{name} ON COMMIT DROP AS {STAGES[name]}",
        f"ANALYZE live_{name}",
    ]


DELETE_RESULTS = """
DELETE FROM satudata_result r
WHERE CAST(:orgs AS text[]) IS NULL OR r.org_id = ANY(:orgs)
   OR r.obligation_id IN (SELECT id FROM satudata_obligation WHERE org_id = ANY(:orgs))"""

TARGETS = """
SELECT DISTINCT unnest(path) FROM satudata_opd WHERE org_id = ANY(:orgs)"""
"""The organisations themselves and all above them: whose figures change with their rows."""

DELETE_FIGURES = """
DELETE FROM satudata_org_result
WHERE CAST(:targets AS text[]) IS NULL OR org_id = ANY(:targets)"""

_PARTS = ("T", "M", "K", "Q")


def figures(rules: RuleSet) -> str:
    """INSERT of the figures of ``:targets`` (null: all), pooled over the tree in one pass.

    Rows of an organisation that is not scored stay out of the pools above it.
    """
    unmeasured = ", ".join(
        f"'{part}', coalesce(round(sum(weight) FILTER (WHERE counted AND d = 1 AND"
        f" {part.lower()} IS NULL) / sum(weight) FILTER (WHERE counted), 4), 0)"
        for part in _PARTS
    )
    return f"""
WITH placed AS (
    SELECT o.org_id, o.answers_id, step.id AS target, step.nr,
           coalesce((SELECT max(u.nr) FROM unnest(o.path) WITH ORDINALITY AS u(id, nr)
                     JOIN satudata_opd x ON x.org_id = u.id AND NOT x.scored), 0) AS outside
    FROM satudata_opd o CROSS JOIN unnest(o.path) WITH ORDINALITY AS step(id, nr)
), member AS (
    SELECT org_id, target, 'units' AS scope, outside = 0 AS scored FROM placed
    WHERE nr >= outside
    UNION ALL
    SELECT org_id, target, 'answers', outside = 0 FROM placed
    WHERE nr >= outside AND target = answers_id
    UNION ALL
    SELECT org_id, target, 'own', outside = 0 FROM placed WHERE target = org_id
), span AS (SELECT * FROM (VALUES ('quarter'), ('cumulative')) AS s(span)
), seen AS (
    SELECT m.target, m.scope, m.scored, span.span, r.*, false AS nihil,
           CASE WHEN r.counted THEN coalesce(r.s, 0) END AS counted_s
    FROM satudata_result r
    JOIN member m ON m.org_id = r.org_id
    JOIN span ON span.span = 'cumulative' OR r.due_tw = r.tw
    WHERE CAST(:targets AS text[]) IS NULL OR m.target = ANY(:targets)
), valued AS (
    SELECT *,
           CASE WHEN counted THEN {sql.category_sql("kelengkapan")} END AS kelengkapan,
           CASE WHEN counted THEN {sql.category_sql("ketepatan")} END AS ketepatan,
           CASE WHEN counted THEN {sql.category_sql("kualitas")} END AS kualitas
    FROM seen
), pooled AS (
    SELECT target, year, tw, scope, span,
           count(*) AS duties,
           count(*) FILTER (WHERE counted) AS due,
           count(*) FILTER (WHERE counted AND d = 1) AS delivered,
           count(*) FILTER (WHERE counted AND d = 1 AND days_late > 0) AS late,
           count(*) FILTER (WHERE counted AND resource_id IS NULL AND status <> 'dinyatakan')
               AS missing,
           count(*) FILTER (WHERE counted AND priority) AS priority_due,
           count(*) FILTER (WHERE counted AND priority AND d = 1) AS priority_delivered,
           bool_and(d = 1) FILTER (WHERE counted AND priority) AS all_priority_delivered,
           bool_and(scored) AS scored,
           {sql.round_sql(sql.mean_sql("counted_s"))} AS total,
           {sql.round_sql(sql.mean_sql("kelengkapan", 100))} AS completeness,
           {sql.round_sql(sql.mean_sql("ketepatan", 100))} AS timeliness,
           {sql.round_sql(sql.mean_sql("kualitas", 100))} AS quality,
           jsonb_build_object({unmeasured}) AS unmeasured
    FROM valued GROUP BY target, year, tw, scope, span
), counted AS (
    SELECT target, year, tw, scope, span, jsonb_object_agg(status, n) AS statuses
    FROM (SELECT target, year, tw, scope, span, status, count(*) AS n
          FROM seen GROUP BY target, year, tw, scope, span, status) per_status
    GROUP BY target, year, tw, scope, span
)
INSERT INTO satudata_org_result (
    org_id, year, tw, scope, span, statuses, duties, due, delivered, late, missing,
    priority_due, priority_delivered, total, completeness, timeliness, quality, unmeasured,
    band)
SELECT target, year, tw, scope, span, statuses, duties, due, delivered, late, missing,
       priority_due, priority_delivered,
       CASE WHEN scored THEN total END, CASE WHEN scored THEN completeness END,
       CASE WHEN scored THEN timeliness END, CASE WHEN scored THEN quality END, unmeasured,
       CASE WHEN scored THEN {sql.band_sql(rules)} END
FROM pooled JOIN counted USING (target, year, tw, scope, span)"""  # noqa: S608
