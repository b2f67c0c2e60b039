"""What is stored is kept until somebody changes it; only a new wrong value is refused."""

from __future__ import annotations

import pytest
from ckan import model
from ckan.lib import search
from ckan.plugins import toolkit
from ckan.tests.helpers import call_action

from tests import factories

pytestmark = pytest.mark.usefixtures("clean_portal")

THREE_TIMES = range(3)


@pytest.fixture
def dataset():
    """A dataset of ours whose stored values are partly foreign."""
    org = factories.make_opd("dinas-uji")
    made = factories.make_dataset(
        org,
        sd_satuan="Orang",
        sd_sifat="dinamis",
        resources=[{"url": "http://example.com/a.csv", "format": "CSV", "sd_periode": ["2024"]}],
    )
    package = model.Package.get(made["id"])
    package.extras = {**package.extras, "sd_tema": "Tema Lama", "satuan": '{"rusak'}
    package.author_email = "bukan surel"
    package.resources[0].extras = {"sd_periode": '["2024", "tahun lalu"', "sd_items": "a,b"}
    model.Session.commit()
    search.rebuild(made["id"])
    return made["id"]


def test_show_update_keeps_every_stored_byte(dataset, stored):
    before = stored(dataset)
    for _ in THREE_TIMES:
        shown = call_action("package_show", {"use_cache": False}, id=dataset)
        call_action("package_update", **shown)
        assert stored(dataset) == before


def test_patches_change_only_what_they_say(dataset, stored):
    before = stored(dataset)
    resource = before["resources"][0]["id"]
    for number in THREE_TIMES:
        call_action("package_patch", id=dataset, sd_konsep=f"Konsep {number}")
        call_action("resource_patch", id=resource, description=f"Ke-{number}")
        after = stored(dataset)
        assert after["package"]["extras"].pop("sd_konsep") == f"Konsep {number}"
        assert after["resources"][0].pop("description") == f"Ke-{number}"
        before["resources"][0].pop("description", None)
        assert after == before


def test_a_changed_foreign_choice_is_refused(dataset):
    with pytest.raises(toolkit.ValidationError) as refused:
        call_action("package_patch", id=dataset, sd_tema="Tema Baru")
    message = refused.value.error_dict["sd_tema"][0]
    assert "Tema Baru" in message
    assert "Ekonomi dan Industri" in message
    call_action("package_patch", id=dataset, sd_tema="Ekonomi dan Industri")
    with pytest.raises(toolkit.ValidationError):
        call_action("package_patch", id=dataset, sd_tema="Tema Lama")


def test_an_extra_named_like_a_field_is_taken_as_the_field(dataset, stored):
    shown = call_action("package_show", {"use_cache": False}, id=dataset)
    value = shown.pop("sd_satuan")
    shown["extras"].append({"key": "sd_satuan", "value": value})
    before = stored(dataset)
    call_action("package_update", **shown)
    assert stored(dataset) == before
    shown["sd_satuan"] = "Jiwa"
    with pytest.raises(toolkit.ValidationError):
        call_action("package_update", **shown)


def test_an_empty_value_clears_a_field(dataset):
    call_action("package_patch", id=dataset, sd_tema="", sd_satuan="")
    assert set(model.Package.get(dataset).extras) == {"sd_sifat", "satuan"}


def test_periods_are_written_canonically_and_wrong_ones_refused(dataset):
    resource = model.Package.get(dataset).resources[0].id
    for given in (["2025-q1", "2024"], "2025-q1, 2024", '["2025-q1", "2024"]'):
        shown = call_action("resource_patch", id=resource, sd_periode=given)
        assert shown["sd_periode"] == ["2025-Q1", "2024"]
    with pytest.raises(toolkit.ValidationError) as refused:
        call_action("resource_patch", id=resource, sd_periode=["2025-Q1", "kemarin"])
    assert "kemarin" in str(refused.value.error_dict["sd_periode"])
    call_action("resource_patch", id=resource, sd_periode=[])
    model.Session.expire_all()
    assert "sd_periode" not in model.Resource.get(resource).extras


def test_a_new_wrong_email_is_refused_and_the_old_one_kept(dataset, stored):
    call_action("package_patch", id=dataset, title="Judul baru")
    assert stored(dataset)["package"]["author_email"] == "bukan surel"
    with pytest.raises(toolkit.ValidationError):
        call_action("package_patch", id=dataset, author_email="juga bukan")


def test_only_core_demands_block_a_save():
    org = factories.make_opd("dinas-lain")
    made = call_action("package_create", name="kosong", owner_org=org["id"])
    assert made["title"] == "kosong"
    assert model.Package.get("kosong").extras == {}


def test_an_update_by_id_alone_works_as_in_core(dataset):
    call_action("package_update", id=dataset, notes="Baru")
    assert model.Package.get(dataset).notes == "Baru"


def test_a_foreign_kind_of_an_organisation_is_kept(stored):
    org = factories.make_opd("dinas-asing")
    group = model.Group.get(org["id"])
    group.extras = {"sd_jenis_opd": "jawatan", "lama": "baris 1\nbaris 2"}
    model.Session.commit()
    for _ in THREE_TIMES:
        call_action("organization_patch", id=org["id"], sd_alamat="Jalan Contoh 1")
    model.Session.expire_all()
    assert model.Group.get(org["id"]).extras == {
        "sd_jenis_opd": "jawatan",
        "lama": "baris 1\nbaris 2",
        "sd_alamat": "Jalan Contoh 1",
    }
    with pytest.raises(toolkit.ValidationError):
        call_action("organization_patch", id=org["id"], sd_jenis_opd="jawatan lain")
