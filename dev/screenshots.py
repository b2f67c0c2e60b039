"""Pictures of the example city at two widths, into docs/img.

Of the demo: ``python -m dev.screenshots``; only those whose names begin so:
``python -m dev.screenshots form-dataset home``. Of the demo of another clone: ``--url URL
--logins FILE`` (a JSON list of name, role, password). Nothing is saved in the portal but two
uploads that wait for a yes and two files to be downloaded.
"""

from __future__ import annotations

import argparse
import io
import json
import subprocess
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

import openpyxl
from playwright.sync_api import Browser, Page, sync_playwright

from .clone import Clone, Ports

ROOT = Path(__file__).resolve().parents[1]
WIDTHS = {1280: 900, 390: 844}
CHROMIUM = "/usr/bin/chromium"
TALLEST = 2200
"""Pictures are cut below this height: a report has hundreds of rows."""

COLOURS = 96
"""Enough for pages, and a quarter of the bytes."""

DATASET = "dinas-kesehatan-jumlah-bayi-lahir-hidup"
UNDESCRIBED = "dinas-kesehatan-jumlah-puskesmas-terakreditasi"
"""A dataset with a file whose columns no variable describes."""

RECEIPTS = "/satudata/tanda-terima/opd/dinas-kesehatan"
ACTIVITY = "survei-dinas-pendidikan-2025"
REGISTER = """\
Penghasil Data;Nama Data;Periode Data;Jadwal Rilis;Satuan;Klasifikasi
Dinas Kesehatan;Jumlah Bidan;Tahunan;Maret n+1;orang;Puskesmas
Dinas Kesehatan;Jumlah Kunjungan Posyandu;Bulanan;***;kunjungan;Kecamatan
Dinkes Kota;Jumlah Ambulans;Tahunan;Maret n+1;unit;***
Dinas Kesehatan;;Tahunan;Maret n+1;orang;***
"""
"""Rows of each kind for the preview of an import: plain, to be scheduled, unsure, refused."""


def _upload(page: Page, name: str, content: bytes) -> None:
    """Choose a file in the form of the page that takes one, and send it."""
    file = {"name": name, "mimeType": "application/octet-stream", "buffer": content}
    page.set_input_files("#content input[type=file]", file)
    page.click("form[enctype] button[type=submit]")
    page.wait_for_load_state()


def preview_register(page: Page) -> None:
    """Upload a register, up to the preview."""
    _upload(page, "daftar-data.csv", REGISTER.encode())


def preview_template(page: Page) -> None:
    """Fill what is empty in a column of the organisation's template; up to the preview."""
    with page.expect_download() as download:
        page.click("form[action$='/unduh'] button[type=submit]")
    book = openpyxl.load_workbook(io.BytesIO(download.value.path().read_bytes()))
    sheet = book["Dataset"]
    column = next(cell.column for cell in sheet[1] if cell.value == "sd_cakupan_wilayah")
    for row in range(4, sheet.max_row + 1):
        cell = sheet.cell(row, column)
        cell.value = cell.value or "Kota Contoh, seluruh kecamatan"
    filled = io.BytesIO()
    book.save(filled)
    _upload(page, download.value.suggested_filename, filled.getvalue())


def add_period(page: Page) -> None:
    """Go on to the form of the next file."""
    page.click("a[href*='/resource/new?']")
    page.wait_for_url("**/resource/new?**")


def follow(link: str) -> Callable[[Page], None]:
    """Go on to the first page that is linked so; ids differ from one demo to the next."""

    def go(page: Page) -> None:
        address = page.locator(f"#content {link}").first.get_attribute("href")
        answer = page.goto(address or page.url)
        if not address or answer is None or not answer.ok:
            raise SystemExit(f"{link} of {page.url} answers {answer and answer.status}")

    return go


def compare_rules(page: Page) -> None:
    """Go on to the draft of other rules, beside those in force."""
    follow("#versions ~ table tr:has(.text-bg-warning) a")(page)
    follow("#versions ~ table td a")(page)


