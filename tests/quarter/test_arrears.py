"""Tunggakan: listed until delivered, with the day on which they were paid off."""

from __future__ import annotations

import datetime as dt

import ckan.model as model
import pytest
from bs4 import BeautifulSoup
from ckan.tests.helpers import call_action

from ckanext.satudata import clock
from ckanext.satudata.calendar.quarters import Quarter
from ckanext.satudata.register import dispensations
from tests.factories import make_opd, make_user
from tests.quarter.conftest import Portal, wib
from tests.quarter.walking import Walk, deliver, yearly_duty


def listed(user, **asked):
    return call_action("satudata_arrears_list", {"user": user["name"]}, **asked)


def states(found):
    return {row["item_name"]: row["state"] for row in found["rows"]}


def test_they_stay_until_they_are_paid_off(portal):
    editor = make_user("editor", portal.opd)
    open_, paid, late, waived = (
        portal.duty(name=name) for name in ("Terbuka", "Dilunasi", "Terlambat", "Dibebaskan")
    )
    portal.deliver(late, wib("2025-04-20"))
    portal.compute(wib("2025-04-28"))
    with clock.at(wib("2025-04-28")):
        assert listed(editor)["rows"] == [], "nothing is in arrears on the cutoff day"
    portal.compute(wib("2025-04-29"))
    with clock.at(wib("2025-04-29")):
        assert states(listed(editor)) == dict.fromkeys(
            ("Terbuka", "Dilunasi", "Dibebaskan"), "open"
        )
    portal.deliver(paid, wib("2025-05-14"))
    with clock.at(wib("2025-05-15")):
        dispensations.waive([waived.id], number="1/2025", reason="Dihapus", actor=None)
        model.Session.commit()
    portal.compute(wib("2025-06-01"))
    with clock.at(wib("2025-06-01")):
        found = listed(editor)
        assert found["counts"] == {"open": 1, "paid": 1, "exempted": 0}
        assert states(found) == {"Terbuka": "open", "Dilunasi": "paid"}
        assert found["rows"][1]["paid_on"] == dt.date(2025, 5, 14)
        assert states(listed(editor, state="paid")) == {"Dilunasi": "paid"}
        assert listed(editor, q="lunas")["total"] == 1
        assert listed(editor, quarter="2025-TW2")["total"] == 0
        assert open_.id == found["rows"][0]["obligation_id"]


def test_the_next_year_still_lists_what_the_last_one_left(portal):
    editor = make_user("editor", portal.opd)
    duty = portal.duty(name="Lama")
    portal.compute(wib("2026-02-03"))
    with clock.at(wib("2026-02-03")):
        assert states(listed(editor)) == {"Lama": "open"}
    portal.deliver(duty, wib("2026-02-10"))
    portal.compute(wib("2026-02-11"))
    with clock.at(wib("2026-02-11")):
        (row,) = listed(editor)["rows"]
        assert (row["state"], row["paid_on"]) == ("paid", dt.date(2026, 2, 10))


def test_a_final_quarter_leaves_its_arrears_and_stays_as_it_is(clean_portal):
    with clock.at(wib("2024-01-02")):
        portal = Portal()
        walidata = make_user("admin", portal.root)
    duty = yearly_duty(portal.opd, name="Jumlah bidan")
    Walk()("final")
    portal.compute(wib("2025-07-01"))
    with clock.at(wib("2025-07-01")):
        assert states(listed(walidata)) == {"Jumlah bidan": "open"}
    deliver(portal, duty, wib("2025-07-02"))
    portal.compute(wib("2025-07-03"))
    with clock.at(wib("2025-07-03")):
        (row,) = listed(walidata)["rows"]
        assert (row["state"], row["status"]) == ("paid", "tidak_menyampaikan")
        assert row["paid_on"] == dt.date(2025, 7, 2)


def test_what_was_due_on_the_eve_of_the_calendar_is_late_too(clean_portal):
    """Due on a Saturday, counted from the first working day that the calendar knows."""
    with clock.at(wib("2022-01-03")):
        portal = Portal()
    duty = portal.duty(due="2022-12-31", period="2021")
    Walk(Quarter(2022, 4), wib("2022-10-03"))("final")
    deliver(portal, duty, wib("2025-02-03"))
    portal.compute(wib("2025-03-03"))
    row = portal.row(duty, year=2025)
    assert row.days_late > 480
    assert "late" in row.flags


def test_each_sees_his_own_and_the_page_shows_them(portal, app):
    other = make_opd("badan-uji", portal.root, kind="badan")
    portal.duty(name="Milik dinas")
    portal.duty(name="Milik unit", org=portal.unit)
    portal.duty(name="Milik badan", org=other)
    portal.compute(wib("2025-05-02"))
    walidata, editor = make_user("admin", portal.root), make_user("editor", portal.opd)
    with clock.at(wib("2025-05-02")):
        assert set(states(listed(editor))) == {"Milik dinas", "Milik unit"}
        assert set(states(listed(walidata, org="dinas-uji"))) == {"Milik dinas", "Milik unit"}
        assert len(listed(walidata, page=2, page_size=2)["rows"]) == 1
        answer = app.get(
            "/satudata/tunggakan?q=badan", headers={"Authorization": walidata["token"]}
        )
        page = BeautifulSoup(answer.body, "html.parser")
        shown = [one.get_text(strip=True) for one in page.select("tbody th a.fw-semibold")]
        assert shown == ["Milik badan"]
        stranger = {"Authorization": make_user()["token"]}
        assert app.get("/satudata/tunggakan", headers=stranger).status_code == 403
        bad = app.get("/satudata/tunggakan?quarter=x", headers={"Authorization": walidata["token"]})
        assert bad.status_code == 404


@pytest.mark.parametrize("asked", [{"state": "gone"}, {"quarter": "2025-TW7"}, {"page": 0}])
def test_wrong_wishes_are_refused(portal, asked):
    from ckan.plugins import toolkit

    with pytest.raises(toolkit.ValidationError):
        listed(make_user("sysadmin"), **asked)
