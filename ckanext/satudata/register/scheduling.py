"""Schedules that the walidata gives by hand to items whose register leaves a choice."""

from __future__ import annotations

import datetime as dt
from typing import Any

import ckan.model as model
import sqlalchemy as sa
from ckan.plugins import toolkit

from ..calendar.frequencies import Frequency
from ..model_base import utcnow
from . import amendments, decisions, item_values, obligations, queries, reasons, rhythms
from .model import Item, ItemRhythm

_ = toolkit._


def decide(
    item_id: str,
    old_frequency: str,
    frequency: str,
    schedule: str,
    since: dt.date,
    user_id: str | None,
    letter: amendments.Letter | None = None,
) -> dict[str, Any]:
    """Give one rhythm of an item a frequency and schedule and make its obligations.

    What the register says stays with it, so importing the same file keeps the decision. Where the
    register is established, it amends it and needs a letter. The caller commits. Returns the item.

    :raises toolkit.ObjectNotFound: no such item or rhythm
    :raises toolkit.ValidationError: the schedule gives no due dates; or the register is
        established and the letter incomplete or the day in the past
    """
    item = amendments.get(item_id)  # of two who decide at once the second sees what the first did
    year = amendments.deciding_year(since)
    rhythm = model.Session.get(ItemRhythm, (item_id, old_frequency))
    if rhythm is None:
        raise toolkit.ObjectNotFound(_("There is no such item"))
    try:
        new = Frequency(frequency)
    except ValueError:
        raise toolkit.ValidationError({"frequency": [_("This frequency does not exist")]}) from None
    read = rhythms.decide(new, schedule)
    if not (read.gives_dates or read.state == "on_demand"):
        raise toolkit.ValidationError({"schedule": [reasons.sentence(read.reason)]})
    if new != old_frequency and model.Session.get(ItemRhythm, (item_id, frequency)):
        raise toolkit.ValidationError(
            {"frequency": [_("The item has this frequency already, with a schedule of its own")]}
        )
    if year:
        amendments.check_letter(letter, year)
        amendments.check_day(since)
    before = amendments.as_it_is(item)
    rhythm.frequency = frequency
    rhythm.state, rhythm.reason, rhythm.rules = read.state, None, rhythms.pack(read)
    rhythm.decided_schedule, rhythm.decided_by, rhythm.since = schedule, user_id, since
    model.Session.execute(sa.update(Item).where(Item.id == item_id).values(modified=utcnow()))
    model.Session.flush()
    if year and letter:
        changes = item_values.differences(before, amendments.as_it_is(item))
        head = decisions.record(
            "amendment",
            **vars(letter),
            year=year,
            day=since,
            org_id=item.org_id,
            item_id=item_id,
            details={"changes": changes},
        )
        amendments.settle([item_id], head)
    else:
        obligations.ensure()
    return queries.item(item_id) or {}
