"""An editor delivers what her OPD owes, by CKAN's own forms; the report and the ranking show it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from ckanext.satudata import clock
from ckanext.satudata.calendar import periods
from ckanext.satudata.calendar.quarters import Quarter
from tests.browser import form
from tests.browser.city import City
from tests.browser.waiting import reload_until

pytestmark = pytest.mark.browser

ITEM = "Jumlah Peserta Didik"
# The file has no schedules, so a monthly datum is due on the 15th of the next month: at any time
# of the year one has just fallen due whose quarter is still open for deliveries.
REGISTER = f"""\
Penghasil Data;Nama Data;Periode Data;Satuan;Klasifikasi
Dinas Pendidikan;{ITEM};Bulanan;Orang;Kecamatan
UPTD Sekolah Dasar;Jumlah Ruang Kelas;Tahunan;Ruang;***
Dinas Kesehatan;Jumlah Kunjungan Puskesmas;Bulanan;Kunjungan;***
"""
SCORE = re.compile(r"^\s*(?!0,00)\d+,\d\d\s*$")
FIGURES = """\
kecamatan,peserta_didik
Utara,1200
Timur,950
Selatan,1431
Barat,1088
"""


@pytest.fixture
def duty(city: City, tmp_path: Path) -> dict:
    """The register is in, the result is computed; the youngest duty of ITEM that is overdue."""
    today = clock.now().date().isoformat()
    owed = city.owes(REGISTER, tmp_path)
    overdue = [row for row in owed if row["item_name"] == ITEM and row["due_counted"] < today]
    return max(overdue, key=lambda row: row["due"])


@pytest.fixture
def figures(tmp_path: Path) -> Path:
    path = tmp_path / "peserta-didik.csv"
    path.write_text(FIGURES)
    return path


def fill_in(page: Page) -> None:
    """What the OPD knows of its data; title, OPD, item and unit stand there already."""
    form.fill(
        page,
        notes="Jumlah peserta didik menurut kecamatan, dihitung tiap bulan.",
        sd_konsep="Peserta didik",
        sd_definisi="Orang yang terdaftar pada satuan pendidikan.",
        sd_klasifikasi="Kecamatan",
        sd_ukuran="Jumlah",
        sd_nama_indikator=ITEM,
        sd_cakupan_wilayah="Kota Uji",
        sd_kontak="data@disdik.example.go.id",
    )
    form.pick(page, sd_indikator_komposit="false", sd_dapat_diakses_umum="true")
    form.fill_row(page, "sd_variabel_pembangun", kegiatan="Pendataan Sekolah", nama=ITEM)
    form.fill_row(
        page,
        "sd_variabel",
        nama="Jumlah peserta didik",
        konsep="Peserta didik",
        definisi="Banyaknya peserta didik pada akhir bulan.",
        referensi_waktu="Keadaan akhir bulan",
    )
    form.choose(
        page,
        sd_tema="Pendidikan dan Tenaga Kerja",
        sd_sifat="dinamis",
        sd_frekuensi="M",
        sd_akses="terbuka",
        license_id="cc-by",
    )


def test_an_editor_delivers_and_report_and_ranking_show_it(
    city: City, duty: dict, figures: Path, visitor, watch
):
    quarter = Quarter(duty["year"], duty["due_tw"])
    # The month, not a day in it on which another one was due.
    period = re.compile(rf"(?<!\d ){periods.label(periods.parse(duty['period']), 'id')}")
    editor = visitor(City.EDITOR)

    # From the list of duties into CKAN's form, which knows already what it is about.
    editor.goto("/organization/disdik")
    editor.click("a[href$='/kewajiban']")
    owed = editor.locator("li.list-group-item").filter(has_text=ITEM)
    owed = owed.filter(has_text=period)
    owed.locator("a[href*='/dataset/new']").click()
    expect(editor.locator("#field-title")).to_have_value(ITEM)
    expect(editor.locator("#field-sd_satuan")).to_have_value("Orang")
    expect(editor.locator("[name=owner_org]")).to_have_value(city.dinas["id"])
    expect(editor.locator("[name=sd_item]")).to_have_value(duty["item_id"])
    fill_in(editor)
    editor.locator("[name=save]").last.click()

    # The file. What is no period is refused with the reason, and nothing typed is lost.
    editor.wait_for_selector("#field-sd_periode")
    editor.set_input_files("input[type=file]", figures)
    editor.fill("#field-sd_periode", "bulan lalu")
    editor.fill("#field-name", "Peserta didik, akhir bulan")
    editor.click("button[value=go-metadata]")
    expect(editor.locator(".error-explanation")).to_contain_text("bulan lalu")
    expect(editor.locator("#field-sd_periode")).to_have_value("bulan lalu")
    expect(editor.locator("#field-name")).to_have_value("Peserta didik, akhir bulan")
    editor.fill("#field-sd_periode", duty["period"])
    editor.set_input_files("input[type=file]", figures)
    editor.click("button[value=go-metadata]")
    editor.wait_for_url("**/dataset/jumlah-peserta-didik")

    # What the walidata sees once the worker has measured the file.
    walidata = visitor(City.WALIDATA)
    walidata.goto(f"/satudata/kepatuhan/{quarter.year}/{quarter.tw}?q=peserta+didik")
    row = walidata.locator("tr").filter(has_text=ITEM).filter(has_text=period)
    reload_until(walidata, row.locator("a[href$='/dataset/jumlah-peserta-didik']"))
    expect(row.locator(".satudata-figure")).to_have_text(SCORE)
    expect(row.locator(".badge.text-bg-danger")).to_have_count(0)

    walidata.goto(f"/satudata/peringkat/{quarter.year}/{quarter.tw}")
    place = walidata.locator("tr").filter(has=walidata.locator("a[href$='/organization/disdik']"))
    expect(place.locator(".satudata-figure").first).to_have_text(SCORE)
    assert watch.faults == []
