"""Rhythms of an item: frequency × schedule, read from raw texts and kept as plain values."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from ..calendar.frequencies import Frequency, parse_frequency
from ..calendar.schedule import DueRule, Schedule, parse_schedule


@dataclass(frozen=True)
class Rhythm:
    """One rhythm as it is stored in ``satudata_item_rhythm`` (without item, day and decision)."""

    frequency: str
    frequency_raw: str
    schedule_raw: str
    state: str
    reason: str | None
    rules: dict[str, Any]

    @property
    def needs_schedule(self) -> bool:
        """True where someone has to say when it is due."""
        return self.state == "needs_schedule"

    def values(self) -> dict[str, Any]:
        """Column values."""
        return dict(vars(self))


def pack(schedule: Schedule) -> dict[str, Any]:
    """Return the rules of a schedule as plain values; equal rules give equal values."""
    offsets = [[rule.month, rule.year_offset, rule.period_offset] for rule in schedule.offsets]
    return {"offsets": offsets, "anchor": schedule.anchor}


def unpack(state: str, rules: dict[str, Any]) -> Schedule:
    """Return the schedule that :func:`pack` was given."""
    offsets = tuple(DueRule(*offset) for offset in rules["offsets"])
    return Schedule("", state, offsets, anchor=rules["anchor"])  # type: ignore[arg-type]


def read(frequency_raw: str, schedule_raw: str | None) -> list[Rhythm]:
    """Return the rhythms that the two cells of a register say; "Tahunan dan bulanan" gives two.

    ``schedule_raw`` None: the file has no such column (the default of the frequency applies).
    """
    reading = parse_frequency(frequency_raw)
    return [_rhythm(each, frequency_raw, schedule_raw) for each in reading.frequencies]


def decide(frequency: Frequency, schedule: str) -> Schedule:
    """Return the schedule that the walidata gives by hand."""
    return parse_schedule(schedule, frequency)


def _rhythm(frequency: Frequency, frequency_raw: str, schedule_raw: str | None) -> Rhythm:
    schedule = parse_schedule(schedule_raw, frequency)
    return Rhythm(
        frequency.value,
        frequency_raw,
        schedule_raw or "",
        schedule.state,
        schedule.reason,
        pack(schedule),
    )


def is_static(frequency_raw: str) -> bool:
    """True for "Tetap": delivered once, then confirmed every year."""
    return parse_frequency(frequency_raw).static


def settle(rows: Iterable[tuple[str, str | None]]) -> list[Rhythm]:
    """Return the rhythms of an item that several rows (frequency, schedule) describe.

    Rows that give one frequency different schedules leave a choice: it becomes a task.
    """
    found: dict[str, Rhythm] = {}
    for frequency_raw, schedule_raw in rows:
        for rhythm in read(frequency_raw, schedule_raw):
            known = found.setdefault(rhythm.frequency, rhythm)
            if (known.state, known.rules) == (rhythm.state, rhythm.rules):
                continue
            raws = known.schedule_raw.split(" | ")
            if rhythm.schedule_raw not in raws:
                raws.append(rhythm.schedule_raw)
            found[rhythm.frequency] = Rhythm(
                rhythm.frequency,
                known.frequency_raw,
                " | ".join(raws),
                "needs_schedule",
                "schedules_differ",
                {"offsets": [], "anchor": None},
            )
    return list(found.values())
