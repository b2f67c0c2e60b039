"""What the page of the metadata form is told: tabs, messages, conditions, rules."""

from __future__ import annotations

import json

import pytest

from ckanext.satudata import forms
from ckanext.satudata.metadata import form

SCHEMA = {
    "dataset_type": "coba",
    "kelompok": [
        {"name": "satu", "label": {"en": "One", "id": "Satu"}, "pengantar": {"en": "Begin"}},
        {"name": "dua", "label": {"en": "Two", "id": "Dua"}, "berlaku_jika": {"cara": "SURVEI"}},
        {"name": "lain", "label": {"en": "Other", "id": "Lain"}},
    ],
    "dataset_fields": [
        {"field_name": "title", "label": {"en": "Title"}, "kelompok": "satu"},
        {"field_name": "owner_org", "label": {"en": "Office"}},
        {
            "field_name": "cara",
            "label": {"en": "Method"},
            "kelompok": "satu",
            "wajib": True,
            "choices": [
                {"value": "SURVEI", "label": {"en": "Survey"}},
                {"value": "SENSUS", "label": {"en": "Census"}},
            ],
        },
        {
            "field_name": "baris",
            "label": {"en": "Rows"},
            "kelompok": "dua",
            "repeating_subfields": [
                {"field_name": "nama", "label": {"en": "Name"}, "wajib": True},
                {"field_name": "isi", "label": {"en": "Content"}},
            ],
        },
        {"field_name": "tag_string", "label": {"en": "Tags"}, "kelompok": "satu"},
        {"field_name": "url", "label": {"en": "Link"}, "kelompok": "lain",
         "form_snippet": "satudata_kept.html"},
    ],
    "kontak_fields": [
        {"field_name": "sd_pj_nama", "label": {"en": "Name"}, "kelompok": "dua", "wajib": True}
    ],
}  # fmt: skip

pytestmark = pytest.mark.usefixtures("with_plugins", "with_request_context")


def _names(data: dict, contact: bool) -> dict[str, list[str]]:
    return {
        tab.name: [field["field_name"] for field in tab.fields]
        for tab in form.tabs(SCHEMA, data, contact)
    }


def test_every_field_stands_in_one_tab_and_persons_only_where_asked_for():
    named = _names({}, contact=True)
    assert named == {
        "satu": ["title", "owner_org", "cara", "tag_string"],
        "dua": ["baris", "sd_pj_nama"],
        "lain": ["url"],
    }
    assert _names({}, contact=False)["dua"] == ["baris"]


def test_a_tab_with_nothing_to_see_is_silent_until_there_are_free_extras():
    def silent(data):
        return [tab.name for tab in form.tabs(SCHEMA, data, True) if tab.silent]

    assert silent({}) == ["lain"]
    assert silent({"extras": [{"key": "x", "value": "y"}]}) == []


def test_messages_come_in_the_order_of_the_form_and_lead_to_their_input():
    errors = {
        "baris": [{}, {"isi": ["Too long"], "hal": ["Unknown"]}],
        "owner_org": ["Missing"],
        "tags": [["Bad tag"]],
        "elsewhere": [{"deep": ["Odd"]}],
    }
    found = form.form_errors(errors, SCHEMA)
    assert [(one.tab, one.anchor, one.label) for one in found] == [
        ("satu", "field-organizations", "Office"),
        ("satu", "field-tag_string", "Tags"),
        ("dua", "field-baris-1-isi", "Rows – row 2 – Content"),
        ("dua", "field-baris-1-hal", "Rows – row 2 – hal"),
        (None, "", "elsewhere"),
    ]
    assert [one.message for one in found] == ["Missing", "Bad tag", "Too long", "Unknown", "Odd"]


def test_a_condition_in_words_names_question_and_answers():
    rows = SCHEMA["dataset_fields"][3]
    assert form.condition_text(rows, SCHEMA) == "Only if Method: “Survey”"
    several = {**rows, "kelompok": "satu", "berlaku_jika": {"cara": ["SURVEI", "SENSUS"]}}
    assert form.condition_text(several, SCHEMA) == "Only if Method: “Survey” or “Census”"
    assert form.condition_text(SCHEMA["dataset_fields"][0], SCHEMA) == ""


def test_the_scripts_are_told_what_the_server_goes_by():
    facts = json.loads(json.dumps(form.facts(SCHEMA, contact=True)))
    survey = [{"field": "cara", "values": ["SURVEI"]}]
    assert facts["conditions"] == {"baris": survey, "sd_pj_nama": survey}
    method, rows, person = facts["rules"]
    assert (method["choices"], method["tab"]) == (["SENSUS", "SURVEI"], "satu")
    assert (rows["sub"], rows["label"], rows["conditions"]) == ("nama", "Rows – Name", survey)
    assert person["field"] == "sd_pj_nama"
    assert "n/a" not in facts["empty"]["signs"]
    assert facts["empty"]["words"]
    without = form.facts(SCHEMA, contact=False)
    assert [rule["field"] for rule in without["rules"]] == ["cara", "baris"]


@pytest.mark.parametrize(
    ("method", "status", "key", "told"),
    [
        ("POST", 302, "3f-1:dataset:new", "3f-1%3Adataset%3Anew"),
        ("POST", 200, "3f-1:dataset:new", None),
        ("GET", 302, "3f-1:dataset:new", None),
        ("POST", 302, "a; domain=x", None),
    ],
)
def test_only_a_saved_form_is_told_to_the_browser(app, method, status, key, told):
    flask_app = app.flask_app
    with flask_app.test_request_context("/", method=method, data={forms.DRAFT_INPUT: key}):
        response = flask_app.response_class(status=status)
        forms.tell_saved(flask_app, response)
    cookies = response.headers.getlist("Set-Cookie")
    assert [cookie.split(";")[0] for cookie in cookies] == (
        [f"{forms.SAVED_COOKIE}={told}"] if told else []
    )
