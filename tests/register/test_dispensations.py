"""Waivers and extensions: what is written, and everything that is refused."""

from __future__ import annotations

import contextvars
import datetime as dt
import threading
from concurrent.futures import ThreadPoolExecutor

import ckan.model as model
import pytest
import sqlalchemy as sa
from ckan.plugins import toolkit
from ckan.tests.helpers import call_action
from hypothesis import given
from hypothesis import strategies as st

from ckanext.satudata import clock
from ckanext.satudata.calendar.quarters import Quarter
from ckanext.satudata.register import cutoffs, decision_log, dispensations
from tests.factories import make_opd, make_root, make_user
from tests.register.duty import TODAY, decisions, deliver, freeze, make_duty, noon, touched

LETTER = {"number": "800/12/2026", "reason": "Banjir"}


@pytest.fixture
def opd(clean_portal):
    with clock.at(noon(TODAY)):
        yield make_opd("dinas", make_root())


def waive(*duties, **more):
    return call_action(
        "satudata_waiver_create", obligations=[duty.id for duty in duties], **{**LETTER, **more}
    )


def extend(*duties, day, **more):
    return call_action(
        "satudata_extension_create",
        obligations=[duty.id for duty in duties],
        day=day,
        **{**LETTER, **more},
    )


def refused(work, *args, **kwargs) -> dict[str, list[str]]:
    before = len(decisions())
    with pytest.raises(toolkit.ValidationError) as error:
        work(*args, **kwargs)
    assert len(decisions()) == before, "something was written"
    return error.value.error_dict


def test_a_waiver_is_one_numbered_decision_per_duty(opd):
    first, second = make_duty(opd), make_duty(opd)
    waive(first, second, dated="2026-02-27")
    found = decisions(kind="waiver")
    assert {one.obligation_id for one in found} == {first.id, second.id}
    for one in found:
        assert (one.number, one.reason, one.dated) == (
            "800/12/2026",
            "Banjir",
            dt.date(2026, 2, 27),
        )
        assert (one.org_id, one.year, one.tw) == (opd["id"], 2026, 1)
    assert touched() == {opd["id"]}


def test_nothing_is_waived_twice_and_one_refused_duty_refuses_all(opd):
    first, second = make_duty(opd), make_duty(opd)
    waive(first)
    faults = refused(waive, second, first)
    assert len(faults["obligations"]) == 1
    assert "800/12/2026" in faults["obligations"][0]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"number": ""}, "number"),
        ({"number": "  "}, "number"),
        ({"reason": ""}, "reason"),
        ({"reason": "\0"}, "reason"),
        ({"reason": ["a"]}, "reason"),
        ({"reason": "x" * 4001}, "reason"),
        ({"dated": "2026-03-03"}, "dated"),
        ({"dated": "yesterday"}, "dated"),
        ({"after_final": "perhaps"}, "after_final"),
        ({"obligations": []}, "obligations"),
        ({"obligations": 5}, "obligations"),
    ],
)
def test_a_waiver_without_what_it_needs_is_refused(opd, changes, field):
    duty = make_duty(opd)
    request = {"obligations": [duty.id], **LETTER, **changes}
    assert field in refused(lambda: call_action("satudata_waiver_create", **request))


def test_a_duty_that_does_not_exist_is_not_found(opd):
    with pytest.raises(toolkit.ObjectNotFound):
        call_action("satudata_waiver_create", obligations=["none"], **LETTER)


def test_preview_tells_which_can_be_waived_and_writes_nothing(opd):
    unit = make_opd("uptd", opd, kind="uptd")
    free, waived, other = make_duty(opd), make_duty(unit), make_duty(opd, due="2026-06-30")
    waive(waived)
    found = call_action("satudata_waiver_create", preview=True, org="dinas", year=2026, tw=1)[
        "duties"
    ]
    assert {row["id"]: bool(row["refusal"]) for row in found} == {free.id: False, waived.id: True}
    everything = call_action("satudata_waiver_create", preview=True, org="dinas")["duties"]
    assert {row["id"] for row in everything} == {free.id, waived.id, other.id}
    assert len(decisions()) == 1


def test_an_extension_within_the_cutoff_stays_in_its_quarter(opd):
    duty = make_duty(opd)
    extend(duty, day="2026-04-10")
    (one,) = decisions(kind="extension")
    assert (one.day, one.details) == (dt.date(2026, 4, 10), {})


