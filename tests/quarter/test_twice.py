"""A form that is sent twice, and two people who send the same form at once.

Whatever decides is done once; the second is told, on the page, what stands already.
"""

from __future__ import annotations

import datetime as dt

import ckan.model as model
import pytest
import sqlalchemy as sa
from ckan.tests.helpers import call_action

from ckanext.satudata import clock
from ckanext.satudata.delivery.model import Event
from ckanext.satudata.quarter import runs, standing
from ckanext.satudata.quarter.model import Final, QuarterRun
from ckanext.satudata.register.model import Decision, Proposal, Round
from tests.at_once import at_once
from tests.factories import make_user
from tests.metadata.conftest import Browser
from tests.quarter.conftest import Portal, wib
from tests.quarter.walking import TW1, Walk, deliver, yearly_duty

REVIEW = "/satudata/pemeriksaan"
ROUND = "/satudata/penyusunan/2026"
SPRING = wib("2025-04-01")


@pytest.fixture
def portal(clean_portal, app):
    with clock.at(wib("2024-01-02")):
        portal = Portal()
        portal.steward = Browser(app, make_user("admin", portal.root)["token"])
        portal.second = Browser(app, make_user("admin", portal.root)["token"])
        portal.editor = Browser(app, make_user("editor", portal.opd)["token"])
        return portal


def send(browser, address, moment=SPRING, **fields):
    """The page that follows on a form that was sent."""
    with clock.at(moment):
        answer = browser.app.post(address, data=fields, headers=browser.headers)
    assert answer.status_code == 200, (address, answer.status_code)
    return " ".join(browser.parse(answer).text.split())


def kinds():
    model.Session.expire_all()
    return model.Session.scalars(sa.select(Decision.kind).order_by(Decision.id)).all()


def delivered(portal):
    duty = portal.duty()
    portal.deliver(duty, wib("2025-03-20"))
    return model.Session.scalar(sa.select(sa.func.max(Event.id)))


@pytest.mark.parametrize(
    ("button", "kind", "told"),
    [("terima", "accept", "accepted already"), ("kembalikan", "return", "returned already")],
)
def test_a_delivery_is_judged_once(portal, button, kind, told):
    event = delivered(portal)
    form = {"events": event, "reason": "Kolom wilayah salah"}
    assert told not in send(portal.steward, f"{REVIEW}/{event}/{button}", **form)
    assert told in send(portal.steward, f"{REVIEW}/{event}/{button}", **form)
    assert kinds() == [kind]


def test_chosen_deliveries_are_accepted_once(portal):
    events = [delivered(portal), delivered(portal)]
    assert "The chosen deliveries are accepted." in send(portal.steward, REVIEW, events=events)
    assert "accepted already" in send(portal.steward, REVIEW, events=events)
    assert kinds() == ["accept", "accept"]


def test_two_officers_on_the_page_judge_once(portal):
    event = delivered(portal)
    form = {"events": event, "reason": "Kolom wilayah salah"}
    told = at_once(
        lambda: send(portal.steward, f"{REVIEW}/{event}/terima", **form),
        lambda: send(portal.second, f"{REVIEW}/{event}/kembalikan", **form),
    )
    assert sorted("already. Take that decision back first" in one for one in told) == [False, True]
    assert len(kinds()) == 1


def test_a_waiver_is_given_once(portal):
    duty = portal.duty()
    form = {
        "kind": "waiver", "obligations": duty.id, "number": "050/7", "reason": "Dialihkan",
        "do": "save",
    }  # fmt: skip
    assert "is in the log" in send(portal.steward, "/satudata/dispensasi", **form)
    assert "050/7" in send(portal.second, "/satudata/dispensasi", **form)
    assert kinds() == ["waiver"]


def test_two_who_waive_at_once_waive_once(portal):
    duty = portal.duty()
    form = {"kind": "waiver", "obligations": duty.id, "reason": "Dialihkan", "do": "save"}
    told = at_once(
        lambda: send(portal.steward, "/satudata/dispensasi", number="050/7", **form),
        lambda: send(portal.second, "/satudata/dispensasi", number="050/8", **form),
    )
    assert sorted("is in the log" in one for one in told) == [False, True], told
    assert sorted("It was waived already by 050/" in one for one in told) == [False, True], told
    assert kinds() == ["waiver"]


def test_nothing_to_report_is_stated_once_answered_once_and_taken_back_once(portal):
    duty = portal.duty(allow_nihil=True)
    form = f"/satudata/kewajiban/{duty.id}/nihil"
    assert "has been recorded" in send(portal.editor, form, reason="Tidak ada kejadian")
    assert "waits for an answer" in send(portal.editor, form, reason="Tidak ada kejadian")
    claim = model.Session.scalars(sa.select(Decision.id)).one()
    answer = {"id": claim, "do": "accept", "reason": "Benar", "state": "nihil"}
    assert "is accepted" in send(portal.steward, f"{REVIEW}/nihil", **answer)
    assert "answered already" in send(portal.second, f"{REVIEW}/nihil", **answer)
    assert kinds() == ["nihil_claim", "nihil_accept"]
    back = f"/satudata/keputusan/{claim + 1}/cabut"
    assert "both stay in the log" in send(portal.steward, back, reason="Keliru")
    assert "taken back already" in send(portal.steward, back, reason="Keliru")
    assert kinds() == ["nihil_claim", "nihil_accept", "revoke"]


