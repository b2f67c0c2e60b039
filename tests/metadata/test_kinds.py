"""Activities (kegiatan) and governance papers (dokumen): private at first, never among datasets."""

from __future__ import annotations

import json
from urllib.parse import urlencode

import ckan.model as model
import pytest
import sqlalchemy as sa
from bs4 import BeautifulSoup
from ckan.plugins import toolkit
from ckan.tests import factories
from ckan.tests.helpers import call_action

from ckanext.satudata.metadata import kinds
from tests.factories import make_dataset, make_opd, make_root, make_user

pytestmark = pytest.mark.usefixtures("clean_portal")

WORD = "penduduk"
OURS = ("zz-keg-terbit", "zz-keg-privat", "zz-dok-terbit", "zz-dok-privat")
DATASET, FOREIGN = "zz-data-terbit", "zz-asing-terbit"


def make(org: dict, kind: str, name: str, by: dict | None = None, **fields) -> dict:
    """A package of a type; private is named only where a test names it."""
    by = by or make_user("sysadmin")
    return call_action(
        "package_create",
        {"user": by["name"], "ignore_auth": False},
        type=kind,
        name=name,
        title=f"{WORD} kegiatan {name}",
        owner_org=org["id"],
        **fields,
    )


@pytest.fixture
def opd() -> dict:
    return make_opd("disdukcapil", make_root())


@pytest.fixture
def portal(opd) -> dict[str, str]:
    """Everything that could show up, in one OPD; gives the tokens of its readers."""
    editor = make_user("editor", opd)
    for name in OURS:
        kind = "kegiatan" if "keg" in name else "dokumen"
        make(opd, kind, name, by=editor, private="privat" in name)
    make_dataset(opd, name=DATASET, title=f"{WORD} kegiatan")
    return {
        "": "",
        "editor": editor["token"],
        "other": make_user("editor", make_opd("lain", {"name": "pemerintah-kota-uji"}))["token"],
        "walidata": make_user("admin", {"id": model.Group.get("pemerintah-kota-uji").id})["token"],
        "sysadmin": make_user("sysadmin")["token"],
    }


@pytest.mark.parametrize(
    ("said", "private"),
    [("", True), ([], True), ("entah", True), ("ya", True), ("true", True), (True, True),
     ("False", False), (False, False), (0, False)],
)  # fmt: skip
def test_only_plain_words_publish(opd, said, private):
    assert make(opd, "kegiatan", "zz-keg", private=said)["private"] is private


SEARCHES = (
    {},
    {"q": WORD},
    {"q": f"{WORD} kegiatan"},
    {"q": f"title:{WORD}"},
    {"fq": "-dataset_type:harvest"},
    {"fq": "state:active"},
    {"fq": "license_id:[* TO *] OR title:*"},
    # what ckanext-harvest's CKANHarvester asks
    {"rows": "100", "start": "0", "sort": "id asc"},
    {"sort": "id asc", "fq": "metadata_modified:[2020-01-01T00:00:00Z TO *]"},
    {"sort": "id asc", "fq": "organization:disdukcapil"},
    {"sort": "id asc", "fq": "-organization:lain -groups:lain"},
)


API_DOORS = (
    *(f"package_search?{urlencode({**search, **more})}" for search in SEARCHES
      for more in ({}, {"include_private": True, "include_drafts": True})),
    "package_list",
    "package_list?limit=3",
    f"package_autocomplete?q={WORD}&limit=2",
    "current_package_list_with_resources",
    "organization_show?id=disdukcapil&include_datasets=true",
)  # fmt: skip

PAGES = (
    "/",
    "/dataset/",
    f"/dataset/?q={WORD}",
    "/organization/disdukcapil",
    f"/api/2/util/dataset/autocomplete?incomplete={WORD}",
    "/feeds/dataset.atom",
    "/feeds/organization/disdukcapil.atom",
    f"/feeds/custom.atom?q={WORD}",
)


def ask(app, address: str, token: str) -> str:
    answer = app.get(address, headers={"Authorization": token} if token else {})
    assert answer.status_code == 200, (address, answer.body)
    return answer.body


def names_in(body: str) -> set[str]:
    return {name for name in (*OURS, DATASET, FOREIGN) if name in body}


def test_no_answer_of_the_api_that_means_datasets_has_them_and_other_types_stay(app, portal, opd):
    make(opd, "pameran", FOREIGN)
    wrong = []
    for user, token in portal.items():
        for door in API_DOORS:
            found = names_in(ask(app, f"/api/3/action/{door}", token))
            if found != {DATASET, FOREIGN}:
                wrong.append((user, door, found))
    assert not wrong


