"""The steps from evidence to what :mod:`.rows` judges, as set-based SQL.

Every step reads append-only tables up to a bound, so the same bounds give the same rows on any
later day; only names of our own enter the text, all values are bound. The steps become temporary
tables ``eval_…``: PostgreSQL must know how many rows each holds; as one statement it guesses a
few and joins forty thousand duties by nested loops. They are joined by ``nr``, the number of a
duty in this evaluation, which is quicker than its id.
"""

from __future__ import annotations

from .columns import JUDGED, OF_ITEM

ITEM_NOW = """coalesce(o.item_name, i.name) AS item_name, coalesce(o.unit, i.unit) AS unit,
           coalesce(o.classification, i.classification) AS classification, o.frequency,
           o.register_version"""
"""Columns :data:`.columns.OF_ITEM` of a duty (``o``) and its item (``i``): sealed, else today's."""

_DAY = """
    SELECT *, ordinal + (NOT workday)::int AS counted
    FROM (
        SELECT day, workday, CAST(count(*) FILTER (WHERE workday) OVER (ORDER BY day) AS int)
                             AS ordinal
        FROM (
            SELECT day, extract(isodow FROM day) < 6
                        AND day NOT IN (SELECT unnest(CAST(:closed_days AS date[]))) AS workday
            FROM (SELECT CAST(day AS date) AS day
                  FROM generate_series(CAST(:first_day AS timestamp), :last_day, '1 day') day) d
        ) d
    ) d"""
"""``counted``: the working day on which what comes on this day counts as come."""

