"""The yearly round: OPDs propose, the walidata answers, a decree establishes; nothing half-way."""

from __future__ import annotations

import datetime as dt
import threading

import ckan.model as model
import pytest
import sqlalchemy as sa
from ckan.plugins import toolkit
from ckan.tests.helpers import call_action

from ckanext.satudata import clock
from ckanext.satudata.register import obligations, rhythms, rounds, versions
from ckanext.satudata.register.daftar_data import identity
from ckanext.satudata.register.model import (
    Decision,
    Item,
    ItemRhythm,
    Obligation,
    Proposal,
    Round,
)
from tests.at_once import at_once
from tests.factories import make_item, make_user

NOVEMBER = dt.datetime(2026, 11, 2, 3, tzinfo=dt.timezone.utc)
DECEMBER = dt.datetime(2026, 12, 18, 3, tzinfo=dt.timezone.utc)
UNTIL = "2026-11-13"
DECREE = {
    "number": "000.5/112/2026", "dated": "2026-12-18", "reason": "Keputusan Wali Kota",
    "minutes_number": "BA/3/2026", "minutes_dated": "2026-12-02",
}  # fmt: skip
POSYANDU = {"name": "Jumlah Posyandu", "unit": "Unit", "frequency": "Bulanan"}


@pytest.fixture(autouse=True)
def in_november():
    with clock.at(NOVEMBER):
        yield


@pytest.fixture
def people(city):
    """Names of users by what they are."""
    return {
        "walidata": make_user("admin", city["root"])["name"],
        "dinkes": make_user("editor", city["dinkes"])["name"],
        "dishut": make_user("editor", city["dishut"])["name"],
    }


@pytest.fixture
def ask(people):
    def call(who, name, /, **data):
        context = {"user": people[who], "ignore_auth": False}
        return call_action(f"satudata_{name}", context, **data)

    return call


@pytest.fixture
def item(city):
    """A monthly item of the health office with its duties."""
    made = make_item(city["dinkes"], "Kasus DBD")
    made.identity = identity(made.org_id, made.name, made.unit, "")
    for rhythm in rhythms.read("Bulanan", "tahun berjalan bulan (n+1)"):
        model.Session.add(ItemRhythm(item_id=made.id, since=dt.date(2026, 1, 1), **rhythm.values()))
    model.Session.flush()
    obligations.ensure()
    model.Session.commit()
    return made


@pytest.fixture
def opened(ask):
    return ask("walidata", "round_open", year=2027, proposals_until=UNTIL)


def faults(field, call, *args, **data):
    """The messages of a refused call at ``field``."""
    with pytest.raises(toolkit.ValidationError) as error:
        call(*args, **data)
    return " ".join(error.value.error_dict[field])


def propose(ask, who="dinkes", **data):
    return ask(who, "proposal_create", **{"year": 2027, "reason": "Renstra 2027", **data})


def reload(kind, id):
    model.Session.expire_all()
    return model.Session.get(kind, id)


def dues(item_id, year):
    return model.Session.scalars(
        sa.select(Obligation.due)
        .where(Obligation.item_id == item_id, Obligation.year == year)
        .order_by(Obligation.due)
    ).all()


def establish(ask, **changes):
    with clock.at(DECEMBER):
        return ask("walidata", "round_establish", year=2027, **{**DECREE, **changes})


def discuss(ask, *answers, **fields):
    """Close the proposals; agree to those given."""
    with clock.at(DECEMBER - dt.timedelta(days=16)):
        ask("walidata", "round_discuss", year=2027)
        for proposal in answers:
            ask("walidata", "proposal_answer", id=proposal["id"], agree=True, **fields)


