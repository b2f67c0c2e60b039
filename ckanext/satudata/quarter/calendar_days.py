"""Fills the table of working days from the holidays of the rules."""

from __future__ import annotations

import datetime as dt

import ckan.model as model
import sqlalchemy as sa

from .. import config
from .model import CalendarDay


def is_empty() -> bool:
    """Whether the table has never been filled."""
    return model.Session.execute(sa.select(CalendarDay.day).limit(1)).first() is None


def fill(start: dt.date, end: dt.date) -> None:
    """Let the table hold exactly the days from ``start`` to ``end`` as they are today."""
    wanted = list(config.work_calendar().days(start, end))
    columns = (CalendarDay.day, CalendarDay.workday, CalendarDay.ordinal)
    stored = model.Session.execute(sa.select(*columns).order_by(CalendarDay.day)).all()
    if [tuple(row) for row in stored] == wanted:
        return
    model.Session.execute(sa.delete(CalendarDay))
    model.Session.execute(
        sa.insert(CalendarDay),
        [{"day": day, "workday": works, "ordinal": nr} for day, works, nr in wanted],
    )