def see_simulation(page: Page) -> None:
    """Go on to the draft and to what it would have meant."""
    follow("#versions ~ table tr:has(.text-bg-warning) a")(page)
    follow("a[href*='/simulasi/']:not([href*='/baru/'])")(page)


def ask_for_pdf(page: Page) -> None:
    """Ask for a file that takes long."""
    follow("a[href*='tab=duties']")(page)
    page.click("form[action$='/ekspor'] button:has-text('PDF')")
    page.wait_for_url("**/ekspor/*")


def wait_for_pdf(page: Page) -> None:
    """The same, until it can be taken; the page refreshes by itself."""
    ask_for_pdf(page)
    page.wait_for_selector("#content a[href$='.pdf']", timeout=60_000)


def open_item_form(page: Page) -> None:
    """Go on to an item of the register and to its form."""
    follow("tbody a")(page)
    follow("a[href$='/ubah']")(page)


def choose_health(page: Page) -> None:
    """Find the duties of one organisation."""
    page.select_option("#duties-org", label="– Dinas Kesehatan")
    page.click("form[role=search] button[type=submit]")
    page.wait_for_load_state()


def chart_drawn(page: Page) -> None:
    """Wait for the lines above the table they are drawn from."""
    page.wait_for_selector("[data-module=satudata-chart] canvas")


def columns_read(page: Page) -> None:
    """Wait for the job that reads the file; the page refreshes by itself."""
    page.wait_for_selector("#content input[type=checkbox]", timeout=60_000)


def show_missing(page: Page) -> None:
    """Unfold the fields that are still empty."""
    page.click("[data-satudata-missing] summary")


def refuse(page: Page) -> None:
    """Send a step that ends before it begins."""
    page.goto(f"{page.url}#field-sd_jadwal_desain")
    page.fill("#field-sd_jadwal_desain-0-awal", "2025-02-28")
    page.fill("#field-sd_jadwal_desain-0-akhir", "2025-02-01")
    page.click(".satudata-form-bar button[type=submit][name=save]:last-child")
    page.wait_for_selector(".error-explanation")


def lose_input(page: Page) -> None:
    """Type a title, then lose the page before it is saved."""
    page.fill("#field-title", "Jumlah Kader Posyandu Menurut Kelurahan di Kota Contoh")
    page.once("dialog", lambda dialog: dialog.accept())
    page.wait_for_function("Object.keys(sessionStorage).length")
    page.reload()
    page.wait_for_selector("[data-satudata-offer]:visible")


@dataclass(frozen=True)
class View:
    """A page: its address, who looks at it (nobody: a visitor), and what to do there first."""

    name: str
    address: str
    login: str = ""
    prepare: Callable[[Page], None] | None = None
    tabs: bool = False
    """Whether each tab of its form is a picture of its own."""

    narrow: bool = True
    """Whether it is shown on a narrow screen, too."""


