"""The set-based SQL that judges one quarter from evidence, its score built from the rule set.

Every step reads append-only tables up to a bound, so the same bounds give the same rows on any
later day. Only expressions of ``rules.sql`` and names of our own enter the text; all values are
bound. The steps become temporary tables ``eval_…``: PostgreSQL must know how many rows each
holds; as one statement it guesses a few and joins forty thousand duties by nested loops.
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

_OF_ITEM = ("item_name", "unit", "classification", "frequency", "register_version")
_ITEM_NOW = """coalesce(o.item_name, i.name) AS item_name, coalesce(o.unit, i.unit) AS unit,
               coalesce(o.classification, i.classification) AS classification"""

DAY = """
    SELECT day, workday, ordinal, ordinal + (NOT workday)::int AS counted
    FROM unnest(CAST(:days AS date[]), CAST(:workdays AS bool[]), CAST(:ordinals AS int[]))
         AS d(day, workday, ordinal)"""
"""``counted``: the working day on which what comes on this day counts as come."""

OPD = """
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

OWNER = """
    SELECT DISTINCT ON (item_id) item_id,
           CASE WHEN at < :tree_to THEN to_org ELSE from_org END AS org_id,
           array_agg(from_org) OVER (PARTITION BY item_id)
               || array_agg(to_org) OVER (PARTITION BY item_id) AS holders
    FROM satudata_item_owner WHERE at < :decisions_to
    ORDER BY item_id, at < :tree_to DESC, CASE WHEN at < :tree_to THEN -id ELSE id END"""
"""Items that passed to another organisation: whose they are, and all who had them."""

RULING = """
    SELECT x.* FROM satudata_decision x
    WHERE x.at < :decisions_to
      AND x.kind IN ('waiver', 'extension', 'nihil_claim', 'nihil_accept', 'nihil_refuse',
                     'accept', 'return', 'received', 'received_confirm', 'approve')
      AND NOT EXISTS (SELECT FROM satudata_decision r
                      WHERE r.revokes = x.id AND r.at < :decisions_to)"""

# What was settled in an earlier quarter of the year stays as it was judged there.
CARRIED = f"""
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

DUTY = f"""
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
    SELECT s.id AS obligation_id, s.item_id, s.frequency, s.period, s.period_start, s.due,
           coalesce(workday.day, s.due_counted) AS due_counted, due_day.counted AS due_ordinal,
           CASE WHEN moved_in THEN in_year ELSE s.year END AS due_year,
           CASE WHEN moved_in THEN in_tw ELSE s.tw END AS due_tw,
           in_arrears, moved_out, moved_in, opd.org_id, opd.path, opd.answers_id,
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
           w.ids IS NOT NULL AS waived, n.answer = 'nihil_accept' AS nihil_accepted,
           n.answer = '' AS nihil_waits, n.day AS nihil_day, n.at AS nihil_at,
           w.ids || n.ids || s.extension_id AS ruled
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

# What is said of one delivery: the date of receipt, the approval inside the OPD.
SAID = """
    SELECT event_id,
           (array_agg(day ORDER BY id DESC) FILTER (WHERE kind = 'received' AND (
               NOT coalesce(CAST(details->>'confirm' AS bool), false)
               OR EXISTS (SELECT FROM eval_ruling c
                          WHERE c.kind = 'received_confirm' AND c.answers = eval_ruling.id))))[1]
               AS received,
           min(at) FILTER (WHERE kind = 'approve') AS approved,
           array_agg(id) AS ids
    FROM eval_ruling WHERE kind IN ('received', 'approve') GROUP BY event_id"""

# The last verdict on a content holds wherever the same content turns up for the duty.
VERDICT = """
    SELECT DISTINCT ON (e.item_id, e.period, e.sha256) e.item_id, e.period, e.sha256, x.id,
           x.kind AS verdict, x.at, coalesce(CAST(x.details->>'fault' AS bool), false) AS fault
    FROM eval_ruling x JOIN satudata_event e ON e.id = x.event_id
    WHERE x.kind IN ('accept', 'return')
    ORDER BY e.item_id, e.period, e.sha256, x.id DESC"""

