"""What foreign values mean for our fields."""

from __future__ import annotations

import pytest
import yaml

from ckanext.satudata.adoption import table
from ckanext.satudata.adoption.proposals import propose, read
from ckanext.satudata.metadata import aliases
from ckanext.satudata.metadata.schema import SCHEMA_FILES

SCHEMA = yaml.safe_load((SCHEMA_FILES / "dataset.yaml").read_text())
PRESETS = {
    one["preset_name"]: one["values"]
    for one in yaml.safe_load((SCHEMA_FILES / "presets.yaml").read_text())["presets"]
}
FIELDS = {
    field["field_name"]: {**PRESETS.get(field.get("preset"), {}), **field}
    for field in SCHEMA["dataset_fields"]
}


@pytest.mark.parametrize(
    ("field", "text", "value"),
    [
        ("sd_frekuensi", "Tahunan", "A"),
        ("sd_frekuensi", "setiap bulan", None),
        ("sd_frekuensi", "Bulanan", "M"),
        ("sd_frekuensi", "Ad-hoc", "OD"),
        ("sd_akses", "Terbuka", "terbuka"),
        ("sd_akses", "publik", "terbuka"),
        ("sd_akses", "Restricted", None),
        ("sd_tema", "ekonomi dan industri", "Ekonomi dan Industri"),
        ("sd_tema", "Antariksa", None),
        ("sd_satuan", "Orang", "Orang"),
        ("sd_level_estimasi", "Kecamatan", "Kecamatan"),
        ("sd_prioritas_tahun", "2023, 2024", ["2023", "2024"]),
        ("sd_indikator_komposit", "Ya", "true"),
    ],
)
def test_a_text_is_read_as_the_field_is(field, text, value):
    assert read(FIELDS[field], text, table.load()) == value


def _outcomes(values, *styles):
    loaded = table.load()
    found = propose(values, FIELDS, loaded, loaded.of(styles))
    return {one.source: (one.outcome, one.value) for one in found}


def test_only_empty_fields_are_filled():
    assert _outcomes({"satuan_dataset": "Orang"}) == {"satuan_dataset": ("adopt", "Orang")}
    assert _outcomes({"satuan_dataset": "Orang", "sd_satuan": "-"}) == {
        "satuan_dataset": ("adopt", "Orang")
    }
    assert _outcomes({"satuan_dataset": "Orang", "sd_satuan": "Unit"}) == {
        "satuan_dataset": ("kept", "Orang")
    }
    assert _outcomes({"satuan_dataset": "Orang", "sd_satuan": "orang"}) == {}


def test_the_first_key_is_taken_and_another_that_differs_is_said():
    found = _outcomes({"cakupan": "Kota Uji", "cakupan_dataset": "Provinsi"})
    assert found["cakupan"][0] == "adopt"
    assert found["cakupan_dataset"][0] == "differs"


def test_placeholders_are_nothing_and_unread_keys_are_named():
    assert _outcomes({"satuan_dataset": "n/a"}) == {}
    assert _outcomes({"penanggung_jawab": "Kepala Bidang"})["penanggung_jawab"][0] == "unread"


def test_a_style_alone():
    values = {"satuan_dataset": "Orang", "frekuensi_penerbitan": "Tahunan"}
    assert set(_outcomes(values, "ddw16")) == {"frekuensi_penerbitan"}


def test_every_key_leads_to_a_field_of_the_schema():
    assert {one.field for one in table.load().sources} <= set(FIELDS)


def test_what_we_send_to_the_national_portal_finds_its_way_back():
    loaded = table.load()
    for name, alias in aliases.load().dataset.items():
        for code, word in alias.values.items():
            again = read(FIELDS[name], word, loaded)
            assert aliases.load().dataset[name].values.get(again, again) == word, (code, word)
