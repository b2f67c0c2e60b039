"""Local dates of an Indonesian government: it decides on which day an instant falls."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo

ALIASES = {"WIB": "Asia/Jakarta", "WITA": "Asia/Makassar", "WIT": "Asia/Jayapura"}
ZONES = tuple(ALIASES.values())


def zone(tz: str) -> ZoneInfo:
    """Return the zone of a name of :data:`ZONES` or its alias WIB, WITA, WIT.

    :raises ValueError: for any other name
    """
    name = ALIASES.get(tz.upper(), tz)
    if name not in ZONES:
        known = ", ".join((*ZONES, *ALIASES))
        raise ValueError(f"not a time zone of Indonesia: {tz!r} (known: {known})")
    return ZoneInfo(name)


def local_date(instant: datetime, tz: str) -> date:
    """Return the local date of an instant. A naive datetime is read as UTC, as CKAN stores it."""
    if instant.tzinfo is None:
        instant = instant.replace(tzinfo=timezone.utc)
    return instant.astimezone(zone(tz)).date()


def day_end_utc(day: date, tz: str) -> datetime:
    """Return the first instant (UTC) after a local day: ``instant < day_end_utc`` is in time."""
    midnight = datetime.combine(day + timedelta(days=1), time(), tzinfo=zone(tz))
    return midnight.astimezone(timezone.utc)
