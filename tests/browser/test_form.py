"""The metadata form: tabs, skip rules, counters, errors, and input that is not lost."""

from __future__ import annotations

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser import form
from tests.browser.city import City
from tests.browser.conftest import log_in

pytestmark = pytest.mark.browser

METHOD = "sd_cara_pengumpulan_data"
NARROW = {"width": 390, "height": 844}
NOT_OURS = {"exclude": [[".select2-container"]]}
"""CKAN's own autocomplete has no name for readers of the screen."""


def expect_open(page: Page, name: str) -> None:
    """The tab is the one chosen, and its section the only one to be seen."""
    expect(form.tab(page, name)).to_have_attribute("aria-selected", "true")
    expect(page.locator("[role=tabpanel]:visible")).to_have_id(f"tab-{name}")


def choose_method(page: Page, value: str) -> None:
    form.go_to(page, METHOD)
    page.check(f"[name={METHOD}][value={value}]")


def offer(page: Page):
    return page.locator("[data-satudata-offer]")


def test_tabs_links_and_keys(city: City, visitor, watch):
    page = visitor(City.EDITOR)
    page.goto("/dataset/new")
    expect_open(page, "identitas")

    # Keys walk along the tabs and round their ends.
    form.tab(page, "identitas").focus()
    page.keyboard.press("ArrowRight")
    expect_open(page, "standar_data")
    expect(form.tab(page, "standar_data")).to_be_focused()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowLeft")
    expect_open(page, "akses")
    page.keyboard.press("Home")
    expect_open(page, "identitas")
    page.click("[data-satudata-step='1']")
    expect_open(page, "standar_data")

    # Links from elsewhere lead to the field, those to a tab open it.
    page.goto("/dataset/new?x=1#field-sd_sifat")
    expect_open(page, "cakupan")
    expect(page.locator("#field-sd_sifat")).to_be_focused()
    page.goto("/dataset/new?x=2#tab-akses")
    expect_open(page, "akses")
    page.click("[data-satudata-missing] summary")
    page.locator("[data-satudata-missing] a[href='#field-sd_variabel']").first.click()
    expect_open(page, "variabel")
    expect(page.locator("#field-sd_variabel-0-nama")).to_be_visible()
    assert watch.faults == []


def test_the_key_enter_saves_and_nothing_else(city: City, visitor):
    city.dataset(city.dinas, "jumlah-sekolah", title="Jumlah Sekolah")
    page = visitor(City.EDITOR)
    page.goto("/dataset/edit/jumlah-sekolah")
    page.fill("#field-title", "Jumlah Sekolah Dasar")
    page.press("#field-title", "Enter")
    page.wait_for_url("**/dataset/jumlah-sekolah")
    stored = city.live.api(city.token, "package_show", id="jumlah-sekolah")
    assert (stored["title"], stored["state"]) == ("Jumlah Sekolah Dasar", "active")


def test_without_scripts_all_sections_stand_below_each_other(city: City, visitor):
    page = visitor(City.EDITOR, java_script_enabled=False)
    page.goto("/kegiatan/new")
    expect(page.locator("#tab-sampul")).to_be_visible()
    expect(page.locator("#tab-blok_v")).to_be_visible()
    expect(page.locator(".satudata-form-contents a[href='#tab-blok_v']")).to_be_visible()
    expect(page.locator("#tab-blok_v .satudata-form-condition").first).to_contain_text("Survei")
    page.fill("#field-title", "Tanpa Skrip")
    form.save(page)
    page.wait_for_url("**/kegiatan/tanpa-skrip")


