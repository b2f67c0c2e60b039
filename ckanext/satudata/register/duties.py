"""Duties with the decisions in force about them: what a new decision is checked against."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable
from dataclasses import dataclass, fields
from typing import Any

import ckan.model as model
import sqlalchemy as sa

from ..calendar import periods
from ..calendar.quarters import Quarter
from ..opd import queries as opd_queries
from ..template_helpers import satudata_lang
from .claims import COUNTS
from .model import Item, Obligation

MOST = 2000
"""Duties that one decision may be about."""


@dataclass(frozen=True)
class Duty:
    """One obligation and what has been decided about it.

    ``waiver``, ``extension``, ``claim`` (of nothing to report) and ``answer`` (to it) are ids of
    the decisions in force. ``org_id`` is who owes it today, whoever owed it when its quarter became
    final. ``extended_to`` is the due day by extension; ``judged`` the quarter
    that judges the duty and ``final`` whether that one is frozen. ``delivered``: a file states
    that it is for this duty.
    """

    id: str
    item_id: str
    org_id: str
    org_title: str
    item_name: str
    unit: str
    classification: str
    period: str
    period_end: dt.date
    due: dt.date
    due_counted: dt.date
    year: int
    tw: int
    judged_year: int
    judged_tw: int
    allow_nihil: bool
    waiver: int | None
    waiver_number: str | None
    extension: int | None
    extended_to: dt.date | None
    claim: int | None
    answer: int | None
    accepted: bool | None
    delivered: bool
    final: bool

    @property
    def quarter(self) -> Quarter:
        """The quarter of the nominal due day."""
        return Quarter(self.year, self.tw)

    @property
    def name(self) -> str:
        """Item and period in words, for sentences."""
        return duty_name(self.item_name, self.period)


def duty_name(item_name: str, period: str | None) -> str:
    """An item and a data period in words: ``“Jumlah bidan” 2025``."""
    if not period:
        return f"“{item_name}”"
    try:
        label = periods.label(periods.parse(period), satudata_lang())
    except periods.PeriodError:
        label = period
    return f"“{item_name}” {label}"


def in_force(kinds: str) -> str:
    """SQL: the newest decision ``d`` of these kinds about obligation ``o`` not taken back."""
    return f"""
        SELECT d.* FROM satudata_decision d
        WHERE d.obligation_id = o.id AND d.kind IN ({kinds})
          AND NOT EXISTS (SELECT FROM satudata_decision later WHERE later.revokes = d.id)
        ORDER BY d.id DESC LIMIT 1
    """  # noqa: S608 - kinds are written in this file


_DUTIES = f"""
    SELECT o.id, o.item_id, i.org_id, coalesce(nullif(g.title, ''), g.name, i.org_id) AS org_title,
           coalesce(o.item_name, i.name) AS item_name, coalesce(o.unit, i.unit) AS unit,
           coalesce(o.classification, i.classification) AS classification, o.period, o.period_end,
           o.due, o.due_counted, o.year, o.tw, judged.year AS judged_year, judged.tw AS judged_tw,
           i.allow_nihil, w.id AS waiver, w.number AS waiver_number, x.id AS extension,
           x.day AS extended_to, n.id AS claim, a.id AS answer, a.kind = 'nihil_accept' AS accepted,
           EXISTS (SELECT FROM satudata_claim c
                   WHERE c.item_id = o.item_id AND c.period = o.period AND {COUNTS}) AS delivered,
           EXISTS (SELECT FROM satudata_final f
                   WHERE f.year = judged.year AND f.tw = judged.tw) AS final
    FROM satudata_obligation o
    JOIN satudata_item i ON i.id = o.item_id
    LEFT JOIN "group" g ON g.id = i.org_id
    LEFT JOIN LATERAL ({in_force("'waiver'")}) w ON true
    LEFT JOIN LATERAL ({in_force("'extension'")}) x ON true
    LEFT JOIN LATERAL ({in_force("'nihil_claim'")}) n ON true
    LEFT JOIN LATERAL (
        SELECT d.id, d.kind FROM satudata_decision d
        WHERE d.answers = n.id AND d.kind IN ('nihil_accept', 'nihil_refuse')
          AND NOT EXISTS (SELECT FROM satudata_decision later WHERE later.revokes = d.id)
        ORDER BY d.id DESC LIMIT 1
    ) a ON true
    CROSS JOIN LATERAL (
        SELECT coalesce(CAST(x.details ->> 'year' AS integer), o.year) AS year,
               coalesce(CAST(x.details ->> 'tw' AS integer), o.tw) AS tw
    ) judged
"""  # noqa: S608 - parts of our own

_BY_ID = sa.text(f"{_DUTIES} WHERE o.id = ANY(:ids) ORDER BY o.due, item_name, o.period, o.id")

_FOUND = sa.text(
    f"""
    {_DUTIES}
    JOIN satudata_opd opd ON opd.org_id = i.org_id
    WHERE (CAST(:org AS text) IS NULL OR :org = ANY(opd.path))
      AND (CAST(:item AS text) IS NULL OR o.item_id = :item)
      AND (CAST(:year AS integer) IS NULL OR o.year = :year)
      AND (CAST(:tw AS integer) IS NULL OR o.tw = :tw)
      AND (CAST(:request AS text) IS NULL OR o.request_id = :request)
    ORDER BY o.due, org_title, item_name, o.period, o.id LIMIT {MOST}
    """
)


def _duties(statement: Any, values: dict[str, Any]) -> list[Duty]:
    rows = model.Session.execute(statement, values).mappings()
    names = [field.name for field in fields(Duty)]
    return [Duty(**{name: row[name] for name in names}) for row in rows]


def of_ids(ids: Collection[str]) -> list[Duty]:
    """These obligations, by due day; those that do not exist are left out."""
    return _duties(_BY_ID, {"ids": list(ids)}) if ids else []


def owing(ids: Collection[str]) -> set[str]:
    """Ids of the organisations that owe these obligations today."""
    items = sa.select(Obligation.item_id).where(Obligation.id.in_(ids))
    return set(model.Session.scalars(sa.select(Item.org_id).where(Item.id.in_(items))))


def find(
    *,
    org: str | None = None,
    item: str | None = None,
    year: int | None = None,
    tw: int | None = None,
    request: str | None = None,
) -> list[Duty]:
    """The first :data:`MOST` obligations of an organisation (id or name) with its units, an item,
    the quarter of the due day, a data request; by due day."""
    values = {
        "org": (opd_queries.resolve(org) or "") if org else None,
        "item": item,
        "year": year,
        "tw": tw,
        "request": request,
    }
    return _duties(_FOUND, values)


def touch(org_ids: Iterable[str]) -> None:
    """Note that the live result of these organisations must be computed again.

    The queue belongs to the deliveries, a later room.
    """
    model.Session.execute(
        sa.text(
            "INSERT INTO satudata_touched (org_id) SELECT DISTINCT unnest(CAST(:ids AS text[]))"
        ),
        {"ids": list(org_ids)},
    )
