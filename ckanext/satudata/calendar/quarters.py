"""The evaluation period: a calendar quarter (triwulan, TW) in the government's own time zone."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta

ROMAN = ("I", "II", "III", "IV")

_CODE = re.compile(r"(\d{4})-(?:TW)?([1-4])", re.IGNORECASE)


@dataclass(frozen=True, order=True)
class Quarter:
    """A triwulan. Orders by time; ``str()`` gives its code, ``2025-TW1``."""

    year: int
    tw: int

    def __post_init__(self) -> None:
        if self.tw not in (1, 2, 3, 4):
            raise ValueError(f"a quarter has the number 1 to 4, not {self.tw!r}")
        # One year of room on both sides, so that neighbours and bounds exist.
        if not date.min.year < self.year < date.max.year:
            raise ValueError(f"year out of range: {self.year!r}")

    @classmethod
    def of(cls, day: date) -> Quarter:
        """Return the quarter of a *local* date."""
        return cls(day.year, (day.month + 2) // 3)

    @classmethod
    def parse(cls, code: str) -> Quarter:
        """Read ``2025-1`` or ``2025-TW1`` (any case).

        :raises ValueError: when the text is neither
        """
        match = _CODE.fullmatch(code.strip())
        if not match:
            raise ValueError(f"not a quarter (expected for example 2025-TW1): {code!r}")
        return cls.named(int(match[1]), int(match[2]))

    @classmethod
    def named(cls, year: int, tw: int) -> Quarter:
        """Return the quarter that somebody names; its neighbours have all their days as well.

        :raises ValueError: there is no such quarter, or it lies at the end of the calendar
        """
        if not date.min.year + 1 < year < date.max.year - 1:
            raise ValueError(f"year out of range: {year!r}")
        return cls(year, tw)

    @property
    def start(self) -> date:
        """First day."""
        return date(self.year, 3 * self.tw - 2, 1)

    @property
    def end(self) -> date:
        """Last day (inclusive)."""
        return self.next().start - timedelta(days=1)

    def contains(self, day: date) -> bool:
        """Tell whether a local date lies in this quarter."""
        return self.start <= day <= self.end

    def next(self) -> Quarter:
        """Return the quarter after this one."""
        return Quarter(self.year + 1, 1) if self.tw == 4 else Quarter(self.year, self.tw + 1)

    def previous(self) -> Quarter:
        """Return the quarter before this one."""
        return Quarter(self.year - 1, 4) if self.tw == 1 else Quarter(self.year, self.tw - 1)

    def label(self, lang: str) -> str:
        """Return the name to show: ``Triwulan I 2025`` in Indonesian, else ``TW I 2025``."""
        word = "Triwulan" if lang.startswith("id") else "TW"
        return f"{word} {ROMAN[self.tw - 1]} {self.year}"

    def __str__(self) -> str:
        return f"{self.year}-TW{self.tw}"
