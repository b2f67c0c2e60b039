"""Tables of the metadata room: what may not stand among the stored fields of a dataset."""

from __future__ import annotations

from ckan.plugins import toolkit
from sqlalchemy.orm import Mapped

from ..model_base import text, text_key, timestamp


class Contact(toolkit.BaseModel):
    """The person in charge of an activity (MS-Keg 2.2): personal data, one row a package.

    A row exists only while something is known; unknown parts are empty texts.
    ``changed_by`` is a user id, None for jobs and commands.
    """

    __tablename__ = "satudata_contact"

    package_id: Mapped[text_key]
    pj_nama: Mapped[text]
    pj_jabatan: Mapped[text]
    pj_alamat: Mapped[text]
    pj_telepon: Mapped[text]
    pj_faksimile: Mapped[text]
    pj_email: Mapped[text]
    changed: Mapped[timestamp]
    changed_by: Mapped[text | None]
