"""Derived keys go out once, and whatever a client saves, storage keeps what it had."""

from __future__ import annotations

import collections
import json

import pytest
import sqlalchemy as sa
from ckan import model
from ckan.lib import search
from ckan.tests import factories, helpers

from ckanext.satudata.exchange import harvest_view
from ckanext.satudata.metadata import aliases
from tests.counting import counted_statements
from tests.factories import make_dataset, make_kegiatan, make_opd, make_root, make_user

pytestmark = pytest.mark.usefixtures("clean_portal")

FILLED = {
    "sd_satuan": "Orang",
    "sd_ukuran": "Jumlah",
    "sd_klasifikasi": "Kecamatan",
    "sd_kode_sds": "SP00012.00.01",
    "sd_tema": "Pendidikan dan Tenaga Kerja",
    "sd_frekuensi": "A",
    "sd_akses": "terbuka",
}
OWN_EXTRAS = [
    {"key": "satuan", "value": "Unit lama"},
    {"key": "sdi_satuan", "value": "Orang per km²"},
    {"key": "catatan", "value": "Angka sementara"},
]
RESOURCE = {"name": "Data 2025", "url": "http://example.com/2025.csv", "format": "CSV"}


@pytest.fixture
def opd():
    root = make_root(sd_kode_wilayah="32.73")
    make_opd("diskominfo", root, title="Dinas Kominfo", sd_peran_sdi="walidata")
    return make_opd("dinas-pendidikan", root, title="Dinas Pendidikan")


OWN_VALUES = {
    "nothing": {},
    "empty": {"author": "", "maintainer": "", "extras": []},
    "all": {"author": "Budi", "maintainer": "Tim Data", "extras": OWN_EXTRAS},
}


def make_older_dataset(opd, **fields):
    """A dataset from before the plugin: its extras may already be named as ours are."""
    with helpers.changed_config("ckanext.satudata.harvest_view", False):
        return make_dataset(opd, resources=[RESOURCE], **FILLED, **fields)


@pytest.fixture(params=OWN_VALUES)
def dataset(request, opd):
    """Datasets with nothing, empty texts, and much of their own where derived values go."""
    return make_older_dataset(opd, **OWN_VALUES[request.param])


@pytest.fixture
def call(app, opd):
    """Calls the API over HTTP as an editor of the OPD."""
    headers = {"Authorization": make_user("editor", opd)["token"]}

    def post(action, **data):
        answer = app.post(f"/api/3/action/{action}", json=data, headers=headers)
        return answer.json["result"]

    return post


def stored(name: str) -> tuple[dict, dict]:
    """The rows of a dataset as they lie in the database: its own, and its resources by name."""
    model.Session.rollback()
    package = model.Session.execute(
        sa.text("SELECT to_jsonb(p) - 'metadata_modified' FROM package p WHERE name = :name"),
        {"name": name},
    ).scalar_one()
    resources = model.Session.execute(
        sa.text(
            "SELECT name, to_jsonb(r) - '{metadata_modified,last_modified}'::text[] FROM resource r"
            " WHERE package_id = :id AND state = 'active'"
        ),
        {"id": package["id"]},
    )
    return package, {row[0]: row[1] for row in resources}


def keys_of_extras(package: dict) -> list[str]:
    return [row["key"] for row in package["extras"]]


def extras(package: dict) -> dict[str, str]:
    return {row["key"]: row["value"] for row in package["extras"]}


def assert_each_key_once(package: dict) -> None:
    counted = collections.Counter(keys_of_extras(package))
    assert counted.most_common(1)[0][1] == 1
    derived = aliases.load().extra_keys & counted.keys()
    assert {"sdi_satuan", "sdi_produsen_data", "sdi_portal"} <= derived


