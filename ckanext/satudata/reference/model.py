"""Tables of the reference lists that are loaded into the database."""

from __future__ import annotations

import sqlalchemy as sa
from ckan.plugins import toolkit
from sqlalchemy.orm import Mapped

from ..model_base import text, text_key, timestamp


class Region(toolkit.BaseModel):
    """One province, regency or city, or district.

    ``code`` is that of the Ministry of Home Affairs, with dots; ``digits`` the same
    without. ``code_bps`` is None where it is not known. ``level``: 1 province,
    2 regency or city, 3 district. ``label`` is the name with what it lies in ("Kec.
    Coblong, Kota Bandung, Jawa Barat"); ``name_key`` and ``label_key`` are what is
    searched: the normal form of the name without "Kabupaten" and "Kota", and of the label.
    """

    __tablename__ = "satudata_region"

    code: Mapped[text_key]
    digits: Mapped[text]
    code_bps: Mapped[text | None]
    level: Mapped[int]
    parent: Mapped[text | None]
    name: Mapped[text]
    label: Mapped[text]
    name_key: Mapped[text]
    label_key: Mapped[text]

    __table_args__ = (
        sa.Index("satudata_region_digits", "digits"),
        sa.Index("satudata_region_bps", "code_bps"),
    )


class Reference(toolkit.BaseModel):
    """Which version of a list the database holds."""

    __tablename__ = "satudata_reference"

    name: Mapped[text_key]
    version: Mapped[text]
    source: Mapped[text]
    rows: Mapped[int]
    loaded: Mapped[timestamp]
