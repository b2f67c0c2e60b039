"""A process reads figures once; what changes them shows on the next page all the same."""

from __future__ import annotations

import pytest
from bs4 import BeautifulSoup
from ckan.plugins import toolkit
from ckan.tests.helpers import call_action

from ckanext.satudata import clock
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


def report(user):
    found = toolkit.get_action("satudata_report_show")({"user": user["name"]}, dict(TW1))
    return {one["name"]: one for one in found["organizations"]}


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
    report(user)["dinas-uji"]["units"]["statuses"]["patuh"] = 99
    assert report(user)["dinas-uji"]["units"]["statuses"]["patuh"] == 1


def test_a_computation_shows_at_once(reported):
    user = make_user("sysadmin")
    assert report(user)["dinas-uji"]["units"]["delivered"] == 1
    score = board()["dinas-uji"]["total"]
    reported.deliver(reported.missing, wib("2025-03-21"), org=reported.unit)
    reported.compute(IN_MAY)
    assert report(user)["dinas-uji"]["units"]["delivered"] == 2
    assert board()["dinas-uji"]["total"] != score


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
