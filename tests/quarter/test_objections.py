"""Objections to provisional results: when, by whom, and their one answer."""

from __future__ import annotations

import datetime as dt
from types import SimpleNamespace

import ckan.model as model
import pytest
import sqlalchemy as sa
from ckan.plugins import toolkit
from ckan.tests.helpers import call_action

from ckanext.satudata import clock
from ckanext.satudata.calendar.quarters import Quarter
from ckanext.satudata.quarter import states
from ckanext.satudata.register import rhythms
from ckanext.satudata.register.model import Decision, ItemRhythm, Obligation
from tests.factories import make_item, make_opd, make_user
from tests.metadata.conftest import Browser
from tests.quarter.conftest import Portal, wib

TW1 = Quarter(2025, 1)
OPENED, DEADLINE, OVER = "2025-05-19", "2025-05-28", "2025-05-29"
"""The time for objections of this quarter: seven working days after 19 May."""


@pytest.fixture
def portal(clean_portal):
    """A quarter whose provisional result is shown, with two duties that nobody met."""
    with clock.at(wib("2024-01-02")):
        portal = Portal()
        portal.other = make_opd("dinas-lain", portal.root)
        portal.walidata = make_user("admin", portal.root)
        portal.editor = make_user("editor", portal.opd)
        items = [owed_in_march(portal.opd), owed_in_march(portal.other)]
    for moment, move in (
        ("2025-01-02", states.open_quarter),
        ("2025-04-29", states.cut_off),
        ("2025-05-16", states.show_provisional),
    ):
        with clock.at(wib(moment)):
            move(TW1, None)
            model.Session.commit()
    portal.compute(wib("2025-05-16", "12:00:00"))
    portal.duties = [duty_of(item) for item in items]
    return portal


def owed_in_march(org):
    """An item of the register, due each 31 March."""
    item = make_item(org, valid_from=dt.date(2024, 6, 1))
    for rhythm in rhythms.read("Tahunan", "Maret n+1"):
        model.Session.add(ItemRhythm(item_id=item.id, since=item.valid_from, **rhythm.values()))
    model.Session.commit()
    return item


def duty_of(item):
    statement = sa.select(Obligation.id).filter_by(item_id=item.id, year=2025, tw=1)
    return SimpleNamespace(id=model.Session.scalar(statement), item=item)


def open_objections(portal):
    with clock.at(wib(OPENED)):
        moved = states.open_objections(TW1, None)
        model.Session.commit()
    assert moved.objections_until.isoformat() == DEADLINE


def act(action, user, moment, **data):
    with clock.at(wib(*moment) if isinstance(moment, tuple) else wib(moment)):
        return call_action(action, {"user": user["name"], "ignore_auth": False}, **data)


def objection(portal, moment=OPENED, user=None, duty=None, **changes):
    data = {
        "obligation_id": (duty or portal.duties[0]).id,
        "year": 2025,
        "tw": 1,
        "reason": "Sudah dikirim lewat surat",
        "evidence": "Surat 045/12/2025",
        **changes,
    }
    return act("satudata_objection_create", user or portal.editor, moment, **data)


def answer(portal, made, moment=OPENED, user=None, **changes):
    data = {"accept": True, "reason": "Surat ada", "remedy": "received", **changes}
    number = made["decisions"][0]["id"]
    return act("satudata_objection_answer", user or portal.walidata, moment, id=number, **data)


def listed(portal, user=None, **filters):
    return act("satudata_objection_list", user or portal.walidata, OPENED, **filters)


def test_objection_and_answer_stay_in_the_log(portal):
    open_objections(portal)
    made = objection(portal)
    row = listed(portal, state="open")["results"][0]
    assert (row["status"], row["evidence"]) == ("tidak_menyampaikan", "Surat 045/12/2025")
    assert row["may_judge"]
    answer(portal, made)
    found = listed(portal)
    assert found["states"] == {"open": 0, "accepted": 1, "refused": 0}
    assert found["results"][0]["remedy"] == "received"
    kinds = model.Session.scalars(
        sa.select(Decision.kind)
        .where(Decision.obligation_id == portal.duties[0].id)
        .order_by(Decision.id)
    ).all()
    assert kinds == ["objection", "objection_accept"]


def test_before_after_and_on_the_last_day(portal):
    with pytest.raises(toolkit.ValidationError, match="has not begun"):
        objection(portal, "2025-05-16")
    open_objections(portal)
    objection(portal, (DEADLINE, "23:59:59"))
    with pytest.raises(toolkit.ValidationError, match="ended on"):
        objection(portal, OVER, duty=portal.duties[1], user=make_user("editor", portal.other))


def test_a_final_quarter_takes_neither_objections_nor_answers(portal):
    open_objections(portal)
    made = objection(portal)
    model.Session.execute(sa.text("UPDATE satudata_quarter SET state = 'final'"))
    model.Session.commit()
    with pytest.raises(toolkit.ValidationError, match="final"):
        objection(portal, duty=portal.duties[1], user=make_user("editor", portal.other))
    with pytest.raises(toolkit.ValidationError, match="no longer be answered"):
        answer(portal, made)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"reason": " "}, "reason"),
        ({"evidence": ""}, "evidence"),
        ({"tw": 5}, "tw"),
        ({"year": None, "tw": None}, "tw"),
        ({"tw": 2}, "quarter"),
    ],
)
def test_what_an_objection_needs(portal, changes, field):
    open_objections(portal)
    with pytest.raises(toolkit.ValidationError) as refused:
        objection(portal, **changes)
    assert list(refused.value.error_dict) == [field]
    assert listed(portal)["count"] == 0


