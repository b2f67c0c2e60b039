"""What a piece of work asks of the database."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import ckan.model as model
import sqlalchemy as sa


@contextmanager
def counted_statements() -> Iterator[list[str]]:
    """The statements that are executed within, one after the other."""
    statements: list[str] = []

    def note(_connection, _cursor, statement, *_rest):
        statements.append(" ".join(statement.split()))

    engine = model.ensure_engine()
    sa.event.listen(engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        sa.event.remove(engine, "before_cursor_execute", note)
