"""A year at a glance and an organisation over the quarters; nothing is told across rule sets."""

from __future__ import annotations

from decimal import Decimal

import ckan.model as model
import pytest
from bs4 import BeautifulSoup
from ckan.plugins import toolkit
from ckan.tests.helpers import call_action

from ckanext.satudata import clock
from ckanext.satudata.calendar.quarters import Quarter
from ckanext.satudata.judging import rulesets
from ckanext.satudata.quarter import states
from ckanext.satudata.rules.ruleset import DEFAULT_PATH
from tests.counting import counted_statements
from tests.factories import make_opd, make_user
from tests.quarter.conftest import wib

IN_AUGUST = wib("2025-08-04")


@pytest.fixture
def city(portal):
    """Duties of TW I to III: two of TW I met, one of TW II not, one of TW III not due yet."""
    portal.other = make_opd("badan-uji", portal.root, kind="badan")
    first, second = portal.duty(), portal.duty(org=portal.unit)
    portal.duty(due="2025-05-30", period="2024-S2")
    portal.duty(due="2025-02-28", period="2024", org=portal.other)
    portal.deliver(first, wib("2025-03-20"))
    portal.deliver(second, wib("2025-03-20"))
    portal.walidata = make_user("admin", portal.root)
    portal.compute(IN_AUGUST)
    with clock.at(IN_AUGUST):
        yield portal


def year(user, number=2025):
    return call_action("satudata_year_show", {"user": user["name"]}, year=number)


def trend(user, **asked):
    return call_action("satudata_trend_show", {"user": user["name"]}, **asked)


def other_rules():
    """TW I opened by the default rules; from TW II on others are signed."""
    with clock.at(wib("2025-01-02")):
        states.open_quarter(Quarter(2025, 1), None)
        model.Session.commit()
    source = DEFAULT_PATH.read_text().replace("late_window_days: 14", "late_window_days: 10")
    assert source != DEFAULT_PATH.read_text()
    with clock.at(wib("2025-03-01")):
        kept = rulesets.store(source)
        rulesets.sign(
            kept, decree="3/2025", valid_from=Quarter(2025, 2).start, valid_to=None,
            reason="Uji", actor=None,
        )  # fmt: skip
        model.Session.commit()


def test_a_year_has_its_quarters_its_result_and_its_months(city):
    found = year(city.walidata)
    assert found["upto"] == 3
    assert [one["begun"] for one in found["quarters"]] == [True, True, True, False]
    by_name = {one["name"]: one for one in found["organizations"]}
    office = by_name["dinas-uji"]
    assert office["quarters"][1]["due"] == 2
    assert office["quarters"][2]["missing"] == 1
    assert 3 not in office["quarters"]
    assert office["result"]["due"] == 3
    assert office["quarters"][2]["total"] == 0
    months = {one["month"]: one for one in found["months"]}
    assert (months[3]["duties"], months[3]["delivered"]) == (2, 2)
    assert (months[5]["duties"], months[5]["due"], months[5]["delivered"]) == (1, 1, 0)
    assert (months[2]["due"], months[12]["duties"]) == (1, 0)


def test_the_year_is_that_of_the_report(city):
    report = call_action("satudata_report_show", {"user": city.walidata["name"]}, year=2025, tw=3)
    by_name = {one["name"]: one["units"] for one in report["organizations"]}
    for one in year(city.walidata)["organizations"]:
        assert one["result"] == by_name[one["name"]], one["name"]


def test_an_editor_sees_his_branch(city):
    found = year(make_user("editor", city.opd))
    assert [one["name"] for one in found["organizations"]] == ["dinas-uji", "uptd-uji"]
    assert sum(one["duties"] for one in found["months"]) == 3
    with pytest.raises(toolkit.NotAuthorized):
        call_action(
            "satudata_trend_show",
            {"user": make_user("editor", city.opd)["name"], "ignore_auth": False},
            org_id=city.other["id"],
        )


def test_a_trend_tells_the_change_from_quarter_to_quarter(city):
    points = trend(city.walidata, org_id="dinas-uji")["points"]
    assert [(one["year"], one["tw"]) for one in points] == [(2025, 1), (2025, 2)]
    first, second = points
    assert (first["change"], first["comparable"]) == (None, True)
    assert second["change"] == second["figures"]["total"] - first["figures"]["total"] < 0
    compared = trend(city.walidata, org_id="dinas-uji", **{"from": "2025-TW1", "to": "2025-TW2"})
    assert compared["comparison"]["changes"]["total"] == second["change"]


