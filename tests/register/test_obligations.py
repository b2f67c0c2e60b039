"""Obligations made from the rhythms of items."""

from __future__ import annotations

import datetime as dt

import ckan.model as model
import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ckanext.satudata.calendar.workdays import WorkCalendar
from ckanext.satudata.register import obligations, rhythms
from ckanext.satudata.register.model import Item, ItemRhythm, Obligation
from tests.factories import make_item

pytestmark = pytest.mark.usefixtures("clean_portal")

ORG = {"id": "org-1"}


def add_rhythm(item, frequency="Tahunan", schedule="Maret n+1", since=dt.date(2024, 1, 1)):
    for rhythm in rhythms.read(frequency, schedule):
        model.Session.add(ItemRhythm(item_id=item.id, since=since, **rhythm.values()))
    model.Session.commit()


def ensure(until=dt.date(2026, 12, 31), as_of=dt.date(2024, 1, 1)):
    change = obligations.ensure(until, as_of)
    model.Session.commit()
    return change


def all_dues():
    found = model.Session.execute(
        sa.select(Obligation.period, Obligation.due).order_by(Obligation.due)
    )
    return [tuple(row) for row in found]


def test_yearly_item_owes_one_period_a_year():
    add_rhythm(make_item(ORG))
    assert ensure().created == 3
    assert all_dues() == [
        ("2023", dt.date(2024, 3, 31)),
        ("2024", dt.date(2025, 3, 31)),
        ("2025", dt.date(2026, 3, 31)),
    ]
    row = model.Session.scalars(sa.select(Obligation).where(Obligation.period == "2023")).one()
    assert (row.year, row.tw, row.org_id, row.frequency) == (2024, 1, "org-1", "A")
    assert (row.period_start, row.period_end) == (dt.date(2023, 1, 1), dt.date(2023, 12, 31))
    assert row.due_counted == dt.date(2024, 4, 1)  # 31 March 2024 is a Sunday


def test_again_changes_nothing():
    add_rhythm(make_item(ORG), "Tahunan dan bulanan", "Maret n+1")
    first = ensure()
    assert first.created > 12
    assert not ensure()


def test_two_rhythms_owe_two_series():
    item = make_item(ORG)
    add_rhythm(item, "Tahunan", "Maret n+1")
    add_rhythm(item, "Semester", "Agustus n, Februari n+1")
    ensure(until=dt.date(2025, 12, 31))
    assert [period for period, _ in all_dues()] == ["2023-S2", "2023", "2024-S1", "2024-S2",
                                                    "2024", "2025-S1"]  # fmt: skip


def test_first_due_date_is_twenty_working_days_after_the_start():
    since = dt.date(2024, 2, 5)
    first = WorkCalendar().add_workdays(since, 20)
    item, later = make_item(ORG), make_item(ORG)
    add_rhythm(item, "Bulanan", "tahun berjalan bulan (n+1)", since=since)
    add_rhythm(later, "Tahunan", "Februari n+1", since=since)
    ensure(until=dt.date(2024, 12, 31))
    dues = all_dues()
    assert first.month == 3
    assert dues[0] == ("2024-02", dt.date(2024, 3, 31))
    assert all(due >= first for _, due in dues)


@pytest.mark.parametrize(
    ("frequency", "schedule"),
    [("Tahunan", "***"), ("Tahunan", "Maret"), ("Apabila dibutuhkan", "Maret n+1"), ("***", "x")],
)
def test_what_needs_a_schedule_owes_nothing(frequency, schedule):
    add_rhythm(make_item(ORG), frequency, schedule)
    assert not ensure()


def reschedule(item, schedule, since=None):
    [rhythm] = rhythms.read("Tahunan", schedule)
    values = {"rules": rhythm.rules, "state": rhythm.state}
    if since:
        values["since"] = since
    model.Session.execute(
        sa.update(ItemRhythm).where(ItemRhythm.item_id == item.id).values(**values)
    )
    model.Session.commit()


def test_a_changed_schedule_moves_only_what_is_not_yet_due():
    item = make_item(ORG)
    add_rhythm(item)
    ensure()
    ids = set(model.Session.scalars(sa.select(Obligation.id)))
    reschedule(item, "Mei n+1", since=dt.date(2025, 1, 15))
    change = ensure(as_of=dt.date(2025, 1, 15))
    assert (change.moved, change.created, change.removed) == (2, 0, 0)
    assert all_dues() == [
        ("2023", dt.date(2024, 3, 31)),
        ("2024", dt.date(2025, 5, 31)),
        ("2025", dt.date(2026, 5, 31)),
    ]
    assert set(model.Session.scalars(sa.select(Obligation.id))) == ids
    assert not ensure(as_of=dt.date(2025, 1, 15))


def test_an_ended_rhythm_keeps_what_was_due_and_what_was_delivered():
    item = make_item(ORG)
    add_rhythm(item)
    ensure()
    model.Session.execute(
        sa.text("INSERT INTO satudata_claim VALUES ('resource', :i, '2025')"),
        {"i": item.id},
    )
    reschedule(item, "***")
    assert ensure(as_of=dt.date(2024, 6, 1)).removed == 1
    assert [period for period, _ in all_dues()] == ["2023", "2025"]


def test_an_item_that_ends_owes_nothing_after():
    item = make_item(ORG)
    add_rhythm(item)
    ensure()
    model.Session.execute(sa.update(Item).values(valid_to=dt.date(2025, 6, 1)))
    ensure(as_of=dt.date(2025, 4, 1))
    assert [period for period, _ in all_dues()] == ["2023", "2024"]


FREQUENCIES = ["Bulanan", "Triwulan", "Semester", "Tahunan", "Tahun Ajaran", "Tahunan dan bulanan"]
SCHEDULES = ["Maret n+1", "Januari n+1", "Desember n", "***", "Tidak dipublikasikan",
             "Februari dan Agustus", "Triwulan n+2", "tahun berjalan bulan (n+1)"]  # fmt: skip
DAYS = st.dates(dt.date(2023, 1, 1), dt.date(2025, 12, 31))


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    items=st.lists(
        st.tuples(st.sampled_from(FREQUENCIES), st.sampled_from(SCHEDULES), DAYS), max_size=4
    ),
    as_of=DAYS,
)
def test_twice_is_once_and_no_due_date_comes_before_its_time(items, as_of):
    for table in (Obligation, ItemRhythm, Item):
        model.Session.execute(sa.delete(table))
    for frequency, schedule, since in items:
        add_rhythm(make_item(ORG), frequency, schedule, since)
    ensure(as_of=as_of)
    before = all_dues()
    assert not ensure(as_of=as_of)
    assert all_dues() == before
    starts = dict(model.Session.execute(sa.select(ItemRhythm.item_id, ItemRhythm.since)).all())
    calendar = WorkCalendar()
    for row in model.Session.scalars(sa.select(Obligation)):
        assert row.due >= calendar.add_workdays(starts[row.item_id], 20)
        assert row.due_counted == calendar.next_workday(row.due)
