"""A quarter on its way from draft to final, through actions, pages, schedule and command line."""

from __future__ import annotations

import datetime as dt
import hashlib
from pathlib import Path

import ckan.model as model
import pytest
import sqlalchemy as sa
from bs4 import BeautifulSoup
from ckan.cli.cli import ckan as ckan_cli
from ckan.plugins import toolkit
from ckan.tests.helpers import call_action

from ckanext.satudata import clock
from ckanext.satudata.calendar.quarters import Quarter
from ckanext.satudata.delivery import evidence, jobs
from ckanext.satudata.quarter import hindrances, runs, schedule, standing, states
from ckanext.satudata.register import decisions
from ckanext.satudata.register.model import Decision, Obligation
from ckanext.satudata.rules.ruleset import DEFAULT_PATH
from tests.factories import make_user
from tests.quarter.conftest import TABLE, Portal, wib
from tests.quarter.walking import OPENING, TW1, Walk, deliver, disarm, yearly_duty

CUTOFF = dt.date(2025, 4, 28)
"""14 working days after 31 March 2025, with Lebaran and Good Friday between."""


def keys(move: str, quarter: Quarter = TW1, thorough: bool = False) -> set[str]:
    found = hindrances.against(move, standing.of(quarter), thorough)
    return {one.key for one in found}


@pytest.fixture
def portal(clean_portal):
    """The government as it has been since before the quarter, on a clock that does not run back."""
    with clock.at(wib("2024-01-02")):
        return Portal()


@pytest.fixture
def duty(portal):
    return yearly_duty(portal.opd)


@pytest.fixture
def walk(portal, duty):
    return Walk()


def test_a_quarter_goes_through_its_states_in_order(portal, duty, walk):
    assert standing.of(TW1).state == "rancangan"
    opened = walk("terbuka")
    assert (opened.cutoff, opened.review_until) == (CUTOFF, None)
    assert model.Session.get(Obligation, duty.id).sealed == OPENING
    examined = walk("pemeriksaan")
    assert examined.review_until == dt.date(2025, 5, 15)
    walk("sementara")
    contested = walk("sanggah")
    assert contested.objections_until == dt.date(2025, 5, 27)
    final = walk("final")
    assert final.sha256
    assert final.revision == 0
    told = model.Session.scalars(decisions.in_force("quarter")).all()
    assert [one.details["to"] for one in told] == list(standing.STATES[1:])
    assert all(one.reason for one in told)


def test_the_peer_group_is_fixed_when_the_quarter_opens(portal, duty, walk):
    def duties(tw):
        with clock.at(wib("2025-04-02")):
            board = call_action("satudata_leaderboard_show", year=2025, tw=tw)
        rows = [row for table in board["tables"] for row in table["rows"]]
        return {row["name"]: row["duties_per_year"] for row in rows}[portal.opd["name"]]

    assert (duties(1), duties(2)) == (1, 1)
    walk("terbuka")
    for period in ("2021", "2022", "2023"):
        portal.duty(due="2025-12-01", period=period)
    assert (duties(1), duties(2)) == (1, 4)


@pytest.mark.parametrize("move", ["cutoff", "provisional", "objections", "finalise", "revise"])
def test_no_move_skips_a_state(portal, duty, move):
    with clock.at(wib("2025-12-01")):
        assert keys(move) == {"state"}


def test_every_move_needs_its_own_state(walk):
    for state in standing.STATES:
        walk(state)
        with clock.at(wib("2026-12-01")):
            for name, move in standing.MOVES.items():
                assert ("state" in keys(name)) is (move.start != state), (state, name)


def test_the_cutoff_day_itself_still_counts(walk):
    walk("terbuka")
    with clock.at(wib(str(CUTOFF), "23:59:59")), pytest.raises(toolkit.ValidationError) as refused:
        states.cut_off(TW1, None)
    assert "28 April 2025" in str(refused.value) or "April 28, 2025" in str(refused.value)
    assert standing.of(TW1).state == "terbuka"
    with clock.at(wib("2025-04-29", "00:00:00")):
        assert states.cut_off(TW1, None).state == "pemeriksaan"


