"""BPS's forms as JSON: golden files, the keys of others, any answers there and back."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ckanext.satudata.workbook.bps import national, payload
from ckanext.satudata.workbook.bps.names import VARIABLES, load
from ckanext.satudata.workbook.bps.parcel import Item, Parcel
from tests.workbook.golden_forms import (
    FORMS,
    KEYS,
    ORGANISER,
    filled,
    golden,
    same,
)

pytestmark = pytest.mark.usefixtures("with_plugins")


@pytest.mark.parametrize(("name", "flat"), [("bps-indah.json", False), ("bps-datar.json", True)])
def test_golden_json_is_written_and_read_back_equal(name, flat):
    written = payload.write(filled(), flat)
    assert written == golden(name, written)
    same(payload.read(written, name), filled())


def test_the_golden_set_leaves_no_question_open():
    names = load()
    assert filled().activity.values.keys() == {name.field for name in names.ms_keg.names}
    datasets = filled().datasets
    asked = {name.field for name in names.ms_ind.names}
    assert asked <= set().union(*(one.values for one in datasets))
    rows = [row for one in datasets for row in one.values[VARIABLES]]
    assert {name.field for name in names.ms_var.names} == set().union(*rows)


# The keys of others


def _values_of(form: str) -> list[dict[str, Any]]:
    parcel = filled()
    if form == "ms_keg":
        return [parcel.activity.values]
    if form == "ms_ind":
        return [one.values for one in parcel.datasets]
    return [row for one in parcel.datasets for row in one.values[VARIABLES]]


def _at(data: Any, path: str) -> list[Any]:
    """What stands at a path of the reference, where [] goes through a list."""
    found = [data]
    for step in path.split("."):
        key = step.removesuffix("[]")
        found = [one.get(key) for one in found]
        if step.endswith("[]"):
            found = [one for held in found for one in held or []]
    return [one for one in found if one is not None]


@pytest.mark.parametrize("form", FORMS)
def test_every_key_that_bps_has_been_seen_to_use_is_written(form):
    table = getattr(load(), form)
    indah = [national.to_indah(table, values) for values in _values_of(form)]
    flat = [national.to_flat(table, values) for values in _values_of(form)]
    for entry in KEYS[form]:
        if "flat" in entry:
            assert any(one[entry["flat"]] not in (None, "[]") for one in flat), entry
        path = entry["path"]
        if path.endswith(".{choice}"):
            found = [held for one in indah for held in _at(one, path.removesuffix(".{choice}"))]
            name = next(name for name in table.names if name.field == entry["field"])
            values = {choice.value for choice in table.choices(name)}
            assert found, entry
            assert values == {key for key, held in found[0].items() if isinstance(held, bool)}
        elif "ketersediaan_publikasi" not in path:
            assert any(_at(one, path) for one in indah), entry


def test_misspelled_keys_are_written_as_they_are_misspelled():
    indah = national.to_indah(load().ms_keg, filled().activity.values)
    flat = national.to_flat(load().ms_keg, filled().activity.values)
    assert indah["blok_i"]["instansi_penyelanggara"] == ORGANISER
    assert indah["blok_iv"]["frekuensi_penyelanggara"] == "TAHUNAN"
    assert indah["blok_vii"]["unit_analsis"]["lainnya"] is True
    assert {"i_instansi_penyelanggara", "iv_frekuensi_penyelanggara"} <= flat.keys()


@pytest.mark.parametrize(
    ("path", "spelling", "field", "meant"),
    [
        ("cara_pengumpulan_data", "CARA_LAIN_SESUAI_PERKEMBANGAN_TEKNOLOGI_DAN_INFORMASI",
         "sd_cara_pengumpulan_data", "CARA_LAIN_SESUAI_DENGAN_PERKEMBANGAN_TI"),
        ("blok_v.jenis_rancangan_sampel", "SINGLE_STAGE_PHASE",
         "sd_jenis_rancangan_sampel", "SINGLE_STAGE_ATAU_PHASE"),
        ("blok_v.jenis_rancangan_sampel", "MULTI_STAGE_PHASE",
         "sd_jenis_rancangan_sampel", "MULTI_STAGE_ATAU_PHASE"),
        ("blok_vi.persyaratan_pendidikan_terendah_petugas_pengumpulan_data", "DIPLOMA_I_II_III",
         "sd_pendidikan_petugas", "DIPLOMA_I_ATAU_II_ATAU_III"),
        ("blok_vi.persyaratan_pendidikan_terendah_petugas_pengumpulan_data", "DIPLOMA_IV_S1_S2_S3",
         "sd_pendidikan_petugas", "DIPLOMA_IV_ATAU_S1_ATAU_S2_ATAU_S3"),
        ("blok_iv.frekuensi_penyelanggara", "DUA_TAHUNAN",
         "sd_frekuensi_penyelenggaraan", "LEBIH_DARI_DUA_TAHUNAN"),
    ],
)  # fmt: skip
def test_other_spellings_are_read_and_never_written(path, spelling, field, meant):
    form = load().ms_keg
    data: Any = spelling
    for key in reversed(path.split(".")):
        data = {key: data}
    reading = national.from_indah(form, data)
    assert reading.values == {field: meant}
    for written in (
        national.to_indah(form, reading.values),
        national.to_flat(form, reading.values),
    ):
        assert f'"{spelling}"' not in json.dumps(written)


def test_the_other_shape_of_component_indicators_is_read():
    row = {"nama": "Lama", "ketersediaan_publikasi": [{"nama": "Buku", "file": {"nama": None}}]}
    reading = national.from_indah(load().ms_ind, {"indikator_pembangun": [row], "id_sls": "X"})
    assert reading.values == {
        "sd_indikator_pembangun": [{"publikasi": "Buku", "nama": "Lama"}],
        "sd_kode_sds": "X",
    }


def test_what_nobody_understands_is_reported():
    data = {"blok_ix": {"isi": 1}, "judul_kegiatan": ["a"], "blok_i": "x", "status": "DRAFT"}
    data["blok_iv"] = {"metode_pengumpulan_data": {"telepati": True, "wawancara": True}}
    data["blok_iii"] = {"variabel_yang_dikumpulkan": [{"nama": "a", "warna": "b"}]}
    reading = national.from_indah(load().ms_keg, data)
    assert set(reading.unknown) == {
        "blok_ix.isi",
        "blok_i",
        "blok_iv.metode_pengumpulan_data.telepati",
        "blok_iii.variabel_yang_dikumpulkan[0].warna",
    }
    assert reading.unreadable == ["judul_kegiatan"]
    assert reading.values["sd_metode_pengumpulan_data"] == ["wawancara"]


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_whatever_stands_at_a_key_is_read_without_a_fault_of_ours(data):
    for key in FORMS:
        form = getattr(load(), key)
        chosen = data.draw(st.sampled_from(form.names))
        held = data.draw(_JSON)
        if chosen.flat:
            national.from_flat(form, {chosen.flat: held})
        nested: Any = held
        for step in reversed(chosen.path):
            nested = {step: nested}
        national.from_indah(form, nested if chosen.path else {})


# Equal whatever is stored

_TEXT = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1) | st.sampled_from(
    ["-", "1", "007", "a\nb", " = ", "1 = Satu\n2 = Dua", "[]", '["a"]', "true", "SURVEI", "=1+1"]
)


def _answer(form, name):
    if name.shape == "rows":
        cells = st.fixed_dictionaries({}, optional={one.field: _TEXT for one in name.columns})
        return st.lists(cells.filter(bool), min_size=1, max_size=3)
    values = [choice.value for choice in form.choices(name)]
    word = st.sampled_from(values) | _TEXT if values else _TEXT
    if name.shape == "multi":
        return st.lists(word, min_size=1, max_size=4, unique=True)
    return word


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data(), st.booleans())
def test_any_stored_answers_come_back_equal_in_both_shapes(data, flat):
    names = load()

    def draw(form):
        names_of = st.sampled_from(form.names)
        some = data.draw(st.lists(names_of, unique_by=lambda one: one.field, max_size=8))
        return {name.field: data.draw(_answer(form, name)) for name in some}

    activity = Item({"title": "Judul", **draw(names.ms_keg)}, "id-kegiatan")
    datasets = []
    for number in range(data.draw(st.integers(0, 2))):
        values = {"title": f"Data {number}", **draw(names.ms_ind)}
        rows = [row for row in (draw(names.ms_var) for _row in range(2)) if row]
        if rows:
            values[VARIABLES] = rows
        datasets.append(Item(values, f"id-{number}"))
    parcel = Parcel(activity, datasets, organiser="Dinas")
    same(payload.read(payload.write(parcel, flat), "bps.json"), parcel)
