"""The recorder over CKAN's own API: what becomes an event and what does not."""

from __future__ import annotations

import datetime as dt
import io
import json
from collections import Counter

import ckan.model as model
import pytest
import sqlalchemy as sa
from ckan.plugins import toolkit
from ckan.tests import factories
from ckan.tests.helpers import call_action
from sqlalchemy.exc import DBAPIError
from werkzeug.datastructures import FileStorage

from ckanext.satudata import clock
from ckanext.satudata.delivery import facts, recorder
from ckanext.satudata.delivery.model import Event, PackageFact, ResourceFact, Touched
from ckanext.satudata.metadata import completeness
from ckanext.satudata.register.model import Claim
from tests.factories import complete, make_dataset, make_item, make_opd, make_root

pytestmark = pytest.mark.usefixtures("clean_portal")

TABLE = b"wilayah,jumlah\nUtara,1\nSelatan,2\n"


def upload(content: bytes = TABLE, name: str = "data.csv") -> FileStorage:
    return FileStorage(io.BytesIO(content), filename=name)


def deliver(dataset, *periods, content: bytes = TABLE, **fields):
    return call_action(
        "resource_create",
        package_id=dataset["id"],
        upload=upload(content),
        url="",
        format="CSV",
        sd_periode=json.dumps(periods),
        **fields,
    )


def kinds(**where) -> Counter:
    rows = model.Session.scalars(sa.select(Event).filter_by(**where))
    return Counter((row.kind, row.period) for row in rows)


def snapshot():
    """All facts and claims, comparable."""
    found = []
    for table in (PackageFact, ResourceFact, Claim):
        columns = [getattr(table, column.key) for column in sa.inspect(table).columns]
        rows = model.Session.execute(sa.select(*columns)).all()
        found.append(sorted(map(repr, rows)))
    return found


@pytest.fixture
def opd():
    return make_opd("dinas-uji", make_root())


@pytest.fixture
def item(opd):
    return make_item(opd)


@pytest.fixture
def dataset(opd, item):
    return make_dataset(opd, sd_item=item.id)


def test_an_upload_is_a_delivery_with_hash_size_and_time(dataset, item, opd):
    moment = dt.datetime(2025, 3, 31, 16, 59, 59, tzinfo=dt.timezone.utc)
    with clock.at(moment):
        resource = deliver(dataset, "2024")
    event = model.Session.scalars(sa.select(Event)).one()
    assert (event.kind, event.item_id, event.period) == ("delivered", item.id, "2024")
    assert (event.at, event.resource_id, event.org_id) == (moment, resource["id"], opd["id"])
    assert event.bytes == len(TABLE)
    assert len(event.sha256) == 64
    assert set(model.Session.scalars(sa.select(Touched.org_id))) == {opd["id"]}


def test_only_new_periods_of_a_growing_table_are_deliveries(dataset):
    resource = deliver(dataset, "2025-01")
    call_action(
        "resource_patch",
        id=resource["id"],
        upload=upload(TABLE + b"Timur,3\n"),
        sd_periode=json.dumps(["2025-01", "2025-02"]),
    )
    assert kinds() == {
        ("delivered", "2025-01"): 1,
        ("replaced", "2025-01"): 1,
        ("delivered", "2025-02"): 1,
    }


def test_editing_and_reordering_is_no_event(dataset):
    first, second = deliver(dataset, "2023"), deliver(dataset, "2024")
    before = kinds()
    for _ in range(2):
        call_action("package_patch", id=dataset["id"], title="Judul Lain", notes="Catatan")
        call_action("resource_patch", id=first["id"], description="Keterangan")
        call_action("resource_patch", id=first["id"], validation_status="success")
    call_action("package_resource_reorder", id=dataset["id"], order=[second["id"], first["id"]])
    call_action("package_update", **call_action("package_show", id=dataset["id"]))
    assert kinds() == before