def test_quarters_open_in_order_of_time(portal, walk):
    with clock.at(OPENING):
        assert keys("open", Quarter(2025, 2)) == set()
        assert keys("open", Quarter(2025, 3)) == {"too_early"}
        walk("terbuka")
        assert keys("open", Quarter(2024, 4)) == {"order"}
        assert keys("open", Quarter(2025, 2)) == set()
    with clock.at(wib("2025-12-01")):
        assert keys("open", Quarter(2025, 3)) == {"order"}


def test_the_first_quarter_is_not_one_of_long_ago_without_duties(cli, portal, duty):
    with clock.at(OPENING), pytest.raises(toolkit.ValidationError, match="Nothing was due"):
        states.open_quarter(Quarter(2016, 1), None)
    model.Session.rollback()
    told = cli.invoke(ckan_cli, ["satudata", "triwulan", "open", "2016-TW1"])
    assert told.exit_code == 1
    assert standing.listed() == []
    # Duties of long ago may be judged long after.
    with clock.at(wib("2029-01-02")):
        assert states.open_quarter(TW1, None).state == standing.OPEN


def test_a_quarter_keeps_the_rules_it_opened_with(portal, walk, ckan_config, tmp_path, monkeypatch):
    opened = walk("terbuka")
    other = tmp_path / "lain.yaml"
    other.write_text(DEFAULT_PATH.read_text().replace("cutoff_days: 14", "cutoff_days: 3"))
    monkeypatch.setitem(ckan_config, "ckanext.satudata.ruleset_file", str(other))
    assert standing.of(TW1).cutoff == opened.cutoff
    assert standing.of(TW1).ruleset_hash == opened.ruleset_hash
    assert standing.of(Quarter(2025, 2)).cutoff == dt.date(2025, 7, 3)


def test_what_stands_against_finalising(portal, duty, walk):
    walk("sanggah")
    until = standing.of(TW1).objections_until
    with clock.at(wib(str(until), "23:00:00")):
        assert keys("finalise") == {"day"}
    after = wib(str(until + dt.timedelta(days=1)))
    with clock.at(wib("2025-05-20")):
        objection = decisions.record(
            "objection", reason="Sudah dikirim", actor=None, obligation_id=duty.id,
            org_id=portal.opd["id"], year=2025, tw=1,
        )  # fmt: skip
        model.Session.commit()
    with clock.at(after):
        assert keys("finalise") == {"objections"}
        decisions.record("objection_refuse", reason="Tidak", actor=None, answers=objection.id)
        assert keys("finalise") == set()
        late = decisions.record("waiver", reason="x", actor=None, number="1")
        model.Session.flush()
    with clock.at(after - dt.timedelta(seconds=1)):
        assert keys("finalise") == {"clock"}, late.at


def test_a_file_that_nobody_checked_stands_against_finalising(portal, duty, walk):
    walk("terbuka")
    deliver(portal, duty, wib("2025-03-20"), check=False)
    until = walk("sanggah").objections_until
    with clock.at(wib(str(until + dt.timedelta(days=1)))):
        assert keys("finalise") == {"unchecked"}
        jobs.check_pending()
        assert keys("finalise") == set()


def test_evidence_that_is_gone_stands_against_finalising(portal, duty, walk, ckan_config):
    walk("terbuka")
    deliver(portal, duty, wib("2025-03-20"))
    until = walk("sanggah").objections_until
    sha256 = hashlib.sha256(TABLE).hexdigest()
    assert evidence.has(sha256)
    (place,) = Path(ckan_config["ckan.storage_path"]).rglob(sha256)
    kept = place.read_bytes()
    place.unlink()
    try:
        with clock.at(wib(str(until + dt.timedelta(days=1)))):
            assert keys("finalise", thorough=True) == {"evidence"}
            with pytest.raises(toolkit.ValidationError, match=sha256[:16]):
                states.finalise(TW1, None)
            assert standing.of(TW1).state == "sanggah"
    finally:
        place.write_bytes(kept)


