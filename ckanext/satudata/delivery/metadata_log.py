"""The log of the metadata of datasets that claim something: the evidence of M."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Callable, Mapping
from typing import Any

import ckan.model as model
import sqlalchemy as sa

from ..metadata import completeness, schema
from .model import MetadataEvent

COUNTS = ("required", "filled", "always_required", "always_filled", "missing")


def measured_values(package: model.Package) -> dict[str, Any]:
    """The stored values that the count of mandatory metadata looks at."""
    held = dict(package.extras or {})
    held.update((name, getattr(package, name)) for name in completeness.CORE_COLUMNS)
    rules = schema.dataset_rules(package.type)
    asked = {rule.name for rule in rules} | {one.name for rule in rules for one in rule.conditions}
    return {name: held[name] for name in asked if held.get(name) not in (None, "")}


def digest(values: Mapping[str, Any]) -> str:
    """SHA-256 in hex of the canonical JSON: sorted keys, no spaces, UTF-8."""
    text = json.dumps(values, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def change(
    session: Any,
    package: model.Package,
    counts: Mapping[str, Any],
    now: Callable[[], dt.datetime],
) -> dict[str, Any] | None:
    """The row for the log if the metadata or their count differ from the last one, else None.

    ``counts``: the :class:`.model.PackageFact` of the dataset. ``now`` is asked only for a row.
    """
    values = measured_values(package)
    sha256 = digest(values)
    counted = {name: counts[name] for name in COUNTS}
    last = session.execute(_LAST, {"id": package.id}).mappings().first()
    if last and last["sha256"] == sha256 and all(last[n] == counted[n] for n in COUNTS):
        return None
    at = max(now(), last["at"]) if last else now()
    return {"at": at, "package_id": package.id, "values": values, "sha256": sha256, **counted}


def write(session: Any, row: dict[str, Any] | None) -> None:
    """Append a row of :func:`change`, if there is one."""
    if row:
        session.execute(sa.insert(MetadataEvent.__table__), row)


_LAST = sa.text(
    """
    SELECT at, sha256, required, filled, always_required, always_filled, missing
    FROM satudata_metadata_event WHERE package_id = :id ORDER BY id DESC LIMIT 1
    """
)
