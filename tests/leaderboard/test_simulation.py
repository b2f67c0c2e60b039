"""The simulator: the same evidence by other rules, who would move, and nothing changed."""

from __future__ import annotations

import datetime as dt

import ckan.model as model
import pytest
import sqlalchemy as sa
import yaml
from ckan.plugins import toolkit
from ckan.tests.helpers import call_action

from ckanext.satudata import clock
from ckanext.satudata.calendar.quarters import Quarter
from ckanext.satudata.judging.model import Simulation
from ckanext.satudata.leaderboard import jobs, simulation
from ckanext.satudata.quarter.model import FinalOrg
from ckanext.satudata.register import decisions
from ckanext.satudata.rules.ruleset import DEFAULT_PATH, load_ruleset
from tests.factories import make_opd, make_user
from tests.quarter.conftest import Portal, wib
from tests.quarter.walking import Walk, deliver, yearly_duty

AFTER = wib("2025-08-20")
TW1, TW2 = Quarter(2025, 1), Quarter(2025, 2)


def rules(**changes):
    content = yaml.load(DEFAULT_PATH.read_text(encoding="utf-8"), Loader=yaml.BaseLoader)
    return yaml.safe_dump(content | changes)


#: Groups from one duty a year on, so that a small city has ranks.
SMALL = {"groups": [{"key": "semua", "from": "1", "to": "null"}], "min_group": "1"}


@pytest.fixture
def city(clean_portal, ckan_config, monkeypatch, tmp_path):
    """Three offices with two duties each: punctual with one missing; late with all; nothing."""
    path = tmp_path / "kecil.yaml"
    path.write_text(rules(**SMALL))
    monkeypatch.setitem(ckan_config, "ckanext.satudata.ruleset_file", str(path))
    portal = Portal()
    punctual, late, idle = portal.opd, *(make_opd(name, portal.root) for name in ("telat", "diam"))
    for org in (punctual, late, idle):
        for due, period in (("2025-03-31", "2024"), ("2025-06-30", "2024-S2")):
            duty = portal.duty(due, period, org=org)
            if org is late:
                # Ten working days after the due day, before the cutoff.
                portal.deliver(duty, wib("2025-04-21" if period == "2024" else "2025-07-14"))
            elif org is punctual and period == "2024":
                portal.deliver(duty, wib("2025-03-20"))
    portal.compute(AFTER)
    portal.orgs = {"punctual": punctual["id"], "late": late["id"], "idle": idle["id"]}
    return portal


def stored():
    """Every row of the live result, as text."""
    found = [
        sorted(model.Session.execute(sa.text(query)).scalars())
        for query in (
            "SELECT CAST(kept AS text) FROM satudata_result kept",
            "SELECT CAST(kept AS text) FROM satudata_org_result kept",
        )
    ]
    model.Session.rollback()
    return found


def simulate(text, *quarters):
    with clock.at(AFTER):
        return simulation.simulate(load_ruleset(text), quarters)


def test_before_is_what_was_published_and_the_same_rules_move_nobody(city):
    shown = simulate(rules(version="2", **SMALL), TW1, TW2)
    assert [one["quarter"] for one in shown] == ["2025-TW1", "2025-TW2"]
    for one in shown:
        for span, rows in one["views"].items():
            offices = [row for row in rows if row["pool"] == "perangkat"]
            assert {row["org_id"] for row in offices} == set(city.orgs.values())
            for row in offices:
                published = city.figures({"id": row["org_id"]}, "answers", span, one["tw"])
                assert row["before"]["total"] == float(published.total), (one["quarter"], span)
                assert row["before"]["band"] == published.band
                assert row["before"] == row["after"]
                assert row["moved"] in (0, None)


def test_who_would_move_and_by_how_much(city):
    # Time weighs nothing: the late one with everything delivered passes the punctual one.
    text = rules(weights={"D": "0.60", "T": "0", "M": "0.10", "K": "0.10", "Q": "0.20"}, **SMALL)
    rows = {row["org_id"]: row for row in simulate(text, TW1)[0]["views"]["cumulative"]}
    punctual, late, idle = (rows[city.orgs[name]] for name in ("punctual", "late", "idle"))
    assert (punctual["before"]["rank"], late["before"]["rank"], idle["before"]["rank"]) == (1, 2, 3)
    assert punctual["after"]["total"] == late["after"]["total"]
    assert (late["after"]["rank"], late["moved"]) == (1, 1)
    assert (idle["after"]["total"], idle["change"]) == (0.0, 0.0)
    assert late["change"] > 0


def test_the_cutoff_of_the_tried_rules_counts(city):
    text = rules(cutoff_days="5", **SMALL)
    rows = {row["org_id"]: row for row in simulate(text, TW1)[0]["views"]["quarter"]}
    assert rows[city.orgs["late"]]["after"]["total"] == 0.0
    assert rows[city.orgs["late"]]["before"]["total"] > 0
    # The second quarter stands on the first as the tried rules judge it: paid off, without T.
    later = {row["org_id"]: row for row in simulate(text, TW2)[0]["views"]["cumulative"]}
    late = later[city.orgs["late"]]
    assert late["before"]["total"] > late["after"]["total"] > 0


