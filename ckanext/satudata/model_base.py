"""Column kinds shared by the models of all rooms.

All tables start with ``satudata_`` (Alembic sees only those), hold ids and
never names of core objects, and have no foreign keys to core tables.
"""

from __future__ import annotations

import datetime as dt
import uuid
from decimal import Decimal
from typing import Annotated, Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import mapped_column


def make_id() -> str:
    """A new random UUID as text, the id form of CKAN."""
    return str(uuid.uuid4())


def utcnow() -> dt.datetime:
    """The present moment, timezone-aware UTC."""
    return dt.datetime.now(dt.timezone.utc)


text = Annotated[str, mapped_column(sa.Text)]
text_id = Annotated[str, mapped_column(sa.Text, primary_key=True, default=make_id)]
text_key = Annotated[str, mapped_column(sa.Text, primary_key=True)]
text_list = Annotated[list[str], mapped_column(ARRAY(sa.Text), default=list)]
json_value = Annotated[Any, mapped_column(JSONB)]
timestamp = Annotated[dt.datetime, mapped_column(sa.DateTime(timezone=True), default=utcnow)]
number = Annotated[Decimal, mapped_column(sa.Numeric)]