def test_show_and_search_carry_the_national_keys(opd, call):
    name = make_dataset(opd, resources=[RESOURCE], **FILLED)["name"]
    shown = call("package_show", id=name)
    (found,) = call("package_search", q=f"name:{name}")["results"]
    national = {
        "satuan": "Orang",
        "ukuran": "Jumlah",
        "klasifikasi": "Kecamatan",
        "id_sds": "SP00012.00.01",
        "theme": "Pendidikan dan Tenaga Kerja",
        "accrualPeriodicity": "Tahunan",
        "accessRights": "terbuka",
        "produsen_data_name": "Dinas Pendidikan",
        "produsen_data_province_code": "32",
        "produsen_data_city_code": "73",
        "publisher_type": "daerah-kota",
    }
    for package in (shown, found):
        assert {key: package[key] for key in national} == national
        told = extras(package)
        assert {key: told[f"sdi_{key}"] for key in national} == national
        assert told["sdi_produsen_data"] == package["author"] == "Dinas Pendidikan"
        assert told["sdi_walidata"] == package["maintainer"] == "Dinas Kominfo"
        assert told["sdi_kode_wilayah"] == "32.73"
        assert package["type"] == "dataset"
        assert_each_key_once(package)


def test_rows_go_out_as_text_and_come_in_as_rows_without_links_to_the_other_portal(opd, call):
    rows = [{"nama": "Kecamatan", "konsep": "Wilayah"}, {"nama": "Jumlah siswa"}]
    activity = make_kegiatan(opd)["id"]
    name = make_dataset(opd, sd_variabel=rows, sd_kegiatan=activity)["name"]
    (found,) = call("package_search", q=f"name:{name}")["results"]
    assert json.loads(found.pop("sd_variabel")) == rows
    assert call("package_show", id=name)["sd_variabel"] == rows

    elsewhere = {**extras(found), "sdi_portal": "https://portal-lain.example"}
    copy = {**found, "id": None, "name": "salinan", "sd_variabel": json.dumps(rows)}
    copy["extras"] = [{"key": key, "value": value} for key, value in elsewhere.items()]
    taken = call("package_create", **{**copy, "sd_kegiatan": "kegiatan-portal-lain"})
    assert taken["sd_variabel"] == rows
    assert "sd_kegiatan" not in taken
    linked = call("package_patch", id="salinan", sd_kegiatan=activity)
    assert linked["sd_kegiatan"] == activity


def test_those_who_save_edit_index_or_print_get_what_is_stored(dataset):
    name = dataset["name"]
    for context in ({"for_update": True}, {"for_edit": True}, {"for_view": True},
                    {"use_cache": False}):  # fmt: skip
        plain = helpers.call_action("package_show", context, id=name)
        assert "produsen_data_name" not in plain
        assert plain.get("author") == dataset.get("author")
        assert plain.get("extras", []) == dataset.get("extras", [])
    indexed = json.loads(search.show(name)["validated_data_dict"])
    assert "produsen_data_name" not in indexed
    assert indexed.get("author") == dataset.get("author")


def test_values_of_the_portal_itself_win_and_the_opd_is_still_told(opd, call):
    name = make_older_dataset(opd, author="Budi", extras=OWN_EXTRAS)["name"]
    shown = call("package_show", id=name)
    told = extras(shown)
    assert shown["author"] == "Budi"
    assert shown["maintainer"] == "Dinas Kominfo"
    assert told["sdi_produsen_data"] == "Dinas Pendidikan"
    assert told["sdi_satuan"] == "Orang per km²"
    assert told["satuan"] == "Unit lama"
    assert "satuan" not in shown
    assert_each_key_once(shown)


def test_saving_what_was_read_changes_nothing(dataset, call):
    name = dataset["name"]
    before = stored(name)
    for _ in range(3):
        read = call("package_show", id=name)
        call("package_update", **read)
        assert stored(name) == before
        assert call("package_show", id=name) == read
        assert_each_key_once(read)


