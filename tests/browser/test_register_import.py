"""The walidata brings in the Daftar Data by the page: preview, decision, confirmation."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.city import City
from tests.browser.waiting import reload_until

pytestmark = pytest.mark.browser

REGISTER = """\
Penghasil Data,Nama Data,Periode Data,Jadwal Rilis,Satuan,Klasifikasi
Dinas Pendidikan,Jumlah Peserta Didik,Tahunan,Maret n+1,Orang,Kecamatan
Dinas Kesehatan,Jumlah Kunjungan Puskesmas,Tahunan,Maret n+1,Kunjungan,***
Dinas Kesehatan Kota,Jumlah Balita Stunting,Tahunan,Maret n+1,Orang,Kelurahan
Dinas Kesehatan,,Tahunan,Maret n+1,Orang,***
"""


@pytest.fixture
def register(tmp_path: Path) -> Path:
    path = tmp_path / "daftar-data.csv"
    path.write_text(REGISTER)
    return path


def upload(page: Page, file: Path) -> None:
    page.goto("/satudata/daftar-data/impor")
    page.set_input_files("#upload", file)
    page.click("form[enctype] button[type=submit]")


def expect_counts(page: Page, *numbers: int) -> None:
    """The cards: rows read, created, merged, unchanged, changed, refused, pending, …"""
    expect(page.locator(".card-body .h3")).to_have_text([str(number) for number in numbers])


def confirm(page: Page) -> None:
    page.click("form[action$='/konfirmasi'] button[type=submit]")
    reload_until(page, page.locator(".badge.text-bg-success"))


def test_upload_preview_decision_confirmation_and_nothing_the_second_time(
    city: City, register: Path, visitor, watch
):
    walidata = visitor(City.WALIDATA)
    upload(walidata, register)
    unknown = walidata.locator("form[action$='/produsen']")
    expect(unknown).to_contain_text("Dinas Kesehatan Kota")
    expect_counts(walidata, 4, 2, 0, 0, 0, 1, 1, 0, 0)
    nameless = walidata.locator("tbody tr").filter(has=walidata.locator("td:text-is('5')"))
    expect(nameless).to_have_count(1)

    walidata.goto("/satudata/daftar-data")
    expect(walidata.locator(".primary")).not_to_contain_text("Jumlah Peserta Didik")

    walidata.go_back()
    unknown.locator("select").select_option(city.other["id"])
    unknown.locator("button[type=submit]").click()
    expect_counts(walidata, 4, 3, 0, 0, 0, 1, 0, 0, 0)
    confirm(walidata)
    expect_counts(walidata, 4, 3, 0, 0, 0, 1, 0, 0, 0)

    walidata.goto("/satudata/daftar-data")
    for name in ("Peserta Didik", "Kunjungan Puskesmas", "Balita Stunting"):
        expect(walidata.locator("tbody tr").filter(has_text=name)).to_have_count(1)
    stunting = walidata.locator("tbody tr").filter(has_text="Balita Stunting")
    expect(stunting).to_contain_text("Dinas Kesehatan")

    upload(walidata, register)
    expect_counts(walidata, 4, 0, 0, 3, 0, 1, 0, 0, 0)
    confirm(walidata)
    expect_counts(walidata, 4, 0, 0, 3, 0, 1, 0, 0, 0)
    assert watch.faults == []
