"""An editor uploads a file by CKAN's form and gets its receipt: page, list and paper."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.city import City
from tests.browser.test_pages import SIZES, look
from tests.papers import text_of

pytestmark = pytest.mark.browser

REGISTER = """\
Penghasil Data;IKU;Nama Data;Periode Data;Satuan;Klasifikasi
Dinas Pendidikan;;Jumlah Ruang Kelas;Bulanan;Ruang;***
"""


def test_an_upload_is_receipted(city: City, tmp_path: Path, visitor, watch):
    duty = city.owes(REGISTER, tmp_path)[0]
    city.dataset(city.dinas, "ruang-kelas", title="Ruang Kelas", sd_item=duty["item_id"])
    file = tmp_path / "ruang.csv"
    file.write_text("sekolah,ruang\nSD 1,6\n")

    page = visitor(City.EDITOR)
    page.goto("/dataset/ruang-kelas/resource/new")
    page.set_input_files("input[type=file]", file)
    page.fill("#field-name", "Ruang kelas")
    page.fill("#field-sd_periode", duty["period"])
    page.click("button[value=go-dataset-complete]")
    told = page.locator(".flash-messages a[href*='/satudata/tanda-terima/TT-']")
    expect(told).to_have_count(1)
    number = told.inner_text()
    expect(page.locator("#satudata-receipts ~ ul")).to_contain_text(number)
    told.click()
    expect(page.locator("h1")).to_contain_text(number)

    address = f"/satudata/tanda-terima/{number}"
    paper = page.request.get(f"{page.url}.pdf")
    assert paper.ok
    assert number in text_of(paper.body())
    page.goto("/satudata/opd/disdik/kewajiban")
    page.click("a[href$='/satudata/tanda-terima/opd/disdik']")
    expect(page.locator("tbody")).to_contain_text(number)

    faults = []
    for size in SIZES:
        shown = visitor(City.EDITOR, viewport=size)
        faults += look(shown, "receipt", address)
        faults += look(shown, "receipts", "/satudata/tanda-terima/opd/disdik")
    assert not faults, "\n".join(faults)
    assert watch.faults == []
