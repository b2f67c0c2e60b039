"""Dates, years and whole numbers as people type them."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ckanext.satudata.calendar import formats
from ckanext.satudata.metadata import typed_text

DAYS = st.dates(dt.date(1900, 1, 1), dt.date(2199, 12, 31))


@given(DAYS)
def test_a_date_reads_the_same_in_every_form(day):
    forms = (
        day.isoformat(),
        f"{day.day}/{day.month}/{day.year}",
        f"{day.day:02}-{day.month:02}-{day.year}",
        f" {day.day}.{day.month}.{day.year} ",
        formats.tanggal(day, "id"),
        formats.tanggal(day, "en").upper(),
    )
    assert {typed_text.iso_date(text) for text in forms} == {day.isoformat()}


@pytest.mark.parametrize(
    "text",
    ["", "kemarin", "2025", "31/02/2025", "1/2-2025", "3/4/25", "31 Agustos 2025", "٣١/٨/٢٠٢٥",
     "1899-12-31", "2025-08-31T00:00"],
)  # fmt: skip
def test_what_is_no_date_is_refused(text):
    with pytest.raises(ValueError):  # noqa: PT011 (the text is all there is to say)
        typed_text.iso_date(text)


@given(st.integers(0, 10**15 - 1))
def test_a_whole_number_reads_the_same_with_parted_thousands(number):
    parted = formats.angka(number, "id", 0)
    for text in (str(number), parted, parted.replace(".", " "), f" 00{number} "):
        assert typed_text.integer(text) == str(number)


@pytest.mark.parametrize("text", ["", "1,5", "1.5", "1,250", "-3", "12.5000", "banyak", "٣", "1e3"])
def test_what_is_no_whole_number_is_refused(text):
    with pytest.raises(ValueError):  # noqa: PT011
        typed_text.integer(text)


@given(st.text(max_size=6))
def test_a_year_is_four_digits_in_a_range(text):
    try:
        year = typed_text.year(text)
    except ValueError:
        assert text.strip() not in {str(year) for year in range(1900, 2200)}
    else:
        assert 1900 <= int(year) <= 2199
