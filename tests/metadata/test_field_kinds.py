"""Every field of every form: created and edited by browser and by API, read back equal.

What each kind of field takes, writes in one form, keeps or refuses.
"""

from __future__ import annotations

import json
from typing import Any

import pytest
from ckan import model
from ckan.lib import search
from ckan.plugins import toolkit
from ckan.tests.helpers import call_action

from ckanext.satudata.metadata.schema import choices, dataset_schema
from tests import factories

pytestmark = pytest.mark.usefixtures("clean_portal")

TYPES = ("dataset", "kegiatan", "dokumen")

LINKS = {"satudata_kegiatan", "satudata_region"}
"""Presets that name another thing, which the tests of their own make."""


def sample(field: dict[str, Any], number: int) -> Any:
    """What package_show gives of a field that was filled; another value for each number."""
    kind = field.get("preset", "").removeprefix("satudata_")
    text = f"{field['field_name']} {number}"
    if "repeating_subfields" in field:
        return [
            {one["field_name"]: sample(one, number + row) for one in field["repeating_subfields"]}
            for row in range(number + 1)
        ]
    if kind == "multi":
        return [choice["value"] for choice in choices(field)][-number - 1 :]
    if kind != "suggest" and choices(field):
        return choices(field)[number % len(choices(field))]["value"]
    return {
        "list": [f"{text} a", f"{text} b"],
        "date": f"2026-03-{number + 1:02}",
        "year": str(2025 + number),
        "integer": str(1250 + number),
        "email": f"data{number}@example.go.id",
        "textarea": f"{text}\nbaris kedua - “tanda” & <b>",
    }.get(kind, text)


def samples(dataset_type: str, number: int) -> dict[str, Any]:
    return {
        field["field_name"]: sample(field, number)
        for field in dataset_schema(dataset_type)["dataset_fields"]
        if field["field_name"].startswith("sd_") and field.get("preset") not in LINKS
    }


def inputs(values: dict[str, Any]) -> dict[str, Any]:
    """The inputs that a browser posts for values."""
    posted: dict[str, Any] = {}
    for name, value in values.items():
        if isinstance(value, list) and isinstance(value[0], dict):
            for index, row in enumerate(value):
                posted |= inputs({f"{name}-{index}-{part}": row[part] for part in row})
        elif isinstance(value, str):
            posted[name] = value.replace("\n", "\r\n")
        else:
            posted[name] = ["", *value]
    return posted


def listed(dataset_type: str, values: dict[str, Any]) -> dict[str, Any]:
    """Inputs in which a list of free texts is one text with commas."""
    fields = dataset_schema(dataset_type)["dataset_fields"]
    free = {one["field_name"] for one in fields if one.get("preset") == "satudata_list"}
    return {name: ", ".join(value[1:]) if name in free else value for name, value in values.items()}


def held(name: str, values: dict[str, Any]) -> dict[str, Any]:
    shown = call_action("package_show", {"use_cache": False}, id=name)
    return {key: shown.get(key) for key in values}


@pytest.mark.parametrize("dataset_type", TYPES)
def test_every_field_by_browser_is_read_back_equal(dataset_type, org, editor):
    first, second = samples(dataset_type, 0), samples(dataset_type, 1)
    assert all(first[name] != second[name] for name in first)
    base = {"name": "lengkap", "title": "Lengkap", "owner_org": org["id"]}
    made = editor.save(f"/{dataset_type}/new", **base, **listed(dataset_type, inputs(first)))
    assert made.status_code == 302
    assert held("lengkap", first) == first
    for values in (second, second, first):
        url = f"/{dataset_type}/edit/lengkap"
        removed = {
            f"{name}-{len(value)}-_remove": "1"
            for name, value in values.items()
            if isinstance(value, list)
        }
        changed = {**listed(dataset_type, inputs(values)), **removed}
        model.Session.expire_all()
        call_action("package_patch", id="lengkap", state="active")
        assert editor.save(url, **changed).status_code == 302
        assert held("lengkap", values) == values
    before = model.Package.get("lengkap").extras
    assert editor.save(f"/{dataset_type}/edit/lengkap").status_code == 302
    model.Session.expire_all()
    assert model.Package.get("lengkap").extras == before


@pytest.mark.parametrize("dataset_type", TYPES)
def test_every_field_by_api_is_read_back_equal(dataset_type, org):
    first, second = samples(dataset_type, 0), samples(dataset_type, 1)
    factories.make_dataset(org, name="lengkap", type=dataset_type, **first)
    assert held("lengkap", first) == first
    for values in (second, first):
        call_action("package_patch", id="lengkap", **values)
        assert held("lengkap", values) == values


WRITTEN = [
    ("sd_rilis_produk_digital", "31 Agustus 2026", "2026-08-31"),
    ("sd_rilis_produk_digital", "31/8/2026", "2026-08-31"),
    ("sd_jumlah_petugas_enumerator", "1.250", "1250"),
    ("sd_jumlah_petugas_enumerator", 0, "0"),
    ("sd_tahun_kegiatan", 2026, "2026"),
    ("sd_uji_coba", True, "true"),
    ("sd_uji_coba", False, "false"),
    ("sd_uji_coba", "Tidak", "false"),
    ("sd_sarana_pengumpulan_data", "papi", ["papi"]),
    ("sd_sarana_pengumpulan_data", '["papi", "capi"]', ["papi", "capi"]),
    ("sd_jadwal_desain", [{"awal": "5 Januari 2026"}], [{"awal": "2026-01-05"}]),
]

