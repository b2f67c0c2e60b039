"""After its decree the register is changed by numbered decisions, and opened quarters tell."""

from __future__ import annotations

import datetime as dt
import json

import ckan.model as model
import pytest
import sqlalchemy as sa
from ckan.plugins import toolkit
from ckan.tests.helpers import call_action

from ckanext.satudata import clock
from ckanext.satudata.register import (
    confirming,
    decisions,
    imports,
    obligations,
    rhythms,
    versions,
)
from ckanext.satudata.register.daftar_data import identity
from ckanext.satudata.register.model import Claim, Decision, Item, ItemRhythm, Obligation
from tests.at_once import at_once
from tests.factories import make_dataset, make_item, make_user
from tests.register.test_import import register
from tests.register.test_sealing import open_quarter

MAY = dt.datetime(2026, 5, 4, 3, tzinfo=dt.timezone.utc)
LETTER = {"number": "000.5/9/2026", "reason": "Surat Dinas Kesehatan"}
HEADER = "Penghasil Data;Nama Data;Periode Data;Jadwal Rilis;Satuan"


@pytest.fixture(autouse=True)
def in_may():
    with clock.at(MAY):
        yield


@pytest.fixture
def walidata(city):
    return make_user("admin", city["root"])["name"]


@pytest.fixture
def ask(walidata):
    def call(name, /, **data):
        context = {"user": walidata, "ignore_auth": False}
        return call_action(f"satudata_{name}", context, **data)

    return call


def owe(org, name="Kasus DBD", frequency="Bulanan", schedule="tahun berjalan bulan (n+1)", **more):
    item = make_item(org, name, **more)
    item.identity = identity(item.org_id, item.name, item.unit, "")
    for rhythm in rhythms.read(frequency, schedule):
        model.Session.add(ItemRhythm(item_id=item.id, since=dt.date(2026, 1, 1), **rhythm.values()))
    model.Session.commit()
    return item


@pytest.fixture
def item(city):
    """A monthly item whose register is established and whose TW II has opened."""
    made = owe(city["dinkes"])
    decisions.record("establishment", reason="SK", number="1/2026", actor=None, year=2026)
    open_quarter()
    return made


def duties(item, **wanted):
    model.Session.expire_all()
    rows = model.Session.scalars(
        sa.select(Obligation).filter_by(item_id=item.id, **wanted).order_by(Obligation.due)
    )
    return list(rows)


def decided(kind):
    return list(model.Session.scalars(sa.select(Decision).filter_by(kind=kind)))


def waived():
    rows = [model.Session.get(Obligation, row.obligation_id) for row in decided("waiver")]
    return sorted(row.period for row in rows)


def faults(field, call, *args, **data):
    with pytest.raises(toolkit.ValidationError) as error:
        call(*args, **data)
    return " ".join(error.value.error_dict[field])


def test_closing_waives_what_lies_ahead_in_an_opened_quarter(ask, item):
    done = ask("item_close", id=item.id, day="2026-05-31", **LETTER)
    # Due 30 April stays owed, 31 May is the last day, 30 June is waived, TW III is gone.
    assert [row.due.month for row in duties(item)] == [1, 2, 3, 4, 5, 6]
    assert waived() == ["2026-05"]
    [waiver] = decided("waiver")
    assert (waiver.number, waiver.reason) == (LETTER["number"], LETTER["reason"])
    assert waiver.details == {"part_of": done["decision_id"]}
    assert (waiver.year, waiver.tw) == (2026, 2)
    assert model.Session.get(Item, item.id).valid_to == dt.date(2026, 5, 31)
    assert versions.current() == "2026.2"
    obligations.ensure()
    assert waived() == ["2026-05"]


