"""Pages on which duties are dispensed with, or an OPD states that there is nothing to report."""

from __future__ import annotations

import pytest
from bs4 import BeautifulSoup
from ckan.tests.helpers import call_action

from ckanext.satudata.judging import live
from tests.register.deciding import LETTER, headers_of, text, waive
from tests.register.duty import decisions as logged
from tests.register.duty import deliver, freeze, make_duty

DISPENSATION = "/satudata/dispensasi"


def test_choose_look_decide(app, offices):
    first, second = make_duty(offices["dinas"], name="Bidan"), make_duty(offices["dinas"])
    deliver(second)
    page = app.get(f"{DISPENSATION}?org={offices['dinas']['id']}", headers=offices["walidata"])
    boxes = BeautifulSoup(page.body, "html.parser").select("input[name=obligations]")
    assert {box["value"] for box in boxes} == {first.id, second.id}
    form = {"kind": "waiver", "obligations": [first.id], **LETTER}
    looked = app.post(DISPENSATION, data={**form, "do": "preview"}, headers=offices["walidata"])
    assert not logged()
    assert "This would decide about 1 duty" in looked.body
    sent = _form(looked, "save")
    assert sent["obligations"] == [first.id]
    done = app.post(DISPENSATION, data=sent, headers=offices["walidata"])
    assert "The decision about 1 duty is in the log." in done.body
    assert "“Bidan” 2025 need not be delivered." in text(done)
    assert [(one.kind, one.number) for one in logged()] == [("waiver", LETTER["number"])]


def test_duties_of_a_final_quarter_are_chosen_once_that_is_meant(app, offices):
    duty = make_duty(offices["dinas"])
    freeze(2026, 1)
    page = app.get(f"{DISPENSATION}?obligation={duty.id}", headers=offices["walidata"])
    shown = BeautifulSoup(page.body, "html.parser")
    assert shown.select_one("input[name=obligations]").has_attr("disabled")
    meant = shown.select_one("a.alert-link[href*=after_final]")["href"]
    page = app.get(meant, headers=offices["walidata"])
    box = BeautifulSoup(page.body, "html.parser").select_one("input[name=obligations]")
    assert box.has_attr("checked")
    assert not box.has_attr("disabled")
    looked = app.post(
        DISPENSATION, data={**_form(page, "preview"), **LETTER}, headers=offices["walidata"]
    )
    app.post(DISPENSATION, data=_form(looked, "save"), headers=offices["walidata"])
    assert [one.kind for one in logged()] == ["waiver"]


def _form(page, button) -> dict[str, object]:
    """What a browser would send of the large form of a page."""
    form = BeautifulSoup(page.body, "html.parser").select_one(
        f"form[method=post][action='{DISPENSATION}']"
    )
    sent: dict[str, object] = {"do": button}
    assert form.select(f"button[name=do][value={button}]")
    for field in form.select("input[name], textarea[name]"):
        if field.get("type") in ("checkbox", "radio") and not field.has_attr("checked"):
            continue
        value = field.get("value") or field.text.strip()
        if field["name"] == "obligations":
            sent.setdefault("obligations", []).append(value)
        else:
            sent[field["name"]] = value
    return sent


def test_the_preview_says_where_an_extended_duty_is_judged(app, offices):
    duty = make_duty(offices["dinas"])
    form = {"kind": "extension", "obligations": [duty.id], "day": "2026-05-29", **LETTER}
    looked = app.post(DISPENSATION, data={**form, "do": "preview"}, headers=offices["walidata"])
    assert "moves to TW II 2026" in looked.body
    app.post(DISPENSATION, data=_form(looked, "save"), headers=offices["walidata"])
    assert logged()[0].details == {"year": 2026, "tw": 2}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"number": ""}, "Must be filled in."),
        ({"reason": ""}, "Must be filled in."),
        ({"kind": "extension"}, "Must be filled in."),
        ({"kind": "extension", "day": "2026-03-31"}, "must lie after"),
        ({"kind": "extension", "day": "2026-03-01"}, None),
        ({"obligations": []}, "Tick at least one duty."),
    ],
)
def test_what_cannot_be_decided_stays_in_the_form(app, offices, changes, words):
    duty = make_duty(offices["dinas"])
    form = {"kind": "waiver", "obligations": [duty.id], **LETTER, **changes}
    for button in ("preview", "save"):
        page = app.post(DISPENSATION, data={**form, "do": button}, headers=offices["walidata"])
        if words and not (button == "save" and words.startswith("Must")):
            assert words in page.body
        assert not logged()
        if form["obligations"]:
            entered = BeautifulSoup(page.body, "html.parser").find(id="decision-number")
            assert entered["value"] == form["number"]


