"""The steps from evidence to judged rows, as set-based SQL; the score comes from the rule set.

Every step reads append-only tables up to a bound, so the same bounds give the same rows on any
later day. Only expressions of ``rules.sql`` and names of our own enter the text; all values are
bound. The steps become temporary tables ``eval_…``: PostgreSQL must know how many rows each
holds; as one statement it guesses a few and joins forty thousand duties by nested loops. They
are joined by ``nr``, the number of a duty in this evaluation, which is quicker than its id.
"""

from __future__ import annotations

from ..rules import sql
from ..rules.ruleset import RuleSet

JUDGED = (
    "obligation_id", "year", "tw", "due_year", "due_tw", "org_id", "item_id", "period", "due",
    "due_counted", "priority", "weight", "counted", "status", "flags", "d", "t", "m", "k", "q",
    "s", "days_late", "review_days", "received_on", "delivered_at", "package_id", "resource_id",
    "event_id", "sha256", "bytes", "rows", "actor", "check_id", "checker", "metadata_id",
    "metadata_sha256", "decisions",
)  # fmt: skip
"""Columns of :class:`.model.Judged`."""

NAMED = (
    "org_name", "org_title", "org_parent_id", "org_level", "org_kind", "answers_id", "item_name",
    "unit", "classification", "frequency", "register_version",
)  # fmt: skip
"""What a frozen row has besides: names and places of that day."""

_OF_DUTY = (
    "nr", "obligation_id", "due_year", "due_tw", "org_id", "item_id", "period", "due",
    "due_counted", "priority", "own_cutoff_end", "in_arrears", "moved_out", "moved_in",
    "due_passed", "cutoff_passed", "tracked", "judged_elsewhere", "waived", "nihil_granted",
    "nihil_waits", "nihil_day", "nihil_at", "ruled", "item_name", "unit", "classification",
    "frequency", "register_version",
)  # fmt: skip
_OF_ITEM = ("item_name", "unit", "classification", "frequency", "register_version")
_ITEM_NOW = """coalesce(o.item_name, i.name) AS item_name, coalesce(o.unit, i.unit) AS unit,
               coalesce(o.classification, i.classification) AS classification"""

_DAY = """
    SELECT day, workday, ordinal, ordinal + (NOT workday)::int AS counted
    FROM unnest(CAST(:days AS date[]), CAST(:workdays AS bool[]), CAST(:ordinals AS int[]))
         AS d(day, workday, ordinal)"""
"""``counted``: the working day on which what comes on this day counts as come."""

_OPD = """
    WITH known AS (
        SELECT DISTINCT ON (org_id) *
        FROM satudata_opd_version
        -- The last state before the bound; of an organisation made later its first.
        ORDER BY org_id, at < :tree_to DESC, CASE WHEN at < :tree_to THEN -id ELSE id END
    ), present AS (SELECT * FROM known WHERE NOT gone)
    SELECT k.*,
           EXISTS (SELECT FROM present x WHERE x.org_id = ANY(k.path) AND NOT x.scored) AS tracked,
           EXISTS (SELECT FROM present x
                   WHERE x.org_id = k.answers_id AND x.sdi_role = 'walidata') AS judged_elsewhere
    FROM present k"""
"""``tracked``: outside the government; ``judged_elsewhere``: the walidata's own."""

_OWNER = """
    SELECT DISTINCT ON (item_id) item_id,
           CASE WHEN at < :tree_to THEN to_org ELSE from_org END AS org_id,
           array_agg(from_org) OVER (PARTITION BY item_id)
               || array_agg(to_org) OVER (PARTITION BY item_id) AS holders
    FROM satudata_item_owner WHERE at < :decisions_to
    ORDER BY item_id, at < :tree_to DESC, CASE WHEN at < :tree_to THEN -id ELSE id END"""
"""Items that passed to another organisation: whose they are, and all who had them."""

_RULING = """
    SELECT x.* FROM satudata_decision x
    WHERE x.at < :decisions_to
      AND x.kind IN ('waiver', 'extension', 'nihil_claim', 'nihil_accept', 'nihil_refuse',
                     'accept', 'return', 'received', 'received_confirm', 'approve')
      AND NOT EXISTS (SELECT FROM satudata_decision r
                      WHERE r.revokes = x.id AND r.at < :decisions_to)"""

