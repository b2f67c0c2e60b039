"""Moves that the worker makes: asked for, in hand, refused, given up."""

from __future__ import annotations

import datetime as dt

import ckan.model as model
import sqlalchemy as sa
from ckan.tests.helpers import call_action

from ckanext.satudata import clock
from ckanext.satudata.quarter import runs, standing
from ckanext.satudata.register import decisions
from tests.quarter.conftest import wib
from tests.quarter.walking import TW1, page


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
