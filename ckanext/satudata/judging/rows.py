"""From the steps of :mod:`.stages` to judged rows, as SQL; the score comes from the rule set."""

from __future__ import annotations

from ..rules import sql
from ..rules.ruleset import RuleSet
from .columns import JUDGED, OF_ITEM
from .stages import ITEM_NOW, OWNER

_OF_DUTY = (
    "nr", "obligation_id", "due_year", "due_tw", "org_id", "item_id", "period", "due",
    "due_counted", "priority", "own_cutoff_end", "in_arrears", "moved_out", "moved_in",
    "due_passed", "cutoff_passed", "tracked", "judged_elsewhere", "waived", "nihil_granted",
    "nihil_waits", "nihil_day", "nihil_at", "ruled",
)  # fmt: skip

_BOUND = "greatest(b.bound, CAST(:events_to AS timestamptz))"
"""Until when content counts, where ``b`` is the row of ``eval_mended``, if there is one."""

# A dataset counts for an item if its organisation is the producer's own, above or below it in
# the tree, a contributor or one who had the item before: nobody delivers for a stranger.
_CLAIM = f"""
    SELECT s.nr, s.resource_id, s.sha256 IS NULL AS only_stated, b.bound AS mended_bound,
           m.metadata_id, m.sha256 AS metadata_sha256, m.m, m.m0,
           {_BOUND} AS bound
    FROM (
        SELECT DISTINCT ON (e.nr, e.resource_id) e.*
        FROM eval_event e LEFT JOIN eval_mended b USING (nr)
        WHERE e.counts < {_BOUND}
        ORDER BY e.nr, e.resource_id, e.event_id DESC
    ) s
    JOIN eval_duty d USING (nr)
    LEFT JOIN eval_mended b USING (nr)
    LEFT JOIN eval_opd holder ON holder.org_id = s.org_id
    LEFT JOIN eval_metadata m ON m.package_id = s.package_id
         AND m.at < {_BOUND}
         AND {_BOUND} <= m.until
    WHERE s.kind <> 'withdrawn'
      AND (s.org_id = ANY(d.path) OR d.org_id = ANY(holder.path)
           OR s.org_id = ANY(d.holders))"""  # noqa: S608

# The content that is judged: the last one accepted; without any the last one, unless it was
# returned. A correction that waits for review does not replace what was accepted.
_HELD = """
    SELECT DISTINCT ON (c.nr, c.resource_id) c.*, h.metadata_id, h.metadata_sha256, h.m, h.m0,
           h.mended_bound, coalesce(r.counts < h.bound, false) AS was_returned
    FROM eval_event c
    JOIN claim h USING (nr, resource_id)
    LEFT JOIN (SELECT nr, resource_id, min(counts) AS counts FROM eval_event
               WHERE returned GROUP BY nr, resource_id) r USING (nr, resource_id)
    WHERE c.content AND c.counts < h.bound AND NOT h.only_stated
    ORDER BY c.nr, c.resource_id, c.accepted DESC, c.event_id DESC"""

# The moment at which content and metadata first sufficed together.
_SUFFICED = f"""
    SELECT DISTINCT ON (nr, resource_id) *
    FROM (
        SELECT c.nr, c.resource_id, c.event_id, c.period_start, c.on_behalf,
               CASE WHEN m.at > c.at THEN m.at ELSE c.counts END AS moment,
               CASE WHEN m.at > c.at THEN CAST(m.at AT TIME ZONE :tz AS date) ELSE c.day END
                   AS day
        FROM eval_event c
        LEFT JOIN eval_mended b USING (nr)
        LEFT JOIN eval_metadata m ON m.package_id = c.package_id AND m.until > c.at
             AND m.at < {_BOUND}
        WHERE c.counts < {_BOUND}
          AND c.usable AND NOT c.q_short AND NOT c.returned
          AND coalesce(m.m0 >= CAST(:floor_m0 AS numeric), true)
    ) fit
    WHERE day >= period_start
    ORDER BY nr, resource_id, moment, event_id"""  # noqa: S608

