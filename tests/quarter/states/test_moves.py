"""A quarter on its way from draft to final, and what stands against each move."""

from __future__ import annotations

import datetime as dt
import hashlib
from pathlib import Path

import ckan.model as model
import pytest
import sqlalchemy as sa
from ckan.cli.cli import ckan as ckan_cli
from ckan.plugins import toolkit
from ckan.tests.helpers import call_action

from ckanext.satudata import clock
from ckanext.satudata.calendar.quarters import Quarter
from ckanext.satudata.delivery import evidence, jobs
from ckanext.satudata.quarter import hindrances, runs, standing, states
from ckanext.satudata.register import decisions
from ckanext.satudata.register.model import Obligation
from ckanext.satudata.rules.ruleset import DEFAULT_PATH
from tests.quarter.conftest import TABLE, wib
from tests.quarter.walking import OPENING, TW1, deliver

CUTOFF = dt.date(2025, 4, 28)
"""14 working days after 31 March 2025, with Lebaran and Good Friday between."""


def keys(move: str, quarter: Quarter = TW1, thorough: bool = False) -> set[str]:
    found = hindrances.against(move, standing.of(quarter), thorough)
    return {one.key for one in found}


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