def test_a_return_leaves_days_to_mend(portal, duty, walk):
    walk("terbuka")
    deliver(portal, duty, wib("2025-03-20"))
    event = model.Session.execute(sa.text("SELECT max(id) FROM satudata_event")).scalar()
    until = walk("sanggah").objections_until
    with clock.at(wib(str(until))):
        decisions.record(
            "return", reason="Kosong", actor=None, event_id=event, details={"fault": True}
        )
        model.Session.commit()
    with clock.at(wib(str(until + dt.timedelta(days=1)))):
        assert keys("finalise") == {"day"}


def test_an_earlier_quarter_comes_first(portal, walk):
    walk("terbuka")
    with clock.at(wib("2025-04-02")):
        states.open_quarter(Quarter(2025, 2), None)
        model.Session.commit()
    model.Session.execute(
        sa.text(
            "UPDATE satudata_quarter SET state = 'sanggah', objections_until = '2025-08-01'"
            " WHERE tw = 2"
        )
    )
    with clock.at(wib("2025-09-01")):
        assert keys("finalise", Quarter(2025, 2)) == {"earlier"}


def test_finalising_twice_gives_one_record(walk):
    first = walk("final")
    with clock.at(wib("2025-06-30")):
        assert states.finalise(TW1, None).sha256 == first.sha256
    assert model.Session.execute(sa.text("SELECT count(*) FROM satudata_final")).scalar() == 1


def test_a_revision_needs_a_number_and_keeps_the_first_record(portal, duty, walk):
    first = walk("final")
    with clock.at(wib("2025-07-01")):
        with pytest.raises(toolkit.ValidationError) as refused:
            states.revise(TW1, None, " ", "")
        assert set(refused.value.error_dict) == {"number", "reason"}
        decisions.record(
            "waiver", reason="Aplikasi pusat mati", actor=None, number="7",
            obligation_id=duty.id, org_id=portal.opd["id"], item_id=duty.item.id,
        )  # fmt: skip
        model.Session.commit()
    with clock.at(wib("2025-07-02")):
        revised = states.revise(TW1, None, "050/9", "Pembebasan menyusul")
        model.Session.commit()
    assert revised.revision == 1
    assert revised.sha256 != first.sha256
    shown = call_action("satudata_quarter_show", year=2025, tw=1)
    assert [one["sha256"] for one in shown["records"]] == [revised.sha256, first.sha256]
    assert shown["records"][0]["number"] == "050/9"
    assert runs.told_findings() == []


# ---- schedule


def test_the_schedule_cuts_off_what_is_due_and_nothing_else(portal, walk):
    walk("terbuka")
    with clock.at(wib(str(CUTOFF), "23:30:00")):
        assert schedule.cut_off_due() == []
    with clock.at(wib("2025-04-29", "00:01:00")):
        assert [one.quarter for one in schedule.cut_off_due()] == [TW1]
        assert schedule.cut_off_due() == []
    assert standing.of(TW1).review_until == dt.date(2025, 5, 15)


def test_a_late_cutoff_gives_no_more_time_for_review(walk):
    walk("terbuka")
    with clock.at(wib("2025-05-05")):
        assert states.cut_off(TW1, None).review_until == dt.date(2025, 5, 15)


def test_a_night_is_computed_once(portal):
    night = wib("2025-03-04", "01:01:00")
    computed = "SELECT count(*) FROM satudata_computation WHERE organizations IS NULL"
    with clock.at(night):
        schedule.compute_due()
    once = model.Session.execute(sa.text(computed)).scalar()
    with clock.at(night + dt.timedelta(hours=5)):
        schedule.compute_due()
    assert once == 1
    assert model.Session.execute(sa.text(computed)).scalar() == 1
    with clock.at(night + dt.timedelta(hours=24)):
        schedule.compute_due()
    assert model.Session.execute(sa.text(computed)).scalar() == 2


