"""An area is found by typing, with or without scripts, and the form shows its name."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from ckanext.satudata.reference import store
from tests.browser import form
from tests.browser.city import City

pytestmark = pytest.mark.browser

COBLONG = "32.73.02 Kec. Coblong, Kota Bandung, Jawa Barat"
FIELD = "#field-sd_kode_wilayah"


@pytest.fixture
def dataset(city: City):
    shipped = store.read_shipped()
    store.load({code: one for code, one in shipped.items() if code[:2] == "32"}, "1", "test")
    return city.dataset(city.dinas, "jumlah-siswa", title="Jumlah Siswa")


def stored(city: City) -> str | None:
    return city._call("package_show", id="jumlah-siswa").get("sd_kode_wilayah")


def test_areas_are_offered_while_typing_and_can_be_taken_back(city: City, dataset, visitor, watch):
    page = visitor(City.EDITOR)
    page.goto("/dataset/edit/jumlah-siswa")
    form.go_to(page, "sd_kode_wilayah")
    page.locator(FIELD).press_sequentially("coblong")
    expect(page.locator(f"{FIELD}-areas option")).to_have_count(1)
    expect(page.locator(f"{FIELD}-areas option")).to_have_attribute("value", COBLONG)
    page.fill(FIELD, COBLONG)
    form.save(page)
    page.wait_for_url("**/dataset/jumlah-siswa")
    assert stored(city) == "32.73.02"
    expect(page.get_by_text(COBLONG)).to_have_count(1)

    page.goto("/dataset/edit/jumlah-siswa")
    form.go_to(page, "sd_kode_wilayah")
    expect(page.locator(FIELD)).to_have_value(COBLONG)
    form.save(page)
    page.wait_for_url("**/dataset/jumlah-siswa")
    assert stored(city) == "32.73.02"

    page.goto("/dataset/edit/jumlah-siswa")
    form.fill(page, sd_kode_wilayah="")
    form.save(page)
    page.wait_for_url("**/dataset/jumlah-siswa")
    assert not stored(city)
    assert watch.faults == []


def test_without_scripts_a_code_does_and_an_unknown_one_is_told(city: City, dataset, visitor):
    page = visitor(City.EDITOR, java_script_enabled=False)
    page.goto("/dataset/edit/jumlah-siswa")
    page.fill(FIELD, "32.98")
    form.save(page)
    expect(page.locator(FIELD)).to_have_value("32.98")
    expect(page.locator("#tab-cakupan .error-block")).to_contain_text("32.98")
    page.fill(FIELD, "3273230")
    form.save(page)
    page.wait_for_url("**/dataset/jumlah-siswa")
    assert stored(city) == "32.73.02"