def test_saving_a_search_result_changes_nothing(dataset, call):
    before = stored(dataset["name"])
    for _ in range(3):
        (read,) = call("package_search", q=f"name:{dataset['name']}")["results"]
        call("package_update", **read)
        assert stored(dataset["name"]) == before


def _update(call, read, number):
    call("package_update", **{**read, "notes": f"Ubahan {number}"})


def _patch(call, read, number):
    call("package_patch", id=read["id"], notes=f"Ubahan {number}")


def _patch_extras(call, read, number):
    call("package_patch", id=read["id"], notes=f"Ubahan {number}", extras=read["extras"],
         author=read["author"], maintainer=read["maintainer"])  # fmt: skip


def _revise(call, read, number):
    call("package_revise", match={"id": read["id"]}, update={"notes": f"Ubahan {number}"})


@pytest.mark.parametrize("save", [_update, _patch, _patch_extras, _revise])
def test_only_the_change_meant_is_stored(save, dataset, call):
    package, resources = stored(dataset["name"])
    for number in range(3):
        read = call("package_show", id=dataset["id"])
        save(call, read, number)
        assert stored(dataset["name"]) == ({**package, "notes": f"Ubahan {number}"}, resources)
        assert_each_key_once(call("package_show", id=dataset["id"]))


def test_patching_a_resource_changes_that_resource_alone(dataset, call):
    package, resources = stored(dataset["name"])
    before = resources["Data 2025"]
    for number in range(3):
        call("resource_patch", id=before["id"], description=f"Ubahan {number}")
        expected = {"Data 2025": {**before, "description": f"Ubahan {number}"}}
        assert stored(dataset["name"]) == (package, expected)
        assert_each_key_once(call("package_show", id=dataset["id"]))


def test_adding_and_deleting_a_resource_leaves_the_rest(dataset, call):
    package, resources = stored(dataset["name"])
    for number in range(3):
        call("resource_create", package_id=dataset["id"], name=f"Baru {number}",
             url="http://example.com/baru.csv")  # fmt: skip
        now, held = stored(dataset["name"])
        assert now == package
        assert held.pop(f"Baru {number}")
        assert held == resources
        (added,) = [r for r in call("package_show", id=dataset["id"])["resources"]
                    if r["name"] == f"Baru {number}"]  # fmt: skip
        call("resource_delete", id=added["id"])
        assert stored(dataset["name"]) == (package, resources)


def test_author_and_maintainer_can_be_set_and_emptied(opd, call):
    name = make_dataset(opd)["name"]
    read = call("package_show", id=name)
    call("package_update", **{**read, "author": "Budi"})
    assert stored(name)[0]["author"] == "Budi"
    call("package_patch", id=name, author="")
    assert not stored(name)[0]["author"]
    assert call("package_show", id=name)["author"] == "Dinas Pendidikan"


def test_a_dataset_read_before_its_opd_was_renamed_stores_no_old_title(opd, call):
    name = make_dataset(opd, **FILLED)["name"]
    before = stored(name)
    read = call("package_show", id=name)
    helpers.call_action("organization_patch", id=opd["id"], title="Dinas Pendidikan dan Olahraga")
    call("package_update", **read)
    assert stored(name) == before
    assert call("package_show", id=name)["author"] == "Dinas Pendidikan dan Olahraga"


def test_a_copy_stores_no_derived_key(opd, call):
    read = call("package_show", id=make_dataset(opd, **FILLED)["name"])
    for key in ("id", "metadata_created", "metadata_modified"):
        del read[key]
    call("package_create", **{**read, "name": "salinan"})
    copy = stored("salinan")[0]
    assert copy["extras"] == FILLED
    assert not copy["author"]
    assert not copy["maintainer"]


