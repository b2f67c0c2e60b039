"""Jadwal rilis: from the free text of a register to due dates.

"n" is the data year (:attr:`.periods.Period.data_year`); a month means its last day.

==============================================  ==================================================
text                                            reading
==============================================  ==================================================
``Maret n+1``, ``Januari N+1``, ``Desember n``  that month of year n+k, for every period of year n
``Mei n, Agustus n, November n, Februari n+1``  one due date per sub-period, in order
``Februari dan Agustus`` (half-yearly)          one month per sub-period and no year: each
                                                sub-period is due in the month listed that comes
                                                first after its end, so S1 of n in Agustus n and S2
                                                in Februari n+1
``Triwulan n+2`` (quarterly)                    end of the second quarter after the data quarter;
                                                likewise ``Bulan n+1``, ``Semester n+1``
``tahun berjalan bulan (n+1)`` (monthly)        end of the month after the data month
==============================================  ==================================================

What leaves a choice is never guessed: it gets the state ``needs_schedule`` with a reason key,
becomes a task and creates no obligation. (Source: compliance design, section 2.)
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from .frequencies import Frequency
from .periods import Period, month_end, span, sub_periods

State = Literal["scheduled", "default", "needs_schedule", "internal", "on_demand"]

#: Why a text needs scheduling; the register has the sentences.
REASONS: frozenset[str] = frozenset(
    {
        "frequency_unknown",  # the periode data is not understood
        "empty",  # the cell is empty
        "placeholder",  # "***", "-"
        "situational",  # "Situasional"
        "confirmation",  # "Konfirmasi …"
        "month_only",  # "Maret": of year n or n+1?
        "year_only",  # "N+1": which month?
        "month_range",  # "April - Mei N+1"
        "incomplete_list",  # "Februari dan"
        "count_mismatch",  # other number of dates than periods in a year
        "frequency_mismatch",  # "Triwulan n+2" for another rhythm
        "due_before_period_ends",  # list out of order, or a year missing
        "span_unknown",  # a span of years without its years
        "unreadable",  # anything else
    }
)


class ScheduleError(ValueError):
    """A due date was asked of a schedule that gives none; ``code`` is its reason or state."""

    def __init__(self, message: str, code: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True)
class DueRule:
    """When a period is due.

    With ``month``: the end of that month, ``year_offset`` years after the data year.
    Without: the end of the ``period_offset``-th period of the same kind after the data period.
    """

    month: int | None = None
    year_offset: int = 0
    period_offset: int = 0

    def due(self, period: Period) -> date:
        """Return the nominal due date of ``period``."""
        if self.month is None:
            return period.next(self.period_offset).end
        return month_end(period.data_year + self.year_offset, self.month)


@dataclass(frozen=True)
class DefaultDue:
    """Due date where no schedule is given, counted from a period's last day.

    ``months`` later on ``day`` of the month (None: its last day), or ``days`` later.
    """

    months: int = 0
    day: int | None = None
    days: int = 0

    def due(self, period: Period) -> date:
        """Return the nominal due date of ``period``."""
        if self.days:
            return period.end + timedelta(days=self.days)
        last = month_end(period.end.year, period.end.month + self.months)
        return last if self.day is None else last.replace(day=min(self.day, last.day))


_YEARLY_DEFAULT = DefaultDue(months=3)  # end of March: the commonest schedule of real registers

#: Monthly is the design's; the others follow the commonest schedules of real registers.
DEFAULT_DUE: Mapping[Frequency, DefaultDue] = {
    Frequency.DAY: DefaultDue(days=1),  # the next day
    Frequency.WEEK: DefaultDue(days=5),  # Friday of the next week
    Frequency.MONTH: DefaultDue(months=1, day=15),  # 15th of the next month
    Frequency.QUARTER: DefaultDue(months=1),  # end of the following month
    Frequency.SEMESTER: DefaultDue(months=2),  # end of August and of February
    Frequency.YEAR: _YEARLY_DEFAULT,
    Frequency.SCHOOL_YEAR: DefaultDue(months=1),  # end of July
    Frequency.BIENNIAL: _YEARLY_DEFAULT,
    Frequency.TRIENNIAL: _YEARLY_DEFAULT,
    Frequency.QUINQUENNIAL: _YEARLY_DEFAULT,
}


@dataclass(frozen=True)
class Schedule:
    """A jadwal rilis as read.

    - ``scheduled``: ``offsets`` hold one rule for all periods of a data year, or one for each
    - ``default``: nothing given; :data:`DEFAULT_DUE` of the frequency applies
    - ``internal``: "Tidak dipublikasikan": not published, may still be owed internally, then
      by the default of the frequency
    - ``on_demand``: owed only when asked for by a permintaan data, whatever the text says
    - ``needs_schedule``: a task; ``reason`` is a key of :data:`REASONS`

    ``anchor``: last year of one period of a two-, three- or five-yearly datum.
    """

    raw: str
    state: State
    offsets: tuple[DueRule, ...] = ()
    reason: str | None = None
    anchor: int | None = None

    @property
    def gives_dates(self) -> bool:
        """Tell whether due dates follow from this schedule."""
        return self.state in ("scheduled", "default", "internal")


_MONTH_NAMES = (
    "januari|jan",
    "februari|pebruari|feb|peb",
    "maret|mar",
    "april|apr",
    "mei",
    "juni|jun",
    "juli|jul",
    "agustus|agt|agu|ags",
    "september|sept|sep",
    "oktober|okt",
    "november|nopember|nov|nop",
    "desember|des",
)
MONTH_NUMBER = {
    name: number for number, names in enumerate(_MONTH_NAMES, 1) for name in names.split("|")
}
"""Number of a month by each of its Indonesian names and short forms, in small letters."""

_MONTH = rf"(?:(?:akhir )?bulan )?(?P<month>{'|'.join(MONTH_NUMBER)})"
_N = r"\(? ?(?:tahun )?n(?: ?\+ ?(?P<years>\d))? ?\)?"
_ITEM = re.compile(rf"{_MONTH}(?: {_N})?")
_MONTH_RANGE = re.compile(rf"(?:{'|'.join(MONTH_NUMBER)}) ?(?:-|–|s\.?d\.?|s/d|sampai) ?[a-z].*")
_RELATIVE = re.compile(
    r"(?:tahun berjalan )?(?P<unit>bulan|triwulan|semester) \(? ?n ?\+ ?(?P<count>\d) ?\)?"
)
_RELATIVE_UNITS = {
    "bulan": Frequency.MONTH,
    "triwulan": Frequency.QUARTER,
    "semester": Frequency.SEMESTER,
}
_SPAN = re.compile(r"[\s,]*\(?(?:periode )?(\d{4}) ?[-–] ?(\d{4})\)?$")
_PLACEHOLDER = re.compile(r"[^\w]+|n/a|xxx+")

_UNREADABLE: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), reason)
    for pattern, reason in (
        (r"situasional.*|insidentil.*", "situational"),
        (r"konfirmasi.*", "confirmation"),
        (r"(?:tahun )?n ?(?:\+ ?\d)?(?: dari .*)?|tahun berjalan|\d{4}", "year_only"),
    )
)


class _NotReadError(Exception):
    """Carries the reason key why a text gives no due dates."""


def parse_schedule(text: str | None, frequency: Frequency) -> Schedule:
    """Read a JADWAL RILIS cell for a datum of ``frequency``. Never raises.

    ``None`` means that the source has no schedule at all (no such column): the default of the
    frequency applies. A cell that exists and is empty or says ``***`` needs scheduling.
    A two-, three- or five-yearly schedule must name the years of one period in brackets
    ("Maret n+1 (2022-2026)"), as nothing else tells in which years it is owed.
    """
    raw = text or ""
    if frequency is Frequency.ON_DEMAND:
        return Schedule(raw, "on_demand")
    if frequency is Frequency.IRREGULAR:
        return Schedule(raw, "needs_schedule", reason="frequency_unknown")
    normal = " ".join(raw.lower().split())
    try:
        anchor = None
        if frequency.span_years:
            normal, anchor = _read_span(normal, frequency)
        if text is None:
            return Schedule(raw, "default", anchor=anchor)
        if re.fullmatch(r"tidak (?:di)?publikasi(?:kan)?", normal):
            return Schedule(raw, "internal", anchor=anchor)
        if re.fullmatch(r"(?:apabila|jika|bila|sesuai|sewaktu-waktu)\b.*", normal):
            return Schedule(raw, "on_demand")
        return Schedule(raw, "scheduled", _read_rules(normal, frequency), anchor=anchor)
    except _NotReadError as error:
        return Schedule(raw, "needs_schedule", reason=str(error))


def _read_span(normal: str, frequency: Frequency) -> tuple[str, int]:
    """Split "maret n+1 (2022-2026)" into its schedule and the last year of that period."""
    match = _SPAN.search(normal)
    if match is None:
        # A text that is unusable anyway is told its own fault first.
        if normal:
            _read_rules(normal, frequency)
        raise _NotReadError("span_unknown")
    first, last = int(match[1]), int(match[2])
    if last - first + 1 != frequency.span_years:
        raise _NotReadError("span_unknown")
    return normal[: match.start()], last


def _read_rules(normal: str, frequency: Frequency) -> tuple[DueRule, ...]:
    if not normal:
        raise _NotReadError("empty")
    if _PLACEHOLDER.fullmatch(normal):
        raise _NotReadError("placeholder")
    relative = _RELATIVE.fullmatch(normal)
    if relative:
        if _RELATIVE_UNITS[relative["unit"]] is not frequency:
            raise _NotReadError("frequency_mismatch")
        return (DueRule(period_offset=int(relative["count"])),)
    for pattern, reason in _UNREADABLE:
        if pattern.fullmatch(normal):
            raise _NotReadError(reason)
    if _MONTH_RANGE.fullmatch(normal):
        raise _NotReadError("month_range")
    return _read_months(normal, frequency)


def _read_months(normal: str, frequency: Frequency) -> tuple[DueRule, ...]:
    months: list[tuple[int, int | None]] = []
    for item in re.split(r" ?(?:,|;|&|\bdan\b) ?", normal):
        match = _ITEM.fullmatch(item)
        if match is None:
            raise _NotReadError("incomplete_list" if not item and months else "unreadable")
        with_year = match.end("month") < len(item)
        months.append(
            (MONTH_NUMBER[match["month"]], int(match["years"] or 0) if with_year else None)
        )
    # The shape of a year is the same in every year, but for its 53rd week.
    periods = _sample(frequency)
    if len(months) not in (1, len(periods)):
        raise _NotReadError("count_mismatch")
    unmarked = [month for month, years in months if years is None]
    if not unmarked:
        rules = tuple(DueRule(month, years or 0) for month, years in months)
    elif len(unmarked) < len(months):
        raise _NotReadError("unreadable")
    elif len(months) == 1:
        raise _NotReadError("month_only")
    else:
        rules = _spread(unmarked, periods)
    _check_order(rules, periods)
    return rules


def _sample(frequency: Frequency, year: int = 2025) -> list[Period]:
    return [span(frequency, year)] if frequency.span_years else sub_periods(year, frequency)


def _spread(months: list[int], periods: list[Period]) -> tuple[DueRule, ...]:
    """Give each sub-period the month of the list that comes first after its end."""
    if len(set(months)) < len(months):
        raise _NotReadError("count_mismatch")
    rules: list[DueRule] = []
    for period in periods:
        wait = {month: (month - period.end.month - 1) % 12 + 1 for month in months}
        month = min(months, key=wait.__getitem__)
        ahead = (period.end.month + wait[month] - 1) // 12
        rules.append(DueRule(month, period.end.year - period.data_year + ahead))
    if sorted(rule.month or 0 for rule in rules) != sorted(months):
        raise _NotReadError("count_mismatch")
    return tuple(rules)


def _check_order(rules: tuple[DueRule, ...], periods: list[Period]) -> None:
    """Refuse dates before the end of a sub-period: the list is out of order or lacks a year.

    A datum with one period a year may be released within it ("Agustus n"): plans are.
    """
    if len(periods) == 1:
        return
    for index, period in enumerate(periods):
        if rules[index % len(rules)].due(period) < period.end.replace(day=1):
            raise _NotReadError("due_before_period_ends")


def due_date(
    schedule: Schedule,
    period: Period,
    defaults: Mapping[Frequency, DefaultDue] = DEFAULT_DUE,
) -> date:
    """Return the nominal due date of a period (before holidays and extensions).

    :raises ScheduleError: when the schedule gives no dates (see :attr:`Schedule.gives_dates`)
    """
    if not schedule.gives_dates:
        code = schedule.reason or schedule.state
        raise ScheduleError(f"No due date follows from the schedule {schedule.raw!r}", code)
    if schedule.state != "scheduled":
        return defaults[period.kind].due(period)
    rules = schedule.offsets
    return rules[period.position if len(rules) > 1 else 0].due(period)


def due_dates(
    schedule: Schedule,
    frequency: Frequency,
    year: int,
    defaults: Mapping[Frequency, DefaultDue] = DEFAULT_DUE,
) -> list[tuple[Period, date]]:
    """Return the periods of a data year with their nominal due dates, in order.

    Empty when the schedule gives no dates, and for a span of years that does not end with
    ``year``.
    """
    if not schedule.gives_dates:
        return []
    periods = sub_periods(year, frequency, schedule.anchor)
    return [(period, due_date(schedule, period, defaults)) for period in periods]
