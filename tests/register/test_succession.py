"""Organisations that are renamed, merged, split or closed, and where their duties go."""

from __future__ import annotations

import datetime as dt
import io

import ckan.model as model
import pytest
import sqlalchemy as sa
from ckan.plugins import toolkit
from ckan.tests.helpers import call_action
from werkzeug.datastructures import FileStorage

from ckanext.satudata import clock
from ckanext.satudata.judging.model import QuarterState
from ckanext.satudata.opd import aliases, queries
from ckanext.satudata.opd.model import Succession
from ckanext.satudata.register import decisions, jobs
from ckanext.satudata.register.daftar_data import identity
from ckanext.satudata.register.model import Decision, Item, ItemOwner, Obligation
from tests.factories import make_dataset, make_item, make_opd
from tests.register.test_import import ONE, nonzero, register, run

NOW = dt.datetime(2026, 8, 3, 3, tzinfo=dt.timezone.utc)
LETTER = {"number": "Perda 3/2026", "reason": "Susunan perangkat daerah yang baru"}


@pytest.fixture(autouse=True)
def _today():
    with clock.at(NOW):
        yield


def succeed(kind, source, target=None, /, **fields):
    first = {"kind": kind, "from_org": source["id"], "confirm": True, "day": "2026-08-01"}
    fields = {**first, **LETTER, **fields}
    if target:
        fields["to_org"] = target["id"]
    return call_action("satudata_succession_create", **fields)


def duty(item, year, tw, period=None):
    due = dt.date(year, tw * 3, 28)
    row = Obligation(
        item_id=item.id, org_id=item.org_id, frequency="Q", period=period or f"{year}-Q{tw}",
        period_start=due, period_end=due, due=due, due_counted=due, year=year, tw=tw,
    )  # fmt: skip
    model.Session.add(row)
    model.Session.commit()
    return row


@pytest.fixture
def duty_of():
    """Makes an item stored as the import would, with its duties, in one go."""

    def make(org, name="Jumlah siswa", quarters=((2026, 3),)):
        item = _item(org, name)
        return item, [duty(item, year, tw) for year, tw in quarters]

    return make


def _item(org, name):
    item = make_item(org, name)
    item.identity = identity(org["id"], name, "Orang", "")
    model.Session.commit()
    return item


def freeze(year, tw):
    model.Session.add(
        QuarterState(
            year=year,
            tw=tw,
            state="final",
            ruleset_hash="",
            register_version="2026.1",
            opened=NOW,
            cutoff=dt.date(year, tw * 3, 30),
            final_id=year * 10 + tw,
        )
    )
    model.Session.commit()


def deliver(org, item, period):
    dataset = make_dataset(org, sd_item=item.id)
    call_action(
        "resource_create", package_id=dataset["id"], url="", format="CSV", sd_periode=period,
        upload=FileStorage(io.BytesIO(b"a,b\n1,2\n"), filename="a.csv"),
    )  # fmt: skip
    return dataset


def owner(row) -> str:
    model.Session.expire_all()
    return model.Session.get(type(row), row.id).org_id


def written() -> dict[str, int]:
    tables = (Succession, Decision, ItemOwner)
    count = sa.func.count
    return {
        table.__tablename__: model.Session.scalar(sa.select(count()).select_from(table))
        for table in tables
    }


def test_a_merger_passes_open_duties_and_arrears_and_leaves_what_was_delivered(city, duty_of):
    old, new = city["dishut"], city["dlh"]
    item, (delivered, arrear, present) = duty_of(old, quarters=[(2026, 1), (2026, 2), (2026, 3)])
    deliver(old, item, delivered.period)
    freeze(2026, 1)
    freeze(2026, 2)
    done = succeed("merge", old, new)
    assert done["plan"]["duties"] == done["plan"]["arrears"] == done["plan"]["kept"] == 1
    assert owner(item) == owner(present) == new["id"]
    assert owner(delivered) == owner(arrear) == old["id"]
    passed = model.Session.scalars(sa.select(ItemOwner)).one()
    assert (passed.from_org, passed.to_org, passed.at) == (old["id"], new["id"], NOW)
    assert passed.decision_id == done["decision_id"]
    decision = model.Session.get(Decision, done["decision_id"])
    assert (decision.kind, decision.number, decision.day) == (
        "succession", "Perda 3/2026", dt.date(2026, 8, 1),
    )  # fmt: skip


