"""The page of one duty: why it has its score, with the evidence, and all that happened."""

from __future__ import annotations

from decimal import Decimal

import pytest
from bs4 import BeautifulSoup
from ckan.plugins import toolkit
from ckan.tests.helpers import call_action

from ckanext.satudata import clock
from ckanext.satudata.register import decisions
from tests.factories import make_opd, make_user
from tests.quarter.conftest import wib

IN_MAY = wib("2025-05-02")


def show(user, duty, **data):
    context = {"user": user["name"], "ignore_auth": False}
    return call_action("satudata_obligation_show", context, id=duty.id, **data)


@pytest.fixture
def walidata(portal):
    return make_user("admin", portal.root)


@pytest.fixture
def late(portal):
    """A duty delivered four working days late with a fault in its content, and replaced later."""
    duty = portal.duty(name="Jumlah Puskesmas")
    portal.held = portal.deliver(
        duty, wib("2025-04-14"), private=True, title="Judul Rahasia", content=b"a,b\n1,2\n1,2\n"
    )
    portal.compute(IN_MAY)
    with clock.at(IN_MAY):
        yield duty


def test_the_points_of_the_parts_make_the_score(portal, late, walidata):
    found = show(walidata, late)
    row = found["row"]
    assert row["status"] == "terlambat"
    assert sum(part["points"] for part in found["parts"]) == pytest.approx(
        row["s"], abs=Decimal("0.03")
    )
    by_part = {part["part"]: part for part in found["parts"]}
    assert by_part["D"]["points"] == 35
    assert by_part["T"]["most"] == 25
    assert by_part["T"]["points"] < 25


def test_each_part_names_its_evidence(portal, late, walidata):
    by_part = {one["part"]: one["sentence"] for one in show(walidata, late)["parts"]}
    event = show(walidata, late)["events"][0]
    assert event["sha256"][:12] in by_part["D"]
    assert "14 April 2025" in by_part["T"]
    assert "working days late" in by_part["T"]
    assert "mandatory items" in by_part["M"]
    assert "Some rows are there twice." in by_part["Q"]


def test_what_is_to_do_is_told_as_long_as_it_can_be_done(portal, walidata):
    duty = portal.duty()
    portal.compute(wib("2025-04-08"))
    with clock.at(wib("2025-04-08")):
        row = show(walidata, duty)["row"]
        assert row["gain"] == 100
        assert row["advice"]
    portal.compute(IN_MAY)
    with clock.at(IN_MAY):
        assert show(walidata, duty, quarter="2025-TW1")["row"]["gain"] is None


def test_events_receipts_and_decisions_stand_in_order(portal, late, walidata):
    with clock.at(wib("2025-05-01")):
        decisions.record(
            "waiver", reason="Gempa", number="7/2025", actor=None, obligation_id=late.id,
            org_id=late.org["id"], item_id=late.item.id,
        )  # fmt: skip
    portal.compute(IN_MAY)
    found = show(walidata, late)
    assert [one["kind"] for one in found["events"]][:1] == ["delivered"]
    assert found["events"][0]["receipt"].startswith("TT-2025-")
    assert found["events"][0]["check"]["rows"] == 2
    kinds = [one["kind"] for one in found["history"]]
    assert kinds.index("event") < kinds.index("decision")
    told = next(one["text"] for one in found["history"] if one["kind"] == "decision")
    assert "7/2025" in told
    assert "Gempa" in told
    assert found["row"]["status"] == "dibebaskan"


def test_results_of_every_quarter_are_listed(portal, late, walidata):
    found = show(walidata, late)
    quarters = [(one["year"], one["tw"]) for one in found["results"]]
    assert quarters == sorted(quarters, reverse=True)
    assert (2025, 1) in quarters
    assert (found["row"]["year"], found["row"]["tw"]) == (2025, 2)
    assert show(walidata, late, quarter="2025-TW1")["row"]["tw"] == 1


def test_who_may_read_a_duty(portal, late, app):
    other = make_opd("badan-uji", portal.root, kind="badan")
    for user, allowed in (
        (make_user("editor", portal.opd), True),
        (make_user("editor", other), False),
        (make_user("member", portal.opd), False),
        (make_user(), False),
    ):
        if allowed:
            assert show(user, late)["row"]
        else:
            with pytest.raises(toolkit.NotAuthorized):
                show(user, late)
        answer = app.get(f"/satudata/kewajiban/{late.id}", headers={"Authorization": user["token"]})
        assert answer.status_code == (200 if allowed else 403)


def test_names_of_a_private_dataset_stay_with_its_readers(portal, late, app, walidata):
    officer = make_user()
    call_action(
        "satudata_officer_create", {"user": walidata["name"]}, user=officer["name"], office="sekda"
    )
    for user, sees in ((walidata, True), (officer, False)):
        page = app.get(
            f"/satudata/kewajiban/{late.id}", headers={"Authorization": user["token"]}
        ).body
        for secret in ("Judul Rahasia", portal.held.dataset["name"]):
            assert (secret in page) is sees
            assert (secret in repr(show(user, late))) is sees
        assert ("data.csv" in repr(show(user, late))) is sees


def test_the_page_says_why_and_what_happened(portal, late, app, walidata):
    answer = app.get(f"/satudata/kewajiban/{late.id}", headers={"Authorization": walidata["token"]})
    page = BeautifulSoup(answer.body, "html.parser")
    text = page.get_text(" ", strip=True)
    assert "Why this score" in text
    assert "Content delivered" in text
    assert page.find("a", href=lambda href: href and "/satudata/tanda-terima/TT-2025-" in href)
    assert len(page.select("section[aria-labelledby=why] tbody tr")) == 5


@pytest.mark.parametrize(
    "asked", ["?quarter=2025-TW9", "?quarter=x", "?revision=7", "?revision=-1"]
)
def test_wrong_addresses_are_no_pages(portal, late, app, walidata, asked):
    answer = app.get(
        f"/satudata/kewajiban/{late.id}{asked}", headers={"Authorization": walidata["token"]}
    )
    assert answer.status_code == 404


def test_an_unknown_duty(portal, late, app, walidata):
    headers = {"Authorization": walidata["token"]}
    for id, status in (("none", 404), ("%00", 400)):
        assert app.get(f"/satudata/kewajiban/{id}", headers=headers).status_code == status
    with pytest.raises(toolkit.ObjectNotFound):
        call_action("satudata_obligation_show", id="a\0b")
