"""What the worker does by the clock."""

from __future__ import annotations

import datetime as dt

import ckan.model as model
import sqlalchemy as sa

from ckanext.satudata import clock
from ckanext.satudata.quarter import schedule, standing, states
from tests.quarter.conftest import wib
from tests.quarter.walking import TW1, disarm

CUTOFF = dt.date(2025, 4, 28)
"""14 working days after 31 March 2025, with Lebaran and Good Friday between."""


def test_the_schedule_cuts_off_what_is_due_and_nothing_else(portal, walk):
    walk("terbuka")
    with clock.at(wib(str(CUTOFF), "23:30:00")):
        assert schedule.cut_off_due() == []
    with clock.at(wib("2025-04-29", "00:01:00")):
        assert [one.quarter for one in schedule.cut_off_due()] == [TW1]
        assert schedule.cut_off_due() == []
    assert standing.of(TW1).review_until == dt.date(2025, 5, 15)


def test_a_late_cutoff_gives_no_more_time_for_review(walk):
    walk("terbuka")
    with clock.at(wib("2025-05-05")):
        assert states.cut_off(TW1, None).review_until == dt.date(2025, 5, 15)


def test_a_night_is_computed_once(portal):
    night = wib("2025-03-04", "01:01:00")
    computed = "SELECT count(*) FROM satudata_computation WHERE organizations IS NULL"
    with clock.at(night):
        schedule.compute_due()
    once = model.Session.execute(sa.text(computed)).scalar()
    with clock.at(night + dt.timedelta(hours=5)):
        schedule.compute_due()
    assert once == 1
    assert model.Session.execute(sa.text(computed)).scalar() == 1
    with clock.at(night + dt.timedelta(hours=24)):
        schedule.compute_due()
    assert model.Session.execute(sa.text(computed)).scalar() == 2


def test_the_latest_night_is_local():
    assert schedule.latest_night(wib("2025-03-04", "00:59:00")) == wib("2025-03-03", "01:00:00")
    assert schedule.latest_night(wib("2025-03-04", "01:00:00")) == wib("2025-03-04", "01:00:00")


def test_the_worker_is_armed_once_for_each_hour(clean_portal):
    disarm()
    assert schedule.armed() is None
    assert schedule.arm() is True
    assert schedule.arm() is False
    now = dt.datetime.now(dt.timezone.utc)
    assert now < schedule.armed() <= now + dt.timedelta(hours=1, minutes=1)
