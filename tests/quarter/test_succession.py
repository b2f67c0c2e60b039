"""An organisation is merged in mid-quarter: what was frozen stays, what is owed goes on."""

from __future__ import annotations

import datetime as dt

import ckan.model as model
import pytest
import sqlalchemy as sa
from bs4 import BeautifulSoup
from ckan.plugins import toolkit
from ckan.tests.helpers import call_action

from ckanext.satudata import clock
from ckanext.satudata.calendar.quarters import Quarter
from ckanext.satudata.delivery import jobs
from ckanext.satudata.judging import live
from ckanext.satudata.judging.model import OrgResult, Result
from ckanext.satudata.quarter import freeze, states
from tests.factories import make_opd, make_user
from tests.quarter.conftest import Portal, wib
from tests.quarter.walking import TW1, Walk, deliver, yearly_duty

TW2 = Quarter(2025, 2)
MERGED = wib("2025-06-02")


@pytest.fixture
def portal(clean_portal):
    with clock.at(wib("2024-01-02")):
        made = Portal()
        made.heir = make_opd("dinas-penerus", made.root, title="Dinas Penerus")
        return made


@pytest.fixture
def duties(portal):
    """Three duties of one organisation: two of TW I and one of TW II."""
    schedules = {"kept": "Maret n+1", "missed": "Maret n+1", "coming": "Juni n+1"}
    return {
        name: yearly_duty(portal.opd, schedule, name=name) for name, schedule in schedules.items()
    }


def merge(portal, **fields):
    return call_action(
        "satudata_succession_create", kind="merge", from_org=portal.opd["id"],
        to_org=portal.heir["id"], day="2025-06-01", number="Perda 3/2025",
        reason="Susunan perangkat daerah yang baru", confirm=True, **fields,
    )  # fmt: skip


def frozen() -> dict[str, list[str]]:
    """Every byte of the frozen records, as text."""
    return {
        table: model.Session.scalars(
            sa.text(f"SELECT CAST(row_to_json(line) AS text) FROM {table} line ORDER BY 1")  # noqa: S608
        ).all()
        for table in ("satudata_final", "satudata_final_row", "satudata_final_org")
    }


def row(duty, quarter: Quarter) -> Result | None:
    model.Session.expire_all()
    return model.Session.get(Result, (quarter.year, quarter.tw, duty.id))


def owed(org, quarter: Quarter) -> int:
    """Duties in the cumulative figures of an organisation alone."""
    model.Session.expire_all()
    found = model.Session.get(OrgResult, (quarter.year, quarter.tw, org["id"], "own", "cumulative"))
    return found.duties if found else 0


def test_a_merger_in_mid_quarter(app, portal, duties):
    first, second = Walk(), Walk(TW2, opening=wib("2025-05-28"))
    first("terbuka")
    deliver(portal, duties["kept"], wib("2025-03-20"))
    first("final")
    second("terbuka")
    before = frozen()
    assert len(before["satudata_final_row"]) == 2
    with clock.at(MERGED - dt.timedelta(hours=1)):
        live.recompute()
    assert (owed(portal.opd, TW2), owed(portal.heir, TW2)) == (3, 0)

    with clock.at(MERGED):
        merge(portal)
        live.recompute()
    assert frozen() == before
    assert (owed(portal.opd, TW2), owed(portal.heir, TW2)) == (0, 3)
    for duty in duties.values():
        assert row(duty, TW2).org_id == portal.heir["id"]

    # Nobody moved the datasets: what the old organisation uploads still counts.
    portal.deliver(duties["coming"], wib("2025-06-10"), check=False)
    portal.deliver(duties["missed"], wib("2025-06-11"), org=portal.heir, check=False)
    with clock.at(wib("2025-06-12")):
        jobs.check_pending()
        live.recompute()
    assert row(duties["coming"], TW2).d == 1
    late = row(duties["missed"], TW2)
    assert (late.org_id, late.d, late.t) == (portal.heir["id"], 1, 0)
    assert "tunggakan_dilunasi" in late.flags

    second("final")
    after = frozen()
    for table, rows in before.items():
        assert set(rows) <= set(after[table])
    assert freeze.verify() == []

    for name, text in (
        ("dinas-uji", 'is part of "Dinas Penerus"'),
        ("dinas-penerus", 'carries on the data duties of "Dinas Uji"'),
    ):
        page = BeautifulSoup(app.get(f"/organization/{name}").body, "html.parser")
        assert text in page.select_one(".satudata-succession").get_text()


def test_a_merger_after_the_cutoff_leaves_the_quarter_with_the_old_organisation(portal, duties):
    Walk()("terbuka")
    portal.deliver(duties["kept"], wib("2025-03-20"), check=False)
    with clock.at(wib("2025-05-02")):
        jobs.check_pending()
        states.cut_off(TW1, None)
        model.Session.commit()
    with clock.at(wib("2025-05-05")):
        call_action(
            "satudata_succession_create", kind="merge", from_org=portal.opd["id"],
            to_org=portal.heir["id"], day="2025-05-05", number="Perda 3/2025", reason="Baru",
            confirm=True,
        )  # fmt: skip
        live.recompute()
    assert (owed(portal.opd, TW1), owed(portal.heir, TW1)) == (2, 0)
    assert (owed(portal.opd, TW2), owed(portal.heir, TW2)) == (0, 3)


def test_arrears_are_decided_about_by_those_who_carry_them_on(portal, duties):
    """Also where the old organisation is gone: what it left is examined, explained and waived."""
    walk = Walk()
    walk("terbuka")
    deliver(portal, duties["coming"], wib("2025-03-20"))
    walk("final")
    users = {
        name: make_user("editor", org)["name"]
        for name, org in (("old", portal.opd), ("heir", portal.heir))
    }
    users["walidata"] = make_user("admin", portal.root)["name"]

    def act(action, user, **data):
        return call_action(action, {"user": users[user], "ignore_auth": False}, **data)

    def delivered(user="walidata"):
        rows = act("satudata_delivery_list", user)["results"]
        return sorted((row["org_title"], row["duties"][0]["item_name"]) for row in rows)

    with clock.at(MERGED):
        merge(portal)
        portal.deliver(duties["missed"], MERGED, org=portal.heir)
        # The datasets stay where they are.
        expected = [("Dinas Penerus", "coming"), ("Dinas Penerus", "missed")]
        assert delivered() == delivered("heir") == expected
        assert delivered("old") == []

        duties["kept"].item.allow_nihil = True
        model.Session.commit()
        claim = {"obligation_id": duties["kept"].id, "reason": "Tidak ada kejadian"}
        with pytest.raises(toolkit.NotAuthorized):
            act("satudata_nihil_claim", "old", **claim)
        assert act("satudata_nihil_claim", "heir", **claim)["org_title"] == "Dinas Penerus"


@pytest.mark.parametrize("change", ["title", "name", "delete"])
def test_a_frozen_quarter_keeps_the_names_of_its_time(portal, duties, change):
    Walk()("final")
    before = frozen()
    with clock.at(MERGED):
        if change == "delete":
            merge(portal, units="move")
            call_action("organization_delete", id=portal.opd["id"])
        else:
            call_action("organization_patch", id=portal.opd["id"], **{change: "lain-sekali"})
        live.recompute()
    assert frozen() == before
    assert freeze.verify() == []
