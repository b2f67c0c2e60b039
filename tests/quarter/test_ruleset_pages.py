"""The pages of the rule sets: explained from their own numbers, drafted, compared, signed."""

from __future__ import annotations

import io

import pytest
import yaml
from bs4 import BeautifulSoup
from ckan.tests.helpers import call_action

from ckanext.satudata.rules.ruleset import DEFAULT_PATH, load_ruleset
from tests.factories import make_root, make_user

TEXT = DEFAULT_PATH.read_text(encoding="utf-8")
GROUPS_WITH_A_GAP = [
    {"key": "a", "from": "0", "to": "4"},
    {"key": "b", "from": "6", "to": "null"},
]


def text(**changes):
    return yaml.safe_dump(yaml.load(TEXT, Loader=yaml.BaseLoader) | changes)


@pytest.fixture
def walidata(clean_portal):
    return {"Authorization": make_user("admin", make_root())["token"]}


def words(page):
    return " ".join(BeautifulSoup(page.body, "html.parser").find(role="main").get_text(" ").split())


def test_a_visitor_reads_the_rules_in_force_in_words(app, clean_portal):
    page = words(app.get("/satudata/aturan"))
    assert "less with each working day after 25 points" in page
    assert "14 working days" in page
    assert "Basic metadata filled; with less the delivery does not count 60 %" in page
    assert "58.13" in page
    assert load_ruleset().hash in page
    assert "Keep the draft" not in page
    file = app.get("/satudata/aturan/baku.yaml")
    assert file.body == TEXT
    indonesian = app.get("/id/satudata/aturan")
    assert indonesian.status_code == 200


def test_a_draft_is_kept_compared_signed_and_then_judges(app, walidata):
    upload = (io.BytesIO(text(version="2", late_window_days="10").encode()), "baru.yaml")
    page = app.post("/satudata/aturan", data={"upload": upload}, headers=walidata)
    assert "10 working days" in words(page)
    kept = call_action("satudata_ruleset_list")[0]
    address = f"/satudata/aturan/{kept['hash']}"
    call_action("satudata_ruleset_create", source=text(version="3", priority_weight="3"))
    other = next(one for one in call_action("satudata_ruleset_list") if one["version"] == 3)
    compared = words(app.get(f"{address}?against={other['hash']}", headers=walidata))
    assert "Weight of a duty of priority data; any other weighs 1 3 × 2 ×" in compared
    form = {"decree": "050/9/2026", "valid_from": "2026-01-01", "reason": "Forum"}
    refused = app.post(f"{address}/tetapkan", data=form, headers=walidata)
    assert "lies in the past" in words(refused)
    assert 'value="050/9/2026"' in refused.body
    signed = app.post(f"{address}/tetapkan", data={**form, "valid_from": "2099-01-01"},
                      headers=walidata)  # fmt: skip
    assert "in force by decree" in words(signed)
    assert app.get(address).status_code == 200
    assert app.get(f"/satudata/aturan/{other['hash']}").status_code == 404
    gone = app.post(f"/satudata/aturan/{other['hash']}/hapus", headers=walidata)
    assert "The draft has been deleted" in gone.body


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"version": "zwei"}, "version: 'zwei' is no whole number"),
        ({"bands": [{"key": "baik", "from": "50"}]},
         "bands: do not cover 0 to 100 without gap and overlap. List them from the best down"),
        ({"weights": {"D": "0.4", "T": "0.25", "M": "0.1", "K": "0.1", "Q": "0.2"}},
         "weights: add up to 1.05. Change them so that D + T + M + K + Q is exactly 1."),
        ({"groups": GROUPS_WITH_A_GAP},
         "groups: leave a gap, overlap or end"),
    ],
)  # fmt: skip
def test_a_faulty_draft_stays_in_the_form_with_its_fault(app, walidata, changes, told):
    source = text(**changes)
    page = app.post("/satudata/aturan", data={"source": source}, headers=walidata)
    assert told in words(page)
    kept = BeautifulSoup(page.body, "html.parser").find(id="ruleset-source").text
    assert kept.strip() == source.strip()
    assert call_action("satudata_ruleset_list") == []


def test_only_the_walidata_drafts(app, clean_portal):
    editor = {"Authorization": make_user("editor", make_root())["token"]}
    page = app.post("/satudata/aturan", data={"source": text(version="2")}, headers=editor)
    assert page.status_code == 403


def test_a_broken_file_of_the_portal_is_told(app, clean_portal, ckan_config, monkeypatch, tmp_path):
    path = tmp_path / "rusak.yaml"
    path.write_text(text(min_group="-1"))
    monkeypatch.setitem(ckan_config, "ckanext.satudata.ruleset_file", str(path))
    page = words(app.get("/satudata/aturan"))
    assert "min_group: '-1' is no whole number" in page