def test_the_latest_night_is_local():
    assert schedule.latest_night(wib("2025-03-04", "00:59:00")) == wib("2025-03-03", "01:00:00")
    assert schedule.latest_night(wib("2025-03-04", "01:00:00")) == wib("2025-03-04", "01:00:00")


def test_the_worker_is_armed_once_for_each_hour(clean_portal):
    disarm()
    assert schedule.armed() is None
    assert schedule.arm() is True
    assert schedule.arm() is False
    now = dt.datetime.now(dt.timezone.utc)
    assert now < schedule.armed() <= now + dt.timedelta(hours=1, minutes=1)


# ---- actions and pages


@pytest.fixture
def walidata(portal):
    return make_user("admin", portal.root)


def page(app, user, path, status=200) -> BeautifulSoup:
    headers = {"Authorization": user["token"]} if user else {}
    response = app.get(path, headers=headers, status=status)
    return BeautifulSoup(response.body, "html.parser")


def test_the_walidata_opens_a_quarter_on_its_page(app, portal, duty, walidata):
    with clock.at(OPENING):
        shown = page(app, walidata, "/satudata/triwulan/2025/1")
        link = shown.find("a", href=lambda h: h and h.endswith("/triwulan/2025/1/open"))
        asked = page(app, walidata, link["href"])
        assert "1 dut" in asked.text or "1 kewajiban" in asked.text
        headers = {"Authorization": walidata["token"]}
        answer = app.post(link["href"], headers=headers, data={}, follow_redirects=False)
        assert answer.status_code == 302
    assert standing.of(TW1).state == "terbuka"
    told = model.Session.scalars(sa.select(Decision).filter_by(kind="quarter")).one()
    assert told.actor == walidata["id"]


def test_a_refused_move_says_why_and_writes_nothing(app, walk, walidata):
    walk("terbuka")
    with clock.at(wib("2025-04-01")):
        headers = {"Authorization": walidata["token"]}
        answer = app.post("/satudata/triwulan/2025/1/cutoff", headers=headers, data={})
        assert "2025" in BeautifulSoup(answer.body, "html.parser").find(class_="alert-danger").text
    assert standing.of(TW1).state == "terbuka"


def test_the_page_of_a_final_quarter_gives_the_bytes_of_its_hash(app, walk, walidata):
    final = walk("final")
    shown = page(app, walidata, "/satudata/triwulan/2025/1")
    link = shown.find("a", href=lambda h: h and h.endswith(".json"))
    body = app.get(link["href"], headers={"Authorization": walidata["token"]}).data
    assert hashlib.sha256(body).hexdigest() == final.sha256


def test_a_record_of_an_impossible_number_is_not_found(app, walk, walidata):
    walk("final")
    headers = {"Authorization": walidata["token"]}
    for number in ("1", "9" * 30):
        address = f"/satudata/triwulan/2025/1/catatan/{number}.json"
        assert app.get(address, headers=headers).status_code == 404


def test_an_editor_sees_the_state_but_not_the_buttons(app, portal, walk):
    walk("terbuka")
    editor = make_user("editor", portal.opd)
    shown = page(app, editor, "/satudata/triwulan/2025/1")
    assert not shown.find("a", href=lambda h: h and h.endswith("/cutoff"))
    page(app, editor, "/satudata/triwulan/2025/1/cutoff", 403)
    app.post(
        "/satudata/triwulan/2025/1/cutoff",
        headers={"Authorization": editor["token"]}, data={}, status=403,
    )  # fmt: skip
    assert page(app, editor, "/satudata/triwulan").find("h2", id="quarter-2025-1")


def test_a_visitor_sees_the_states_only_beside_a_public_leaderboard(
    app, walk, ckan_config, monkeypatch
):
    walk("terbuka")
    page(app, None, "/satudata/triwulan", 403)
    monkeypatch.setitem(ckan_config, "ckanext.satudata.public_leaderboard", True)
    shown = page(app, None, "/satudata/triwulan/2025/1")
    assert not shown.find("form", action=lambda a: a and a.endswith("verifikasi"))


