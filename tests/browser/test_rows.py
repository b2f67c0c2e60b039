"""Fields with rows in the form: rows are added and taken away, with and without scripts."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser import form
from tests.browser.city import City

pytestmark = pytest.mark.browser

NARROW = {"width": 390, "height": 844}
NOT_OURS = {"exclude": [[".select2-container"]]}
"""CKAN's own autocomplete has no name for readers of the screen."""

VARIABLES = [
    {"nama": f"Variabel {number}", "definisi": f"Arti kolom {number}", "konsep": "Siswa"}
    for number in range(1, 26)
]
CLASSIFICATIONS = [{"nama": f"Klasifikasi {n}", "sumber": f"Sumber {n}"} for n in range(1, 4)]


@pytest.fixture
def dataset(city: City) -> str:
    return city.dataset(
        city.dinas,
        "data-banyak",
        title="Data banyak",
        sd_variabel=VARIABLES,
        sd_klasifikasi_penyajian=CLASSIFICATIONS,
    )["name"]


def rows_of(city: City, dataset: str, name: str) -> list[dict[str, str]]:
    return city.live.api(city.token, "package_show", id=dataset)[name]


def remove(page: Page, field: str, index: int) -> None:
    box = f"field-{field}-{index}-_remove"
    row = page.locator(f"details:has(#{box})")
    if row.count() and row.get_attribute("open") is None:
        row.locator("summary").click()
    page.click(f"label[for={box}]")


def test_rows_are_added_and_taken_away(city: City, dataset: str, visitor, watch):
    page = visitor(City.EDITOR)
    page.goto(f"/dataset/edit/{dataset}")
    form.go_to(page, "sd_variabel")
    variables = page.locator("#field-sd_variabel")
    expect(variables.locator("[data-satudata-row]")).to_have_count(25)
    expect(variables.locator("details[open]")).to_have_count(0)
    expect(variables.locator("summary").nth(2)).to_have_text("Variabel 3 Variabel 3")

    variables.locator("[data-satudata-add]").click()
    expect(page.locator("#field-sd_variabel-26-nama")).to_be_focused()
    page.keyboard.type("Variabel baru")
    expect(variables.locator("summary").last).to_have_text("Variabel 26 Variabel baru")
    variables.locator("[data-satudata-add]").click()
    page.keyboard.type("Salah tambah")
    remove(page, "sd_variabel", 27)
    remove(page, "sd_variabel", 0)
    remove(page, "sd_variabel", 12)
    expect(page.locator("#field-sd_variabel-12-nama")).to_be_hidden()
    remove(page, "sd_variabel", 3)
    remove_again = page.locator("#field-sd_variabel-3-_remove")
    remove_again.focus()
    page.keyboard.press("Space")
    expect(page.locator("#field-sd_variabel-3-nama")).to_be_visible()

    form.go_to(page, "sd_klasifikasi_penyajian")
    remove(page, "sd_klasifikasi_penyajian", 1)
    form.save(page)
    page.wait_for_url(f"**/dataset/{dataset}")
    expected = [*VARIABLES[1:12], *VARIABLES[13:], {"nama": "Variabel baru"}]
    assert rows_of(city, dataset, "sd_variabel") == expected
    kept = [CLASSIFICATIONS[0], CLASSIFICATIONS[2]]
    assert rows_of(city, dataset, "sd_klasifikasi_penyajian") == kept
    assert watch.faults == []


def test_rows_without_scripts(city: City, dataset: str, visitor):
    page = visitor(City.EDITOR, java_script_enabled=False)
    page.goto(f"/dataset/edit/{dataset}")
    page.fill("#field-sd_klasifikasi_penyajian-3-nama", "Klasifikasi baru")
    remove(page, "sd_klasifikasi_penyajian", 0)
    form.save(page)
    page.wait_for_url(f"**/dataset/{dataset}")
    expected = [*CLASSIFICATIONS[1:], {"nama": "Klasifikasi baru"}]
    assert rows_of(city, dataset, "sd_klasifikasi_penyajian") == expected
    assert rows_of(city, dataset, "sd_variabel") == VARIABLES


@pytest.mark.parametrize("viewport", [{"width": 1280, "height": 900}, NARROW])
def test_rows_can_be_read_by_everyone(city: City, dataset: str, visitor, viewport):
    page = visitor(City.EDITOR, viewport=viewport)
    for url, field in (
        (f"/dataset/edit/{dataset}", "sd_variabel"),
        (f"/dataset/edit/{dataset}", "sd_klasifikasi_penyajian"),
        (f"/dataset/{dataset}", None),
    ):
        page.goto(url)
        if field:
            form.go_to(page, field)
            page.locator(f"#field-{field} [data-satudata-add]").click()
        found = Axe().run(page, context=NOT_OURS).response["violations"]
        assert [one["id"] for one in found if one["impact"] in ("serious", "critical")] == []
        width = page.evaluate("document.documentElement.scrollWidth")
        assert width <= viewport["width"]
