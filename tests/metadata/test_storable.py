"""Values that cannot be stored or shown are refused by field, wherever a program puts them."""

from __future__ import annotations

import json

import pytest
from ckan.plugins import toolkit
from ckan.tests.helpers import call_action

from tests import factories

pytestmark = pytest.mark.usefixtures("clean_portal")

SIGNS = {"NUL": "a\0b", "half a character": "a\ud800b"}


@pytest.fixture
def org():
    return factories.make_opd("dinas-uji")


@pytest.mark.parametrize("sign", SIGNS.values(), ids=SIGNS)
@pytest.mark.parametrize(
    ("dataset_type", "name", "put"),
    [
        ("dataset", "title", lambda text: text),
        ("dataset", "sd_satuan", lambda text: text),
        ("dataset", "sd_kegiatan", lambda text: text),
        ("dataset", "sd_prioritas_tahun", lambda text: [text]),
        ("dataset", "sd_variabel", lambda text: [{"nama": text}]),
        ("dataset", "sd_variabel", lambda text: json.dumps([{"nama": text}])),
        ("dataset", "sd_variabel", lambda text: [{"nama": "x", text: "y"}]),
        ("dataset", "extras", lambda text: [{"key": "lain", "value": text}]),
        ("kegiatan", "sd_metode_pengumpulan_data", lambda text: [text]),
        ("kegiatan", "sd_pj_nama", lambda text: text),
        ("dokumen", "sd_nomor", lambda text: text),
    ],
)
def test_signs_are_refused_at_their_field(org, stored, dataset_type, name, put, sign):
    dataset = factories.make_dataset(org, type=dataset_type)
    before = stored(dataset["id"])
    with pytest.raises(toolkit.ValidationError) as refused:
        call_action("package_patch", id=dataset["id"], **{name: put(sign)})
    assert list(refused.value.error_dict) == [name]
    assert sign not in str(refused.value)
    assert stored(dataset["id"]) == before


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_what_is_no_number_of_json_is_refused(org, number):
    dataset = factories.make_dataset(org, type="kegiatan")
    with pytest.raises(toolkit.ValidationError, match="sd_jadwal_analisis"):
        call_action("package_patch", id=dataset["id"], sd_jadwal_analisis=[{"awal": number}])


def test_escaped_signs_in_the_text_of_a_list_break_nothing(app, org):
    dataset = factories.make_dataset(org, sd_prioritas_tahun=r'["\ud800"]')
    assert app.get(f"/dataset/{dataset['name']}").status_code == 200


def test_the_person_in_charge_has_none_either(org):
    activity = factories.make_kegiatan(org)
    with pytest.raises(toolkit.ValidationError, match="sd_pj_nama"):
        call_action("satudata_contact_update", id=activity["id"], sd_pj_nama="\ud800")


def test_who_may_not_save_is_told_no_more_than_that(app, org):
    dataset = factories.make_dataset(org)
    stranger = factories.make_user()
    response = app.post(
        "/api/3/action/package_patch",
        data=json.dumps({"id": dataset["id"], "sd_satuan": "\ud800"}),
        headers={"Authorization": stranger["token"], "Content-Type": "application/json"},
    )
    assert response.status_code == 403
