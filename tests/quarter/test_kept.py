"""A process reads figures once; what changes them shows on the next page all the same."""

from __future__ import annotations

import datetime as dt

import ckan.model as model
import pytest
import sqlalchemy as sa
from bs4 import BeautifulSoup
from ckan.plugins import toolkit
from ckan.tests.helpers import call_action

from ckanext.satudata import clock
from ckanext.satudata.judging import live
from ckanext.satudata.judging.model import Computation
from tests.counting import counted_statements
from tests.factories import make_opd, make_user
from tests.quarter.conftest import wib
from tests.quarter.walking import Walk

TW1 = {"year": 2025, "tw": 1}
IN_MAY = wib("2025-05-02")


@pytest.fixture
def reported(portal):
    portal.held = portal.duty()
    portal.missing = portal.duty(org=portal.unit)
    portal.deliver(portal.held, wib("2025-03-20"))
    Walk()("terbuka")
    portal.compute(IN_MAY)
    with clock.at(IN_MAY):
        yield portal


def summary(user, **asked):
    return toolkit.get_action("satudata_report_show")({"user": user["name"]}, TW1 | asked)


def report(user):
    return {one["name"]: one for one in summary(user)["organizations"]}


def board():
    found = call_action("satudata_leaderboard_show", **TW1)
    return {row["name"]: row for table in found["tables"] for row in table["rows"]}


def test_the_tree_and_its_figures_are_read_once(reported):
    user = make_user("sysadmin")
    before = report(user), board()
    with counted_statements() as asked:
        assert (report(user), board()) == before
    assert not [one for one in asked if one.startswith("WITH tree")]


def test_what_was_handed_out_may_be_changed(reported):
    user = make_user("sysadmin")
    asked = {}, {"org": "dinas-uji"}
    before = [summary(user, **one) for one in asked]
    for one in asked:
        found = summary(user, **one)
        found["levels"].append(77)
        for figures in (found["totals"], found["beside"], found["organizations"][-1]["units"]):
            figures["statuses"]["patuh"] = figures["unmeasured"]["Q"] = 99
    assert [summary(user, **one) for one in asked] == before


def test_a_computation_shows_at_once(reported):
    user = make_user("sysadmin")
    assert report(user)["dinas-uji"]["units"]["delivered"] == 1
    score = board()["dinas-uji"]["total"]
    reported.deliver(reported.missing, wib("2025-03-21"), org=reported.unit)
    reported.compute(IN_MAY)
    assert report(user)["dinas-uji"]["units"]["delivered"] == 2
    assert board()["dinas-uji"]["total"] != score


def test_a_computation_shows_although_a_clock_was_ahead(reported):
    user = make_user("sysadmin")
    for at in (IN_MAY + dt.timedelta(days=1), IN_MAY - live.KEPT):
        model.Session.add(Computation(started=at, finished=at))
    model.Session.commit()
    assert report(user)["dinas-uji"]["units"]["delivered"] == 1
    reported.deliver(reported.missing, wib("2025-03-21"), org=reported.unit)
    reported.compute(IN_MAY + dt.timedelta(hours=1))
    assert report(user)["dinas-uji"]["units"]["delivered"] == 2


def test_titles_and_the_tree_show_at_once(reported):
    user = make_user("sysadmin")
    assert "badan-baru" not in report(user) | board()
    call_action("organization_patch", id=reported.opd["id"], title="Dinas Berganti Nama")
    make_opd("badan-baru", reported.root, kind="badan")
    assert report(user)["dinas-uji"]["title"] == "Dinas Berganti Nama"
    assert board()["dinas-uji"]["title"] == "Dinas Berganti Nama"
    assert "badan-baru" in report(user).keys() & board().keys()


def test_each_reader_gets_his_own_branch(reported):
    editor = make_user("editor", reported.unit)
    everything = report(make_user("sysadmin"))
    assert set(report(editor)) == {reported.unit["name"]} < set(everything)


def test_each_reader_gets_his_own_language(app, reported):
    token = {"Authorization": make_user("sysadmin")["token"]}

    def labels(language):
        page = app.get(f"/{language}/satudata/kepatuhan/2025/1", headers=token).body
        cells = BeautifulSoup(page, "html.parser").select("td[data-label]")
        return {cell["data-label"] for cell in cells}

    english, indonesian = labels("en"), labels("id")
    assert "Not delivered" in english - indonesian
    assert labels("en") == english
    assert labels("id") == indonesian


def test_peer_groups_that_were_never_fixed_follow_the_register(reported):
    """As of quarters that were opened before peer groups were kept."""
    model.Session.execute(sa.text("UPDATE satudata_quarter SET duties = NULL"))
    model.Session.commit()
    owed = board()["dinas-uji"]["duties_per_year"]
    reported.duty(due="2025-12-01", period="2023")
    assert board()["dinas-uji"]["duties_per_year"] == owed + 1
