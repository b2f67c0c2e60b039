"""The table of spellings in ``test_schedule`` is what the real register says, row by row."""

from __future__ import annotations

import csv
from collections import Counter

import pytest

from ckanext.satudata.calendar.frequencies import parse_frequency
from ckanext.satudata.calendar.quarters import Quarter
from ckanext.satudata.calendar.schedule import due_dates, parse_schedule
from tests.calendar.test_schedule import REAL
from tests.conftest import SHARED, needs_shared

pytestmark = needs_shared


@pytest.fixture(scope="module")
def cells():
    path = SHARED / "data" / "jabar" / "daftar-data-jabar.csv"
    with path.open(encoding="utf-8-sig", newline="") as file:
        header, *rows = csv.reader(file)
    schedule, period = header.index("JADWAL RILIS"), header.index("PERIODE DATA")
    # Two rows lack a cell and are refused by the import; here they are read as they stand.
    return Counter((row[schedule].strip(), row[period].strip()) for row in rows)


def test_every_pair_of_spellings_is_in_the_table_with_its_number(cells):
    table = Counter()
    for rows, text, period, _ in REAL:
        table[text, period] += rows
    assert sum(cells.values()) == 2618
    assert cells == table
    assert len({text for text, _ in cells}) == 50


def test_what_falls_due_in_each_quarter_of_2025(cells):
    """Rows, not items: before those that say the same are merged."""
    due = Counter()
    for (text, period), rows in cells.items():
        for frequency in parse_frequency(period).frequencies:
            schedule = parse_schedule(text, frequency)
            for year in range(2019, 2026):
                for _, day in due_dates(schedule, frequency, year):
                    if day.year == 2025:
                        due[Quarter.of(day).tw] += rows
    assert dict(due) == {1: 2074, 2: 173, 3: 218, 4: 219}