# ``counts``: when an event counts as made: a letter on the day it was received, a harvested
# file when the portal could first have had it.
EVENT = """
    SELECT d.obligation_id, e.item_id, e.period, e.id AS event_id, e.at, e.kind, e.resource_id,
           e.package_id, e.org_id, e.sha256, e.bytes, e.actor, e.source, said.received,
           said.approved, said.ids AS said_ids,
           least(e.counts_at, CAST(said.received + 1 AS timestamp) AT TIME ZONE :tz
                              - interval '1 microsecond') AS counts
    FROM eval_duty d
    JOIN satudata_event e ON e.item_id = d.item_id AND e.period = d.period
         AND e.at < :decisions_to
    LEFT JOIN eval_said said ON said.event_id = e.id"""

METADATA = """
    SELECT e.id AS metadata_id, e.package_id, e.sha256,
           -- What was before the first known state is taken to be like it.
           CASE WHEN lag(e.id) OVER known IS NULL THEN '-infinity' ELSE e.at END AS at,
           coalesce(lead(e.at) OVER known, 'infinity') AS until,
           CAST(e.filled AS numeric) / nullif(e.required, 0) AS m,
           CAST(e.always_filled AS numeric) / nullif(e.always_required, 0) AS m0
    FROM (SELECT DISTINCT package_id FROM eval_event) used
    JOIN satudata_metadata_event e USING (package_id)
    WHERE e.at < :decisions_to
    WINDOW known AS (PARTITION BY e.package_id ORDER BY e.id)"""

MEASURED = """
    SELECT DISTINCT ON (k.sha256) k.id AS check_id, k.sha256, k.checked, k.readable, k.rows,
           k.checker, CAST(k.cells - k.empty_cells AS numeric) / nullif(k.cells, 0) AS k,
           CAST(k.passed AS numeric) / nullif(k.run, 0) AS q
    FROM (SELECT DISTINCT sha256 FROM eval_event) used
    JOIN satudata_check k USING (sha256)
    WHERE k.checked < :checks_to
    -- A later try that failed does not undo what was measured.
    ORDER BY k.sha256, k.readable IS NULL, k.id DESC"""

CONTENT = """
    SELECT e.obligation_id, e.resource_id, e.package_id, e.event_id, e.at, e.counts, e.sha256,
           e.bytes, e.actor, e.source, k.check_id, k.checked, k.checker, k.readable, k.rows, k.k,
           k.q,
           k.readable IS NOT FALSE AND (k.readable IS NULL OR k.rows > 0)
               AND (NOT :opd_approval OR e.approved IS NOT NULL) AS usable,
           coalesce(k.q < CAST(:floor_q AS numeric), false) AS q_short,
           v.verdict, v.at AS judged_at, e.said_ids || v.id AS ruled,
           e.received IS NOT NULL AS on_behalf,
           CAST(CASE WHEN :opd_approval AND approval.ordinal - came.ordinal > :approval_days
                     THEN e.approved ELSE e.counts END AT TIME ZONE :tz AS date) AS day,
           CASE WHEN v.verdict = 'return' AND NOT v.fault THEN greatest(
                    0, judged.ordinal - greatest(came.ordinal, d.due_ordinal)
                       - :review_free_days) ELSE 0 END AS review_days
    FROM eval_event e
    JOIN eval_duty d USING (obligation_id)
    LEFT JOIN eval_measured k ON k.sha256 = e.sha256
    LEFT JOIN eval_verdict v
         ON v.item_id = e.item_id AND v.period = e.period AND v.sha256 = e.sha256
    LEFT JOIN eval_day came ON came.day = CAST(e.at AT TIME ZONE :tz AS date)
    LEFT JOIN eval_day judged ON judged.day = CAST(v.at AT TIME ZONE :tz AS date)
    LEFT JOIN eval_day approval ON approval.day = CAST(e.approved AT TIME ZONE :tz AS date)
    WHERE e.kind IN ('delivered', 'replaced')"""