def test_closing_keeps_what_was_delivered_and_waives_nothing_twice(ask, item):
    june, may = duties(item, period="2026-05")[0], duties(item, period="2026-04")[0]
    model.Session.add(Claim(resource_id="r", item_id=item.id, period=may.period))
    decisions.record("waiver", reason="x", number="8", actor=None, obligation_id=june.id)
    model.Session.commit()
    ask("item_close", id=item.id, **LETTER)
    assert [row.number for row in decided("waiver")] == ["8"]


def test_a_rhythm_that_is_owed_no_more_is_waived_and_the_new_one_begins(ask, item):
    ask("item_amend", id=item.id, values={"frequency": "Semester", "schedule": ""}, **LETTER)
    assert waived() == ["2026-04", "2026-05"]
    assert {row.frequency for row in duties(item, tw=3, year=2026)} == {"S"}
    [change] = decided("amendment")
    assert change.details["changes"] == {
        "frequency": ["Bulanan", "Semester"],
        "schedule": ["tahun berjalan bulan (n+1)", ""],
    }


def test_a_new_name_and_priority_leave_sealed_duties_as_they_were(ask, item):
    ask("item_amend", id=item.id, values={"name": "Kasus dengue", "priority": True}, **LETTER)
    sealed = duties(item, tw=2)[0]
    assert (sealed.item_name, sealed.priority) == ("Kasus DBD", False)
    changed = model.Session.get(Item, item.id)
    assert changed.identity == identity(changed.org_id, "Kasus dengue", "Orang", "")
    assert not waived()


@pytest.mark.parametrize(
    ("values", "field"),
    [({"name": "Kasus DBD"}, "values"), ({"name": ""}, "name"), ({"schedule": "Maret"}, "schedule"),
     ({}, "values"), ({"name": "Lain"}, "name")],
)  # fmt: skip
def test_an_amendment_that_changes_nothing_or_cannot_be_is_refused(ask, item, city, values, field):
    owe(city["dinkes"], "Lain")
    assert faults(field, ask, "item_amend", id=item.id, values=values, **LETTER)
    assert not decided("amendment")


@pytest.mark.parametrize(
    ("changes", "field"),
    [({"number": ""}, "number"), ({"reason": " "}, "reason"), ({"dated": "2026-05-05"}, "dated"),
     ({"dated": "x"}, "dated")],
)  # fmt: skip
@pytest.mark.parametrize("action", ["item_amend", "item_close", "item_open"])
def test_a_change_needs_a_letter(ask, item, action, changes, field):
    about = {
        "item_amend": {"id": item.id, "values": {"unit": "Kasus"}},
        "item_close": {"id": item.id},
        "item_open": {"org": item.org_id, "values": {"name": "Baru", "frequency": "Tahunan"}},
    }[action]
    assert faults(field, ask, action, **about, **{**LETTER, **changes})
    model.Session.expire_all()
    assert (item.unit, item.valid_to) == ("Orang", None)
    assert len(model.Session.scalars(sa.select(Item)).all()) == 1


def test_no_change_takes_effect_in_the_past(ask, item):
    past = "2026-05-03"
    assert "past" in faults("day", ask, "item_close", id=item.id, day=past, **LETTER)
    assert "past" in faults(
        "since", ask, "item_amend", id=item.id, values={"unit": "x"}, since=past, **LETTER
    )
    assert "past" in faults(
        "valid_from", imports.new_run, "daftar-data", register("a;b"), "a.csv",
        valid_from=dt.date(2026, 5, 3),
        letter=imports.Letter("1", "x"),
    )  # fmt: skip


def test_an_opened_item_owes_nothing_for_twenty_working_days(ask, item, city):
    values = {"name": "Posyandu", "unit": "Unit", "frequency": "Bulanan", "contributors": ["bkkbn"]}
    made = ask("item_open", org="dinas-kesehatan", values=values, **LETTER)
    opened = model.Session.get(Item, made["item_id"])
    first = duties(opened)[0]
    assert first.due == dt.date(2026, 6, 15)
    assert (first.sealed, first.item_name, first.register_version) == (MAY, "Posyandu", "2026.2")
    assert first.contributors == [city["bkkbn"]["id"]]
    assert "already" in faults("name", ask, "item_open", org="dinas-kesehatan", values=values,
                               **LETTER)  # fmt: skip


