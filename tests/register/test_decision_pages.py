"""Pages of decisions: the log and its files, one decision, dispensations, requests, windows."""

from __future__ import annotations

import csv
import io

import openpyxl
import pytest
from bs4 import BeautifulSoup
from ckan.plugins import toolkit
from ckan.tests.helpers import call_action

from ckanext.satudata import clock
from ckanext.satudata.quarter import live
from ckanext.satudata.register import decision_log, decisions, telling
from ckanext.satudata.register.decisions import KINDS
from tests.factories import make_item, make_opd, make_root, make_user
from tests.register.duty import TODAY, deliver, freeze, make_duty, noon
from tests.register.duty import decisions as logged
from tests.register.test_requests import REQUEST, WINDOW

LOG = "/satudata/keputusan"
DISPENSATION = "/satudata/dispensasi"
LETTER = {"number": "800/12/2026", "reason": "Banjir"}


@pytest.fixture
def city(clean_portal):
    with clock.at(noon(TODAY)):
        root = make_root()
        made = {"root": root, "dinas": make_opd("dinas", root), "lain": make_opd("lain", root)}
        made["walidata"] = _headers("admin", root)
        made["editor"] = _headers("editor", made["dinas"])
        yield made


def _headers(role=None, org=None):
    return {"Authorization": make_user(role, org)["token"]}


def waive(*duties, **more):
    ids = [duty.id for duty in duties]
    made = call_action("satudata_waiver_create", obligations=ids, **{**LETTER, **more})
    return made["decisions"]


def text(page) -> str:
    return " ".join(BeautifulSoup(page.body, "html.parser").get_text(" ").split())


# The log


def test_everyone_reads_what_moves_duties_and_only_its_own_opd_the_rest(city):
    ours, theirs = make_duty(city["dinas"], allow_nihil=True), make_duty(city["lain"])
    waive(theirs, number="A")
    call_action("satudata_nihil_claim", obligation_id=ours.id, reason="Tidak ada")
    readers = {
        "editor": make_user("editor", city["dinas"]),
        "other": make_user("editor", city["lain"]),
        "member": make_user("member", city["dinas"]),
        "walidata": make_user("admin", city["root"]),
    }
    officer = make_user()
    call_action("satudata_officer_create", user=officer["name"], office="sekda")
    readers["officer"] = officer

    def kinds(user):
        found = call_action("satudata_decision_list", {"user": user, "ignore_auth": False})
        assert found["count"] == len(found["results"])
        return [row["kind"] for row in found["results"]]

    both = ["nihil_claim", "waiver"]
    seen = {name: kinds(user["name"]) for name, user in readers.items()}
    assert seen == {
        "editor": both, "other": ["waiver"], "member": ["waiver"],
        "walidata": both, "officer": both,
    }  # fmt: skip


def test_visitors_read_the_log_while_the_leaderboard_is_public(app, city, ckan_config, monkeypatch):
    waive(make_duty(city["dinas"]))
    app.get(LOG, status=403)
    monkeypatch.setitem(ckan_config, "ckanext.satudata.public_leaderboard", True)
    assert "need not be delivered" in app.get(LOG).body


def test_who_decided_is_shown_to_readers_of_the_report_alone(app, city):
    walidata = make_user("admin", city["root"], fullname="Siti Walidata")
    duty = make_duty(city["dinas"])
    context = {"user": walidata["name"], "ignore_auth": False}
    made = call_action("satudata_waiver_create", context, obligations=[duty.id], **LETTER)
    page = f"{LOG}/{made['decisions'][0]['id']}"
    assert "Siti Walidata" in app.get(page, headers=city["editor"]).body
    stranger = _headers("editor", city["lain"])
    assert "Siti Walidata" not in app.get(page, headers=stranger).body
    assert "Siti Walidata" not in app.get(f"{LOG}.csv", headers=stranger).body


FILTERED = [
    ({}, {"A", "B", "C"}),
    ({"q": "banjir"}, {"A", "B"}),
    ({"q": "perawat"}, {"C"}),
    ({"q": "50%_"}, set()),
    ({"kind": "waiver"}, {"A", "C"}),
    ({"kind": "extension"}, {"B"}),
    ({"org": "dinas"}, {"A", "B"}),
    ({"org": "nobody"}, set()),
    ({"year": "2026", "tw": "1"}, {"A", "B"}),
    ({"tw": "2"}, {"C"}),
    ({"since": "2026-03-02"}, {"B", "C"}),
    ({"until": "2026-03-01"}, {"A"}),
    ({"state": "in_force"}, {"B", "C"}),
    ({"state": "revoked"}, {"A"}),
]


