"""Waiting for what the jobs worker does: look again until a deadline."""

from __future__ import annotations

import time

from playwright.sync_api import Locator, Page, expect

WORKER_SECONDS = 60


def reload_until(page: Page, shown: Locator) -> None:
    """Load the page again until ``shown`` is on it; at the deadline its absence fails the test."""
    deadline = time.monotonic() + WORKER_SECONDS
    while not shown.count() and time.monotonic() < deadline:
        page.reload()
    expect(shown.first).to_be_visible()
