"""Pictures of the running portal at two widths, into docs/img.

Without arguments those of the demo: ``python -m dev.screenshots``. For another
portal: ``--url URL --logins FILE`` (a JSON list of name, role, password).
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from .clone import Clone, Ports

ROOT = Path(__file__).resolve().parents[1]
WIDTHS = {1280: 900, 390: 844}
CHROMIUM = "/usr/bin/chromium"
TALLEST = 2400
"""Pictures are cut below this height: a report has hundreds of rows."""

PAGES = {
    "home": ("/", None),
    "tree": ("/satudata/opd", None),
    "report": ("/satudata/kepatuhan", "walidata"),
    "leaderboard": ("/satudata/peringkat", None),
    "register": ("/satudata/daftar-data", "walidata"),
    "matching": ("/satudata/daftar-data/padanan", "walidata"),
    "obligations": ("/satudata/kewajiban", "editor"),
}
"""Address and the role (a word of it) whose user looks at it."""


def follow(page: Page, base: str) -> Iterator[tuple[str, str]]:
    """A dataset and an OPD of the portal: the first ones that the lists name."""
    for name, listing, link in (
        ("dataset", "/dataset/", ".dataset-heading a"),
        ("opd", "/satudata/peringkat", "th[scope=row] a"),
    ):
        page.goto(base + listing)
        yield name, page.locator(link).first.get_attribute("href") or listing


REGISTER = """\
Penghasil Data;Nama Data;Periode Data;Jadwal Rilis;Satuan;Klasifikasi
Dinas Kesehatan;Jumlah Bidan;Tahunan;Maret n+1;orang;Puskesmas
Dinas Kesehatan;Jumlah Kunjungan Posyandu;Bulanan;***;kunjungan;Kecamatan
Dinkes Kota;Jumlah Ambulans;Tahunan;Maret n+1;unit;***
Dinas Kesehatan;;Tahunan;Maret n+1;orang;***
"""
"""Rows of each kind for the preview of an import: plain, to be scheduled, unsure, refused."""


def preview(page: Page, base: str) -> str:
    """Let the walidata upload a register; the address of its preview. Nothing is imported."""
    page.goto(f"{base}/satudata/daftar-data/impor")
    file = {"name": "daftar-data.csv", "mimeType": "text/csv", "buffer": REGISTER.encode()}
    page.set_input_files("#upload", file)
    page.click("form[enctype] button[type=submit]")
    page.wait_for_load_state()
    return page.url


def log_in(page: Page, base: str, login: dict[str, str]) -> None:
    """Log in by the form, as a person does."""
    page.goto(f"{base}/user/login")
    page.fill("input[name=login]", login["name"])
    page.fill("input[name=password]", login["password"])
    page.press("input[name=password]", "Enter")
    page.wait_for_url(lambda url: "login" not in url)


def take(page: Page, address: str, target: Path) -> None:
    """One picture, the whole page up to a sensible height."""
    answer = page.goto(address)
    if answer is None or not answer.ok:
        raise SystemExit(f"{address} answers {answer and answer.status}")
    width = page.viewport_size["width"]
    wide = page.evaluate("document.documentElement.scrollWidth")
    if wide > width:
        print(f"{target.name}: {wide - width} px wider than the window")
    height = min(TALLEST, page.evaluate("document.documentElement.scrollHeight"))
    clip = {"x": 0, "y": 0, "width": width, "height": height}
    page.screenshot(path=target, clip=clip, full_page=True)
    print(target)


def shoot(browser: Browser, base: str, logins: list[dict[str, str]], folder: Path) -> None:
    """All pictures at all widths; pages of one role share a session."""
    for width, height in WIDTHS.items():
        for role in dict.fromkeys(role for _, role in PAGES.values()):
            context = browser.new_context(
                viewport={"width": width, "height": height}, locale="id-ID"
            )
            page = context.new_page()
            if role:
                log_in(page, base, next(one for one in logins if role in one["role"].lower()))
            pages = {name: address for name, (address, who) in PAGES.items() if who == role}
            if role is None:
                pages.update(follow(page, base))
            elif role == "walidata":
                pages["import"] = preview(page, base)
            for name, address in pages.items():
                url = address if address.startswith("http") else base + address
                take(page, url, folder / f"{name}-{width}.png")
            context.close()


def main() -> None:
    """Read the command line and take the pictures."""
    clone = Clone(ROOT)
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url", default=f"http://127.0.0.1:{Ports(clone).web()}")
    parser.add_argument("--logins", type=Path, default=clone.dev / "demo" / "logins.json")
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "img")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-dev-shm-usage"]
        )
        shoot(browser, options.url, json.loads(options.logins.read_text()), options.out)
        browser.close()


if __name__ == "__main__":
    main()
