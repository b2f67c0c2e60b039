"""Tables of the report: files that take long."""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa
from ckan.plugins import toolkit
from sqlalchemy.dialects.postgresql import BYTEA
from sqlalchemy.orm import Mapped, mapped_column

from ..model_base import json_value, text, text_id, timestamp


class ExportRun(toolkit.BaseModel):
    """A long export made by a job; its file waits here for a day."""

    __tablename__ = "satudata_export"

    id: Mapped[text_id]
    filters: Mapped[json_value]
    extension: Mapped[text]
    filename: Mapped[text]
    state: Mapped[text]
    done: Mapped[int] = mapped_column(default=0)
    total: Mapped[int] = mapped_column(default=0)
    content: Mapped[bytes | None] = mapped_column(BYTEA)
    created_by: Mapped[text | None]
    created: Mapped[timestamp]
    finished: Mapped[dt.datetime | None] = mapped_column(sa.DateTime(timezone=True))
