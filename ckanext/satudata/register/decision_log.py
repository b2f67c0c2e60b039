"""Set-based reads of the log of decisions, with what a reader needs to understand each.

Decisions that move what is owed are open to every user, like the register itself: nobody shall
move a deadline quietly. Claims, answers, judgements and objections are read by the OPD they are
about, those above it and those who read all reports.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping
from typing import Any

import ckan.model as model
import sqlalchemy as sa

from ..opd import permissions
from ..opd import queries as opd_queries
from ..text import like_words

OPEN = (
    "establishment", "round", "amendment", "item_open", "item_close", "succession", "request",
    "window", "holiday", "waiver", "extension", "ruleset", "quarter",
)  # fmt: skip
"""Kinds that everyone reads who may read the log, and their revocations."""

STATES = ("in_force", "revoked")

_FROM = """
    FROM satudata_decision d
    LEFT JOIN satudata_decision t ON t.id = coalesce(d.revokes, d.answers)
    LEFT JOIN satudata_event e ON e.id = coalesce(d.event_id, t.event_id)
    LEFT JOIN satudata_obligation o ON o.id = coalesce(d.obligation_id, t.obligation_id)
    LEFT JOIN satudata_item i ON i.id = coalesce(d.item_id, t.item_id, e.item_id, o.item_id)
    LEFT JOIN satudata_opd opd ON opd.org_id = coalesce(d.org_id, t.org_id, e.org_id, o.org_id)
    LEFT JOIN "group" g ON g.id = opd.org_id
    LEFT JOIN "user" u ON u.id = d.actor
    LEFT JOIN LATERAL (
        SELECT later.id, later.at FROM satudata_decision later
        WHERE later.revokes = d.id ORDER BY later.id LIMIT 1
    ) back ON true
"""

_COLUMNS = """
    SELECT d.id, d.at, d.kind, d.number, d.dated, d.reason, d.actor, d.event_id, d.answers,
           d.revokes, d.year, d.tw, coalesce(d.day, t.day) AS day,
           CASE WHEN d.kind = 'revoke' THEN t.details ELSE d.details END AS details,
           coalesce(d.obligation_id, t.obligation_id) AS obligation_id,
           opd.org_id, g.name AS org_name, coalesce(nullif(g.title, ''), g.name) AS org_title,
           i.id AS item_id, coalesce(o.item_name, i.name) AS item_name,
           coalesce(o.period, e.period) AS period, o.due, t.kind AS about_kind,
           coalesce(nullif(u.fullname, ''), u.name) AS actor_name,
           back.id AS revoked_by, back.at AS revoked_at,
           (:reads_all OR coalesce(opd.path && CAST(:branches AS text[]), false)) AS own
"""

_READABLE = """
    (CASE WHEN d.kind = 'revoke' THEN t.kind ELSE d.kind END = ANY(CAST(:open AS text[]))
     OR :reads_all OR opd.path && CAST(:branches AS text[]))
"""

FILTERS = {
    "ids": "d.id = ANY(:ids)",
    "related": """(d.answers = :related OR d.revokes = :related OR d.id IN (
        SELECT unnest(ARRAY[s.answers, s.revokes]) FROM satudata_decision s WHERE s.id = :related))
    """,
    "org": ":org = ANY(opd.path)",
    "item": "i.id = :item",
    "obligation": "d.obligation_id = :obligation",
    "kind": "d.kind = :kind",
    "year": "coalesce(d.year, o.year, CAST(extract(year FROM d.dated) AS integer)) = :year",
    "tw": "coalesce(d.tw, o.tw) = :tw",
    "since": "d.dated >= :since",
    "until": "d.dated <= :until",
    "in_force": "d.kind <> 'revoke' AND back.id IS NULL",
    "revoked": "back.id IS NOT NULL",
    "q": "concat_ws(' ', d.number, d.reason, i.name, g.title, d.details ->> 'title')"
    " ILIKE ALL(CAST(:words AS text[]))",
}

Row = Mapping[str, Any]


def search(
    user: str | None, *, limit: int | None = None, offset: int = 0, **wanted: Any
) -> tuple[int, list[Row]]:
    """Decisions that a user may read, the latest first: how many fit, and one page of them.

    :param wanted: values of :data:`FILTERS`; those that are None or empty ask for nothing
    :param limit: None: all
    """
    values = {name: value for name, value in wanted.items() if value not in (None, "", False)}
    if "org" in values:
        values["org"] = opd_queries.resolve(values["org"]) or ""
    where = " AND ".join([_READABLE, *(FILTERS[name] for name in values)])
    values |= {
        "words": like_words(str(values.get("q", ""))),
        "open": list(OPEN),
        **permissions.reach(user),
    }
    count = model.Session.execute(
        sa.text(f"SELECT count(*) {_FROM} WHERE {where}"),
        values,
    ).scalar_one()
    rows = model.Session.execute(
        sa.text(f"{_COLUMNS} {_FROM} WHERE {where} ORDER BY d.id DESC LIMIT :limit OFFSET :offset"),
        {**values, "limit": limit, "offset": offset},
    ).mappings()
    return count, list(rows)


def related(decision_id: int, user: str | None) -> list[Row]:
    """Decisions that a user may read and that this one answers or takes back, or that do so to
    it; the latest first."""
    return search(user, related=decision_id)[1]


_BY_ID = sa.text(f"{_COLUMNS} {_FROM} WHERE d.id = ANY(:ids) ORDER BY d.id")


def by_ids(ids: Collection[int]) -> list[Row]:
    """These decisions, oldest first, whoever reads; the caller has asked whether he may."""
    if not ids:
        return []
    values = {"ids": list(ids), "reads_all": True, "branches": []}
    return list(model.Session.execute(_BY_ID, values).mappings())


def one(decision_id: int) -> Row | None:
    """One decision, whoever reads; None where there is none of this id."""
    return next(iter(by_ids([decision_id])), None)


# What answers a decision or takes it back names the same duty.
_OF_DUTY = sa.text(
    f"""
    {_COLUMNS} {_FROM}
    WHERE d.obligation_id = :id OR d.event_id = ANY(ARRAY(
        SELECT x.id FROM satudata_event x JOIN satudata_obligation b USING (item_id, period)
        WHERE b.id = :id))
    ORDER BY d.id
    """  # noqa: S608 - parts of our own
)


def of_duty(obligation_id: str) -> list[Row]:
    """All decisions about one obligation and its deliveries, oldest first; the caller has asked
    whether the reader may see the duty."""
    values = {"id": obligation_id, "reads_all": True, "branches": []}
    return list(model.Session.execute(_OF_DUTY, values).mappings())


def plain(row: Row) -> dict[str, Any]:
    """A row with dates and moments as ISO texts, as the API gives it."""
    return {
        name: value.isoformat() if isinstance(value, dt.date) else value
        for name, value in row.items()
    }
