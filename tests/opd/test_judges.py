"""Nobody judges in his own case."""

from __future__ import annotations

import pytest
from ckan.tests.helpers import call_action

from ckanext.satudata.opd import judges
from tests.factories import make_opd, make_root, make_user


@pytest.fixture
def city(clean_portal):
    root = make_root()
    walidata = make_opd("diskominfo", root, sd_peran_sdi="walidata")
    return {
        "root": root,
        "walidata": walidata,
        "unit": make_opd("uptd-data", walidata, kind="uptd"),
        "dinas": make_opd("dinas-lain", root),
    }


def officer(office, role=None, org=None):
    user = make_user(role, org)
    call_action("satudata_officer_create", user=user["name"], office=office)
    return user["name"]


def judged(user, city):
    names = ("walidata", "unit", "dinas")
    return {name for name in names if judges.may_judge(user, city[name]["id"])}


def test_the_walidata_judges_all_but_itself_and_its_units(city):
    steward = make_user("admin", city["root"])["name"]
    assert judged(steward, city) == {"dinas"}
    assert judges.judges_some(steward)
    assert judges.judged_elsewhere(city["unit"]["id"])
    assert not judges.judged_elsewhere(city["dinas"]["id"])


@pytest.mark.parametrize("office", sorted(judges.OFFICES))
def test_coordinator_and_data_steward_judge_the_walidata_alone(city, office):
    assert judged(officer(office), city) == {"walidata", "unit"}


@pytest.mark.parametrize("office", ["sekda", "kepala_daerah"])
def test_other_offices_judge_nothing(city, office):
    user = officer(office)
    assert judged(user, city) == set()
    assert not judges.judges_some(user)


@pytest.mark.parametrize("role", ["admin", "editor"])
@pytest.mark.parametrize("place", ["walidata", "unit", "root"])
def test_an_office_does_not_make_who_works_there_impartial(city, role, place):
    user = officer("koordinator", role, city[place])
    assert not judged(user, city) & {"walidata", "unit"}


def test_a_sysadmin_judges_the_walidata_unless_he_works_there(city):
    apart = make_user("sysadmin")
    inside = make_user("sysadmin")
    call_action(
        "member_create",
        id=city["walidata"]["id"],
        object=inside["id"],
        object_type="user",
        capacity="admin",
    )
    assert judged(apart["name"], city) == {"walidata", "unit", "dinas"}
    assert judged(inside["name"], city) == {"dinas"}


def test_editors_admins_and_visitors_judge_nothing(city):
    for user in (
        make_user("admin", city["dinas"])["name"],
        make_user("editor", city["dinas"])["name"],
        make_user()["name"],
        "",
        None,
    ):
        assert judged(user, city) == set()


def test_who_acts_for_an_opd_itself(city):
    unit, above = city["unit"]["id"], city["walidata"]
    inside = [make_user("editor", city["unit"]), make_user("admin", above)]
    outside = [
        make_user("editor", above),
        make_user("admin", city["root"]),
        make_user("admin", city["dinas"]),
        make_user("member", city["unit"]),
    ]
    assert all(judges.acts_inside(user["name"], unit) for user in inside)
    assert not any(judges.acts_inside(user["name"], unit) for user in outside)
    assert [judges.heads(user["name"], unit) for user in inside] == [False, True]
