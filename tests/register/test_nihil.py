"""Nothing to report: who states it, when it cannot be stated, who answers."""

from __future__ import annotations

import datetime as dt

import ckan.model as model
import pytest
from ckan.plugins import toolkit
from ckan.tests.helpers import call_action

from ckanext.satudata import clock
from ckanext.satudata.delivery import review_queries
from ckanext.satudata.register import obligations
from tests.factories import make_dataset, make_opd, make_root, make_user
from tests.register.duty import TODAY, decisions, deliver, freeze, make_duty, noon, touched


@pytest.fixture
def city(clean_portal):
    with clock.at(noon(TODAY)):
        root = make_root()
        yield {
            "root": root,
            "dinas": make_opd("dinas", root),
            "lain": make_opd("lain", root),
            "own": make_opd("kominfo", root, sd_peran_sdi="walidata"),
        }


def claim(duty, user=None, reason="Tidak ada kejadian"):
    context = {"user": user, "ignore_auth": False} if user else {}
    return call_action("satudata_nihil_claim", context, obligation_id=duty.id, reason=reason)


def answer(made, accept, reason="", user=None):
    context = {"user": user, "ignore_auth": False} if user else {}
    return call_action(
        "satudata_nihil_answer", context, id=made["id"], accept=accept, reason=reason
    )


def why_not(work) -> str:
    before = len(decisions())
    with pytest.raises(toolkit.ValidationError) as error:
        work()
    assert len(decisions()) == before
    return str(error.value.error_dict)


def test_a_claim_that_is_accepted(city):
    duty = make_duty(city["dinas"], allow_nihil=True)
    editor = make_user("editor", city["dinas"])
    walidata = make_user("admin", city["root"])
    made = claim(duty, editor["name"])
    assert "Dinas states that there is nothing to report" in made["sentence"]
    assert touched() == {city["dinas"]["id"]}
    answered = answer(made, True, user=walidata["name"])
    assert answered["kind"] == "nihil_accept"
    stored = decisions(kind="nihil_accept")[0]
    assert (stored.answers, stored.obligation_id) == (made["id"], duty.id)
    assert (stored.actor, stored.org_id) == (walidata["id"], city["dinas"]["id"])
    assert stored.reason
    assert "accepted already" in why_not(lambda: claim(duty))
    assert "answered already" in why_not(lambda: answer(made, False, "x"))


def test_a_refused_claim_needs_a_reason_and_may_be_made_again(city):
    duty = make_duty(city["dinas"], allow_nihil=True)
    made = claim(duty)
    assert "reason" in why_not(lambda: answer(made, False))
    assert "accept" in why_not(lambda: call_action("satudata_nihil_answer", id=made["id"]))
    answer(made, False, "Ada dua kejadian")
    again = claim(duty)
    answer(again, True)
    assert [one.kind for one in decisions()] == [
        "nihil_claim", "nihil_refuse", "nihil_claim", "nihil_accept",
    ]  # fmt: skip


def test_what_cannot_be_stated(city):
    opd = city["dinas"]
    assert "must be delivered" in why_not(lambda: claim(make_duty(opd)))
    running = make_duty(opd, due="2026-04-15", period="2026-03", allow_nihil=True)
    assert "not over" in why_not(lambda: claim(running))
    delivered = make_duty(opd, allow_nihil=True)
    deliver(delivered)
    assert "Data were delivered" in why_not(lambda: claim(delivered))
    waived = make_duty(opd, allow_nihil=True)
    call_action("satudata_waiver_create", obligations=[waived.id], number="7", reason="a")
    assert "nothing is owed" in why_not(lambda: claim(waived))
    claimed = make_duty(opd, allow_nihil=True)
    claim(claimed)
    assert "waits for an answer" in why_not(lambda: claim(claimed))
    # The OPD writes this one, so it is not told that the OPD reads it.
    silent = make_duty(opd, allow_nihil=True)
    fault = "Write why there is nothing to report: whoever answers the statement reads it."
    assert why_not(lambda: claim(silent, reason=" ")) == str({"reason": [fault]})
    with pytest.raises(toolkit.ObjectNotFound):
        call_action("satudata_nihil_claim", obligation_id="none", reason="a")