def test_a_dataset_from_another_satu_data_portal_keeps_its_producer(opd):
    foreign = [
        {"key": "sdi_portal", "value": "https://data.contohkab.go.id"},
        {"key": "sdi_produsen_data", "value": "Dinas Sosial"},
    ]
    name = make_dataset(opd, author="Dinas Sosial", extras=foreign, **FILLED)["name"]
    before = stored(name)
    assert before[0]["extras"] == {**FILLED, **{row["key"]: row["value"] for row in foreign}}
    for _ in range(3):
        shown = helpers.call_action("package_show", id=name)
        assert shown["author"] == "Dinas Sosial"
        assert shown["extras"] == foreign
        helpers.call_action("package_update", **shown)
        assert stored(name) == before


def test_a_page_costs_the_same_statements_whatever_its_length(opd):
    def page(length: int) -> dict:
        results = [{"type": "dataset", "resources": [], "owner_org": opd["id"]}
                   for _ in range(length)]  # fmt: skip
        return {"results": results}

    numbers = []
    for length in (1, 100):
        with counted_statements() as statements:
            harvest_view.add_to_results(page(length))
        numbers.append(len(statements))
    assert numbers == [2, 2]


def test_other_types_and_fragments_are_left_alone(opd):
    for result in ({"id": "x"}, "x", {"type": "harvest", "resources": [], "owner_org": opd["id"]}):
        results = {"results": [result]}
        before = json.dumps(results)
        assert json.dumps(harvest_view.add_to_results(results)) == before


def test_a_dataset_without_owner_or_with_a_list_value_goes_out_flat(opd):
    package = {"type": "dataset", "resources": [], "owner_org": None, "sd_tema": ["A", "B"]}
    harvest_view.add_to_dataset(package)
    assert package["theme"] == "A, B"
    assert "author" not in package
    assert package["maintainer"] == "Dinas Kominfo"


@pytest.mark.ckan_config("ckanext.satudata.harvest_view", False)
def test_the_view_can_be_switched_off(opd, call):
    created = make_dataset(opd, extras=[{"key": "sdi_satuan", "value": "Ekor"}], **FILLED)
    shown = call("package_show", id=created["id"])
    assert shown["extras"] == [{"key": "sdi_satuan", "value": "Ekor"}]
    assert "satuan" not in shown


@pytest.fixture
def own_schema(tmp_path, ckan_config, monkeypatch):
    """A portal whose own schema stores ``satuan``, beside our plugin."""
    schema = tmp_path / "dataset.yaml"
    schema.write_text(
        "scheming_version: 2\ndataset_type: dataset\nabout_url: http://example.com\n"
        "dataset_fields:\n"
        "- {field_name: title, label: Title}\n"
        "- {field_name: name, label: Name, validators: not_empty unicode_safe}\n"
        "- {field_name: owner_org, label: OPD, validators: owner_org_validator unicode_safe}\n"
        "- {field_name: satuan, label: Satuan, validators: ignore_missing unicode_safe}\n"
        "resource_fields:\n- {field_name: url, label: URL}\n"
    )
    monkeypatch.setitem(ckan_config, "scheming.dataset_schemas", f"file://{schema}")


@pytest.mark.usefixtures("own_schema", "with_plugins")
class TestOwnSchema:
    def test_a_field_of_the_portal_is_neither_derived_nor_stripped(self, own_schema):
        import ckan.plugins as p

        p.unload("scheming_datasets")
        p.load("scheming_datasets")
        org = factories.Organization(title="Dinas Sosial")
        filled = helpers.call_action("package_create", name="isi", owner_org=org["id"],
                                     satuan="Ekor")  # fmt: skip
        empty = helpers.call_action("package_create", name="kosong", owner_org=org["id"])
        assert stored("isi")[0]["extras"] == {"satuan": "Ekor"}
        for created in (filled, empty):
            before = stored(created["name"])
            for _ in range(3):
                shown = helpers.call_action("package_show", id=created["id"])
                assert shown.get("satuan") == created.get("satuan")
                assert shown["produsen_data_name"] == "Dinas Sosial"
                helpers.call_action("package_update", **shown)
                assert stored(created["name"]) == before
