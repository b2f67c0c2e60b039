"""Where one day or second decides: ends of quarters, holidays at the due day, leap day, year end.

In each of the three zones of Indonesia; the calendar facts are those of the SKB Tiga Menteri.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ckanext.satudata.calendar.frequencies import Frequency
from ckanext.satudata.calendar.localtime import ALIASES, day_end_utc, local_date
from ckanext.satudata.calendar.periods import parse, sub_periods
from ckanext.satudata.calendar.quarters import Quarter
from ckanext.satudata.calendar.schedule import due_date, due_dates, parse_schedule
from ckanext.satudata.calendar.workdays import WorkCalendar

CALENDAR = WorkCalendar()
HOURS = {"WIB": 7, "WITA": 8, "WIT": 9}
ZONES = sorted(HOURS)
near = st.dates(date(2023, 6, 1), date(2027, 6, 30))


def at(zone: str, text: str) -> datetime:
    """A local moment as the UTC instant that the recorder writes."""
    local = datetime.fromisoformat(text).replace(tzinfo=timezone(timedelta(hours=HOURS[zone])))
    return local.astimezone(timezone.utc)


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize(
    ("moment", "quarter"),
    [
        ("2026-03-31 23:59:59", (2026, 1)),
        ("2026-04-01 00:00:00", (2026, 2)),
        ("2026-06-30 23:59:59", (2026, 2)),
        ("2026-10-01 05:30:00", (2026, 4)),
        ("2025-12-31 23:59:59", (2025, 4)),
        ("2026-01-01 00:00:00", (2026, 1)),
        ("2024-02-29 23:59:59", (2024, 1)),
    ],
)
def test_the_local_day_decides_on_the_quarter(zone, moment, quarter):
    assert Quarter.of(local_date(at(zone, moment), zone)) == Quarter(*quarter)


@pytest.mark.parametrize("zone", ZONES)
def test_one_second_after_the_due_day_is_late_and_none_before(zone):
    due = date(2026, 3, 31)
    last = at(zone, "2026-03-31 23:59:59")
    assert CALENDAR.workdays_late(due, local_date(last, zone)) == 0
    assert CALENDAR.workdays_late(due, local_date(last + timedelta(seconds=1), zone)) == 1
    assert last < day_end_utc(due, zone) == last + timedelta(seconds=1)


def test_the_same_second_is_another_day_in_another_zone():
    # 23:30 in Jakarta is past midnight in Makassar and Jayapura.
    instant = at("WIB", "2026-03-31 23:30:00")
    days = {zone: local_date(instant, zone) for zone in ZONES}
    assert days == {
        "WIB": date(2026, 3, 31), "WITA": date(2026, 4, 1), "WIT": date(2026, 4, 1)
    }  # fmt: skip
    assert {zone: Quarter.of(day).tw for zone, day in days.items()} == {
        "WIB": 1, "WITA": 2, "WIT": 2
    }  # fmt: skip


def test_due_on_sunday_31_march_2024_counts_from_monday_and_stays_in_the_first_quarter():
    due = date(2024, 3, 31)
    assert CALENDAR.next_workday(due) == date(2024, 4, 1)
    late = [CALENDAR.workdays_late(due, date(2024, 4, day)) for day in (1, 2, 5)]
    assert late == [0, 1, 4]
    assert Quarter.of(due) == Quarter(2024, 1)


def test_lebaran_on_31_march_2025():
    # Idulfitri 31 March and 1 April, cuti bersama 2, 3, 4 and 7 April 2025.
    due = date(2025, 3, 31)
    free = [date(2025, 3, 31) + timedelta(days=n) for n in range(8)]
    assert not any(CALENDAR.is_workday(day) for day in free)
    assert CALENDAR.next_workday(due) == date(2025, 4, 8)
    assert Quarter.of(due) == Quarter(2025, 1)
    assert [CALENDAR.workdays_late(due, date(2025, 4, day)) for day in (1, 7, 8, 9)] == [0, 0, 0, 1]
    # The cutoff, 14 working days after the quarter, over Good Friday.
    assert CALENDAR.add_workdays(Quarter(2025, 1).end, 14) == date(2025, 4, 28)


def test_leap_day():
    february = parse_schedule("Februari n+1", Frequency.YEAR)
    assert due_date(february, parse("2023")) == date(2024, 2, 29)
    assert due_date(february, parse("2024")) == date(2025, 2, 28)
    day = parse("2024-02-29")
    assert (day.start, day.end, day.next().code) == (day.end, day.start, "2024-03-01")
    assert parse("2024-02").end == date(2024, 2, 29)
    assert len(sub_periods(2024, Frequency.DAY)) == 366
    assert CALENDAR.workdays_late(date(2024, 2, 29), date(2024, 3, 1)) == 1


def test_year_end():
    due = due_date(parse_schedule("Desember n", Frequency.YEAR), parse("2025"))
    assert (due, Quarter.of(due)) == (date(2025, 12, 31), Quarter(2025, 4))
    # New Year's Day is free: the next day that counts is Friday 2 January.
    assert CALENDAR.workdays_late(due, date(2026, 1, 1)) == 1
    assert CALENDAR.workdays_late(due, date(2026, 1, 2)) == 1
    assert CALENDAR.workdays_late(due, date(2026, 1, 5)) == 2
    assert Quarter(2025, 4).next() == Quarter(2026, 1)
    # ISO weeks: 29 December 2025 lies in the first week of 2026.
    week = parse("2026-W01")
    assert (week.start, week.data_year) == (date(2025, 12, 29), 2026)
    month = parse("2025-12")
    assert due_date(parse_schedule(None, Frequency.MONTH), month) == date(2026, 1, 15)


@pytest.mark.parametrize(
    ("text", "due", "quarter"),
    [
        ("Desember n", date(2025, 12, 31), (2025, 4)),
        ("Juni N+1", date(2026, 6, 30), (2026, 2)),
        ("Juli n+1", date(2026, 7, 31), (2026, 3)),
        (None, date(2026, 7, 31), (2026, 3)),
    ],
)
def test_a_school_year_is_named_by_the_year_in_which_it_starts(text, due, quarter):
    period = parse("2025/2026")
    assert (period.start, period.end, period.data_year) == (
        date(2025, 7, 1), date(2026, 6, 30), 2025
    )  # fmt: skip
    found = due_date(parse_schedule(text, Frequency.SCHOOL_YEAR), period)
    assert (found, Quarter.of(found)) == (due, Quarter(*quarter))


@given(near, st.integers(0, 90), st.integers(0, 90))
def test_later_is_never_less_late(due, first, more):
    earlier = due + timedelta(days=first)
    assert CALENDAR.workdays_late(due, earlier) <= CALENDAR.workdays_late(
        due, earlier + timedelta(days=more)
    )


@given(near, st.integers(0, 40), st.integers(0, 40))
def test_working_days_add_up(day, first, second):
    start = CALENDAR.next_workday(day)
    halfway = CALENDAR.add_workdays(start, first)
    assert CALENDAR.add_workdays(halfway, second) == CALENDAR.add_workdays(start, first + second)
    assert CALENDAR.is_workday(halfway)


@given(near, st.integers(-30, 0))
def test_anything_before_the_due_day_is_on_time(due, early):
    assert CALENDAR.workdays_late(due, due + timedelta(days=early)) == 0


instants = st.integers(0, 4_000_000_000).map(lambda s: datetime.fromtimestamp(s, timezone.utc))


@given(instants, st.sampled_from(sorted(ALIASES)))
def test_each_instant_lies_in_one_quarter_by_its_local_day(instant, zone):
    quarter = Quarter.of(local_date(instant, zone))
    begins = day_end_utc(quarter.start - timedelta(days=1), zone)
    assert begins <= instant < day_end_utc(quarter.end, zone)


SCHEDULES = [
    ("Maret n+1", "A"), ("Desember n", "A"), ("Februari dan Agustus", "S"), ("Triwulan n+2", "Q"),
    ("Mei n, Agustus n, November n, Februari n+1", "Q"), ("tahun berjalan bulan (n+1)", "M"),
    ("Juni N+1", "AY"), (None, "D"), (None, "W"), (None, "M"), (None, "Q"), (None, "S"),
    (None, "A"), (None, "AY"), ("Maret n+1 (2021-2025)", "A5"), ("Mei n+1 (2024-2025)", "A2"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "frequency"), SCHEDULES)
def test_due_days_come_in_the_order_of_the_periods_and_none_is_owed_twice(text, frequency):
    kind = Frequency(frequency)
    schedule = parse_schedule(text, kind)
    dues = [pair for year in range(2019, 2031) for pair in due_dates(schedule, kind, year)]
    assert len({period.code for period, _ in dues}) == len(dues) > 0
    assert [period.start for period, _ in dues] == sorted(period.start for period, _ in dues)
    assert [due for _, due in dues] == sorted(due for _, due in dues)
    assert all(parse(period.code) == period for period, _ in dues)
