"""Set-based reads of what was delivered for duties, and what was decided on it.

A delivery is one content of one resource for the duties of one organisation: a file that holds
several items and periods is looked at once.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping
from typing import Any, NamedTuple

import ckan.model as model
import sqlalchemy as sa

from ..opd import permissions
from ..text import like_words

STATES = ("waiting", "unreviewed", "accepted", "returned")
"""``waiting``: counts only once it is accepted (a correction of what was returned or accepted, or
every delivery where the rule set says so); ``unreviewed``: counts, nobody has looked at it."""

# The newest content event of every claim that still holds content. A verdict on a content holds
# wherever the same content turns up for the duty, as in the evaluation.
# A dataset counts for a duty if its organisation is the producer's own, above or below it in
# the tree, a contributor, or had the item before a succession. Showing, hiding and moving leave
# the content as it was.
_BASE = """
WITH decided AS MATERIALIZED (
    SELECT d.*, e.item_id AS about_item, e.period AS about_period,
           e.resource_id AS about_resource, e.sha256 AS about_sha256,
           coalesce(nullif(u.fullname, ''), u.name) AS actor_name
    FROM satudata_decision d
    JOIN satudata_event e ON e.id = d.event_id
    LEFT JOIN "user" u ON u.id = d.actor
    WHERE d.kind IN ('accept', 'return', 'received', 'approve')
      AND NOT EXISTS (SELECT FROM satudata_decision x WHERE x.revokes = d.id)
), newest AS (
    SELECT DISTINCT ON (e.resource_id, e.item_id, e.period) e.*
    FROM satudata_event e
    WHERE e.kind NOT IN ('shown', 'hidden', 'moved')
      AND (CAST(:event AS bigint) IS NULL OR e.resource_id =
           (SELECT x.resource_id FROM satudata_event x WHERE x.id = :event))
    ORDER BY e.resource_id, e.item_id, e.period, e.id DESC
), content AS (
    SELECT * FROM newest WHERE kind IN ('delivered', 'replaced')
), judged AS (
    SELECT DISTINCT ON (c.id) c.id AS event_id, d.kind, d.at, d.reason, d.actor_name, d.id,
           coalesce((d.details ->> 'fault')::boolean, false) AS fault
    FROM content c JOIN decided d ON d.about_item = c.item_id AND d.about_period = c.period
         AND d.about_sha256 = c.sha256 AND d.kind IN ('accept', 'return')
    ORDER BY c.id, d.id DESC
), earlier AS (
    SELECT DISTINCT ON (c.id) c.id AS event_id, d.kind, d.at, d.reason
    FROM content c JOIN decided d ON d.about_item = c.item_id AND d.about_period = c.period
         AND d.about_resource = c.resource_id AND d.about_sha256 <> c.sha256
         AND d.kind IN ('accept', 'return')
    ORDER BY c.id, d.id DESC
), received AS (
    SELECT DISTINCT ON (d.event_id) d.event_id, d.id, d.day, d.details ->> 'proof' AS proof,
           d.actor, d.actor_name, NOT coalesce((d.details ->> 'confirm')::boolean, false)
           OR EXISTS (SELECT FROM satudata_decision y WHERE y.answers = d.id
                      AND y.kind = 'received_confirm' AND NOT EXISTS (
                      SELECT FROM satudata_decision x WHERE x.revokes = y.id)) AS counts
    FROM decided d WHERE d.kind = 'received' ORDER BY d.event_id, d.id DESC
), approved AS (
    SELECT DISTINCT ON (d.event_id) d.event_id, d.at, d.actor_name
    FROM decided d WHERE d.kind = 'approve' ORDER BY d.event_id, d.id
), delivery AS (
    SELECT c.*, o.id AS obligation_id, i.org_id AS owing, o.year, o.tw, o.due, o.due_counted,
           o.frequency, i.name AS item_name, i.unit, i.classification, p.private AS is_private,
           CASE WHEN j.kind = 'accept' THEN 'accepted' WHEN j.kind = 'return' THEN 'returned'
                WHEN b.kind IS NOT NULL OR (o.year * 10 + o.tw) = ANY(CAST(:every AS int[]))
                THEN 'waiting' ELSE 'unreviewed' END AS state,
           CASE WHEN j.id IS NOT NULL THEN jsonb_build_object('id', j.id, 'kind', j.kind,
                'at', j.at, 'reason', j.reason, 'actor_name', j.actor_name, 'fault', j.fault)
                END AS decision,
           CASE WHEN b.kind IS NOT NULL THEN jsonb_build_object('kind', b.kind, 'at', b.at,
                'reason', b.reason) END AS before,
           CASE WHEN r.id IS NOT NULL THEN jsonb_build_object('id', r.id, 'day', r.day,
                'proof', r.proof, 'actor', r.actor, 'actor_name', r.actor_name,
                'counts', r.counts) END AS received,
           CASE WHEN a.at IS NOT NULL THEN jsonb_build_object('at', a.at,
                'actor_name', a.actor_name) END AS approved
    FROM content c
    JOIN satudata_obligation o ON o.item_id = c.item_id AND o.period = c.period
    JOIN satudata_item i ON i.id = o.item_id
    JOIN satudata_opd opd ON opd.org_id = i.org_id
    JOIN satudata_package_fact p ON p.package_id = c.package_id
    LEFT JOIN satudata_opd holder ON holder.org_id = p.org_id
    LEFT JOIN judged j ON j.event_id = c.id
    LEFT JOIN earlier b ON b.event_id = c.id
    LEFT JOIN received r ON r.event_id = c.id
    LEFT JOIN approved a ON a.event_id = c.id
    WHERE (p.org_id = ANY(opd.path) OR i.org_id = ANY(holder.path)
           OR p.org_id = ANY(coalesce(o.contributors, i.contributors))
           OR (c.item_id, p.org_id) IN (SELECT item_id, from_org FROM satudata_item_owner
                                        UNION ALL SELECT item_id, to_org FROM satudata_item_owner))
      AND (:reads_all OR opd.path && CAST(:branches AS text[]))
      {where}
)"""

_FILTERS = {
    "org": "AND opd.path @> ARRAY[CAST(:org AS text)]",
    "quarter": "AND (o.year, o.tw) = (:year, :tw)",
    "q": "AND (i.name || ' ' || (SELECT coalesce(nullif(g.title, ''), g.name) FROM \"group\" g"
    " WHERE g.id = i.org_id)) ILIKE ALL(:words)",
}

# Details are put together for the rows of the page alone. The counts stand on every row, and on
# one row without delivery where the page is empty.
_PAGE = """
, grouped AS MATERIALIZED (
    SELECT resource_id, sha256, owing, state, max(at) AS at
    FROM delivery GROUP BY resource_id, sha256, owing, state
), counted AS (
    SELECT coalesce(jsonb_object_agg(state, n), '{}') AS counts
    FROM (SELECT state, count(*) AS n FROM grouped GROUP BY state) per_state
), page AS (
    SELECT * FROM grouped WHERE CAST(:state AS text) IS NULL OR state = :state
    ORDER BY at, resource_id, sha256, owing LIMIT :limit OFFSET :offset
), told AS (
    SELECT d.resource_id, d.sha256, d.owing, d.state, page.at, max(d.actor) AS actor,
           max(d.package_id) AS package_id, max(d.bytes) AS bytes, max(d.filename) AS filename,
           max(d.source) AS source, bool_or(d.is_private) AS is_private,
           jsonb_agg(jsonb_build_object(
               'event_id', d.id, 'obligation_id', obligation_id, 'item_id', item_id,
               'item_name', item_name, 'unit', unit, 'classification', classification,
               'frequency', frequency, 'period', period, 'due', due, 'due_counted', due_counted,
               'year', year, 'tw', tw, 'decision', decision, 'before', before,
               'received', received, 'approved', approved
           ) ORDER BY item_name, period, obligation_id) AS duties
    FROM delivery d JOIN page USING (resource_id, sha256, owing, state)
    GROUP BY d.resource_id, d.sha256, d.owing, d.state, page.at
)
SELECT counted.counts, d.*, g.name AS org_name,
       coalesce(nullif(g.title, ''), g.name) AS org_title,
       coalesce(nullif(u.fullname, ''), u.name) AS actor_name, p.name AS package_name,
       p.title AS package_title, k.readable, k.rows, k.failures, k.checked,
       d.is_private AND NOT (
           :sees_all OR coalesce(p.owner_org = ANY(:member_of), false)
           OR coalesce(h.path && CAST(:admin_of AS text[]), false)) AS private