REFUSED = [
    ("sd_rilis_produk_digital", "kemarin", "2025-08-31"),
    ("sd_rilis_produk_digital", "31/02/2026", "2025-08-31"),
    ("sd_jumlah_petugas_enumerator", "1,5", "1.250"),
    ("sd_jumlah_petugas_enumerator", "banyak", "1.250"),
    ("sd_jumlah_petugas_enumerator", True, "1.250"),
    ("sd_tahun_kegiatan", "26", "2025"),
    ("sd_uji_coba", "mungkin", "true"),
    ("sd_uji_coba", {"a": 1}, "true"),
    ("sd_sarana_pengumpulan_data", ["papi", "telepati"], "papi"),
    ("sd_cara_pengumpulan_data", "tebakan", "SURVEI"),
]


def test_each_kind_writes_one_form_and_refuses_the_rest(org):
    factories.make_dataset(org, name="giat", type="kegiatan")
    for name, given, written in WRITTEN:
        assert call_action("package_patch", id="giat", **{name: given})[name] == written
    before = held("giat", samples("kegiatan", 0))
    for name, given, example in REFUSED:
        with pytest.raises(toolkit.ValidationError) as refused:
            call_action("package_patch", id="giat", **{name: given})
        assert list(refused.value.error_dict) == [name]
        (message,) = refused.value.error_dict[name]
        assert example in message
        assert held("giat", before) == before


def test_a_period_may_not_end_before_it_begins(org):
    factories.make_dataset(org, name="giat", type="kegiatan")
    rows = [
        {"awal": "2026-01-05", "akhir": "2026-01-05"},
        {"awal": "6 Januari 2026", "akhir": "5/1/2026"},
        {"akhir": "2020-01-01"},
    ]
    with pytest.raises(toolkit.ValidationError) as refused:
        call_action("package_patch", id="giat", sd_jadwal_desain=rows)
    first, second, third = refused.value.error_dict["sd_jadwal_desain"]
    assert not first
    assert not third
    assert "6 Januari 2026" in second["akhir"][0]


FOREIGN = {
    "sd_rilis_produk_digital": "akhir tahun",
    "sd_jumlah_petugas_enumerator": "± 20",
    "sd_tahun_kegiatan": "2025/2026",
    "sd_uji_coba": "mungkin",
    "sd_sarana_pengumpulan_data": '["papi", "telepati"]',
    "sd_cara_pengumpulan_data": "tebakan",
    "sd_jadwal_desain": '[{"awal": "Januari", "akhir": "Desember"}]',
}


def test_what_was_stored_before_is_kept_by_form_and_api(org, editor):
    made = factories.make_dataset(org, name="giat", type="kegiatan")
    package = model.Package.get(made["id"])
    package.extras = {**package.extras, **FOREIGN}
    model.Session.commit()
    search.rebuild(made["id"])
    call_action("package_patch", id="giat", notes="Baru")
    assert editor.save("/kegiatan/edit/giat", notes="Lagi").status_code == 302
    model.Session.expire_all()
    assert model.Package.get("giat").extras == FOREIGN

    moved = [{"awal": "2026-01-01"}, {"awal": "Januari", "akhir": "Desember"}]
    call_action("package_patch", id="giat", sd_jadwal_desain=moved)
    model.Session.expire_all()
    assert json.loads(model.Package.get("giat").extras["sd_jadwal_desain"]) == moved
    for name in ("sd_jadwal_desain", "sd_sarana_pengumpulan_data"):
        changed = [{"awal": "Februari"}] if name == "sd_jadwal_desain" else ["telegram"]
        with pytest.raises(toolkit.ValidationError):
            call_action("package_patch", id="giat", **{name: changed})


def test_no_answer_and_nothing_ticked_clear_a_field(org, editor):
    values = samples("kegiatan", 0)
    factories.make_dataset(org, name="giat", type="kegiatan", **values)
    cleared = {"sd_uji_coba": "", "sd_sarana_pengumpulan_data": "", "sd_tahun_kegiatan": " "}
    assert editor.save("/kegiatan/edit/giat", **cleared).status_code == 302
    model.Session.expire_all()
    assert not set(cleared) & set(model.Package.get("giat").extras)


def test_a_refused_save_shows_what_was_ticked_and_typed(org, editor):
    factories.make_dataset(org, name="giat", type="kegiatan", **samples("kegiatan", 0))
    response = editor.save(
        "/kegiatan/edit/giat",
        sd_sarana_pengumpulan_data=["", "capi"],
        sd_uji_coba="false",
        sd_rilis_produk_digital="kemarin",
    )
    assert response.status_code == 200
    page = editor.parse(response)
    ticked = page.select("[name=sd_sarana_pengumpulan_data][checked], [name=sd_uji_coba][checked]")
    assert {one["value"] for one in ticked} == {"capi", "false"}
    date = page.find(id="field-sd_rilis_produk_digital")
    assert (date["type"], date["value"]) == ("text", "kemarin")