@pytest.fixture
def contested(portal):
    """A duty whose quarter is in its time for objections, and a moment of it."""
    duty = yearly_duty(portal.opd)
    walk = Walk()
    walk("sementara")
    portal.compute(wib("2025-05-16"))
    until = walk("sanggah").objections_until
    return duty, wib(str(until))


def objections():
    return [kind for kind in kinds() if kind.startswith("objection")]


def test_an_objection_is_made_once_and_answered_once(portal, contested):
    duty, moment = contested
    form = {"reason": "Dikirim lewat surat", "evidence": "Surat 045"}
    address = f"/satudata/sanggahan/{duty.id}/2025/1"
    told = at_once(*[lambda: send(portal.editor, address, moment, **form)] * 2)
    assert sorted("There is an objection to this row already" in one for one in told) == [
        False, True,
    ], told  # fmt: skip
    made = model.Session.scalars(sa.select(Decision.id).filter_by(kind="objection")).one()
    form = {"reason": "Nomor tidak ada", "tw": "2025-TW1"}
    address = f"/satudata/sanggahan/{made}/jawab"
    told = at_once(
        lambda: send(portal.steward, address, moment, do="refuse", **form),
        lambda: send(portal.second, address, moment, do="accept", remedy="received", **form),
    )
    assert sum("This objection was answered on" in one for one in told) == 1, told
    assert len(objections()) == 2


def test_a_quarter_opens_once(portal):
    yearly_duty(portal.opd)
    address = "/satudata/triwulan/2025/1/open"
    told = at_once(
        lambda: send(portal.steward, address, wib("2025-01-02")),
        lambda: send(portal.second, address, wib("2025-01-02")),
    )
    assert sorted("The quarter is now" in one for one in told) == [False, True], told
    assert sorted("this step is made in the state" in one for one in told) == [False, True], told
    assert kinds() == ["quarter"]


def test_finalising_is_asked_for_once_and_done_once(portal, contested):
    _duty, last = contested
    moment = last + dt.timedelta(days=1)
    address = "/satudata/triwulan/2025/1/finalise"
    told = at_once(
        lambda: send(portal.steward, address, moment),
        lambda: send(portal.second, address, moment),
    )
    assert "The worker does it now" in " ".join(told)
    assert "This was asked for already" in send(portal.steward, address, moment)
    run = model.Session.scalars(sa.select(QuarterRun).filter_by(kind="finalise")).one()
    with clock.at(moment):
        runs.perform(run.id)
    assert "is final. What was wrong in it is mended by a revision" in send(
        portal.steward, address, moment
    )
    assert standing.of(TW1).state == "final"
    assert len(model.Session.scalars(sa.select(Final)).all()) == 1


def test_a_date_of_receipt_is_stated_once(portal, app):
    duty = yearly_duty(portal.opd)
    Walk()("terbuka")
    deliver(portal, duty, wib("2025-03-20"))
    event = model.Session.scalar(sa.select(sa.func.max(Event.id)))
    with clock.at(SPRING):
        model.Session.execute(sa.text("UPDATE satudata_event SET actor = (SELECT id FROM \"user\""
                                      " WHERE sysadmin LIMIT 1)"))  # fmt: skip
    form = {"events": event, "day": "2025-03-19", "proof": "Surat 045"}
    address = f"{REVIEW}/{event}/diterima"
    assert "The date of receipt is recorded." in send(portal.steward, address, **form)
    assert "recorded already" in send(portal.steward, address, **form)
    assert [kind for kind in kinds() if kind != "quarter"] == ["received"]


def test_a_round_is_opened_and_proposed_for_once(portal):
    form = {"year": "2026", "proposals_until": "2025-11-14"}
    assert "OPDs may propose" in send(portal.steward, "/satudata/penyusunan", **form)
    assert "has been opened already" in send(portal.steward, "/satudata/penyusunan", **form)
    assert len(model.Session.scalars(sa.select(Round)).all()) == 1
    proposal = {
        "action": "add", "org": portal.opd["name"], "reason": "Renstra", "name": "Posyandu",
        "unit": "Unit", "frequency": "Tahunan", "schedule": "Maret n+1",
    }  # fmt: skip
    told = at_once(*[lambda: send(portal.editor, f"{ROUND}/usulan", **proposal)] * 2)
    assert sorted("has been proposed already" in one for one in told) == [False, True], told
    made = model.Session.scalars(sa.select(Proposal)).one()
    back = f"{ROUND}/usulan/{made.id}/tarik"
    assert "has been withdrawn" in send(portal.editor, back)
    assert "This proposal was withdrawn." in send(portal.editor, back)


def test_a_round_is_discussed_and_established_once(portal):
    with clock.at(SPRING):
        call_action("satudata_round_open", year=2026, proposals_until="2025-11-14")
    moment = wib("2025-11-20")
    assert "are closed." in send(portal.steward, f"{ROUND}/pembahasan", moment)
    assert "are closed already" in send(portal.second, f"{ROUND}/pembahasan", moment)
    decree = {
        "number": "112", "reason": "SK", "minutes_number": "BA/1", "minutes_dated": "2025-11-19",
    }  # fmt: skip
    told = at_once(
        lambda: send(portal.steward, f"{ROUND}/penetapan", moment, **decree),
        lambda: send(portal.second, f"{ROUND}/penetapan", moment, **decree),
    )
    assert sorted("It is changed by amendments." in one for one in told) == [False, True], told
    assert kinds() == ["establishment"]
