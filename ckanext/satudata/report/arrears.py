"""Tunggakan: what was not delivered by the cutoff of its quarter, until it is paid off.

They are listed in every later quarter and never change a frozen one.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any, TypedDict

import ckan.model as model
import sqlalchemy as sa

from .. import clock, config
from ..calendar.localtime import day_end_utc
from ..calendar.quarters import Quarter
from ..judging import evaluation, live
from ..rules.explain import SETTLED
from ..text import like_words
from . import records, report
from .shapes import Filters

STATES = ("open", "paid", "exempted")
"""Not delivered yet; delivered after the cutoff; taken out by a decision after the cutoff."""


class Arrear(TypedDict):
    """One obligation that was in arrears. ``status`` is that of its own quarter, ``state`` one of
    :data:`STATES` and ``paid_on`` the local day on which it was delivered after all."""

    obligation_id: str
    org_id: str
    org_name: str
    org_title: str
    item_id: str
    item_name: str
    unit: str
    classification: str
    frequency: str
    period: str
    priority: bool
    due: dt.date
    due_year: int
    due_tw: int
    cutoff: dt.date
    status: str
    flags: list[str]
    weight: Decimal
    state: str
    paid_on: dt.date | None


class Arrears(TypedDict):
    """A page of arrears; ``total`` counts all that pass the filters, ``counts`` by state."""

    rows: list[Arrear]
    total: int
    counts: dict[str, int]
    page: int
    page_size: int | None


# A row of its own quarter that was cut off empty, and the newest row there is of the same duty.
# A year that is over and not frozen is carried over by nobody: there the log says what came.
_ARREARS = f"""
    WITH over AS (
        SELECT * FROM unnest(CAST(:years AS int[]), CAST(:tws AS int[]), CAST(:days AS date[]),
                             CAST(:ends AS timestamptz[])) AS q(year, tw, cutoff, cutoff_end)
    ), every AS ({records.ROWS}
    ), own AS (
        SELECT r.*, over.cutoff FROM every r JOIN over USING (year, tw)
        WHERE r.due_year = r.year AND r.due_tw = r.tw AND r.counted AND r.d = 0
    ), newest AS (
        SELECT DISTINCT ON (e.obligation_id) e.obligation_id, e.year, e.tw, e.d, e.status,
               e.received_on
        FROM every e JOIN own USING (obligation_id)
        WHERE (e.year, e.tw) <= (:year, :tw)
        ORDER BY e.obligation_id, e.year DESC, e.tw DESC
    ), told AS (
        SELECT r.*, CASE WHEN n.status = ANY(:settled) THEN 'exempted'
                         WHEN n.d = 1 OR came.at IS NOT NULL THEN 'paid' ELSE 'open' END AS state,
               CASE WHEN n.d = 1 THEN n.received_on
                    ELSE CAST(came.at AT TIME ZONE :tz AS date) END AS paid_on
        FROM own r
        JOIN newest n USING (obligation_id)
        LEFT JOIN over last ON last.year = n.year AND last.tw = n.tw
        LEFT JOIN LATERAL (
            SELECT min(e.at) AS at FROM satudata_event e
            JOIN satudata_claim c USING (resource_id, item_id, period)
            WHERE e.item_id = r.item_id AND e.period = r.period
              AND e.kind IN ('delivered', 'replaced') AND e.at >= last.cutoff_end
              AND n.year < :year
        ) came ON true
    )
    SELECT r.* FROM told r LEFT JOIN satudata_opd opd ON opd.org_id = r.org_id
    WHERE {report.READABLE}
"""  # noqa: S608
_ORDER = """
    ORDER BY r.state <> 'open', r.due, lower(r.org_title), r.org_name, lower(r.item_name),
             r.frequency, r.period, r.obligation_id
"""
_FILTERS = {
    "org": report.FILTERS["org"],
    "q": report.FILTERS["q"],
    "priority": report.FILTERS["priority"],
    "due_year": "r.due_year = :due_year",
    "due_tw": "r.due_tw = :due_tw",
}


def listed(
    user: str | None,
    filters: Filters | None = None,
    state: str | None = None,
    page: int = 1,
    page_size: int | None = 50,
    due: Quarter | None = None,
) -> Arrears:
    """Arrears that the reader may see, those still open first.

    :param filters: ``org``, ``q`` and ``priority`` of the report
    :param state: one of :data:`STATES`; None: all
    :param due: only duties of this quarter
    """
    wanted: dict[str, Any] = {k: v for k, v in (filters or {}).items() if v and k in _FILTERS}
    if due:
        wanted |= {"due_year": due.year, "due_tw": due.tw}
    values = wanted | _values() | report.reader(user)
    values["words"] = like_words(str(wanted.get("q", "")))
    body = _ARREARS + "".join(f" AND ({_FILTERS[name]})" for name in wanted)
    counts = _counts(body, values)
    total = sum(n for key, n in counts.items() if state in (None, key))
    limit = ""
    if page_size is not None:
        limit = " LIMIT :limit OFFSET :offset"
        values |= {"limit": page_size, "offset": (max(1, page) - 1) * page_size}
    if state:
        body += " AND r.state = :state"
        values["state"] = state
    found = model.Session.execute(sa.text(body + _ORDER + limit), values).mappings()
    return {
        "rows": [{name: row[name] for name in Arrear.__annotations__} for row in found],  # type: ignore
        "total": total,
        "counts": counts,
        "page": max(1, page),
        "page_size": page_size,
    }


def _counts(body: str, values: dict[str, Any]) -> dict[str, int]:
    statement = f"SELECT state, count(*) FROM ({body}) found GROUP BY state"  # noqa: S608
    found = dict(model.Session.execute(sa.text(statement), values).all())
    return {state: found.get(state, 0) for state in STATES}


def _values() -> dict[str, Any]:
    """The quarters whose cutoff is over, and the present one."""
    now, today = live.current_quarter(), clock.today()
    cutoffs = evaluation.cutoffs([Quarter(*one) for one in report.quarters()])
    over = [(quarter, day) for quarter, day in cutoffs.items() if day < today]
    return {
        "year": now.year,
        "tw": now.tw,
        "tz": config.timezone(),
        "settled": list(SETTLED),
        "years": [quarter.year for quarter, _day in over],
        "tws": [quarter.tw for quarter, _day in over],
        "days": [day for _quarter, day in over],
        "ends": [day_end_utc(day, config.timezone()) for _quarter, day in over],
    }