# What came before that moment: the days that its review took, and the first content that had
# everything but a floor, which gives the day if the OPD mended it in the time it was given.
_EARLIER = """
    SELECT e.nr, e.resource_id, sum(e.review_days) AS review_days,
           (array_agg(e.day ORDER BY e.counts, e.event_id) FILTER (WHERE e.short))[1] AS day,
           (array_agg(e.fit_ordinal <= told.ordinal + :mend_days ORDER BY e.counts, e.event_id)
               FILTER (WHERE e.short))[1] AS mended
    FROM (
        SELECT c.*, c.usable AND NOT c.returned AND c.day >= c.period_start AS short,
               CASE WHEN c.q_short THEN greatest(c.at, c.checked) ELSE c.at END AS told,
               fit_day.ordinal AS fit_ordinal
        FROM sufficed f
        JOIN eval_event c USING (nr, resource_id)
        LEFT JOIN eval_day fit_day ON fit_day.day = f.day
        WHERE c.counts < f.moment
    ) e
    LEFT JOIN eval_day told ON told.day = CAST(e.told AT TIME ZONE :tz AS date)
    GROUP BY e.nr, e.resource_id"""


def rows(rules: RuleSet) -> str:
    """One row per duty: its best delivery, judged. Columns of ``model.Judged`` and names."""
    timeliness = sql.timeliness_sql(rules)
    every = "true" if rules.review_every_delivery else "false"
    of_duty = ", ".join(f"d.{name}" for name in _OF_DUTY)
    anew = {"tw": "CAST(:tw AS int)", "org_id": "opd.org_id"}
    carried = ", ".join(anew.get(name, f"c.{name}") for name in JUDGED)
    # OFFSET 0: what is named there is computed once, not again wherever it is read.
    return f"""
WITH claim AS ({_CLAIM}
), held AS ({_HELD}
), sufficed AS ({_SUFFICED}
), earlier AS ({_EARLIER}
), stated AS (
    SELECT DISTINCT nr FROM claim WHERE only_stated
), facts AS (
    SELECT {of_duty},
           l.resource_id, l.package_id, l.event_id, l.at AS content_at, l.sha256, l.bytes,
           l.rows, l.actor, l.source, l.check_id, l.checker, l.metadata_id, l.metadata_sha256,
           l.ruled AS content_ruled, l.m AS held_m, l.m0 AS held_m0, l.k AS held_k,
           l.q AS held_q, f.moment AS fit_at,
           coalesce(l.mended_bound, least(d.own_cutoff_end, CAST(:events_to AS timestamptz)))
               AS own_bound,
           coalesce(e.mended, false) AS mended,
           CASE WHEN e.mended THEN e.day ELSE f.day END AS fit_day,
           CASE WHEN f.moment IS NOT NULL THEN coalesce(e.review_days, 0) END AS fit_review_days,
           coalesce(f.on_behalf, false) AS on_behalf,
           l.resource_id IS NOT NULL AS came,
           coalesce(l.returned, false) AS returned,
           coalesce(l.usable AND NOT l.returned, false) AS stands,
           coalesce(l.q < :floor_q, false) OR coalesce(l.m0 < :floor_m0, false) AS short,
           coalesce(NOT l.usable AND NOT l.returned, false) AS unusable,
           l.readable IS FALSE AS unreadable, coalesce(l.readable AND l.rows = 0, false)
               AS without_rows,
           s.nr IS NOT NULL AS stated,
           coalesce(NOT l.accepted AND NOT l.returned AND ({every} OR l.was_returned), false)
               AS unreviewed
    FROM eval_duty d
    LEFT JOIN stated s USING (nr)
    LEFT JOIN held l USING (nr)
    LEFT JOIN sufficed f ON f.nr = d.nr AND f.resource_id = l.resource_id
    LEFT JOIN earlier e ON e.nr = d.nr AND e.resource_id = l.resource_id
), received AS (
    SELECT *, stands AND (fit_at IS NOT NULL OR short) AS content_received,
           stands AND fit_at IS NULL AND NOT short AS too_early
    FROM facts
), weighed AS (
    SELECT r.*, nihil AS nihil_accepted, r.content_received OR nihil AS received,
           :review_open AND (r.unreviewed OR r.nihil_waits AND NOT r.content_received)
               AS awaiting_review,
           CASE WHEN nihil THEN r.nihil_day ELSE r.fit_day END AS received_on,
           CASE WHEN nihil THEN r.nihil_at ELSE r.fit_at END AS moment,
           CASE WHEN nihil THEN r.nihil_at ELSE r.content_at END AS delivered_at,
           CASE WHEN NOT nihil THEN r.fit_review_days END AS review_days,
           CASE WHEN NOT nihil THEN r.held_m END AS m,
           CASE WHEN NOT nihil THEN r.held_m0 END AS m0,
           CASE WHEN NOT nihil THEN r.held_k END AS k,
           CASE WHEN NOT nihil THEN r.held_q END AS q
    FROM (SELECT *, nihil_granted AND NOT content_received AS nihil FROM received OFFSET 0) r
), timed AS (
    SELECT w.*, w.moment >= w.own_bound AND w.cutoff_passed AS too_late,
           CASE WHEN w.moment IS NOT NULL THEN
               greatest(0, coalesce(came_on.counted, 0) - due_on.counted
                           - coalesce(w.review_days, 0)) END AS late
    FROM weighed w
    LEFT JOIN eval_day came_on ON came_on.day = w.received_on
    LEFT JOIN eval_day due_on ON due_on.day = w.due_counted
    OFFSET 0
), parts AS (
    SELECT *, {sql.delivered_sql(rules)} AS d, {sql.weight_sql(rules)} AS weight,
           CASE WHEN too_late THEN 0 ELSE {timeliness} END AS t,
           {sql.floors_failed_sql(rules)} AS floor_short
    FROM timed OFFSET 0
), scored AS (
    SELECT *, {sql.score_sql(rules)} AS full_score, {sql.status_case_sql(rules)} AS status
    FROM (SELECT *, unusable OR floor_short AS floors_failed FROM parts) p
), best AS (
    SELECT DISTINCT ON (nr) * FROM scored
    ORDER BY nr, d DESC, full_score DESC, came DESC, delivered_at, resource_id COLLATE "C"
), judged AS (
SELECT obligation_id, CAST(:year AS int) AS year, CAST(:tw AS int) AS tw, due_year, due_tw,
       org_id, item_id, period, due, due_counted, priority,
       CAST(weight AS numeric) AS weight, due_passed AND NOT waived AS counted, status,
       array_remove(ARRAY[
           CASE WHEN tracked THEN 'tracked' END,
           CASE WHEN (due_year, due_tw) < (:year, :tw) AND NOT received THEN 'tunggakan' END,
           CASE WHEN too_late THEN 'tunggakan_dilunasi' END,
           CASE WHEN unreadable THEN 'unreadable' END,
           CASE WHEN without_rows THEN 'without_rows' END,
           CASE WHEN too_early THEN 'before_period' END,
           CASE WHEN floor_short THEN 'below_floor' END,
           CASE WHEN received AND late > 0 THEN 'late' END,
           CASE WHEN received AND NOT nihil AND (m IS NULL OR k IS NULL OR q IS NULL)
                THEN 'unmeasured' END,
           CASE WHEN stated AND received THEN 'stated' END,
           CASE WHEN moved_out THEN 'moved_out' END,
           CASE WHEN moved_in THEN 'moved_in' END,
           CASE WHEN unreviewed AND NOT :review_open THEN 'unreviewed' END,
           CASE WHEN on_behalf THEN 'on_behalf' END,
           CASE WHEN mended THEN 'mended' END,
           CASE WHEN source = 'harvest' THEN 'harvested' END,
           CASE WHEN judged_elsewhere THEN 'judged_elsewhere' END
       ], NULL) AS flags,
       CASE WHEN due_passed OR came OR received OR in_arrears THEN d END AS d, t, m, k, q,
       CASE WHEN tracked OR waived OR in_arrears OR moved_out OR status = 'dinyatakan'
                 OR NOT (due_passed OR received) THEN NULL
            ELSE full_score END AS s,
       CAST(late AS int) AS days_late, CAST(review_days AS int) AS review_days, received_on,
       delivered_at, package_id, resource_id, event_id, sha256, bytes, rows, actor, check_id,
       checker, metadata_id, metadata_sha256,
       CASE WHEN ruled IS NULL AND content_ruled IS NULL THEN CAST('{{}}' AS bigint[]) ELSE
           ARRAY(SELECT DISTINCT unnest(ruled || content_ruled) ORDER BY 1) END AS decisions
FROM best
), carried AS (
    SELECT {carried}
    FROM eval_carried c
    JOIN satudata_obligation o ON o.id = c.obligation_id
    LEFT JOIN ({OWNER}) owner ON owner.item_id = c.item_id
    JOIN eval_opd opd ON opd.org_id = coalesce(owner.org_id, o.org_id)
    WHERE CAST(:orgs AS text[]) IS NULL OR opd.org_id = ANY(:orgs)
)
SELECT * FROM judged UNION ALL SELECT * FROM carried"""  # noqa: S608