def test_a_round_from_proposals_to_the_decree(ask, opened, item, city):
    kept = make_item(city["dishut"], "Luas hutan")
    new = propose(ask, action="add", org="dinas-kesehatan", values=POSYANDU)
    change = propose(ask, action="change", item_id=item.id, values={
        "name": "Kasus demam berdarah", "schedule": "",
    })  # fmt: skip
    assert change["values"]["schedule"] == ""  # the default of the frequency
    refused = propose(ask, "dishut", action="end", item_id=kept.id, reason="Tidak dikumpulkan lagi")
    discuss(ask, new, change)
    with clock.at(DECEMBER):
        ask("walidata", "proposal_answer", id=refused["id"], agree=False, note="Masih diperlukan")
    shown = establish(ask)
    assert (shown["state"], shown["number"]) == ("ditetapkan", DECREE["number"])
    assert shown["details"] == {
        "minutes": {"number": "BA/3/2026", "dated": "2026-12-02"},
        "agreed": 2, "refused": 1, "carried_over": 1,
    }  # fmt: skip
    added = model.Session.scalars(sa.select(Item).where(Item.name == "Jumlah Posyandu")).one()
    assert added.valid_from == dt.date(2027, 1, 1)
    # The first duty is at least 20 working days after 1 January.
    assert dues(added.id, 2027)[0] == dt.date(2027, 2, 15)
    assert reload(Item, item.id).name == "Kasus demam berdarah"
    assert reload(Item, kept.id).valid_to is None
    states = {row.id: row.state for row in model.Session.scalars(sa.select(Proposal))}
    assert states == {new["id"]: "applied", change["id"]: "applied", refused["id"]: "refused"}
    assert versions.current(2027) == "2027.1"
    with clock.at(DECEMBER):
        assert versions.current() == "2026.0"


def test_the_log_tells_of_each_item_what_the_decree_did(ask, opened, item):
    change = propose(ask, action="change", item_id=item.id, values={"unit": "Kasus"})
    discuss(ask, change)
    establish(ask)
    head, part = model.Session.scalars(sa.select(Decision).order_by(Decision.id)).all()
    assert (head.kind, head.year, head.day) == ("establishment", 2027, dt.date(2027, 1, 1))
    assert (part.kind, part.item_id, part.number) == ("amendment", item.id, head.number)
    assert part.details["part_of"] == head.id
    assert part.details["changes"] == {"unit": ["Orang", "Kasus"]}


def test_not_our_task_ends_the_item_and_opens_it_where_it_belongs(ask, opened, item, city):
    objection = propose(ask, action="object", item_id=item.id, reason="Bukan kewenangan kami")
    discuss(ask, objection, producer="dinas-lingkungan-hidup")
    establish(ask)
    assert reload(Item, item.id).valid_to == dt.date(2026, 12, 31)
    assert not dues(item.id, 2027)
    passed = model.Session.scalars(sa.select(Item).where(Item.org_id == city["dlh"]["id"])).one()
    assert passed.name == "Kasus DBD"
    assert len(dues(passed.id, 2027)) == 11  # since February: 20 working days after 1 January


def test_not_our_task_needs_another_organisation(ask, opened, item):
    objection = propose(ask, action="object", item_id=item.id)
    discuss(ask)
    for producer in ("dinas-kesehatan", "tidak-ada"):
        assert "another" in faults(
            "producer", ask, "walidata", "proposal_answer",
            id=objection["id"], agree=True, producer=producer,
        )  # fmt: skip


def test_the_register_is_changed_by_the_decree_alone(ask, opened, item):
    before = dict(vars(reload(Item, item.id)))
    propose(ask, action="change", item_id=item.id, values={"name": "Kasus lain"})
    discuss(ask)
    assert reload(Item, item.id).name == before["name"]
    assert "no answer yet" in faults("year", establish, ask)


def test_what_cannot_be_written_leaves_all_as_it_was(ask, opened, item, city):
    new = propose(ask, action="add", org="dinas-kesehatan", values=POSYANDU)
    name = propose(ask, action="change", item_id=item.id, values={"name": "Jumlah Posyandu",
                                                                  "unit": "Unit"})  # fmt: skip
    discuss(ask, new, name)
    message = faults("proposals", establish, ask)
    assert "Jumlah Posyandu" in message
    assert "already" in message
    assert reload(Round, 2027).state == "pembahasan"
    assert reload(Proposal, new["id"]).state == "agreed"
    assert model.Session.scalar(sa.select(sa.func.count(Item.id))) == 1
    assert model.Session.scalar(sa.select(sa.func.count(Decision.id))) == 0


def test_steps_come_in_their_order(ask, opened):
    assert "not finished" not in faults("year", ask, "walidata", "round_open", year=2027,
                                        proposals_until=UNTIL)  # fmt: skip
    assert "2027" in faults("year", ask, "walidata", "round_open", year=2028, proposals_until=UNTIL)
    assert "Close the proposals first" in faults("year", establish, ask)
    assert "13" in faults("year", ask, "walidata", "round_discuss", year=2027)
    discuss(ask)
    with clock.at(DECEMBER):
        assert "already" in faults("year", ask, "walidata", "round_discuss", year=2027)
    establish(ask)
    with clock.at(DECEMBER):
        assert "established" in faults("year", establish, ask)


