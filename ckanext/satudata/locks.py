"""Advisory locks in the database: nothing may assume one process or one machine."""

from __future__ import annotations

import datetime as dt
import hashlib
from typing import Any

import ckan.model as model
import sqlalchemy as sa

from . import clock


def _key(name: str) -> int:
    digest = hashlib.sha256(f"satudata:{name}".encode()).digest()
    return int.from_bytes(digest[:8], "big", signed=True)


EVIDENCE = "evidence"
"""Shared by all who write what a quarter is judged by, taken before they look at the clock;
freezing holds it alone. With :func:`evidence_time`, nothing that is older than a record can come
after it."""


def hold(name: str, session: Any = None) -> None:
    """Wait for the lock ``name`` and hold it until the transaction (of ``session``) ends."""
    lock = sa.text("SELECT pg_advisory_xact_lock(:key)")
    (session or model.Session).execute(lock, {"key": _key(name)})


def share(name: str, session: Any = None) -> None:
    """Hold the lock ``name`` beside others who share it; :func:`hold` waits for all of them."""
    lock = sa.text("SELECT pg_advisory_xact_lock_shared(:key)")
    (session or model.Session).execute(lock, {"key": _key(name)})


def evidence_time(session: Any = None) -> dt.datetime:
    """The moment of evidence that is written now, by one who shares :data:`EVIDENCE`.

    Clocks are set back, and those of two machines differ: it never lies among the evidence of a
    record that is frozen, which would then not be what it was judged by.
    """
    now = clock.now()
    return (session or model.Session).execute(_FROZEN, {"now": now}).scalar() or now


_FROZEN = sa.text("SELECT max(decisions_to) FROM satudata_final WHERE at >= :now")
