"""The log of decisions and its files, its sentences, and the page of one decision."""

from __future__ import annotations

import csv
import io

import openpyxl
import pytest
from bs4 import BeautifulSoup
from ckan.plugins import toolkit
from ckan.tests.helpers import call_action

from ckanext.satudata.register import decision_log, decisions, telling
from ckanext.satudata.register.decisions import KINDS
from tests.factories import make_user
from tests.register.deciding import LETTER, LOG, headers_of, waive
from tests.register.duty import TODAY, freeze, make_duty
from tests.register.duty import decisions as logged

# The log


def test_everyone_reads_what_moves_duties_and_only_its_own_opd_the_rest(offices):
    ours, theirs = make_duty(offices["dinas"], allow_nihil=True), make_duty(offices["lain"])
    waive(theirs, number="A")
    call_action("satudata_nihil_claim", obligation_id=ours.id, reason="Tidak ada")
    readers = {
        "editor": make_user("editor", offices["dinas"]),
        "other": make_user("editor", offices["lain"]),
        "member": make_user("member", offices["dinas"]),
        "walidata": make_user("admin", offices["root"]),
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


def test_visitors_read_the_log_while_the_leaderboard_is_public(
    app, offices, ckan_config, monkeypatch
):
    waive(make_duty(offices["dinas"]))
    app.get(LOG, status=403)
    monkeypatch.setitem(ckan_config, "ckanext.satudata.public_leaderboard", True)
    assert "need not be delivered" in app.get(LOG).body


def test_who_decided_is_shown_to_readers_of_the_report_alone(app, offices):
    walidata = make_user("admin", offices["root"], fullname="Siti Walidata")
    duty = make_duty(offices["dinas"])
    context = {"user": walidata["name"], "ignore_auth": False}
    made = call_action("satudata_waiver_create", context, obligations=[duty.id], **LETTER)
    page = f"{LOG}/{made['decisions'][0]['id']}"
    assert "Siti Walidata" in app.get(page, headers=offices["editor"]).body
    stranger = headers_of("editor", offices["lain"])
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


def test_page_api_csv_and_xlsx_show_the_same_rows(app, offices):
    """Under every filter."""
    first, second = make_duty(offices["dinas"]), make_duty(offices["dinas"])
    third = make_duty(offices["lain"], due="2026-06-30", name="Perawat")
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
        page = app.get(LOG, query_string=filters, headers=offices["walidata"])
        links = BeautifulSoup(page.body, "html.parser").select(f"tbody a[href*='{LOG}/']")
        assert [int(link["href"].rsplit("/", 1)[1]) for link in links] == ids, filters
        answer = app.get(f"{LOG}.csv", query_string=filters, headers=offices["walidata"])
        rows = list(csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig"))))
        assert [int(row["Decision id"]) for row in rows] == ids, filters
        answer = app.get(f"{LOG}.xlsx", query_string=filters, headers=offices["walidata"])
        sheet = openpyxl.load_workbook(io.BytesIO(answer.data)).active
        assert [row[0] for row in sheet.iter_rows(min_row=2, values_only=True)] == ids, filters


def test_cells_of_the_files_run_no_formula(app, offices):
    waive(make_duty(offices["dinas"]), number="=1+1", reason="@cmd")
    answer = app.get(f"{LOG}.csv", headers=offices["walidata"])
    (row,) = csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig")))
    assert (row["Number"], row["Reason"]) == ("'=1+1", "'@cmd")


@pytest.mark.parametrize(
    "filters", [{"kind": "x"}, {"state": "x"}, {"year": "-1"}, {"since": "soon"}, {"tw": "1e3"}]
)
def test_filters_that_cannot_be_are_told_at_their_name(app, offices, filters):
    with pytest.raises(toolkit.ValidationError) as error:
        call_action("satudata_decision_list", **filters)
    assert error.value.error_dict.keys() == filters.keys()
    page = app.get(LOG, query_string=filters, headers=offices["walidata"])
    assert "alert-danger" in page.body
    app.get(f"{LOG}.csv", query_string=filters, headers=offices["walidata"], status=400)


def test_the_log_is_read_page_by_page(app, offices):
    waive(*[make_duty(offices["dinas"]) for _number in range(51)])
    page = BeautifulSoup(app.get(LOG, headers=offices["editor"]).body, "html.parser")
    assert len(page.select("tbody tr")) == 50
    page = BeautifulSoup(app.get(f"{LOG}?page=2", headers=offices["editor"]).body, "html.parser")
    assert len(page.select("tbody tr")) == 1


# In words


def test_every_kind_of_decision_is_told_in_a_sentence(offices):
    duty = make_duty(offices["dinas"], name="Bidan")
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
def test_what_the_details_say_is_told(offices, kind, about, told):
    made = decisions.record(kind, number="7", reason="Sebab", actor=None, **about)
    assert telling.sentence(made, source=False).startswith(told)


def test_a_sentence_says_what_moved_where_and_that_it_was_taken_back(offices):
    duty = make_duty(offices["dinas"], name="Bidan")
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


def test_an_unknown_decision_has_no_words(offices):
    assert telling.sentence(10**9) == ""


# One decision


def test_a_decision_is_taken_back_on_its_page(app, offices):
    (made,) = waive(make_duty(offices["dinas"]))
    page = f"{LOG}/{made['id']}"
    assert "Take this decision back" not in app.get(page, headers=offices["editor"]).body
    assert "Take this decision back" in app.get(page, headers=offices["walidata"]).body
    app.post(
        f"{page}/cabut", data={"number": "1", "reason": "x"}, headers=offices["editor"], status=403
    )
    refused = app.post(f"{page}/cabut", data={"reason": "Salah"}, headers=offices["walidata"])
    assert "Write the number" in refused.body
    form = BeautifulSoup(refused.body, "html.parser")
    assert form.find(id="revoke-reason").text.strip() == "Salah"
    done = app.post(
        f"{page}/cabut", data={"number": "800/20", "reason": "Salah"}, headers=offices["walidata"]
    )
    assert "was taken back on" in done.body
    assert "Take this decision back" not in done.body
    assert "800/20" in done.body  # the revocation stands beside it
    app.get(f"{LOG}/99999999", headers=offices["walidata"], status=404)


def test_a_decision_about_another_opd_is_not_found(app, offices):
    duty = make_duty(offices["dinas"], allow_nihil=True)
    made = call_action("satudata_nihil_claim", obligation_id=duty.id, reason="Tidak ada")
    page = f"{LOG}/{made['id']}"
    assert app.get(page, headers=offices["editor"]).status_code == 200
    app.get(page, headers=headers_of("editor", offices["lain"]), status=404)


def test_a_decision_of_a_final_quarter_is_taken_back_when_it_is_meant(app, offices):
    (made,) = waive(make_duty(offices["dinas"]))
    freeze(2026, 1)
    page = f"{LOG}/{made['id']}/cabut"
    form = {"number": "800/20", "reason": "Salah"}
    assert "revoke-after-final" in app.post(page, data=form, headers=offices["walidata"]).body
    app.post(page, data={**form, "after_final": "true"}, headers=offices["walidata"])
    assert len(logged(kind="revoke")) == 1
