"""The YAML schemas: names, languages, choices, and nothing that blocks a save."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from ckanext.satudata.calendar.frequencies import Frequency
from ckanext.satudata.metadata.merging import merge, missing_fields
from ckanext.satudata.opd.kinds import KINDS

SCHEMAS = Path(__file__).parents[2] / "schemas"
DATASET = yaml.safe_load((SCHEMAS / "dataset.yaml").read_text(encoding="utf-8"))
OPD = yaml.safe_load((SCHEMAS / "opd.yaml").read_text(encoding="utf-8"))
FIELDS = [*DATASET["dataset_fields"], *DATASET["resource_fields"], *OPD["fields"]]
PARTS = [part for field in FIELDS for part in field.get("repeating_subfields", [])]
"""Subfields of the fields with rows."""
CORE = {
    "title",
    "name",
    "notes",
    "tag_string",
    "owner_org",
    "license_id",
    "url",
    "author",
    "author_email",
    "maintainer",
    "maintainer_email",
    "version",
    "description",
    "format",
    "image_url",
}


def _field(schema_fields, name):
    return next(field for field in schema_fields if field["field_name"] == name)


@pytest.mark.parametrize("field", [*FIELDS, *PARTS], ids=lambda field: field["field_name"])
def test_every_field_speaks_both_languages(field):
    texts = [field["label"], *(choice["label"] for choice in field.get("choices", []))]
    texts += [field[key] for key in ("help_text", "repeating_label") if key in field]
    if isinstance(field.get("form_placeholder"), dict):
        texts.append(field["form_placeholder"])
    for text in texts:
        assert set(text) == {"en", "id"}
        assert all(text.values())


@pytest.mark.parametrize("field", FIELDS, ids=lambda field: field["field_name"])
def test_names_are_cores_or_prefixed(field):
    assert field["field_name"] in CORE or field["field_name"].startswith("sd_")
    assert "required" not in field


@pytest.mark.parametrize(
    "field",
    [one for one in [*FIELDS, *PARTS] if one.get("wajib") or one.get("wajib_jika")],
    ids=lambda field: field["field_name"],
)
def test_mandatory_fields_help_with_an_example(field):
    help_text = field["help_text"]["id"]
    placeholder = field.get("form_placeholder", {})
    has_example = "Contoh" in help_text or "Contoh" in placeholder.get("id", "")
    assert has_example or "choices" in field or "choices_helper" in field


def test_every_field_of_a_dataset_stands_in_a_tab():
    tabs = {group["name"] for group in DATASET["kelompok"]}
    # Core's own, which the page shows elsewhere.
    outside = {"name", "owner_org", "tag_string"}
    for field in DATASET["dataset_fields"]:
        assert field["field_name"] in outside or field["kelompok"] in tabs


def test_stored_codes_are_those_of_the_rooms():
    frequencies = _field(DATASET["dataset_fields"], "sd_frekuensi")["choices"]
    assert {one["value"] for one in frequencies} == {one.value for one in Frequency}
    kinds = _field(OPD["fields"], "sd_jenis_opd")["choices"]
    assert {one["value"] for one in kinds} == set(KINDS)


def test_merging_keeps_their_fields_and_adds_ours():
    theirs = {
        "dataset_type": "dataset",
        "before_validators": "duplicate_extras_key ignore",
        "dataset_fields": [
            {"field_name": "satuan", "label": "Satuan"},
            {"field_name": "notes", "label": "Uraian", "required": True},
        ],
        "resource_fields": [{"field_name": "url", "label": "URL"}],
    }
    merged = merge(theirs, DATASET)
    assert [one["field_name"] for one in merged["dataset_fields"][:2]] == ["satuan", "notes"]
    notes = merged["dataset_fields"][1]
    assert (notes["label"], notes["required"], notes["wajib"]) == ("Uraian", True, True)
    assert merged["before_validators"].split() == [
        "duplicate_extras_key",
        "satudata_lift_extras",
        "satudata_keep_line_ends",
        "ignore",
    ]
    assert missing_fields(theirs, DATASET)
    assert missing_fields(merged, DATASET) == []
    assert merge(merged, DATASET) == merged
    names = [one["field_name"] for one in merged["dataset_fields"]]
    assert len(names) == len(set(names))
