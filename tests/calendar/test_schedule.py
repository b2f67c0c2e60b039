"""Reading the two free-text columns of a real register.

Facts: Daftar Data of the province Jawa Barat 2024–2026, annex of Keputusan Gubernur
050/Kep.960-BAPP/2023: each pair of spellings (jadwal rilis, periode data) and its rows.
"""

from __future__ import annotations

from collections import Counter
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ckanext.satudata.calendar.frequencies import Frequency, parse_frequency
from ckanext.satudata.calendar.periods import parse
from ckanext.satudata.calendar.schedule import (
    REASONS,
    DefaultDue,
    ScheduleError,
    due_date,
    due_dates,
    parse_schedule,
)

# (rows, jadwal rilis, periode data, state or reason that the reading must give)
REAL = [
    (1, "", "", "frequency_unknown"),
    (2, "*", "***", "frequency_unknown"),
    (2, "***", "***", "frequency_unknown"),
    (44, "***", "Apabila Dibutuhkan", "on_demand"),
    (2, "***", "Apabila dibutuhkan", "on_demand"),
    (1, "***", "Lima Tahun", "placeholder"),
    (17, "***", "Lima Tahunan", "placeholder"),
    (1, "***", "Tahun Ajaran", "placeholder"),
    (136, "***", "Tahunan", "placeholder"),
    (8, "***", "Triwulanan", "placeholder"),
    (7, "-", "Tahunan", "placeholder"),
    (3, "Agustus n", "Tahunan", "scheduled"),
    (1, "Agustus N+1", "Tahunan", "scheduled"),
    (63, "Agustus n+1", "Tahunan", "scheduled"),
    (9, "April - Mei N+1", "Tahun Ajaran", "month_range"),
    (20, "April n+1", "Tahunan", "scheduled"),
    (50, "April N+1", "Tahunan", "scheduled"),
    (43, "Desember", "Tahunan", "month_only"),
    (12, "Desember n", "Tahun Ajaran", "scheduled"),
    (138, "Desember n", "Tahunan", "scheduled"),
    (3, "Desember n+1", "Tahunan", "scheduled"),
    (1, "Februari dan", "Semester", "incomplete_list"),
    (1, "Februari dan", "Tahunan", "incomplete_list"),
    (31, "Februari dan Agustus", "Semester", "scheduled"),
    (2, "Februari dan Agustus", "Tahunan", "count_mismatch"),
    (8, "Februari n", "Tahunan", "scheduled"),
    (31, "Februari n+1", "Bulanan", "scheduled"),
    (438, "Februari n+1", "Tahunan", "scheduled"),
    (3, "Februari N+1", "Tahunan", "scheduled"),
    (1, "Januari", "Tahunan", "month_only"),
    (1, "Januari n", "Tahunan", "scheduled"),
    (123, "Januari n + 1", "Tahunan", "scheduled"),
    (20, "Januari n +1", "Tahunan", "scheduled"),
    (1, "Januari N+1", "3 Tahunan", "span_unknown"),
    (285, "Januari n+1", "Tahunan", "scheduled"),
    (132, "Januari N+1", "Tahunan", "scheduled"),
    (42, "Juli n+1", "Tahunan", "scheduled"),
    (42, "Juni N+1", "Tahun Ajaran", "scheduled"),
    (13, "Juni n+1", "Tahunan", "scheduled"),
    (7, "Konfirmasi n+1", "Tahunan", "confirmation"),
    (17, "Maret", "Tahunan", "month_only"),
    (8, "Maret n +1", "Tahunan", "scheduled"),
    (1, "Maret n+1", "Apabila Dibutuhkan", "on_demand"),
    (2, "Maret N+1", "Apabila Dibutuhkan", "on_demand"),
    (7, "Maret n+1", "Lima Tahunan", "span_unknown"),
    (508, "Maret n+1", "Tahunan", "scheduled"),
    (22, "Maret N+1", "Tahunan", "scheduled"),
    (10, "Mei n+1", "Tahunan", "scheduled"),
    (19, "Mei N+1", "Tahunan", "scheduled"),
    (3, "Mei n, Agustus n, November n, Februari n+1", "Tahunan", "count_mismatch"),
    (1, "Mei n, Agustus n, November n, Februari n+1", "Triwulanan", "scheduled"),
    (2, "N+1", "Apabila Diajukan", "on_demand"),
    (5, "N+1", "Tahunan dan bulanan", "year_only"),
    (1, "n+1 dari Tahun Penilaian", "Dwi Tahunan", "year_only"),
    (1, "N+2", "Bulanan", "year_only"),
    (1, "N+2", "Tahunan", "year_only"),
    (8, "November", "Tahun Ajaran", "month_only"),
    (20, "November n", "Tahunan", "scheduled"),
    (4, "November N+1", "Tahunan", "scheduled"),
    (23, "Oktober n+1", "Tahunan", "scheduled"),
    (10, "September n + 1", "Tahunan", "scheduled"),
    (49, "September n+1", "Tahunan", "scheduled"),
    (3, "Situasional", "Tahunan", "situational"),
    (1, "tahun berjalan", "Tahunan", "year_only"),
    (23, "tahun berjalan bulan (n+1)", "Tahunan", "frequency_mismatch"),
    (2, "Tetap", "Tetap", "unreadable"),
    (104, "Tidak dipublikasikan", "Tahunan", "internal"),
    (18, "Triwulan n+2", "Triwulan", "scheduled"),
]


