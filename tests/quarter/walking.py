"""Brings a quarter through its states, on days on which each move may be made."""

from __future__ import annotations

import datetime as dt
from types import SimpleNamespace
from typing import Any

import ckan.model as model
import sqlalchemy as sa
from bs4 import BeautifulSoup
from ckan.lib.jobs import get_queue
from ckan.lib.redis import connect_to_redis
from ckan.plugins import toolkit
from rq.registry import ScheduledJobRegistry

from ckanext.satudata import clock
from ckanext.satudata.calendar.quarters import Quarter
from ckanext.satudata.delivery import jobs
from ckanext.satudata.quarter import standing, states
from ckanext.satudata.register import obligations, rhythms
from ckanext.satudata.register.model import ItemRhythm, Obligation
from tests.factories import make_item
from tests.quarter.conftest import wib

TW1 = Quarter(2025, 1)
OPENING = wib("2025-01-02")
_SINCE = dt.date(2024, 6, 1)


def yearly_duty(org: dict[str, Any], schedule: str = "Maret n+1", **fields: Any) -> SimpleNamespace:
    """The figures of 2024, due on the last of a month of 2025 (31 March), as the register owes
    them."""
    item = make_item(org, valid_from=_SINCE, **fields)
    for rhythm in rhythms.read("Tahunan", schedule):
        model.Session.add(ItemRhythm(item_id=item.id, since=_SINCE, **rhythm.values()))
    model.Session.commit()
    with clock.at(OPENING):
        obligations.ensure()
        model.Session.commit()
    owed = model.Session.scalars(sa.select(Obligation).filter_by(item_id=item.id, year=2025)).one()
    return SimpleNamespace(id=owed.id, item=item, period=owed.period, org=org)


def deliver(portal: Any, duty: Any, moment: dt.datetime, check: bool = True, **fields: Any) -> Any:
    """An upload, checked by the worker an hour later."""
    made = portal.deliver(duty, moment, check=False, **fields)
    if check:
        with clock.at(moment + dt.timedelta(hours=1)):
            jobs.check_pending()
    return made


def disarm() -> None:
    """Forget what the schedule has armed, as a Redis that was lost."""
    registry = ScheduledJobRegistry(queue=get_queue())
    for job_id in registry.get_job_ids():
        registry.remove(job_id, delete_job=True)
    redis = connect_to_redis()
    for key in redis.scan_iter(f"ckan:{toolkit.config['ckan.site_id']}:satudata-tick-*"):
        redis.delete(key)


class Walk:
    """Called with a state, it brings the quarter as far as that."""

    def __init__(self, quarter: Quarter = TW1, opening: dt.datetime = OPENING) -> None:
        self.quarter = quarter
        self.opening = opening

    def __call__(self, state: str) -> standing.Standing:
        for name, make in (
            ("open", states.open_quarter),
            ("cutoff", states.cut_off),
            ("provisional", states.show_provisional),
            ("objections", states.open_objections),
            ("finalise", states.finalise),
        ):
            now = standing.of(self.quarter)
            if now.state == state:
                break
            if standing.MOVES[name].start != now.state:
                continue
            with clock.at(self.first_moment(name)):
                make(self.quarter, None)
                model.Session.commit()
        return standing.of(self.quarter)

    def first_moment(self, move: str) -> dt.datetime:
        """The morning on which a move may first be made."""
        now = standing.of(self.quarter)
        if move == "open":
            return self.opening
        last = {
            "cutoff": now.cutoff,
            "provisional": now.review_until,
            "objections": now.review_until,
            "finalise": now.objections_until,
        }[move]
        hour = "11:00:00" if move == "objections" else "10:00:00"
        return wib(str(last + dt.timedelta(days=1)), hour)


def page(app, user, path, status=200) -> BeautifulSoup:
    """A page as a user sees it; None: a visitor."""
    headers = {"Authorization": user["token"]} if user else {}
    response = app.get(path, headers=headers, status=status)
    return BeautifulSoup(response.body, "html.parser")
