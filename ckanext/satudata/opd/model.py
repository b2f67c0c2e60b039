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


class OpdVersion(toolkit.BaseModel):
    """An organisation as it was from a moment on; append-only.

    Written with ``satudata_opd`` whenever one of these columns changes, so that a quarter can
    be computed over the tree of its cutoff. ``gone``: it left the tree.
    """

    __tablename__ = "satudata_opd_version"

    id: Mapped[int] = mapped_column(sa.BigInteger, sa.Identity(always=True), primary_key=True)
    at: Mapped[timestamp]
    org_id: Mapped[text]
    name: Mapped[text]
    title: Mapped[text]
    parent_id: Mapped[text | None]
    path: Mapped[text_list]
    level: Mapped[int]
    kind: Mapped[text | None]
    sdi_role: Mapped[text | None]
    answers_id: Mapped[text]
    scored: Mapped[bool]
    gone: Mapped[bool] = mapped_column(default=False)

    __table_args__ = (sa.Index("satudata_opd_version_org", "org_id", "id"),)


class Succession(toolkit.BaseModel):
    """A dated record that an organisation was renamed, merged, split or closed; append-only.

    ``items``: ids of the items that passed to ``to_org`` in a split; empty: all.
    """

    __tablename__ = "satudata_succession"

    id: Mapped[int] = mapped_column(sa.BigInteger, sa.Identity(always=True), primary_key=True)
    at: Mapped[timestamp]
    kind: Mapped[text]
    day: Mapped[dt.date]
    from_org: Mapped[text] = mapped_column(index=True)
    from_title: Mapped[text]
    to_org: Mapped[text | None] = mapped_column(index=True)
    to_title: Mapped[text | None]
    number: Mapped[text]
    reason: Mapped[text]
    actor: Mapped[text | None]
    items: Mapped[text_list]
