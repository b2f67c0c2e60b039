"""Tree page, organisation pages and search by subtree, through the running app."""

from __future__ import annotations

import ckan.model as model
import pytest
import sqlalchemy as sa
from bs4 import BeautifulSoup
from ckan.lib import search
from ckan.tests.helpers import call_action

from ckanext.satudata.opd import jobs, queries
from tests.factories import make_dataset, make_opd, make_root, make_user

pytestmark = pytest.mark.usefixtures("clean_portal")


@pytest.fixture
def city():
    root = make_root(title="Kota Uji")
    health = make_opd("dinkes", root, title="Dinas Kesehatan")
    clinic = make_opd("puskesmas", health, kind="uptd", title="Puskesmas Satu")
    other = make_opd("disdik", root, title="Dinas Pendidikan")
    make_dataset(health)
    make_dataset(clinic)
    make_dataset(clinic, private=True, title="Rahasia")
    return {"root": root, "health": health, "clinic": clinic, "other": other}


def get(app, url, user=None, **options):
    headers = {"Authorization": user["token"]} if user else {}
    return app.get(url, headers=headers, **options)


def counts(user=None) -> dict[str, tuple[int, int]]:
    context = {"user": user["name"] if user else "", "ignore_auth": False}
    found = {}

    def walk(nodes):
        for node in nodes:
            found[node["name"]] = (node["own"], node["total"])
            walk(node["children"])

    walk(call_action("satudata_opd_tree", context))
    return found


def test_private_datasets_count_only_for_those_who_see_them(city):
    public = {"pemerintah-kota-uji": (0, 2), "dinkes": (1, 2), "puskesmas": (1, 1)}
    private = {"pemerintah-kota-uji": (0, 3), "dinkes": (1, 3), "puskesmas": (1 + 1, 2)}
    for user, expected in (
        (None, public),
        (make_user(), public),
        (make_user("admin", city["other"]), public),
        (make_user("editor", city["health"]), public),
        (make_user("admin", city["health"]), private),
        (make_user("member", city["clinic"]), private),
        (make_user("admin", city["root"]), private),
        (make_user("sysadmin"), private),
    ):
        seen = counts(user)
        assert {name: seen[name] for name in expected} == expected, user


def test_the_tree_page_shows_all_and_finds_one(app, city):
    page = BeautifulSoup(get(app, "/satudata/opd").body, "html.parser")
    links = [a["href"] for a in page.select(".satudata-tree a[href*='/organization/']")]
    assert [link.rsplit("/", 1)[1] for link in links] == [
        "pemerintah-kota-uji",
        "dinkes",
        "puskesmas",
        "disdik",
    ]
    found = BeautifulSoup(get(app, "/satudata/opd?q=puskes").body, "html.parser")
    tree = found.select_one(".satudata-tree").text
    assert "Puskesmas Satu" in tree
    assert "Dinas Kesehatan" in tree
    assert "Dinas Pendidikan" not in tree
    assert "Rahasia" not in page.text
    nothing = get(app, "/satudata/opd?q=%3Cscript%3E")
    assert '<script>"' not in nothing.body
    assert nothing.status_code == 200


def test_one_fq_filters_a_subtree_by_id(city):
    def found(org, **context):
        return call_action(
            "package_search", {"ignore_auth": False, **context}, fq=f"vocab_sd_opd:{org['id']}"
        )["count"]

    assert [found(city[key]) for key in ("root", "health", "clinic", "other")] == [2, 2, 1, 0]


def test_the_dataset_page_filters_by_organisation_with_units(app, city):
    found = get(app, f"/dataset/?vocab_sd_opd={city['health']['id']}")
    page = BeautifulSoup(found.body, "html.parser")
    assert "2 datasets found" in page.select_one("h1").text
    pill = page.select_one(".filter-list").get_text(" ", strip=True)
    assert pill.startswith("Organisation with its units: Dinas Kesehatan")


