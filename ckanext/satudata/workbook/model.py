"""Tables of workbooks: an upload, and what it would change."""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa
from ckan.plugins import toolkit
from sqlalchemy.orm import Mapped, mapped_column

from ..model_base import json_value, text, text_id, text_key, timestamp


class WorkbookRun(toolkit.BaseModel):
    """One uploaded workbook. The file itself is not kept: its changes are.

    ``state``: ``preview`` → ``queued`` → ``done``; ``refused`` where a fault was found.
    ``faults`` are ``{sheet, cell, message}``, ``notes`` plain sentences.
    """

    __tablename__ = "satudata_workbook_run"

    id: Mapped[text_id]
    org_id: Mapped[text]
    filename: Mapped[text]
    sha256: Mapped[text]
    clear: Mapped[bool]
    state: Mapped[text]
    unchanged: Mapped[int]
    faults: Mapped[json_value]
    notes: Mapped[json_value]
    created_by: Mapped[text] = mapped_column(index=True)
    created: Mapped[timestamp]
    finished: Mapped[dt.datetime | None] = mapped_column(sa.DateTime(timezone=True))


class WorkbookChange(toolkit.BaseModel):
    """One save that a run makes; its row is settled in the transaction of the save.

    ``state``: ``waiting`` → ``saved``, ``failed`` (``message`` says why) or ``overtaken``
    (the dataset was changed by others since the preview).
    """

    __tablename__ = "satudata_workbook_change"

    run_id: Mapped[text_key]
    number: Mapped[int] = mapped_column(primary_key=True)
    package_id: Mapped[text | None]
    type: Mapped[text]
    name: Mapped[text]
    title: Mapped[text]
    place: Mapped[text]
    before: Mapped[json_value]
    after: Mapped[json_value]
    state: Mapped[text]
    message: Mapped[text]
