"""Working days: Monday to Friday without public holidays and collective leave.

Source of the holidays: the ``holidays`` library, country ID, both its categories: public
holidays and *cuti bersama* (SKB Tiga Menteri), on which government offices are closed. The
SKB of a coming year, local holidays and regional elections are added or taken away by argument.

Lateness in SQL, where ``ordinal(day)`` is the number of working days up to and including it::

    counted(day) = ordinal(day) + (CASE WHEN day is a workday THEN 0 ELSE 1 END)
    late = greatest(0, counted(delivered) - counted(due))

which equals :meth:`WorkCalendar.workdays_late` whatever day is counted from.
"""

from __future__ import annotations

from datetime import date, timedelta

import holidays

_ONE_DAY = timedelta(days=1)
_SATURDAY = 5


class WorkCalendar:
    """The working days of one government.

    :param extra_holidays: dates that are free beside those of the library
    :param removed: dates of the library that are working days here; a weekend stays free
    """

    def __init__(
        self,
        extra_holidays: frozenset[date] = frozenset(),
        removed: frozenset[date] = frozenset(),
    ) -> None:
        self._extra = frozenset(extra_holidays)
        self._removed = frozenset(removed)
        self._years: dict[int, frozenset[date]] = {}

    def _holidays(self, year: int) -> frozenset[date]:
        if year not in self._years:
            known = frozenset(self.named_holidays(year))
            self._years[year] = known - self._removed | self._extra
        return self._years[year]

    @staticmethod
    def named_holidays(year: int) -> dict[date, str]:
        """Return the holidays that the library knows of a year, by day, in Indonesian."""
        return dict(
            holidays.country_holidays(
                "ID", years=year, expand=False, categories=("public", "government"), language="id"
            )
        )

    def is_workday(self, day: date) -> bool:
        """Tell whether government offices work on that day."""
        return day.weekday() < _SATURDAY and day not in self._holidays(day.year)

    def next_workday(self, day: date) -> date:
        """Return ``day`` itself if it is a working day, else the first one after it."""
        while not self.is_workday(day):
            day += _ONE_DAY
        return day

    def add_workdays(self, day: date, count: int) -> date:
        """Return the ``count``-th working day after ``day`` (``day`` itself is not counted).

        With 0: ``day`` itself if it is a working day, else the next one.

        :raises ValueError: for a negative count
        """
        if count < 0:
            raise ValueError("count must not be negative")
        if count == 0:
            return self.next_workday(day)
        while count:
            day += _ONE_DAY
            count -= self.is_workday(day)
        return day

    def workdays_late(self, due: date, delivered: date) -> int:
        """Return the working days by which ``delivered`` is late; 0 on or before the due day.

        A due day on a holiday counts from the next working day: due on Sunday 31 March 2024 is
        in time on Monday 1 April and one day late on 2 April. What comes on a free day counts as
        come on the next working day: due on a Friday, it is one day late on the Saturday.
        """
        day, delivered = self.next_workday(due), self.next_workday(delivered)
        late = 0
        while day < delivered:
            day += _ONE_DAY
            late += self.is_workday(day)
        return late

    def closed(self, start: date, end: date) -> tuple[date, ...]:
        """The days from ``start`` to ``end`` on which offices are closed, weekends apart."""
        years = range(start.year, end.year + 1)
        days = sorted(day for year in years for day in self._holidays(year))
        return tuple(day for day in days if start <= day <= end and day.weekday() < _SATURDAY)
