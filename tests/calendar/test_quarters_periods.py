from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ckanext.satudata.calendar.frequencies import Frequency
from ckanext.satudata.calendar.periods import (
    PeriodError,
    label,
    parse,
    parse_years,
    periods_between,
    sub_periods,
)
from ckanext.satudata.calendar.quarters import Quarter

REACH = {"D": 9, "W": 30, "M": 100, "Q": 300, "S": 500, "A": 900, "AY": 900}
days = st.dates(date(1950, 1, 1), date(2150, 12, 31))
CALENDAR_KINDS = [
    Frequency.DAY,
    Frequency.WEEK,
    Frequency.MONTH,
    Frequency.QUARTER,
    Frequency.SEMESTER,
    Frequency.YEAR,
    Frequency.SCHOOL_YEAR,
]
SPAN_KINDS = [Frequency.BIENNIAL, Frequency.TRIENNIAL, Frequency.QUINQUENNIAL]


@given(days)
def test_a_day_lies_in_its_quarter_only(day):
    quarter = Quarter.of(day)
    assert quarter.contains(day)
    assert not quarter.next().contains(day)
    assert not quarter.previous().contains(day)
    assert quarter.next().previous() == quarter
    assert quarter.next().start == quarter.end + timedelta(days=1)
    assert Quarter.parse(str(quarter)) == quarter
    assert quarter.previous() < quarter < quarter.next()


def test_quarter_texts():
    assert Quarter.parse("2025-1") == Quarter.parse(" 2025-tw1 ") == Quarter(2025, 1)
    assert str(Quarter(2025, 1)) == "2025-TW1"
    assert Quarter(2025, 1).label("en") == "TW I 2025"
    assert Quarter(2025, 4).label("id") == "Triwulan IV 2025"
    assert Quarter(2024, 1).end == date(2024, 3, 31)


@pytest.mark.parametrize(
    "text", ["", "2025", "2025-5", "2025-Q1", "25-1", "2025-TW", "0001-1", "0002-1", "9998-4"]
)
def test_what_is_no_quarter(text):
    with pytest.raises(ValueError, match=r".+"):
        Quarter.parse(text)


@pytest.mark.parametrize(
    ("code", "kind", "start", "end", "indonesian", "english"),
    [
        ("2026-01-31", "D", "2026-01-31", "2026-01-31", "31 Januari 2026", "31 January 2026"),
        ("2026-W05", "W", "2026-01-26", "2026-02-01", "Minggu 5 2026", "Week 5 2026"),
        ("2026-01", "M", "2026-01-01", "2026-01-31", "Januari 2026", "January 2026"),
        ("2026-Q1", "Q", "2026-01-01", "2026-03-31", "Triwulan I 2026", "Quarter I 2026"),
        ("2026-S2", "S", "2026-07-01", "2026-12-31", "Semester II 2026", "Semester II 2026"),
        ("2026", "A", "2026-01-01", "2026-12-31", "2026", "2026"),
        ("2025/2026", "AY", "2025-07-01", "2026-06-30", "TA 2025/2026", "School year 2025/2026"),
        ("2025-2026", "A2", "2025-01-01", "2026-12-31", "2025-2026", "2025-2026"),
        ("2024-2026", "A3", "2024-01-01", "2026-12-31", "2024-2026", "2024-2026"),
        ("2022-2026", "A5", "2022-01-01", "2026-12-31", "2022-2026", "2022-2026"),
    ],
)
def test_period_codes(code, kind, start, end, indonesian, english):
    period = parse(code)
    assert period.kind == Frequency(kind)
    assert (period.start.isoformat(), period.end.isoformat()) == (start, end)
    assert str(period) == code
    assert label(period, "id") == indonesian
    assert label(period, "en") == english


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "not_a_period"),
        ("2026-1", "not_a_period"),
        ("Januari 2026", "not_a_period"),
        ("2026-Q5", "not_a_period"),
        ("2026-13", "no_such_date"),
        ("2026-02-29", "no_such_date"),
        ("2025-W53", "no_such_date"),
        ("2025/2027", "bad_school_year"),
        ("2026-2026", "bad_span"),
        ("2020-2023", "bad_span"),
        ("2026-2024", "bad_span"),
        ("0206", "year_out_of_range"),
    ],
)
def test_what_is_no_period(text, code):
    with pytest.raises(PeriodError) as caught:
        parse(text)
    assert caught.value.code == code
    assert caught.value.value == text


@given(days, st.sampled_from(CALENDAR_KINDS))
@settings(max_examples=60)
def test_periods_are_gapless_and_round_trip(day, kind):
    found = periods_between(kind, day, day + timedelta(days=REACH[kind]))
    assert len(found) >= 2
    for earlier, later in pairwise(found):
        assert later.start == earlier.end + timedelta(days=1)
        assert earlier.next() == later
    for period in (found[0], found[-1]):
        assert day <= period.end <= day + timedelta(days=REACH[kind])
        assert parse(period.code) == period
        assert sub_periods(period.data_year, kind)[period.position] == period


@settings(max_examples=60)
@given(days, st.integers(0, 900), st.integers(0, 900), st.sampled_from(CALENDAR_KINDS))
def test_neighbouring_ranges_share_no_period(day, first, second, kind):
    middle = day + timedelta(days=first)
    end = middle + timedelta(days=1 + second)
    parts = periods_between(kind, day, middle)
    parts += periods_between(kind, middle + timedelta(days=1), end)
    assert parts == periods_between(kind, day, end)


@pytest.mark.parametrize(
    ("kind", "count"), zip(CALENDAR_KINDS, (365, 53, 12, 4, 2, 1, 1), strict=True)
)
def test_number_of_periods_in_2026(kind, count):
    assert len(sub_periods(2026, kind)) == count


@given(st.integers(1990, 2060), st.integers(1990, 2060), st.sampled_from(SPAN_KINDS))
def test_spans_of_years_need_an_anchor(year, anchor, kind):
    assert sub_periods(year, kind) == []
    window = [p for y in range(year, year + kind.span_years) for p in sub_periods(y, kind, anchor)]
    assert len(window) == 1
    assert (window[0].end.year - anchor) % kind.span_years == 0
    assert parse(window[0].code) == window[0]
    assert window[0].next().start == window[0].end + timedelta(days=1)
    start, end = date(year, 1, 1), date(year + kind.span_years - 1, 12, 31)
    assert periods_between(kind, start, end, anchor) == window
    with pytest.raises(PeriodError):
        periods_between(kind, start, end)


def test_rhythms_without_periods():
    for kind in (Frequency.ON_DEMAND, Frequency.IRREGULAR):
        assert sub_periods(2026, kind) == []
        with pytest.raises(PeriodError):
            periods_between(kind, date(2026, 1, 1), date(2026, 12, 31))


@pytest.mark.parametrize(
    ("text", "years"),
    [
        ("2019 - 2024", [2019, 2020, 2021, 2022, 2023, 2024]),
        ("2019-2020", [2019, 2020]),
        ("2020", [2020]),
        ("2018, 2020", [2018, 2020]),
        ("2018 dan 2020", [2018, 2020]),
        ("2021 s.d. 2022", [2021, 2022]),
        (" 2020,2018 - 2019 ", [2018, 2019, 2020]),
    ],
)
def test_years_as_catalogues_state_them(text, years):
    assert [period.code for period in parse_years(text)] == [str(year) for year in years]


@pytest.mark.parametrize("text", ["", "-", "2024 - 2019", "2019 -", "tahun", "2019 2020", "19"])
def test_what_states_no_years(text):
    with pytest.raises(PeriodError):
        parse_years(text)
