"""Deliveries are examined: who decides, what is refused, what it does to the score."""

from __future__ import annotations

import datetime as dt

import ckan.model as model
import pytest
import sqlalchemy as sa
from ckan.plugins import toolkit
from ckan.tests.helpers import call_action

from ckanext.satudata import clock
from ckanext.satudata.register.model import Decision
from ckanext.satudata.review import mending
from tests.at_once import at_once
from tests.factories import make_opd, make_user
from tests.quarter.conftest import wib
from tests.review.examining import (
    ONE,
    TWO,
    act,
    listed,
    newest,
    states,
)


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