def test_a_waived_duty_cannot_be_ticked(app, offices):
    duty = make_duty(offices["dinas"])
    waive(duty)
    page = app.get(f"{DISPENSATION}?obligation={duty.id}", headers=offices["walidata"])
    box = BeautifulSoup(page.body, "html.parser").find(id=f"duty-{duty.id}")
    assert box.has_attr("disabled")
    assert "It was waived already by 800/12/2026." in page.body


def test_only_who_decides_opens_the_page(app, offices):
    duty = make_duty(offices["dinas"])
    for headers in ({}, offices["editor"], headers_of()):
        app.get(DISPENSATION, headers=headers, status=403)
        app.post(
            DISPENSATION, data={"obligations": [duty.id], **LETTER}, headers=headers, status=403
        )
    assert not logged()


# Nothing to report


def test_an_opd_states_that_there_is_nothing_to_report(app, offices):
    duty = make_duty(offices["dinas"], name="KLB", allow_nihil=True)
    page = f"/satudata/kewajiban/{duty.id}/nihil"
    app.get(page, headers=offices["walidata"], status=403)
    assert "nihil-reason" in app.get(page, headers=offices["editor"]).body
    assert "Write why" in app.post(page, data={"reason": ""}, headers=offices["editor"]).body
    done = app.post(page, data={"reason": "Tidak ada KLB"}, headers=offices["editor"])
    assert "waits for an answer" in done.body
    assert "nihil-reason" not in done.body
    made = logged()[0]
    call_action("satudata_nihil_answer", id=made.id, accept=False, reason="Ada dua")
    again = app.get(page, headers=offices["editor"]).body
    assert "It was refused." in again
    assert "nihil-reason" in again


def test_the_form_says_why_nothing_can_be_stated(app, offices):
    duty = make_duty(offices["dinas"])
    page = app.get(f"/satudata/kewajiban/{duty.id}/nihil", headers=offices["editor"])
    assert "must be delivered" in page.body
    app.get("/satudata/kewajiban/none/nihil", headers=offices["editor"], status=404)


def test_the_page_of_duties_leads_to_the_statement_where_one_is_possible(app, offices):
    possible = make_duty(offices["dinas"], due="2026-02-27", allow_nihil=True)
    make_duty(offices["dinas"], due="2026-02-27")
    live.recompute()
    link = f"/satudata/kewajiban/{possible.id}/nihil"
    page = BeautifulSoup(
        app.get("/satudata/opd/dinas/kewajiban", headers=offices["editor"]).body, "html.parser"
    )
    found = [one["href"] for one in page.select("a[href$='/nihil']")]
    assert found == [link]
    others = app.get("/satudata/opd/dinas/kewajiban", headers=offices["walidata"]).body
    assert link not in others


def test_the_page_of_a_duty_leads_who_decides_to_the_decision(app, offices):
    duty = make_duty(offices["dinas"], due="2026-02-27")
    live.recompute()
    link = f"/satudata/dispensasi?obligation={duty.id}"
    page = f"/satudata/kewajiban/{duty.id}"
    assert link in app.get(page, headers=offices["walidata"]).body
    assert link not in app.get(page, headers=offices["editor"]).body
    chosen = app.get(f"{link}&kind=extension", headers=offices["walidata"]).body
    form = BeautifulSoup(chosen, "html.parser")
    assert form.find(id=f"duty-{duty.id}").has_attr("checked")
    assert form.find(id="kind-extension").has_attr("checked")