# What was settled in an earlier quarter of the year stays as it was judged there.
_CARRIED = f"""
    SELECT r.* FROM (
        SELECT {", ".join((*JUDGED, *_OF_ITEM, "evidence_sha256"))}
        FROM satudata_final_row WHERE final_id = :carry_final
        UNION ALL
        SELECT {", ".join(f"r.{name}" for name in JUDGED)},
               {_ITEM_NOW}, o.frequency, o.register_version, NULL
        FROM satudata_result r
        JOIN satudata_obligation o ON o.id = r.obligation_id
        JOIN satudata_item i ON i.id = r.item_id
        WHERE CAST(:carry_final AS bigint) IS NULL AND r.year = :year AND r.tw = :tw - 1
          AND (NOT :sealed_only OR o.sealed IS NOT NULL)
    ) r
    WHERE r.due_year = r.year AND (r.d = 1 OR r.status IN ('dibebaskan', 'nihil_diterima'))"""  # noqa: S608

_ARREARS = """
        SELECT obligation_id FROM satudata_final_row
        WHERE final_id = :arrears_final AND (counted OR due_year < year) AND d = 0
          AND (:year > year OR due_year < :year)"""

_DUTY = f"""
    WITH waived AS (
        SELECT obligation_id, array_agg(id) AS ids FROM eval_ruling
        WHERE kind = 'waiver' GROUP BY obligation_id
    ), extended AS (
        SELECT DISTINCT ON (obligation_id) obligation_id, id, day,
               CAST(details->>'year' AS int) AS year, CAST(details->>'tw' AS int) AS tw
        FROM eval_ruling WHERE kind = 'extension' ORDER BY obligation_id, id DESC
    ), nihil AS (
        SELECT DISTINCT ON (c.obligation_id) c.obligation_id, c.at,
               CAST(c.at AT TIME ZONE :tz AS date) AS day, coalesce(a.kind, '') AS answer,
               array_remove(ARRAY[c.id, a.id], NULL) AS ids
        FROM eval_ruling c
        LEFT JOIN eval_ruling a ON a.answers = c.id AND a.kind IN ('nihil_accept', 'nihil_refuse')
        WHERE c.kind = 'nihil_claim' AND c.at < :events_to
        ORDER BY c.obligation_id, c.id DESC, a.id DESC
    ), arrears AS ({_ARREARS}
    ), placed AS (
        SELECT o.*, x.day AS extended_to, x.id AS extension_id,
               coalesce(x.year, o.year) AS in_year, coalesce(x.tw, o.tw) AS in_tw,
               a.obligation_id IS NOT NULL AS in_arrears
        FROM satudata_obligation o
        LEFT JOIN extended x ON x.obligation_id = o.id
        LEFT JOIN arrears a ON a.obligation_id = o.id
        WHERE (o.year = :year AND o.tw <= :tw OR x.year = :year AND x.tw <= :tw
               OR a.obligation_id IS NOT NULL)
          AND (NOT :sealed_only OR o.sealed < :decisions_to)
          AND NOT EXISTS (SELECT FROM eval_carried c WHERE c.obligation_id = o.id)
    ), seen AS (
        SELECT *, NOT in_arrears AND (in_year, in_tw) > (:year, :tw) AS moved_out,
               NOT in_arrears AND (in_year, in_tw) <> (year, tw)
               AND (in_year, in_tw) <= (:year, :tw) AS moved_in
        FROM placed
    )
    SELECT CAST(row_number() OVER () AS int) AS nr, s.id AS obligation_id, s.item_id,
           s.frequency, s.period, s.period_start, s.due,
           coalesce(workday.day, s.due_counted) AS due_counted, due_day.counted AS due_ordinal,
           CASE WHEN moved_in THEN in_year ELSE s.year END AS due_year,
           CASE WHEN moved_in THEN in_tw ELSE s.tw END AS due_tw,
           in_arrears, moved_out, moved_in, opd.org_id, opd.path,
           {_ITEM_NOW.replace("o.", "s.")},
           coalesce(s.priority, i.priority) AS priority,
           coalesce(s.contributors, i.contributors) || coalesce(owner.holders, '{{}}') AS holders,
           s.register_version,
           NOT (in_arrears OR moved_out)
               AND CAST(:as_of_day AS date) > coalesce(workday.day, s.due_counted) AS due_passed,
           coalesce(own.cutoff_end, '-infinity') AS own_cutoff_end,
           CAST(:now AS timestamptz) >= coalesce(own.cutoff_end, '-infinity')
               AND NOT moved_out AS cutoff_passed,
           opd.tracked, opd.judged_elsewhere,
           w.ids IS NOT NULL AS waived,
           coalesce(n.answer = 'nihil_accept', false) AS nihil_granted,
           coalesce(n.answer = '', false) AS nihil_waits, n.day AS nihil_day, n.at AS nihil_at,
           w.ids || n.ids || CASE WHEN s.extension_id IS NOT NULL THEN ARRAY[s.extension_id] END
               AS ruled
    FROM seen s
    JOIN satudata_item i ON i.id = s.item_id
    LEFT JOIN eval_owner owner ON owner.item_id = s.item_id
    JOIN eval_opd opd ON opd.org_id = coalesce(owner.org_id, s.org_id)
    LEFT JOIN unnest(CAST(:tws AS int[]), CAST(:cutoff_ends AS timestamptz[]))
         AS own(tw, cutoff_end)
         ON NOT in_arrears AND own.tw = CASE WHEN moved_in THEN in_tw ELSE s.tw END
    LEFT JOIN waived w ON w.obligation_id = s.id
    LEFT JOIN nihil n ON n.obligation_id = s.id
    LEFT JOIN eval_day due_day ON due_day.day = coalesce(s.extended_to, s.due)
    LEFT JOIN eval_day workday ON workday.workday AND workday.ordinal = due_day.counted
    WHERE CAST(:orgs AS text[]) IS NULL OR opd.org_id = ANY(:orgs)"""  # noqa: S608

