"""Two windows edit the same dataset: the second to save does not undo the first unknowingly."""

from __future__ import annotations

import pytest
from bs4 import BeautifulSoup
from ckan.tests.helpers import call_action

from tests import factories

pytestmark = pytest.mark.usefixtures("clean_portal")


@pytest.fixture
def url(org) -> str:
    dataset = factories.make_dataset(org, name="siswa", sd_satuan="Orang", sd_konsep="Siswa")
    return f"/dataset/edit/{dataset['name']}"


def _post(editor, url, fields, **changes):
    posted = {**dict(fields), **changes, "save": ""}
    return editor.app.post(url, data=posted, headers=editor.headers, follow_redirects=False)


def _fields(page) -> dict[str, str]:
    form = BeautifulSoup(page.body, "html.parser").find("form", id="dataset-edit")
    return {
        one["name"]: one.get("value", "") for one in form.find_all("input", attrs={"name": True})
    }


def test_the_second_is_told_once_and_loses_nothing(org, editor, url):
    opened = editor.form(url)
    assert editor.save(url, sd_konsep="Peserta didik").status_code == 302
    refused = _post(editor, url, opened, sd_satuan="Jiwa")
    assert refused.status_code == 200
    assert "another window" in refused.body
    assert 'value="Jiwa"' in refused.body
    assert call_action("package_show", id="siswa")["sd_konsep"] == "Peserta didik"
    seen = _fields(refused)["satudata_seen"]
    assert _post(editor, url, opened, sd_satuan="Jiwa", satudata_seen=seen).status_code == 302
    assert call_action("package_show", id="siswa")["sd_satuan"] == "Jiwa"


def test_another_fault_does_not_hide_it(org, editor, url):
    opened = editor.form(url)
    assert editor.save(url, sd_konsep="Peserta didik").status_code == 302
    refused = _post(editor, url, {**dict(opened), "satudata_seen": "", "owner_org": "tak-ada"})
    assert refused.status_code == 200
    page = _post(editor, url, opened, sd_satuan="Jiwa")
    assert "another window" in page.body


def test_programs_are_not_asked(org, url):
    call_action("package_patch", id="siswa", sd_satuan="Jiwa")
    assert "satudata_seen" not in str(call_action("package_show", id="siswa"))
