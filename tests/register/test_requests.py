"""Data requests and collection windows."""

from __future__ import annotations

import datetime as dt
import threading

import ckan.model as model
import pytest
import sqlalchemy as sa
from ckan.plugins import toolkit
from ckan.tests.helpers import call_action

from ckanext.satudata import clock
from ckanext.satudata.register import duties, obligations, requests, rhythms, windows
from ckanext.satudata.register.model import DataRequest, ItemRhythm, Obligation
from tests.at_once import at_once
from tests.factories import make_item, make_opd, make_root
from tests.register import test_sealing as sealing
from tests.register.duty import TODAY, decisions, deliver, make_duty, noon, touched

REQUEST = {
    "number": "050/77/Bappeda",
    "title": "Penyusunan RKPD 2027",
    "requester": "Bappeda",
    "reason": "Bahan RKPD",
    "period": "2025",
    "due": "2026-05-29",
}
WINDOW = {
    "name": "Pemutakhiran data 2026",
    "number": "050/12",
    "reason": "Jadwal Forum",
    "opens": "2026-03-05",
    "deadlines": [
        {"name": "Data prioritas", "day": "2026-03-20"},
        {"name": "Data lainnya", "day": "2026-03-31"},
    ],
    "correction_until": "2026-04-10",
}


@pytest.fixture
def opd(clean_portal):
    with clock.at(noon(TODAY)):
        yield make_opd("dinas", make_root())


def request(*items, **changes):
    asked = {**REQUEST, "items": [item.id for item in items], **changes}
    return call_action("satudata_request_create", **asked)


def why_not(work) -> dict[str, list[str]]:
    before = [len(decisions()), *_numbers()]
    with pytest.raises(toolkit.ValidationError) as error:
        work()
    assert [len(decisions()), *_numbers()] == before, "something was written"
    return error.value.error_dict


def _numbers() -> list[int]:
    return [
        model.Session.scalar(sa.select(sa.func.count()).select_from(table)) or 0
        for table in (DataRequest, Obligation)
    ]


def owed() -> list[Obligation]:
    model.Session.expire_all()
    return list(model.Session.scalars(sa.select(Obligation).order_by(Obligation.id)))


def open_quarter(year, tw, cutoff):
    model.Session.execute(
        sa.text(
            """
            INSERT INTO satudata_quarter (year, tw, state, ruleset_hash, register_version, opened,
                                          cutoff)
            VALUES (:year, :tw, 'terbuka', 'x', '2026.0', now(), :cutoff)
            """
        ),
        {"year": year, "tw": tw, "cutoff": cutoff},
    )
    model.Session.commit()


def test_a_request_makes_one_off_duties_that_the_schedule_leaves_alone(opd):
    on_demand = make_item(opd, "Titik banjir")
    for rhythm in rhythms.read("Apabila dibutuhkan", None):
        model.Session.add(ItemRhythm(item_id=on_demand.id, since=TODAY, **rhythm.values()))
    other = make_item(opd, "Jalan rusak")
    made = request(on_demand, other)
    assert (made["duties"], made["delivered"], made["revoked"]) == (2, 0, False)
    duties = owed()
    assert {one.item_id for one in duties} == {on_demand.id, other.id}
    for one in duties:
        assert (one.frequency, one.period, one.request_id) == ("OD", "2025", made["id"])
        assert (one.due, one.year, one.tw) == (dt.date(2026, 5, 29), 2026, 2)
        assert one.due_counted == dt.date(2026, 5, 29)
        assert one.sealed is None
    assert touched() == {opd["id"]}
    obligations.ensure()
    model.Session.commit()
    assert len(owed()) == 2
    deliver(duties[0])
    assert call_action("satudata_request_list")["results"][0]["delivered"] == 1
    shown = call_action("satudata_request_show", id=made["id"])
    assert sorted(row["delivered"] for row in shown["rows"]) == [False, True]


def test_a_holiday_as_due_day_counts_from_the_next_working_day(opd):
    request(make_item(opd), due="2026-05-30")
    (duty,) = owed()
    # A Saturday; Monday 1 June is a holiday.
    assert (duty.due, duty.due_counted) == (dt.date(2026, 5, 30), dt.date(2026, 6, 2))


def test_a_request_into_an_open_quarter_is_sealed_at_once(opd):
    open_quarter(2026, 2, "2026-07-20")
    request(make_item(opd, "Titik banjir", priority=True))
    (duty,) = owed()
    assert duty.sealed is not None
    assert (duty.item_name, duty.priority) == ("Titik banjir", True)