_JUDGED = ", ".join(f"r.{name}" for name in JUDGED)
_ITEM = ", ".join(OF_ITEM)

PROVEN = f"""
    SELECT {_JUDGED}, o.name AS org_name, o.title AS org_title, o.parent_id AS org_parent_id,
           o.level AS org_level, o.kind AS org_kind, o.answers_id, {_ITEM},
           CASE WHEN lines <> '' THEN encode(sha256(convert_to(lines, 'UTF8')), 'hex')
                ELSE coalesce(evidence_sha256, '') END AS evidence_sha256
    FROM (
        SELECT r.*, concat_ws(E'\\n', CAST(row_to_json(probe) AS text), ruling.lines,
                              event.lines, CAST(row_to_json(meta) AS text)) AS lines
        FROM eval_row r
        LEFT JOIN satudata_check probe ON probe.id = r.check_id
        LEFT JOIN satudata_metadata_event meta ON meta.id = r.metadata_id
        LEFT JOIN (
            SELECT r.obligation_id,
                   string_agg(CAST(row_to_json(made) AS text), E'\\n' ORDER BY made.id) AS lines
            FROM eval_row r JOIN satudata_decision made ON made.id = ANY(r.decisions)
            GROUP BY r.obligation_id
        ) ruling USING (obligation_id)
        LEFT JOIN (
            SELECT d.obligation_id,
                   string_agg(CAST(row_to_json(e) AS text), E'\\n' ORDER BY e.id) AS lines
            FROM eval_event v
            JOIN satudata_event e ON e.id = v.event_id
            JOIN eval_duty d USING (nr)
            LEFT JOIN eval_mended b USING (nr)
            WHERE v.counts < {_BOUND}
            GROUP BY d.obligation_id
        ) event USING (obligation_id)
        OFFSET 0
    ) r
    JOIN eval_opd o USING (org_id)
    JOIN (
        SELECT d.obligation_id, {ITEM_NOW}, NULL AS evidence_sha256
        FROM eval_duty d
        JOIN satudata_obligation o ON o.id = d.obligation_id
        JOIN satudata_item i ON i.id = o.item_id
        UNION ALL
        SELECT obligation_id, {_ITEM}, evidence_sha256 FROM eval_carried
    ) item USING (obligation_id)
    OFFSET 0"""  # noqa: S608
"""The judged rows with names and places of that day, and one hash over all the evidence that each
was judged by: its check, its decisions, its events, its metadata. The time zone of the session
must be UTC."""
