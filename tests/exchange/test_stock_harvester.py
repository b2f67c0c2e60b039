"""A second, stock CKAN with ckanext-harvest's CKANHarvester takes everything from ours."""

from __future__ import annotations

import json
import os
from pathlib import Path

import ckan.model as model
import pytest
import requests
import sqlalchemy as sa
from ckan.plugins import toolkit
from ckan.tests import helpers

from ckanext.satudata.exchange import jobs
from ckanext.satudata.metadata import aliases
from ckanext.satudata.quarter import runs
from ckanext.satudata.quarter.model import Final
from dev.city import load as city
from tests.exchange.second_portal import OWNER, SecondPortal, serve
from tests.factories import make_dataset, make_opd, make_root

pytestmark = pytest.mark.usefixtures("clean_portal")


@pytest.fixture
def second_portal(tmp_path):
    stack = json.loads(Path(os.environ["SATUDATA_TEST_STACK"]).read_text())
    worker = os.environ.get("PYTEST_XDIST_WORKER", "").removeprefix("gw")
    portal = SecondPortal(stack, int(worker or os.environ.get("SLOT", 0)), tmp_path)
    yield portal
    portal.close()


@pytest.fixture
def source(app):
    """The address at which our portal is being served."""
    with serve(app.flask_app) as address:
        yield address


@pytest.fixture
def opd():
    """A tree with a walidata; the datasets belong to OPDs and to a unit below one."""
    root = make_root(sd_kode_wilayah="32.73")
    make_opd("diskominfo", root, title="Dinas Kominfo", sd_peran_sdi="walidata")
    school = make_opd("disdik", root, title="Dinas Pendidikan & Kebudayaan")
    unit = make_opd("uptd-sd", school, kind="uptd", title='UPTD "Sekolah Dasar"')
    filled = {
        "sd_satuan": "Orang", "sd_ukuran": "Jumlah", "sd_frekuensi": "M", "sd_akses": "terbuka",
        "sd_tema": "Budaya dan Agama", "sd_konsep": "Siswa", "notes": "Baris 1\nBaris 2",
        "tags": [{"name": "siswa"}, {"name": "sekolah dasar"}],
        "sd_prioritas_tahun": ["2024", "2025"],
        "sd_variabel": [{"nama": "Kecamatan", "konsep": "Wilayah"}, {"nama": "Jumlah siswa"}],
    }  # fmt: skip
    for number in range(6):
        make_dataset(
            (school, unit)[number % 2],
            name=f"lengkap-{number}",
            resources=[
                {"name": "A", "url": "http://example.com/a.csv", "format": "CSV",
                 "sd_periode": ["2025-01", "2025-02"], "sd_status_angka": "tetap"},
                {"name": "B", "url": "http://example.com/b.xlsx", "format": "XLSX"},
            ],
            **filled,
        )  # fmt: skip
    make_dataset(school, name="kosong")
    make_dataset(unit, name="penyusun-sendiri", author="Budi", maintainer="Tim", **filled)
    stock = [{"key": alias.national or "konsep", "value": "lama"}
             for alias in aliases.load().dataset.values()]  # fmt: skip
    make_dataset(school, name="nama-bertabrakan", sd_satuan="Orang",
                 extras=list({row["key"]: row for row in stock}.values()))  # fmt: skip
    make_dataset(school, name="tertutup", private=True, **filled)
    for kind in ("kegiatan", "dokumen"):
        make_dataset(school, name=f"{kind}-terbit", type=kind, private=False)
    return school


@pytest.fixture
def demo(app, tmp_path, monkeypatch):
    """The fictional city, as `make demo` loads it."""
    monkeypatch.setitem(toolkit.config, "ckanext.satudata.root_organization", city.ROOT)
    with app.flask_app.test_request_context():
        city.load(tmp_path / "logins.json")