def test_an_item_that_has_ended_is_not_amended_but_opens_again_with_its_history(ask, item):
    ask("item_close", id=item.id, **LETTER)
    with clock.at(MAY + dt.timedelta(days=30)):
        assert "ended" in faults(
            "id", ask, "item_amend", id=item.id, values={"unit": "Kasus"}, **LETTER
        )
        assert "ended" in faults("id", ask, "item_close", id=item.id, **LETTER)
        values = {"name": "Kasus DBD", "unit": "Orang", "frequency": "Tahunan"}
        again = ask("item_open", org="dinas-kesehatan", values=values, **LETTER)
    assert again["item_id"] == item.id
    shown = ask("item_show", id=item.id)
    assert [row["kind"] for row in shown["history"]] == ["item_open", "item_close"]
    assert shown["valid_to"] is None


def a_file(*lines):
    return "\n".join((HEADER, *lines)).encode()


FILE = a_file(
    "Dinas Kesehatan;Kasus DBD;Tahunan;Mei n+1;Orang", "Dinas Kesehatan;Baru;Tahunan;Mei n+1;Unit"
)


def test_an_import_amends_the_established_register_by_number(item):
    with pytest.raises(toolkit.ValidationError):
        imports.new_run("daftar-data", FILE, "a.csv")
    run = imports.new_run("daftar-data", FILE, "a.csv", letter=imports.Letter(**LETTER))
    model.Session.flush()
    imports.execute(run)
    head, *parts = model.Session.scalars(
        sa.select(Decision)
        .where(Decision.kind.in_(["amendment", "item_open"]))
        .order_by(Decision.id)
    )
    assert (head.number, head.item_id, head.details["counts"]["changed"]) == (
        LETTER["number"], None, 1,
    )  # fmt: skip
    told = {row.item_id: row for row in parts}
    assert {row.details["part_of"] for row in parts} == {head.id}
    assert told[item.id].details["changes"]["schedule"] == ["tahun berjalan bulan (n+1)", "Mei n+1"]
    assert sorted(row.kind for row in parts) == ["amendment", "item_open"]
    assert waived() == ["2026-04", "2026-05"]
    assert versions.current() == "2026.2"


def test_an_import_that_changes_nothing_decides_nothing(item):
    same = a_file("Dinas Kesehatan;Kasus DBD;Bulanan;tahun berjalan bulan (n+1);Orang")
    run = imports.new_run("daftar-data", same, "a.csv", letter=imports.Letter(**LETTER))
    model.Session.flush()
    imports.execute(run)
    assert versions.current() == "2026.1"


def test_an_established_register_is_scheduled_by_number(ask, item):
    data = {"id": item.id, "rhythm": "M", "schedule": "tahun berjalan bulan (n+2)"}
    assert "2026" in faults("number", ask, "item_schedule", **data)
    assert "past" in faults("since", ask, "item_schedule", **data, since="2026-01-01", **LETTER)
    before = [row.due for row in duties(item, year=2026)]
    ask("item_schedule", **data, **LETTER)
    after = [row.due for row in duties(item, year=2026)]
    assert after[:6] == before[:6]  # fallen due, or of the opened quarter
    assert after[6] == dt.date(2026, 8, 31)
    [change] = decided("amendment")
    assert change.details["changes"]["schedule"][1] == "tahun berjalan bulan (n+2)"


def test_of_two_who_schedule_a_rhythm_at_once_the_second_is_told(app, ask, item):
    asked = {"id": item.id, "rhythm": "M", "schedule": "Mei n+1", **LETTER}

    def schedule(frequency):
        with app.flask_app.test_request_context(), clock.at(MAY):
            return ask("item_schedule", frequency=frequency, **asked)

    told = at_once(lambda: schedule("A"), lambda: schedule("S"))
    refused = [one for one in told if isinstance(one, Exception)]
    assert [type(one) for one in refused] == [toolkit.ObjectNotFound], told


