"""A government with those who examine deliveries."""

from __future__ import annotations

import re

import pytest

from ckanext.satudata import clock
from ckanext.satudata.rules.ruleset import DEFAULT_PATH
from tests.factories import make_user
from tests.metadata.conftest import Browser
from tests.quarter.conftest import Portal, wib


@pytest.fixture
def portal(clean_portal):
    """The government as it has been since before the quarter."""
    with clock.at(wib("2024-01-02")):
        portal = Portal()
        portal.steward = make_user("admin", portal.root)
        portal.walidata = portal.steward["name"]
        portal.second = make_user("admin", portal.root)["name"]
        portal.editor = make_user("editor", portal.opd)["name"]
        return portal


@pytest.fixture
def steward(portal, app):
    return Browser(app, portal.steward["token"])


@pytest.fixture
def use_rules(tmp_path, monkeypatch, ckan_config):
    """Let the portal judge by the shipped rule set with some keys changed."""

    def use(**changes):
        text = DEFAULT_PATH.read_text()
        for key, value in changes.items():
            text, found = re.subn(rf"(?m)^{key}:.*$", f"{key}: {value}", text)
            assert found == 1
        path = tmp_path / "aturan.yaml"
        path.write_text(text)
        monkeypatch.setitem(ckan_config, "ckanext.satudata.ruleset_file", str(path))

    return use
