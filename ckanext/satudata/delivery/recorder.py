"""The one recorder: it turns changes of stock datasets into facts, claims and events.

Called by ``IDomainObjectModification`` inside the transaction of the change,
which it reaches whatever API made it (bulk, owner change and purge included).
Core reports every change of a resource for its dataset too, so only datasets
are looked at. Writes only what differs: editing a title, reordering or
reindexing leaves no event.
"""

from __future__ import annotations

import datetime as dt
import functools
import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any, NamedTuple

import ckan.model as model
import psycopg2
import sqlalchemy as sa
from ckan.plugins import toolkit
from sqlalchemy.orm import object_session

from .. import committed, locks
from ..metadata import completeness, resource_values
from . import content, evidence, fact_tables, ledger, metadata_log, origin, receipts
from .fact_tables import GONE, State
from .ledger import Key

log = logging.getLogger(__name__)

MAX_CLAIMS = 5000
"""Claims of one resource beyond this number are not taken: nobody states so many."""

DATASET_TYPE = "dataset"


recorded = toolkit.signals.ckanext.signal("satudata:delivery_recorded")
"""Sent once the transaction is in that changed what an organisation has delivered."""


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
        with _savepoint(session):
            found = record_package(session, entity.id, None if gone else entity, new)
            receipts.issue(session, found.events)
        if found.touched:
            committed.then(recorded.send, session)
    except Exception:
        log.exception("satudata: the change of dataset %s was not recorded", entity.id)


@contextmanager
def _savepoint(session: Any) -> Iterator[None]:
    """What is done within leaves no trace in the transaction if it fails.

    In plain SQL: SQLAlchemy compiles its own savepoints anew for every save.
    """
    cursor = session.connection().connection.cursor()
    cursor.execute("SAVEPOINT satudata")
    try:
        yield
    except BaseException:
        # On a connection that is gone this fails too: what went wrong first is what is told.
        with suppress(psycopg2.Error):
            cursor.execute("ROLLBACK TO SAVEPOINT satudata; RELEASE SAVEPOINT satudata")
        raise
    cursor.execute("RELEASE SAVEPOINT satudata")


def _told_as_new(session: Any, package: model.Package) -> bool:
    """Core tells a new dataset with resources twice in a commit, as new and as changed."""
    return package in getattr(session, "_object_cache", {}).get("new", ())


def _touches_resources(session: Any) -> bool:
    """Whether the transaction has made or changed any resource, as core keeps account of it."""
    kept = getattr(session, "_object_cache", None)
    return kept is None or any(
        isinstance(one, model.Resource) for kind in ("new", "changed") for one in kept[kind]
    )


class Recorded(NamedTuple):
    """Whether anything changed, and the events that were written, with their ids.

    ``touched``: the result of an organisation may be another now.
    """

    changed: bool
    events: list[dict[str, Any]]
    touched: bool = False


def record_package(
    session: Any,
    package_id: str,
    package: model.Package | None,
    new: bool = False,
    measured: Mapping[str, Any] | None = None,
    source: str | None = None,
    look_only: bool = False,
) -> Recorded:
    """Bring facts, claims and events of one dataset up to date (None: it was purged).

    ``new``: made in this transaction, so nothing is known of it yet. ``measured``: its
    completeness (``Completeness.fact``) where the caller has it of many at once. ``source``:
    of the events, found out if not given. ``look_only``: write nothing in the database, only
    tell whether something would change. The caller issues the receipts. Raises what the database
    raises.
    """
    before = GONE if new else fact_tables.stored(session, package_id)
    bare = new and not _touches_resources(session)
    after = GONE if package is None else _current(package, before, measured, bare)
    if before.claims or after.claims:
        locks.share(locks.EVIDENCE, session)
    now = functools.cache(functools.partial(locks.evidence_time, session))
    events = _events(session, package_id, before, after, new, source, now)
    metadata = metadata_log.change(session, package, after.package, now) if after.claims else None
    changed = bool(events or metadata or before != after._replace(links={}))
    if look_only or not changed:
        return Recorded(changed, [])
    _keep_evidence(events)
    fact_tables.write(session, package_id, before, after)
    metadata_log.write(session, metadata)
    written = ledger.write(session, events)
    items = {event["item_id"] for event in events} | _items(before) | _items(after)
    if items:
        fact_tables.touch(session, items)
    return Recorded(True, written, bool(items))


