"""Every column of the forms MS-Ind and MS-Var has its place in the schema of datasets."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

SCHEMAS = Path(__file__).parents[2] / "schemas"
FACTS = yaml.safe_load(
    (Path(__file__).parent / "data" / "ms_ind_var.yaml").read_text(encoding="utf-8")
)
COLUMNS = [(form, fact) for form in FACTS for fact in FACTS[form]]


def _read(name: str) -> dict:
    return yaml.safe_load((SCHEMAS / name).read_text(encoding="utf-8"))


PRESETS = {one["preset_name"]: one["values"] for one in _read("presets.yaml")["presets"]}
FIELDS = _read("dataset.yaml")["dataset_fields"]


def _find(fields: list[dict], path: str) -> dict:
    """The field of a path (``sd_variabel.nama``), with what its preset adds."""
    name, _, rest = path.partition(".")
    field = next(one for one in fields if one["field_name"] == name)
    return _find(field["repeating_subfields"], rest) if rest else _expanded(field)


def _expanded(field: dict) -> dict:
    return {**PRESETS.get(field.get("preset"), {}), **field}


@pytest.mark.parametrize(
    ("form", "fact"), COLUMNS, ids=[f"{form}-{fact['name']}" for form, fact in COLUMNS]
)
def test_every_column_of_the_forms_is_asked_for(form, fact):
    field = _find(FIELDS, fact["field"])
    top = _find(FIELDS, fact["field"].partition(".")[0])
    assert field.get("nomor") == fact.get("number")
    assert top.get("berlaku_jika") == fact.get("when")
    assert {one["value"]: one.get("kode") for one in field.get("choices", [])} == fact.get(
        "choices", {}
    )
    subfields = [one["field_name"] for one in field.get("repeating_subfields", [])]
    assert subfields == fact.get("subfields", [])


def test_no_column_is_asked_for_twice():
    """The forms share no field, but for the activity and the data standard of the indicator."""
    places = [fact["field"] for _, fact in COLUMNS if "number" in fact]
    assert len(places) == len(set(places))
    numbered = {
        *(one["field_name"] for one in FIELDS if "nomor" in one),
        *(
            f"{one['field_name']}.{part['field_name']}"
            for one in FIELDS
            for part in one.get("repeating_subfields", [])
            if "nomor" in part
        ),
    }
    assert numbered == set(places)


def test_what_the_forms_require_is_mandatory_and_the_rest_of_the_indicator_is_not():
    required = {fact["field"] for _, fact in COLUMNS if fact.get("required")}
    asked = {fact["field"] for _, fact in COLUMNS if _find(FIELDS, fact["field"]).get("wajib")}
    # A part of the data standard, which the law asks for and the form MS-Ind does not.
    assert asked - {"sd_ukuran"} == required
