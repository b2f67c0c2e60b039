"""Tables of the register: items, rhythms, matches, obligations, claims, imports."""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa
from ckan.plugins import toolkit
from sqlalchemy.dialects.postgresql import BYTEA
from sqlalchemy.orm import Mapped, mapped_column

from ..model_base import json_value, text, text_id, text_key, text_list, timestamp


class Item(toolkit.BaseModel):
    """One Daftar Data item: this OPD owes this data.

    ``identity`` is the hash of producer, name, unit and classification after
    normalisation (compliance rules §1); the same datum under several
    indicators is one item with several ``indicators``.
    """

    __tablename__ = "satudata_item"

    id: Mapped[text_id]
    identity: Mapped[text] = mapped_column(unique=True)
    org_id: Mapped[text] = mapped_column(index=True)
    contributors: Mapped[text_list]
    name: Mapped[text]
    unit: Mapped[text]
    classification: Mapped[text]
    indicators: Mapped[text_list]
    is_indicator: Mapped[bool] = mapped_column(default=False)
    dynamic: Mapped[bool] = mapped_column(default=True)
    priority: Mapped[bool] = mapped_column(default=False)
    allow_nihil: Mapped[bool] = mapped_column(default=False)
    theme: Mapped[text | None]
    legal_basis: Mapped[text | None]
    valid_from: Mapped[dt.date]
    valid_to: Mapped[dt.date | None]
    created: Mapped[timestamp]
    modified: Mapped[timestamp]


class ItemRhythm(toolkit.BaseModel):
    """How often and on which schedule an item is owed; "Tahunan dan bulanan" has two.

    ``state`` and ``rules`` are what ``calendar.schedule`` read from the raw
    texts, which are kept as they came, or from ``decided_schedule`` where the
    walidata has settled it by hand. ``since`` is the day on which this rhythm
    took effect: it owes nothing that was due before.
    """

    __tablename__ = "satudata_item_rhythm"

    item_id: Mapped[text_key]
    frequency: Mapped[text_key]
    frequency_raw: Mapped[text]
    schedule_raw: Mapped[text]
    state: Mapped[text] = mapped_column(index=True)
    reason: Mapped[text | None]
    rules: Mapped[json_value]
    since: Mapped[dt.date]
    decided_schedule: Mapped[text | None]
    decided_by: Mapped[text | None]


class ItemMatch(toolkit.BaseModel):
    """A catalogue dataset that may hold (suggested) or holds (confirmed) an item."""

    __tablename__ = "satudata_item_match"

    item_id: Mapped[text_key]
    package_id: Mapped[text_key]
    method: Mapped[text]
    score: Mapped[float]
    state: Mapped[text] = mapped_column(default="suggested", index=True)
    decided_by: Mapped[text | None]
    decided_at: Mapped[dt.datetime | None] = mapped_column(sa.DateTime(timezone=True))


class Obligation(toolkit.BaseModel):
    """One item × one data period with its nominal due date.

    ``year`` and ``tw`` name the quarter of the nominal due date; ``due_counted``
    is the day from which lateness counts (the next working day).
    """

    __tablename__ = "satudata_obligation"

    id: Mapped[text_id]
    item_id: Mapped[text]
    org_id: Mapped[text]
    frequency: Mapped[text]
    period: Mapped[text]
    period_start: Mapped[dt.date]
    period_end: Mapped[dt.date]
    due: Mapped[dt.date]
    due_counted: Mapped[dt.date]
    year: Mapped[int]
    tw: Mapped[int]

    __table_args__ = (
        sa.UniqueConstraint("item_id", "frequency", "period", name="satudata_obligation_once"),
        sa.Index("satudata_obligation_quarter", "year", "tw", "org_id"),
    )


class Claim(toolkit.BaseModel):
    """An active resource of an active dataset states that it holds this item for this period.

    Whether a duty is met is asked here; the recorder of the deliveries writes it.
    """

    __tablename__ = "satudata_claim"

    resource_id: Mapped[text_key]
    item_id: Mapped[text_key]
    period: Mapped[text_key]

    __table_args__ = (sa.Index("satudata_claim_item", "item_id", "period"),)


class ImportRun(toolkit.BaseModel):
    """One import of a register or catalogue file, from preview to result.

    ``content`` holds the uploaded bytes until the run ends: a preview must
    outlive the request, and web processes share nothing but the database.
    ``report`` is the list of rows worth a look, with line, outcome and reason.
    """

    __tablename__ = "satudata_import"

    id: Mapped[text_id]
    kind: Mapped[text]
    filename: Mapped[text]
    sha256: Mapped[text]
    content: Mapped[bytes | None] = mapped_column(BYTEA)
    mapping: Mapped[json_value]
    state: Mapped[text] = mapped_column(index=True)
    done: Mapped[int] = mapped_column(default=0)
    total: Mapped[int] = mapped_column(default=0)
    counts: Mapped[json_value]
    report: Mapped[json_value]
    created_by: Mapped[text | None]
    created: Mapped[timestamp]
    finished: Mapped[dt.datetime | None] = mapped_column(sa.DateTime(timezone=True))
