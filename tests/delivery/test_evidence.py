"""The store of evidence: whole or not at all, once, in CKAN's storage; what is checked is there."""

from __future__ import annotations

import hashlib
import io
import os
from pathlib import Path

import ckan.model as model
import pytest
import sqlalchemy as sa
from ckan.cli.cli import ckan
from ckan.lib import files, uploader
from ckan.plugins import toolkit
from ckan.tests.helpers import call_action

from ckanext.satudata.delivery import checks, evidence, jobs, reconcile
from ckanext.satudata.delivery.model import Check, Event, ResourceFact
from tests.delivery.conftest import OTHER, TABLE, deliver, upload
from tests.factories import make_dataset

HASH = hashlib.sha256(TABLE).hexdigest()
OTHER_HASH = hashlib.sha256(OTHER).hexdigest()


@pytest.fixture(params=["folder", "storage"])
def store(request, tmp_path, monkeypatch, ckan_config, with_plugins):
    """Both places that the store can be in; answers the folder that all of it lies in."""
    if request.param == "folder":
        monkeypatch.setitem(ckan_config, "ckan.storage_path", str(tmp_path))
        return tmp_path
    storage = files.make_storage("uji", {"type": "ckan:fs", "path": str(tmp_path)})
    files.storages.register("uji", storage)
    monkeypatch.setitem(ckan_config, "ckan.files.default_storages.resource", "uji")
    return tmp_path