@pytest.mark.parametrize(
    ("year", "until", "field"),
    [(2025, UNTIL, "year"), (2029, UNTIL, "year"), (2027, "2026-11-01", "proposals_until"),
     ("x", UNTIL, "year"), (2027, "besok", "proposals_until"), (2027, "", "proposals_until")],
)  # fmt: skip
def test_a_round_needs_a_year_and_a_day_to_come(ask, year, until, field):
    assert faults(field, ask, "walidata", "round_open", year=year, proposals_until=until)
    assert not model.Session.scalars(sa.select(Round)).all()


@pytest.mark.parametrize(
    ("changes", "field"),
    [({"number": " "}, "number"), ({"reason": ""}, "reason"), ({"dated": "2027-01-01"}, "dated"),
     ({"minutes_number": ""}, "minutes_number"), ({"minutes_dated": "x"}, "minutes_dated")],
)  # fmt: skip
def test_a_decree_needs_its_papers(ask, opened, changes, field):
    discuss(ask)
    assert faults(field, establish, ask, **changes)
    assert reload(Round, 2027).state == "pembahasan"


def test_opds_propose_until_the_last_day_and_the_walidata_until_the_decree(ask, opened, item):
    last = dt.datetime(2026, 11, 13, 16, 59, 59, tzinfo=dt.timezone.utc)  # 23:59:59 WIB
    with clock.at(last):
        one = propose(ask, action="end", item_id=item.id)
        ask("dinkes", "proposal_withdraw", id=one["id"])
    with clock.at(last + dt.timedelta(seconds=1)):
        assert "13" in faults("year", propose, ask, action="end", item_id=item.id)
        again = propose(ask, "walidata", action="end", item_id=item.id)
        assert "13" in faults("year", ask, "dinkes", "proposal_withdraw", id=again["id"])
    discuss(ask, again)
    establish(ask)
    assert "amendments" in faults("year", propose, ask, "walidata", action="end", item_id=item.id)


@pytest.mark.parametrize(
    ("data", "field"),
    [
        ({"action": "add", "values": {"name": "X"}}, "frequency"),
        ({"action": "add", "values": {**POSYANDU, "name": ""}}, "name"),
        ({"action": "add", "values": {**POSYANDU, "schedule": "Maret"}}, "schedule"),
        ({"action": "add", "values": {**POSYANDU, "frequency": "kadang"}}, "frequency"),
        ({"action": "add", "values": {**POSYANDU, "colour": "red"}}, "colour"),
        ({"action": "add", "values": {**POSYANDU, "priority": "mungkin"}}, "priority"),
        ({"action": "add", "values": {**POSYANDU, "contributors": ["siapa"]}}, "contributors"),
        ({"action": "add", "values": {**POSYANDU, "name": "a\0"}}, "name"),
        ({"action": "add", "values": "x"}, "values"),
        ({"action": "remove"}, "action"),
        ({"action": "add", "values": POSYANDU, "reason": " "}, "reason"),
    ],
)
def test_a_proposal_that_cannot_be_read_says_where(ask, opened, data, field):
    assert faults(field, propose, ask, org="dinas-kesehatan", **data)
    assert not model.Session.scalars(sa.select(Proposal)).all()


def test_one_proposal_for_one_item_and_nothing_that_is_not_new(ask, opened, item):
    assert "differs" in faults(
        "values", propose, ask, action="change", item_id=item.id, values={"name": "Kasus DBD"}
    )
    propose(ask, action="end", item_id=item.id)
    assert "already" in faults("item_id", propose, ask, action="object", item_id=item.id)
    same = {"name": "kasus  DBD", "unit": "orang", "frequency": "Tahunan"}
    assert "change it" in faults(
        "name", propose, ask, action="add", org="dinas-kesehatan", values=same
    )
    propose(ask, action="add", org="dinas-kesehatan", values=POSYANDU)
    assert "already" in faults(
        "name", propose, ask, action="add", org="dinas-kesehatan", values=POSYANDU
    )


def test_an_opd_proposes_for_itself_and_sees_its_own(ask, opened, item, people):
    with pytest.raises(toolkit.NotAuthorized):
        propose(ask, "dishut", action="end", item_id=item.id)
    one = propose(ask, action="end", item_id=item.id)
    with pytest.raises(toolkit.NotAuthorized):
        ask("dishut", "proposal_withdraw", id=one["id"])
    assert ask("dinkes", "proposal_list", year=2027)["count"] == 1
    assert ask("dishut", "proposal_list", year=2027)["count"] == 0
    assert ask("walidata", "proposal_list", year=2027)["results"][0]["name"] == "Kasus DBD"
    assert ask("walidata", "proposal_list", year=2027, org="dinas-kehutanan")["count"] == 0


