"""One obligation with its whole history: what is shown to the person it judges.

The caller has asked whether the reader may see it; what he may not see of a private dataset is
left out here.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any, TypedDict

import ckan.model as model
import sqlalchemy as sa

from ..calendar.quarters import Quarter
from ..judging import live
from ..register import decision_log
from ..register import telling as decision_telling
from . import duty_telling, records, report
from .shapes import Row


class ResultOf(TypedDict):
    """What one quarter said of the duty; ``revision`` None: the live result.

    ``replaced``: a later revision is in force. Other names as in :class:`.shapes.Row`.
    """

    year: int
    tw: int
    revision: int | None
    replaced: bool
    status: str
    flags: list[str]
    counted: bool
    d: Any
    t: Any
    m: Any
    k: Any
    q: Any
    s: Any
    resource_id: str | None
    ruleset_hash: str | None


class Event(TypedDict):
    """One change of a delivery. ``private``: names are withheld from this reader.

    ``receipt``: number of the tanda terima of the content. ``check``: what the content checks
    found last, None where there is no content or no check yet.
    """

    id: int
    at: dt.datetime
    kind: str
    source: str
    actor: str | None
    org_title: str | None
    package_id: str
    package_name: str | None
    package_title: str | None
    resource_id: str
    filename: str | None
    private: bool
    sha256: str | None
    bytes: int | None
    receipt: str | None
    check: dict[str, Any] | None


class Duty(TypedDict):
    """An obligation, its result in one quarter part by part, and all that happened."""

    obligation: dict[str, Any]
    row: Row | None
    revision: int | None
    parts: list[dict[str, Any]]
    results: list[ResultOf]
    events: list[Event]
    decisions: list[dict[str, Any]]
    history: list[dict[str, Any]]


_OBLIGATION = sa.text(
    """
    SELECT o.id, o.item_id, o.org_id, g.name AS org_name,
           coalesce(nullif(g.title, ''), g.name) AS org_title, o.frequency, o.period,
           o.period_start, o.period_end, o.due, o.due_counted, o.year, o.tw, o.request_id,
           o.sealed, o.register_version, coalesce(o.item_name, i.name) AS item_name,
           coalesce(o.unit, i.unit) AS unit,
           coalesce(o.classification, i.classification) AS classification,
           coalesce(o.priority, i.priority) AS priority, i.legal_basis
    FROM satudata_obligation o
    JOIN satudata_item i ON i.id = o.item_id
    LEFT JOIN "group" g ON g.id = o.org_id
    WHERE o.id = :id
    """
)


def obligation(obligation_id: str) -> dict[str, Any] | None:
    """The obligation as the register has it, named; None where there is none of this id."""
    row = model.Session.execute(_OBLIGATION, {"id": obligation_id}).mappings().first()
    return dict(row) if row else None


def show(
    known: dict[str, Any],
    user: str | None,
    quarter: Quarter | None = None,
    revision: int | None = None,
) -> Duty:
    """The history of an obligation (of :func:`obligation`), and why it has its score.

    :param quarter: whose result is explained; the newest that has begun if None
    :param revision: of a final quarter, a record that a later one has replaced
    :raises toolkit.ObjectNotFound: there is no such revision
    """
    results = _results(known["id"])
    row, evidence, record = _judged(known, results, quarter, revision, user)
    events = _events(known, user)
    decisions = [
        dict(one) | {"sentence": decision_telling.sentence(one)}
        for one in decision_log.of_duty(known["id"])
    ]
    return {
        "obligation": known,
        "row": row,
        "revision": record.revision if record else None,
        "parts": duty_telling.parts(row, evidence) if row else [],
        "results": results,
        "events": events,
        "decisions": decisions,
        "history": duty_telling.history(events, decisions, _metadata(events)),
    }


_RESULTS = sa.text(
    """
    SELECT r.year, r.tw, CAST(NULL AS int) AS revision, false AS replaced, r.status, r.flags,
           r.counted, r.d, r.t, r.m, r.k, r.q, r.s, r.resource_id, s.ruleset_hash
    FROM satudata_result r
    LEFT JOIN satudata_quarter s ON s.year = r.year AND s.tw = r.tw
    WHERE r.obligation_id = :id AND s.final_id IS NULL
    UNION ALL
    SELECT r.year, r.tw, f.revision, s.final_id IS DISTINCT FROM f.id, r.status, r.flags,
           r.counted, r.d, r.t, r.m, r.k, r.q, r.s, r.resource_id, s.ruleset_hash
    FROM satudata_final_row r
    JOIN satudata_final f ON f.id = r.final_id
    LEFT JOIN satudata_quarter s ON s.year = f.year AND s.tw = f.tw
    WHERE r.obligation_id = :id
    ORDER BY year DESC, tw DESC, revision DESC NULLS FIRST
    """
)


def _results(obligation_id: str) -> list[ResultOf]:
    rows = model.Session.execute(_RESULTS, {"id": obligation_id}).mappings()
    return [dict(row) for row in rows]  # type: ignore[misc]


def _judged(
    known: Mapping[str, Any],
    results: list[ResultOf],
    quarter: Quarter | None,
    revision: int | None,
    user: str | None,
) -> tuple[Row | None, dict[str, Any], records.Record | None]:
    quarter = quarter or _default(known, results)
    if quarter is None:
        return None, {}, None
    record = records.of(quarter, revision)
    values = record.values | {"id": known["id"]}
    found = report.read(record.rows, ["r.obligation_id = :id"], values, user, 1, None)["rows"]
    if not found:
        return None, {}, record
    evidence = model.Session.execute(
        sa.text(_EVIDENCE.format(source=record.rows)), values
    ).mappings()
    return found[0], dict(evidence.one()), record


def _default(known: Mapping[str, Any], results: list[ResultOf]) -> Quarter | None:
    """The newest quarter with a result that has begun, else the one of the due day."""
    quarters = [Quarter(one["year"], one["tw"]) for one in results]
    begun = [one for one in quarters if one <= live.current_quarter()]
    own = Quarter(known["year"], known["tw"])
    return max(begun) if begun else (own if own in quarters else max(quarters, default=None))


_EVIDENCE = """
    WITH source AS ({source})
    SELECT r.event_id, r.bytes, r.rows, r.decisions, r.sha256, m.required, m.filled, m.missing,
           m.at AS metadata_at, c.cells, c.empty_cells, c.run, c.passed, c.failures, c.checked,
           c.checker, c.readable
    FROM source r
    LEFT JOIN satudata_metadata_event m ON m.id = r.metadata_id
    LEFT JOIN satudata_check c ON c.id = r.check_id
    WHERE r.obligation_id = :id