# Until when content for a duty counts: its cutoff, and the days to mend that a return gives
# (again and again) or the first failed floor (once), each for content that came in time.
BOUND = """
    WITH RECURSIVE notice AS (
        SELECT c.obligation_id, c.counts, c.verdict IS NOT DISTINCT FROM 'return' AS returned,
               CASE WHEN c.verdict = 'return' THEN c.judged_at
                    WHEN c.q_short THEN greatest(c.at, c.checked) ELSE c.at END AS told
        FROM eval_content c
        LEFT JOIN eval_metadata m ON m.package_id = c.package_id AND m.at <= c.at AND c.at < m.until
        WHERE c.verdict = 'return'
           OR c.usable AND (c.q_short OR m.m0 < CAST(:floor_m0 AS numeric))
    ), chance AS (
        SELECT n.obligation_id, n.counts, n.returned,
               CAST(last.day + 1 AS timestamp) AT TIME ZONE :tz AS mend_end
        FROM notice n
        JOIN eval_day told ON told.day = CAST(n.told AT TIME ZONE :tz AS date)
        JOIN eval_day last ON last.workday AND last.ordinal = told.ordinal + :mend_days
    ), base AS (
        SELECT d.obligation_id, least(d.own_cutoff_end, CAST(:events_to AS timestamptz)) AS bound
        FROM eval_duty d
    ), step AS (
        SELECT b.obligation_id, b.bound, b.bound AS first_bound FROM base b
        WHERE EXISTS (SELECT FROM chance c WHERE c.obligation_id = b.obligation_id)
        UNION
        SELECT s.obligation_id, c.mend_end, s.first_bound
        FROM step s JOIN chance c USING (obligation_id)
        WHERE c.counts < CASE WHEN c.returned THEN s.bound ELSE s.first_bound END
          AND c.mend_end > s.bound
    )
    SELECT b.obligation_id, coalesce(mended.bound, b.bound) AS own_bound,
           greatest(coalesce(mended.bound, '-infinity'), CAST(:events_to AS timestamptz)) AS bound
    FROM base b
    LEFT JOIN (SELECT obligation_id, max(bound) AS bound FROM step GROUP BY obligation_id) mended
         USING (obligation_id)"""

# A dataset counts for an item if its organisation is the producer's own, above or below it in
# the tree, a contributor or one who had the item before: nobody delivers for a stranger.
CLAIM = """
    SELECT s.obligation_id, s.resource_id, s.package_id, s.sha256 IS NULL AS only_stated,
           m.metadata_id, m.sha256 AS metadata_sha256, m.m, m.m0, b.bound, b.own_bound
    FROM (
        SELECT DISTINCT ON (e.obligation_id, e.resource_id) e.*
        FROM eval_event e JOIN eval_bound b USING (obligation_id)
        WHERE e.counts < b.bound
        ORDER BY e.obligation_id, e.resource_id, e.event_id DESC
    ) s
    JOIN eval_duty d USING (obligation_id)
    JOIN eval_bound b USING (obligation_id)
    LEFT JOIN eval_opd holder ON holder.org_id = s.org_id
    LEFT JOIN eval_metadata m ON m.package_id = s.package_id AND m.at < b.bound
         AND b.bound <= m.until
    WHERE s.kind <> 'withdrawn'
      AND (s.org_id = ANY(d.path) OR d.org_id = ANY(holder.path)
           OR s.org_id = ANY(d.holders))"""

# The content that is judged: the last one accepted; without any the last one, unless it was
# returned. A correction that waits for review does not replace what was accepted.
CHOSEN = """
    SELECT DISTINCT ON (c.obligation_id, c.resource_id) c.*,
           bool_or(c.verdict = 'return') OVER (PARTITION BY c.obligation_id, c.resource_id)
               AS was_returned
    FROM eval_content c JOIN eval_claim h USING (obligation_id, resource_id)
    WHERE c.counts < h.bound
    ORDER BY c.obligation_id, c.resource_id, c.verdict IS NOT DISTINCT FROM 'accept' DESC,
             c.event_id DESC"""

