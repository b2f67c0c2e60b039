"""Tanda terima: one for each content that a resource delivered."""

from __future__ import annotations

import itertools
from typing import Any

import sqlalchemy as sa
from flask import g, has_request_context

from .. import config, locks
from ..calendar.localtime import local_date
from .model import Receipt

_LAST_NUMBER = sa.text(
    "SELECT max(number) FROM satudata_receipt WHERE number > :first AND number < :next"
)


def issue(session: Any, events: list[dict[str, Any]]) -> None:
    """Write receipts for new content among events (rows of the log with their ``id``).

    Numbers run without a gap within the local year of delivery, so who comes second waits
    for the end of the first one's transaction: call it as the last step.
    """
    delivered = [row for row in events if row["kind"] in ("delivered", "replaced")]
    if not delivered:
        return
    locks.hold("receipt", session)
    delivered.sort(key=lambda row: (row["resource_id"], row["at"], row["id"]))
    rows: list[dict[str, Any]] = []
    taken: dict[int, int] = {}
    for resource_id, group in itertools.groupby(delivered, key=lambda row: row["resource_id"]):
        same = list(group)
        at = same[-1]["at"]
        year = local_date(at, config.timezone()).year
        taken[year] = taken.get(year) or _last(session, year)
        taken[year] += 1
        rows.append(
            {
                "number": number(year, taken[year]),
                "at": at,
                "resource_id": resource_id,
                "event_ids": [row["id"] for row in same],
                **{name: same[-1][name] for name in _TAKEN_OVER},
            }
        )
    session.execute(sa.insert(Receipt.__table__), rows)
    if has_request_context():
        g.setdefault("satudata_receipts", []).extend(row["number"] for row in rows)


def issued_now() -> list[str]:
    """Numbers of the receipts that this web request has issued."""
    return g.get("satudata_receipts", [])


_TAKEN_OVER = ("package_id", "org_id", "sha256", "bytes", "filename", "actor")


def number(year: int, count: int) -> str:
    """The number of a receipt.

    >>> number(2026, 123)
    'TT-2026-000123'
    """
    return f"TT-{year}-{count:06}"


def _last(session: Any, year: int) -> int:
    known = session.scalar(_LAST_NUMBER, {"first": number(year, 0), "next": number(year + 1, 0)})
    return int(known.rsplit("-", 1)[1]) if known else 0
