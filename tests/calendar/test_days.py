"""Working days, local time and the forms of dates and numbers."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ckanext.satudata.calendar.formats import angka, bulan, tanggal
from ckanext.satudata.calendar.localtime import ALIASES, day_end_utc, local_date
from ckanext.satudata.calendar.quarters import Quarter
from ckanext.satudata.calendar.workdays import WorkCalendar

CALENDAR = WorkCalendar()
near = st.dates(date(2023, 6, 1), date(2027, 6, 30))


def test_due_on_sunday_31_march_2024_is_late_from_2_april():
    due = date(2024, 3, 31)
    assert not CALENDAR.is_workday(due)
    assert CALENDAR.next_workday(due) == date(2024, 4, 1)
    assert CALENDAR.workdays_late(due, date(2024, 4, 1)) == 0
    assert CALENDAR.workdays_late(due, date(2024, 4, 2)) == 1
    assert Quarter.of(due) == Quarter(2024, 1)


def test_free_days():
    assert not CALENDAR.is_workday(date(2024, 4, 10))  # Idulfitri
    assert not CALENDAR.is_workday(date(2024, 4, 8))  # cuti bersama
    assert not CALENDAR.is_workday(date(2024, 6, 1))
    local = date(2024, 7, 3)
    here = WorkCalendar(extra_holidays=frozenset({local}), removed=frozenset({date(2024, 4, 8)}))
    assert CALENDAR.is_workday(local)
    assert not here.is_workday(local)
    assert here.is_workday(date(2024, 4, 8))


def test_add_workdays():
    friday = date(2024, 3, 22)
    assert CALENDAR.add_workdays(friday, 0) == friday
    assert CALENDAR.add_workdays(friday, 1) == date(2024, 3, 25)
    assert CALENDAR.add_workdays(date(2024, 3, 23), 0) == date(2024, 3, 25)
    assert CALENDAR.add_workdays(date(2024, 3, 28), 1) == date(2024, 4, 1)  # over Good Friday
    with pytest.raises(ValueError, match="negative"):
        CALENDAR.add_workdays(friday, -1)


@given(near, st.integers(1, 60))
def test_the_nth_working_day_is_n_days_late(due, count):
    start = CALENDAR.next_workday(due)
    assert CALENDAR.workdays_late(due, CALENDAR.add_workdays(start, count)) == count


@given(near, st.integers(0, 400))
def test_closed_days_are_the_free_ones_that_are_no_weekends(start, length):
    every = [start + timedelta(days=n) for n in range(length)]
    closed = CALENDAR.closed(start, start + timedelta(days=length - 1))
    assert closed == tuple(
        day for day in every if day.weekday() < 5 and not CALENDAR.is_workday(day)
    )


@given(near)
def test_extra_holidays_never_make_later(due):
    delivered = due + timedelta(days=20)
    extra = frozenset({due, due + timedelta(days=3), due + timedelta(days=11)})
    assert WorkCalendar(extra).workdays_late(due, delivered) <= CALENDAR.workdays_late(
        due, delivered
    )


@pytest.mark.parametrize(
    ("tz", "hours"),
    [
        ("WIB", 7),
        ("WITA", 8),
        ("WIT", 9),
        ("Asia/Jakarta", 7),
        ("Asia/Makassar", 8),
        ("Asia/Jayapura", 9),
    ],
)
def test_the_last_second_of_the_due_day(tz, hours):
    due = date(2026, 3, 31)
    zone = timezone(timedelta(hours=hours))
    last = datetime(2026, 3, 31, 23, 59, 59, tzinfo=zone).astimezone(timezone.utc)
    assert local_date(last, tz) == due
    assert local_date(last.replace(tzinfo=None), tz) == due
    assert CALENDAR.workdays_late(due, local_date(last, tz)) == 0
    after = last + timedelta(seconds=1)
    assert after == day_end_utc(due, tz)
    assert local_date(after, tz) == date(2026, 4, 1)
    assert CALENDAR.workdays_late(due, local_date(after, tz)) == 1


def test_early_on_1_october_belongs_to_the_fourth_quarter():
    instant = datetime(2026, 9, 30, 22, 30, tzinfo=timezone.utc)  # 05:30 WIB
    assert Quarter.of(local_date(instant, "WIB")) == Quarter(2026, 4)


@given(
    st.integers(0, 4_000_000_000).map(lambda s: datetime.fromtimestamp(s, timezone.utc)),
    st.sampled_from(list(ALIASES)),
)
def test_an_instant_lies_before_the_end_of_its_local_day(instant, tz):
    day = local_date(instant, tz)
    assert day_end_utc(day - timedelta(days=1), tz) <= instant < day_end_utc(day, tz)


def test_other_zones_are_refused():
    with pytest.raises(ValueError, match="Europe/Berlin"):
        day_end_utc(date(2026, 1, 1), "Europe/Berlin")


def test_forms_of_dates_and_numbers():
    assert tanggal(date(2026, 3, 31), "id") == "31 Maret 2026"
    assert tanggal(date(2026, 3, 31), "en_GB") == "31 March 2026"
    assert tanggal(date(2026, 3, 31), "zz") == "31 Maret 2026"
    assert bulan(date(2026, 8, 1), "id") == "Agustus"
    assert angka(Decimal("1234.565"), "id") == "1.234,57"
    assert angka(Decimal("1234.56"), "en") == "1,234.56"
    assert angka(1234, "id", places=0) == "1.234"


@pytest.mark.parametrize("tz", ["WIB", "WITA", "WIT"])
def test_due_on_a_friday_is_late_from_the_first_second_of_saturday(tz):
    friday = date(2026, 11, 20)
    saturday = day_end_utc(friday, tz)
    assert CALENDAR.workdays_late(friday, local_date(saturday - timedelta(seconds=1), tz)) == 0
    assert CALENDAR.workdays_late(friday, local_date(saturday, tz)) == 1
    assert CALENDAR.workdays_late(friday, date(2026, 11, 23)) == 1
