"""A browser's way of reading and posting a form, and raw reading of what is stored."""

from __future__ import annotations

import json
from typing import Any

import pytest
import sqlalchemy as sa
from bs4 import BeautifulSoup
from ckan import model

from tests import factories

_MODIFIED = ("metadata_modified", "last_modified")


def _controls(form) -> list[tuple[str, str]]:
    fields = []
    for control in form.find_all(["input", "select", "textarea"]):
        name, kind = control.get("name"), control.get("type")
        if not name or control.has_attr("disabled") or control.find_parent("template"):
            continue
        if control.name == "textarea":
            text = control.text.removeprefix("\n")
            fields.append((name, text.replace("\r\n", "\n").replace("\n", "\r\n")))
        elif control.name == "select":
            options = control.find_all("option")
            chosen = [one for one in options if one.has_attr("selected")] or options[:1]
            fields += [(name, one.get("value", one.text)) for one in chosen]
        elif kind in ("checkbox", "radio"):
            if control.has_attr("checked"):
                fields.append((name, control.get("value", "on")))
        elif kind not in ("file", "submit", "button", "image"):
            fields.append((name, control.get("value", "")))
    return fields


class Browser:
    """Opens a page with a form, changes some inputs and posts the rest as they came."""

    def __init__(self, app: Any, token: str) -> None:
        self.app = app
        self.headers = {"Authorization": token}

    def get(self, url: str) -> BeautifulSoup:
        response = self.app.get(url, headers=self.headers)
        assert response.status_code == 200, (url, response.status_code)
        return self.parse(response)

    @staticmethod
    def parse(response: Any) -> BeautifulSoup:
        """The page of a response."""
        return BeautifulSoup(response.body, "html.parser")

    def form(self, url: str, marker: str = "title") -> list[tuple[str, str]]:
        """Names and values of the form that has an input called ``marker``."""
        forms = [f for f in self.get(url).find_all("form") if f.find(attrs={"name": marker})]
        return _controls(forms[-1])

    def save(self, url: str, marker: str = "title", **changes: str | list[str] | None):
        """Post the form with some values changed; returns the response, redirects not followed.

        A list stands for several inputs of that name, None for none.
        """
        fields: dict[str, list[str]] = {}
        for name, value in self.form(url, marker):
            fields.setdefault(name, []).append(value)
        for name, value in changes.items():
            fields[name] = [value] if isinstance(value, str) else value or []
        fields["save"] = [""]
        return self.app.post(url, data=fields, headers=self.headers, follow_redirects=False)


@pytest.fixture
def browser(app):
    """Makes a :class:`Browser` for an API token."""
    return lambda token: Browser(app, token)


@pytest.fixture
def org():
    """An organisation."""
    return factories.make_opd("dinas-pendidikan")


@pytest.fixture
def editor(org, browser):
    """The browser of its editor."""
    return browser(factories.make_user("editor", org)["token"])


@pytest.fixture
def stored():
    """What the database holds of a dataset and its resources, without times of change."""

    def read(package_id: str) -> dict[str, Any]:
        model.Session.rollback()
        connection = model.Session.connection()
        package = connection.execute(
            sa.text("SELECT * FROM package WHERE id = :id"), {"id": package_id}
        ).mappings()
        resources = connection.execute(
            sa.text("SELECT * FROM resource WHERE package_id = :id ORDER BY position"),
            {"id": package_id},
        ).mappings()
        return {
            "package": _plain(package.one()),
            "resources": [_plain(row) for row in resources],
        }

    return read


def _plain(row) -> dict[str, Any]:
    held = {key: value for key, value in row.items() if key not in _MODIFIED}
    if isinstance(held["extras"], str):
        held["extras"] = json.loads(held["extras"])
    return held
