"""Tables of the organisation tree: derived facts, name aliases, officers."""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa
from ckan.plugins import toolkit
from sqlalchemy.orm import Mapped, mapped_column

from ..model_base import text, text_key, text_list, timestamp


class Opd(toolkit.BaseModel):
    """One organisation as the jobs need it; rebuilt from core's group tables.

    ``path`` runs from the top-level organisation to this one, both included.
    ``answers_id`` is the *penanggung*: this organisation if it is a perangkat
    daerah, else its nearest ancestor that is. ``scored`` is false for bodies
    outside the local government. ``level`` is 0 at the top. ``index_stale_since``
    is when the path changed, until the search index has the new one.
    """

    __tablename__ = "satudata_opd"

    org_id: Mapped[text_key]
    parent_id: Mapped[text | None]
    path: Mapped[text_list]
    level: Mapped[int]
    kind: Mapped[text | None]
    sdi_role: Mapped[text | None]
    answers_id: Mapped[text]
    scored: Mapped[bool]
    index_stale_since: Mapped[dt.datetime | None] = mapped_column(sa.DateTime(timezone=True))

    __table_args__ = (
        sa.Index("satudata_opd_path", "path", postgresql_using="gin"),
        sa.Index("satudata_opd_answers", "answers_id"),
    )


class OpdAlias(toolkit.BaseModel):
    """A spelling of a producer that a person has tied to an organisation."""

    __tablename__ = "satudata_opd_alias"

    key: Mapped[text_key]
    spelling: Mapped[text]
    org_id: Mapped[text] = mapped_column(index=True)
    decided_by: Mapped[text | None]
    decided_at: Mapped[timestamp]


class Officer(toolkit.BaseModel):
    """A user who reads all reports by office (BPS, Bappeda, Sekda, head of region)."""

    __tablename__ = "satudata_officer"

    user_id: Mapped[text_key]
    office: Mapped[text_key]
    appointed_by: Mapped[text | None]
    appointed_at: Mapped[timestamp]