def test_who_froze_a_quarter_is_told_to_readers_of_the_reports_alone(
    app, portal, walk, monkeypatch, ckan_config
):
    walk("sanggah")
    siti = make_user("admin", portal.root, fullname="Siti Walidata")
    with clock.at(walk.first_moment("finalise")):
        states.finalise(TW1, siti["id"])
        model.Session.commit()
    address = "/satudata/triwulan/2025/1"
    assert "Siti Walidata" in page(app, siti, address).text
    monkeypatch.setitem(ckan_config, "ckanext.satudata.public_leaderboard", True)
    for reader in (None, make_user("editor", portal.opd)):
        assert "Siti Walidata" not in page(app, reader, address).text
        shown = call_action(
            "satudata_quarter_show", {"user": reader["name"] if reader else ""}, year=2025, tw=1
        )
        assert "Siti Walidata" not in str(shown["records"])


@pytest.mark.parametrize("path", ["2025/5", "2025/0", "9999/1", "2025/1/catatan/3.json"])
def test_what_does_not_exist_is_not_found(app, walk, walidata, path):
    page(app, walidata, f"/satudata/triwulan/{path}", 404)


@pytest.mark.parametrize("state", standing.STATES)
def test_report_and_leaderboard_say_where_the_quarter_stands(app, portal, walk, walidata, state):
    walk(state)
    portal.compute(wib("2025-07-01"))
    for path in ("/satudata/kepatuhan/2025/1", "/satudata/peringkat/2025/1"):
        shown = page(app, walidata, path)
        assert shown.find("a", href=lambda h: h and h.endswith("/satudata/triwulan/2025/1")), path


def test_finalising_is_the_workers_and_its_result_is_shown(app, walk, walidata):
    walk("sanggah")
    until = standing.of(TW1).objections_until
    context = {"user": walidata["name"], "ignore_auth": False}
    with clock.at(wib(str(until + dt.timedelta(days=1)))):
        asked = call_action("satudata_quarter_finalise", context, year=2025, tw=1)
        again = call_action("satudata_quarter_finalise", context, year=2025, tw=1)
        assert asked["state"] == "queued"
        assert again["id"] == asked["id"]
        runs.perform(asked["id"])
    shown = call_action("satudata_quarter_show", context, year=2025, tw=1)
    assert shown["state"] == "final"
    assert {one["kind"]: one["state"] for one in shown["runs"]}["finalise"] == "done"
    assert shown["runs"][0]["result"]["sha256"] == shown["sha256"]


def test_a_run_that_is_refused_in_the_worker_says_why_on_the_page(
    app, portal, duty, walk, walidata
):
    walk("sanggah")
    until = standing.of(TW1).objections_until
    context = {"user": walidata["name"], "ignore_auth": False}
    with clock.at(wib(str(until + dt.timedelta(days=1)))):
        asked = call_action("satudata_quarter_finalise", context, year=2025, tw=1)
        decisions.record(
            "objection", reason="Tunggu", actor=None, obligation_id=duty.id, year=2025, tw=1
        )
        model.Session.commit()
        runs.perform(asked["id"])
        shown = page(app, walidata, "/satudata/triwulan/2025/1")
    assert standing.of(TW1).state == "sanggah"
    assert shown.find(class_="alert-danger")


def test_a_run_whose_worker_was_stopped_is_given_up(walk, walidata):
    walk("sanggah")
    until = standing.of(TW1).objections_until
    context = {"user": walidata["name"], "ignore_auth": False}
    with clock.at(wib(str(until + dt.timedelta(days=1)))):
        first = call_action("satudata_quarter_finalise", context, year=2025, tw=1)
        model.Session.execute(
            sa.text("UPDATE satudata_quarter_run SET created = created - interval '2 hours'")
        )
        model.Session.commit()
        shown = call_action("satudata_quarter_show", context, year=2025, tw=1)
        assert [(one["state"], one["result"]) for one in shown["runs"]] == [
            ("failed", {"error": "stopped"})
        ]
        second = call_action("satudata_quarter_finalise", context, year=2025, tw=1)
    assert second["id"] != first["id"]