FROM counted
LEFT JOIN told d ON true
LEFT JOIN "group" g ON g.id = d.owing
LEFT JOIN package p ON p.id = d.package_id
LEFT JOIN satudata_opd h ON h.org_id = p.owner_org
LEFT JOIN "user" u ON u.id = d.actor
LEFT JOIN LATERAL (SELECT * FROM satudata_check c WHERE c.sha256 = d.sha256
                   ORDER BY c.readable IS NULL, c.id DESC LIMIT 1) k ON true
ORDER BY d.at, d.resource_id, d.sha256, d.owing"""

_NO_LOOPS = sa.text("SELECT set_config('enable_nestloop', :value, true)")
"""PostgreSQL guesses that a query in WITH gives a few rows; joined by nested loops, a hundred
thousand deliveries would take minutes."""


class Delivered(NamedTuple):
    """One content event for one duty. ``newest``: nothing else came for the claim since.

    ``decision``: ``accept`` or ``return``, where it was decided on; ``received``, ``approved``:
    whether such a decision is in force.
    """

    event_id: int
    newest: bool
    obligation_id: str
    org_id: str
    item_id: str
    item_name: str
    period: str
    year: int
    tw: int
    at: dt.datetime
    actor: str | None
    resource_id: str
    sha256: str
    decision: str | None
    received: bool
    approved: bool


class Returned(NamedTuple):
    """Why and when the newest content of a duty was returned; ``fault``: empty or wrong."""

    reason: str
    fault: bool
    at: dt.datetime
    actor_name: str | None


def _bound(
    user: str | None, filters: Mapping[str, Any], every: Collection[int]
) -> tuple[str, dict[str, Any]]:
    """The statement up to ``delivery`` and its values."""
    who = permissions.standing(user)
    where = " ".join(text for name, text in _FILTERS.items() if filters.get(name))
    year, tw = filters.get("quarter") or (None, None)
    values = {
        "event": filters.get("event"),
        "every": list(every),
        **permissions.reach(user),
        "org": filters.get("org"),
        "year": year,
        "tw": tw,
        "words": like_words(filters.get("q") or ""),
        "sees_all": permissions.manages(user),
        "member_of": sorted(who.member_of),
        "admin_of": sorted(who.admin_of),
    }
    return _BASE.format(where=where), values


def search(
    user: str | None,
    filters: Mapping[str, Any],
    every: Collection[int] = (),
    limit: int = 50,
    offset: int = 0,
) -> tuple[dict[str, int], list[dict[str, Any]]]:
    """Deliveries that the user may read, the oldest first, and how many there are by state.

    :param filters: ``state``, ``org`` (id, units included), ``quarter`` ((year, tw) of the duty),
        ``q`` (words of item or organisation), ``event`` (id: all deliveries of its file)
    :param every: quarters (year · 10 + tw) whose rule set lets every delivery wait for review
    """
    base, values = _bound(user, filters, every)
    values |= {"state": filters.get("state"), "limit": limit, "offset": offset}
    model.Session.execute(_NO_LOOPS, {"value": "off"})
    found = model.Session.execute(sa.text(base + _PAGE), values).mappings().all()
    model.Session.execute(_NO_LOOPS, {"value": "on"})
    counts = dict.fromkeys(STATES, 0) | found[0]["counts"]
    rows = [{name: one[name] for name in one if name != "counts"} for one in found]
    return counts, [row for row in rows if row["resource_id"] is not None]


_DELIVERED = sa.text(
    """
    WITH in_force AS MATERIALIZED (
        SELECT d.id, d.kind, d.event_id, x.item_id, x.period, x.sha256
        FROM satudata_event e
        JOIN satudata_event x
             ON x.item_id = e.item_id AND x.period = e.period AND x.sha256 = e.sha256
        JOIN satudata_decision d ON d.event_id = x.id
        WHERE e.id = ANY(:ids)
          AND NOT EXISTS (SELECT FROM satudata_decision y WHERE y.revokes = d.id)
    )
    SELECT e.id AS event_id,
           NOT EXISTS (SELECT FROM satudata_event x WHERE x.resource_id = e.resource_id
                       AND x.item_id = e.item_id AND x.period = e.period AND x.id > e.id
                       AND x.kind NOT IN ('shown', 'hidden', 'moved')) AS newest,
           o.id AS obligation_id, i.org_id, e.item_id, i.name AS item_name, e.period, o.year, o.tw,
           e.at, e.actor, e.resource_id, e.sha256,
           (SELECT d.kind FROM in_force d WHERE d.item_id = e.item_id AND d.period = e.period
            AND d.sha256 = e.sha256 AND d.kind IN ('accept', 'return')
            ORDER BY d.id DESC LIMIT 1) AS decision,
           EXISTS (SELECT FROM in_force d WHERE d.event_id = e.id AND d.kind = 'received')
               AS received,
           EXISTS (SELECT FROM in_force d WHERE d.event_id = e.id AND d.kind = 'approve')
               AS approved
    FROM satudata_event e
    JOIN satudata_obligation o ON o.item_id = e.item_id AND o.period = e.period
    JOIN satudata_item i ON i.id = o.item_id
    WHERE e.id = ANY(:ids) AND e.kind IN ('delivered', 'replaced')
    ORDER BY e.id, o.id
    """
)


def delivered(event_ids: Collection[int]) -> list[Delivered]:
    """The content events of these ids with their duties; unknown ids are left out."""
    rows = model.Session.execute(_DELIVERED, {"ids": list(event_ids)}).mappings()
    return [Delivered(**row) for row in rows]


_LOCK = sa.text(
    """
    SELECT x.id FROM satudata_event e
    JOIN satudata_event x ON x.item_id = e.item_id AND x.period = e.period AND x.sha256 = e.sha256
    WHERE e.id = ANY(:ids) ORDER BY x.id FOR UPDATE OF x
    """
)


def lock(event_ids: Collection[int]) -> None:
    """Let nobody else decide on the contents of these events until the transaction ends.

    That is on all events of the same content: a verdict on one holds for the others.
    """
    model.Session.execute(_LOCK, {"ids": list(event_ids)})


_NIHIL = sa.text(
    """
    SELECT d.id FROM satudata_decision d
    JOIN satudata_obligation o ON o.id = d.obligation_id
    WHERE d.kind = 'nihil_claim'
      AND NOT EXISTS (SELECT FROM satudata_decision x WHERE x.revokes = d.id)
      AND NOT EXISTS (SELECT FROM satudata_decision a WHERE a.answers = d.id
                      AND NOT EXISTS (SELECT FROM satudata_decision x WHERE x.revokes = a.id))
    ORDER BY d.id
    """
)


def nihil_claims() -> list[int]:
    """Ids of the statements of nothing to report that wait for an answer, the oldest first."""
    return list(model.Session.execute(_NIHIL).scalars())


_HISTORY = sa.text(
    """
    SELECT d.id FROM satudata_decision d
    WHERE d.obligation_id = ANY(:duties) OR d.answers = ANY(
        SELECT c.id FROM satudata_decision c WHERE c.obligation_id = ANY(:duties))
    ORDER BY d.id DESC LIMIT 100
    """
)


def decided_on(obligation_ids: Collection[str]) -> list[int]:
    """Ids of the last hundred decisions about these duties, the newest first."""
    return list(model.Session.execute(_HISTORY, {"duties": list(obligation_ids)}).scalars())


_RETURNS = sa.text(
    """
    SELECT n.obligation_id, v.reason, coalesce((v.details ->> 'fault')::boolean, false) AS fault,
           v.at, coalesce(nullif(u.fullname, ''), u.name) AS actor_name
    FROM (
        SELECT DISTINCT ON (o.id) o.id AS obligation_id, e.*
        FROM satudata_obligation o
        JOIN satudata_event e ON e.item_id = o.item_id AND e.period = o.period
        WHERE o.id = ANY(:ids) AND e.kind IN ('delivered', 'replaced')
        ORDER BY o.id, e.id DESC
    ) n
    CROSS JOIN LATERAL (
        SELECT d.* FROM satudata_event x JOIN satudata_decision d ON d.event_id = x.id
        WHERE x.item_id = n.item_id AND x.period = n.period AND x.sha256 = n.sha256
          AND d.kind IN ('accept', 'return')
          AND NOT EXISTS (SELECT FROM satudata_decision y WHERE y.revokes = d.id)
        ORDER BY d.id DESC LIMIT 1
    ) v
    LEFT JOIN "user" u ON u.id = v.actor
    WHERE v.kind = 'return'
    """
)


def returns(obligation_ids: Collection[str]) -> dict[str, Returned]:
    """The returns that these duties (ids) have not answered with another content, by duty."""
    rows = model.Session.execute(_RETURNS, {"ids": list(obligation_ids)})
    return {row[0]: Returned(*row[1:]) for row in rows}
