"""The file of the next period of a dataset: what its form can know beforehand."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from ..calendar import periods
from ..calendar.frequencies import Frequency, parse_frequency
from ..calendar.periods import Period, PeriodError
from ..calendar.quarters import ROMAN
from ..metadata.resource_values import as_list, as_text, stated_periods

Resource = Mapping[str, Any]

_LOOK_BACK = dt.timedelta(days=2 * 366)
"""Longer than any period that needs no first year to be told from the calendar."""

_NUMBERED = {
    Frequency.QUARTER: ("Triwulan", "TW", "Quarter"),
    Frequency.SEMESTER: ("Semester", "SMT"),
}


def prefilled(
    resources: Sequence[Resource], frequency: str | None, today: dt.date
) -> dict[str, str]:
    """Fields of the form for the next file of a dataset: those that can be told.

    ``resources``: the files that there are, in their order. ``frequency``: as the dataset
    states it. The status of the figures is left open: it is another one each time.
    """
    rhythm = parse_frequency(frequency or "").frequencies[0]
    last, old = _last(resources, rhythm)
    new = old.next() if old else _over(rhythm, today)
    found = {"sd_periode": new.code if new else ""}
    if last:
        found["format"] = last.get("format") or ""
        items = as_list(last.get("sd_items"))
        found["sd_items"] = as_text(items) if items else ""
        if old and new:
            found["name"] = renamed(last.get("name") or "", old, new)
    return {name: value for name, value in found.items() if value}


def _last(
    resources: Sequence[Resource], rhythm: Frequency
) -> tuple[Resource | None, Period | None]:
    """The file of the latest period and that period; without periods the last file.

    Where the files state periods of several kinds, those of the dataset's rhythm decide.
    """
    stated = [
        (periods.parse(code), place)
        for place, resource in enumerate(resources)
        for code in stated_periods(dict(resource))
    ]
    stated = [one for one in stated if one[0].kind is rhythm] or stated
    if not stated:
        return (resources[-1] if resources else None), None
    period, place = max(stated, key=lambda one: (one[0].end, one[0].start, one[1]))
    return resources[place], period


def _over(rhythm: Frequency, today: dt.date) -> Period | None:
    """The latest period that is over: figures about a period exist only then."""
    try:
        known = periods.periods_between(rhythm, today - _LOOK_BACK, today - dt.timedelta(days=1))
    except PeriodError:
        return None
    return known[-1] if known else None


def renamed(name: str, old: Period, new: Period) -> str:
    """A file's name with its period replaced, however it is written, else with its year.

    >>> renamed("Siswa TW IV 2025", periods.parse("2025-Q4"), periods.parse("2026-Q1"))
    'Siswa TW I 2026'
    """
    for before, after in zip(_spellings(old), _spellings(new), strict=True):
        pattern = rf"(?<![^\W_]){re.escape(before)}(?![^\W_])"
        found, count = re.subn(pattern, lambda _match, text=after: text, name, flags=re.IGNORECASE)
        if count:
            return found
    before, after = str(old.data_year), str(new.data_year)
    return re.sub(rf"(?<!\d){before}(?!\d)", after, name)


def _spellings(period: Period) -> Iterator[str]:
    """How people write a period; for two periods of one kind in the same order."""
    yield periods.label(period, "id")
    yield periods.label(period, "en")
    number = period.position + 1
    for word in _NUMBERED.get(period.kind, ()):
        for written in (ROMAN[number - 1], str(number)):
            yield f"{word} {written} {period.data_year}"
    for sign in "-_ ":
        yield period.code.replace("-", sign)
    yield period.code.replace("/", "-")


def others_of(resources: Iterable[Resource], stated: Any) -> list[Resource]:
    """The files that state a period which a form states too (``stated``: what its input holds)."""
    wanted = set(stated_periods({"sd_periode": stated}))
    return [one for one in resources if wanted.intersection(stated_periods(dict(one)))]