def test_the_day_after_the_period_is_early_enough(city):
    duty = make_duty(city["dinas"], due="2026-04-15", period="2026-03", allow_nihil=True)
    with clock.at(noon(dt.date(2026, 3, 31))):
        assert "not over" in why_not(lambda: claim(duty))
    with clock.at(noon(dt.date(2026, 4, 1))):
        claim(duty)


def test_data_that_came_after_the_claim_are_not_accepted_away(city):
    duty = make_duty(city["dinas"], allow_nihil=True)
    made = claim(duty)
    deliver(duty)
    assert "delivered for it since" in why_not(lambda: answer(made, True))
    answer(made, False, "Berkas sudah masuk")


def test_the_opd_takes_its_claim_back_until_it_is_answered(city):
    duty = make_duty(city["dinas"], allow_nihil=True)
    editor = make_user("editor", city["dinas"])["name"]
    as_editor = {"user": editor, "ignore_auth": False}
    made = claim(duty, editor)
    call_action("satudata_decision_revoke", as_editor, id=made["id"], reason="Keliru")
    assert "taken this statement back" in why_not(lambda: answer(made, True))
    second = claim(duty, editor)
    answered = answer(second, True)
    revoke = {"id": second["id"], "reason": "x"}
    assert "answered already" in why_not(lambda: call_action("satudata_decision_revoke", **revoke))
    with pytest.raises(toolkit.NotAuthorized):
        call_action("satudata_decision_revoke", as_editor, id=answered["id"], reason="x")
    call_action("satudata_decision_revoke", id=answered["id"], reason="Salah baca")
    answer(second, False, "Ada kejadian")


def test_only_the_opd_states_and_only_a_judge_answers(city):
    duty = make_duty(city["dinas"], allow_nihil=True)
    ours = make_duty(city["own"], allow_nihil=True)
    walidata = make_user("admin", city["root"])["name"]
    officer = make_user()["name"]
    call_action("satudata_officer_create", user=officer, office="pembina_data")
    member = make_user("member", city["dinas"])["name"]
    other = make_user("admin", city["lain"])["name"]
    for user in (walidata, member, other, officer):
        with pytest.raises(toolkit.NotAuthorized):
            claim(duty, user)
    made, own = claim(duty), claim(ours)
    for user, refused in ((officer, made), (walidata, own), (other, made)):
        with pytest.raises(toolkit.NotAuthorized):
            answer(refused, True, user=user)
    answer(made, True, user=walidata)
    answer(own, True, user=officer)


def test_a_statement_about_what_is_no_longer_owed_waits_for_nobody(city):
    made = claim(make_duty(city["dinas"], allow_nihil=True))
    assert review_queries.nihil_claims() == [made["id"]]
    obligations.ensure()  # no rhythm of the item asks for it
    model.Session.commit()
    assert review_queries.nihil_claims() == []
    with pytest.raises(toolkit.ObjectNotFound):
        answer(made, True)


def test_what_a_stranger_states_stands_in_nobodys_way(city):
    duty = make_duty(city["dinas"], allow_nihil=True)
    file = {"url": "https://example.org/a.csv", "format": "CSV", "sd_periode": [duty.period]}
    make_dataset(city["lain"], sd_item=duty.item_id, resources=[file])
    claim(duty)
    other = make_duty(city["dinas"], allow_nihil=True)
    make_dataset(city["dinas"], sd_item=other.item_id, resources=[file])
    assert "delivered for it" in why_not(lambda: claim(other))


def test_arrears_of_a_final_quarter_may_be_settled_by_a_claim(city):
    duty = make_duty(city["dinas"], due="2025-12-31", period="2024", allow_nihil=True)
    freeze(2025, 4)
    answer(claim(duty), True)
    assert [one.kind for one in decisions()] == ["nihil_claim", "nihil_accept"]


@pytest.mark.parametrize("id", ["", "x", True, [1]])
def test_an_id_that_is_none_is_told(city, id):
    assert "id" in why_not(lambda: call_action("satudata_nihil_answer", id=id, accept=True))


def test_another_decision_is_no_claim(city):
    duty = make_duty(city["dinas"])
    made = call_action("satudata_waiver_create", obligations=[duty.id], number="7", reason="a")
    with pytest.raises(toolkit.ObjectNotFound):
        answer(made["decisions"][0], True)
