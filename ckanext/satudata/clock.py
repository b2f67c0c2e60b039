"""The moment at which a delivery counts; a demo, a test or a rebuild may set it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from . import config
from .calendar.localtime import local_date

_fixed: ContextVar[dt.datetime | None] = ContextVar("satudata_clock", default=None)


def now() -> dt.datetime:
    """The present moment (UTC), or the one set by :func:`at`."""
    return _fixed.get() or dt.datetime.now(dt.timezone.utc)


def today() -> dt.date:
    """The local date of the government."""
    return local_date(now(), config.timezone())


@contextmanager
def at(moment: dt.datetime) -> Iterator[None]:
    """Let everything within happen at ``moment``, which must carry a time zone.

    :raises ValueError: for a naive datetime
    """
    if moment.tzinfo is None:
        raise ValueError("the moment needs a time zone")
    token = _fixed.set(moment.astimezone(dt.timezone.utc))
    try:
        yield
    finally:
        _fixed.reset(token)