def test_an_extension_beyond_the_cutoff_moves_the_duty_to_the_next_quarter(opd):
    duty = make_duty(opd)
    last = cutoffs.cutoff(Quarter(2026, 1))
    assert last == dt.date(2026, 4, 21)  # 14 working days; Good Friday on 3 April
    extend(duty, day=last.isoformat())
    extend(duty, day=(last + dt.timedelta(1)).isoformat())
    assert [one.details for one in decisions(kind="extension")] == [{}, {"year": 2026, "tw": 2}]


def test_the_cutoff_of_an_open_quarter_is_the_one_it_opened_with(opd):
    model.Session.execute(
        sa.text(
            """
            INSERT INTO satudata_quarter (year, tw, state, ruleset_hash, register_version, opened,
                                          cutoff)
            VALUES (2026, 1, 'terbuka', 'x', '2026.0', now(), '2026-05-04')
            """
        )
    )
    model.Session.commit()
    assert cutoffs.judging(Quarter(2026, 1), dt.date(2026, 5, 4)) == Quarter(2026, 1)
    assert cutoffs.judging(Quarter(2026, 1), dt.date(2026, 5, 5)) == Quarter(2026, 2)


@pytest.mark.parametrize(
    ("day", "words"),
    [
        ("2026-03-01", "is over"),  # the past
        ("2026-03-31", "must lie after"),  # the due day itself
        ("2026-03-30", "must lie after"),  # before it
        ("2027-04-02", "a year at most"),
        ("soon", "2026-12-31"),
        ("", "filled in"),
    ],
)
def test_days_that_are_no_extension(opd, day, words):
    assert words in refused(extend, make_duty(opd), day=day)["day"][0]


def test_today_is_no_past(opd):
    duty = make_duty(opd, due="2026-02-27")
    extend(duty, day=TODAY.isoformat())
    assert decisions(kind="extension")[0].day == TODAY


def test_a_second_extension_must_reach_further_and_a_waived_duty_needs_none(opd):
    duty, waived = make_duty(opd), make_duty(opd)
    extend(duty, day="2026-04-10")
    assert "already" in refused(extend, duty, day="2026-04-10")["day"][0]
    extend(duty, day="2026-04-11")
    waive(waived)
    assert "waived already" in refused(extend, waived, day="2026-04-10")["day"][0]


def test_a_final_quarter_takes_no_decision_unless_it_is_meant(opd):
    duty, other = make_duty(opd), make_duty(opd)
    freeze(2026, 1)
    assert "is final" in refused(waive, duty)["obligations"][0]
    assert "is final" in refused(extend, duty, day="2026-05-29")["day"][0]
    waive(duty, after_final=True)
    extend(other, day="2026-05-29", after_final=True)
    assert len(decisions()) == 2


def test_a_duty_that_moved_is_judged_where_it_moved_to(opd):
    duty = make_duty(opd)
    extend(duty, day="2026-05-29")
    freeze(2026, 1)
    waive(duty)
    assert len(decisions(kind="waiver")) == 1
    freeze(2026, 2)
    waiver = decisions(kind="waiver")[0]
    back = {"id": waiver.id, "number": "1", "reason": "a"}
    assert "is final" in refused(lambda: call_action("satudata_decision_revoke", **back))["id"][0]


def test_what_was_taken_back_is_as_if_it_had_not_been(opd):
    duty = make_duty(opd)
    waive(duty)
    waiver = decisions()[0]
    assert "number" in refused(
        lambda: call_action("satudata_decision_revoke", id=waiver.id, reason="Salah pilih")
    )
    call_action("satudata_decision_revoke", id=waiver.id, number="800/20", reason="Salah pilih")
    again = refused(
        lambda: call_action("satudata_decision_revoke", id=waiver.id, number="2", reason="x")
    )
    assert "taken back already" in again["id"][0]
    revocation = decisions(kind="revoke")[0]
    assert (revocation.revokes, revocation.obligation_id) == (waiver.id, duty.id)
    extend(duty, day="2026-04-10")
    extension = decisions(kind="extension")[0]
    call_action("satudata_decision_revoke", id=extension.id, number="3", reason="x")
    extend(duty, day="2026-04-08")
    waive(duty)
    assert [one.kind for one in decisions()] == [
        "waiver", "revoke", "extension", "revoke", "extension", "waiver",
    ]  # fmt: skip


def test_a_revocation_is_not_taken_back(opd):
    waive(make_duty(opd))
    waiver = decisions()[0]
    call_action("satudata_decision_revoke", id=waiver.id, number="800/20", reason="Salah")
    revocation = decisions(kind="revoke")[0]
    faults = refused(
        lambda: call_action("satudata_decision_revoke", id=revocation.id, number="1", reason="x")
    )
    assert "not taken back" in faults["id"][0]