def test_page_api_csv_and_xlsx_show_the_same_rows(app, city):
    """Under every filter."""
    first, second = make_duty(city["dinas"]), make_duty(city["dinas"])
    third = make_duty(city["lain"], due="2026-06-30", name="Perawat")
    (one,) = waive(first, number="A", dated="2026-02-20")
    call_action(
        "satudata_extension_create",
        obligations=[second.id], day="2026-04-10", number="B", reason="Banjir",
    )  # fmt: skip
    waive(third, number="C", reason="Gempa")
    call_action("satudata_decision_revoke", id=one["id"], number="Z", reason="Salah")
    for filters, numbers in FILTERED:
        listed = call_action("satudata_decision_list", **filters)["results"]
        assert {row["number"] for row in listed} - {"Z"} == numbers, filters
        ids = [row["id"] for row in listed]
        page = app.get(LOG, query_string=filters, headers=city["walidata"])
        links = BeautifulSoup(page.body, "html.parser").select(f"tbody a[href*='{LOG}/']")
        assert [int(link["href"].rsplit("/", 1)[1]) for link in links] == ids, filters
        answer = app.get(f"{LOG}.csv", query_string=filters, headers=city["walidata"])
        rows = list(csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig"))))
        assert [int(row["Decision id"]) for row in rows] == ids, filters
        answer = app.get(f"{LOG}.xlsx", query_string=filters, headers=city["walidata"])
        sheet = openpyxl.load_workbook(io.BytesIO(answer.data)).active
        assert [row[0] for row in sheet.iter_rows(min_row=2, values_only=True)] == ids, filters


def test_cells_of_the_files_run_no_formula(app, city):
    waive(make_duty(city["dinas"]), number="=1+1", reason="@cmd")
    answer = app.get(f"{LOG}.csv", headers=city["walidata"])
    (row,) = csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig")))
    assert (row["Number"], row["Reason"]) == ("'=1+1", "'@cmd")


@pytest.mark.parametrize(
    "filters", [{"kind": "x"}, {"state": "x"}, {"year": "-1"}, {"since": "soon"}, {"tw": "1e3"}]
)
def test_filters_that_cannot_be_are_told_at_their_name(app, city, filters):
    with pytest.raises(toolkit.ValidationError) as error:
        call_action("satudata_decision_list", **filters)
    assert error.value.error_dict.keys() == filters.keys()
    page = app.get(LOG, query_string=filters, headers=city["walidata"])
    assert "alert-danger" in page.body
    app.get(f"{LOG}.csv", query_string=filters, headers=city["walidata"], status=400)


def test_the_log_is_read_page_by_page(app, city):
    waive(*[make_duty(city["dinas"]) for _number in range(51)])
    page = BeautifulSoup(app.get(LOG, headers=city["editor"]).body, "html.parser")
    assert len(page.select("tbody tr")) == 50
    page = BeautifulSoup(app.get(f"{LOG}?page=2", headers=city["editor"]).body, "html.parser")
    assert len(page.select("tbody tr")) == 1


# In words


def test_every_kind_of_decision_is_told_in_a_sentence(city):
    duty = make_duty(city["dinas"], name="Bidan")
    about = {"obligation_id": duty.id, "item_id": duty.item_id, "org_id": duty.org_id}
    last = None
    for kind, what in KINDS.items():
        made = decisions.record(
            kind,
            number="7" if what.numbered else None,
            reason="Sebab",
            actor=None,
            year=2026,
            tw=1,
            day=TODAY,
            details={"free": True, "name": "Libur"} if kind == "holiday" else {},
            revokes=last if kind == "revoke" else None,
            **({} if kind in ("establishment", "quarter", "holiday") else about),
        )
        last = made.id
        row = decision_log.one(made.id)
        told = telling.sentence(made)
        assert told == telling.sentence(row) == telling.sentence(made.id)
        assert "{" not in told
        assert "None" not in told
        assert told.endswith("Reason: Sebab.")
        assert ("Number 7, 2 March 2026." in told) == what.numbered
        if kind in telling._texts() and kind not in telling._ABOUT_NOTHING:
            assert "“Bidan”" in told, kind


@pytest.mark.parametrize(
    ("kind", "about", "told"),
    [
        (
            "quarter",
            {"year": 2026, "tw": 1, "details": {"from": "rancangan", "to": "final"}},
            "TW I 2026 moved on. It is now: Final.",
        ),
        (
            "succession",
            {"details": {"kind": "merge", "from_title": "Dinas A", "to_title": "Dinas B"}},
            "Dinas A became part of Dinas B; its duties passed on.",
        ),
        (
            "ruleset",
            {"day": TODAY, "details": {"name": "Baku", "version": 2}},
            "The rule set Baku, version 2, holds from 2 March 2026.",
        ),
        (
            "amendment",
            {"year": 2026, "day": TODAY, "details": {"changes": {"unit": ["a", "b"]}}},
            "The register of 2026 was amended. Changed: Unit. It holds from 2 March 2026.",
        ),
        (
            "holiday",
            {"day": TODAY, "details": {"free": False, "name": "Cuti"}},
            "2 March 2026 (Cuti). Offices work.",
        ),
        ("return", {"details": {"fault": True}}, "Delivery returned."),
    ],
)
def test_what_the_details_say_is_told(city, kind, about, told):
    made = decisions.record(kind, number="7", reason="Sebab", actor=None, **about)
    assert telling.sentence(made, source=False).startswith(told)


def test_a_sentence_says_what_moved_where_and_that_it_was_taken_back(city):
    duty = make_duty(city["dinas"], name="Bidan")
    (made,) = call_action(
        "satudata_extension_create", obligations=[duty.id], day="2026-05-29", **LETTER
    )["decisions"]
    assert made["sentence"] == (
        "“Bidan” 2025 may be delivered until 29 May 2026 instead of 31 March 2026. "
        "It is judged in TW II 2026. Number 800/12/2026, 2 March 2026. Reason: Banjir."
    )
    back = call_action("satudata_decision_revoke", id=made["id"], number="9", reason="Keliru")
    assert back["sentence"].startswith("Taken back: “Bidan” 2025 may be delivered until 29 May")
    assert telling.sentence(made["id"]).endswith("Taken back on 2 March 2026.")
    assert telling.sentence(made["id"], source=False).endswith("It is judged in TW II 2026.")


def test_an_unknown_decision_has_no_words(city):
    assert telling.sentence(10**9) == ""


# One decision


def test_a_decision_is_taken_back_on_its_page(app, city):
    (made,) = waive(make_duty(city["dinas"]))
    page = f"{LOG}/{made['id']}"
    assert "Take this decision back" not in app.get(page, headers=city["editor"]).body
    assert "Take this decision back" in app.get(page, headers=city["walidata"]).body
    app.post(
        f"{page}/cabut", data={"number": "1", "reason": "x"}, headers=city["editor"], status=403
    )
    refused = app.post(f"{page}/cabut", data={"reason": "Salah"}, headers=city["walidata"])
    assert "Write the number" in refused.body
    form = BeautifulSoup(refused.body, "html.parser")
    assert form.find(id="revoke-reason").text.strip() == "Salah"
    done = app.post(
        f"{page}/cabut", data={"number": "800/20", "reason": "Salah"}, headers=city["walidata"]
    )
    assert "was taken back on" in done.body
    assert "Take this decision back" not in done.body
    assert "800/20" in done.body  # the revocation stands beside it
    app.get(f"{LOG}/99999999", headers=city["walidata"], status=404)


def test_a_decision_about_another_opd_is_not_found(app, city):
    duty = make_duty(city["dinas"], allow_nihil=True)
    made = call_action("satudata_nihil_claim", obligation_id=duty.id, reason="Tidak ada")
    page = f"{LOG}/{made['id']}"
    assert app.get(page, headers=city["editor"]).status_code == 200
    app.get(page, headers=_headers("editor", city["lain"]), status=404)


def test_a_decision_of_a_final_quarter_is_taken_back_when_it_is_meant(app, city):
    (made,) = waive(make_duty(city["dinas"]))
    freeze(2026, 1)
    page = f"{LOG}/{made['id']}/cabut"
    form = {"number": "800/20", "reason": "Salah"}
    assert "revoke-after-final" in app.post(page, data=form, headers=city["walidata"]).body
    app.post(page, data={**form, "after_final": "true"}, headers=city["walidata"])
    assert len(logged(kind="revoke")) == 1


# Dispensations


def test_choose_look_decide(app, city):
    first, second = make_duty(city["dinas"], name="Bidan"), make_duty(city["dinas"])
    deliver(second)
    page = app.get(f"{DISPENSATION}?org={city['dinas']['id']}", headers=city["walidata"])
    boxes = BeautifulSoup(page.body, "html.parser").select("input[name=obligations]")
    assert {box["value"] for box in boxes} == {first.id, second.id}
    form = {"kind": "waiver", "obligations": [first.id], **LETTER}
    looked = app.post(DISPENSATION, data={**form, "do": "preview"}, headers=city["walidata"])
    assert not logged()
    assert "This would decide about 1 duty" in looked.body
    sent = _form(looked, "save")
    assert sent["obligations"] == [first.id]
    done = app.post(DISPENSATION, data=sent, headers=city["walidata"])
    assert "The decision about 1 duty is in the log." in done.body
    assert "“Bidan” 2025 need not be delivered." in text(done)
    assert [(one.kind, one.number) for one in logged()] == [("waiver", LETTER["number"])]


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


def test_the_preview_says_where_an_extended_duty_is_judged(app, city):
    duty = make_duty(city["dinas"])
    form = {"kind": "extension", "obligations": [duty.id], "day": "2026-05-29", **LETTER}
    looked = app.post(DISPENSATION, data={**form, "do": "preview"}, headers=city["walidata"])
    assert "moves to TW II 2026" in looked.body
    app.post(DISPENSATION, data=_form(looked, "save"), headers=city["walidata"])
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
def test_what_cannot_be_decided_stays_in_the_form(app, city, changes, words):
    duty = make_duty(city["dinas"])
    form = {"kind": "waiver", "obligations": [duty.id], **LETTER, **changes}
    for button in ("preview", "save"):
        page = app.post(DISPENSATION, data={**form, "do": button}, headers=city["walidata"])
        if words and not (button == "save" and words.startswith("Must")):
            assert words in page.body
        assert not logged()
        if form["obligations"]:
            entered = BeautifulSoup(page.body, "html.parser").find(id="decision-number")
            assert entered["value"] == form["number"]


def test_a_waived_duty_cannot_be_ticked(app, city):
    duty = make_duty(city["dinas"])
    waive(duty)
    page = app.get(f"{DISPENSATION}?obligation={duty.id}", headers=city["walidata"])
    box = BeautifulSoup(page.body, "html.parser").find(id=f"duty-{duty.id}")
    assert box.has_attr("disabled")
    assert "It was waived already by 800/12/2026." in page.body


def test_only_who_decides_opens_the_page(app, city):
    duty = make_duty(city["dinas"])
    for headers in ({}, city["editor"], _headers()):
        app.get(DISPENSATION, headers=headers, status=403)
        app.post(
            DISPENSATION, data={"obligations": [duty.id], **LETTER}, headers=headers, status=403
        )
    assert not logged()


# Nothing to report


def test_an_opd_states_that_there_is_nothing_to_report(app, city):
    duty = make_duty(city["dinas"], name="KLB", allow_nihil=True)
    page = f"/satudata/kewajiban/{duty.id}/nihil"
    app.get(page, headers=city["walidata"], status=403)
    assert "Why is there nothing to report?" in app.get(page, headers=city["editor"]).body
    assert "Write why" in app.post(page, data={"reason": ""}, headers=city["editor"]).body
    done = app.post(page, data={"reason": "Tidak ada KLB"}, headers=city["editor"])
    assert "waits for an answer" in done.body
    assert "Why is there nothing to report?" not in done.body
    made = logged()[0]
    call_action("satudata_nihil_answer", id=made.id, accept=False, reason="Ada dua")
    again = app.get(page, headers=city["editor"]).body
    assert "It was refused." in again
    assert "Why is there nothing to report?" in again


def test_the_form_says_why_nothing_can_be_stated(app, city):
    duty = make_duty(city["dinas"])
    page = app.get(f"/satudata/kewajiban/{duty.id}/nihil", headers=city["editor"])
    assert "must be delivered" in page.body
    app.get("/satudata/kewajiban/none/nihil", headers=city["editor"], status=404)


# Requests and windows


def test_a_request_from_search_to_its_page(app, city):
    item = make_item(city["dinas"], "Titik banjir", theme="Bencana")
    page = app.get("/satudata/permintaan?q=banjir", headers=city["walidata"])
    assert f'value="{item.id}"' in page.body
    form = {**REQUEST, "items": [item.id]}
    refused = app.post(
        "/satudata/permintaan", data={**form, "due": "2026-03-03"}, headers=city["walidata"]
    )
    assert "Leave at least 5 working days" in refused.body
    box = BeautifulSoup(refused.body, "html.parser").find(id=f"item-{item.id}")
    assert box.has_attr("checked")
    done = app.post("/satudata/permintaan", data=form, headers=city["walidata"])
    assert "1 duty was made" in done.body
    assert "Titik banjir" in done.body
    shown = app.get("/satudata/permintaan", headers=city["editor"]).body
    assert REQUEST["title"] in shown
    assert "New request" not in shown
    app.post("/satudata/permintaan", data=form, headers=city["editor"], status=403)
    app.get("/satudata/permintaan", status=403)


def test_a_window_from_form_to_close(app, city):
    form = {
        **WINDOW,
        "deadline_name": ["Data prioritas", "Data lainnya", ""],
        "deadline_day": ["2026-03-20", "2026-03-31", ""],
    }
    del form["deadlines"]
    page = "/satudata/jendela"
    refused = app.post(page, data={**form, "name": ""}, headers=city["walidata"])
    assert "Give the window a name." in refused.body
    kept = BeautifulSoup(refused.body, "html.parser").find(id="deadline-name-1")
    assert kept["value"] == "Data lainnya"
    app.post(page, data=form, headers=city["walidata"])
    shown = app.get(page, headers=city["editor"]).body
    assert "Data prioritas: 20 March 2026" in shown
    assert "Close before its time" not in shown
    (made,) = call_action("satudata_window_list")
    app.post(
        f"{page}/{made['id']}/tutup",
        data={"number": "1", "reason": "x"},
        headers=city["editor"],
        status=403,
    )
    app.post(
        f"{page}/{made['id']}/tutup", data={"number": "1", "reason": "x"}, headers=city["walidata"]
    )
    assert call_action("satudata_window_list")[0]["state"] == "closed"


def test_the_opd_sees_the_countdown_on_the_page_of_its_duties(app, city):
    call_action("satudata_window_create", **{**WINDOW, "opens": "2026-03-01"})
    page = app.get("/satudata/opd/dinas/kewajiban", headers=city["editor"])
    assert "Data prioritas until 20 March 2026" in text(page)
    assert "18 days left" in text(page)


def test_the_page_of_duties_leads_to_the_statement_where_one_is_possible(app, city):
    possible = make_duty(city["dinas"], due="2026-02-27", allow_nihil=True)
    make_duty(city["dinas"], due="2026-02-27")
    live.recompute()
    link = f"/satudata/kewajiban/{possible.id}/nihil"
    page = BeautifulSoup(
        app.get("/satudata/opd/dinas/kewajiban", headers=city["editor"]).body, "html.parser"
    )
    found = [one["href"] for one in page.select("a[href$='/nihil']")]
    assert found == [link]
    others = app.get("/satudata/opd/dinas/kewajiban", headers=city["walidata"]).body
    assert link not in others


def test_the_page_of_a_duty_leads_who_decides_to_the_decision(app, city):
    duty = make_duty(city["dinas"], due="2026-02-27")
    live.recompute()
    link = f"/satudata/dispensasi?obligation={duty.id}"
    page = f"/satudata/kewajiban/{duty.id}"
    assert link in app.get(page, headers=city["walidata"]).body
    assert link not in app.get(page, headers=city["editor"]).body
    chosen = app.get(f"{link}&kind=extension", headers=city["walidata"]).body
    form = BeautifulSoup(chosen, "html.parser")
    assert form.find(id=f"duty-{duty.id}").has_attr("checked")
    assert form.find(id="kind-extension").has_attr("checked")
