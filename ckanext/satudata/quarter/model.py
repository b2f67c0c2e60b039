"""Tables of the frozen record, and of the long work that leads to it."""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa
from ckan.plugins import toolkit
from sqlalchemy.orm import Mapped, mapped_column

from ..judging.model import Judged, Pooled
from ..model_base import json_value, text, text_id, timestamp


class FinalRow(Judged, toolkit.BaseModel):
    """A row of a frozen quarter; append-only.

    With the name, place and register text of that day. ``evidence_sha256`` is the hash of all
    events, metadata, checks and decisions it was judged by, ``line_sha256`` that of the row's
    canonical JSON (:mod:`.canonical`).
    """

    __tablename__ = "satudata_final_row"

    final_id: Mapped[int] = mapped_column(sa.BigInteger)
    org_name: Mapped[text]
    org_title: Mapped[text]
    org_parent_id: Mapped[text | None]
    org_level: Mapped[int]
    org_kind: Mapped[text | None]
    answers_id: Mapped[text]
    item_name: Mapped[text]
    unit: Mapped[text]
    classification: Mapped[text]
    frequency: Mapped[text]
    register_version: Mapped[text | None]
    evidence_sha256: Mapped[text]
    line_sha256: Mapped[text]

    __table_args__ = (
        sa.PrimaryKeyConstraint("final_id", "obligation_id"),
        sa.Index("satudata_final_row_obligation", "obligation_id"),
    )


class FinalOrg(Pooled, toolkit.BaseModel):
    """Figures of a frozen quarter, with the organisation as it was; append-only."""

    __tablename__ = "satudata_final_org"

    final_id: Mapped[int] = mapped_column(sa.BigInteger)
    org_name: Mapped[text]
    org_title: Mapped[text]
    org_parent_id: Mapped[text | None]
    org_level: Mapped[int]
    org_kind: Mapped[text | None]
    answers_id: Mapped[text]
    scored: Mapped[bool]
    line_sha256: Mapped[text]

    __table_args__ = (sa.PrimaryKeyConstraint("final_id", "org_id", "scope", "span"),)


class Final(toolkit.BaseModel):
    """A frozen quarter or a revision of one; append-only, a chain of hashes.

    ``document`` is the canonical JSON whose SHA-256 is ``sha256``; it names the hash of the
    record frozen before it, the rule set, the working days and the hashes of rows and figures.
    ``decisions_to``: decisions and checks recorded before it counted.
    """

    __tablename__ = "satudata_final"

    id: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True, autoincrement=False)
    year: Mapped[int]
    tw: Mapped[int]
    revision: Mapped[int]
    document: Mapped[text]
    sha256: Mapped[text]
    previous: Mapped[text | None]
    decisions_to: Mapped[dt.datetime] = mapped_column(sa.DateTime(timezone=True))
    at: Mapped[timestamp]
    actor: Mapped[text | None]

    __table_args__ = (sa.UniqueConstraint("year", "tw", "revision", name="satudata_final_once"),)


class QuarterRun(toolkit.BaseModel):
    """Long work on a quarter that a person asked for, from the queue to its result.

    ``kind`` is ``finalise``, ``revise``, ``verify`` or ``publish``; ``state`` is ``queued``,
    ``done``, ``refused`` (it may not be, ``result.against`` says why) or ``failed``. ``year`` and
    ``tw`` are null for a verification of all quarters; its findings are ``result.findings``.
    """

    __tablename__ = "satudata_quarter_run"

    id: Mapped[text_id]
    kind: Mapped[text]
    year: Mapped[int | None]
    tw: Mapped[int | None]
    state: Mapped[text]
    given: Mapped[json_value]
    result: Mapped[json_value]
    created_by: Mapped[text | None]
    created: Mapped[timestamp]
    finished: Mapped[dt.datetime | None] = mapped_column(sa.DateTime(timezone=True))

    __table_args__ = (sa.Index("satudata_quarter_run_quarter", "year", "tw", "kind", "created"),)