def test_no_page_or_feed_of_datasets_shows_them(app, portal):
    wrong = []
    for user, token in portal.items():
        for address in PAGES:
            found = names_in(ask(app, address, token))
            if found != {DATASET}:
                wrong.append((user, address, found))
    assert not wrong


def test_the_editors_own_lists_show_datasets_alone(app, portal):
    editor = {"Authorization": portal["editor"]}
    me = model.Session.query(model.Package).filter_by(name=OURS[0]).one().creator_user_id
    for address in (
        "/dashboard/datasets",
        f"/user/{me}",
        f"/api/3/action/user_show?id={me}&include_datasets=true",
    ):
        body = app.get(address, headers=editor).body
        assert not [name for name in OURS if name in body], address
    admin = {"Authorization": portal["walidata"]}
    page = app.get("/organization/bulk_process/disdukcapil", headers=admin)
    assert DATASET in page.body
    assert not [name for name in OURS if name in page.body]


def test_numbers_of_datasets_do_not_count_them(portal, opd):
    group = factories.Group(name="tema")
    for name in (*OURS, DATASET):
        call_action("member_create", id=group["id"], object=name, object_type="package",
                    capacity="public")  # fmt: skip
        call_action("package_patch", id=name, title="lain")  # core indexes the group only now
    for action, name in (("organization_list", opd["name"]), ("group_list", group["name"])):
        for context in ({"ignore_auth": True}, {"ignore_auth": False, "user": ""}):
            listed = call_action(action, dict(context), all_fields=True)
            counts = {one["name"]: one["package_count"] for one in listed}
            assert counts[name] == 1, (action, context)
        assert name in call_action(action)
    for action in ("organization_show", "group_show"):
        name = opd["id"] if action == "organization_show" else group["id"]
        assert call_action(action, id=name)["package_count"] == 1
    assert call_action("package_search", rows=0)["count"] == 1
    fields = ["organization", "dataset_type"]
    facets = call_action("package_search", rows=0, **{"facet.field": fields})["facets"]
    assert facets == {"organization": {"disdukcapil": 1}, "dataset_type": {"dataset": 1}}
    me = model.Package.get(OURS[0]).creator_user_id
    assert call_action("user_show", id=me)["number_created_packages"] == 0
    tree = call_action("satudata_opd_tree", {"ignore_auth": True, "user": ""})
    assert tree[0]["total"] == 1


def test_neither_the_record_of_deliveries_nor_the_harvest_view_takes_them(portal, opd):
    (recorded,) = model.Session.execute(sa.text("SELECT package_id FROM satudata_package_fact"))
    assert recorded == (model.Package.get(DATASET).id,)
    found = call_action("package_search", fq="dataset_type:*", include_private=True)["results"]
    derived = {one["name"]: any(row["key"].startswith("sdi_") for row in one.get("extras", ()))
               for one in found}  # fmt: skip
    assert derived == {**dict.fromkeys(OURS, False), DATASET: True}


def test_pages_of_package_list_are_full_and_in_order(portal, opd):
    for number in range(5):
        make_dataset(opd, name=f"zz-l-{number}")
    whole = call_action("package_list")
    assert whole == sorted([DATASET, *(f"zz-l-{number}" for number in range(5))])
    pages = [call_action("package_list", limit=3, offset=start) for start in (0, 3, 6)]
    assert [len(page) for page in pages] == [3, 3, 0]
    assert [name for page in pages for name in page] == whole
    with pytest.raises(toolkit.ValidationError):
        call_action("package_list", limit="tiga")


def test_suggestions_are_as_many_as_asked_for_whatever_comes_before_them(portal, opd):
    make(opd, "pameran", FOREIGN)
    for number in range(7):
        make(opd, "kegiatan", f"{WORD}-{number}", private=False)
    found = call_action("package_autocomplete", q=WORD, limit=2)
    assert {one["name"] for one in found} == {DATASET, FOREIGN}
    assert call_action("package_autocomplete", q=WORD, limit=0) == []


def test_who_names_the_type_finds_what_he_may_read(app, portal):
    public, private = {"zz-keg-terbit"}, {"zz-keg-terbit", "zz-keg-privat"}
    seen = {
        "": public,
        "editor": private,
        "other": public,
        "walidata": private,
        "sysadmin": private,
    }
    for user, token in portal.items():
        headers = {"Authorization": token} if token else {}
        for fq in ("dataset_type:kegiatan", "+dataset_type:(harvest OR kegiatan)"):
            answer = app.get(
                "/api/3/action/package_search",
                query_string={"fq": fq, "include_private": True},
                headers=headers,
            )
            results = json.loads(answer.body)["result"]["results"]
            assert {one["name"] for one in results} == seen[user], (user, fq)
        page = BeautifulSoup(app.get("/kegiatan/", headers=headers).body, "html.parser")
        links = {a["href"].rsplit("/", 1)[1] for a in page.select(".dataset-heading a")}
        assert links == seen[user], user
        for name in ("zz-keg-privat", "zz-dok-privat"):
            may = "zz-keg-privat" in seen[user]
            shown = app.get(f"/api/3/action/package_show?id={name}", headers=headers)
            assert (shown.status_code == 200) is may, (user, name)