# The moment at which content and metadata first sufficed together, and what is taken off.
ARRIVED = """
    WITH fit AS (
        SELECT c.obligation_id, c.resource_id,
               CASE WHEN m.at > c.at THEN m.at ELSE c.counts END AS moment,
               CASE WHEN m.at > c.at THEN CAST(m.at AT TIME ZONE :tz AS date) ELSE c.day END
                   AS day,
               c.on_behalf
        FROM eval_content c
        JOIN eval_claim h USING (obligation_id, resource_id)
        JOIN eval_duty d USING (obligation_id)
        LEFT JOIN eval_metadata m ON m.package_id = c.package_id AND m.until > c.at
             AND m.at < h.bound
        WHERE c.counts < h.bound AND c.usable AND NOT c.q_short
          AND c.verdict IS DISTINCT FROM 'return'
          AND coalesce(m.m0 >= CAST(:floor_m0 AS numeric), true)
    ), first AS (
        SELECT DISTINCT ON (f.obligation_id, f.resource_id) f.*
        FROM fit f JOIN eval_duty d USING (obligation_id)
        WHERE f.day >= d.period_start
        ORDER BY f.obligation_id, f.resource_id, f.moment
    ), short AS (
        -- The first content that had everything but a floor, and when the OPD was told.
        SELECT DISTINCT ON (c.obligation_id, c.resource_id) c.obligation_id, c.resource_id,
               c.counts, c.day,
               CASE WHEN c.q_short THEN greatest(c.at, c.checked) ELSE c.at END AS told
        FROM eval_content c JOIN eval_duty d USING (obligation_id)
        WHERE c.usable AND c.verdict IS DISTINCT FROM 'return' AND c.day >= d.period_start
        ORDER BY c.obligation_id, c.resource_id, c.counts, c.event_id
    ), waited AS (
        SELECT c.obligation_id, c.resource_id, sum(c.review_days) AS days
        FROM eval_content c JOIN first f USING (obligation_id, resource_id)
        WHERE c.counts < f.moment AND c.review_days > 0
        GROUP BY c.obligation_id, c.resource_id
    )
    SELECT f.obligation_id, f.resource_id, f.moment, f.on_behalf,
           coalesce(w.days, 0) AS review_days,
           coalesce(s.counts < f.moment AND fit_day.ordinal <= told.ordinal + :mend_days, false)
               AS mended,
           CASE WHEN s.counts < f.moment AND fit_day.ordinal <= told.ordinal + :mend_days
                THEN s.day ELSE f.day END AS day
    FROM first f
    LEFT JOIN short s USING (obligation_id, resource_id)
    LEFT JOIN waited w USING (obligation_id, resource_id)
    LEFT JOIN eval_day told ON told.day = CAST(s.told AT TIME ZONE :tz AS date)
    LEFT JOIN eval_day fit_day ON fit_day.day = f.day"""

STAGES = {
    "day": DAY,
    "opd": OPD,
    "owner": OWNER,
    "ruling": RULING,
    "carried": CARRIED,
    "duty": DUTY,
    "said": SAID,
    "verdict": VERDICT,
    "event": EVENT,
    "metadata": METADATA,
    "measured": MEASURED,
    "content": CONTENT,
    "bound": BOUND,
    "claim": CLAIM,
    "chosen": CHOSEN,
    "arrived": ARRIVED,
}
"""Steps to the result, in order, each a query over those before it by name."""

INDEXES = {
    "day": "(day)",
    "duty": "(obligation_id)",
    "content": "(obligation_id, resource_id)",
}

JOINED = {
    "day": "day, ordinal, workday",
    "opd": "org_id",
    "owner": "item_id",
    "ruling": "kind, obligation_id, event_id, answers",
    "carried": "obligation_id",
    "duty": "obligation_id, item_id, period, org_id",
    "said": "event_id",
    "verdict": "item_id, period, sha256",
    "event": "obligation_id, resource_id, package_id, sha256, kind",
    "metadata": "package_id",
    "measured": "sha256",
    "content": "obligation_id, resource_id, package_id, verdict, usable, q_short",
    "bound": "obligation_id",
    "claim": "obligation_id, resource_id, only_stated",
    "chosen": "obligation_id, resource_id",
    "arrived": "obligation_id, resource_id",
    "row": "obligation_id, org_id",
    "proof": "obligation_id",
    "proven": "obligation_id",
}
"""Columns that a step is joined or picked by; PostgreSQL need not know more of it."""


