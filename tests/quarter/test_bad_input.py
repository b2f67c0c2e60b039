"""Bad input, each through page or API: refused with words that help, and nothing is changed.

Rule sets with gaps: ``test_ruleset_pages``; forms that are sent twice: ``test_twice``; a clock that
runs backwards: ``test_clock_back``; periods that an item does not have:
``tests/register/test_stated_periods``.
"""

from __future__ import annotations

import datetime as dt

import ckan.model as model
import pytest
import sqlalchemy as sa
from ckan.plugins import toolkit
from ckan.tests.helpers import call_action

from ckanext.satudata import clock
from ckanext.satudata.delivery.model import Event
from ckanext.satudata.quarter import standing
from ckanext.satudata.quarter.model import QuarterRun
from ckanext.satudata.register.model import Claim, Decision
from tests.factories import make_dataset, make_opd, make_user
from tests.metadata.conftest import Browser
from tests.quarter.conftest import Portal, wib
from tests.quarter.walking import TW1, Walk, deliver, yearly_duty

MOVES = ("cutoff", "provisional", "objections", "finalise")


@pytest.fixture
def portal(clean_portal, app):
    with clock.at(wib("2024-01-02")):
        portal = Portal()
        portal.steward = Browser(app, make_user("admin", portal.root)["token"])
        portal.editor = Browser(app, make_user("editor", portal.opd)["token"])
    portal.owed = yearly_duty(portal.opd)
    return portal


def send(browser, address, moment, status=200, **fields):
    """The words of the alert of the page that follows on a form."""
    with clock.at(moment):
        answer = browser.app.post(address, data=fields, headers=browser.headers)
    assert answer.status_code == status, (address, answer.status_code)
    alerts = browser.parse(answer).find_all(class_="alert-danger")
    return " ".join(" ".join(one.text.split()) for one in alerts)


def log():
    return model.Session.scalars(sa.select(Decision.id)).all()


@pytest.mark.parametrize("state", ["rancangan", "terbuka", "pemeriksaan", "sementara", "sanggah"])
def test_no_state_is_moved_out_of_order(portal, state):
    Walk()(state)
    before, late = log(), wib("2025-12-01")
    right = {"terbuka": "cutoff", "pemeriksaan": "provisional", "sementara": "objections",
             "sanggah": "finalise"}.get(state)  # fmt: skip
    for move in MOVES:
        if move == right:
            continue
        told = send(portal.steward, f"/satudata/triwulan/2025/1/{move}", late)
        assert "has not been opened yet" in told or "this step is made in the state" in told
        with clock.at(late), pytest.raises(toolkit.ValidationError) as refused:
            call_action(f"satudata_quarter_{move}", year=2025, tw=1)
        assert refused.value.error_dict["state"][0] in told
    assert (standing.of(TW1).state, log()) == (state, before)
    assert not model.Session.scalars(sa.select(QuarterRun)).all()


def test_nothing_is_extended_into_the_past(portal):
    form = {"kind": "extension", "obligations": portal.owed.id, "number": "050/1", "reason": "x"}
    for day, words in (
        ("2025-04-01", "The new day is over. Choose today or a later day."),
        ("2025-03-31", "The new day is over. Choose today or a later day."),
        ("31 April", "Write the date as 2026-12-31"),
    ):
        told = send(
            portal.steward, "/satudata/dispensasi", wib("2025-04-02"), day=day, do="save", **form
        )
        assert words in told
    assert not log()


def test_an_objection_comes_in_time_and_from_the_opd_itself(portal, app):
    walk = Walk()
    walk("sementara")
    portal.compute(wib("2025-05-16"))
    last = wib(str(walk("sanggah").objections_until), "23:59:00")
    before = log()
    address = f"/satudata/sanggahan/{portal.owed.id}/2025/1"
    form = {"reason": "Dikirim lewat surat", "evidence": "Surat 045"}
    with clock.at(wib("2024-01-03")):
        other = Browser(app, make_user("editor", make_opd("dinas-lain", portal.root))["token"])
    send(other, address, last, status=403, **form)
    told = send(portal.editor, address, last + dt.timedelta(minutes=2), **form)
    assert "The time for objections to TW I 2025 ended on" in told
    assert log() == before


def test_nothing_was_received_in_the_future_or_after_the_upload(portal):
    deliver(portal, portal.owed, wib("2025-03-20"))
    event = model.Session.scalar(sa.select(sa.func.max(Event.id)))
    for day in ("2025-03-25", "2027-01-01"):
        told = send(
            portal.steward, f"/satudata/pemeriksaan/{event}/diterima", wib("2025-03-24"),
            events=event, day=day, proof="Surat 045",
        )  # fmt: skip
        assert "The date of receipt lies in the future." in told
    assert not log()


def test_a_file_is_not_moved_to_another_dataset(portal):
    file = deliver(portal, portal.owed, wib("2025-03-20"))
    other = make_dataset(portal.opd, sd_item=portal.owed.item.id)
    events = model.Session.scalars(sa.select(Event.id)).all()
    resource = call_action("resource_show", id=file.id)
    with pytest.raises(toolkit.ValidationError, match="belongs to another dataset"):
        call_action("package_patch", id=other["id"], resources=[resource])
    model.Session.rollback()
    with pytest.raises(toolkit.ValidationError):
        call_action("resource_create", package_id=other["id"], url="", id=file.id)
    model.Session.rollback()
    assert call_action("resource_show", id=file.id)["package_id"] == file.dataset["id"]
    assert call_action("package_show", id=other["id"])["resources"] == []
    assert model.Session.scalars(sa.select(Event.id)).all() == events
    assert model.Session.scalars(sa.select(Claim.resource_id)).all() == [file.id]
