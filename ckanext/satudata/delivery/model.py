"""Tables of delivery: narrow facts beside core's rows, events, content checks."""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa
from ckan.plugins import toolkit
from sqlalchemy.orm import Mapped, mapped_column

from ..model_base import json_value, text, text_key, text_list, timestamp


class PackageFact(toolkit.BaseModel):
    """What the score needs of one dataset; kept by the recorder, rebuildable.

    ``required``/``filled`` count the mandatory metadata that apply and those
    filled and valid; the ``always_`` pair only the unconditional ones (M₀).
    """

    __tablename__ = "satudata_package_fact"

    package_id: Mapped[text_key]
    org_id: Mapped[text | None] = mapped_column(index=True)
    private: Mapped[bool]
    active: Mapped[bool]
    required: Mapped[int]
    filled: Mapped[int]
    always_required: Mapped[int]
    always_filled: Mapped[int]
    missing: Mapped[text_list]


class ResourceFact(toolkit.BaseModel):
    """What the score needs of one resource. ``sha256`` is null where no content is held.

    ``last_modified`` is core's (naive UTC): while it stays, the content is not read again.
    """

    __tablename__ = "satudata_resource_fact"

    resource_id: Mapped[text_key]
    package_id: Mapped[text] = mapped_column(index=True)
    active: Mapped[bool]
    sha256: Mapped[text | None]
    bytes: Mapped[int | None] = mapped_column(sa.BigInteger)
    format: Mapped[text | None]
    provisional: Mapped[bool]
    last_modified: Mapped[dt.datetime | None]


class Event(toolkit.BaseModel):
    """Append-only record of what happened to a claim (``register.model.Claim``), one row each.

    ``kind`` is ``delivered`` (content held, new for this item and period),
    ``replaced`` (other content), ``stated`` (no content held) or ``withdrawn``.
    A database trigger refuses UPDATE, DELETE and TRUNCATE.
    """

    __tablename__ = "satudata_event"

    id: Mapped[int] = mapped_column(sa.BigInteger, sa.Identity(always=True), primary_key=True)
    at: Mapped[timestamp]
    kind: Mapped[text]
    resource_id: Mapped[text]
    package_id: Mapped[text] = mapped_column(index=True)
    org_id: Mapped[text | None]
    item_id: Mapped[text]
    period: Mapped[text]
    sha256: Mapped[text | None]
    bytes: Mapped[int | None] = mapped_column(sa.BigInteger)
    actor: Mapped[text | None]

    __table_args__ = (sa.Index("satudata_event_item", "item_id", "period", "at"),)


class Check(toolkit.BaseModel):
    """Result of the content checks on one state of a resource's content.

    ``failures`` says what is wrong, or why a file could not be measured; ``readable``
    is null where the cause is ours (then the part leaves the score).
    """

    __tablename__ = "satudata_check"

    resource_id: Mapped[text_key]
    sha256: Mapped[text_key]
    readable: Mapped[bool | None]
    rows: Mapped[int] = mapped_column(sa.BigInteger)
    cells: Mapped[int] = mapped_column(sa.BigInteger)
    empty_cells: Mapped[int] = mapped_column(sa.BigInteger)
    run: Mapped[int]
    passed: Mapped[int]
    failures: Mapped[json_value]
    checker: Mapped[int]
    checked: Mapped[timestamp]


class Profile(toolkit.BaseModel):
    """The columns of one state of a resource's content (:mod:`.profile`).

    ``columns`` is a list of ``{name, type, empty, values}``; ``reason`` says why it could not
    be read as a table (a key of ``checks.label``), else it is null.
    """

    __tablename__ = "satudata_column_profile"

    resource_id: Mapped[text_key]
    sha256: Mapped[text_key]
    columns: Mapped[json_value]
    reason: Mapped[text | None]
    made: Mapped[timestamp]


class Touched(toolkit.BaseModel):
    """A note that the live result of an organisation must be computed again.

    A queue, not a set: a row is seen once its transaction has committed, so no
    change is lost and no writer ever waits for another or for the job.
    """

    __tablename__ = "satudata_touched"

    id: Mapped[int] = mapped_column(sa.BigInteger, sa.Identity(always=True), primary_key=True)
    org_id: Mapped[text]
    since: Mapped[dt.datetime] = mapped_column(
        sa.DateTime(timezone=True), server_default=sa.func.now()
    )