def test_more_quarters_ask_the_database_no_more_often(portal):
    """Neither the trend nor the arrears, whether the quarters were opened or not."""
    walidata = make_user("admin", portal.root)
    portal.duty()
    portal.compute(IN_AUGUST)

    def count():
        counts = []
        for action, asked in (
            ("satudata_trend_show", {"org_id": "dinas-uji"}),
            ("satudata_arrears_list", {}),
        ):
            model.Session.rollback()
            model.Session.expunge_all()
            with clock.at(IN_AUGUST), counted_statements() as statements:
                found = call_action(action, {"user": walidata["name"]}, **asked)
            counts.append(len(statements))
        return counts, len(found["rows"])

    few, rows = count()
    portal.duty(due="2025-05-30", period="2024-S2")
    for due, period in (("2024-03-29", "2023"), ("2024-05-30", "2023-S2")):
        portal.duty(due=due, period=period)
    portal.compute(IN_AUGUST)
    many, more_rows = count()
    assert more_rows > rows
    assert many == few


def test_nothing_is_compared_across_rule_sets(portal, app):
    first, second = portal.duty(), portal.duty(due="2025-05-30", period="2024-S2")
    portal.deliver(first, wib("2025-03-20"))
    portal.deliver(second, wib("2025-05-20"))
    other_rules()
    walidata = make_user("admin", portal.root)
    portal.compute(IN_AUGUST)
    with clock.at(IN_AUGUST):
        points = trend(walidata, org_id="dinas-uji")["points"]
        assert [one["comparable"] for one in points] == [True, False]
        assert points[1]["change"] is None
        asked = {"org_id": "dinas-uji", "from": "2025-TW1", "to": "2025-TW2"}
        with pytest.raises(toolkit.ValidationError, match="Not comparable"):
            trend(walidata, **asked)
        assert not year(walidata)["comparable"]
        headers = {"Authorization": walidata["token"]}
        answer = app.get("/satudata/opd/dinas-uji/tren?from=2025-TW1&to=2025-TW2", headers=headers)
        assert "Not comparable" in answer.body
        page = BeautifulSoup(answer.body, "html.parser")
        rows = page.select("#satudata-trend tbody tr")
        assert ["data-break" in row.attrs for row in rows] == [False, True]
        assert "Not comparable" in app.get("/satudata/tahun/2025", headers=headers).body


def test_the_chart_is_drawn_from_the_table_and_its_licence_comes_along(city, app):
    headers = {"Authorization": city.walidata["token"]}
    answer = app.get("/satudata/opd/dinas-uji/tren", headers=headers)
    page = BeautifulSoup(answer.body, "html.parser")
    table = page.find(id=page.select_one("[data-module=satudata-chart]")["data-module-table"])
    assert len(table.select("thead th[data-series]")) == 4
    value = table.select_one("tbody td[data-value]")["data-value"]
    points = trend(city.walidata, org_id="dinas-uji")["points"]
    assert Decimal(value) == points[0]["figures"]["total"]
    from ckanext.satudata import plugin

    assets = plugin.__file__.replace("plugin.py", "assets/")
    with open(f"{assets}vendor/chart.js/LICENSE.md") as licence:
        assert "MIT" in licence.read()


def test_the_year_page(city, app):
    headers = {"Authorization": city.walidata["token"]}
    page = BeautifulSoup(app.get("/satudata/tahun/2025", headers=headers).body, "html.parser")
    row = page.find("a", string="Dinas Uji").find_parent("tr")
    assert row.find("td", attrs={"data-label": "Due"}).text == "3"
    empty = app.get("/satudata/tahun/2031", headers=headers)
    assert "This year has no results yet." in empty.body
    assert app.get("/satudata/tahun/0", headers=headers).status_code == 404
    assert app.get("/satudata/tahun/2025").status_code == 403


@pytest.mark.parametrize(
    "asked", [{"from": "2025-TW1"}, {"from": "2025-TW1", "to": "2019-TW1"}, {"span": "x"}]
)
def test_wrong_comparisons_are_refused(city, asked):
    with pytest.raises(toolkit.ValidationError):
        trend(city.walidata, org_id="dinas-uji", **asked)
