"""Tables of the register: items, rhythms, matches, obligations, claims, imports."""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa
from ckan.plugins import toolkit
from sqlalchemy.dialects.postgresql import ARRAY, BYTEA
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
    is the day from which lateness counts (the next working day). ``request_id``
    names the permintaan data that asked for it. ``sealed`` is when its quarter
    opened: from then on the row never changes, and ``item_name`` … ``contributors``
    hold what the register said; decisions alone change what becomes of it.
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
    request_id: Mapped[text | None]
    sealed: Mapped[dt.datetime | None] = mapped_column(sa.DateTime(timezone=True))
    item_name: Mapped[text | None]
    unit: Mapped[text | None]
    classification: Mapped[text | None]
    priority: Mapped[bool | None]
    contributors: Mapped[list[str] | None] = mapped_column(ARRAY(sa.Text))
    register_version: Mapped[text | None]

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


class ItemOwner(toolkit.BaseModel):
    """An item passes from one organisation to another; append-only.

    The organisation of a duty at a moment follows from these rows, whatever
    ``Item.org_id`` and ``Obligation.org_id`` (the present owner) say.
    """

    __tablename__ = "satudata_item_owner"

    id: Mapped[int] = mapped_column(sa.BigInteger, sa.Identity(always=True), primary_key=True)
    at: Mapped[timestamp]
    item_id: Mapped[text] = mapped_column(index=True)
    from_org: Mapped[text]
    to_org: Mapped[text]
    decision_id: Mapped[int] = mapped_column(sa.BigInteger)


class Decision(toolkit.BaseModel):
    """One decision, claim or answer about the register, a duty, a delivery or a quarter.

    Append-only: it is taken back by a later one that ``revokes`` it. ``at`` is when it was
    recorded and decides whether it counts in a frozen quarter; ``dated`` is the date on the
    letter. ``kind`` is a key of :data:`.decisions.KINDS`, which also says what ``day`` and
    ``details`` mean for it.
    """

    __tablename__ = "satudata_decision"

    id: Mapped[int] = mapped_column(sa.BigInteger, sa.Identity(always=True), primary_key=True)
    at: Mapped[timestamp]
    kind: Mapped[text]
    number: Mapped[text | None]
    dated: Mapped[dt.date]
    reason: Mapped[text]
    actor: Mapped[text | None]
    org_id: Mapped[text | None] = mapped_column(index=True)
    item_id: Mapped[text | None] = mapped_column(index=True)
    obligation_id: Mapped[text | None] = mapped_column(index=True)
    event_id: Mapped[int | None] = mapped_column(sa.BigInteger, index=True)
    answers: Mapped[int | None] = mapped_column(sa.BigInteger, index=True)
    revokes: Mapped[int | None] = mapped_column(sa.BigInteger, index=True)
    year: Mapped[int | None]
    tw: Mapped[int | None]
    day: Mapped[dt.date | None]
    details: Mapped[json_value]

    __table_args__ = (sa.Index("satudata_decision_kind", "kind", "at"),)


class Round(toolkit.BaseModel):
    """The yearly round of the register: usulan → pembahasan → penetapan."""

    __tablename__ = "satudata_register_round"

    year: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    state: Mapped[text]
    proposals_until: Mapped[dt.date]
    opened: Mapped[timestamp]


class Proposal(toolkit.BaseModel):
    """What an OPD proposes for the register of a year, and what was agreed.

    ``action``: ``add``, ``change``, ``end`` or ``object`` ("bukan kewenangan kami");
    ``values``: columns of the item; ``state``: ``proposed``, ``agreed``, ``refused``,
    ``applied`` or ``withdrawn``.
    """

    __tablename__ = "satudata_proposal"

    id: Mapped[text_id]
    year: Mapped[int] = mapped_column(index=True)
    org_id: Mapped[text] = mapped_column(index=True)
    item_id: Mapped[text | None]
    action: Mapped[text]
    values: Mapped[json_value]
    reason: Mapped[text]
    state: Mapped[text]
    note: Mapped[text | None]
    proposed_by: Mapped[text | None]
    proposed_at: Mapped[timestamp]
    decided_by: Mapped[text | None]
    decided_at: Mapped[dt.datetime | None] = mapped_column(sa.DateTime(timezone=True))


class DataRequest(toolkit.BaseModel):
    """A permintaan data: numbered request for a theme, with its date; makes one-off duties."""

    __tablename__ = "satudata_data_request"

    id: Mapped[text_id]
    number: Mapped[text]
    dated: Mapped[dt.date]
    title: Mapped[text]
    requester: Mapped[text]
    due: Mapped[dt.date]
    decision_id: Mapped[int] = mapped_column(sa.BigInteger)
    created: Mapped[timestamp]


class Window(toolkit.BaseModel):
    """A collection window: several named deadlines, then a phase of correction.

    ``deadlines``: list of ``{"name", "day"}`` in order of days; ``org_ids`` empty: all.
    """

    __tablename__ = "satudata_window"

    id: Mapped[text_id]
    name: Mapped[text]
    opens: Mapped[dt.date]
    deadlines: Mapped[json_value]
    correction_until: Mapped[dt.date | None]
    org_ids: Mapped[text_list]
    decision_id: Mapped[int] = mapped_column(sa.BigInteger)
    closed: Mapped[bool] = mapped_column(default=False)