VIEWS = (
    View("home", "/"),
    View("login", "/user/login"),
    View("tree", "/satudata/opd"),
    View("leaderboard", "/satudata/peringkat"),
    View("leaderboard-units", "/satudata/peringkat", "", follow("a[href*='part=units']")),
    View("opd", "/organization/dinas-kesehatan"),
    View("datasets", "/dataset/?organization=dinas-kesehatan"),
    View("report", "/satudata/kepatuhan", "walidata"),
    View("report-duties", "/satudata/kepatuhan", "walidata", follow("a[href*='tab=duties']")),
    View("export", "/satudata/kepatuhan", "walidata", ask_for_pdf, narrow=False),
    View("export-done", "/satudata/kepatuhan", "walidata", wait_for_pdf),
    View("year", "/satudata/tahun", "walidata"),
    View("arrears", "/satudata/tunggakan", "walidata"),
    View("trend", "/satudata/opd/dinas-kesehatan/tren", "walidata", chart_drawn),
    View("duty", "/satudata/tunggakan?state=paid", "walidata", follow("tbody th a")),
    View("quarters", "/satudata/triwulan", "walidata"),
    View("quarter", "/satudata/triwulan/2026/2", "walidata"),
    View("quarter-open", "/satudata/triwulan/2026/4", "walidata", narrow=False),
    View("quarter-revise", "/satudata/triwulan/2026/2/revise", "walidata", narrow=False),
    View("quarter-move", "/satudata/triwulan/2026/3/finalise", "walidata", narrow=False),
    View("final-report", "/satudata/kepatuhan/2026/2", "walidata"),
    View("final-leaderboard", "/satudata/peringkat/2026/2", narrow=False),
    View("register", "/satudata/daftar-data", "walidata"),
    View("matching", "/satudata/daftar-data/padanan", "walidata"),
    View("rounds", "/satudata/penyusunan", "walidata"),
    View("round", "/satudata/penyusunan", "walidata", follow("tbody th a")),
    View("import", "/satudata/daftar-data/impor", "walidata", preview_register),
    View("decisions", "/satudata/keputusan", "walidata"),
    View(
        "decision",
        "/satudata/keputusan?kind=waiver",
        "walidata",
        follow("tbody th + td a"),
        narrow=False,
    ),
    View("dispensation", "/satudata/dispensasi", "walidata", choose_health),
    View("requests", "/satudata/permintaan", "walidata", narrow=False),
    View("windows", "/satudata/jendela", "walidata"),
    View("item", "/satudata/daftar-data", "walidata", follow("tbody a"), narrow=False),
    View("item-edit", "/satudata/daftar-data", "walidata", open_item_form, narrow=False),
    View("successions", "/satudata/suksesi/baru", "walidata", narrow=False),
    View("answerable", "/satudata/penanggung", "walidata", narrow=False),
    View("rules", "/satudata/aturan"),
    View(
        "simulation", "/satudata/aturan", "walidata", follow("a[href*='/simulasi/']"), narrow=False
    ),
    View("rules-compared", "/satudata/aturan", "walidata", compare_rules),
    View("simulation-result", "/satudata/aturan", "walidata", see_simulation),
    View("workdays", "/satudata/hari-kerja/2026", "walidata", narrow=False),
    View("papers", "/satudata/dokumen", "walidata"),
    View("obligations", "/satudata/kewajiban", "dinkes"),
    View("nihil", "/satudata/kewajiban", "dinkes", follow("a[href$='/nihil']"), narrow=False),
    View("receipts", RECEIPTS, "dinkes", narrow=False),
    View("receipt", RECEIPTS, "dinkes", follow("tbody a[href*='TT-']")),
    View("examination", "/satudata/pemeriksaan?tw=semua", "walidata"),
    View("delivery", "/satudata/pemeriksaan?tw=semua", "walidata", follow("tbody a.btn")),
    View("objections", "/satudata/sanggahan?tw=semua", "walidata"),
    View("dataset", f"/dataset/{DATASET}", "dinkes"),
    View("period", f"/dataset/{DATASET}", "dinkes", add_period),
    View("variables", f"/dataset/{UNDESCRIBED}/usulan-variabel", "dinkes", columns_read),
    View("template", "/satudata/templat", "dinkes"),
    View("template-preview", "/satudata/templat", "dinkes", preview_template),
    View("form-missing", f"/dataset/edit/{DATASET}", "dinkes", show_missing),
    View("form-unsaved", "/dataset/new", "dinkes", lose_input),
    View("form-dataset", f"/dataset/edit/{DATASET}", "dinkes", tabs=True),
    View("form-variable", f"/dataset/edit/{DATASET}#field-sd_variabel-2-nama", "dinkes"),
    View("form-dokumen", "/dokumen/edit/sk-admin-dinas-kesehatan", "dinkes"),
    View("form-opd", "/organization/edit/dinas-kesehatan", "dinkes-admin"),
    View("kegiatan", f"/kegiatan/{ACTIVITY}", "disdik"),
    View("kegiatan-print", f"/satudata/kegiatan/{ACTIVITY}/cetak", "disdik"),
    View("form-refused", f"/kegiatan/edit/{ACTIVITY}", "disdik", refuse),
    View("form-kegiatan", f"/kegiatan/edit/{ACTIVITY}", "disdik", tabs=True),
)


