"""What happened in the fictional city: who delivered what, when and how well.

A fixed seed decides, so that every demo shows the same story relative to its
day. Each OPD has a habit; the habits are spread over all OPDs.
"""

from __future__ import annotations

import datetime as dt
import random
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from ckanext.satudata.calendar.quarters import Quarter
from ckanext.satudata.calendar.workdays import WorkCalendar

SEED = 2026
QUARTERS = 5


@dataclass(frozen=True)
class Habit:
    """Chances of one OPD, each from 0 to 1, and how well its metadata are kept."""

    late: float
    missing: float
    poor: float
    metadata: float


HABITS = [
    Habit(late=0.03, missing=0.0, poor=0.03, metadata=1.0),
    Habit(late=0.08, missing=0.03, poor=0.05, metadata=1.0),
    Habit(late=0.20, missing=0.08, poor=0.10, metadata=0.9),
    Habit(late=0.30, missing=0.15, poor=0.20, metadata=0.8),
    Habit(late=0.35, missing=0.40, poor=0.25, metadata=0.7),
    Habit(late=0.20, missing=0.75, poor=0.30, metadata=0.5),
]
WEIGHTS = [4, 6, 7, 5, 3, 2]


@dataclass(frozen=True)
class Duty:
    """One obligation as the register knows it; ``key`` names it alike in every demo."""

    key: str
    item_id: str
    org_id: str
    period: str
    due: dt.date


@dataclass(frozen=True)
class Delivery:
    """A duty that was met: when (local time with zone) and in which quality."""

    duty: Duty
    at: dt.datetime
    quality: str


def first_quarter(today: dt.date) -> Quarter:
    """The first of the five quarters that the demo tells of."""
    quarter = Quarter.of(today)
    for _ in range(QUARTERS - 1):
        quarter = quarter.previous()
    return quarter


def habit_of(org_name: str) -> Habit:
    """The habit of an OPD, always the same for the same name."""
    rng = random.Random(zlib.crc32(f"{SEED}|{org_name}".encode()))
    return rng.choices(HABITS, WEIGHTS)[0]


def deliveries(
    duties: list[Duty], habits: dict[str, Habit], calendar: WorkCalendar, now: dt.datetime
) -> Iterator[Delivery]:
    """The deliveries made up to ``now`` (local time with zone), in the order of time."""
    made = (_delivery(duty, habits[duty.org_id], calendar, now.tzinfo) for duty in duties)
    yield from sorted(
        (d for d in made if d and d.at < now), key=lambda d: (d.at, d.duty.key, d.duty.period)
    )


def _delivery(
    duty: Duty, habit: Habit, calendar: WorkCalendar, zone: dt.tzinfo | ZoneInfo
) -> Delivery | None:
    rng = random.Random(zlib.crc32(f"{SEED}|{duty.key}|{duty.period}".encode()))
    if rng.random() < habit.missing:
        return None
    if rng.random() < habit.late:
        day = calendar.add_workdays(duty.due, rng.choice([1, 2, 4, 6, 9, 12, 20, 35]))
    else:
        day = duty.due - dt.timedelta(days=rng.randint(0, 12))
    time = dt.time(rng.randint(8, 15), rng.randint(0, 59), rng.randint(0, 59))
    quality = "good"
    if rng.random() < habit.poor:
        quality = rng.choice(["gaps", "poor"])
    return Delivery(duty, dt.datetime.combine(day, time, zone), quality)