def test_without_confirmation_it_only_tells_what_would_be(city, duty_of):
    old, new = city["dishut"], city["dlh"]
    item, (open_duty,) = duty_of(old)
    unit = make_opd("uptd-hutan", old, kind="uptd", title="UPTD Hutan")
    before = written()
    told = succeed("merge", old, new, confirm=False)
    assert (told["plan"]["duties"], told["plan"]["items"]) == (1, [item.id])
    assert [one["title"] for one in told["plan"]["units"]] == ["UPTD Hutan"]
    assert set(told) == {"plan"}
    assert written() == before
    assert owner(open_duty) == old["id"]
    assert queries.path(unit["id"])[-2] == old["id"]


def test_the_next_import_with_the_old_name_finds_the_item_at_the_successor(city, duty_of):
    old, new = city["dishut"], city["dlh"]
    item, _duties = duty_of(old)
    aliases.decide("Dishut Kota", old["id"], None)
    succeed("merge", old, new)
    matcher = aliases.Matcher()
    for spelling in ("Dinas Kehutanan", "Dishut Kota", "Dinas Lingkungan Hidup"):
        assert matcher.match(spelling).org_id == new["id"], spelling
    model.Session.expire_all()
    assert model.Session.get(Item, item.id).identity == identity(
        new["id"], "Jumlah siswa", "Orang", ""
    )


def test_what_both_have_is_named_and_neither_is_lost(city, duty_of):
    old, new = city["dishut"], city["dlh"]
    theirs, _duties = duty_of(old)
    own, _duties = duty_of(new)
    done = succeed("merge", old, new)
    assert done["plan"]["same"] == ["Jumlah siswa"]
    assert owner(theirs) == owner(own) == new["id"]
    keys = model.Session.scalars(sa.select(Item.identity)).all()
    assert len(set(keys)) == len(keys) == 2


def test_units_go_with_a_merger_and_answer_to_the_successor(city):
    old, new = city["dishut"], city["dlh"]
    unit = make_opd("uptd-hutan", old, kind="uptd")
    below = make_opd("pos-hutan", unit, kind="uptd")
    succeed("merge", old, new)
    root = city["root"]["id"]
    assert queries.path(below["id"]) == [root, new["id"], unit["id"], below["id"]]
    answers = model.Session.scalar(
        sa.text("SELECT answers_id FROM satudata_opd WHERE org_id = :org"), {"org": below["id"]}
    )
    assert answers == new["id"]


def test_units_and_datasets_may_stay(city, duty_of):
    old, new = city["dishut"], city["dlh"]
    unit = make_opd("uptd-hutan", old, kind="uptd")
    item, (open_duty,) = duty_of(old)
    dataset = deliver(old, item, open_duty.period)
    done = succeed("merge", old, new, units="stay")
    assert done["plan"]["datasets"] == 1
    assert queries.path(unit["id"])[-2] == old["id"]
    assert call_action("package_show", id=dataset["id"])["owner_org"] == old["id"]


def test_datasets_move_where_it_is_asked_for_and_again_is_harmless(city, duty_of):
    old, new = city["dishut"], city["dlh"]
    item, (open_duty,) = duty_of(old)
    dataset = deliver(old, item, open_duty.period)
    other = make_dataset(old)
    done = succeed("merge", old, new, datasets="move")
    jobs.move_datasets(str(done["id"]))
    jobs.move_datasets(str(done["id"]))
    for one in (dataset, other):
        assert call_action("package_show", id=one["id"])["owner_org"] == new["id"]


def test_a_split_passes_only_the_chosen_data_and_their_datasets(city, duty_of):
    old, new = city["dishut"], city["dlh"]
    goes, (passed,) = duty_of(old, "Luas hutan kota")
    stays, (kept,) = duty_of(old, "Produksi kayu")
    moving, staying = deliver(old, goes, "2025"), deliver(old, stays, "2025")
    done = succeed("split", old, new, items=[goes.id], datasets="move")
    assert owner(goes) == owner(passed) == new["id"]
    assert owner(stays) == owner(kept) == old["id"]
    jobs.move_datasets(str(done["id"]))
    assert call_action("package_show", id=moving["id"])["owner_org"] == new["id"]
    assert call_action("package_show", id=staying["id"])["owner_org"] == old["id"]
    assert aliases.Matcher().match("Dinas Kehutanan").org_id == old["id"]