# ``counts``: when an event counts as made: a letter on the day it was received, a harvested
# file when the portal could first have had it.
_EVENT = """
    WITH said AS (
        -- What is said of one delivery: the date of receipt, the approval inside the OPD.
        SELECT event_id,
               (array_agg(day ORDER BY id DESC) FILTER (WHERE kind = 'received' AND (
                   NOT coalesce(CAST(details->>'confirm' AS bool), false)
                   OR EXISTS (SELECT FROM eval_ruling c WHERE c.kind = 'received_confirm'
                                                          AND c.answers = eval_ruling.id))))[1]
                   AS received,
               min(at) FILTER (WHERE kind = 'approve') AS approved,
               array_agg(id) AS ids
        FROM eval_ruling WHERE kind IN ('received', 'approve') GROUP BY event_id
    )
    SELECT d.nr, e.id AS event_id, e.at, e.kind, e.resource_id, e.package_id, e.org_id, e.sha256,
           e.bytes, e.actor, e.source, said.received, said.approved, said.ids AS said_ids,
           least(e.counts_at, CAST(said.received + 1 AS timestamp) AT TIME ZONE :tz
                              - interval '1 microsecond') AS counts
    FROM eval_duty d
    JOIN satudata_event e ON e.item_id = d.item_id AND e.period = d.period
         AND e.at < :decisions_to
    LEFT JOIN said ON said.event_id = e.id"""

_METADATA = """
    SELECT e.id AS metadata_id, e.package_id, e.sha256,
           -- What was before the first known state is taken to be like it.
           CASE WHEN lag(e.id) OVER known IS NULL THEN '-infinity' ELSE e.at END AS at,
           coalesce(lead(e.at) OVER known, 'infinity') AS until,
           CAST(e.filled AS numeric) / nullif(e.required, 0) AS m,
           CAST(e.always_filled AS numeric) / nullif(e.always_required, 0) AS m0
    FROM satudata_metadata_event e
    WHERE e.at < :decisions_to AND e.package_id IN (SELECT package_id FROM eval_event)
    WINDOW known AS (PARTITION BY e.package_id ORDER BY e.at, e.id)"""