def test_all_rows_of_the_register_are_here():
    assert sum(rows for rows, *_ in REAL) == 2618


@pytest.mark.parametrize(("rows", "text", "period", "expected"), REAL)
def test_real_spellings(rows, text, period, expected):
    reading = parse_frequency(period)
    for frequency in reading.frequencies:
        schedule = parse_schedule(text, frequency)
        assert (schedule.reason or schedule.state) == expected
        assert (schedule.state == "needs_schedule") == (schedule.reason is not None)
        assert schedule.reason is None or schedule.reason in REASONS
        assert schedule.raw == text
        assert bool(due_dates(schedule, frequency, 2025)) == schedule.gives_dates


def test_real_register_in_numbers():
    totals = Counter()
    for rows, text, period, _ in REAL:
        totals[parse_schedule(text, parse_frequency(period).frequencies[0]).state] += rows
    assert totals == {"scheduled": 2151, "needs_schedule": 312, "internal": 104, "on_demand": 51}


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("Tahunan", "A"),
        ("Tahun Ajaran", "AY"),
        ("Apabila Dibutuhkan", "OD"),
        ("Apabila dibutuhkan", "OD"),
        ("Apabila Diajukan", "OD"),
        ("Bulanan", "M"),
        ("Semester", "S"),
        ("Semesteran", "S"),
        ("Triwulan", "Q"),
        ("Triwulanan", "Q"),
        ("Lima Tahun", "A5"),
        ("Lima Tahunan", "A5"),
        ("5 tahunan", "A5"),
        ("3 Tahunan", "A3"),
        ("Dwi Tahunan", "A2"),
        ("Tahunan dan bulanan", "A M"),
        ("  TAHUNAN  DAN  BULANAN ", "A M"),
        ("harian", "D"),
        ("Mingguan", "W"),
        ("bulanan/triwulanan", "M Q"),
        ("Tetap", "A"),
        ("AY", "AY"),
        ("m", "M"),
        ("***", None),
        ("", None),
        ("-", None),
        ("Tahunan dan ***", None),
        ("dan", None),
    ],
)
def test_frequencies(text, codes):
    reading = parse_frequency(text)
    assert reading.understood == (codes is not None)
    assert " ".join(reading.frequencies) == (codes or "I")
    assert reading.static == (text == "Tetap")


