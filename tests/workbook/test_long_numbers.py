"""A number longer than a cell keeps: refused if new, written as text where it is stored."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from ckan import model
from ckan.plugins import toolkit
from ckan.tests.helpers import call_action

from ckanext.satudata.workbook import template
from tests.factories import make_kegiatan, make_opd, make_root
from tests.workbook.books import Book

pytestmark = pytest.mark.usefixtures("clean_portal")

FIELD, LONG = "sd_jumlah_petugas_supervisor", "9" * 5_000


def test_a_long_number():
    opd = make_opd("dinas-uji", make_root())
    activity = make_kegiatan(opd)
    with pytest.raises(toolkit.ValidationError, match=FIELD):
        call_action("package_patch", id=activity["id"], **{FIELD: LONG})
    model.Session.execute(
        sa.text("UPDATE package SET extras = jsonb_build_object(:name, :value) WHERE id = :id"),
        {"name": FIELD, "value": LONG, "id": activity["id"]},
    )
    model.Session.commit()
    assert Book(template.write(opd)).cell("MS-Keg", 1, FIELD).value == LONG