def rows(rules: RuleSet) -> str:
    """One row per duty: its best delivery, judged. Columns of ``model.Judged`` and names."""
    timeliness = sql.timeliness_sql(rules)
    every = "true" if rules.review_every_delivery else "false"
    anew = {"tw": "CAST(:tw AS int)", "org_id": "opd.org_id"}
    carried = ", ".join(anew.get(name, f"c.{name}") for name in JUDGED)
    return f"""
WITH stated AS (
    SELECT obligation_id FROM eval_claim GROUP BY obligation_id HAVING bool_or(only_stated)
), held AS (
    SELECT h.*, c.event_id, c.at, c.sha256, c.bytes, c.actor, c.source, c.check_id, c.checker,
           c.readable, c.rows, c.k, c.q, c.usable, c.verdict, c.on_behalf, c.was_returned,
           c.ruled AS verdict_ids,
           c.verdict IS NOT DISTINCT FROM 'return' AS returned
    FROM eval_claim h JOIN eval_chosen c USING (obligation_id, resource_id)
    WHERE NOT h.only_stated
), facts AS (
    SELECT d.*, l.resource_id, l.package_id, l.event_id, l.at AS delivered_at, l.sha256, l.bytes,
           l.rows, l.actor, l.source, l.check_id, l.checker, l.metadata_id, l.metadata_sha256,
           l.verdict_ids, l.own_bound, a.moment, a.mended,
           CASE WHEN a.moment IS NOT NULL THEN a.review_days END AS review_days,
           coalesce(a.on_behalf, false) AS on_behalf,
           l.resource_id IS NOT NULL AS came,
           coalesce(l.returned, false) AS returned,
           coalesce(l.usable AND NOT l.returned
                    AND (a.moment IS NOT NULL OR l.q < :floor_q OR l.m0 < :floor_m0), false)
               AS content_received,
           coalesce(NOT l.usable, false) AND NOT coalesce(l.returned, false) AS unusable,
           coalesce(l.usable AND NOT l.returned AND a.moment IS NULL
                    AND (l.q IS NULL OR l.q >= :floor_q)
                    AND (l.m0 IS NULL OR l.m0 >= :floor_m0), false) AS too_early,
           l.readable IS FALSE AS unreadable, l.readable AND l.rows = 0 AS without_rows,
           s.obligation_id IS NOT NULL AS stated,
           coalesce(l.resource_id IS NOT NULL AND l.verdict IS NULL
                    AND ({every} OR l.was_returned), false) AS unreviewed,
           a.day, l.m, l.m0, l.k, l.q
    FROM eval_duty d
    LEFT JOIN stated s USING (obligation_id)
    LEFT JOIN held l USING (obligation_id)
    LEFT JOIN eval_arrived a ON a.obligation_id = d.obligation_id
         AND a.resource_id = l.resource_id
), weighed AS (
    SELECT f.obligation_id, f.item_id, f.frequency, f.period, f.due, f.due_counted, f.due_year,
           f.due_tw, f.in_arrears, f.moved_out, f.moved_in, f.org_id, f.path, f.item_name, f.unit,
           f.classification, f.priority, f.register_version, f.due_passed, f.own_cutoff_end,
           f.cutoff_passed, f.tracked, f.judged_elsewhere, f.waived, f.stated, f.came,
           f.returned, f.unusable, f.too_early, f.unreadable, f.without_rows, f.unreviewed,
           f.on_behalf, f.mended, f.resource_id, f.package_id, f.event_id, f.sha256, f.bytes,
           f.rows, f.actor, f.source, f.check_id, f.checker, f.metadata_id, f.metadata_sha256,
           f.own_bound,
           f.content_received OR nil.nihil AS received, nil.nihil, nil.nihil AS nihil_accepted,
           :review_open AND (f.unreviewed
               OR coalesce(f.nihil_waits, false) AND NOT f.content_received) AS awaiting_review,
           CASE WHEN nil.nihil THEN f.nihil_day ELSE f.day END AS received_on,
           CASE WHEN nil.nihil THEN f.nihil_at ELSE f.moment END AS moment,
           CASE WHEN nil.nihil THEN f.nihil_at ELSE f.delivered_at END AS delivered_at,
           CASE WHEN NOT nil.nihil THEN f.review_days END AS review_days,
           CASE WHEN NOT nil.nihil THEN f.m END AS m, CASE WHEN NOT nil.nihil THEN f.m0 END AS m0,
           CASE WHEN NOT nil.nihil THEN f.k END AS k, CASE WHEN NOT nil.nihil THEN f.q END AS q,
           f.ruled || f.verdict_ids AS ruled
    FROM facts f
    CROSS JOIN LATERAL (
        SELECT coalesce(f.nihil_accepted, false) AND NOT f.content_received AS nihil) nil
), timed AS (
    SELECT w.*, CASE WHEN w.moment IS NOT NULL THEN
               greatest(0, coalesce(came_on.counted, 0) - due_on.counted
                           - coalesce(w.review_days, 0)) END AS late
    FROM weighed w
    LEFT JOIN eval_day came_on ON came_on.day = w.received_on
    LEFT JOIN eval_day due_on ON due_on.day = w.due_counted
), parts AS (
    SELECT *, {sql.delivered_sql(rules)} AS d, {sql.weight_sql(rules)} AS weight,
           CASE WHEN moment >= coalesce(own_bound, own_cutoff_end) AND cutoff_passed THEN 0
                ELSE {timeliness} END AS t,
           unusable OR {sql.floors_failed_sql(rules)} AS floors_failed,
           {sql.floors_failed_sql(rules)} AS floor_short
    FROM timed
), scored AS (
    SELECT *, {sql.score_sql(rules)} AS full_score, {sql.status_case_sql(rules)} AS status
    FROM parts
), best AS (
    SELECT DISTINCT ON (obligation_id) * FROM scored
    ORDER BY obligation_id, d DESC, full_score DESC, came DESC, delivered_at,
             resource_id COLLATE "C"
), judged AS (
SELECT b.obligation_id, CAST(:year AS int) AS year, CAST(:tw AS int) AS tw, b.due_year, b.due_tw,
       b.org_id, b.item_id, b.period, b.due, b.due_counted, b.priority,
       CAST(b.weight AS numeric) AS weight, b.due_passed AND NOT b.waived AS counted, b.status,
       array_remove(ARRAY[
           CASE WHEN tracked THEN 'tracked' END,
           CASE WHEN (due_year, due_tw) < (:year, :tw) AND NOT received THEN 'tunggakan' END,
           CASE WHEN moment >= coalesce(own_bound, own_cutoff_end) AND cutoff_passed
                THEN 'tunggakan_dilunasi' END,
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
       ARRAY(SELECT DISTINCT id FROM unnest(ruled) AS id WHERE id IS NOT NULL ORDER BY id)
           AS decisions,
       b.item_name, b.unit, b.classification, b.frequency, b.register_version,
       CAST(NULL AS text) AS evidence_sha256
FROM best b
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


POOLED = (
    "org_id", "year", "tw", "scope", "span", "statuses", "duties", "due", "delivered", "late",
    "missing", "excluded", "priority_due", "priority_delivered", "total", "completeness",
    "timeliness", "quality", "unmeasured", "band",
)  # fmt: skip
"""Columns of :class:`.model.Pooled`."""


PROOF = """
    SELECT obligation_id, encode(sha256(convert_to(
               string_agg(line, E'\\n' ORDER BY kind, id), 'UTF8')), 'hex') AS evidence_sha256
    FROM (
        SELECT v.obligation_id, 'event' AS kind, e.id, CAST(row_to_json(e) AS text) AS line
        FROM eval_event v JOIN satudata_event e ON e.id = v.event_id
        JOIN eval_bound b USING (obligation_id) WHERE v.counts < b.bound
        UNION ALL
        SELECT r.obligation_id, 'metadata', meta.id, CAST(row_to_json(meta) AS text)
        FROM eval_row r JOIN satudata_metadata_event meta ON meta.id = r.metadata_id
        UNION ALL
        SELECT r.obligation_id, 'check', probe.id, CAST(row_to_json(probe) AS text)
        FROM eval_row r JOIN satudata_check probe ON probe.id = r.check_id
        UNION ALL
        SELECT r.obligation_id, 'decision', made.id, CAST(row_to_json(made) AS text)
        FROM eval_row r JOIN satudata_decision made ON made.id = ANY(r.decisions)
    ) evidence GROUP BY obligation_id"""
"""All that a row was judged by, as one hash; the time zone of the session must be UTC."""


def stage(name: str, query: str) -> list[str]:
    """Statements that make the temporary table ``eval_<name>`` of a query."""
    made = [
        f"DROP TABLE IF EXISTS eval_{name}",
        f"CREATE TEMPORARY TABLE eval_{name} ON COMMIT DROP AS {query}",
    ]
    if name in INDEXES:
        made.append(f"CREATE INDEX ON eval_{name} {INDEXES[name]}")
    return [*made, f"ANALYZE eval_{name} ({JOINED[name]})"]


IS_EMPTY = """
SELECT CAST(:arrears_final AS bigint) IS NULL AND CAST(:carry_final AS bigint) IS NULL
   AND NOT EXISTS (SELECT FROM satudata_obligation WHERE year = :year AND tw <= :tw)
   AND NOT EXISTS (SELECT FROM satudata_decision
                   WHERE kind = 'extension' AND CAST(details->>'year' AS int) = :year
                     AND CAST(details->>'tw' AS int) <= :tw)
   AND NOT EXISTS (SELECT FROM satudata_result WHERE year = :year AND tw IN (:tw, :tw - 1))
   AND NOT EXISTS (SELECT FROM satudata_org_result WHERE year = :year AND tw = :tw)"""
"""Whether a quarter has no duty that could be judged and nothing that was judged before."""

# A row that comes out as it stands, to the last digit, is not written again.
DELETE_RESULTS = f"""
DELETE FROM satudata_result r
WHERE r.year = :year AND r.tw = :tw
  AND (CAST(:orgs AS text[]) IS NULL OR r.org_id = ANY(:orgs)
       OR r.obligation_id IN (SELECT obligation_id FROM eval_row))
  AND NOT EXISTS (
      SELECT FROM eval_row e WHERE e.obligation_id = r.obligation_id
      AND CAST(ROW({", ".join(f"e.{name}" for name in JUDGED)}) AS record)
          *= CAST(ROW({", ".join(f"r.{name}" for name in JUDGED)}) AS record))"""  # noqa: S608

INSERT_RESULTS = f"""
INSERT INTO satudata_result ({", ".join(JUDGED)})
SELECT {", ".join(JUDGED)} FROM eval_row e
WHERE NOT EXISTS (SELECT FROM satudata_result r WHERE r.year = :year AND r.tw = :tw
                  AND r.obligation_id = e.obligation_id)"""  # noqa: S608

COUNT_ROWS = "SELECT count(*) FROM eval_row"

TARGETS = """
SELECT DISTINCT unnest(path) FROM eval_opd WHERE org_id = ANY(:orgs)"""
"""The organisations themselves and all above them: whose figures change with their rows."""

DELETE_FIGURES = """
DELETE FROM satudata_org_result
WHERE year = :year AND tw = :tw
  AND (CAST(:targets AS text[]) IS NULL OR org_id = ANY(:targets))"""

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
        f"sum(weight * CAST({name} AS numeric)) AS {name}_sum,"
        f" sum(weight) FILTER (WHERE {name} IS NOT NULL) AS {name}_weight"
        for name in _MEANS
    )
    gaps = ", ".join(
        f"sum(weight) FILTER (WHERE counted AND d = 1 AND NOT nihil AND {part} IS NULL)"
        f" AS without_{part}"
        for part in _PARTS
    )
    means = ", ".join(
        sql.round_sql(f"({factor} * sum({name}_sum) / nullif(sum({name}_weight), 0))")
        + f" AS {column}"
        for name, (column, factor) in _MEANS.items()
    )
    counts = ", ".join(f"CAST(sum({name}) AS int) AS {name}" for name in _COUNTS)
    unmeasured = ", ".join(
        f"'{part.upper()}', coalesce(round(sum(without_{part}) / sum(weight), 4), 0)"
        for part in _PARTS
    )
    return f"""