def _current(
    package: model.Package,
    before: State,
    measured: Mapping[str, Any] | None,
    bare: bool,
) -> State:
    """``bare``: the dataset is known to have no resource, so the database is not asked."""
    resources: dict[str, dict[str, Any]] = {}
    claims: set[Key] = set()
    links: dict[str, dict[str, str | None]] = {}
    for resource in () if bare else package.resources_all:
        state = sa.inspect(resource)
        if state.deleted or state.was_deleted:
            continue
        stated: set[Key] = set()
        if resource.state == "active" and package.state == "active":
            stated = _claims(resource, package)
        known = before.resources.get(resource.id)
        resources[resource.id] = _resource_fact(resource, known, keep=bool(stated))
        links[resource.id] = _link(resource)
        claims |= stated
    measured = completeness.facts_of(package).fact if measured is None else measured
    return State(_package_fact(package, measured), resources, claims, links)


def _package_fact(package: model.Package, measured: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "package_id": package.id,
        "org_id": package.owner_org,
        "private": bool(package.private),
        "active": package.state == "active",
        **measured,
    }


def _link(resource: model.Resource) -> dict[str, str | None]:
    """Core keeps the file's name as the address of an upload."""
    held = content.is_held(resource)
    return {"url": None if held else resource.url, "filename": resource.url if held else None}


def _resource_fact(
    resource: model.Resource, known: dict[str, Any] | None, keep: bool
) -> dict[str, Any]:
    sha256, size = _content_of(resource, known, keep)
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
    resource: model.Resource, known: dict[str, Any] | None, keep: bool
) -> tuple[str | None, int | None]:
    """Fingerprint of the content held; read only if it is new or has changed.

    ``keep``: what is read is kept as evidence at once.
    """
    if not content.is_held(resource):
        return None, None
    if known and known["sha256"] and known["last_modified"] == resource.last_modified:
        return known["sha256"], known["bytes"]
    try:
        found = evidence.keep_resource(resource.id) if keep else None
        return found or content.fingerprint_of(resource.id)
    except content.ContentMissingError:
        log.warning("satudata: the upload of resource %s is not in the storage", resource.id)
        return None, None


def _claims(resource: model.Resource, package: model.Package) -> set[Key]:
    periods = resource_values.stated_periods(resource)
    items = resource_values.stated_items(resource, package) if periods else []
    stated = [Key(resource.id, item, period) for item in items for period in periods]
    if len(stated) > MAX_CLAIMS:
        log.warning("satudata: resource %s states %d claims", resource.id, len(stated))
    return set(stated[:MAX_CLAIMS])


def _events(
    session: Any,
    package_id: str,
    before: State,
    after: State,
    new: bool,
    source: str | None,
    now: Callable[[], dt.datetime],
) -> list[dict[str, Any]]:
    """Events to write; the log is asked only where it may hold something of the dataset."""
    if new or (before.package and not before.claims and not after.claims):
        last: dict[Key, ledger.Last] = {}
    else:
        last = ledger.last_events(session, package_id)
    claimed = {key: _claimed_state(key, after) for key in after.claims}

    def came() -> origin.Origin:
        return origin.Origin(source) if source else origin.of(session, package_id)

    return ledger.events(claimed, last, came, now)


def _claimed_state(key: Key, after: State) -> ledger.State:
    fact = after.resources[key.resource_id]
    return ledger.State(
        package_id=after.package["package_id"],
        org_id=after.package["org_id"],
        private=after.package["private"],
        sha256=fact["sha256"],
        bytes=fact["bytes"],
        **after.links[key.resource_id],
    )


def _keep_evidence(events: list[dict[str, Any]]) -> None:
    """Keep contents that were read before anything was claimed of them."""
    delivered = {row["resource_id"]: row["sha256"] for row in events if row["sha256"]}
    for resource_id, sha256 in delivered.items():
        try:
            if not evidence.has(sha256):
                evidence.keep_resource(resource_id)
        except (content.ContentMissingError, evidence.EvidenceError):
            log.warning("satudata: no evidence of resource %s", resource_id)


def _items(state: State) -> set[str]:
    return {key.item_id for key in state.claims}