def test_a_theme_asks_for_all_of_its_valid_items(opd):
    unit = make_opd("uptd", opd, kind="uptd")
    other = make_opd("lain", {"name": "pemerintah-kota-uji"})
    wanted = [make_item(opd, theme="Bencana"), make_item(unit, theme="bencana")]
    make_item(opd, theme="Pangan")
    make_item(opd, theme="Bencana", valid_to=dt.date(2026, 1, 1))
    elsewhere = make_item(other, theme="Bencana")
    request(theme="Bencana", org="dinas")
    assert {one.item_id for one in owed()} == {item.id for item in wanted}
    request(theme="Bencana", org="lain", number="2")
    assert elsewhere.id in {one.item_id for one in owed()}


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"number": ""}, "number"),
        ({"reason": ""}, "reason"),
        ({"title": " "}, "title"),
        ({"requester": ""}, "requester"),
        ({"period": "last year"}, "period"),
        ({"period": ""}, "period"),
        ({"period": "2026"}, "due"),  # not over on that day
        ({"due": "2026-03-06"}, "due"),  # four working days ahead
        ({"due": "2026-02-27"}, "due"),
        ({"due": "2099-01-01"}, "due"),
        ({"due": ""}, "due"),
        ({"dated": "2026-03-03"}, "dated"),
        ({"items": []}, "items"),
        ({"items": "\0"}, "items"),
    ],
)
def test_a_request_that_cannot_be(opd, changes, field):
    item = make_item(opd)
    asked = {**REQUEST, "items": [item.id], **changes}
    assert field in why_not(lambda: call_action("satudata_request_create", **asked))


def test_all_that_is_wrong_with_a_request_is_told_at_once(opd):
    empty = dict.fromkeys(("number", "title", "requester", "reason", "period", "due"), "")
    faults = why_not(lambda: call_action("satudata_request_create", **empty))
    assert set(faults) == {*empty, "items"}
    # What can be read is judged, though something beside it cannot.
    gone = make_item(opd, valid_to=dt.date(2026, 4, 1))
    faults = why_not(lambda: request(gone, period="last year", reason="", dated="2026-03-03"))
    assert set(faults) == {"period", "reason", "dated", "items"}
    faults = why_not(lambda: request(period="2026", due="soon"))
    assert set(faults) == {"due", "items"}


def test_five_working_days_are_enough(opd):
    request(make_item(opd), due="2026-03-09")


def test_one_datum_is_owed_once_for_a_period(opd):
    duty = make_duty(opd)
    item = model.Session.get(type(make_item(opd)), duty.item_id)
    assert "owed already" in why_not(lambda: request(item))["items"][0]
    request(item, period="2024")
    assert "owed already" in why_not(lambda: request(item, period="2024", number="2"))["items"][0]


def test_items_that_are_too_new_or_gone_are_not_asked_for(opd):
    new = make_item(opd, valid_from=dt.date(2026, 5, 18))
    gone = make_item(opd, valid_to=dt.date(2026, 4, 1))
    assert "can be due from" in why_not(lambda: request(new))["items"][0]
    assert "left the register" in why_not(lambda: request(gone))["items"][0]
    with pytest.raises(toolkit.ObjectNotFound):
        call_action("satudata_request_create", **REQUEST, items=["none"])


def test_a_request_taken_back_leaves_no_duty_and_waives_what_is_sealed(opd):
    open_quarter(2026, 2, "2026-07-20")
    sealed = request(make_item(opd))
    free = request(make_item(opd), due="2026-07-31", number="2")
    for made in (sealed, free):
        call_action(
            "satudata_decision_revoke", id=made["decision_id"], number="050/99", reason="Batal"
        )
    (left,) = owed()
    assert left.request_id == sealed["id"]
    waiver = decisions(kind="waiver")[0]
    assert (waiver.obligation_id, waiver.number) == (left.id, "050/99")
    assert all(row["revoked"] for row in call_action("satudata_request_list")["results"])
    faults = why_not(
        lambda: call_action(
            "satudata_decision_revoke", id=free["decision_id"], number="1", reason="x"
        )
    )
    assert "taken back already" in faults["id"][0]


def window(**changes):
    return call_action("satudata_window_create", **{**WINDOW, **changes})


def countdown(org, day) -> list[tuple[str, int, str | None]]:
    with clock.at(noon(dt.date.fromisoformat(day))):
        return [(one.phase, one.days, one.deadline) for one in windows.countdowns(org["id"])]


