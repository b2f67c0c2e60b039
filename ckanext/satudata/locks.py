"""Advisory locks in the database: nothing may assume one process or one machine."""

from __future__ import annotations

import hashlib
from typing import Any

import ckan.model as model
import sqlalchemy as sa


def _key(name: str) -> int:
    digest = hashlib.sha256(f"satudata:{name}".encode()).digest()
    return int.from_bytes(digest[:8], "big", signed=True)


EVIDENCE = "evidence"
"""Shared by all who write what a quarter is judged by, taken before they look at the clock;
freezing holds it alone. So nothing that is older than a record can come after it."""


def hold(name: str, session: Any = None) -> None:
    """Wait for the lock ``name`` and hold it until the transaction (of ``session``) ends."""
    lock = sa.text("SELECT pg_advisory_xact_lock(:key)")
    (session or model.Session).execute(lock, {"key": _key(name)})


def share(name: str, session: Any = None) -> None:
    """Hold the lock ``name`` beside others who share it; :func:`hold` waits for all of them."""
    lock = sa.text("SELECT pg_advisory_xact_lock_shared(:key)")
    (session or model.Session).execute(lock, {"key": _key(name)})
