"""The tables of facts and claims of a dataset: read in one statement, written in one each.

The statements are plain SQL: it is compiled once, whereas SQLAlchemy compiles its own with
ON CONFLICT anew each time, which takes longer than PostgreSQL takes over them. Rows go as JSON,
so any number of them is one statement.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import sqlalchemy as sa

from ..register.model import Claim
from .ledger import Key
from .model import PackageFact, ResourceFact


class State(NamedTuple):
    """What the tables should hold for a dataset: its fact, resource facts and claims.

    ``links``: address and file name (``url``, ``filename`` of an event) by resource.
    """

    package: dict[str, Any] | None
    resources: dict[str, dict[str, Any]]
    claims: set[Key]
    links: dict[str, dict[str, str | None]] = {}


GONE = State(None, {}, set())
"""Of a dataset that is not known, or no more."""


def _names(table: type) -> list[str]:
    return [column.key for column in sa.inspect(table).columns]


def _columns(table: type, prefix: str = "") -> str:
    return ", ".join(prefix + name for name in _names(table))


_PACKAGE, _RESOURCE = _names(PackageFact), _names(ResourceFact)

_STORED = sa.text(
    f"""
    SELECT {_columns(PackageFact, "p.")}, {_columns(ResourceFact, "r.")}, c.items, c.periods
    FROM satudata_package_fact p
    LEFT JOIN satudata_resource_fact r ON r.package_id = p.package_id
    LEFT JOIN LATERAL (
        SELECT array_agg(item_id) AS items, array_agg(period) AS periods
        FROM satudata_claim WHERE resource_id = r.resource_id
    ) c ON true
    WHERE p.package_id = :id
    """  # noqa: S608 - names of our own
)


def stored(session: Any, package_id: str) -> State:
    """What the tables hold of a dataset; links are not kept there."""
    rows = session.execute(_STORED, {"id": package_id}).all()
    if not rows:
        return GONE
    split = len(_PACKAGE)
    resources: dict[str, dict[str, Any]] = {}
    claims: set[Key] = set()
    for *values, items, periods in rows:
        fact = dict(zip(_RESOURCE, values[split:], strict=True))
        resource_id = fact["resource_id"]
        if resource_id is None:
            continue
        resources[resource_id] = fact
        claims.update(
            Key(resource_id, *one) for one in zip(items or (), periods or (), strict=True)
        )
    return State(dict(zip(_PACKAGE, rows[0][:split], strict=True)), resources, claims)


def write(session: Any, package_id: str, before: State, after: State) -> None:
    """Bring the tables from one state to the other; what is the same in both is not written."""
    if after.package is None:
        session.execute(_FORGET_PACKAGE, {"id": package_id})
    elif after.package != before.package:
        _send(session, _PUT_PACKAGES, [after.package])
    gone = before.resources.keys() - after.resources.keys()
    if gone:
        session.execute(_FORGET_RESOURCES, {"ids": list(gone)})
    _send(
        session,
        _PUT_RESOURCES,
        [row for key, row in after.resources.items() if before.resources.get(key) != row],
    )
    _send(session, _WITHDRAW, [key._asdict() for key in before.claims - after.claims])
    _send(session, _CLAIM, [key._asdict() for key in after.claims - before.claims])


def _send(session: Any, statement: Any, rows: list[Mapping[str, Any]]) -> None:
    if rows:
        session.execute(statement, {"rows": json.dumps(rows, default=dt.datetime.isoformat)})


def touch(session: Any, items: Iterable[str]) -> None:
    """Note the organisations that owe these items."""
    session.execute(_TOUCH, {"items": list(items)})


def _rows_of(table: type) -> str:
    """The rows that are sent, as those of a table."""
    name = table.__tablename__
    return f"jsonb_populate_recordset(CAST(NULL AS {name}), CAST(:rows AS jsonb))"


def _putting(table: type, key: str) -> sa.TextClause:
    names = _columns(table)
    changes = ", ".join(f"{name} = excluded.{name}" for name in _names(table) if name != key)
    return sa.text(
        f"INSERT INTO {table.__tablename__} ({names})"  # noqa: S608 - names of our own
        f" SELECT {names} FROM {_rows_of(table)}"
        f" ON CONFLICT ({key}) DO UPDATE SET {changes}"
    )


_PUT_PACKAGES = _putting(PackageFact, "package_id")
_PUT_RESOURCES = _putting(ResourceFact, "resource_id")
_FORGET_PACKAGE = sa.text("DELETE FROM satudata_package_fact WHERE package_id = :id")
_FORGET_RESOURCES = sa.text("DELETE FROM satudata_resource_fact WHERE resource_id = ANY(:ids)")
_CLAIM = sa.text(
    f"INSERT INTO satudata_claim ({_columns(Claim)})"  # noqa: S608 - names of our own
    f" SELECT {_columns(Claim)} FROM {_rows_of(Claim)} ON CONFLICT DO NOTHING"
)
_WITHDRAW = sa.text(
    f"DELETE FROM satudata_claim WHERE ({_columns(Claim)}) IN"  # noqa: S608 - names of our own
    f" (SELECT {_columns(Claim)} FROM {_rows_of(Claim)})"
)
_TOUCH = sa.text(
    "INSERT INTO satudata_touched (org_id)"
    " SELECT DISTINCT org_id FROM satudata_item WHERE id = ANY(:items)"
)
