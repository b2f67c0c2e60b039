"""The schema of statistical activities asks what the BPS form MS-Keg asks, no more, no less."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

SCHEMAS = Path(__file__).parents[2] / "schemas"
FORM = yaml.safe_load((Path(__file__).parent / "data/ms_keg.yaml").read_text(encoding="utf-8"))
PRESETS = {
    preset["preset_name"]: preset["values"]
    for preset in yaml.safe_load((SCHEMAS / "presets.yaml").read_text(encoding="utf-8"))["presets"]
}
PRESETS_OF_TYPE = {
    "text": {"satudata_text"},
    "textarea": {"satudata_textarea"},
    "email": {"satudata_email"},
    "year": {"satudata_year"},
    "integer": {"satudata_integer"},
    "date": {"satudata_date"},
    "select": {"satudata_select", "satudata_radio"},
    "radio": {"satudata_radio"},
    "boolean": {"satudata_boolean"},
    "multi": {"satudata_multi"},
    "repeating": {"satudata_rows"},
    "date_range": {"satudata_rows"},
}
TYPED = {"satudata_text", "satudata_textarea", "satudata_email", "satudata_year"}
"""Presets whose input stands empty before the reader: it shows an example."""

ELSEWHERE = {"kode_kegiatan": "lain"}
"""Questions of the form that stand in another tab than their block."""

OWN = {"sd_kegiatan_sebelumnya"}
"""Fields that are on no printed form."""

KEYS = {
    "field_name",
    "label",
    "preset",
    "validators",
    "create_validators",
    "form_snippet",
    "form_attrs",
    "form_placeholder",
    "help_text",
    "kelompok",
    "nomor",
    "wajib",
    "berlaku_jika",
    "choices",
    "repeating_label",
    "repeating_subfields",
}


def _schema(dataset_type: str) -> dict[str, Any]:
    return yaml.safe_load((SCHEMAS / f"{dataset_type}.yaml").read_text(encoding="utf-8"))


def _by_name(schema: dict[str, Any]) -> dict[str, dict[str, Any]]:
    fields = [*schema["dataset_fields"], *schema.get("kontak_fields", [])]
    return {field["field_name"]: field for field in fields}


def _choices(field: dict[str, Any]) -> list[dict[str, Any]]:
    return field.get("choices") or PRESETS.get(field.get("preset"), {}).get("choices", [])


def _name(fact: dict[str, Any]) -> str:
    return "title" if fact["name"] == "judul_kegiatan" else f"sd_{fact['name']}"


def _texts(condition: Any) -> set[str]:
    return set(condition if isinstance(condition, list) else [condition])


KEGIATAN = _schema("kegiatan")
DOKUMEN = _schema("dokumen")
FIELDS = _by_name(KEGIATAN)
TABS = {tab["name"]: tab for tab in KEGIATAN["kelompok"]}
BOTH = [
    pytest.param(schema, field, id=f"{schema['dataset_type']}-{name}")
    for schema in (KEGIATAN, DOKUMEN)
    for name, field in _by_name(schema).items()
]
FACTS = [pytest.param(fact, id=fact["name"]) for fact in FORM]


def _asked_if(field: dict[str, Any], fields: dict[str, Any]) -> dict[str, set[str]]:
    """The conditions of a field, of its tab and of the fields that they name."""
    found: dict[str, set[str]] = {}
    for stated in (TABS[field["kelompok"]].get("berlaku_jika"), field.get("berlaku_jika")):
        for name, wanted in (stated or {}).items():
            found |= _asked_if(fields[name], fields) | {name: _texts(wanted)}
    return found


def test_the_form_is_there_whole():
    assert len(FORM) == 65
    assert [tab["name"] for tab in KEGIATAN["kelompok"]] == [
        "sampul",
        *(f"blok_{number}" for number in ("i", "ii", "iii", "iv", "v", "vi", "vii", "viii")),
        "lain",
    ]
    on_paper = {_name(fact) for fact in FORM} | {f"sd_{f['other']}" for f in FORM if "other" in f}
    assert {name for name in FIELDS if name.startswith("sd_")} | {"title"} == on_paper | OWN


def test_the_order_is_that_of_the_form():
    """People fill in the paper and the page side by side."""
    on_page = [name for name in FIELDS if FIELDS[name].get("preset") != "satudata_kept"]
    for block in dict.fromkeys(fact["block"] for fact in FORM):
        on_paper = [_name(fact) for fact in FORM if fact["block"] == block]
        here = [name for name in on_paper if not name.startswith("sd_pj_")]
        here = [name for name in here if name.removeprefix("sd_") not in ELSEWHERE]
        assert [name for name in on_page if name in here] == here


@pytest.mark.parametrize("fact", FACTS)
def test_a_question_of_the_form_is_asked_as_on_paper(fact):
    field = FIELDS[_name(fact)]
    block = "sampul" if fact["block"] == "0" else f"blok_{fact['block'].lower()}"
    assert field["kelompok"] == ELSEWHERE.get(fact["name"], block)
    assert field.get("nomor") == fact.get("number")
    if fact["name"] != "judul_kegiatan":
        assert field["preset"] in PRESETS_OF_TYPE[fact["type"]]
    codes = {choice["value"]: choice.get("kode") for choice in _choices(field)}
    assert codes == fact.get("choices", {})


@pytest.mark.parametrize("fact", FACTS)
def test_a_question_counts_when_the_form_wants_an_answer(fact):
    field = FIELDS[_name(fact)]
    rows = field.get("repeating_subfields", [])
    assert (field.get("wajib") or any(row.get("wajib") for row in rows) or False) == fact[
        "mandatory"
    ]
    assert "wajib_jika" not in field
    wanted = {f"sd_{name}": set(values) for name, values in fact.get("applies_if", {}).items()}
    asked_if = _asked_if(field, FIELDS)
    for name, values in wanted.items():
        assert asked_if.pop(name) == values
    # What else must hold comes with the question that the condition names.
    assert set(asked_if) <= {above for name in wanted for above in _asked_if(FIELDS[name], FIELDS)}


@pytest.mark.parametrize(
    "fact", [fact for fact in FORM if "other" in fact], ids=lambda f: f["name"]
)
def test_other_is_specified_in_a_field_of_its_own(fact):
    question, other = FIELDS[_name(fact)], FIELDS[f"sd_{fact['other']}"]
    assert other["berlaku_jika"] == {question["field_name"]: "lainnya"}
    assert other["wajib"]
    assert (other["kelompok"], other["nomor"]) == (question["kelompok"], question["nomor"])


@pytest.mark.parametrize(
    "fact",
    [fact for fact in FORM if fact["type"] in ("repeating", "date_range")],
    ids=lambda fact: fact["name"],
)
def test_rows_have_the_columns_of_the_form(fact):
    rows = FIELDS[_name(fact)]["repeating_subfields"]
    assert [row["field_name"] for row in rows] == fact.get("rows", ["awal", "akhir"])
    if fact["type"] == "date_range":
        assert all(row["preset"] == "satudata_date" and row["wajib"] for row in rows)
        assert "satudata_not_before(awal)" in rows[1]["validators"]


def test_the_sample_is_asked_about_for_surveys_only():
    assert TABS["blok_v"]["berlaku_jika"] == {"sd_cara_pengumpulan_data": "SURVEI"}


def test_personal_data_are_no_fields_of_the_package():
    assert [field["field_name"] for field in KEGIATAN["kontak_fields"]] == [
        _name(fact) for fact in FORM if fact["name"].startswith("pj_")
    ]
    assert not [f for f in KEGIATAN["dataset_fields"] if f["field_name"].startswith("sd_pj_")]


@pytest.mark.parametrize(("schema", "field"), BOTH)
def test_conditions_name_fields_and_answers_that_exist(schema, field):
    fields = _by_name(schema)
    conditions = [
        field,
        *(tab for tab in schema["kelompok"] if tab["name"] == field.get("kelompok")),
    ]
    for stated in conditions:
        for name, wanted in stated.get("berlaku_jika", {}).items():
            offered = [choice["value"] for choice in _choices(fields[name])]
            assert _texts(wanted) <= set(offered)
            # The answer that decides stands before the question that depends on it.
            order = list(fields)
            if field["field_name"] in order:
                assert order.index(name) < order.index(field["field_name"])


@pytest.mark.parametrize(("schema", "field"), BOTH)
def test_every_field_stands_in_a_tab(schema, field):
    tabs = {tab["name"] for tab in schema["kelompok"]}
    assert field.get("kelompok") in tabs or field["field_name"] in ("name", "owner_org")


@pytest.mark.parametrize("schema", [KEGIATAN, DOKUMEN], ids=lambda schema: schema["dataset_type"])
def test_no_tab_is_empty(schema):
    used = {field.get("kelompok") for field in _by_name(schema).values()}
    assert {tab["name"] for tab in schema["kelompok"]} <= used


@pytest.mark.parametrize(("schema", "field"), BOTH)
def test_fields_use_no_key_that_nothing_reads(schema, field):
    for one in [field, *field.get("repeating_subfields", [])]:
        assert set(one) <= KEYS
        assert one.get("preset") in {None, *PRESETS}
        assert {key for choice in _choices(one) for key in choice} <= {"value", "label", "kode"}


@pytest.mark.parametrize(("schema", "field"), BOTH)
def test_every_input_explains_itself(schema, field):
    if field.get("preset") == "satudata_kept":
        return
    for one in [field, *field.get("repeating_subfields", [])]:
        assert set(one["help_text"]) == {"en", "id"}
        if one.get("preset") in TYPED:
            assert one["form_placeholder"]["id"].startswith("Contoh: ")


@pytest.mark.parametrize("schema", [KEGIATAN, DOKUMEN], ids=lambda schema: schema["dataset_type"])
def test_core_decides_who_sees_it(schema):
    """A field ``private`` of a schema would replace core's own checks."""
    names = {field["field_name"] for field in schema["dataset_fields"]}
    assert "private" not in names
    assert {"title", "name", "owner_org", "notes", "tag_string", "license_id", "url"} <= names
    assert {"author", "author_email", "maintainer", "maintainer_email", "version"} <= names


def test_an_activity_has_no_files_and_a_paper_has():
    assert KEGIATAN["resource_fields"] == []
    assert [field["field_name"] for field in DOKUMEN["resource_fields"]] == [
        "url",
        "name",
        "description",
        "format",
    ]
    wanted = [field["field_name"] for field in DOKUMEN["dataset_fields"] if field.get("wajib")]
    assert wanted == ["sd_jenis_dokumen", "sd_nomor", "sd_tanggal"]
