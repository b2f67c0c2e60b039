"""``ckan satudata init``: what it finds on portals that are and are not set up."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from ckan import plugins

from ckanext.satudata.metadata import setup_checks
from ckanext.satudata.metadata.cli import init as command
from ckanext.satudata.reference import store
from tests import factories

DATA = Path(__file__).parent / "data"
OWN_SCHEMA = (DATA / "portal_sendiri.yaml").resolve().as_uri()

pytestmark = pytest.mark.usefixtures("clean_portal")


@pytest.fixture
def init(cli):
    """Runs ``ckan satudata init`` with options, under the test's own configuration."""
    return lambda *options: cli.invoke(command, [str(option) for option in options])


@pytest.mark.ckan_config("ckan.auth.user_create_organizations", False)
def test_a_portal_that_is_set_up(init):
    factories.make_root()
    store.load(store.read_shipped(), "2026.1", "test")
    result = init()
    assert result.exit_code == 0, result.output
    assert "!!" not in result.output


@pytest.mark.ckan_config("ckan.auth.user_create_organizations", False)
def test_a_portal_without_areas_is_told_how_to_load_them(init):
    factories.make_root()
    result = init()
    assert result.exit_code == 1
    assert "ckan satudata referensi update" in result.output


def test_the_only_top_is_not_enough_where_every_user_may_add_another(init):
    root = factories.make_root()
    result = init()
    assert result.exit_code == 1
    assert f"ckanext.satudata.root_organization to {root['name']}" in result.output


def test_two_organisations_without_a_parent_are_told(init):
    factories.make_opd("satu", kind=None)
    factories.make_opd("dua", kind=None)
    result = init()
    assert result.exit_code == 1
    assert "ckanext.satudata.root_organization" in result.output


@pytest.mark.ckan_config("ckanext.satudata.root_organization", "tidak-ada")
def test_a_root_that_does_not_exist_is_told(init):
    result = init()
    assert result.exit_code == 1
    assert "tidak-ada" in result.output


@pytest.mark.ckan_config("scheming.dataset_schemas", OWN_SCHEMA)
def test_a_portal_with_its_own_schema_is_told_and_merged(init, tmp_path):
    factories.make_root()
    result = init()
    assert result.exit_code == 1
    assert "--merge-to" in result.output

    target = tmp_path / "gabungan.yaml"
    result = init("--merge-to", target)
    assert target.as_uri() in result.output
    merged = yaml.safe_load(target.read_text(encoding="utf-8"))
    names = [field["field_name"] for field in merged["dataset_fields"]]
    assert names[:6] == ["title", "name", "notes", "owner_org", "frekuensi", "satuan"]
    assert "sd_satuan" in names

    before = target.read_bytes()
    assert init("--merge-to", target).exit_code == 1
    assert target.read_bytes() == before


@pytest.mark.ckan_config(
    "scheming.dataset_schemas",
    "ckanext.satudata:schemas/dataset.yaml ckanext.satudata:schemas/kegiatan.yaml",
)
def test_a_portal_without_a_form_for_governance_papers_is_told(init):
    factories.make_root()
    result = init()
    assert result.exit_code == 1
    assert "Add to scheming.dataset_schemas: ckanext.satudata:schemas/dokumen.yaml" in result.output
    assert "schemas/kegiatan.yaml" not in result.output


def test_another_schema_for_governance_papers_is_told(init, tmp_path, ckan_config, monkeypatch):
    other = tmp_path / "lain.yaml"
    other.write_text("scheming_version: 2\ndataset_type: dokumen\ndataset_fields: []\n")
    given = f"{ckan_config['scheming.dataset_schemas']} {other.as_uri()}"
    monkeypatch.setitem(ckan_config, "scheming.dataset_schemas", given)
    plugins.unload_all()
    plugins.load_all()
    factories.make_root()
    assert "Take the other schema of this type out" in init().output


def test_merging_needs_a_schema_of_the_portals_own(init, tmp_path):
    result = init("--merge-to", tmp_path / "x.yaml")
    assert result.exit_code == 1
    assert not (tmp_path / "x.yaml").exists()


@pytest.mark.ckan_config(
    "scheming.presets", "ckanext.scheming:presets.json ckanext.satudata:schemas/presets.yaml"
)
@pytest.mark.ckan_config("ckan.plugins", "scheming_datasets satudata scheming_organizations")
def test_the_order_of_plugins_matters(init):
    factories.make_root()
    result = init()
    assert result.exit_code == 1
    assert "satudata before scheming_datasets" in result.output


@pytest.mark.ckan_config("ckan.auth.user_create_organizations", False)
def test_a_merged_schema_is_used_and_complete(init, tmp_path, ckan_config, monkeypatch, clean_db):
    """The file that init writes works as the portal's schema."""
    target = tmp_path / "gabungan.yaml"
    monkeypatch.setitem(ckan_config, "scheming.dataset_schemas", OWN_SCHEMA)
    plugins.unload_all()
    plugins.load_all()
    init("--merge-to", target)
    schemas = " ".join([target.as_uri(), *(kind.ours for kind in setup_checks.KINDS)])
    monkeypatch.setitem(ckan_config, "scheming.dataset_schemas", schemas)
    plugins.unload_all()
    plugins.load_all()
    root = factories.make_root()
    made = factories.make_dataset(root, frekuensi="tahunan", sd_satuan="Orang")
    assert (made["frekuensi"], made["sd_satuan"]) == ("tahunan", "Orang")
    store.load(store.read_shipped(), "2026.1", "test")
    assert init().exit_code == 0
