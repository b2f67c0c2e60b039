"""Deliveries are examined: who decides, what is refused, what it does to the score."""

from __future__ import annotations

import datetime as dt
import io
import json
import re
import tracemalloc

import ckan.model as model
import pytest
import sqlalchemy as sa
from ckan.plugins import toolkit
from ckan.tests.helpers import call_action

from ckanext.satudata import clock
from ckanext.satudata.delivery import jobs
from ckanext.satudata.delivery.model import Event
from ckanext.satudata.register.model import Decision
from ckanext.satudata.review import mending
from ckanext.satudata.rules.ruleset import DEFAULT_PATH
from tests.at_once import at_once
from tests.factories import complete, make_dataset, make_opd, make_user
from tests.metadata.conftest import Browser
from tests.quarter.conftest import TABLE, Portal, wib

ONE = b"wilayah,jumlah\nUtara,1\nSelatan,2\n"
TWO = b"wilayah,jumlah\nUtara,1\nSelatan,3\n"


@pytest.fixture
def portal(clean_portal):
    """The government as it has been since before the quarter."""
    with clock.at(wib("2024-01-02")):
        portal = Portal()
        portal.steward = make_user("admin", portal.root)
        portal.walidata = portal.steward["name"]
        portal.second = make_user("admin", portal.root)["name"]
        portal.editor = make_user("editor", portal.opd)["name"]
        return portal


def act(action, user, moment, **data):
    with clock.at(wib(*moment) if isinstance(moment, tuple) else wib(moment)):
        return call_action(action, {"user": user, "ignore_auth": False}, **data)


def newest(duty) -> int:
    statement = sa.select(sa.func.max(Event.id)).where(
        Event.item_id == duty.item.id, Event.kind.in_(("delivered", "replaced"))
    )
    return model.Session.scalar(statement)


def listed(portal, user=None, moment="2025-04-10", **filters):
    return act("satudata_delivery_list", user or portal.walidata, moment, **filters)


def states(portal, **filters):
    return {state: n for state, n in listed(portal, **filters)["states"].items() if n}


def test_a_delivery_is_listed_returned_mended_and_accepted(portal):
    duty = portal.duty()
    file = portal.deliver(duty, wib("2025-03-20"), ONE)
    found = listed(portal)
    assert states(portal) == {"unreviewed": 1}
    row = found["results"][0]
    assert (row["org_title"], row["rows"], row["readable"]) == ("Dinas Uji", 2, True)
    assert row["duties"][0]["event_id"] == newest(duty)
    assert (row["may_judge"], row["judged_elsewhere"]) == (True, False)

    returned = act(
        "satudata_delivery_return",
        portal.walidata,
        "2025-03-24",
        events=[newest(duty)],
        reason="Kolom wilayah salah",
    )
    assert returned["decisions"][0]["details"] == {"fault": False}
    row = listed(portal, state="returned")["results"][0]
    assert row["duties"][0]["decision"]["reason"] == "Kolom wilayah salah"
    assert row["mend_until"] == "2025-04-28"  # the cutoff is later than five working days

    portal.replace(file, wib("2025-03-26"), TWO)
    row = listed(portal, state="waiting")["results"][0]
    assert row["duties"][0]["before"]["reason"] == "Kolom wilayah salah"
    assert states(portal) == {"waiting": 1}

    act("satudata_delivery_accept", portal.walidata, "2025-03-27", events=[newest(duty)])
    assert states(portal) == {"accepted": 1}
    log = {
        tw: act("satudata_decision_list", portal.walidata, "2025-03-28", year=2025, tw=tw)
        for tw in (1, 2)
    }
    assert [one["kind"] for one in log[1]["results"]] == ["accept", "return"]
    assert log[2]["count"] == 0
    portal.compute(wib("2025-04-10"))
    assert portal.row(duty).status == "patuh"


