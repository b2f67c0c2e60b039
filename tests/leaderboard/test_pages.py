"""The leaderboard through the running application and the API."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import ckan.model as model
import pytest
from bs4 import BeautifulSoup
from ckan.plugins import toolkit
from ckan.tests import helpers

from ckanext.satudata.judging.model import OrgResult
from ckanext.satudata.register.model import Obligation
from tests.factories import make_opd, make_root, make_user

pytestmark = pytest.mark.usefixtures("clean_portal")

BOARD = "/satudata/peringkat/2026/1"
PUBLIC = pytest.mark.ckan_config("ckanext.satudata.public_leaderboard", "true")


def give(org, total, scope="answers", duties=3):
    """Figures of TW I 2026 as a computation would store them, and the year's duties."""
    value = None if total is None else Decimal(total)
    for span in ("cumulative", "quarter"):
        model.Session.add(
            OrgResult(
                org_id=org["id"], year=2026, tw=1, scope=scope, span=span, statuses={},
                duties=duties, due=duties, delivered=duties, late=0, missing=0,
                excluded=0, priority_due=0, priority_delivered=0,
                total=value, completeness=value, timeliness=value, quality=value,
                unmeasured={}, band="baik" if total else None,
            )
        )  # fmt: skip
    for number in range(duties):
        model.Session.add(
            Obligation(
                item_id=f"{org['id']}-{number}", org_id=org["id"], frequency="A", period="2025",
                period_start=dt.date(2025, 1, 1), period_end=dt.date(2025, 12, 31),
                due=dt.date(2026, 3, 31), due_counted=dt.date(2026, 3, 31), year=2026, tw=1,
            )
        )  # fmt: skip
    model.Session.commit()


@pytest.fixture
def city():
    """Four offices, two of them equal, one without duties, and a unit of the best."""
    root = make_root()
    orgs = {name: make_opd(name, root) for name in ("dinas-a", "dinas-b", "dinas-c", "dinas-d")}
    for name, total in (("dinas-a", "91.25"), ("dinas-b", "80"), ("dinas-c", "80")):
        give(orgs[name], total)
    give(orgs["dinas-d"], "60.5")
    orgs["dinas-e"] = make_opd("dinas-e", root)
    orgs["uptd-a"] = make_opd("uptd-a", orgs["dinas-a"], kind="uptd")
    give(orgs["uptd-a"], "70", scope="units")
    make_opd("bps", root, kind="instansi_vertikal")
    return {"root": root, **orgs}


def rows(board, pool):
    return {
        row["name"]: (row["rank"], row["reason"])
        for table in board["tables"]
        if table["pool"] == pool
        for row in table["rows"]
    }


def test_ranks_ties_and_those_without_one(city):
    board = helpers.call_action("satudata_leaderboard_show", year=2026, tw=1)
    assert rows(board, "perangkat") == {
        "dinas-a": (1, None),
        "dinas-b": (2, None),
        "dinas-c": (2, None),
        "dinas-d": (4, None),
        "dinas-e": (None, "no_duties"),
    }


def test_units_have_a_table_of_their_own_and_bodies_outside_have_none(city):
    board = helpers.call_action("satudata_leaderboard_show", year=2026, tw=1)
    assert rows(board, "uptd") == {"uptd-a": (None, "small_group")}
    assert "bps" not in {row["name"] for table in board["tables"] for row in table["rows"]}


def test_duties_of_units_count_for_the_office_that_answers(city):
    board = helpers.call_action("satudata_leaderboard_show", year=2026, tw=1)
    (first, *_) = board["tables"][0]["rows"]
    assert (first["name"], first["duties_per_year"]) == ("dinas-a", 6)


@PUBLIC
def test_offices_and_units_have_a_page_each(app, city):
    offices = app.get(BOARD).body
    units = app.get(BOARD + "?part=units").body
    assert "/organization/dinas-a" in offices
    assert "/organization/uptd-a" not in offices
    assert "/organization/uptd-a" in units
    assert "/organization/dinas-a" not in units
    assert "part=units" in offices


@PUBLIC
def test_another_quarter_shows_the_same_part(app, city):
    page = BeautifulSoup(app.get(BOARD + "?part=units").body, "html.parser")
    assert "part=units" in page.select_one("a[rel=prev]")["href"]
    form = page.select_one("form[action$='/peringkat']")
    sent = {field["name"]: field["value"] for field in form.select("input[name]")}
    reached = app.get("/satudata/peringkat", params={**sent, "tw": "2026-TW1"})
    assert "part=units" in reached.request.url


def test_the_parts_together_are_the_whole(city):
    def tables(**part):
        return helpers.call_action("satudata_leaderboard_show", year=2026, tw=1, **part)["tables"]

    assert tables(part="offices") + tables(part="units") == tables()


@PUBLIC
def test_the_page_prints_what_the_api_answers_and_the_rules(app, city):
    page = BeautifulSoup(app.get(BOARD).body, "html.parser")
    table = page.find("caption", string=None).find_parent("table")
    first = [cell.get_text(" ", strip=True) for cell in table.tbody.tr.find_all(["td", "th"])]
    assert first == ["Rank 1", "Dinas A", "Good", "91.25", "91.25", "91.25", "91.25"]
    winners = page.find(id="winner-quality").find_parent("section").get_text(" ", strip=True)
    assert "Dinas A 91.25" in winners
    rules = page.find(id="rules").find_parent("aside").get_text(" ", strip=True)
    assert "on time 25" in rules
    assert "14 working days" in rules


def test_visitors_see_it_by_option_only(app, city):
    refused = app.get(BOARD, status=403).body
    assert "Log in and return to this page" in refused
    assert "satudata_leaderboard_show" not in refused
    with pytest.raises(toolkit.NotAuthorized):
        helpers.call_action(
            "satudata_leaderboard_show", {"user": "", "ignore_auth": False}, year=2026, tw=1
        )


def test_a_stranger_with_an_account_does_not_see_it_and_an_editor_does(app, city):
    stranger, editor = make_user(), make_user("editor", city["dinas-b"])
    app.get(BOARD, headers={"Authorization": stranger["token"]}, status=403)
    app.get(BOARD, headers={"Authorization": editor["token"]}, status=200)


@PUBLIC
def test_visitors_come_to_the_leaderboard_first(app, city):
    answer = app.get("/satudata", follow_redirects=False, status=302)
    assert "/satudata/peringkat/" in answer.headers["Location"]


@PUBLIC
def test_a_quarter_without_results_names_everyone_without_a_rank(app, city):
    page = app.get("/satudata/peringkat/2025/1").body
    assert "no duties this year" in page
    assert "Nobody yet" in page


@pytest.mark.parametrize(("year", "tw"), [(2026, 5), (0, 1), ("x", 1), (None, None)])
def test_no_such_quarter(year, tw):
    with pytest.raises(toolkit.ValidationError):
        helpers.call_action("satudata_leaderboard_show", year=year, tw=tw)