WITH placed AS (
    SELECT o.org_id, o.answers_id, step.id AS target, step.nr,
           coalesce((SELECT max(u.nr) FROM unnest(o.path) WITH ORDINALITY AS u(id, nr)
                     JOIN eval_opd x ON x.org_id = u.id AND NOT x.scored), 0) AS outside
    FROM eval_opd o CROSS JOIN unnest(o.path) WITH ORDINALITY AS step(id, nr)
), member AS (
    SELECT org_id, target, 'units' AS scope, outside = 0 AS scored FROM placed
    WHERE nr >= outside
    UNION ALL
    SELECT org_id, target, 'answers', outside = 0 FROM placed
    WHERE nr >= outside AND target = answers_id
    UNION ALL
    SELECT org_id, target, 'own', outside = 0 FROM placed WHERE target = org_id
), judged AS (
    SELECT r.*, r.status = 'nihil_diterima' AS nihil,
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
    FROM judged
), part AS (
    -- First each organisation alone, so that the tree is walked with its sums, not its rows.
    SELECT org_id, in_quarter,
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
           sum(weight) FILTER (WHERE counted) AS weight, {sums}, {gaps}
    FROM measured GROUP BY org_id, in_quarter
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
    FROM (SELECT target, scope, span, status, CAST(sum(n) AS bigint) AS n
          FROM place JOIN (SELECT org_id, in_quarter, status, count(*) AS n
                           FROM judged GROUP BY org_id, in_quarter, status) own USING (org_id)
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


def insert_figures(rules: RuleSet) -> str:
    """INSERT of the live figures of the quarter of the stages."""
    columns = ", ".join(POOLED)
    return (
        f"INSERT INTO satudata_org_result ({columns})"  # noqa: S608
        f" SELECT {columns} FROM ({figures(rules, 'satudata_result')}) f"
    )