def test_a_move_is_told_and_one_job_indexes_the_subtree(app, city):
    call_action("organization_patch", id=city["health"]["id"], groups=[{"name": "disdik"}])
    assert "being indexed again" in get(app, "/satudata/opd").body
    queued = [job for job in call_action("job_list") if "moved" in (job["title"] or "")]
    assert len(queued) == 1
    assert jobs.reindex_subtree() == 3
    assert "being indexed again" not in get(app, "/satudata/opd").body
    below = f"vocab_sd_opd:{city['other']['id']}"
    assert call_action("package_search", {"ignore_auth": False}, fq=below)["count"] == 2
    assert jobs.reindex_subtree() == 0


def test_a_rename_moves_nothing(city):
    call_action("organization_patch", id=city["health"]["id"], name="dinas-sehat", title="Baru")
    stale = model.Session.execute(
        sa.text("SELECT count(*) FROM satudata_opd WHERE index_stale_since IS NOT NULL")
    ).scalar()
    assert stale == 0


def test_the_organisation_page_names_its_ancestors(app, city):
    page = BeautifulSoup(get(app, "/organization/puskesmas").body, "html.parser")
    crumbs = [li.get_text(strip=True) for li in page.select(".breadcrumb li")]
    assert crumbs[-3:] == ["Kota Uji", "Dinas Kesehatan", "Puskesmas Satu"]


def test_the_form_offers_allowed_parents_and_saves_the_choice(app, city):
    walidata = make_user("admin", city["root"])
    form = BeautifulSoup(get(app, "/organization/edit/puskesmas", walidata).body, "html.parser")
    select = form.select_one("select[name=groups__0__name]")
    options = {option["value"] for option in select.select("option")}
    assert options == {"", "pemerintah-kota-uji", "dinkes", "disdik"}
    assert select.select_one("option[selected]")["value"] == "dinkes"
    app.post(
        "/organization/edit/puskesmas",
        headers={"Authorization": walidata["token"]},
        data={
            "name": "puskesmas",
            "title": "Puskesmas Satu",
            "sd_jenis_opd": "uptd",
            "groups__0__name": "disdik",
            "save": "",
        },
        follow_redirects=False,
    )
    assert queries.path(city["clinic"]["id"])[-2] == city["other"]["id"]


def test_an_opd_admin_sees_the_parent_but_cannot_change_it(app, city):
    admin = make_user("admin", city["health"])
    form = BeautifulSoup(get(app, "/organization/edit/dinkes", admin).body, "html.parser")
    select = form.select_one("select[name=groups__0__name]")
    assert select.has_attr("disabled")
    assert select.select_one("option[selected]").text == "Kota Uji"
    below = BeautifulSoup(get(app, "/organization/edit/puskesmas", admin).body, "html.parser")
    assert not below.select_one("select[name=groups__0__name]").has_attr("disabled")


def test_the_roles_page_is_the_walidatas(app, city):
    walidata, admin = make_user("admin", city["root"]), make_user("admin", city["health"])
    bps = make_user(fullname="Badan Pusat Statistik")
    for user in (None, admin):
        assert get(app, "/satudata/peran", user, follow_redirects=False).status_code in (302, 403)
    headers = {"Authorization": walidata["token"]}
    done = app.post(
        "/satudata/peran", headers=headers, data={"user": bps["name"], "office": "pembina_data"}
    )
    assert "Badan Pusat Statistik" in done.body
    app.post(
        "/satudata/peran/hapus",
        headers=headers,
        data={"user": bps["id"], "office": "pembina_data"},
    )
    assert "Badan Pusat Statistik" not in get(app, "/satudata/peran", walidata).body
    refused = app.post(
        "/satudata/peran",
        headers={"Authorization": admin["token"]},
        data={"user": bps["name"], "office": "sekda"},
        follow_redirects=False,
    )
    assert refused.status_code == 403
    assert not call_action("satudata_officer_list")


def test_an_index_without_the_tree_still_works(city):
    model.Session.execute(sa.text("DELETE FROM satudata_opd"))
    model.Session.commit()
    search.rebuild()
    search.commit()
    own = f"vocab_sd_opd:{city['clinic']['id']}"
    assert call_action("package_search", {"ignore_auth": False}, fq=own)["count"] == 1