def test_a_returned_content_stays_returned_when_it_is_sent_again(portal):
    duty = portal.duty()
    file = portal.deliver(duty, wib("2025-03-20"), ONE)
    act(
        "satudata_delivery_return",
        portal.walidata,
        "2025-03-24",
        events=[newest(duty)],
        reason="Salinan tahun lalu",
        fault=True,
    )
    portal.replace(file, wib("2025-03-25"), TWO)
    portal.replace(file, wib("2025-03-26"), ONE)
    assert states(portal) == {"returned": 1}
    with pytest.raises(toolkit.ValidationError, match="returned already"):
        act(
            "satudata_delivery_accept",
            portal.walidata,
            "2025-03-27",
            events=[newest(duty)],
        )


def test_a_correction_waits_and_what_was_accepted_counts(portal):
    duty = portal.duty()
    file = portal.deliver(duty, wib("2025-03-20"), ONE)
    act("satudata_delivery_accept", portal.walidata, "2025-03-21", events=[newest(duty)])
    accepted = newest(duty)
    portal.replace(file, wib("2025-03-25"), b"wilayah,jumlah\nUtara,\n")
    assert states(portal) == {"waiting": 1}
    portal.compute(wib("2025-04-10"))
    assert portal.row(duty).event_id == accepted


def test_one_file_of_many_items_is_one_row_and_one_decision_each(portal):
    duty = portal.duty()
    other = portal.duty(item=duty.item, period="2023", due="2025-03-28")
    with clock.at(wib("2025-03-20")):
        file = portal.deliver(duty, wib("2025-03-20"), ONE)
        call_action("resource_patch", id=file.id, sd_periode=["2024", "2023"])
    found = listed(portal)
    assert [len(row["duties"]) for row in found["results"]] == [2]
    events = [duty["event_id"] for duty in found["results"][0]["duties"]]
    made = act("satudata_delivery_accept", portal.walidata, "2025-03-21", events=events)
    assert {one["obligation_id"] for one in made["decisions"]} == {duty.id, other.id}


def test_nothing_is_decided_where_one_of_them_is_refused(portal):
    first, second = portal.duty(), portal.duty()
    portal.deliver(first, wib("2025-03-20"), ONE)
    portal.deliver(second, wib("2025-03-20"), TWO)
    both = [newest(first), newest(second)]
    act("satudata_delivery_accept", portal.walidata, "2025-03-21", events=both[:1])
    with pytest.raises(toolkit.ValidationError) as refused:
        act("satudata_delivery_accept", portal.walidata, "2025-03-22", events=both)
    assert refused.value.error_dict["events"] == [
        f"{first.item.name}, 2024: This delivery was accepted already."
        " Take that decision back first."
    ]
    assert states(portal) == {"accepted": 1, "unreviewed": 1}


def test_what_was_replaced_in_the_meantime_is_not_decided_on(portal):
    duty = portal.duty()
    file = portal.deliver(duty, wib("2025-03-20"), ONE)
    seen = newest(duty)
    portal.replace(file, wib("2025-03-21"), TWO)
    with pytest.raises(toolkit.ValidationError, match="replaced or withdrawn"):
        act("satudata_delivery_accept", portal.walidata, "2025-03-22", events=[seen])


def test_hiding_the_dataset_is_no_new_content(portal):
    duty = portal.duty()
    file = portal.deliver(duty, wib("2025-03-20"), ONE)
    with clock.at(wib("2025-03-21")):
        call_action("package_patch", id=file.dataset["id"], private=True)
    act("satudata_delivery_accept", portal.walidata, "2025-03-22", events=[newest(duty)])
    assert states(portal) == {"accepted": 1}


