"""The dataset of a final quarter: found by all who see the leaderboard, and by nobody else."""

from __future__ import annotations

import csv
import hashlib
import io
import os

import ckan.model as model
import pytest
import sqlalchemy as sa
from ckan.lib import uploader
from ckan.plugins import toolkit
from ckan.tests.helpers import call_action
from werkzeug.datastructures import FileStorage

from ckanext.satudata import clock
from ckanext.satudata.calendar.quarters import Quarter
from ckanext.satudata.quarter import publication, runs, schedule, standing, states
from ckanext.satudata.register import decisions
from tests.at_once import at_once
from tests.factories import make_opd, make_user
from tests.quarter.conftest import wib
from tests.quarter.walking import TW1, Walk, deliver, yearly_duty

SECRET = "Rahasia Dinas"


@pytest.fixture
def final(portal):
    """TW I, final, with one duty met by a private dataset."""
    duty = yearly_duty(portal.opd)
    walk = Walk()
    walk("terbuka")
    deliver(portal, duty, wib("2025-03-20"), title=SECRET, private=True)
    return walk("final")


def files(package_id: str) -> dict[str, bytes]:
    """Content of each file of a dataset, by format and name."""
    found = {}
    for resource in call_action("package_show", id=package_id)["resources"]:
        stored = model.Resource.get(resource["id"])
        path = uploader.get_resource_uploader(stored.as_dict()).get_path(stored.id)
        with open(path, "rb") as stream:
            found[f"{resource['format']} {resource['name']}"] = stream.read()
    return found


def test_a_final_quarter_is_a_dataset_of_the_walidata(portal, final):
    package_id = publication.publish(TW1)
    shown = call_action("package_show", id=package_id)
    assert shown["owner_org"] == portal.root["id"]
    assert shown["private"] is True
    assert final.sha256 in shown["notes"]
    assert {resource["format"] for resource in shown["resources"]} == {"CSV", "JSON", "PDF"}
    content = files(package_id)
    assert hashlib.sha256(content["JSON Catatan resmi (JSON)"]).hexdigest() == final.sha256
    assert content["PDF Ringkasan (PDF)"].startswith(b"%PDF")
    for name in content:
        if name.startswith("CSV"):
            rows = list(csv.DictReader(io.StringIO(content[name].decode("utf-8-sig"))))
            assert rows
            assert {row["SHA-256 catatan resmi"] for row in rows} == {final.sha256}
    rows = csv.DictReader(
        io.StringIO(content["CSV Kewajiban dan hasilnya (CSV)"].decode("utf-8-sig"))
    )
    (row,) = rows
    assert (row["Status"], row["Perangkat daerah"]) == ("patuh", "Dinas Uji")
    assert standing.of(TW1).dataset_id == package_id


def test_the_organisation_with_the_role_of_walidata_publishes(portal, final):
    kominfo = make_opd("kominfo", portal.root, sd_peran_sdi="walidata")
    assert call_action("package_show", id=publication.publish(TW1))["owner_org"] == kominfo["id"]


def test_nothing_names_a_private_dataset(portal, final):
    package_id = publication.publish(TW1)
    secret = model.Session.scalars(sa.select(model.Package).filter_by(title=SECRET)).one()
    words = [SECRET, secret.name, secret.id, secret.resources[0].id]
    for name, content in files(package_id).items():
        for word in words:
            assert word.encode() not in content, name


def test_publishing_twice_changes_nothing(portal, final):
    first = publication.publish(TW1)
    before, modified = files(first), model.Package.get(first).metadata_modified
    assert publication.publish(TW1) == first
    assert files(first) == before
    assert model.Package.get(first).metadata_modified == modified
    assert publication.outdated() == []


def test_two_who_publish_at_once_publish_once(with_request_context, portal, final):
    ids = at_once(*[lambda: publication.publish(TW1)] * 2)
    assert ids == [publication.dataset_id(TW1)] * 2
    content = files(ids[0])
    assert len(content) == 4
    assert hashlib.sha256(content["JSON Catatan resmi (JSON)"]).hexdigest() == final.sha256
    assert publication.outdated() == []


def test_it_is_public_as_long_as_the_leaderboard_is(portal, final, ckan_config, monkeypatch):
    publication.publish(TW1)
    monkeypatch.setitem(ckan_config, "ckanext.satudata.public_leaderboard", True)
    assert publication.outdated() == [TW1]
    schedule.publish_due()
    found = call_action("package_search", {"user": ""}, q="kepatuhan penyampaian")
    assert found["count"] == 1
    monkeypatch.setitem(ckan_config, "ckanext.satudata.public_leaderboard", False)
    schedule.publish_due()
    assert call_action("package_search", {"user": ""}, q="kepatuhan penyampaian")["count"] == 0


