"""The metadata form as a person uses it: one tab at a time."""

from __future__ import annotations

from playwright.sync_api import Locator, Page


def tab(page: Page, name: str) -> Locator:
    """The tab of a group of fields."""
    return page.locator(f"[role=tab][href='#tab-{name}']")


def go_to(page: Page, field: str) -> None:
    """Open the tab that has a field, as the links to a missing field do."""
    page.evaluate("field => { location.hash = ''; location.hash = 'field-' + field; }", field)
    page.locator(f"[data-satudata-field={field}]:visible").wait_for()


def fill(page: Page, **texts: str) -> None:
    """Type into inputs, each on its tab."""
    for field, text in texts.items():
        go_to(page, field)
        page.fill(f"#field-{field}", text)


def choose(page: Page, **values: str) -> None:
    """Choose from selects, each on its tab."""
    for field, value in values.items():
        go_to(page, field)
        page.select_option(f"#field-{field}", value)


def pick(page: Page, **values: str) -> None:
    """Choose from questions that show every choice, each on its tab."""
    for field, value in values.items():
        go_to(page, field)
        page.check(f"[name={field}][value='{value}']")


def fill_row(page: Page, field: str, **texts: str) -> None:
    """Type into the first row of a field with rows."""
    go_to(page, field)
    for subfield, text in texts.items():
        page.fill(f"#field-{field}-0-{subfield}", text)


def save(page: Page) -> None:
    """Send the form."""
    page.click(".satudata-form-bar button[type=submit][name=save]:last-child")