def test_bad_requests_are_told(portal):
    duty = portal.duty()
    portal.deliver(duty, wib("2025-03-20"), ONE)
    for data, field in (
        ({"events": ["x"]}, "events"),
        ({"events": [True]}, "events"),
        ({}, "events"),
        ({"events": [newest(duty)], "reason": " "}, "reason"),
        ({"events": [newest(duty)], "reason": "a\0b"}, "reason"),
        ({"events": [newest(duty)], "reason": "a" * 4001}, "reason"),
        ({"events": [newest(duty)], "reason": "a", "fault": "perhaps"}, "fault"),
    ):
        with pytest.raises(toolkit.ValidationError) as refused:
            act("satudata_delivery_return", portal.walidata, "2025-03-22", **data)
        assert field in refused.value.error_dict
    with pytest.raises(toolkit.ObjectNotFound):
        act("satudata_delivery_accept", portal.walidata, "2025-03-22", events=[10**12])
    with pytest.raises(toolkit.ValidationError):
        listed(portal, state="ditolak")
    with pytest.raises(toolkit.ValidationError):
        listed(portal, year=2025, tw=5)
    assert not model.Session.scalars(sa.select(Decision)).all()


# On behalf of the OPD


def received(portal, duty, day, moment, user=None, proof="Surat 045/2025"):
    return act(
        "satudata_delivery_received",
        user or portal.walidata,
        moment,
        events=[newest(duty)],
        day=day,
        proof=proof,
    )["decisions"]


def upload(app, user, duty, moment):
    """A file for a duty, uploaded by a user through the API."""
    with clock.at(wib(moment)):
        dataset = make_dataset(duty.org, sd_item=duty.item.id, **complete(duty.org))
        answer = app.post(
            "/api/action/resource_create",
            data={
                "package_id": dataset["id"],
                "url": "",
                "format": "CSV",
                "sd_periode": json.dumps([duty.period]),
                "upload": (io.BytesIO(ONE), "data.csv"),
            },
            headers={"Authorization": user["token"]},
        )
        assert answer.status_code == 200, answer.body
        jobs.check_pending()


def test_lateness_counts_to_the_day_on_which_the_letter_came(portal, app):
    duty = portal.duty()
    upload(app, portal.steward, duty, "2025-04-10")
    portal.compute(wib("2025-04-10", "23:00:00"))
    late = portal.row(duty).days_late
    assert late > 0
    made = received(portal, duty, "2025-04-09", "2025-04-10")
    assert made[0]["details"] == {"proof": "Surat 045/2025", "confirm": False}
    portal.compute(wib("2025-04-10", "23:30:00"))
    row = portal.row(duty)
    assert row.days_late == late - 1
    assert "on_behalf" in row.flags


def test_a_day_far_back_counts_only_once_a_second_officer_confirms(portal, app):
    duty = portal.duty()
    upload(app, portal.steward, duty, "2025-04-16")
    made = received(portal, duty, "2025-03-27", "2025-04-16")
    assert made[0]["details"]["confirm"] is True
    portal.compute(wib("2025-04-17"))
    assert portal.row(duty).days_late > 0
    ids = [made[0]["id"]]
    with pytest.raises(toolkit.ValidationError, match="second officer"):
        act("satudata_received_confirm", portal.walidata, "2025-04-17", decisions=ids)
    act("satudata_received_confirm", portal.second, "2025-04-17", decisions=ids)
    with pytest.raises(toolkit.ValidationError, match="confirmed already"):
        act("satudata_received_confirm", portal.second, "2025-04-17", decisions=ids)
    portal.compute(wib("2025-04-17", "23:00:00"))
    assert portal.row(duty).days_late == 0


def test_who_uploaded_the_file_is_no_second_officer(portal, app):
    duty = portal.duty()
    upload(app, portal.steward, duty, "2025-04-16")
    made = received(portal, duty, "2025-03-27", "2025-04-16", user=portal.second)
    with pytest.raises(toolkit.ValidationError, match="nor who uploaded"):
        act(
            "satudata_received_confirm",
            portal.walidata,
            "2025-04-17",
            decisions=[made[0]["id"]],
        )


