"""The log of claims: its last event is the state; times never run back; metadata have a log."""

from __future__ import annotations

import datetime as dt
import json

import ckan.model as model
import sqlalchemy as sa
from ckan.tests.helpers import call_action
from hypothesis import given
from hypothesis import strategies as st

from ckanext.satudata import clock
from ckanext.satudata.delivery import facts, ledger, metadata_log
from ckanext.satudata.delivery.model import Event, MetadataEvent, PackageFact
from ckanext.satudata.delivery.origin import Origin
from tests.delivery.conftest import OTHER, deliver, upload
from tests.factories import make_dataset, make_opd

FIRST = dt.datetime(2026, 1, 5, 3, tzinfo=dt.timezone.utc)


def events() -> list[Event]:
    model.Session.expire_all()
    return list(model.Session.scalars(sa.select(Event).order_by(Event.id)))


def metadata_events() -> list[MetadataEvent]:
    return list(model.Session.scalars(sa.select(MetadataEvent).order_by(MetadataEvent.id)))


HELD = ledger.State("p", "o1", False, "aa", 1, None, "a.csv")
STATES = st.builds(
    HELD._replace, org_id=st.sampled_from(["o1", "o2", None]), private=st.booleans()
).flatmap(
    lambda state: st.sampled_from(
        [
            state,
            state._replace(sha256="bb"),
            state._replace(sha256=None, bytes=None, filename=None, url="http://a"),
            state._replace(sha256=None, bytes=None, filename=None, url="http://b"),
        ]
    )
)
KEYS = st.sampled_from([ledger.Key("r", "i", period) for period in ("2024", "2025")])


@given(st.lists(st.tuples(st.dictionaries(KEYS, STATES), st.integers(-5, 5)), max_size=12))
def test_after_any_history_the_last_events_say_what_is_claimed_and_nothing_is_said_twice(history):
    last: dict[ledger.Key, ledger.Last] = {}
    for claimed, minutes in history:
        moment = FIRST + dt.timedelta(minutes=minutes)
        with clock.at(moment):
            rows = ledger.events(claimed, last, lambda: Origin("portal"))
        for row in rows:
            key = ledger.Key(*(row[name] for name in ledger.Key._fields))
            state = ledger.State(*(row[name] for name in ledger.State._fields))
            assert key not in last or row["at"] >= last[key].at
            assert row["counts_at"] == row["at"] >= moment
            last[key] = ledger.Last(row["at"], row["kind"], state)
        standing = {key: one.state for key, one in last.items() if one.kind != "withdrawn"}
        assert standing == claimed
        assert ledger.events(claimed, last, lambda: Origin("portal")) == []


def test_changes_at_once_are_one_event_that_holds_them_all(dataset):
    resource = deliver(dataset, "2025")
    other = make_opd("dinas-lain", {"name": "pemerintah-kota-uji"})
    for statement in (
        "UPDATE package SET owner_org = :org, private = true WHERE id = :package",
        "UPDATE resource SET url_type = NULL, url = 'https://x/y.csv' WHERE id = :id",
    ):
        model.Session.execute(
            sa.text(statement),
            {"org": other["id"], "package": dataset["id"], "id": resource["id"]},
        )
    model.Session.commit()
    facts.rebuild()
    assert len(events()) == 2
    last = events()[-1]
    assert (last.kind, last.org_id, last.private, last.sha256, last.url, last.filename) == (
        "stated", other["id"], True, None, "https://x/y.csv", None,
    )  # fmt: skip


def test_an_event_holds_the_whole_state(dataset, opd, item):
    with clock.at(FIRST):
        resource = deliver(dataset, "2025")
    event = events()[0]
    assert (event.url, event.filename, event.private) == (None, "data.csv", False)
    assert event.at == event.counts_at == FIRST
    assert event.source == "job"
    call_action("resource_delete", id=resource["id"])
    gone = events()[-1]
    assert (gone.kind, gone.sha256, gone.filename) == ("withdrawn", None, None)
    assert (gone.org_id, gone.package_id) == (opd["id"], dataset["id"])


def test_another_link_is_told_and_is_no_delivery(dataset):
    link = call_action(
        "resource_create",
        package_id=dataset["id"],
        url="https://example.org/a.csv",
        sd_periode='["2025"]',
    )
    call_action("resource_patch", id=link["id"], description="Keterangan")
    call_action("resource_patch", id=link["id"], url="https://example.org/b.csv")
    assert [(event.kind, event.url) for event in events()] == [
        ("stated", "https://example.org/a.csv"),
        ("relinked", "https://example.org/b.csv"),
    ]