def test_skip_rules_counters_and_a_save_without_files(city: City, visitor, watch):
    page = visitor(City.EDITOR)
    page.goto("/kegiatan/new")
    sampling = form.tab(page, "blok_v")
    expect(page.locator(".stages")).to_have_count(0)
    expect(sampling).to_be_hidden()

    choose_method(page, "SURVEI")
    expect(sampling).to_be_visible()
    expect(sampling).to_contain_text("0/5")
    # A word that stands for nothing does not count.
    form.fill(page, sd_unit_sampel="n/a.")
    expect(sampling).to_contain_text("0/5")
    form.fill(page, sd_unit_sampel="Rumah tangga")
    expect(sampling).to_contain_text("1/5")
    missing = page.locator("[data-satudata-missing] a")
    expect(missing.filter(has_text="Unit observasi")).to_have_count(1)
    expect(missing.filter(has_text="Unit sampel")).to_have_count(0)

    # The answer stays when its question no longer applies, and the form says so.
    choose_method(page, "KOMPILASI_PRODUK_ADMINISTRASI")
    expect(sampling).to_be_hidden()
    note = page.locator("[data-satudata-kept]")
    expect(note).to_contain_text("Unit sampel")
    expect(missing.filter(has_text="Unit observasi")).to_have_count(0)
    choose_method(page, "SURVEI")
    expect(sampling).to_contain_text("1/5")
    expect(note).to_be_hidden()

    form.fill(page, title="Survei Kepuasan Warga")
    form.save(page)
    page.wait_for_url("**/kegiatan/survei-kepuasan-warga")
    stored = city.live.api(city.token, "package_show", id="survei-kepuasan-warga")
    assert (stored["state"], stored["sd_unit_sampel"]) == ("active", "Rumah tangga")

    # What the server counts is what the browser has counted.
    page.goto("/kegiatan/edit/survei-kepuasan-warga")
    expect(form.tab(page, "blok_v")).to_contain_text("1/5")
    drawn = page.request.get("/kegiatan/edit/survei-kepuasan-warga").text()
    told = page.locator("[data-satudata-sum]").inner_text()
    assert told in drawn
    assert watch.faults == []


def test_errors_are_on_their_tab(city: City, visitor, watch):
    page = visitor(City.EDITOR)
    page.goto("/kegiatan/new")
    form.fill(page, title="Pendataan Sekolah")
    form.go_to(page, "sd_jadwal_desain")
    page.fill("#field-sd_jadwal_desain-0-awal", "2026-05-02")
    page.fill("#field-sd_jadwal_desain-0-akhir", "2026-05-01")
    form.save(page)

    expect_open(page, "blok_iii")
    expect(form.tab(page, "blok_iii").locator(".text-bg-danger")).to_contain_text("1")
    expect(form.tab(page, "blok_i").locator(".text-bg-danger")).to_have_count(0)
    end = page.locator("#field-sd_jadwal_desain-0-akhir")
    expect(end).to_have_attribute("aria-invalid", "true")
    expect(end).to_have_accessible_description(re.compile("."))
    form.tab(page, "sampul").click()
    page.click(".error-explanation a")
    expect_open(page, "blok_iii")
    expect(end).to_be_focused()
    expect(offer(page)).to_be_hidden()

    page.fill("#field-sd_jadwal_desain-0-akhir", "2026-05-03")
    form.save(page)
    page.wait_for_url("**/kegiatan/pendataan-sekolah")
    assert watch.faults == []


def type_in(page: Page) -> None:
    """A title, a definition, and three variables of which the second goes again."""
    form.fill(page, title="Jumlah Guru", sd_definisi="Pendidik yang terdaftar.")
    form.go_to(page, "sd_variabel")
    add = page.locator("[data-satudata-field=sd_variabel] [data-satudata-add]")
    for number, name in enumerate(("kecamatan", "keliru", "jumlah")):
        if number:
            add.click()
        page.fill(f"#field-sd_variabel-{number}-nama", name)
    page.click("label[for='field-sd_variabel-1-_remove']")


def expect_typed(page: Page) -> None:
    expect(page.locator("#field-title")).to_have_value("Jumlah Guru")
    expect(page.locator("#field-sd_definisi")).to_have_value("Pendidik yang terdaftar.")
    rows = page.locator("[data-satudata-field=sd_variabel] [data-satudata-row]")
    expect(rows).to_have_count(3)
    expect(rows.nth(2).locator("[id$=-nama]")).to_have_value("jumlah")
    expect(rows.nth(1).locator("[name$=_remove]")).to_be_checked()


