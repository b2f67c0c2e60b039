"""The pages of the examination, for those who decide and those who read."""

from __future__ import annotations

import tracemalloc

import ckan.model as model
import sqlalchemy as sa
from ckan.tests.helpers import call_action

from ckanext.satudata import clock
from ckanext.satudata.register.model import Decision
from tests.factories import make_user
from tests.metadata.conftest import Browser
from tests.quarter.conftest import TABLE, wib
from tests.review.examining import (
    ONE,
    act,
    newest,
    states,
    steward_post,
    upload,
)


def test_the_page_lists_shows_and_decides(portal, steward):
    duty = portal.duty()
    other = portal.duty()
    portal.deliver(duty, wib("2025-03-20"), ONE)
    portal.deliver(other, wib("2025-03-20"), TABLE + b"Timur,4\n")
    with clock.at(wib("2025-03-24")):
        page = steward.get("/satudata/pemeriksaan")
        assert duty.item.name in page.text
        boxes = page.find_all("input", attrs={"name": "events", "type": "checkbox"})
        assert len(boxes) == 2
        event = newest(duty)
        shown = steward.get(f"/satudata/pemeriksaan/{event}")
        assert "Selatan" in shown.find("table").text
        assert shown.find("form", action=f"/satudata/pemeriksaan/{event}/terima")
        steward_post(steward, f"{event}/kembalikan", events=str(event), reason="")
        assert not model.Session.scalars(sa.select(Decision)).all()
        steward_post(steward, f"{event}/terima", events=str(event))
    assert model.Session.scalars(sa.select(Decision.kind)).all() == ["accept"]


def test_a_refusal_keeps_what_was_typed_and_says_what_is_wrong(portal, steward, app):
    duty = portal.duty()
    upload(app, portal.steward, duty, "2025-03-20")
    event = newest(duty)
    with clock.at(wib("2025-03-24")):
        answer = steward_post(
            steward, f"{event}/diterima", events=event, day="2025-05-01", proof="Surat 7"
        )
        page = steward.parse(answer)
        assert "lies in the future" in page.find(role="alert").text
        assert page.find("input", attrs={"name": "proof"})["value"] == "Surat 7"
        answer = steward_post(
            steward, f"{event}/kembalikan", events=event, reason="Kosong", fault="true"
        )
        assert answer.status_code == 302
        assert "Kosong" in steward.get(f"/satudata/pemeriksaan/{event}").text
        assert "Kosong" in steward.get("/satudata/pemeriksaan?state=returned").text
    decision = model.Session.scalars(sa.select(Decision)).one()
    assert (decision.kind, decision.details) == ("return", {"fault": True})


def test_chosen_deliveries_are_accepted_at_once(portal, steward):
    duties = [portal.duty() for _each in range(3)]
    for number, duty in enumerate(duties):
        portal.deliver(duty, wib("2025-03-20"), ONE + b"Timur,%d\n" % number)
    with clock.at(wib("2025-03-24")):
        answer = steward_post(steward, "", events=[newest(duties[0]), newest(duties[2])])
        assert answer.status_code == 302
        assert states(portal) == {"accepted": 2, "unreviewed": 1}
        steward_post(steward, "")
        assert states(portal) == {"accepted": 2, "unreviewed": 1}


def test_the_file_is_handed_out_as_it_was_delivered(portal, steward, app):
    duty = portal.duty()
    portal.deliver(duty, wib("2025-03-20"), ONE, private=True)
    with clock.at(wib("2025-03-24")):
        address = f"/satudata/pemeriksaan/{newest(duty)}/berkas"
        answer = app.get(address, headers=steward.headers)
        assert answer.data == ONE
        assert answer.headers["Content-Disposition"].startswith("attachment")
        sekda = make_user()
        call_action("satudata_officer_create", user=sekda["name"], office="sekda")
        assert app.get(address, headers={"Authorization": sekda["token"]}).status_code == 403
        assert app.get(address).status_code == 403


def test_a_large_file_is_handed_out_piece_by_piece(portal, steward, app):
    large, duty = b"wilayah,jumlah\n" + b"Utara,1\n" * 1_000_000, portal.duty()
    portal.deliver(duty, wib("2025-03-20"), large, check=False)
    with clock.at(wib("2025-03-24")):
        address = f"/satudata/pemeriksaan/{newest(duty)}/berkas"
        app.get(address, headers=steward.headers).close()
        tracemalloc.start()
        try:
            answer = app.get(address, headers=steward.headers)
            size = sum(len(piece) for piece in answer.iter_encoded())
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
        answer.close()
    assert size == len(large)
    assert peak < size / 2
    named = answer.headers["Content-Disposition"]
    assert (named, answer.headers["Content-Length"]) == (
        "attachment; filename=data.csv", str(size),
    )  # fmt: skip
    assert answer.headers["Content-Type"] == "application/octet-stream"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert set(answer.headers["Cache-Control"].split(", ")) == {"private", "no-store"}


def test_numbers_of_a_form_may_be_anything(portal, steward, app):
    duty = portal.duty()
    portal.deliver(duty, wib("2025-03-20"), ONE)
    for events in ("9" * 5000, "\u0665", "x", ",,"):
        answer = app.post(
            "/satudata/pemeriksaan",
            data={"events": events},
            headers={"Authorization": portal.steward["token"]},
        )
        assert "No delivery is ticked" in answer.body


def test_the_page_is_closed_to_visitors(portal, app):
    assert app.get("/satudata/pemeriksaan").status_code == 403
    assert app.get("/satudata/sanggahan").status_code == 403


def test_statements_of_nothing_to_report_are_answered_on_the_page(portal, steward, app):
    duty = portal.duty(allow_nihil=True)
    with clock.at(wib("2025-03-24")):
        claim = call_action(
            "satudata_nihil_claim",
            {"user": portal.editor, "ignore_auth": False},
            obligation_id=duty.id,
            reason="Tidak ada kejadian",
        )
        page = steward.get("/satudata/pemeriksaan?state=nihil")
        assert "Tidak ada kejadian" in page.text
        fields = {"id": claim["id"], "state": "nihil"}
        refused = steward_post(steward, "nihil", **fields, do="refuse", reason="")
        assert steward.parse(refused).find("form", action="/satudata/pemeriksaan/nihil")
        assert steward_post(steward, "nihil", **fields, do="accept").status_code == 302
        page = steward.get("/satudata/pemeriksaan?state=nihil")
        assert "Tidak ada kejadian" not in page.text
        opd = Browser(app, make_user("editor", portal.opd)["token"])
        assert "state=nihil" not in str(opd.get("/satudata/pemeriksaan"))


def test_the_opd_sees_why_and_until_when(portal, app):
    duty = portal.duty()
    portal.deliver(duty, wib("2025-03-20"), ONE)
    act(
        "satudata_delivery_return",
        portal.walidata,
        "2025-03-24",
        events=[newest(duty)],
        reason="Kolom wilayah salah",
    )
    portal.compute(wib("2025-03-24", "12:00:00"))
    opd = Browser(app, make_user("editor", portal.opd)["token"])
    with clock.at(wib("2025-03-24", "13:00:00")):
        page = opd.get(f"/satudata/opd/{portal.opd['name']}/kewajiban").text
    assert "Kolom wilayah salah" in page
    assert "28 April 2025" in page