def test_a_trial_year_has_no_ranks(city):
    rows = simulate(rules(uji_coba="true", **SMALL), TW1)[0]["views"]["cumulative"]
    assert {row["after"]["rank"] for row in rows} == {None}
    assert {row["after"]["reason"] for row in rows} == {"trial", "no_duties"}


def test_nothing_is_written_even_if_it_breaks_off(city, monkeypatch):
    before = stored()
    simulate(rules(late_window_days="5", **SMALL), TW1, TW2)
    assert stored() == before
    real = simulation._standings

    def breaks(frame, span):
        real(frame, span)
        raise RuntimeError("stopped")

    monkeypatch.setattr(simulation, "_standings", breaks)
    with pytest.raises(RuntimeError):
        simulate(rules(late_window_days="5", **SMALL), TW1)
    assert stored() == before


def test_of_a_frozen_quarter_what_was_decided_later_does_not_count(clean_portal):
    with clock.at(wib("2024-01-02")):
        portal = Portal()
    met, missed = yearly_duty(portal.opd), yearly_duty(portal.opd)
    walk = Walk()
    walk("terbuka")
    deliver(portal, met, wib("2025-03-20"))
    walk("final")
    frozen = model.Session.scalars(
        sa.select(FinalOrg).filter_by(org_id=portal.opd["id"], scope="answers", span="cumulative")
    ).one()
    with clock.at(wib("2025-08-01")):
        decisions.record(
            "waiver", number="9/2025", reason="Terlambat diputuskan", actor=None,
            org_id=portal.opd["id"], item_id=missed.item.id, obligation_id=missed.id,
        )  # fmt: skip
        model.Session.commit()
    shown = simulate(rules(version="2"), TW1)[0]["views"]["cumulative"]
    row = next(row for row in shown if row["org_id"] == portal.opd["id"])
    assert row["before"]["total"] == row["after"]["total"] == float(frozen.total)


def test_asked_for_done_by_the_worker_and_shown(app, city):
    walidata = make_user("admin", city.root)
    headers = {"Authorization": walidata["token"]}
    with clock.at(AFTER):
        kept = call_action("satudata_ruleset_create", source=rules(late_window_days="28", **SMALL))
        form = app.get(f"/satudata/simulasi/baru/{kept['hash']}", headers=headers)
        assert "2025-TW2" in form.body
        assert "2025-TW3" not in form.body
        run = call_action(
            "satudata_simulation_create", {"user": walidata["name"]}, hash=kept["hash"],
            quarters="2025-TW1,2025-TW2",
        )  # fmt: skip
        page = f"/satudata/simulasi/{run['id']}"
        assert "0 of 4 computations" in app.get(page, headers=headers).body
        jobs.run_simulation(run["id"])
        model.Session.expire_all()
        shown = call_action("satudata_simulation_show", id=run["id"])
        assert (shown["state"], shown["done"], shown["total"]) == ("done", 4, 4)
        body = app.get(f"{page}?tw=2025-TW1", headers=headers).body
        assert "Telat" in body
        assert "Total after" in body
        assert "Would rise in rank" in body
        assert "Regional offices" in body
        assert app.get(f"{page}?moved=1", headers=headers).status_code == 200
        listed = app.get(f"/satudata/aturan/{kept['hash']}", headers=headers).body
        assert page in listed
        assert "TW I 2025, TW II 2025" in listed
        # Done is done: the queue may hand it out again.
        jobs.run_simulation(run["id"])
        assert model.Session.get(Simulation, run["id"]).finished.isoformat() == shown["finished"]
    editor = {"Authorization": make_user("editor", city.opd)["token"]}
    assert app.get(page, headers=editor).status_code == 403


def test_a_quarter_that_is_not_over_is_refused(city):
    with clock.at(AFTER):
        kept = call_action("satudata_ruleset_create", source=rules(version="2"))
        for quarters, hint in (
            ("2025-TW3", "2025-TW3 cannot be tried"),
            ("2031-TW1", "2031-TW1 cannot be tried"),
            ("TW1", "Write quarters as 2025-TW1"),
            ([], "Missing value"),
            ([f"{year}-TW{tw}" for year in range(2020, 2025) for tw in (1, 2, 3)], "1 to 12"),
        ):
            with pytest.raises(toolkit.ValidationError) as caught:
                call_action("satudata_simulation_create", hash=kept["hash"], quarters=quarters)
            assert hint in caught.value.error_dict["quarters"][0]
    assert model.Session.scalar(sa.select(sa.func.count()).select_from(Simulation)) == 0


def test_one_whose_worker_was_stopped_has_failed(city):
    with clock.at(AFTER):
        kept = call_action("satudata_ruleset_create", source=rules(version="2"))
        run = call_action("satudata_simulation_create", hash=kept["hash"], quarters="2025-TW1")
    model.Session.execute(sa.update(Simulation).values(state="running"))
    model.Session.commit()
    for minutes, state in ((50, "running"), (70, "failed")):
        with clock.at(AFTER + dt.timedelta(minutes=minutes)):
            shown = call_action("satudata_simulation_show", id=run["id"])
            assert shown["state"] == state