"""

_EVENTS = sa.text(
    """
    SELECT e.id, e.at, e.kind, e.source, coalesce(nullif(u.fullname, ''), u.name) AS actor,
           coalesce(nullif(g.title, ''), g.name) AS org_title, e.package_id, e.resource_id,
           CASE WHEN NOT hidden.private THEN p.name END AS package_name,
           CASE WHEN NOT hidden.private THEN p.title END AS package_title,
           CASE WHEN NOT hidden.private THEN e.filename END AS filename, hidden.private,
           e.sha256, e.bytes, receipt.number AS receipt, to_jsonb(c) AS check
    FROM satudata_event e
    LEFT JOIN "user" u ON u.id = e.actor
    LEFT JOIN "group" g ON g.id = e.org_id
    LEFT JOIN package p ON p.id = e.package_id AND p.state = 'active'
    LEFT JOIN satudata_opd holder ON holder.org_id = coalesce(p.owner_org, e.org_id)
    LEFT JOIN satudata_receipt receipt
           ON receipt.resource_id = e.resource_id AND e.id = ANY(receipt.event_ids)
    LEFT JOIN LATERAL (
        SELECT k.checked, k.readable, k.rows, k.run, k.passed, k.failures FROM satudata_check k
        WHERE k.sha256 = e.sha256 ORDER BY k.id DESC LIMIT 1
    ) c ON true
    CROSS JOIN LATERAL (
        SELECT coalesce(p.private, e.private) AND NOT (
            :sees_private OR coalesce(coalesce(p.owner_org, e.org_id) = ANY(:member_of), false)
            OR coalesce(holder.path && CAST(:admin_of AS text[]), false)) AS private
    ) hidden
    WHERE e.item_id = :item_id AND e.period = :period
    ORDER BY e.id
    """
)


def _events(known: Mapping[str, Any], user: str | None) -> list[Event]:
    values = {"item_id": known["item_id"], "period": known["period"], **report.reader(user)}
    rows = model.Session.execute(_EVENTS, values).mappings()
    return [dict(row) for row in rows]  # type: ignore[misc]


_METADATA = sa.text(
    """
    SELECT package_id, at, filled, required FROM (
        SELECT package_id, id, at, filled, required,
               lag((filled, required)) OVER (PARTITION BY package_id ORDER BY id) AS before
        FROM satudata_metadata_event WHERE package_id = ANY(:packages)
    ) known
    WHERE before IS DISTINCT FROM (filled, required)
    ORDER BY id
    """
)


def _metadata(events: list[Event]) -> list[dict[str, Any]]:
    """When the number of filled metadata of the datasets changed, since they claimed the duty."""
    since: dict[str, dt.datetime] = {}
    for event in events:
        since.setdefault(event["package_id"], event["at"])
    rows = model.Session.execute(_METADATA, {"packages": list(since)}).mappings()
    return [dict(row) for row in rows if row["at"] >= since[row["package_id"]]]