def published(address: str) -> dict[str, dict]:
    """What our portal shows the world, by id."""
    answer = requests.get(f"{address}/api/3/action/package_search?rows=1000", timeout=60).json()
    assert answer["result"]["count"] == len(answer["result"]["results"])
    return {package["id"]: package for package in answer["result"]["results"]}


def assert_all_arrived(sent: dict[str, dict], held: dict[str, dict]) -> None:
    assert held.keys() == sent.keys()
    for key, package in sent.items():
        taken = held[key]
        assert taken["_owner"] == OWNER
        for name in ("title", "notes", "author", "maintainer", "license_id"):
            assert (taken[name] or "") == (package.get(name) or ""), name
        told = {row["key"]: row["value"] for row in package["extras"]}
        assert {k: v for k, v in taken["extras"].items() if not k.startswith("harvest_")} == told
        assert taken["extras"]["sdi_produsen_data"] == package["organization"]["title"]
        assert taken["extras"]["sdi_walidata"]
        assert taken["_tags"] == sorted(tag["name"] for tag in package["tags"])
        assert taken["_resources"].keys() == {resource["id"] for resource in package["resources"]}
        for resource in package["resources"]:
            arrived = taken["_resources"][resource["id"]]
            for name in ("name", "url", "format"):
                assert arrived[name] == resource[name]


def test_every_dataset_arrives_with_its_opd_and_a_second_run_changes_nothing(
    opd, source, second_portal
):
    jobs.touch_changed()
    sent = published(source)
    assert len(sent) == 9
    second_portal.harvest_from(source)

    second_portal.harvest()
    assert second_portal.faults() == []
    assert second_portal.last_outcomes() == ["added"] * len(sent)
    held = second_portal.datasets()
    assert_all_arrived(sent, held)
    by_name = {package["name"]: package for package in held.values()}
    assert not {"kegiatan-terbit", "dokumen-terbit"} & by_name.keys()
    assert by_name["lengkap-0"]["author"] == "Dinas Pendidikan & Kebudayaan"
    assert by_name["lengkap-1"]["author"] == 'UPTD "Sekolah Dasar"'
    assert by_name["lengkap-0"]["maintainer"] == "Dinas Kominfo"
    assert by_name["lengkap-0"]["extras"]["sdi_accrualPeriodicity"] == "Bulanan"
    assert by_name["penyusun-sendiri"]["author"] == "Budi"
    assert by_name["nama-bertabrakan"]["extras"]["satuan"] == "lama"
    assert by_name["nama-bertabrakan"]["extras"]["sdi_satuan"] == "Orang"

    second_portal.harvest()
    assert second_portal.faults() == []
    assert second_portal.last_outcomes() == ["not modified"] * len(sent)
    assert second_portal.datasets() == held

    helpers.call_action("organization_patch", id=opd["id"], title="Dinas Pendidikan")
    jobs.touch_changed()
    second_portal.harvest()
    assert second_portal.faults() == []
    assert_all_arrived(published(source), second_portal.datasets())
    assert sorted(set(second_portal.last_outcomes())) == ["not modified", "updated"]


def test_every_dataset_of_the_demo_arrives_and_a_second_run_changes_nothing(
    demo, source, second_portal
):
    # Loading the city takes long, so the records of its quarters are proved on the way.
    assert model.Session.scalar(sa.select(sa.func.count()).select_from(Final)) > 1
    assert runs.told_findings() == []
    sent = published(source)
    assert len(sent) > 100
    second_portal.harvest_from(source)
    second_portal.harvest()
    assert second_portal.faults() == []
    held = second_portal.datasets()
    assert_all_arrived(sent, held)
    for key, package in sent.items():
        assert held[key]["author"] == package["organization"]["title"]
        assert held[key]["maintainer"] == held[key]["extras"]["sdi_walidata"]
    second_portal.harvest()
    assert second_portal.faults() == []
    assert second_portal.last_outcomes() == ["not modified"] * len(sent)
    assert second_portal.datasets() == held