def test_another_name_of_the_same_file_is_no_event(dataset):
    resource = deliver(dataset, "2025")
    call_action("resource_patch", id=resource["id"], upload=upload(name="lain.csv"))
    assert len(events()) == 1


def test_a_clock_set_back_does_not_turn_time_back_within_a_claim(dataset):
    with clock.at(FIRST):
        resource = deliver(dataset, "2025")
    with clock.at(FIRST - dt.timedelta(days=1)):
        call_action("resource_patch", id=resource["id"], upload=upload(OTHER))
        deliver(dataset, "2024")
    replaced, earlier = events()[1:]
    assert (replaced.kind, replaced.at) == ("replaced", FIRST)
    assert (earlier.kind, earlier.at) == ("delivered", FIRST - dt.timedelta(days=1))


def test_metadata_are_logged_from_the_first_claim_on_and_only_when_they_change(dataset, opd):
    call_action("package_patch", id=dataset["id"], notes="Sebelum ada berkas")
    assert metadata_events() == []
    with clock.at(FIRST):
        deliver(dataset, "2025")
    (first,) = metadata_events()
    fact = model.Session.get(PackageFact, dataset["id"])
    assert {name: getattr(first, name) for name in metadata_log.COUNTS} == {
        name: getattr(fact, name) for name in metadata_log.COUNTS
    }
    assert (first.at, first.values["notes"]) == (FIRST, "Sebelum ada berkas")
    assert first.sha256 == metadata_log.digest(first.values)
    call_action("package_patch", id=dataset["id"], tag_string="satu,dua", version="2")
    deliver(dataset, "2024")
    assert len(metadata_events()) == 1
    call_action("package_patch", id=dataset["id"], notes="Sesudah")
    call_action("package_patch", id=dataset["id"], sd_satuan="Orang")
    changed = metadata_events()
    assert [one.values.get("sd_satuan") for one in changed] == [None, None, "Orang"]
    assert changed[1].filled == changed[0].filled < changed[2].filled
    assert facts.rebuild() == 0
    assert len(metadata_events()) == 3


def test_a_missed_change_of_metadata_is_logged_by_the_rebuild(dataset):
    deliver(dataset, "2025")
    model.Session.execute(
        sa.text("UPDATE package SET extras = extras || CAST(:more AS jsonb) WHERE id = :id"),
        {"more": json.dumps({"sd_satuan": "Orang"}), "id": dataset["id"]},
    )
    model.Session.commit()
    assert facts.rebuild() == 1
    assert metadata_events()[-1].values["sd_satuan"] == "Orang"
    assert facts.rebuild() == 0


def test_what_the_rebuild_finds_is_marked_so(opd, item):
    dataset = make_dataset(opd, sd_item=item.id, private=True)
    deliver(dataset, "2025")
    model.Session.execute(
        sa.text("UPDATE package SET private = false WHERE id = :id"), {"id": dataset["id"]}
    )
    model.Session.commit()
    facts.rebuild()
    assert [(one.kind, one.source, one.private) for one in events()] == [
        ("delivered", "job", True),
        ("shown", "reconciled", False),
    ]


def test_a_resource_moved_by_sql_is_delivered_where_it_is_now(dataset, opd, item):
    resource = deliver(dataset, "2025")
    other = make_dataset(opd, sd_item=item.id)
    model.Session.execute(
        sa.text("UPDATE resource SET package_id = :to WHERE id = :id"),
        {"to": other["id"], "id": resource["id"]},
    )
    model.Session.commit()
    facts.rebuild()
    assert facts.rebuild() == 0
    last = events()[-1]
    assert (last.kind, last.package_id) == ("delivered", other["id"])


def test_a_change_made_while_the_rebuild_looks_is_not_undone(dataset, monkeypatch):
    """What the rebuild saw is old when it writes: it looks again, with the dataset locked."""
    deliver(dataset, "2025")
    model.Session.execute(
        sa.text("UPDATE package SET private = true WHERE id = :id"), {"id": dataset["id"]}
    )
    model.Session.commit()
    looked = facts._to_mend

    def look_while_it_is_shown_again(ids):
        found = looked(ids)
        call_action("package_patch", id=dataset["id"], private=False, notes="Terbuka")
        return found

    monkeypatch.setattr(facts, "_to_mend", look_while_it_is_shown_again)
    facts.rebuild()
    assert [one.kind for one in events()] == ["delivered"]