_CONTENT = """
    WITH measured AS (
        SELECT k.id AS check_id, k.sha256, k.checked, k.readable, k.rows, k.checker,
               CAST(k.cells - k.empty_cells AS numeric) / nullif(k.cells, 0) AS k,
               CAST(k.passed AS numeric) / nullif(k.run, 0) AS q
        FROM satudata_check k
        -- The last one counts; but a later try that failed does not undo what was measured.
        WHERE k.checked < :checks_to AND NOT EXISTS (
            SELECT FROM satudata_check l
            WHERE l.sha256 = k.sha256 AND l.checked < :checks_to
              AND (l.readable IS NOT NULL, l.id) > (k.readable IS NOT NULL, k.id))
    ), verdict AS (
        -- The last verdict on a content holds wherever the same content turns up for the duty.
        SELECT DISTINCT ON (e.item_id, e.period, e.sha256) e.item_id, e.period, e.sha256, x.id,
               x.kind AS verdict, x.at, coalesce(CAST(x.details->>'fault' AS bool), false) AS fault
        FROM eval_ruling x JOIN satudata_event e ON e.id = x.event_id
        WHERE x.kind IN ('accept', 'return')
        ORDER BY e.item_id, e.period, e.sha256, x.id DESC
    )
    SELECT e.nr, e.resource_id, e.package_id, e.event_id, e.at, e.counts, e.sha256, e.bytes,
           e.actor, e.source, k.check_id, k.checked, k.checker, k.readable, k.rows, k.k, k.q,
           k.readable IS NOT FALSE AND (k.readable IS NULL OR k.rows > 0)
               AND (NOT :opd_approval OR e.approved IS NOT NULL) AS usable,
           coalesce(k.q < CAST(:floor_q AS numeric), false) AS q_short,
           v.verdict IS NOT DISTINCT FROM 'accept' AS accepted,
           v.verdict IS NOT DISTINCT FROM 'return' AS returned,
           v.at AS judged_at, e.received IS NOT NULL AS on_behalf,
           e.said_ids || CASE WHEN v.id IS NOT NULL THEN ARRAY[v.id] END AS ruled,
           CAST(CASE WHEN :opd_approval AND approval.ordinal - came.ordinal > :approval_days
                     THEN e.approved ELSE e.counts END AT TIME ZONE :tz AS date) AS day,
           d.period_start,
           CASE WHEN v.verdict = 'return' AND NOT v.fault THEN greatest(
                    0, judged.ordinal - greatest(came.ordinal, d.due_ordinal)
                       - :review_free_days) ELSE 0 END AS review_days
    FROM eval_event e
    JOIN eval_duty d USING (nr)
    LEFT JOIN measured k ON k.sha256 = e.sha256
    LEFT JOIN verdict v ON v.item_id = d.item_id AND v.period = d.period AND v.sha256 = e.sha256
    LEFT JOIN eval_day came ON came.day = CAST(e.at AT TIME ZONE :tz AS date)
    LEFT JOIN eval_day judged ON judged.day = CAST(v.at AT TIME ZONE :tz AS date)
    LEFT JOIN eval_day approval ON approval.day = CAST(e.approved AT TIME ZONE :tz AS date)
    WHERE e.kind IN ('delivered', 'replaced')"""

# Content that a return or a failed floor gives days to mend, and when they end.
_CHANCE = """
    SELECT n.nr, n.counts, n.returned,
           CAST(last.day + 1 AS timestamp) AT TIME ZONE :tz AS mend_end,
           least(n.own_cutoff_end, CAST(:events_to AS timestamptz)) AS bound
    FROM (
        SELECT c.nr, c.counts, c.returned, d.own_cutoff_end,
               CASE WHEN c.returned THEN c.judged_at
                    WHEN c.q_short THEN greatest(c.at, c.checked) ELSE c.at END AS told
        FROM eval_content c
        JOIN eval_duty d USING (nr)
        LEFT JOIN eval_metadata m
             ON m.package_id = c.package_id AND m.at <= c.at AND c.at < m.until
        WHERE c.returned OR c.usable AND (c.q_short OR m.m0 < CAST(:floor_m0 AS numeric))
    ) n
    JOIN eval_day told ON told.day = CAST(n.told AT TIME ZONE :tz AS date)
    JOIN eval_day last ON last.workday AND last.ordinal = told.ordinal + :mend_days"""

