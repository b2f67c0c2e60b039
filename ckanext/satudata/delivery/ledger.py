"""The log of claims: which event leads from what was recorded last to what is claimed now."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import sqlalchemy as sa

from .. import clock
from .model import Event
from .origin import Origin


class Key(NamedTuple):
    """A claim: this resource holds this item for this period."""

    resource_id: str
    item_id: str
    period: str


class State(NamedTuple):
    """What is claimed by whom with which content: the columns of an event that can change.

    ``sha256`` and ``bytes`` are None where no content is held, ``url`` where it is;
    ``filename`` is the name of an upload.
    """

    package_id: str
    org_id: str | None
    private: bool
    sha256: str | None
    bytes: int | None
    url: str | None
    filename: str | None


class Last(NamedTuple):
    """The last event of a claim."""

    at: dt.datetime
    kind: str
    state: State


def kind_of(last: Last | None, now: State) -> str | None:
    """Kind of the event that a claim of today makes, None if it says nothing new.

    >>> before = State("p", "o", False, "aa", 2, None, "a.csv")
    >>> last = Last(dt.datetime(2026, 1, 1), "delivered", before)
    >>> kind_of(None, before), kind_of(last, before), kind_of(last, before._replace(sha256="bb"))
    ('delivered', None, 'replaced')
    """
    if last is None or last.kind == "withdrawn":
        return "delivered" if now.sha256 else "stated"
    known = last.state
    if now.sha256 != known.sha256:
        if now.sha256 is None:
            return "stated"
        return "replaced" if known.sha256 else "delivered"
    if now.sha256 is None and known.url is not None and now.url != known.url:
        return "relinked"
    if now.org_id != known.org_id:
        return "moved"
    if now.private != known.private:
        return "hidden" if now.private else "shown"
    return None


def _changes(
    claimed: Mapping[Key, State], last: Mapping[Key, Last]
) -> list[tuple[Key, str, State]]:
    """What is new, in order of claims, with the whole state of each."""
    found = [(key, kind_of(last.get(key), state), state) for key, state in claimed.items()]
    found += [
        (key, "withdrawn", one.state._replace(sha256=None, bytes=None, url=None, filename=None))
        for key, one in last.items()
        if key not in claimed and one.kind != "withdrawn"
    ]
    return sorted((row for row in found if row[1]), key=lambda row: row[0])


def events(
    claimed: Mapping[Key, State],
    last: Mapping[Key, Last],
    origin: Callable[[], Origin],
    now: Callable[[], dt.datetime] = clock.now,
) -> list[dict[str, Any]]:
    """Rows for the log: the whole state of each claim that is not as the log has it.

    ``last`` comes from the log itself, so it stays right even where the fact tables were
    emptied for a rebuild. ``origin`` and ``now`` are asked only if there is a row.
    """
    changes = _changes(claimed, last)
    if not changes:
        return []
    came, at = origin(), now()
    return [
        {
            **key._asdict(),
            **state._asdict(),
            **_times(kind, at, last.get(key), came),
            "kind": kind,
            "actor": came.actor,
            "source": came.source,
        }
        for key, kind, state in changes
    ]


def _times(kind: str, now: dt.datetime, last: Last | None, came: Origin) -> dict[str, Any]:
    """Clocks are set back; what happened after something did not happen before it."""
    at = max(now, last.at) if last else now
    counts_at = at
    if came.counts_from and kind in ("delivered", "replaced"):
        counts_at = min(at, max(came.counts_from, last.at) if last else came.counts_from)
    return {"at": at, "counts_at": counts_at}


def last_events(session: Any, package_id: str) -> dict[Key, Last]:
    """The last events of the claims of a dataset, but for those that another has since."""
    rows = session.execute(_LAST_EVENTS, {"id": package_id})
    return {
        Key(row.resource_id, row.item_id, row.period): Last(
            row.at, row.kind, State(*(getattr(row, name) for name in State._fields))
        )
        for row in rows
    }


# Only SQL past CKAN's API moves a resource to another dataset; the claim is then that one's.
_LAST_EVENTS = sa.text(
    """
    SELECT * FROM (
        SELECT DISTINCT ON (resource_id, item_id, period) *
        FROM satudata_event WHERE package_id = :id
        ORDER BY resource_id, item_id, period, id DESC
    ) e
    WHERE NOT EXISTS (
        SELECT FROM satudata_event later
        WHERE later.item_id = e.item_id AND later.period = e.period
          AND later.resource_id = e.resource_id AND later.id > e.id)
    """
)


def write(session: Any, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Append rows of :func:`events`; gives them back, each with its ``id``."""
    if not rows:
        return []
    ids = session.scalars(
        sa.insert(Event.__table__).returning(Event.id, sort_by_parameter_order=True), rows
    )
    return [{**row, "id": id} for row, id in zip(rows, ids, strict=True)]
