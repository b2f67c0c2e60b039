"""The one recorder: it turns changes of stock datasets into facts, claims and events.

Called by ``IDomainObjectModification`` inside the transaction of the change,
which it reaches whatever API made it (bulk, owner change and purge included).
Core reports every change of a resource for its dataset too, so only datasets
are looked at. Writes only what differs: editing a title, reordering or
reindexing leaves no event.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any, NamedTuple

import ckan.model as model
import sqlalchemy as sa
from ckan.common import current_user
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import object_session

from .. import clock
from ..metadata import completeness, resource_values
from ..register.model import Claim, Item
from . import content
from .model import Event, PackageFact, ResourceFact, Touched

log = logging.getLogger(__name__)

MAX_CLAIMS = 5000
"""Claims of one resource beyond this number are not taken: nobody states so many."""

DATASET_TYPE = "dataset"


class _Key(NamedTuple):
    resource_id: str
    item_id: str
    period: str


class _Last(NamedTuple):
    """The last event of a claim."""

    kind: str
    sha256: str | None


class _State(NamedTuple):
    """What the tables should hold for a dataset: its fact, resource facts and claims."""

    package: dict[str, Any] | None
    resources: dict[str, dict[str, Any]]
    claims: set[_Key]


_GONE = _State(None, {}, set())


def record(entity: Any, operation: str) -> None:
    """Record a change that core reports. Never breaks the saving of a dataset.

    A fault is logged and leaves no trace in the transaction; the nightly
    ``facts.rebuild`` makes up for it.
    """
    if not isinstance(entity, model.Package) or entity.type != DATASET_TYPE:
        return
    gone = sa.inspect(entity).deleted or sa.inspect(entity).was_deleted
    if gone and operation != model.DomainObjectOperation.deleted:
        return
    session = object_session(entity) or model.Session
    new = operation == model.DomainObjectOperation.new
    if not new and _told_as_new(session, entity):
        return
    try:
        with session.connection().begin_nested():
            record_package(session, entity.id, None if gone else entity, new)
    except Exception:
        log.exception("satudata: the change of dataset %s was not recorded", entity.id)


def _told_as_new(session: Any, package: model.Package) -> bool:
    """Core tells a new dataset with resources twice in a commit, as new and as changed."""
    return package in getattr(session, "_object_cache", {}).get("new", ())


def record_package(
    session: Any,
    package_id: str,
    package: model.Package | None,
    new: bool = False,
    measured: Mapping[str, Any] | None = None,
) -> bool:
    """Bring facts, claims and events of one dataset up to date (None: it was purged).

    ``new``: made in this transaction, so nothing is known of it yet. ``measured``: its
    completeness (``Completeness.fact``) where the caller has it of many at once. Returns
    whether anything changed. Raises what the database raises.
    """
    before = _GONE if new else _stored(session, package_id)
    after = _GONE if package is None else _current(package, before, measured)
    last = _last_events(session, package_id) if _may_have_events(new, before, after) else {}
    events = _events(package_id, before, after, last)
    if before == after and not events:
        return False
    _write_facts(session, package_id, before, after)
    if events:
        session.execute(sa.insert(Event.__table__), events)
    _touch(session, {event["item_id"] for event in events} | _items(before) | _items(after))
    return True


def _columns(table: type) -> list[str]:
    return [column.key for column in sa.inspect(table).columns]


def _stored(session: Any, package_id: str) -> _State:
    def rows(table: type, *where: Any) -> list[dict[str, Any]]:
        statement = sa.select(*(getattr(table, name) for name in _columns(table))).where(*where)
        return [dict(row) for row in session.execute(statement).mappings()]

    package = rows(PackageFact, PackageFact.package_id == package_id)
    if not package:
        return _GONE
    resources = rows(ResourceFact, ResourceFact.package_id == package_id)
    ids = [row["resource_id"] for row in resources]
    claims = rows(Claim, Claim.resource_id.in_(ids)) if ids else []
    return _State(
        package[0],
        {row["resource_id"]: row for row in resources},
        {_Key(**row) for row in claims},
    )


def _current(package: model.Package, before: _State, measured: Mapping[str, Any] | None) -> _State:
    resources: dict[str, dict[str, Any]] = {}
    claims: set[_Key] = set()
    for resource in package.resources_all:
        state = sa.inspect(resource)
        if state.deleted or state.was_deleted:
            continue
        resources[resource.id] = _resource_fact(resource, before.resources.get(resource.id))
        if resource.state == "active" and package.state == "active":
            claims |= _claims(resource, package)
    measured = completeness.facts_of(package).fact if measured is None else measured
    return _State(_package_fact(package, measured), resources, claims)


def _package_fact(package: model.Package, measured: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "package_id": package.id,
        "org_id": package.owner_org,
        "private": bool(package.private),
        "active": package.state == "active",
        **measured,
    }


def _resource_fact(resource: model.Resource, known: dict[str, Any] | None) -> dict[str, Any]:
    sha256, size = _content_of(resource, known)
    return {
        "resource_id": resource.id,
        "package_id": resource.package_id,
        "active": resource.state == "active",
        "sha256": sha256,
        "bytes": size,
        "format": (resource.format or "").upper() or None,
        "provisional": (resource.extras or {}).get("sd_status_angka") == "sementara",
        "last_modified": resource.last_modified,
    }


def _content_of(
    resource: model.Resource, known: dict[str, Any] | None
) -> tuple[str | None, int | None]:
    """Fingerprint of the content held; read only if it is new or has changed."""
    if not content.is_held(resource):
        return None, None
    if known and known["sha256"] and known["last_modified"] == resource.last_modified:
        return known["sha256"], known["bytes"]
    try:
        with content.opened(resource.id) as stream:
            return content.fingerprint(stream)
    except content.ContentMissingError:
        log.warning("satudata: the upload of resource %s is not in the storage", resource.id)
        return None, None


def _claims(resource: model.Resource, package: model.Package) -> set[_Key]:
    periods = resource_values.stated_periods(resource)
    items = resource_values.stated_items(resource, package) if periods else []
    stated = [_Key(resource.id, item, period) for item in items for period in periods]
    if len(stated) > MAX_CLAIMS:
        log.warning("satudata: resource %s states %d claims", resource.id, len(stated))
    return set(stated[:MAX_CLAIMS])


def _may_have_events(new: bool, before: _State, after: _State) -> bool:
    return not new and bool(not before.package or before.claims or after.claims)


def _events(
    package_id: str, before: _State, after: _State, last: dict[_Key, _Last]
) -> list[dict[str, Any]]:
    """Events that lead from what was last recorded of each claim to what is claimed now.

    ``last`` comes from the log itself, so it stays right even where the fact
    tables were emptied for a rebuild.
    """
    found = []
    for key in after.claims:
        sha256 = after.resources[key.resource_id]["sha256"]
        found.append((key, _kind(last.get(key), sha256), sha256))
    found += [
        (key, "withdrawn", None)
        for key, event in last.items()
        if key not in after.claims and event.kind != "withdrawn"
    ]
    common = {
        "at": clock.now(),
        "package_id": package_id,
        "org_id": (after.package or before.package or {}).get("org_id"),
        "actor": _actor(),
    }
    return [
        {
            **common,
            **key._asdict(),
            "kind": kind,
            "sha256": sha256,
            "bytes": after.resources[key.resource_id]["bytes"] if sha256 else None,
        }
        for key, kind, sha256 in sorted(found, key=lambda row: row[0])
        if kind
    ]


def _last_events(session: Any, package_id: str) -> dict[_Key, _Last]:
    statement = (
        sa.select(Event.resource_id, Event.item_id, Event.period, Event.kind, Event.sha256)
        .where(Event.package_id == package_id)
        .distinct(Event.resource_id, Event.item_id, Event.period)
        .order_by(Event.resource_id, Event.item_id, Event.period, Event.id.desc())
    )
    return {_Key(*row[:3]): _Last(row.kind, row.sha256) for row in session.execute(statement)}


def _kind(last: _Last | None, sha256: str | None) -> str | None:
    """Kind of the event a claim of today makes, None if it says nothing new."""
    held_before = last is not None and last.kind in ("delivered", "replaced")
    if sha256 is None:
        return None if last is not None and last.kind == "stated" else "stated"
    if not held_before:
        return "delivered"
    return None if last.sha256 == sha256 else "replaced"


def _write_facts(session: Any, package_id: str, before: _State, after: _State) -> None:
    if after.package is None:
        session.execute(sa.delete(PackageFact).where(PackageFact.package_id == package_id))
    elif after.package != before.package:
        _upsert(session, PackageFact, "package_id", [after.package])
    gone = before.resources.keys() - after.resources.keys()
    if gone:
        session.execute(sa.delete(ResourceFact).where(ResourceFact.resource_id.in_(gone)))
    changed = [row for key, row in after.resources.items() if before.resources.get(key) != row]
    if changed:
        _upsert(session, ResourceFact, "resource_id", changed)
    withdrawn = before.claims - after.claims
    if withdrawn:
        key = sa.tuple_(Claim.resource_id, Claim.item_id, Claim.period)
        session.execute(sa.delete(Claim).where(key.in_(withdrawn)))
    stated = after.claims - before.claims
    if stated:
        session.execute(
            insert(Claim.__table__).on_conflict_do_nothing(), [key._asdict() for key in stated]
        )


def _upsert(session: Any, table: type, key: str, rows: list[dict[str, Any]]) -> None:
    statement = insert(table.__table__)
    changes = {name: statement.excluded[name] for name in _columns(table) if name != key}
    session.execute(statement.on_conflict_do_update(index_elements=[key], set_=changes), rows)


def _items(state: _State) -> set[str]:
    return {key.item_id for key in state.claims}


def _touch(session: Any, items: set[str]) -> None:
    """Note the organisations that owe these items."""
    if items:
        owing = sa.select(Item.org_id).where(Item.id.in_(items)).distinct()
        session.execute(sa.insert(Touched.__table__).from_select(["org_id"], owing))


def _actor() -> str | None:
    """Id of the user at work; None in jobs and on the command line."""
    try:
        return current_user.id if current_user and current_user.is_authenticated else None
    except RuntimeError:
        return None