# Until when content counts for these duties: returns put it off again and again, a failed floor
# once, each for content that came in time.
_MENDED = """
    WITH RECURSIVE step AS (
        SELECT DISTINCT nr, bound, bound AS first_bound FROM eval_chance
        UNION
        SELECT s.nr, c.mend_end, s.first_bound
        FROM step s JOIN eval_chance c USING (nr)
        WHERE c.counts < CASE WHEN c.returned THEN s.bound ELSE s.first_bound END
          AND c.mend_end > s.bound
    )
    SELECT nr, max(bound) AS bound FROM step GROUP BY nr"""

STAGES = {
    "day": _DAY,
    "opd": _OPD,
    "owner": _OWNER,
    "ruling": _RULING,
    "carried": _CARRIED,
    "duty": _DUTY,
    "event": _EVENT,
    "metadata": _METADATA,
    "content": _CONTENT,
    "chance": _CHANCE,
    "mended": _MENDED,
}
"""Steps to the result, in order, each a query over those before it by name."""

JOINED = {
    "day": "day, ordinal, workday",
    "opd": "org_id",
    "ruling": "kind, obligation_id, event_id, answers",
    "duty": "nr, item_id, period, org_id",
    "event": "nr, resource_id, package_id, sha256, kind",
    "metadata": "package_id",
    "content": "nr, resource_id, package_id",
    "chance": "nr",
    "mended": "nr",
    "row": "obligation_id, org_id",
}
"""Columns that the larger steps are joined by; PostgreSQL need not know more of them."""

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
           h.mended_bound, h.bound,
           bool_or(c.returned) OVER (PARTITION BY c.nr, c.resource_id) AS was_returned
    FROM eval_content c JOIN claim h USING (nr, resource_id)
    WHERE c.counts < h.bound AND NOT h.only_stated
    ORDER BY c.nr, c.resource_id, c.accepted DESC, c.event_id DESC"""

# The moment at which content and metadata first sufficed together.
_SUFFICED = f"""
    SELECT DISTINCT ON (nr, resource_id) *
    FROM (
        SELECT c.nr, c.resource_id, c.event_id, c.period_start, c.on_behalf,
               CASE WHEN m.at > c.at THEN m.at ELSE c.counts END AS moment,
               CASE WHEN m.at > c.at THEN CAST(m.at AT TIME ZONE :tz AS date) ELSE c.day END
                   AS day
        FROM eval_content c
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
        JOIN eval_content c USING (nr, resource_id)
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
    FROM (SELECT *, unusable OR floor_short AS floors_failed FROM parts) p OFFSET 0
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
           ARRAY(SELECT DISTINCT unnest(ruled || content_ruled) ORDER BY 1) END AS decisions,
       item_name, unit, classification, frequency, register_version,
       CAST(NULL AS text) AS evidence_sha256
FROM best
), carried AS (
    SELECT {carried}, {", ".join(f"c.{name}" for name in _OF_ITEM)}, c.evidence_sha256
    FROM eval_carried c
    JOIN satudata_obligation o ON o.id = c.obligation_id
    LEFT JOIN eval_owner owner ON owner.item_id = c.item_id
    JOIN eval_opd opd ON opd.org_id = coalesce(owner.org_id, o.org_id)
    WHERE CAST(:orgs AS text[]) IS NULL OR opd.org_id = ANY(:orgs)
)
SELECT r.*, o.name AS org_name, o.title AS org_title, o.parent_id AS org_parent_id,
       o.level AS org_level, o.kind AS org_kind, o.answers_id
FROM (SELECT * FROM judged UNION ALL SELECT * FROM carried) r JOIN eval_opd o USING (org_id)"""  # noqa: S608


_PLAIN = ", ".join(f"r.{name}" for name in (*JUDGED, *NAMED))

PROVEN = f"""
    SELECT {_PLAIN},
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
    ) r OFFSET 0"""  # noqa: S608
"""The judged rows with one hash over all the evidence that each was judged by: its check, its
decisions, its events, its metadata. The time zone of the session must be UTC."""


def stage(name: str, query: str) -> list[str]:
    """Statements that make the temporary table ``eval_<name>`` of a query."""
    made = [
        f"DROP TABLE IF EXISTS eval_{name}",
        f"CREATE TEMPORARY TABLE eval_{name} ON COMMIT DROP AS {query}",
    ]
    return [*made, f"ANALYZE eval_{name} ({JOINED[name]})"] if name in JOINED else made