def test_a_refusal_has_a_reason_and_an_answer_may_change(ask, opened, item):
    one = propose(ask, action="end", item_id=item.id)
    assert "first" in faults("year", ask, "walidata", "proposal_answer", id=one["id"], agree=True)
    discuss(ask, one)
    with clock.at(DECEMBER):
        assert faults("note", ask, "walidata", "proposal_answer", id=one["id"], agree=False)
        ask("walidata", "proposal_answer", id=one["id"], agree=False, note="Masih dipakai")
    establish(ask)
    assert reload(Item, item.id).valid_to is None


def test_the_last_day_for_proposals_moves_with_a_reason_in_the_log(ask, opened):
    moved = ask(
        "walidata", "round_move", year=2027, proposals_until="2026-11-27", reason="Rapat ditunda"
    )
    assert moved["proposals_until"] == "2026-11-27"
    made = model.Session.scalars(sa.select(Decision)).one()
    assert (made.kind, made.day, made.details) == (
        "round", dt.date(2026, 11, 27), {"from": UNTIL},
    )  # fmt: skip
    read = ask("dinkes", "decision_list")["results"][0]
    assert read["sentence"] == (
        "Proposals for the register of 2027 are taken until 27 November 2026. 2 November 2026."
        " Reason: Rapat ditunda."
    )
    with clock.at(dt.datetime(2026, 11, 20, 3, tzinfo=dt.timezone.utc)):
        assert propose(ask, action="add", org="dinas-kesehatan", values=POSYANDU)
        assert "27" in faults("year", ask, "walidata", "round_discuss", year=2027)
    assert versions.current(2027) == "2027.0"


@pytest.mark.parametrize(
    ("changes", "field", "told"),
    [
        ({"proposals_until": "2026-11-01"}, "proposals_until", "in the past"),
        ({"proposals_until": "2028-01-01"}, "proposals_until", "after 2027"),
        ({"proposals_until": UNTIL}, "proposals_until", "already"),
        ({"proposals_until": "besok"}, "proposals_until", "2026-12-31"),
        ({"proposals_until": ""}, "proposals_until", "Must be filled in"),
        ({"reason": " "}, "reason", "Must be filled in"),
    ],
)
def test_a_last_day_that_cannot_be_changes_nothing(ask, opened, changes, field, told):
    data = {"year": 2027, "proposals_until": "2026-11-27", "reason": "Ditunda", **changes}
    assert told in faults(field, ask, "walidata", "round_move", **data)
    model.Session.rollback()
    assert reload(Round, 2027).proposals_until == dt.date(2026, 11, 13)
    assert not model.Session.scalars(sa.select(Decision)).all()


def test_closed_proposals_have_no_last_day_to_move(ask, opened):
    discuss(ask)
    asked = {"year": 2027, "proposals_until": "2026-12-30", "reason": "Ditunda"}
    assert "closed already" in faults("year", ask, "walidata", "round_move", **asked)


def test_an_answer_waits_for_the_decree_that_is_being_written(app, ask, monkeypatch):
    """What is refused is not in the register, and what is in the register was agreed to."""
    ask("walidata", "round_open", year=2027, proposals_until=UNTIL)
    made = ask(
        "dinkes", "proposal_create", year=2027, action="add", org="dinas-kesehatan",
        values=POSYANDU, reason="Renja",
    )  # fmt: skip
    with clock.at(DECEMBER):
        ask("walidata", "round_discuss", year=2027)
        ask("walidata", "proposal_answer", id=made["id"], agree=True)
    writing, answered = threading.Event(), threading.Event()
    write = rounds._apply

    def write_slowly(*given):
        writing.set()
        answered.wait(1)
        return write(*given)

    monkeypatch.setattr(rounds, "_apply", write_slowly)

    def do(name, **data):
        with app.flask_app.test_request_context(), clock.at(DECEMBER):
            return ask("walidata", name, **data)

    def refuse():
        writing.wait(30)
        try:
            return do("proposal_answer", id=made["id"], agree=False, note="Sudah ada")
        finally:
            answered.set()

    told = at_once(lambda: do("round_establish", year=2027, **DECREE), refuse)
    assert told[0]["state"] == "ditetapkan", told
    assert isinstance(told[1], toolkit.ValidationError), told
    assert model.Session.get(Proposal, made["id"]).state == "applied"
    assert model.Session.scalars(sa.select(Item.name)).all() == ["Jumlah Posyandu"]
