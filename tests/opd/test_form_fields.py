"""Every field of an organisation: made and edited by browser and by API, read back equal."""

from __future__ import annotations

from typing import Any

import pytest
from ckan.tests.helpers import call_action

from ckanext.satudata.metadata.schema import organization_schema
from tests import factories
from tests.metadata.conftest import Browser
from tests.metadata.test_field_kinds import LINKS, inputs, sample

pytestmark = pytest.mark.usefixtures("clean_portal")

PARENT = "sd_induk"


@pytest.fixture
def editor(app) -> Browser:
    factories.make_root()
    return Browser(app, factories.make_user("sysadmin")["token"])


def samples(number: int) -> dict[str, Any]:
    """A value for each of our fields; what is chosen from a register is tested elsewhere."""
    return {
        field["field_name"]: sample(field, number)
        for field in organization_schema()["fields"]
        if field["field_name"].startswith("sd_")
        and field["field_name"] != PARENT
        and field.get("preset") not in LINKS
    }


def held(values: dict[str, Any]) -> dict[str, Any]:
    shown = call_action("organization_show", id="dinas-lengkap")
    return {name: shown.get(name) for name in values}


def test_by_browser(editor):
    first, second = samples(0), samples(1)
    assert all(first[name] != second[name] for name in first)
    base = {"title": "Dinas Lengkap", "name": "dinas-lengkap"}
    made = editor.save("/organization/new", **base, **inputs(first))
    assert made.status_code == 302
    assert held(first) == first
    for values in (second, first):
        saved = editor.save("/organization/edit/dinas-lengkap", **inputs(values))
        assert saved.status_code == 302
        assert held(values) == values


def test_by_api():
    first, second = samples(0), samples(1)
    factories.make_opd("dinas-lengkap", kind=None, **first)
    assert held(first) == first
    for values in (second, first):
        call_action("organization_patch", id="dinas-lengkap", **values)
        assert held(values) == values
