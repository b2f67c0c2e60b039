"""Duties of a quarter that has opened stay as they are, whatever becomes of the register."""

from __future__ import annotations

import datetime as dt

import ckan.model as model
import pytest
import sqlalchemy as sa

from ckanext.satudata import clock
from ckanext.satudata.calendar.quarters import Quarter
from ckanext.satudata.register import decisions, obligations, rhythms, versions
from ckanext.satudata.register.model import Item, ItemRhythm, Obligation
from tests.factories import make_item

pytestmark = pytest.mark.usefixtures("clean_portal")

ORG = {"id": "org-1"}
OPENED = dt.datetime(2026, 4, 1, 1, tzinfo=dt.timezone.utc)
MID_QUARTER = dt.datetime(2026, 5, 4, 3, tzinfo=dt.timezone.utc)


def add_rhythm(item, frequency="Bulanan", schedule="tahun berjalan bulan (n+1)"):
    for rhythm in rhythms.read(frequency, schedule):
        model.Session.add(ItemRhythm(item_id=item.id, since=dt.date(2026, 1, 1), **rhythm.values()))
    model.Session.commit()


def reschedule(item, frequency, schedule):
    model.Session.execute(sa.delete(ItemRhythm).where(ItemRhythm.item_id == item.id))
    add_rhythm(item, frequency, schedule)


def ensure():
    change = obligations.ensure()
    model.Session.commit()
    return change


def open_quarter(year=2026, tw=2, at=OPENED):
    with clock.at(at):
        sealed = obligations.seal(year, tw, at)
        model.Session.execute(
            sa.text(
                "INSERT INTO satudata_quarter (year, tw, state, ruleset_hash, register_version,"
                " opened, cutoff) VALUES (:year, :tw, 'terbuka', 'x', :version, :at, :cutoff)"
            ),
            {
                "year": year, "tw": tw, "at": at, "version": versions.current(year),
                "cutoff": Quarter(year, tw).end,
            },
        )  # fmt: skip
    model.Session.commit()
    return sealed


def duties(tw=2):
    model.Session.expire_all()
    found = model.Session.scalars(
        sa.select(Obligation).where(Obligation.year == 2026, Obligation.tw == tw)
    )
    return {row.period: row for row in found}


def decide(kind, **about):
    return decisions.record(kind, reason="SK", number="1/2026", actor=None, year=2026, **about)


def test_sealing_keeps_what_the_register_says_on_that_day():
    item = make_item(ORG, "Kasus DBD", classification="Kecamatan", priority=True)
    item.contributors = ["org-2"]
    add_rhythm(item)
    with clock.at(OPENED):
        decide("establishment")
    assert open_quarter() == 3  # it makes what is missing first
    item.name, item.priority = "Kasus demam berdarah", False
    model.Session.commit()
    row = duties()["2026-04"]
    assert (row.item_name, row.unit, row.classification) == ("Kasus DBD", "Orang", "Kecamatan")
    assert (row.priority, row.contributors, row.sealed) == (True, ["org-2"], OPENED)
    assert row.register_version == "2026.1"
    assert {each.sealed for each in duties(tw=3).values()} == {None}


def test_a_changed_schedule_moves_only_duties_of_quarters_that_have_not_opened():
    item = make_item(ORG)
    add_rhythm(item, "Tahunan", "Juni n+1")
    open_quarter()
    with clock.at(MID_QUARTER):
        reschedule(item, "Tahunan", "Agustus n+1")
        ensure()
        assert duties()["2025"].due == dt.date(2026, 6, 30)
        moved = model.Session.scalars(
            sa.select(Obligation.due).where(Obligation.period == "2026")
        ).one()
        assert moved == dt.date(2027, 8, 31)


@pytest.mark.parametrize("end", ["item", "rhythm"])
def test_what_has_ended_stays_owed_in_an_opened_quarter(end):
    item = make_item(ORG)
    add_rhythm(item)
    open_quarter()
    with clock.at(MID_QUARTER):
        if end == "item":
            model.Session.execute(sa.update(Item).values(valid_to=dt.date(2026, 5, 3)))
        else:
            reschedule(item, "Bulanan", "***")
        ensure()
        assert set(duties()) == {"2026-03", "2026-04", "2026-05"}
        assert not duties(tw=3)


def test_what_is_added_to_an_opened_quarter_lies_ahead_and_is_sealed():
    open_quarter()
    item = make_item(ORG)
    with clock.at(MID_QUARTER):
        add_rhythm(item)  # it holds since January: the months till then are not asked for
        decide("amendment")
        ensure()
        added = duties()
        assert {period: row.due for period, row in added.items()} == {
            "2026-04": dt.date(2026, 5, 31),
            "2026-05": dt.date(2026, 6, 30),
        }
        assert {(row.sealed, row.item_name) for row in added.values()} == {(MID_QUARTER, item.name)}
        assert added["2026-05"].register_version == "2026.1"
        assert not ensure()


def test_a_duty_that_moves_into_an_opened_quarter_is_sealed_there():
    item = make_item(ORG)
    add_rhythm(item, "Tahunan", "Agustus n+1")
    ensure()
    open_quarter()
    with clock.at(MID_QUARTER):
        reschedule(item, "Tahunan", "Juni n+1")
        ensure()
        assert duties()["2025"].sealed == MID_QUARTER


def test_a_requested_duty_needs_no_rhythm_to_stay():
    item = make_item(ORG)
    day = dt.date(2026, 8, 20)
    model.Session.add(
        Obligation(
            item_id=item.id, org_id="org-1", frequency="OD", period="2026-07", request_id="r",
            period_start=dt.date(2026, 7, 1), period_end=dt.date(2026, 7, 31), due=day,
            due_counted=day, year=2026, tw=3,
        )
    )  # fmt: skip
    model.Session.commit()
    with clock.at(MID_QUARTER):
        assert ensure().removed == 0
    assert open_quarter(tw=3, at=dt.datetime(2026, 7, 1, tzinfo=dt.timezone.utc)) == 1


def test_the_version_counts_the_decisions_on_the_register_of_a_year():
    with clock.at(OPENED):
        assert versions.current() == "2026.0"
        decide("establishment")
        decide("amendment")
        decide("item_close", item_id="a", details={"part_of": 2})
        decide("waiver", obligation_id="b")
        assert versions.current() == "2026.2"
        decide("item_open", item_id="c")
        assert versions.current(2026) == "2026.3"
        assert versions.current(2025) == "2025.0"
        assert versions.current(2027) == "2026.3"
        assert versions.is_established(2026)
        assert not versions.is_established(2027)