def test_days_of_receipt_that_cannot_be(portal, app):
    duty = portal.duty()
    upload(app, portal.steward, duty, "2025-04-10")
    for day, proof, field in (
        ("2025-04-12", "Surat", "day"),
        ("10 April 2025", "Surat", "day"),
        ("2025-04-09", " ", "proof"),
    ):
        with pytest.raises(toolkit.ValidationError) as refused:
            received(portal, duty, day, "2025-04-11", proof=proof)
        assert field in refused.value.error_dict
    with pytest.raises(toolkit.ValidationError, match="cannot have come after"):
        received(portal, duty, "2025-04-11", "2025-04-11")
    received(portal, duty, "2025-04-09", "2025-04-11")
    with pytest.raises(toolkit.ValidationError, match="recorded already"):
        received(portal, duty, "2025-04-09", "2025-04-11")


def test_what_the_opd_uploads_itself_was_not_received_by_letter(portal, app):
    duty = portal.duty()
    upload(app, make_user("editor", portal.opd), duty, "2025-04-10")
    with pytest.raises(toolkit.ValidationError, match="did not upload this file"):
        received(portal, duty, "2025-04-09", "2025-04-11")


# Who may


def test_the_walidata_does_not_judge_its_own_deliveries(portal):
    with clock.at(wib("2024-01-03")):
        own = make_opd("diskominfo", portal.root, sd_peran_sdi="walidata")
        bappeda = make_user()["name"]
        call_action("satudata_officer_create", user=bappeda, office="koordinator")
        admin = make_user("sysadmin")
        call_action(
            "member_create", id=own["id"], object=admin["id"], object_type="user", capacity="admin"
        )
    duty = portal.duty(org=own)
    portal.deliver(duty, wib("2025-03-20"), ONE)
    for user in (portal.walidata, admin["name"]):
        row = listed(portal, user)["results"][0]
        assert (row["may_judge"], row["judged_elsewhere"]) == (False, True)
        with pytest.raises(toolkit.NotAuthorized, match="Bappeda"):
            act("satudata_delivery_accept", user, "2025-03-21", events=[newest(duty)])
    assert listed(portal, bappeda)["results"][0]["may_judge"]
    act("satudata_delivery_accept", bappeda, "2025-03-21", events=[newest(duty)])
    portal.compute(wib("2025-04-10"))
    assert "judged_elsewhere" in portal.row(duty).flags


def test_an_opd_sees_its_own_and_decides_nothing(portal):
    duty = portal.duty()
    portal.deliver(duty, wib("2025-03-20"), ONE)
    other = make_user("editor", make_opd("lain", portal.root))["name"]
    assert listed(portal, portal.editor)["count"] == 1
    assert listed(portal, other)["count"] == 0
    with pytest.raises(toolkit.NotAuthorized):
        act("satudata_delivery_show", other, "2025-03-21", event=newest(duty))
    for action in ("accept", "return", "received"):
        with pytest.raises(toolkit.NotAuthorized):
            act(
                f"satudata_delivery_{action}",
                portal.editor,
                "2025-03-21",
                events=[newest(duty)],
                reason="x",
                day="2025-03-20",
                proof="x",
            )


def test_titles_and_contents_of_private_datasets_stay_with_who_may_read_them(portal):
    duty = portal.duty()
    portal.deliver(duty, wib("2025-03-20"), ONE, title="Rahasia", private=True)
    sekda = make_user()["name"]
    call_action("satudata_officer_create", user=sekda, office="sekda")
    row = listed(portal, sekda)["results"][0]
    assert (row["private"], row["package_title"], row["filename"]) == (True, None, None)
    assert listed(portal)["results"][0]["filename"] == "data.csv"
    shown = act("satudata_delivery_show", sekda, "2025-03-21", event=newest(duty))
    assert (shown["sees_content"], shown["preview"]) == (False, None)
    shown = act("satudata_delivery_show", portal.walidata, "2025-03-21", event=newest(duty))
    assert shown["preview"]["header"] == ["wilayah", "jumlah"]
    assert shown["preview"]["rows"] == [["Utara", "1"], ["Selatan", "2"]]


# Pages


@pytest.fixture
def steward(portal, app):
    return Browser(app, portal.steward["token"])


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


