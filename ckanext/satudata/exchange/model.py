"""Table of exchange: what harvesters were last told of each organisation."""

from __future__ import annotations

from ckan.plugins import toolkit
from sqlalchemy.orm import Mapped

from ..model_base import text, text_key


class ToldOrganization(toolkit.BaseModel):
    """Facts of an organisation that go out with its datasets, as of the last touch.

    ``walidata`` says whether it stood in ``maintainer`` of all datasets; null: not known.
    """

    __tablename__ = "satudata_told_organization"

    org_id: Mapped[text_key]
    title: Mapped[text]
    region: Mapped[text | None]
    walidata: Mapped[bool | None]