def test_uploading_the_same_content_again_is_no_event(dataset):
    resource = deliver(dataset, "2024")
    call_action("resource_patch", id=resource["id"], upload=upload())
    assert kinds() == {("delivered", "2024"): 1}


def test_a_link_is_stated_and_becomes_a_delivery_when_uploaded(dataset):
    resource = call_action(
        "resource_create",
        package_id=dataset["id"],
        url="https://example.org/data.csv",
        sd_periode=json.dumps(["2024"]),
    )
    assert kinds() == {("stated", "2024"): 1}
    call_action("resource_patch", id=resource["id"], upload=upload(), url="")
    assert kinds() == {("stated", "2024"): 1, ("delivered", "2024"): 1}


@pytest.mark.parametrize(
    "take_away",
    [
        lambda dataset, resource: call_action("resource_delete", id=resource["id"]),
        lambda dataset, resource: call_action("package_delete", id=dataset["id"]),
        lambda dataset, resource: call_action("dataset_purge", id=dataset["id"]),
        lambda dataset, resource: call_action("resource_patch", id=resource["id"], sd_periode="[]"),
    ],
    ids=["resource_delete", "package_delete", "dataset_purge", "period taken out"],
)
def test_what_is_taken_away_is_withdrawn(dataset, take_away):
    resource = deliver(dataset, "2024")
    take_away(dataset, resource)
    assert kinds() == {("delivered", "2024"): 1, ("withdrawn", "2024"): 1}
    assert model.Session.scalars(sa.select(Claim)).all() == []


def test_purge_leaves_no_fact(dataset):
    deliver(dataset, "2024")
    call_action("dataset_purge", id=dataset["id"])
    assert snapshot() == [[], [], []]


def test_owner_and_visibility_are_events_with_the_whole_state(dataset, opd):
    deliver(dataset, "2024")
    other = make_opd("dinas-lain", make_opd("kota-lain", None, kind="pemerintah_daerah"))
    call_action("package_owner_org_update", id=dataset["id"], organization_id=other["id"])
    call_action("bulk_update_private", datasets=[dataset["id"]], org_id=other["id"])
    fact = model.Session.scalars(sa.select(PackageFact)).one()
    model.Session.refresh(fact)
    assert (fact.org_id, fact.private) == (other["id"], True)
    events = model.Session.scalars(sa.select(Event).order_by(Event.id)).all()
    assert [(event.kind, event.org_id, event.private) for event in events] == [
        ("delivered", opd["id"], False),
        ("moved", other["id"], False),
        ("hidden", other["id"], True),
    ]
    assert len({(event.sha256, event.bytes, event.filename) for event in events}) == 1
    call_action("bulk_update_public", datasets=[dataset["id"]], org_id=other["id"])
    assert kinds()["shown", "2024"] == 1


def test_a_draft_delivers_when_it_becomes_active(opd, item):
    dataset = make_dataset(opd, sd_item=item.id, state="draft")
    deliver(dataset, "2024")
    assert kinds() == {}
    call_action("package_patch", id=dataset["id"], state="active")
    assert kinds() == {("delivered", "2024"): 1}


def test_foreign_values_claim_nothing_and_save(dataset):
    resource = model.Resource(
        package_id=dataset["id"], url="http://x", extras={"sd_periode": '["20', "sd_items": "{"}
    )
    model.Session.add(resource)
    model.repo.commit()
    assert kinds() == {}
    assert model.Session.scalars(sa.select(ResourceFact.resource_id)).all() == [resource.id]


def test_a_broken_table_of_ours_does_not_break_the_saving(dataset, caplog):
    name = ResourceFact.__tablename__
    model.Session.execute(sa.text(f"ALTER TABLE {name} RENAME TO satudata_away"))
    model.Session.commit()
    try:
        resource = deliver(dataset, "2024")
    finally:
        model.Session.execute(sa.text(f"ALTER TABLE satudata_away RENAME TO {name}"))
        model.Session.commit()
    assert call_action("resource_show", id=resource["id"])["url"]
    assert "was not recorded" in caplog.text
    assert facts.rebuild() == 1
    assert kinds() == {("delivered", "2024"): 1}