def test_input_outlives_token_session_and_reload(city: City, visitor, watch):
    page = visitor(City.EDITOR)
    page.goto("/dataset/new")
    type_in(page)

    # The token has expired: the page says so in words and leads back.
    page.evaluate(
        "document.querySelectorAll('form [name=_csrf_token]').forEach(e => e.value = 'x')"
    )
    form.save(page)
    expect(page.locator("#error-content h1")).to_be_visible()
    page.click("#error-content a")
    page.wait_for_url("**/dataset/new")
    expect(offer(page)).to_contain_text("Jumlah Guru")
    expect(page.locator("#field-title")).to_have_value("")
    page.click("[data-satudata-restore]")
    expect_typed(page)

    # The session has ended: the way leads over the log-in back to the form.
    page.context.clear_cookies()
    form.save(page)
    page.click("#content a[href*='came_from']")
    page.fill("#field-login", City.EDITOR)
    page.fill("#field-password", City.PASSWORD)
    page.press("#field-password", "Enter")
    page.wait_for_url("**/dataset/new")
    page.click("[data-satudata-restore]")
    expect_typed(page)

    # Typed input warns before the page is left; it outlives that, too.
    warned = []
    page.once("dialog", lambda dialog: (warned.append(dialog.type), dialog.accept()))
    page.reload()
    assert warned == ["beforeunload"]
    page.click("[data-satudata-restore]")
    expect_typed(page)
    form.save(page)
    page.wait_for_url("**/dataset/jumlah-guru/resource/new")
    stored = city.live.api(city.token, "package_show", id="jumlah-guru")
    assert [row["nama"] for row in stored["sd_variabel"]] == ["kecamatan", "jumlah"]

    # What is saved is forgotten.
    page.goto("/dataset/new")
    expect(page.locator("[role=tab]").first).to_be_visible()
    expect(offer(page)).to_be_hidden()
    kept = page.evaluate("Object.keys(sessionStorage)")
    assert [key for key in kept if key.startswith("satudata-draft")] == []
    assert watch.faults == []


def test_input_is_offered_to_nobody_else_and_can_be_discarded(city: City, visitor):
    page = visitor(City.EDITOR)
    page.goto("/kegiatan/new")
    form.fill(page, title="Rahasia Penyunting")
    page.once("dialog", lambda dialog: dialog.accept())
    page.goto("/dataset")
    page.context.clear_cookies()
    log_in(page, City.WALIDATA)
    page.goto("/kegiatan/new")
    expect(page.locator("[role=tab]").first).to_be_visible()
    expect(offer(page)).to_be_hidden()
    page.context.clear_cookies()
    log_in(page, City.EDITOR)
    page.goto("/kegiatan/new")
    page.click("[data-satudata-discard]")
    page.reload()
    expect(page.locator("[role=tab]").first).to_be_visible()
    expect(offer(page)).to_be_hidden()


def too_wide(page: Page) -> list[str]:
    """Whether the open tab is wider than the screen."""
    room = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    width = page.viewport_size["width"]
    return [f"{page.url} at {width}: {room} px wider than the screen"] if room > 0 else []


def unreadable(page: Page) -> list[str]:
    """What is wrong with the open tab for those who hear it."""
    found = Axe().run(page, NOT_OURS).response["violations"]
    return [
        f"{page.url}: {one['id']}: {[' '.join(node['target']) for node in one['nodes']]}"
        for one in found
        if one["impact"] in ("serious", "critical")
    ]


@pytest.mark.parametrize("address", ["/dataset/new", "/kegiatan/new"])
def test_every_tab_fits_and_can_be_read_by_all(city: City, visitor, watch, address: str):
    faults = []
    page = visitor(City.EDITOR)
    page.goto(address)
    if page.locator(f"[name={METHOD}]").count():
        choose_method(page, "SURVEI")
    tabs = page.locator("[role=tab]:visible").all()
    for tab in tabs:
        tab.click()
        faults += too_wide(page) + unreadable(page)
    page.set_viewport_size(NARROW)
    for tab in tabs:
        tab.click()
        faults += too_wide(page)
    faults += unreadable(page)
    assert not faults, "\n".join(faults)
    assert watch.faults == []