def test_what_a_worker_has_in_hand_is_done_by_nobody_else_and_not_given_up(walk, walidata):
    walk("sanggah")
    day = wib(str(standing.of(TW1).objections_until + dt.timedelta(days=1)))
    context = {"user": walidata["name"], "ignore_auth": False}
    with clock.at(day):
        asked = call_action("satudata_quarter_finalise", context, year=2025, tw=1)
        with model.ensure_engine().connect() as other, other.begin():
            other.execute(sa.text("SELECT 1 FROM satudata_quarter_run FOR UPDATE"))
            runs.perform(asked["id"])
            assert standing.of(TW1).state == standing.OBJECTIONS
            model.Session.rollback()
            with clock.at(day + dt.timedelta(hours=2)):
                runs.give_up_stopped()
                again = call_action("satudata_quarter_finalise", context, year=2025, tw=1)
            assert (again["id"], again["asked_before"]) == (asked["id"], True)
        runs.perform(asked["id"])
    assert standing.of(TW1).state == standing.FINAL


def test_a_record_and_the_run_that_made_it_are_written_together(walk):
    walk("sanggah")
    day = wib(str(standing.of(TW1).objections_until + dt.timedelta(days=1)))
    with clock.at(day):
        asked = call_action("satudata_quarter_finalise", year=2025, tw=1)
        runs.perform(asked["id"])
    transactions = model.Session.execute(
        sa.text(
            "SELECT xmin FROM satudata_final UNION ALL"
            " SELECT xmin FROM satudata_quarter_run WHERE kind = 'finalise'"
        )
    ).scalars()
    first, second = (str(one) for one in transactions)
    assert first == second


def test_a_quarter_without_record_is_not_said_to_be_sound(cli, walk, walidata):
    walk("sanggah")
    for quarter in (TW1, Quarter(2031, 1)):
        with pytest.raises(toolkit.ValidationError, match="has no final record"):
            call_action(
                "satudata_quarter_verify",
                {"user": walidata["name"]},
                year=quarter.year,
                tw=quarter.tw,
            )
        told = cli.invoke(ckan_cli, ["satudata", "triwulan", "verify", str(quarter)])
        assert (told.exit_code, "has no final record" in told.output) == (1, True)
    walk("final")
    assert cli.invoke(ckan_cli, ["satudata", "triwulan", "verify", str(TW1)]).exit_code == 0


def test_a_reason_that_cannot_be_kept_is_told_before_anything_is_asked(walk, walidata):
    walk("sanggah")
    with clock.at(walk.first_moment("finalise")), pytest.raises(toolkit.ValidationError) as refused:
        call_action("satudata_quarter_finalise", year=2025, tw=1, reason="a\0b")
    assert list(refused.value.error_dict) == ["reason"]
    assert runs.waiting("finalise", TW1) is None


def test_only_half_a_quarter_is_refused(walk, walidata):
    with pytest.raises(toolkit.ValidationError) as refused:
        call_action("satudata_quarter_verify", {"user": walidata["name"]}, year=2025)
    assert set(refused.value.error_dict) == {"tw"}


def test_the_command_line_tells_the_same(cli, walk):
    walk("terbuka")
    told = cli.invoke(ckan_cli, ["satudata", "triwulan", "show", "2025-TW1"])
    assert told.exit_code == 0, told.output
    assert "2025-TW1" in told.output
    early = cli.invoke(ckan_cli, ["satudata", "triwulan", "finalise", "2025-TW1"])
    assert early.exit_code == 1
    tick = cli.invoke(ckan_cli, ["satudata", "triwulan", "tick"])
    assert tick.exit_code == 0, tick.output
    bad = cli.invoke(ckan_cli, ["satudata", "triwulan", "open", "2025-5"])
    assert bad.exit_code == 2
    assert "2026-TW1" in bad.output
    assert cli.invoke(ckan_cli, ["satudata", "triwulan", "verify"]).exit_code == 0