def test_the_countdown_runs_through_deadlines_and_correction(opd):
    window()
    assert countdown(opd, "2026-02-18") == []
    assert countdown(opd, "2026-02-19") == [("soon", 14, None)]
    assert countdown(opd, "2026-03-05") == [("collection", 15, "Data prioritas")]
    assert countdown(opd, "2026-03-20") == [("collection", 0, "Data prioritas")]
    assert countdown(opd, "2026-03-21") == [("collection", 10, "Data lainnya")]
    assert countdown(opd, "2026-04-01") == [("correction", 9, None)]
    assert countdown(opd, "2026-04-10") == [("correction", 0, None)]
    assert countdown(opd, "2026-04-11") == []


def test_a_window_concerns_those_asked_with_their_units(opd):
    unit = make_opd("uptd", opd, kind="uptd")
    other = make_opd("lain", {"name": "pemerintah-kota-uji"})
    window(orgs=["dinas"])
    assert countdown(opd, "2026-03-10")
    assert countdown(unit, "2026-03-10")
    assert not countdown(other, "2026-03-10")


def test_a_window_is_closed_once_with_a_number(opd):
    made = window()
    assert made["state"] == "soon"
    closing = {"id": made["id"], "reason": "Semua sudah masuk"}
    assert "number" in why_not(lambda: call_action("satudata_window_close", **closing))
    closed = call_action("satudata_window_close", **closing, number="050/31")
    assert closed["state"] == "closed"
    assert not countdown(opd, "2026-03-10")
    faults = why_not(lambda: call_action("satudata_window_close", **closing, number="2"))
    assert "already" in faults["id"][0]
    with pytest.raises(toolkit.ObjectNotFound):
        call_action("satudata_window_close", id="none")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": ""}, "name"),
        ({"opens": ""}, "opens"),
        ({"deadlines": []}, "deadlines"),
        ({"deadlines": "soon"}, "deadlines"),
        ({"deadlines": ["soon"]}, "deadlines"),
        ({"deadlines": [{"name": "a"}]}, "deadlines"),
        ({"deadlines": [{"name": "", "day": "2026-03-20"}]}, "deadlines"),
        ({"deadlines": [{"name": "a", "day": "2026-03-04"}]}, "deadlines"),
        ({"opens": "2026-02-01", "deadlines": [{"name": "a", "day": "2026-03-01"}]}, "deadlines"),
        ({"deadlines": WINDOW["deadlines"][::-1]}, "deadlines"),
        ({"correction_until": "2026-03-31"}, "correction_until"),
        ({"orgs": ["nobody"]}, "orgs"),
        ({"number": ""}, "number"),
        ({"dated": "2026-12-31"}, "dated"),
    ],
)
def test_a_window_that_cannot_be(opd, changes, field):
    assert field in why_not(lambda: window(**changes))


def test_all_that_is_wrong_with_a_window_is_told_at_once(opd):
    empty = {"name": "", "opens": "", "number": "", "reason": "", "deadlines": []}
    assert set(why_not(lambda: call_action("satudata_window_create", **empty))) == set(empty)
    halves = [{"name": "", "day": "2026-03-20"}, {"name": "Data lainnya", "day": ""}]
    wrong = {"deadlines": halves, "orgs": ["nobody"], "dated": "soon", "number": ""}
    faults = why_not(lambda: window(**wrong))
    assert set(faults) == set(wrong)
    assert faults["deadlines"] == ["Give every deadline a name.", "Give every deadline a day."]


def test_a_quarter_opens_before_or_after_a_request_is_taken_back(app, opd, monkeypatch):
    """No duty of it stays owed, sealed or not."""
    made = request(make_item(opd))
    looked, opened = threading.Event(), threading.Event()
    look = duties.of_ids

    def look_slowly(ids):
        found = look(ids)
        looked.set()
        opened.wait(1)
        return found

    monkeypatch.setattr(requests.duties, "of_ids", look_slowly)

    def take_back():
        with app.flask_app.test_request_context(), clock.at(noon(TODAY)):
            revoked = {"id": made["decision_id"], "number": "050/99", "reason": "Batal"}
            return call_action("satudata_decision_revoke", **revoked)

    def open_meanwhile():
        looked.wait(30)
        try:
            return sealing.open_quarter(2026, 2, noon(TODAY))
        finally:
            opened.set()

    told = at_once(take_back, open_meanwhile)
    assert told[0]["kind"] == "revoke", told
    assert told[1] == 0, told
    assert owed() == []