def test_a_new_name_keeps_the_organisation_and_the_old_spelling(city, duty_of):
    org = city["dishut"]
    _item, (open_duty,) = duty_of(org)
    succeed("rename", org, title="Dinas Kehutanan dan Perkebunan")
    assert call_action("organization_show", id=org["id"])["title"] == (
        "Dinas Kehutanan dan Perkebunan"
    )
    assert owner(open_duty) == org["id"]
    matcher = aliases.Matcher()
    assert matcher.match("Dinas Kehutanan").org_id == org["id"]
    assert matcher.match("Dinas Kehutanan dan Perkebunan").org_id == org["id"]


@pytest.mark.parametrize("kind", ["waiver", "nihil_accept"])
def test_nothing_closes_over_open_duties_until_they_are_settled_or_passed_on(city, duty_of, kind):
    org = city["dishut"]
    item, (open_duty,) = duty_of(org)
    with pytest.raises(toolkit.ValidationError, match="1 data in the register and 1 duties"):
        succeed("close", org)
    item.valid_to = dt.date(2026, 7, 31)
    decisions.record(
        kind, reason="Dibubarkan", number="W/1", actor=None, obligation_id=open_duty.id
    )
    model.Session.commit()
    succeed("close", org)
    call_action("organization_delete", id=org["id"])


def test_arrears_of_a_final_quarter_are_owed_by_the_successor(city, duty_of):
    old, new = city["dishut"], city["dlh"]
    duty_of(old, quarters=[(2026, 2)])
    freeze(2026, 2)
    with pytest.raises(toolkit.ValidationError, match="1 open obligation"):
        call_action("organization_delete", id=old["id"])
    succeed("merge", old, new)
    call_action("organization_delete", id=old["id"])
    with pytest.raises(toolkit.ValidationError, match="1 open obligation"):
        call_action("organization_delete", id=new["id"])


def test_an_organisation_with_open_duties_cannot_be_deleted_until_they_passed_on(city, duty_of):
    old, new = city["dishut"], city["dlh"]
    duty_of(old)
    with pytest.raises(toolkit.ValidationError, match=r"1 open obligation.*succession"):
        call_action("organization_delete", id=old["id"])
    succeed("merge", old, new)
    call_action("organization_delete", id=old["id"])
    with pytest.raises(toolkit.ValidationError, match="open obligation"):
        call_action("organization_delete", id=new["id"])


BAD = [
    ("merge", {"number": " "}, "number"),
    ("merge", {"reason": ""}, "reason"),
    ("merge", {"day": "2026-08-04"}, "day"),
    ("merge", {"day": "1 Agustus"}, "day"),
    ("merge", {"dated": "2026-08-04"}, "dated"),
    ("merge", {"to_org": None}, "to_org"),
    ("merge", {"to_org": "dinas-kehutanan"}, "to_org"),
    ("merge", {"to_org": "uptd-hutan"}, "to_org"),
    ("merge", {"from_org": "tidak-ada"}, "from_org"),
    ("merge", {"datasets": "perhaps"}, "datasets"),
    ("split", {}, "items"),
    ("split", {"items": ["not-an-item"]}, "items"),
    ("split", {"items": {"a": 1}}, "items"),
    ("rename", {}, "title"),
    ("rename", {"title": "Dinas Kehutanan"}, "title"),
    ("close", {}, "kind"),
    ("vanish", {}, "kind"),
]


@pytest.mark.parametrize(("kind", "fields", "at"), BAD)
def test_what_cannot_be_says_where_and_changes_nothing(city, duty_of, kind, fields, at):
    _item, (open_duty,) = duty_of(city["dishut"])
    unit = make_opd("uptd-hutan", city["dishut"], kind="uptd")
    before = written()
    asked = {
        "from_org": "dinas-kehutanan", "to_org": "dinas-lingkungan-hidup", "confirm": True,
        "day": "2026-08-01", **LETTER, **fields,
    }  # fmt: skip
    with pytest.raises(toolkit.ValidationError) as refused:
        call_action("satudata_succession_create", kind=kind, **asked)
    assert list(refused.value.error_dict) == [at]
    assert refused.value.error_dict[at][0]
    model.Session.rollback()
    assert written() == before
    assert owner(open_duty) == city["dishut"]["id"]
    assert queries.path(unit["id"])[-2] == city["dishut"]["id"]