def steward_post(browser, path, **fields):
    return browser.app.post(
        f"/satudata/pemeriksaan/{path}".rstrip("/"),
        data=fields,
        headers=browser.headers,
        follow_redirects=False,
    )


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


def test_days_are_counted_to_the_end_of_mending(portal):
    duty = portal.duty()
    portal.deliver(duty, wib("2025-03-20"), ONE)
    act(
        "satudata_delivery_return",
        portal.walidata,
        "2025-04-28",
        events=[newest(duty)],
        reason="Salah satuan",
    )
    row = {"obligation_id": duty.id, "due_year": 2025, "due_tw": 1}
    with clock.at(wib("2025-04-29")):
        found = mending.mend_days([row])[duty.id]
        # The cutoff is 28 April, 1 May is a holiday: five working days later is 6 May.
        assert (found["until"], found["reason"]) == (dt.date(2025, 5, 6), "Salah satuan")
        assert found["days"] == 5
    with clock.at(wib("2025-05-07")):
        assert mending.mend_days([row])[duty.id]["days"] == 0


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


def test_the_head_of_the_opd_approves_where_the_rules_ask_for_it(portal, app, use_rules):
    duty = portal.duty()
    portal.deliver(duty, wib("2025-03-20"), ONE)
    head = make_user("admin", portal.opd)["name"]
    request = {"events": [newest(duty)]}
    with pytest.raises(toolkit.ValidationError, match="no approval"):
        act("satudata_delivery_approve", head, "2025-03-21", **request)
    use_rules(opd_approval="true")
    for user in (portal.editor, portal.walidata):
        with pytest.raises(toolkit.NotAuthorized):
            act("satudata_delivery_approve", user, "2025-03-21", **request)
    portal.compute(wib("2025-03-21"))
    assert portal.row(duty).d != 1
    act("satudata_delivery_approve", head, "2025-03-21", **request)
    with pytest.raises(toolkit.ValidationError, match="approved already"):
        act("satudata_delivery_approve", head, "2025-03-21", **request)
    portal.compute(wib("2025-04-10"))
    assert (portal.row(duty).d, portal.row(duty).days_late) == (1, 0)


def test_every_delivery_waits_where_the_rules_say_so(portal, use_rules):
    duty = portal.duty()
    portal.deliver(duty, wib("2025-03-20"), ONE)
    use_rules(review_every_delivery="true")
    assert {k: n for k, n in listed(portal, year=2025, tw=1)["states"].items() if n} == {
        "waiting": 1
    }


@pytest.fixture
def use_rules(tmp_path, monkeypatch, ckan_config):
    """Let the portal judge by the shipped rule set with some keys changed."""

    def use(**changes):
        text = DEFAULT_PATH.read_text()
        for key, value in changes.items():
            text, found = re.subn(rf"(?m)^{key}:.*$", f"{key}: {value}", text)
            assert found == 1
        path = tmp_path / "aturan.yaml"
        path.write_text(text)
        monkeypatch.setitem(ckan_config, "ckanext.satudata.ruleset_file", str(path))

    return use


@pytest.mark.parametrize("files", [1, 2])
def test_two_officers_at_once_decide_once(app, portal, files):
    """The second waits for the first and is told; both work in their own transaction.

    A verdict is about a content, so it makes no difference that the same bytes came twice.
    """
    duty = portal.duty()
    events = []
    for _each in range(files):
        portal.deliver(duty, wib("2025-03-20"), ONE)
        events.append(newest(duty))

    def decide(action, event):
        # What is said to the second is translated, which needs a request.
        with app.flask_app.test_request_context():
            act(action, portal.walidata, "2025-03-21", events=[event], reason="Uji")
        return "done"

    told = at_once(
        lambda: decide("satudata_delivery_accept", events[0]),
        lambda: decide("satudata_delivery_return", events[-1]),
    )
    assert "done" in told, told
    assert [type(one) for one in told if one != "done"] == [toolkit.ValidationError], told
    assert len(model.Session.scalars(sa.select(Decision)).all()) == 1