def test_one_objection_to_a_row(portal):
    open_objections(portal)
    made = objection(portal)
    with pytest.raises(toolkit.ValidationError, match="already"):
        objection(portal)
    answer(portal, made, accept=False)
    with pytest.raises(toolkit.ValidationError, match="already"):
        objection(portal)


def test_one_answer_with_a_reason_and_a_remedy(portal):
    open_objections(portal)
    made = objection(portal)
    for changes, field in (
        ({"reason": ""}, "reason"),
        ({"remedy": None}, "remedy"),
        ({"remedy": "pray"}, "remedy"),
        ({"accept": None}, "accept"),
        ({"accept": "perhaps"}, "accept"),
    ):
        with pytest.raises(toolkit.ValidationError) as refused:
            answer(portal, made, **changes)
        assert field in refused.value.error_dict
    answer(portal, made, accept=False, remedy=None)
    with pytest.raises(toolkit.ValidationError, match="was answered"):
        answer(portal, made)
    assert listed(portal)["states"] == {"open": 0, "accepted": 0, "refused": 1}


def test_answers_come_after_the_deadline_too(portal):
    open_objections(portal)
    answer(portal, objection(portal), OVER)
    assert listed(portal)["states"]["accepted"] == 1


def test_only_the_opd_itself_objects_and_only_judges_answer(portal):
    open_objections(portal)
    stranger = make_user("editor", portal.other)
    for user in (stranger, portal.walidata):
        with pytest.raises(toolkit.NotAuthorized):
            objection(portal, user=user)
    made = objection(portal)
    for user in (stranger, portal.editor):
        with pytest.raises(toolkit.NotAuthorized):
            answer(portal, made, user=user)
    assert listed(portal, portal.editor)["count"] == 1
    assert listed(portal, stranger)["count"] == 0
    with pytest.raises(toolkit.ObjectNotFound):
        act("satudata_objection_answer", portal.walidata, OPENED, id=10**9, accept=True)


def test_the_pages_of_opd_and_walidata(portal, app):
    open_objections(portal)
    duty = portal.duties[0]
    opd = Browser(app, portal.editor["token"])
    steward = Browser(app, portal.walidata["token"])
    form = f"/satudata/sanggahan/{duty.id}/2025/1"
    with clock.at(wib(OPENED, "15:00:00")):
        own = opd.get(f"/satudata/opd/{portal.opd['name']}/kewajiban")
        assert "/satudata/sanggahan?tw=2025-TW1" in str(own)
        page = opd.get("/satudata/sanggahan?tw=2025-TW1")
        assert page.find("a", href=form)
        assert portal.duties[1].item.name not in page.text
        refused = opd.parse(opd.save(form, "evidence", reason="Dikirim lewat WhatsApp"))
        assert refused.find(role="alert")
        assert refused.find("textarea").text.strip() == "Dikirim lewat WhatsApp"
        done = opd.save(form, "evidence", reason="Dikirim lewat WhatsApp", evidence="Pesan 30-3")
        assert done.status_code == 302
        page = steward.get("/satudata/sanggahan?tw=2025-TW1&state=open")
        assert "Dikirim lewat WhatsApp" in page.text
        send = page.find("select", attrs={"name": "remedy"}).find_parent("form")["action"]
        fields = {"tw": "2025-TW1", "objection": send.split("/")[-2], "reason": "Surat ada"}
        refused = app.post(send, data={**fields, "do": "accept"}, headers=steward.headers)
        assert "Choose what follows" in refused.body
        kept = steward.parse(refused).find("input", attrs={"name": "reason"})
        assert kept["value"] == "Surat ada"
        done = app.post(
            send,
            data={**fields, "reason": "Nomor tidak ada", "do": "refuse"},
            headers=steward.headers,
            follow_redirects=False,
        )
        assert done.status_code == 302
    with clock.at(wib(OVER)):
        assert "Nomor tidak ada" in opd.get("/satudata/sanggahan?tw=2025-TW1").text
        closed = opd.get(f"/satudata/sanggahan/{duty.id}/2025/1")
        assert closed.find("textarea") is None
    stranger = make_user("editor", portal.other)
    assert app.get(form, headers={"Authorization": stranger["token"]}).status_code == 403


def test_an_objection_of_an_opd_that_is_gone_can_still_be_answered(portal):
    open_objections(portal)
    owner = make_user("editor", portal.other)
    made = objection(portal, user=owner, duty=portal.duties[1])
    with clock.at(wib(OPENED, "11:00:00")):
        call_action(
            "satudata_succession_create", kind="merge", from_org=portal.other["id"],
            to_org=portal.opd["id"], day=OPENED, number="1/2025", reason="Perda", confirm=True,
        )  # fmt: skip
        call_action("organization_delete", id=portal.other["id"])
    row = listed(portal, state="open")["results"][0]
    assert (row["org_title"], row["may_judge"]) == ("Dinas Lain", True)
    answer(portal, made)
    assert listed(portal)["states"]["accepted"] == 1
