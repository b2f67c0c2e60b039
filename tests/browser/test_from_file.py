"""From an uploaded file to described variables, and on to the file of the next period."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.city import City
from tests.browser.test_pages import SIZES, look
from tests.browser.waiting import reload_until

pytestmark = pytest.mark.browser

TABLE = """\
kode_kecamatan,jenis_kelamin,jumlah_siswa,catatan
32.99.01,L,1.250,
32.99.01,P,980,
32.99.02,L,12,perlu cek
"""


def test_columns_become_variables_and_the_next_period_takes_two_clicks(
    city: City, visitor, watch, tmp_path: Path
):
    path = tmp_path / "siswa-2024.csv"
    path.write_text(TABLE)
    written = {"nama": "Kode kecamatan", "definisi": "Kode menurut Kemendagri."}
    city.dataset(city.dinas, "siswa", title="Jumlah Siswa", sd_frekuensi="A", sd_variabel=[written])
    page = visitor(City.EDITOR)

    # The first file.
    page.goto("/dataset/siswa/resource/new")
    page.set_input_files("input[type=file]", path)
    page.fill("#field-sd_periode", "2024")
    page.fill("#field-name", "Siswa 2024")
    page.click("button[value=go-dataset-complete]")
    page.wait_for_url("**/dataset/siswa")

    # Its columns, when the worker has read them.
    page.click("a[href*='/usulan-variabel']")
    reload_until(page, page.locator("[name=kolom]"))
    expect(page.locator("[name=kolom]:checked")).to_have_count(3)
    faults = []
    for size in reversed(SIZES):
        page.set_viewport_size(size)
        faults += look(page, "proposals", page.url)
    assert not faults, "\n".join(faults)
    page.uncheck("#kolom-3")
    page.fill("[name=nama-2]", "Banyaknya siswa")
    page.click(".satudata-page form[method=post] button[type=submit]")

    # In the form, at the definition of the first new variable.
    page.wait_for_url("**/dataset/edit/siswa#field-sd_variabel-1-definisi")
    expect(page.locator("#field-sd_variabel-1-definisi")).to_be_focused()
    expect(page.locator("#field-sd_variabel-0-definisi")).to_have_value(written["definisi"])
    expect(page.locator("#field-sd_variabel-1-klasifikasi_isian")).to_have_value("L\nP")
    expect(page.locator("#field-sd_variabel-2-nama")).to_have_value("Banyaknya siswa")

    # The page says what is left; two clicks and the file make the next period.
    page.goto("/dataset/siswa")
    expect(page.locator(".alert-info")).to_contain_text("Siswa 2024")
    page.click("a[href*='sd_periode=2025']")
    page.set_input_files("input[type=file]", path)
    page.click("button[value=go-dataset-complete]")
    page.wait_for_url("**/dataset/siswa")
    files = city.live.api(city.token, "package_show", id="siswa")["resources"]
    assert [(one["name"], one["sd_periode"], one["format"]) for one in files] == [
        ("Siswa 2024", ["2024"], "CSV"),
        ("Siswa 2025", ["2025"], "CSV"),
    ]
    assert watch.faults == []


def test_the_forms_that_are_filled_beforehand_fit_and_can_be_read_by_all(
    city: City, visitor, watch
):
    link = {"name": "Siswa 2025", "url": "https://example.org/a.csv", "sd_periode": ["2025"]}
    city.dataset(city.dinas, "siswa", title="Jumlah Siswa", resources=[link])
    city.dataset(city.dinas, "pendataan", type="kegiatan", title="Pendataan 2025")
    faults = []
    for size in SIZES:
        page = visitor(City.EDITOR, viewport=size)
        faults += look(page, "copy", "/dataset/new?salin=siswa")
        faults += look(page, "next round", "/kegiatan/new?salin=pendataan")
        faults += look(page, "file twice", "/dataset/siswa/resource/new?sd_periode=2025")
    assert not faults, "\n".join(faults)
    assert watch.faults == []
