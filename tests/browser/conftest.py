"""A live portal, Debian's Chromium, and people who log in through CKAN's own form."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from ckan.tests import factories
from playwright.sync_api import Browser, BrowserContext, Page, Response, sync_playwright

from tests.browser.city import City
from tests.live import LivePortal

CHROMIUM = "/usr/bin/chromium"
# Nothing of the browser's own may go out or come up beside the page.
FLAGS = [
    "--no-sandbox",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-sync",
    "--no-first-run",
    "--no-proxy-server",
]
FAILURES = Path(os.environ["SATUDATA_TEST_STACK"]).parent / "failures"
WIDE = {"width": 1280, "height": 900}


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    report = yield
    if report.when == "call":
        item.stash[_FAILED] = report.failed
    return report


_FAILED = pytest.StashKey[bool]()


@pytest.fixture(scope="session")
def _live(tmp_path_factory) -> Iterator[LivePortal]:
    portal = LivePortal(tmp_path_factory.mktemp("live"))
    yield portal
    portal.stop()


@pytest.fixture
def live(clean_db, clean_queues, _live: LivePortal) -> LivePortal:
    """The running portal, empty."""
    _live.start()
    _live.forget()
    return _live


@pytest.fixture
def city(live: LivePortal) -> City:
    """A small government with its people, made through the API."""
    return City(live, factories.SysadminWithToken(name="pengurus")["token"])


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@dataclass
class Watch:
    """What a person would not see: errors of scripts, and parts of a page that do not load."""

    faults: list[str] = field(default_factory=list)

    def over(self, page: Page) -> None:
        """Note the faults of this page from now on."""
        page.on("pageerror", lambda error: self.faults.append(f"{page.url}: {error}"))
        page.on("console", lambda message: self._said(page, message))
        page.on("response", lambda response: self._answered(page, response))

    def _said(self, page: Page, message) -> None:
        # What did not load is noted by its answer, with its address.
        if message.type == "error" and "Failed to load resource" not in message.text:
            self.faults.append(f"{page.url}: {message.text}")

    def _answered(self, page: Page, response: Response) -> None:
        if response.status >= 400 and response.request.resource_type != "document":
            self.faults.append(f"{page.url}: {response.status} {response.url}")


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
def visitor(request, chromium: Browser, live: LivePortal, watch: Watch) -> Iterator[Callable]:
    """``visitor(user, **context options)`` opens a window; without a user nobody is logged in."""
    contexts: list[BrowserContext] = []

    def open_window(user: str | None = None, **options) -> Page:
        context = chromium.new_context(
            base_url=live.url, **{"viewport": WIDE, "locale": "id-ID", **options}
        )
        contexts.append(context)
        page = context.new_page()
        watch.over(page)
        if user:
            log_in(page, user)
        return page

    yield open_window
    if request.node.stash.get(_FAILED, True):
        _keep(request.node.name, [page for one in contexts for page in one.pages])
    for context in contexts:
        context.close()


def log_in(page: Page, user: str) -> None:
    """Fill in CKAN's own form."""
    page.goto("/user/login")
    page.fill("#field-login", user)
    page.fill("#field-password", City.PASSWORD)
    page.press("#field-password", "Enter")
    page.wait_for_selector(".account.authed")


def _keep(name: str, pages: list[Page]) -> None:
    """Leave a picture and the source of what was on the screen when a test failed."""
    FAILURES.mkdir(exist_ok=True)
    for number, page in enumerate(pages):
        path = FAILURES / f"{name}-{number}"
        page.screenshot(path=path.with_suffix(".png"), full_page=True)
        path.with_suffix(".html").write_text(f"<!-- {page.url} -->\n{page.content()}")
