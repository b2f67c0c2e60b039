"""A clock that runs backwards: nothing that is written gets into the past of what it follows."""

from __future__ import annotations

import datetime as dt
import threading

import ckan.model as model
import pytest
import sqlalchemy as sa
from ckan.plugins import toolkit
from ckan.tests.helpers import call_action

from ckanext.satudata import clock
from ckanext.satudata.delivery.model import Check, Event, MetadataEvent
from ckanext.satudata.opd.model import OpdVersion
from ckanext.satudata.quarter import freeze, standing, states
from ckanext.satudata.quarter.model import Final, FinalRow
from ckanext.satudata.register import decisions
from ckanext.satudata.register.model import Decision
from tests.at_once import at_once
from tests.factories import make_user
from tests.metadata.conftest import Browser
from tests.quarter.conftest import TABLE, Portal, wib
from tests.quarter.walking import TW1, Walk, deliver, yearly_duty

DAY = dt.timedelta(days=1)


@pytest.fixture
def portal(clean_portal):
    with clock.at(wib("2024-01-02")):
        portal = Portal()
        portal.steward = make_user("admin", portal.root)
        return portal


def decide(portal, action, moment, user=None, **data):
    with clock.at(moment):
        context = {"user": user or portal.steward["name"], "ignore_auth": False}
        return call_action(action, context, **data)


def newest(table):
    return model.Session.scalars(sa.select(table).order_by(table.id.desc()).limit(1)).one()


def test_no_decision_lies_before_what_it_is_about(portal):
    duty = portal.duty()
    came = wib("2025-03-20")
    portal.deliver(duty, came)
    event = newest(Event)
    made = decide(
        portal, "satudata_delivery_return", came - DAY, events=[event.id], reason="Salah satuan"
    )["decisions"][0]
    assert newest(Decision).at == came
    decide(portal, "satudata_decision_revoke", came - 2 * DAY, id=made["id"], reason="Keliru")
    assert (newest(Decision).kind, newest(Decision).at) == ("revoke", came)
    portal.compute(came - DAY)
    portal.compute(wib("2025-04-10"))
    assert (portal.row(duty).status, portal.row(duty).days_late) == ("patuh", 0)


def test_an_answer_does_not_come_before_its_question(portal):
    duty = portal.duty(allow_nihil=True)
    asked = wib("2025-03-24")
    editor = make_user("editor", portal.opd)["name"]
    claim = decide(
        portal, "satudata_nihil_claim", asked, editor, obligation_id=duty.id, reason="Tidak ada"
    )
    decide(portal, "satudata_nihil_answer", asked - DAY, id=claim["id"], accept=True, reason="Ya")
    assert (newest(Decision).kind, newest(Decision).at) == ("nihil_accept", asked)


def test_a_record_stays_provable_whatever_the_clock_says_afterwards(portal):
    """What is written after freezing lies after it, though the clock is back before the cutoff."""
    kept, missing, waived = (yearly_duty(portal.opd) for _each in range(3))
    walk = Walk()
    walk("terbuka")
    file = deliver(portal, kept, wib("2025-03-20"))
    event = newest(Event).id
    walk("final")
    frozen = model.Session.scalars(sa.select(Final)).one()

    back = wib("2025-03-25")
    deliver(portal, missing, back, content=TABLE + b"Timur,9\n")
    decide(portal, "satudata_delivery_return", back, events=[event], reason="Salah", fault=True)
    portal.replace(file, back, TABLE + b"Barat,1\n")
    decide(
        portal,
        "satudata_waiver_create",
        back,
        obligations=[waived.id],
        number="050/1",
        reason="Dialihkan",
        after_final=True,
    )
    with clock.at(back):
        call_action("organization_patch", id=portal.opd["id"], title="Dinas Lain")
        call_action("package_patch", id=file.dataset["id"], notes="")
    later = [newest(table).at for table in (Event, MetadataEvent, Decision, OpdVersion)]
    assert min(*later, newest(Check).checked) >= frozen.decisions_to
    assert freeze.verify() == []


def test_a_duty_that_is_sealed_while_the_clock_is_back_is_in_no_record_that_was_frozen(portal):
    yearly_duty(portal.opd)
    Walk()("final")
    yearly_duty(portal.opd)
    assert freeze.verify() == []


def test_what_comes_in_the_very_moment_of_freezing_lies_after_it(portal):
    duty = yearly_duty(portal.opd)
    Walk()("final")
    frozen = model.Session.scalars(sa.select(Final)).one()
    decide(
        portal,
        "satudata_waiver_create",
        frozen.at,
        obligations=[duty.id],
        number="050/1",
        reason="Dialihkan",
        after_final=True,
    )
    assert newest(Decision).at >= frozen.decisions_to
    assert freeze.verify() == []


def test_freezing_waits_for_what_is_being_written(portal):
    """A waiver that another has not committed yet: it was recorded before, so it counts."""
    duty = yearly_duty(portal.opd)
    walk = Walk()
    walk("sanggah")
    moment = walk.first_moment("finalise")
    written, frozen = threading.Event(), threading.Event()

    def waive():
        with clock.at(moment):
            decisions.record(
                "waiver", number="050/1", reason="Dialihkan", actor=None,
                org_id=portal.opd["id"], item_id=duty.item.id, obligation_id=duty.id,
            )  # fmt: skip
            model.Session.flush()
            written.set()
            frozen.wait(2)
            model.Session.commit()

    def finalise():
        written.wait(30)
        with clock.at(moment + dt.timedelta(seconds=1)):
            states.finalise(TW1, None)
            model.Session.commit()
        frozen.set()

    assert at_once(waive, finalise) == [None, None]
    assert model.Session.scalars(sa.select(FinalRow.status)).all() == ["dibebaskan"]
    assert freeze.verify() == []


def test_a_quarter_does_not_move_while_the_clock_is_behind(portal, app):
    duty = yearly_duty(portal.opd)
    walk = Walk()
    walk("terbuka")
    deliver(portal, duty, wib("2025-03-20"))
    until = walk("sanggah").objections_until
    after = wib(str(until + DAY))
    late = decide(portal, "satudata_delivery_accept", after + DAY, events=[newest(Event).id])[
        "decisions"
    ][0]
    with clock.at(after), pytest.raises(toolkit.ValidationError) as refused:
        states.finalise(TW1, None)
    model.Session.rollback()
    assert "is behind the newest record" in refused.value.error_dict["state"][0]
    with clock.at(after):
        page = Browser(app, portal.steward["token"]).get("/satudata/triwulan/2025/1")
    assert "is behind the newest record" in page.text
    assert standing.of(TW1).state == "sanggah"
    assert not model.Session.scalars(sa.select(Final)).all()
    with clock.at(after + DAY):
        assert states.finalise(TW1, None).state == "final", late


def test_states_wait_for_their_day_by_the_clock_as_it_is(portal):
    yearly_duty(portal.opd)
    walk = Walk()
    walk("pemeriksaan")
    with clock.at(wib("2025-01-03")):
        for move in (states.show_provisional, states.cut_off):
            with pytest.raises(toolkit.ValidationError):
                move(TW1, None)
            model.Session.rollback()
    assert standing.of(TW1).state == "pemeriksaan"