def test_what_has_ended_neither_ends_again_nor_takes_over(city):
    succeed("merge", city["dishut"], city["dlh"])
    for source, target, at in (
        (city["dishut"], city["dinkes"], "from_org"),
        (city["dinkes"], city["dishut"], "to_org"),
    ):
        with pytest.raises(toolkit.ValidationError) as refused:
            succeed("merge", source, target)
        assert list(refused.value.error_dict) == [at]
        assert "Perda 3/2026" in refused.value.error_dict[at][0]
        model.Session.rollback()


@pytest.mark.parametrize("name", ["kind", "from_org", "title", "number", "reason", "day", "items"])
@pytest.mark.parametrize("value", ["a\0b", "\ud800", {"a": 1}, [["x"]], -1], ids=repr)
def test_what_no_person_types_is_refused_in_words(city, name, value):
    before = written()
    with pytest.raises(toolkit.ValidationError) as refused:
        succeed("rename", city["dishut"], **{"title": "Dinas Hutan", name: value})
    assert list(refused.value.error_dict) == [name]
    assert written() == before


def test_no_item_opens_for_what_has_ended(city):
    old, new = city["dishut"], city["dlh"]
    values = {"name": "Luas hutan", "frequency": "Tahunan", "schedule": "Maret n+1"}
    asked = {"year": 2027, "action": "add", "org": old["id"], "values": values, "reason": "Renja"}
    establishing = {"year": 2027, **LETTER, "minutes_number": "1", "minutes_dated": "2026-08-03"}
    call_action("satudata_round_open", year=2027, proposals_until="2026-08-03")
    proposal = toolkit.get_action("satudata_proposal_create")({"ignore_auth": True}, asked)
    call_action("satudata_round_discuss", year=2027)
    call_action("satudata_proposal_answer", id=proposal["id"], agree=True)
    succeed("merge", old, new)
    with pytest.raises(toolkit.ValidationError, match=r"Luas hutan.*ended itself by Perda 3/2026"):
        call_action("satudata_round_establish", **establishing)
    with pytest.raises(toolkit.ValidationError, match="ended itself by Perda 3/2026"):
        call_action("satudata_item_open", org=old["id"], values=values, **LETTER)

    call_action("organization_delete", id=old["id"])
    with pytest.raises(toolkit.ValidationError, match="Luas hutan: Choose an active organisation"):
        call_action("satudata_round_establish", **establishing)
    call_action("satudata_proposal_answer", id=proposal["id"], agree=False, note="Sudah bergabung")
    call_action("satudata_round_establish", **establishing)
    assert model.Session.scalars(sa.select(Item).filter_by(name="Luas hutan")).all() == []


@pytest.mark.parametrize("cell", ["Dinas Kehutanan", "Dishut Kota", "Dinas Kehutanan / BKKBN"])
def test_rows_of_a_producer_that_was_closed_wait_for_a_person(city, cell):
    aliases.decide("Dishut Kota", city["dishut"]["id"], None)
    succeed("close", city["dishut"])
    spelling = cell.split(" / ")[0]
    data = register(ONE, ONE.replace("Dinas Kesehatan", cell))
    plan = run(data, day=NOW.date())
    assert nonzero(plan) == {"read": 2, "created": 1, "pending": 1}
    assert plan.pending == {spelling: [3]}
    [waiting] = [row for row in plan.rows if row.outcome == "pending"]
    assert (waiting.code, waiting.values) == ("ended_producer", {"spelling": spelling})
    assert model.Session.scalars(sa.select(Item.org_id)).all() == [city["dinkes"]["id"]]

    asked = {"spelling": spelling, "org": city["dishut"]["id"]}
    with pytest.raises(toolkit.ValidationError, match="ended itself by Perda 3/2026"):
        call_action("satudata_producer_decide", **asked)
    call_action("satudata_producer_decide", **{**asked, "org": city["dlh"]["id"]})
    assert nonzero(run(data, day=NOW.date())) == {"read": 2, "created": 1, "unchanged": 1}
