"""Tables of delivery: narrow facts beside core's rows, events, content checks."""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa
from ckan.plugins import toolkit
from sqlalchemy.dialects.postgresql import ARRAY
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
    """Append-only record of a claim (``register.model.Claim``): its whole state after a change.

    ``kind`` is ``delivered`` (content held, new for this item and period), ``replaced`` (other
    content), ``stated`` (no content held), ``relinked`` (no content held, other address),
    ``moved`` (other owner), ``shown`` or ``hidden`` (visibility) or ``withdrawn``. The last
    event of a claim before a moment is its state at that moment. ``at`` never runs back within
    a claim. ``counts_at`` is the moment from which lateness counts; it lies before ``at`` only
    for harvested content. ``source``: ``portal``, ``harvest``, ``job`` or ``reconciled``.
    A database trigger refuses UPDATE, DELETE and TRUNCATE.
    """

    __tablename__ = "satudata_event"

    id: Mapped[int] = mapped_column(sa.BigInteger, sa.Identity(always=True), primary_key=True)
    at: Mapped[timestamp]
    counts_at: Mapped[timestamp]
    kind: Mapped[text]
    resource_id: Mapped[text]
    package_id: Mapped[text] = mapped_column(index=True)
    org_id: Mapped[text | None]
    private: Mapped[bool]
    item_id: Mapped[text]
    period: Mapped[text]
    sha256: Mapped[text | None]
    bytes: Mapped[int | None] = mapped_column(sa.BigInteger)
    url: Mapped[text | None]
    filename: Mapped[text | None]
    actor: Mapped[text | None]
    source: Mapped[text]

    __table_args__ = (
        sa.Index("satudata_event_item", "item_id", "period", "resource_id", "id"),
        sa.Index("satudata_event_sha256", "sha256"),
    )


class MetadataEvent(toolkit.BaseModel):
    """The metadata of a dataset with claims from a moment on; append-only evidence of M.

    ``values`` are what was measured and ``sha256`` the hash of their canonical JSON; the counts
    are those of :class:`PackageFact` at that moment.
    """

    __tablename__ = "satudata_metadata_event"

    id: Mapped[int] = mapped_column(sa.BigInteger, sa.Identity(always=True), primary_key=True)
    at: Mapped[timestamp]
    package_id: Mapped[text]
    required: Mapped[int]
    filled: Mapped[int]
    always_required: Mapped[int]
    always_filled: Mapped[int]
    missing: Mapped[text_list]
    values: Mapped[json_value]
    sha256: Mapped[text]

    __table_args__ = (sa.Index("satudata_metadata_event_package", "package_id", "id"),)


class Receipt(toolkit.BaseModel):
    """Tanda terima of one content delivered by one resource; append-only.

    One receipt covers all items and periods that the content was new for (``event_ids``).
    ``number`` counts within the year of delivery: ``TT-2026-000123``.
    """

    __tablename__ = "satudata_receipt"

    number: Mapped[text_key]
    at: Mapped[timestamp]
    resource_id: Mapped[text] = mapped_column(index=True)
    package_id: Mapped[text] = mapped_column(index=True)
    org_id: Mapped[text | None] = mapped_column(index=True)
    sha256: Mapped[text]
    bytes: Mapped[int] = mapped_column(sa.BigInteger)
    filename: Mapped[text | None]
    actor: Mapped[text | None]
    event_ids: Mapped[list[int]] = mapped_column(ARRAY(sa.BigInteger))


class Check(toolkit.BaseModel):
    """Result of the content checks on one content; append-only.

    The last row of a hash is the one that counts; there are several where a file could not be
    measured at first or the checks changed. ``failures`` says what is wrong, or why a file could
    not be measured; ``readable`` is null where the cause is ours (then the part leaves the
    score).
    """

    __tablename__ = "satudata_check"

    id: Mapped[int] = mapped_column(sa.BigInteger, sa.Identity(always=True), primary_key=True)
    checked: Mapped[timestamp]
    sha256: Mapped[text]
    readable: Mapped[bool | None]
    rows: Mapped[int] = mapped_column(sa.BigInteger)
    cells: Mapped[int] = mapped_column(sa.BigInteger)
    empty_cells: Mapped[int] = mapped_column(sa.BigInteger)
    run: Mapped[int]
    passed: Mapped[int]
    failures: Mapped[json_value]
    checker: Mapped[int]

    __table_args__ = (sa.Index("satudata_check_sha256", "sha256", "id"),)


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