@pytest.mark.parametrize(
    ("text", "code", "due"),
    [
        ("Maret n+1", "2024", "2025-03-31"),
        ("MARET  N + 1", "2024", "2025-03-31"),
        ("maret n +1", "2024", "2025-03-31"),
        ("Maret (n+1)", "2024", "2025-03-31"),
        ("Februari n+1", "2023", "2024-02-29"),
        ("Desember n", "2024", "2024-12-31"),
        ("Desember n", "2024/2025", "2024-12-31"),
        ("Juni N+1", "2024/2025", "2025-06-30"),
        ("Februari n+1", "2025-03", "2026-02-28"),
        ("Februari dan Agustus", "2025-S1", "2025-08-31"),
        ("Februari dan Agustus", "2025-S2", "2026-02-28"),
        ("Agustus dan Februari", "2025-S2", "2026-02-28"),
        ("Mei n, Agustus n, November n, Februari n+1", "2025-Q1", "2025-05-31"),
        ("Mei n, Agustus n, November n, Februari n+1", "2025-Q4", "2026-02-28"),
        ("Mei, Agustus, November, Februari", "2025-Q3", "2025-11-30"),
        ("Mei, Agustus, November dan Februari", "2025-Q4", "2026-02-28"),
        ("Triwulan n+2", "2025-Q1", "2025-09-30"),
        ("Triwulan n+2", "2025-Q3", "2026-03-31"),
        ("tahun berjalan bulan (n+1)", "2025-11", "2025-12-31"),
        ("tahun berjalan bulan (n+1)", "2025-12", "2026-01-31"),
        ("Maret n+1 (2021-2025)", "2021-2025", "2026-03-31"),
        ("Maret n+1 (2016-2020)", "2021-2025", "2026-03-31"),
        ("Januari N+1, periode 2024-2026", "2024-2026", "2027-01-31"),
        # no schedule given: the defaults
        (None, "2025-12", "2026-01-15"),
        (None, "2025-Q1", "2025-04-30"),
        (None, "2025-S1", "2025-08-31"),
        (None, "2025-S2", "2026-02-28"),
        (None, "2025", "2026-03-31"),
        (None, "2024/2025", "2025-07-31"),
        (None, "2025-W01", "2025-01-10"),
        (None, "2025-06-30", "2025-07-01"),
        ("Tidak dipublikasikan", "2025", "2026-03-31"),
    ],
)
def test_due_dates(text, code, due):
    period = parse(code)
    schedule = parse_schedule(text, period.kind)
    assert schedule.gives_dates
    assert due_date(schedule, period).isoformat() == due
    if schedule.state == "scheduled":
        assert (period, date.fromisoformat(due)) in due_dates(
            schedule, period.kind, period.data_year
        )


@pytest.mark.parametrize(
    ("text", "frequency", "reason"),
    [
        ("", "A", "empty"),
        ("   ", "A", "empty"),
        ("Februari n+1, Mei n, Agustus n, November n", "Q", "due_before_period_ends"),
        ("Agustus n", "M", "due_before_period_ends"),
        ("Mei n, Agustus", "S", "unreadable"),
        ("Mei dan Mei", "S", "count_mismatch"),
        ("Maret n+1", "A5", "span_unknown"),
        ("Maret n+1 (2024-2025)", "A5", "span_unknown"),
        (None, "A3", "span_unknown"),
        ("Triwulan n+2", "M", "frequency_mismatch"),
        ("Maret 2026", "A", "unreadable"),
        ("kapan-kapan", "A", "unreadable"),
    ],
)
def test_what_is_never_guessed(text, frequency, reason):
    schedule = parse_schedule(text, Frequency(frequency))
    assert (schedule.state, schedule.reason) == ("needs_schedule", reason)
    assert due_dates(schedule, Frequency(frequency), 2025) == []
    with pytest.raises(ScheduleError) as caught:
        due_date(schedule, parse("2025"))
    assert caught.value.code == reason


def test_every_reason_is_reachable():
    real = {expected for *_, expected in REAL}
    more = {"empty", "due_before_period_ends"}
    assert real | more >= REASONS


def test_a_span_is_owed_once_in_its_years():
    schedule = parse_schedule("Maret n+1 (2021-2025)", Frequency.QUINQUENNIAL)
    owed = [
        (period.code, due.isoformat())
        for year in range(2020, 2031)
        for period, due in due_dates(schedule, Frequency.QUINQUENNIAL, year)
    ]
    assert owed == [
        ("2016-2020", "2021-03-31"),
        ("2021-2025", "2026-03-31"),
        ("2026-2030", "2031-03-31"),
    ]


def test_defaults_can_be_replaced():
    schedule = parse_schedule(None, Frequency.MONTH)
    defaults = {Frequency.MONTH: DefaultDue(months=1, day=31)}
    assert due_date(schedule, parse("2025-01"), defaults) == date(2025, 2, 28)


@given(st.text(max_size=40), st.sampled_from(list(Frequency)))
def test_any_text_gives_a_state(text, frequency):
    schedule = parse_schedule(text, frequency)
    for period, due in due_dates(schedule, frequency, 2025):
        assert due >= period.start
    parse_frequency(text)
