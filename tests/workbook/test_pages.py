"""The pages of workbooks, as an editor uses them."""

from __future__ import annotations

import io

import ckan.model as model
import pytest
from bs4 import BeautifulSoup
from ckan.tests.helpers import call_action

from ckanext.satudata.workbook import jobs
from ckanext.satudata.workbook.model import WorkbookRun
from tests.factories import make_dataset, make_opd, make_user
from tests.workbook.books import Book

pytestmark = pytest.mark.usefixtures("clean_portal")

URL = "/satudata/templat"


@pytest.fixture
def headers(opd):
    return {"Authorization": make_user("editor", opd)["token"]}


def _template(app, headers) -> Book:
    response = app.get(f"{URL}/unduh?org=dinas-uji", headers=headers)
    assert response.status_code == 200
    return Book(response.data)


def _send(app, headers, content: bytes, **fields):
    return app.post(
        f"{URL}/unggah",
        headers=headers,
        data={"upload": (io.BytesIO(content), "isian.xlsx"), **fields},
        content_type="multipart/form-data",
    )


def test_download_fill_send_look_confirm(app, opd, headers, clean_queues):
    dataset = make_dataset(opd, title="Jumlah Siswa")
    book = _template(app, headers).fill("Dataset", 1, sd_satuan="Orang")
    page = _send(app, headers, book.saved())
    assert "Jumlah Siswa" in page.body
    assert "Orang" in page.body
    run = model.Session.query(WorkbookRun).one()
    assert call_action("package_show", id=dataset["id"]).get("sd_satuan") is None
    app.post(f"{URL}/unggahan/{run.id}/konfirmasi", headers=headers)
    jobs.save(run.id)
    assert call_action("package_show", id=dataset["id"])["sd_satuan"] == "Orang"
    page = BeautifulSoup(app.get(f"{URL}/unggahan/{run.id}", headers=headers).body, "html.parser")
    assert not page.find("form", attrs={"action": lambda url: url and "konfirmasi" in url})


def test_a_wrong_cell_is_named_and_nothing_can_be_saved(app, opd, headers):
    make_dataset(opd)
    book = _template(app, headers).fill("Dataset", 1, sd_tema="Angkasa")
    cell = book.cell("Dataset", 1, "sd_tema").coordinate
    page = _send(app, headers, book.saved())
    assert cell in page.body
    assert "Angkasa" in page.body
    run = model.Session.query(WorkbookRun).one()
    app.post(f"{URL}/unggahan/{run.id}/konfirmasi", headers=headers)
    assert model.Session.query(WorkbookRun).one().state == "refused"


def test_an_upload_is_seen_by_its_sender_only(app, opd, headers):
    make_dataset(opd, private=True, title="Rahasia")
    book = _template(app, headers).fill("Dataset", 1, sd_satuan="Orang")
    _send(app, headers, book.saved())
    run = model.Session.query(WorkbookRun).one()
    other = {"Authorization": make_user("editor", opd)["token"]}
    assert app.get(f"{URL}/unggahan/{run.id}", headers=other, status=403)
    assert app.get(URL, status=403)


def test_another_organisation_gives_no_template(app, headers):
    make_opd("dinas-lain", {"name": "pemerintah-kota-uji"})
    app.get(f"{URL}/unduh?org=dinas-lain", headers=headers, status=403)