def test_who_stops_the_process_while_a_save_is_recorded_is_heard(dataset, monkeypatch):
    def stopped(session, *_):
        session.connection().invalidate()  # as SQLAlchemy does when a statement is cut off
        raise KeyboardInterrupt

    monkeypatch.setattr(recorder, "record_package", stopped)
    with pytest.raises(KeyboardInterrupt):
        recorder.record(model.Package.get(dataset["id"]), "changed")
    model.Session.rollback()


def test_rebuild_gives_the_same_facts_and_no_new_event(dataset, opd, item):
    resource = deliver(dataset, "2023", "2024")
    deliver(make_dataset(opd, sd_item=item.id, private=True), "2022")
    gone = deliver(make_dataset(opd, sd_item=item.id), "2021")
    call_action("package_delete", id=gone["package_id"])
    call_action("resource_patch", id=resource["id"], upload=upload(TABLE + b"Timur,3\n"))
    facts_before, events_before = snapshot(), kinds()
    assert facts.rebuild() == 0
    for table in (PackageFact, ResourceFact, Claim):
        model.Session.execute(sa.delete(table))
    model.Session.commit()
    assert facts.rebuild() > 0
    assert snapshot() == facts_before
    assert kinds() == events_before


def test_a_rebuild_counts_the_metadata_as_the_recorder_does(opd):
    """In one query for many datasets, also of what is stored past any form."""
    rows = [{"nama": "Umur", "definisi": "Umur dalam tahun"}, {"nama": "-"}]
    made = [
        make_dataset(opd),
        make_dataset(opd, **complete(opd)),
        make_dataset(opd, sd_variabel=rows, sd_sifat="dinamis", sd_indikator_komposit="true"),
    ]
    odd = make_dataset(opd, sd_satuan="Orang")
    extras = {"sd_variabel": '[{"nama": "Umur"', "sd_satuan": "\u3000N/A", "sd_sifat": " dinamis"}
    model.Session.execute(
        sa.text("UPDATE package SET extras = CAST(:extras AS jsonb) WHERE id = :id"),
        {"extras": json.dumps(extras), "id": odd["id"]},
    )
    model.Session.commit()
    assert facts.rebuild() == 1
    found = {row.package_id: row for row in model.Session.scalars(sa.select(PackageFact))}
    for one in (*made, odd):
        fact = completeness.facts_of(model.Package.get(one["id"])).fact
        assert {name: getattr(found[one["id"]], name) for name in fact} == fact
    assert found[made[1]["id"]].missing == []
    assert "sd_satuan" in found[odd["id"]].missing
    assert "sd_frekuensi" in found[odd["id"]].missing


def test_events_refuse_change(dataset):
    deliver(dataset, "2024")
    for statement in (
        "UPDATE satudata_event SET at = now()",
        "DELETE FROM satudata_event",
        "TRUNCATE satudata_event",
    ):
        model.Session.execute(sa.text("SET LOCAL satudata.append_only = 'on'"))
        with pytest.raises(DBAPIError, match="is refused"):
            model.Session.execute(sa.text(statement))
        model.Session.rollback()


def test_the_actor_is_the_user_of_the_request(app, opd, item):
    editor = factories.UserWithToken()
    call_action(
        "member_create", id=opd["id"], object=editor["id"], object_type="user", capacity="editor"
    )
    dataset = make_dataset(opd, sd_item=item.id)
    answer = app.post(
        toolkit.url_for("api.action", ver=3, logic_function="resource_create"),
        headers={"Authorization": editor["token"]},
        data={
            "package_id": dataset["id"],
            "sd_periode": '["2024"]',
            "format": "CSV",
            "upload": (io.BytesIO(TABLE), "data.csv"),
        },
    )
    assert answer.status_code == 200
    assert model.Session.scalars(sa.select(Event.actor)).all() == [editor["id"]]
