"""Actions, pages and command line of the states."""

from __future__ import annotations

import hashlib

import ckan.model as model
import pytest
import sqlalchemy as sa
from bs4 import BeautifulSoup
from ckan.cli.cli import ckan as ckan_cli
from ckan.plugins import toolkit
from ckan.tests.helpers import call_action

from ckanext.satudata import clock
from ckanext.satudata.calendar.quarters import Quarter
from ckanext.satudata.quarter import runs, standing, states
from ckanext.satudata.register.model import Decision
from tests.factories import make_user
from tests.quarter.conftest import wib
from tests.quarter.walking import OPENING, TW1, page


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