def log_in(page: Page, login: dict[str, str]) -> None:
    """Log in by the form, as a person does."""
    page.goto("/user/login")
    page.fill("input[name=login]", login["name"])
    page.fill("input[name=password]", login["password"])
    page.press("input[name=password]", "Enter")
    page.wait_for_url(lambda url: "login" not in url)


def visit(page: Page, view: View) -> Iterator[str]:
    """Go to the page; the name of each of its pictures, with the page ready for it."""
    answer = page.goto(view.address)
    if answer is None or not answer.ok:
        raise SystemExit(f"{view.address} answers {answer and answer.status}")
    if view.prepare:
        view.prepare(page)
    if view.tabs:
        page.wait_for_selector("[role=tab]")
    tabs = page.locator("[role=tab]:visible").all() if view.tabs else []
    for tab in tabs:
        tab.click()
        yield f"{view.name}-{(tab.get_attribute('href') or '').removeprefix('#tab-')}"
    if not tabs:
        yield view.name


def take(page: Page, target: Path) -> None:
    """One picture: the whole page without its foot, up to a sensible height."""
    page.wait_for_load_state()
    page.evaluate("document.fonts.ready")
    size = page.viewport_size
    wide = page.evaluate("document.documentElement.scrollWidth")
    if wide > size["width"]:
        print(f"{target.name}: {wide - size['width']} px wider than the window")
    # As tall as the page: what sticks to the window's foot then stands at the form's.
    page.set_viewport_size(
        {**size, "height": page.evaluate("document.documentElement.scrollHeight")}
    )
    end = page.evaluate(
        "(document.querySelector('.site-footer')?.getBoundingClientRect().top ?? innerHeight)"
    )
    clip = {"x": 0, "y": 0, "width": size["width"], "height": min(TALLEST, end)}
    page.screenshot(path=target, clip=clip, animations="disabled")
    page.set_viewport_size(size)
    subprocess.run(["convert", target, "-strip", "-colors", str(COLOURS), target], check=True)
    print(target)


def shoot(
    browser: Browser, base: str, logins: dict[str, dict[str, str]], views: Iterable[View], out: Path
) -> None:
    """All pictures at all widths; pages of one user share a session."""
    by_login = sorted(views, key=lambda view: view.login)
    for width, height in WIDTHS.items():
        shown = [view for view in by_login if view.narrow or width == max(WIDTHS)]
        for login, theirs in groupby(shown, key=lambda view: view.login):
            context = browser.new_context(
                base_url=base,
                viewport={"width": width, "height": height},
                locale="id-ID",
                timezone_id="Asia/Jakarta",
            )
            if login:
                log_in(context.new_page(), logins[login])
            for view in theirs:
                # A tab of its own: what one leaves unsaved is not offered to the next.
                page = context.new_page()
                for name in visit(page, view):
                    take(page, out / f"{name}-{width}.png")
                page.close()
            context.close()


def main() -> None:
    """Read the command line and take the pictures."""
    clone = Clone(ROOT)
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", help="beginnings of names; none: all")
    parser.add_argument("--url", default=f"http://127.0.0.1:{Ports(clone).web()}")
    parser.add_argument("--logins", type=Path, default=clone.dev / "demo" / "logins.json")
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "img")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    logins = {login["name"]: login for login in json.loads(options.logins.read_text())}
    views = [view for view in VIEWS if view.name.startswith(tuple(options.names or [""]))]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-dev-shm-usage"]
        )
        shoot(browser, options.url, logins, views, options.out)
        browser.close()


if __name__ == "__main__":
    main()