@pytest.mark.parametrize(
    "fq",
    [
        "dataset_type:*",
        "dataset_type:[* TO *]",
        'dataset_type:"dokumen"',
        "id:{id}",
        "owner_org:x OR id:({id})",
    ],
)
def test_who_names_all_types_or_the_id_finds_it(portal, fq):
    package = model.Package.get("zz-dok-terbit")
    found = call_action("package_search", fq=fq.format(id=package.id))
    assert package.name in {one["name"] for one in found["results"]}


@pytest.mark.parametrize(
    "fq",
    [
        "dataset_type:dataset",
        "-dataset_type:dataset",
        "-dataset_type:kegiatan",
        "-id:abc",
        "NOT id:abc",
        "id:*",
        "id:[* TO *]",
        "license_id:x OR site_id:*",
        "owner_org:* title:kegiatan",
    ],
)
def test_other_queries_do_not_find_papers(portal, fq):
    found = call_action("package_search", fq=fq)
    assert not [one["name"] for one in found["results"] if one["type"] == "dokumen"]


@pytest.mark.ckan_config("ckan.search.remove_deleted_packages", False)
def test_a_sysadmin_finds_them_in_the_trash(portal):
    call_action("package_delete", id="zz-keg-terbit")
    found = call_action("package_search", fq="+state:deleted", include_private=True)
    assert [one["name"] for one in found["results"]] == ["zz-keg-terbit"]


def test_filters_of_the_caller_stay(portal):
    search = {"q": "a", "fq": "b", "fq_list": ["c"]}
    changed = kinds.leave_out_of_search(dict(search))
    assert changed["fq"] == "b"
    assert changed["fq_list"] == ["c", "-dataset_type:(kegiatan OR dokumen)"]


@pytest.mark.parametrize("kind", kinds.KINDS)
def test_private_unless_the_caller_says_otherwise(opd, kind):
    assert make(opd, kind, "satu")["private"] is True
    assert make(opd, kind, "dua", private="")["private"] is True
    assert make(opd, kind, "tiga", private=None)["private"] is True
    public = make(opd, kind, "empat", private=False)
    assert public["private"] is False
    whole = {key: value for key, value in public.items() if key != "private"}
    assert call_action("package_update", **{**whole, "notes": "lain"})["private"] is False
    assert call_action("package_patch", id="satu", title="Lain")["private"] is True
    assert make(opd, "dataset", "lima")["private"] is False


@pytest.mark.parametrize("kind", kinds.KINDS)
def test_an_editor_publishes_and_takes_back_in_the_form(opd, browser, kind):
    page = browser(make_user("editor", opd)["token"])
    assert dict(page.form(f"/{kind}/new"))["private"] == "True"
    page.save(f"/{kind}/new", title="Satu", name="satu", owner_org=opd["id"])
    assert model.Package.get("satu").private is True
    call_action("package_patch", id="satu", state="active")
    for value in ("False", "True"):
        page.save(f"/{kind}/edit/satu", private=value)
        model.Session.expire_all()
        assert model.Package.get("satu").private is (value == "True")


@pytest.mark.parametrize(
    ("kind", "plural", "add"),
    [
        ("kegiatan", "Statistical activities", "Add statistical activity"),
        ("dokumen", "Governance papers", "Add paper"),
    ],
)
def test_pages_speak_of_activities_and_papers_not_of_datasets(app, opd, kind, plural, add):
    make(opd, kind, "satu", private=False)
    token = make_user("editor", opd)["token"]
    for address in (f"/{kind}/", f"/{kind}/satu", f"/{kind}/new", f"/{kind}/edit/satu"):
        body = app.get(address, headers={"Authorization": token}).body
        page = BeautifulSoup(body, "html.parser")
        named = page.select("title, .breadcrumb, .nav-tabs, h1, .stages, .form-actions button")
        said = " ".join(part.get_text(" ", strip=True) for part in named).lower()
        assert "dataset" not in said, (address, said)
        assert kind not in said.replace(f"{kind} satu", ""), (address, said)
    listed = app.get(f"/{kind}/", headers={"Authorization": token}).body
    assert plural in listed
    assert add in listed
    assert "1 " in BeautifulSoup(listed, "html.parser").select_one("form.search-form h1").text