@pytest.fixture
def static(city):
    """Static data delivered for 2024, with the duty of 2025 open."""
    item = owe(city["dinkes"], "Luas wilayah", "Tetap", "Juni n+1", dynamic=False)
    with clock.at(MAY - dt.timedelta(days=90)):
        obligations.ensure()
    model.Session.commit()
    file = {"url": "https://example.org/luas.csv", "format": "CSV", "sd_periode": ["2024"]}
    dataset = make_dataset(city["dinkes"], sd_item=item.id, resources=[file])
    return item, dataset["resources"][0]["id"]


def test_static_data_are_confirmed_by_one_period_more(city, static):
    item, resource_id = static
    editor = make_user("editor", city["dinkes"])["name"]
    shown = call_action("satudata_item_show", id=item.id)
    assert shown["to_confirm"][0] == "2025"
    done = call_action("satudata_item_confirm", {"user": editor, "ignore_auth": False}, id=item.id)
    assert done == {"resource_id": resource_id, "period": "2025"}
    stored = call_action("resource_show", id=resource_id)["sd_periode"]
    assert (json.loads(stored) if isinstance(stored, str) else stored) == ["2024", "2025"]
    claims = model.Session.scalars(sa.select(Claim.period).filter_by(item_id=item.id))
    assert sorted(claims) == ["2024", "2025"]


def test_what_cannot_be_confirmed_says_why(city, static, item):
    def confirm(**data):
        return call_action("satudata_item_confirm", **data)

    assert "changes" in faults("id", confirm, id=item.id)
    still = static[0]
    assert faults("period", confirm, id=still.id, period="2024")
    assert faults("period", confirm, id=still.id, period="2031")
    assert faults("period", confirm, id=still.id, period="kapan")
    assert faults("resource_id", confirm, id=still.id, resource_id="x")
    unheld = owe(city["dinkes"], "Garis pantai", "Tetap", "Juni n+1", dynamic=False)
    assert "deliver it first" in faults("resource_id", confirm, id=unheld.id)


def test_a_file_of_several_items_is_not_confirmed_for_one_of_them(city, static):
    item, resource_id = static
    other = owe(city["dinkes"], "Garis pantai", "Tetap", "Juni n+1", dynamic=False)
    both = {"id": resource_id, "sd_items": [item.id, other.id], "sd_periode": ["2024"]}
    call_action("resource_patch", **both)
    before = set(model.Session.execute(sa.select(Claim.item_id, Claim.period)))
    told = faults("resource_id", call_action, "satudata_item_confirm", id=item.id)
    assert "Garis pantai" in told
    assert "Luas wilayah" not in told
    assert set(model.Session.execute(sa.select(Claim.item_id, Claim.period))) == before

    file = {"url": "https://example.org/c.csv", "format": "CSV", "sd_periode": ["2023"]}
    own = make_dataset(city["dinkes"], sd_item=item.id, resources=[file])["resources"][0]["id"]
    done = call_action("satudata_item_confirm", id=item.id, resource_id=own)
    assert done == {"resource_id": own, "period": "2025"}


def test_another_opd_confirms_nothing(city, static):
    other = make_user("editor", city["dishut"])["name"]
    # Nor does its file stand for the producer's.
    file = {"url": "https://example.org/b.csv", "format": "CSV", "sd_periode": ["2025", "2026"]}
    make_dataset(city["dishut"], sd_item=static[0].id, resources=[file])
    assert confirming.find(static[0]).resource_id == static[1]
    assert confirming.find(static[0]).period == "2025"
    with pytest.raises(toolkit.NotAuthorized):
        call_action("satudata_item_confirm", {"user": other, "ignore_auth": False}, id=static[0].id)
