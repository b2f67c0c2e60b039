"""Rebuilding facts, claims and events from the stock tables, through the one recorder."""

from __future__ import annotations

from typing import Any

import ckan.model as model
import sqlalchemy as sa
from sqlalchemy.orm import selectinload

from .. import locks
from ..metadata import completeness_sql, schema
from . import receipts
from .model import Event, PackageFact
from .origin import RECONCILED
from .recorder import DATASET_TYPE, record_package

BATCH = 200


def rebuild() -> int:
    """Look at every dataset again and mend what a hook missed; returns how many changed.

    Afterwards the tables hold what the recorder would have written had it seen
    every change. Missed deliveries count from now. Commits dataset by dataset, so
    it can be stopped and run again.
    """
    ids = _dataset_ids()
    batches = (ids[at : at + BATCH] for at in range(0, len(ids), BATCH))
    return sum(_mend(id) for batch in batches for id in _to_mend(batch))


def _dataset_ids() -> list[str]:
    """Ids of all datasets, and of those that are gone but still in facts or events."""
    stock = sa.select(model.Package.id).where(model.Package.type == DATASET_TYPE)
    known = sa.union(stock, sa.select(PackageFact.package_id), sa.select(Event.package_id))
    return sorted(model.Session.execute(known).scalars())


def _to_mend(ids: list[str]) -> list[str]:
    """The datasets that look as if something was missed; nothing is locked or written."""
    found = model.Session.scalars(
        sa.select(model.Package)
        .where(model.Package.id.in_(ids))
        .options(selectinload(model.Package.resources_all))
        .execution_options(populate_existing=True)
    )
    packages = {package.id: package for package in found}
    measured = _measured(ids)
    wrong = [
        id
        for id in ids
        if record_package(
            model.Session,
            id,
            packages.get(id),
            measured=measured.get(id),
            source=RECONCILED,
            look_only=True,
        ).changed
    ]
    model.Session.rollback()
    model.Session.expunge_all()
    return wrong


def _mend(id: str) -> bool:
    """Record one dataset as it is at this moment: whoever changes it waits, or came before."""
    locks.hold("delivery-rebuild")
    package = model.Session.scalars(
        sa.select(model.Package)
        .where(model.Package.id == id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).first()
    recorded = record_package(model.Session, id, package, source=RECONCILED)
    receipts.issue(model.Session, recorded.events)
    model.Session.commit()
    return recorded.changed


def _measured(ids: list[str]) -> dict[str, dict[str, Any]]:
    """Completeness of the datasets of a batch, as one query counts it."""
    query = completeness_sql.completeness_sql(schema.dataset_rules(DATASET_TYPE), DATASET_TYPE, ids)
    found = model.Session.execute(query).mappings()
    return {row["package_id"]: {n: row[n] for n in completeness_sql.COLUMNS} for row in found}
