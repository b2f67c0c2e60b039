"""Advisory locks in the database: nothing may assume one process or one machine."""

from __future__ import annotations

import hashlib

import ckan.model as model
import sqlalchemy as sa


def _key(name: str) -> int:
    digest = hashlib.sha256(f"satudata:{name}".encode()).digest()
    return int.from_bytes(digest[:8], "big", signed=True)


def hold(name: str) -> None:
    """Wait for the lock ``name`` and hold it until the transaction ends."""
    model.Session.execute(sa.text("SELECT pg_advisory_xact_lock(:key)"), {"key": _key(name)})