_OPD = """
    WITH known AS (
        SELECT DISTINCT ON (org_id) *
        FROM satudata_opd_version
        -- The last state before the bound; of an organisation made later its first.
        ORDER BY org_id, at < :tree_to DESC, CASE WHEN at < :tree_to THEN -id ELSE id END
    ), present AS (SELECT * FROM known WHERE NOT gone)
    SELECT k.*,
           k.path && ARRAY(SELECT org_id FROM present WHERE NOT scored) AS tracked,
           coalesce(k.answers_id = ANY(ARRAY(SELECT org_id FROM present
                                             WHERE sdi_role = 'walidata')), false)
               AS judged_elsewhere
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
        SELECT {", ".join((*JUDGED, *OF_ITEM, "evidence_sha256"))}
        FROM satudata_final_row WHERE final_id = :carry_final
        UNION ALL
        SELECT {", ".join(f"r.{name}" for name in JUDGED)},
               {ITEM_NOW}, NULL
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
    WITH owner AS ({OWNER}
    ), waived AS (
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
           s.period, s.period_start, s.due,
           coalesce(workday.day, s.due_counted) AS due_counted, due_day.counted AS due_ordinal,
           CASE WHEN moved_in THEN in_year ELSE s.year END AS due_year,
           CASE WHEN moved_in THEN in_tw ELSE s.tw END AS due_tw,
           in_arrears, moved_out, moved_in, opd.org_id, opd.path,
           coalesce(s.priority, i.priority) AS priority,
           coalesce(s.contributors, i.contributors) || coalesce(owner.holders, '{{}}') AS holders,
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
    LEFT JOIN owner ON owner.item_id = s.item_id
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
# file when the portal could first have had it. What ``content`` is false of brought no file.
_EVENT = """
    WITH said AS (
        -- What is said of one delivery: the date of receipt, the approval inside the OPD.
        SELECT event_id, min(approval.ordinal) AS approved_ordinal,
               (array_agg(eval_ruling.day ORDER BY id DESC) FILTER (WHERE kind = 'received' AND (
                   NOT coalesce(CAST(details->>'confirm' AS bool), false)
                   OR EXISTS (SELECT FROM eval_ruling c WHERE c.kind = 'received_confirm'
                                                          AND c.answers = eval_ruling.id))))[1]
                   AS received,
               min(at) FILTER (WHERE kind = 'approve') AS approved,
               array_agg(id) AS ids
        FROM eval_ruling
        LEFT JOIN eval_day approval
             ON kind = 'approve' AND approval.day = CAST(at AT TIME ZONE :tz AS date)
        WHERE kind IN ('received', 'approve') GROUP BY event_id
    ), made AS (
        SELECT d.nr, d.period_start, d.due_ordinal, e.id AS event_id, e.at, e.kind,
               e.kind IN ('delivered', 'replaced') AS content, e.resource_id, e.package_id,
               e.org_id, e.sha256, e.bytes, e.actor, e.source, said.received, said.approved,
               said.approved_ordinal, said.ids AS said_ids,
               least(e.counts_at, CAST(said.received + 1 AS timestamp) AT TIME ZONE :tz
                                  - interval '1 microsecond') AS counts
        FROM eval_duty d
        JOIN satudata_event e ON e.item_id = d.item_id AND e.period = d.period
             AND e.at < :decisions_to
        LEFT JOIN said ON said.event_id = e.id
    ), measured AS (
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
        SELECT DISTINCT ON (e.nr, e.sha256) e.nr, e.sha256, x.id, x.kind AS verdict, x.at,
               judged.ordinal, coalesce(CAST(x.details->>'fault' AS bool), false) AS fault
        FROM eval_ruling x JOIN made e USING (event_id)
        LEFT JOIN eval_day judged ON judged.day = CAST(x.at AT TIME ZONE :tz AS date)
        WHERE x.kind IN ('accept', 'return')
        ORDER BY e.nr, e.sha256, x.id DESC
    )
    SELECT e.nr, e.event_id, e.at, e.kind, e.content, e.resource_id, e.package_id, e.org_id,
           e.sha256, e.bytes, e.actor, e.source, e.counts,
           k.check_id, k.checked, k.checker, k.readable, k.rows, k.k, k.q,
           e.content AND k.readable IS NOT FALSE AND (k.readable IS NULL OR k.rows > 0)
               AND (NOT :opd_approval OR e.approved IS NOT NULL) AS usable,
           coalesce(k.q < CAST(:floor_q AS numeric), false) AS q_short,
           v.verdict IS NOT DISTINCT FROM 'accept' AS accepted,
           v.verdict IS NOT DISTINCT FROM 'return' AS returned,
           v.at AS judged_at, e.received IS NOT NULL AS on_behalf,
           e.said_ids || CASE WHEN v.id IS NOT NULL THEN ARRAY[v.id] END AS ruled,
           CAST(CASE WHEN :opd_approval AND e.approved_ordinal - came.ordinal > :approval_days
                     THEN e.approved ELSE e.counts END AT TIME ZONE :tz AS date) AS day,
           e.period_start,
           CASE WHEN v.verdict = 'return' AND NOT v.fault THEN greatest(
                    0, v.ordinal - greatest(came.ordinal, e.due_ordinal)
                       - :review_free_days) ELSE 0 END AS review_days
    FROM made e
    LEFT JOIN measured k ON e.content AND k.sha256 = e.sha256
    LEFT JOIN verdict v ON e.content AND v.nr = e.nr AND v.sha256 = e.sha256
    LEFT JOIN eval_day came ON came.day = CASE WHEN v.verdict = 'return' OR :opd_approval
                                               THEN CAST(e.at AT TIME ZONE :tz AS date) END"""

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

# Content that a return or a failed floor gives days to mend, and when they end.
_CHANCE = """
    SELECT n.nr, n.counts, n.returned,
           CAST(last.day + 1 AS timestamp) AT TIME ZONE :tz AS mend_end,
           least(n.own_cutoff_end, CAST(:events_to AS timestamptz)) AS bound
    FROM (
        SELECT c.nr, c.counts, c.returned, d.own_cutoff_end,
               CASE WHEN c.returned THEN c.judged_at
                    WHEN c.q_short THEN greatest(c.at, c.checked) ELSE c.at END AS told
        FROM eval_event c
        JOIN eval_duty d USING (nr)
        LEFT JOIN eval_metadata m
             ON m.package_id = c.package_id AND m.at <= c.at AND c.at < m.until
        WHERE c.returned OR c.usable AND (c.q_short OR m.m0 < CAST(:floor_m0 AS numeric))
    ) n
    JOIN eval_day told ON told.day = CAST(n.told AT TIME ZONE :tz AS date)
    JOIN eval_day last ON last.workday AND last.ordinal = told.ordinal + :mend_days"""

# Until when content counts for these duties: returns put it off again and again, a failed floor
# once, each for content that came in time.
_MENDED = f"""
    WITH RECURSIVE chance AS ({_CHANCE}
    ), step AS (
        SELECT DISTINCT nr, bound, bound AS first_bound FROM chance
        UNION
        SELECT s.nr, c.mend_end, s.first_bound
        FROM step s JOIN chance c USING (nr)
        WHERE c.counts < CASE WHEN c.returned THEN s.bound ELSE s.first_bound END
          AND c.mend_end > s.bound
    )
    SELECT nr, max(bound) AS bound FROM step GROUP BY nr"""  # noqa: S608

STAGES = {
    "day": _DAY,
    "opd": _OPD,
    "ruling": _RULING,
    "carried": _CARRIED,
    "duty": _DUTY,
    "event": _EVENT,
    "metadata": _METADATA,
    "mended": _MENDED,
}
"""Steps to the result, in order, each a query over those before it by name."""

JOINED = {
    "day": "day, ordinal, workday",
    "opd": "org_id",
    "ruling": "kind, obligation_id, event_id, answers",
    "duty": "nr, item_id, period, org_id",
    "event": "nr, event_id, resource_id, package_id",
    "metadata": "package_id",
    "mended": "nr",
    "row": "obligation_id, org_id",
}
"""Columns that the larger steps are joined by; PostgreSQL need not know more of them. ``row``, the
judged rows, is a step of the freezing alone."""


def stage(name: str, query: str) -> str:
    """Statements that make the temporary table ``eval_<name>`` of a query, as one text."""
    analyze = f"; ANALYZE eval_{name} ({JOINED[name]})" if name in JOINED else ""
    return f"""
        DROP TABLE IF EXISTS eval_{name};
        CREATE TEMPORARY TABLE eval_{name} ON COMMIT DROP AS {query}{analyze}"""