def test_a_minimum_of_metadata_for_the_public_is_asked_of_people_alone(
    portal, final, ckan_config, monkeypatch
):
    monkeypatch.setitem(ckan_config, "ckanext.satudata.public_leaderboard", True)
    monkeypatch.setitem(ckan_config, "ckanext.satudata.min_completeness_public", 100)
    assert call_action("package_show", id=publication.publish(TW1))["private"] is False


def test_a_revision_replaces_the_files_and_names_itself(portal, final):
    package_id = publication.publish(TW1)
    with clock.at(wib("2025-07-01")):
        decisions.record("waiver", reason="x", actor=None, number="1", org_id=portal.opd["id"])
        model.Session.commit()
    with clock.at(wib("2025-07-02")):
        revised = states.revise(TW1, None, "050/9", "Putusan")
        model.Session.commit()
    assert publication.outdated() == [TW1]
    assert publication.publish(TW1) == package_id
    content = files(package_id)
    assert len(content) == 4
    assert hashlib.sha256(content["JSON Catatan resmi (JSON)"]).hexdigest() == revised.sha256
    assert "revisi 1" in call_action("package_show", id=package_id)["notes"]


def test_a_dataset_thrown_away_comes_back(portal, final):
    package_id = publication.publish(TW1)
    call_action("package_delete", id=package_id)
    assert publication.outdated() == [TW1]
    publication.publish(TW1)
    assert call_action("package_show", id=package_id)["state"] == "active"


def test_a_quarter_that_is_not_final_is_not_published(portal):
    yearly_duty(portal.opd)
    Walk()("sanggah")
    assert publication.publish(TW1) is None
    assert publication.publish(Quarter(2031, 1)) is None


def test_what_ckan_refuses_stands_in_the_run(portal, final):
    taken = f"kepatuhan-daftar-data-{TW1}".lower()
    call_action("package_create", name=taken, owner_org=portal.root["id"])
    run = runs.ask("publish", TW1, None)
    runs.perform(run.id)
    (told,) = runs.latest(TW1, "publish")
    assert told.state == "refused"
    assert told.result["against"]
    assert standing.of(TW1).sha256 == final.sha256


def test_the_publication_is_no_delivery(portal, final):
    before = model.Session.execute(sa.text("SELECT count(*) FROM satudata_event")).scalar()
    publication.publish(TW1)
    assert model.Session.execute(sa.text("SELECT count(*) FROM satudata_event")).scalar() == before


def test_an_editor_of_the_walidata_cannot_change_what_was_published(app, portal, final):
    """He may save the dataset as any other; the schedule brings the record back."""
    package_id = publication.publish(TW1)
    editor = make_user("editor", portal.root)
    resource = call_action("package_show", id=package_id)["resources"][0]
    context = {"user": editor["name"], "ignore_auth": False}
    toolkit.get_action("resource_delete")(context, {"id": resource["id"]})
    assert publication.outdated() == [TW1]
    publication.publish(TW1)
    assert len(files(package_id)) == 4


def replace(resource, **fields):
    filename = resource["url"].rpartition("/")[2]
    upload = FileStorage(io.BytesIO(b"lain"), filename=filename)
    call_action("resource_patch", id=resource["id"], upload=upload, **fields)


def test_a_file_replaced_under_its_id_comes_back(portal, final):
    package_id = publication.publish(TW1)
    for resource in call_action("package_show", id=package_id)["resources"]:
        replace(resource)
        assert publication.outdated() == [TW1]
        publication.publish(TW1)
        assert publication.outdated() == []
        assert b"lain" not in files(package_id).values()


def test_a_record_replaced_with_its_noted_hash_comes_back(portal, final):
    package_id = publication.publish(TW1)
    record = call_action("package_show", id=package_id)["resources"][0]
    replace(record, hash=hashlib.sha256(b"lain").hexdigest())
    assert publication.outdated() == [TW1]
    publication.publish(TW1)
    content = files(package_id)["JSON Catatan resmi (JSON)"]
    assert hashlib.sha256(content).hexdigest() == final.sha256


def test_a_file_lost_from_the_storage_comes_back(portal, final):
    package_id = publication.publish(TW1)
    resource = model.Package.get(package_id).resources[1]
    os.remove(uploader.get_resource_uploader(resource.as_dict()).get_path(resource.id))
    assert publication.outdated() == [TW1]
    publication.publish(TW1)
    assert len(files(package_id)) == 4


def test_one_quarter_that_ckan_refuses_keeps_no_other_from_being_published(portal, final, caplog):
    later = Quarter(2025, 2)
    Walk(later)("final")
    taken = f"kepatuhan-daftar-data-{TW1}".lower()
    call_action("package_create", name=taken, owner_org=portal.root["id"])
    assert schedule.tick() == ["publish_due"]
    assert publication.outdated() == [TW1]
    assert standing.of(later).dataset_id
    assert f"{TW1} was not published" in caplog.text