def everything(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def test_a_content_is_kept_once_and_read_again(store):
    for _ in range(2):
        found = evidence.keep(io.BytesIO(TABLE))
        assert found == (HASH, len(TABLE))
    assert evidence.has(HASH)
    with evidence.opened(HASH) as stream:
        assert stream.read() == TABLE
    assert evidence.is_sound(HASH)
    assert [path.name for path in everything(store)] == [HASH]


def test_large_contents_come_back_byte_by_byte(store):
    content = os.urandom(3 << 20) + b"\n\n\r\n"
    sha256 = evidence.keep(io.BytesIO(content)).sha256
    with evidence.opened(sha256) as stream:
        assert stream.read() == content


class _Torn(io.BytesIO):
    def read(self, size=-1):
        if self.tell():
            raise OSError("connection lost")
        return super().read(8)


def test_what_breaks_off_leaves_nothing(store):
    with pytest.raises(evidence.EvidenceError):
        evidence.keep(_Torn(TABLE))
    assert everything(store) == []


@pytest.mark.parametrize("name", ["", "../../etc/passwd", HASH[:-1], HASH.upper(), HASH + "/x"])
def test_only_a_hash_is_asked_for(store, name):
    assert not evidence.has(name)
    with pytest.raises(evidence.EvidenceMissingError), evidence.opened(name):
        pass


def test_spoilt_evidence_is_noticed_and_mended_from_the_resource(dataset):
    deliver(dataset, "2024")
    (path,) = [
        one for one in Path(uploader.get_storage_path()).rglob(HASH) if evidence.FOLDER in one.parts
    ]
    path.chmod(0o644)
    path.write_bytes(b"palsu")
    assert not evidence.is_sound(HASH)
    assert reconcile.mend(read_all=True).kept == 1
    assert evidence.is_sound(HASH)


def _forget(sha256: str) -> None:
    for path in Path(uploader.get_storage_path()).rglob(sha256):
        path.unlink()


def test_missing_evidence_comes_back_or_is_told(dataset, caplog):
    resource = deliver(dataset, "2024")
    call_action("resource_patch", id=resource["id"], upload=upload(OTHER))
    assert evidence.has(HASH)
    assert evidence.has(OTHER_HASH)
    for sha256 in (HASH, OTHER_HASH):
        _forget(sha256)
    mended = reconcile.mend()
    assert (mended.kept, mended.missing) == (1, [HASH])
    assert evidence.has(OTHER_HASH)
    assert HASH in caplog.text


def test_evidence_outlives_replacement_and_purge_and_is_checked(dataset):
    _forget(HASH)
    resource = deliver(dataset, "2024")
    call_action("resource_patch", id=resource["id"], upload=upload(OTHER))
    call_action("dataset_purge", id=dataset["id"])
    assert jobs.check_pending() == 2
    found = {
        row.sha256: (row.readable, row.rows) for row in model.Session.scalars(sa.select(Check))
    }
    assert found == {HASH: (True, 2), OTHER_HASH: (True, 3)}
    assert jobs.check_pending(retry=True) == 0


def test_the_same_content_is_checked_once_wherever_it_is(dataset):
    deliver(dataset, "2024")
    deliver(dataset, "2025")
    assert jobs.check_pending() == 1
    assert jobs.check_pending() == 0


def test_what_cannot_be_measured_is_said_once_and_tried_again(dataset):
    resource = deliver(dataset, "2024")
    _forget(HASH)
    Path(uploader.get_resource_uploader(resource).get_path(resource["id"])).unlink()
    assert jobs.check_pending() == 1
    assert jobs.check_pending() == 0
    assert jobs.check_pending(retry=True) == 1
    assert not model.Session().in_transaction()  # and no lock is held while the next one is read
    (row,) = model.Session.scalars(sa.select(Check)).all()
    assert (row.readable, row.failures[0]["reason"]) == (None, "content_missing")
    evidence.keep(io.BytesIO(TABLE))
    assert jobs.check_pending(retry=True) == 1
    last = model.Session.scalars(sa.select(Check).order_by(Check.id)).all()[-1]
    assert (last.readable, last.rows) == (True, 2)


def test_a_new_checker_adds_a_row_for_what_is_still_stated(dataset, monkeypatch):
    resource = deliver(dataset, "2024")
    call_action("resource_patch", id=resource["id"], upload=upload(OTHER))
    jobs.check_pending()
    monkeypatch.setattr(checks, "CHECKER", checks.CHECKER + 1)
    assert jobs.check_pending() == 1
    rows = model.Session.scalars(sa.select(Check).order_by(Check.id)).all()
    assert [row.sha256 for row in rows].count(OTHER_HASH) == 2
    assert [row.checker for row in rows][-1] == checks.CHECKER


def test_a_store_that_cannot_be_written_does_not_break_the_upload(dataset, caplog, monkeypatch):
    monkeypatch.setattr(evidence, "FOLDER", "/proc/satudata")
    resource = deliver(dataset, "2024")
    assert resource["id"]
    assert "was not kept" in caplog.text
    event = model.Session.scalars(sa.select(Event)).one()
    assert (event.kind, event.sha256) == ("delivered", HASH)
    monkeypatch.undo()
    _forget(HASH)
    assert reconcile.mend().kept == 1


def test_a_file_changed_in_the_storage_is_found_and_counts_from_now(dataset):
    resource = deliver(dataset, "2024")
    path = Path(uploader.get_resource_uploader(resource).get_path(resource["id"]))
    path.write_bytes(OTHER)
    mended = reconcile.mend()
    assert (mended.datasets, mended.files, mended.missing) == (1, 1, [])
    events = model.Session.scalars(sa.select(Event).order_by(Event.id)).all()
    assert [(one.kind, one.sha256, one.source) for one in events] == [
        ("delivered", HASH, "job"),
        ("replaced", OTHER_HASH, "reconciled"),
    ]
    same_size = TABLE.replace(b"1", b"7") + OTHER[len(TABLE) :]
    path.write_bytes(same_size)
    assert reconcile.mend().files == 0
    assert reconcile.mend(read_all=True).files == 1


def test_a_file_that_came_before_its_period_is_kept_when_it_counts(dataset):
    _forget(HASH)
    resource = deliver(dataset)
    assert not evidence.has(HASH)
    assert model.Session.get(ResourceFact, resource["id"]).sha256 == HASH
    call_action("resource_patch", id=resource["id"], sd_periode='["2024"]')
    assert evidence.has(HASH)


def test_the_command_tells_what_it_mended(dataset, cli):
    deliver(dataset, "2024")
    done = cli.invoke(ckan, ["satudata", "rebuild", "--read-all"])
    assert "Datasets mended: 0" in done.output, done.output
    assert done.exit_code == 0
    _forget(HASH)
    call_action("dataset_purge", id=dataset["id"])
    done = cli.invoke(ckan, ["satudata", "rebuild"])
    assert done.exit_code == 1
    assert HASH in done.output


@pytest.mark.parametrize("by", ["package_update", "package_create", "package_revise"])
def test_a_file_of_another_dataset_is_refused_and_stays(dataset, opd, item, by):
    resource = deliver(dataset, "2024")
    thief = make_dataset(opd, sd_item=item.id)
    stolen = [{"id": resource["id"], "url": "http://x", "sd_periode": ["2024"]}]
    requests = {
        "package_update": {"id": thief["name"], "resources": stolen},
        "package_create": {"name": "baru", "owner_org": opd["id"], "resources": stolen},
        "package_revise": {"match": {"id": thief["id"]}, "update": {"resources": stolen}},
    }
    with pytest.raises(toolkit.ValidationError) as refused:
        call_action(by, **requests[by])
    model.Session.rollback()
    assert "another dataset" in str(refused.value.error_dict["resources"])
    assert call_action("resource_show", id=resource["id"])["package_id"] == dataset["id"]
    assert [one.kind for one in model.Session.scalars(sa.select(Event))] == ["delivered"]
