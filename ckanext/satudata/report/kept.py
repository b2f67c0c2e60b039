"""What pages read of a computed quarter, kept by the process until something of it changes.

Figures change when a job computes, pages are asked for all day long.
"""

from __future__ import annotations

import functools
from collections.abc import Hashable, Mapping, Sequence
from typing import Any

import ckan.model as model
import sqlalchemy as sa

Stamp = tuple[Hashable, ...]
"""Differs when what figures are read from differs: see :class:`.heading.Heading`."""


def rows(stamp: Stamp | None, statement: str, values: Mapping[str, Any]) -> Sequence[sa.Row]:
    """The rows of a query; from the process where it was read with the same stamp and values.

    Without a stamp they are read anew and not kept.
    """
    if stamp is None:
        return model.Session.execute(sa.text(statement), values).all()
    bound = {name: tuple(one) if isinstance(one, list) else one for name, one in values.items()}
    return _read(stamp, statement, tuple(sorted(bound.items())))


@functools.lru_cache(maxsize=32)
def _read(
    _stamp: Stamp, statement: str, bound: tuple[tuple[str, Hashable], ...]
) -> Sequence[sa.Row]:
    values = {name: list(one) if isinstance(one, tuple) else one for name, one in bound}
    return tuple(model.Session.execute(sa.text(statement), values))


def forget() -> None:
    """Read everything anew; for tests that write figures without a job."""
    _read.cache_clear()