@pytest.mark.parametrize("id", ["", "x", -1, 10**30, None])
def test_an_id_that_is_none_is_told(clean_db, id):
    with pytest.raises(toolkit.ValidationError):
        call_action("satudata_decision_revoke", id=id, reason="x")
    with pytest.raises(toolkit.ObjectNotFound):
        call_action("satudata_decision_revoke", id=10**9, reason="x")


def test_the_walidata_lets_others_off_and_bappeda_the_walidata(clean_portal):
    with clock.at(noon(TODAY)):
        root = make_root()
        own = make_opd("kominfo", root, sd_peran_sdi="walidata")
        dinas = make_opd("dinas", root)
        walidata, officer = make_user("admin", root)["name"], make_user()["name"]
        call_action("satudata_officer_create", user=officer, office="koordinator")
        ours, theirs = make_duty(own), make_duty(dinas)

        def may(user, *duties):
            context = {"user": user, "ignore_auth": False}
            ids = [duty.id for duty in duties]
            try:
                call_action("satudata_waiver_create", context, obligations=ids, preview=True)
            except toolkit.NotAuthorized:
                return False
            return True

        assert may(walidata, theirs)
        assert not may(walidata, ours)
        assert not may(walidata, ours, theirs)
        assert may(officer, ours)
        assert not may(officer, theirs)


def test_a_delivered_duty_may_be_waived_and_the_preview_shows_that_it_was(opd):
    duty = make_duty(opd)
    deliver(duty)
    (row,) = call_action("satudata_waiver_create", preview=True, obligations=[duty.id])["duties"]
    assert row["delivered"]
    assert row["refusal"] is None


def test_of_two_who_waive_a_duty_at_once_one_is_refused(app, opd):
    ids = [make_duty(opd).id, make_duty(opd).id]
    model.Session.remove()
    together = threading.Barrier(2)

    def try_it(order):
        with app.flask_app.test_request_context():
            together.wait()
            try:
                call_action("satudata_waiver_create", obligations=order, **LETTER)
            except toolkit.ValidationError as error:
                return str(error.error_dict)
            finally:
                model.Session.remove()
        return ""

    with ThreadPoolExecutor(2) as pool:
        runs = [
            pool.submit(contextvars.copy_context().run, try_it, order) for order in (ids, ids[::-1])
        ]
        outcomes = sorted(run.result(timeout=60) for run in runs)
    assert outcomes[0] == ""
    assert "waived already" in outcomes[1]
    assert len(decisions(kind="waiver")) == 2


def test_the_log_of_a_duty_is_its_own_with_answers_and_what_was_taken_back(opd):
    duty, other = make_duty(opd, allow_nihil=True), make_duty(opd)
    waive(other)
    waive(duty)
    waiver = decisions(obligation_id=duty.id)[0]
    call_action("satudata_decision_revoke", id=waiver.id, number="9", reason="Keliru")
    claim = call_action("satudata_nihil_claim", obligation_id=duty.id, reason="Tidak ada")
    call_action("satudata_nihil_answer", id=claim["id"], accept=True)
    kinds = [row["kind"] for row in decision_log.of_duty(duty.id)]
    assert kinds == ["waiver", "revoke", "nihil_claim", "nihil_accept"]
    reader = {"user": make_user("sysadmin")["name"]}
    found = call_action("satudata_decision_list", reader, obligation=duty.id)["results"]
    assert [row["kind"] for row in found] == kinds[::-1]


@given(days=st.lists(st.integers(-40, 400), min_size=1, max_size=6))
@pytest.mark.usefixtures("with_request_context")
def test_accepted_extensions_only_ever_reach_further(days):
    """Whatever days are asked for one after the other (without a database)."""
    duty = _Extended(dt.date(2026, 3, 31))
    for number in days:
        day = duty.due + dt.timedelta(number)
        before = duty.extended_to or duty.due
        (checked,) = dispensations.check_extension([duty], day)
        assert (checked.refusal is None) == (before < day <= duty.due + dt.timedelta(366))
        if checked.refusal is None:
            duty.extended_to = day


class _Extended:
    """What a check reads of a duty."""

    waiver = None
    final = False
    extended_to: dt.date | None = None

    def __init__(self, due: dt.date) -> None:
        self.due = due


def test_a_day_without_bounds_is_refused_in_the_preview_at_once(opd):
    duty = make_duty(opd)
    row = call_action(
        "satudata_extension_create", obligations=[duty.id], preview=True, day="9999-12-31"
    )["duties"][0]
    assert row["refusal"]
