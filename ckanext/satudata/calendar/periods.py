"""Data periods: what the figures of a delivery are about.

Codes: ``2026-01-31`` day, ``2026-W05`` ISO week, ``2026-01`` month, ``2026-Q1``, ``2026-S1``,
``2026`` year, ``2025/2026`` school year (1 July to 30 June), ``2024-2026`` a span of 2, 3 or
5 whole years.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from .formats import bulan, tanggal
from .frequencies import Frequency
from .quarters import ROMAN

MIN_YEAR, MAX_YEAR = 1900, 2199

_ONE_DAY = timedelta(days=1)
_SPANS = {frequency.span_years: frequency for frequency in Frequency if frequency.span_years}


class PeriodError(ValueError):
    """A text is not a data period.

    ``code`` is a stable machine key, ``value`` the offending text; both let the caller choose
    a translated message. ``str()`` is the English message.
    """

    def __init__(self, message: str, code: str, value: object = "") -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.value = value


@dataclass(frozen=True)
class Period:
    """A data period. ``start`` and ``end`` are inclusive; ``code`` parses back to it."""

    code: str
    start: date
    end: date
    kind: Frequency

    @property
    def data_year(self) -> int:
        """The "n" of a jadwal rilis.

        The calendar year; for a school year the year in which it *starts* (so "Juni n+1" is
        the end of that school year); for a span of years its last one; for a week the ISO year.
        """
        if self.kind is Frequency.WEEK:
            return self.start.isocalendar().year
        return self.start.year if self.kind is Frequency.SCHOOL_YEAR else self.end.year

    @property
    def position(self) -> int:
        """Place among the periods of its kind in the data year, counted from 0."""
        if self.kind is Frequency.DAY:
            return (self.start - date(self.start.year, 1, 1)).days
        if self.kind is Frequency.WEEK:
            return self.start.isocalendar().week - 1
        if self.kind in _MONTHS:
            return (self.start.month - 1) // _MONTHS[self.kind]
        return 0

    def next(self, count: int = 1) -> Period:
        """Return the ``count``-th period of the same kind after this one."""
        period = self
        for _ in range(count):
            period = _containing(period.kind, period.end + _ONE_DAY)
        return period

    def __str__(self) -> str:
        return self.code


_MONTHS = {Frequency.MONTH: 1, Frequency.QUARTER: 3, Frequency.SEMESTER: 6, Frequency.YEAR: 12}


def month_end(year: int, month: int) -> date:
    """Return the last day of a month; ``month`` may run beyond 12 into later years."""
    year, month0 = year + month // 12, month % 12
    return date(year, month0 + 1, 1) - _ONE_DAY


def _check_year(year: int, text: object) -> None:
    if not MIN_YEAR <= year <= MAX_YEAR:
        raise PeriodError(f"Year out of range: {text}", "year_out_of_range", text)


def _months(kind: Frequency, year: int, number: int) -> Period:
    """Return the ``number``-th (from 1) month, quarter, semester or year of ``year``."""
    length = _MONTHS[kind]
    suffix = {
        Frequency.MONTH: f"-{number:02d}",
        Frequency.QUARTER: f"-Q{number}",
        Frequency.SEMESTER: f"-S{number}",
        Frequency.YEAR: "",
    }[kind]
    start = date(year, (number - 1) * length + 1, 1)
    return Period(f"{year}{suffix}", start, month_end(year, number * length), kind)


def _week(day: date) -> Period:
    year, week, _ = day.isocalendar()
    start = date.fromisocalendar(year, week, 1)
    return Period(f"{year}-W{week:02d}", start, start + timedelta(days=6), Frequency.WEEK)


def _school_year(year: int) -> Period:
    return Period(
        f"{year}/{year + 1}", date(year, 7, 1), date(year + 1, 6, 30), Frequency.SCHOOL_YEAR
    )


def span(kind: Frequency, last_year: int) -> Period:
    """Return the two-, three- or five-yearly period that ends with ``last_year``."""
    first = last_year - kind.span_years + 1
    return Period(f"{first}-{last_year}", date(first, 1, 1), date(last_year, 12, 31), kind)


def _containing(kind: Frequency, day: date) -> Period:
    """Return the period of ``kind`` around ``day``; a span of years starts in that year."""
    if kind is Frequency.DAY:
        return Period(day.isoformat(), day, day, kind)
    if kind is Frequency.WEEK:
        return _week(day)
    if kind in _MONTHS:
        return _months(kind, day.year, (day.month - 1) // _MONTHS[kind] + 1)
    if kind is Frequency.SCHOOL_YEAR:
        return _school_year(day.year if day.month >= 7 else day.year - 1)
    return span(kind, day.year + kind.span_years - 1)


_CODE = re.compile(
    r"(?P<year>\d{4})(?:-(?P<month>\d{2})(?:-(?P<day>\d{2}))?|-W(?P<week>\d{2})|-Q(?P<quarter>[1-4])"
    r"|-S(?P<semester>[12])|/(?P<school>\d{4})|-(?P<last>\d{4}))?"
)


def parse(code: str) -> Period:
    """Read a period code (see the module's docstring); letters in any case.

    :raises PeriodError: when the text is no period code or names no existing day or week
    """
    text = code.strip()
    match = _CODE.fullmatch(text.upper())
    if not match:
        raise PeriodError(f"Not a data period: {text}", "not_a_period", text)
    part = {key: int(value) for key, value in match.groupdict().items() if value is not None}
    year = part.pop("year")
    _check_year(year, text)
    try:
        return _build(year, part, text)
    except PeriodError:
        raise
    except ValueError as error:
        raise PeriodError(f"No such date: {text}", "no_such_date", text) from error


def _build(year: int, part: dict[str, int], text: str) -> Period:
    if "day" in part:
        return _containing(Frequency.DAY, date(year, part["month"], part["day"]))
    if "month" in part:
        date(year, part["month"], 1)
        return _months(Frequency.MONTH, year, part["month"])
    if "week" in part:
        return _week(date.fromisocalendar(year, part["week"], 1))
    if "quarter" in part:
        return _months(Frequency.QUARTER, year, part["quarter"])
    if "semester" in part:
        return _months(Frequency.SEMESTER, year, part["semester"])
    if "school" in part:
        if part["school"] != year + 1:
            raise PeriodError(
                f"A school year joins two following years: {text}", "bad_school_year", text
            )
        return _school_year(year)
    if "last" in part:
        kind = _SPANS.get(part["last"] - year + 1)
        if kind is None:
            raise PeriodError(f"A span of years covers 2, 3 or 5 years: {text}", "bad_span", text)
        return span(kind, part["last"])
    return _months(Frequency.YEAR, year, 1)


def _walk(kind: Frequency, first: Period, end: date) -> Iterator[Period]:
    period = first
    while period.end <= end:
        yield period
        period = _containing(kind, period.end + _ONE_DAY)


def periods_between(
    kind: Frequency, start: date, end: date, anchor: int | None = None
) -> list[Period]:
    """Return the periods of ``kind`` whose **last day** lies in ``start``..``end`` (inclusive).

    The last day decides because figures about a period exist only once it is over; so
    neighbouring ranges share no period and miss none. ``anchor`` is the last year of any one
    span and is needed for two-, three- and five-yearly rhythms only.

    :raises PeriodError: ``anchor_needed``, or ``no_periods`` for on demand and irregular
    """
    if not kind.has_periods:
        raise PeriodError(f"No periods exist for frequency {kind}", "no_periods", kind.value)
    if end < start:
        return []
    if kind.span_years:
        if anchor is None:
            raise PeriodError(
                f"Which years does one {kind.span_years}-yearly period cover?",
                "anchor_needed",
                kind.value,
            )
        last = anchor - (anchor - start.year) // kind.span_years * kind.span_years
        first = span(kind, last)
    else:
        first = _containing(kind, start)
    return [period for period in _walk(kind, first, end) if period.end >= start]


def sub_periods(year: int, frequency: Frequency, anchor: int | None = None) -> list[Period]:
    """Return the periods of a data year, in order (see :attr:`Period.data_year` for "n").

    Empty for on demand and irregular, and for a span of years when ``year`` is not the last
    year of one, or when ``anchor`` (the last year of any one span) is unknown.

    :raises PeriodError: ``year_out_of_range``
    """
    _check_year(year, year)
    if not frequency.has_periods:
        return []
    if frequency.span_years:
        due = anchor is not None and (year - anchor) % frequency.span_years == 0
        return [span(frequency, year)] if due else []
    if frequency is Frequency.SCHOOL_YEAR:
        return [_school_year(year)]
    if frequency is Frequency.WEEK:
        last = date(year, 12, 28)  # always in the last ISO week of its year
        return periods_between(frequency, date.fromisocalendar(year, 1, 7), _week(last).end)
    return periods_between(frequency, date(year, 1, 1), date(year, 12, 31))


_YEAR_ITEM = re.compile(
    r"(\d{4})(?:\s*(?:-|–|—|s\.?d\.?|s/d|sampai(?: dengan)?|to)\s*(\d{4}))?", re.IGNORECASE
)


def parse_years(text: str) -> list[Period]:
    """Read the years that a catalogue entry states: "2020", "2019 - 2024", "2018, 2020".

    Returns yearly periods in order, each once.

    :raises PeriodError: for anything else, or a range that runs backwards
    """
    years: set[int] = set()
    for item in re.split(r"\s*(?:[,;&]|\bdan\b|\band\b)\s*", text.strip()):
        match = _YEAR_ITEM.fullmatch(item.strip())
        if not match:
            raise PeriodError(f"Not a year or a range of years: {text}", "not_years", text)
        first, last = int(match[1]), int(match[2] or match[1])
        _check_year(first, text)
        _check_year(last, text)
        if last < first:
            raise PeriodError(f"The range runs backwards: {text}", "years_backwards", text)
        years.update(range(first, last + 1))
    return [_months(Frequency.YEAR, year, 1) for year in sorted(years)]


def label(period: Period, lang: str) -> str:
    """Return the name to show, in Indonesian (``lang`` "id…") or English."""
    indonesian = lang.startswith("id")
    year = period.data_year
    number = period.position + 1
    kind = period.kind
    if kind is Frequency.DAY:
        return tanggal(period.start, lang)
    if kind is Frequency.WEEK:
        return f"{'Minggu' if indonesian else 'Week'} {number} {year}"
    if kind is Frequency.MONTH:
        return f"{bulan(period.start, lang)} {year}"
    if kind is Frequency.QUARTER:
        return f"{'Triwulan' if indonesian else 'Quarter'} {ROMAN[number - 1]} {year}"
    if kind is Frequency.SEMESTER:
        return f"Semester {ROMAN[number - 1]} {year}"
    if kind is Frequency.SCHOOL_YEAR:
        return f"{'TA' if indonesian else 'School year'} {period.code}"
    return period.code
