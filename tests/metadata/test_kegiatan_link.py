"""A dataset names its activity, an activity its previous round: what may be chosen."""

from __future__ import annotations

import threading

import pytest
from ckan import model
from ckan.plugins import toolkit
from ckan.tests.helpers import call_action

from tests import factories

pytestmark = pytest.mark.usefixtures("clean_portal")


@pytest.fixture
def root():
    return factories.make_root()


@pytest.fixture
def org(root):
    return factories.make_opd("dinas-kesehatan", root)


@pytest.fixture
def other(root):
    return factories.make_opd("dinas-lain", root)


@pytest.fixture
def editor(org):
    return factories.make_user("editor", org)


def _kegiatan(org, title, **fields):
    """An activity, published unless ``private``."""
    return factories.make_dataset(org, type="kegiatan", title=title, **{"private": False, **fields})


def _as(user, action, **data):
    return call_action(action, {"user": user["name"], "ignore_auth": False}, **data)


def _dataset(user, org, **fields):
    return _as(user, "package_create", owner_org=org["id"], title="Data", **fields)


def _fault(user, org, reference):
    with pytest.raises(toolkit.ValidationError) as refused:
        _dataset(user, org, name="data", sd_kegiatan=reference)
    assert list(refused.value.error_dict) == ["sd_kegiatan"]
    return refused.value.error_dict["sd_kegiatan"][0]


def test_an_activity_is_named_by_id_or_name_and_stored_by_id(org, editor):
    made = _kegiatan(org, "Pendataan", private=True)
    by_name = _dataset(editor, org, name="satu", sd_kegiatan=made["name"])
    by_id = _dataset(editor, org, name="dua", sd_kegiatan=made["id"])
    assert by_name["sd_kegiatan"] == by_id["sd_kegiatan"] == made["id"]


def test_what_is_no_activity_that_the_user_may_read_is_refused(org, other, editor):
    hidden = _kegiatan(other, "Rahasia", private=True)
    gone = _kegiatan(org, "Dihapus")
    call_action("package_delete", id=gone["id"])
    unknown = _fault(editor, org, "tidak-ada")
    assert "tidak-ada" in unknown
    for reference in (hidden["id"], hidden["name"], gone["id"]):
        assert _fault(editor, org, reference) == unknown.replace("tidak-ada", reference)
    dataset = factories.make_dataset(org)
    assert "not a statistical activity" in _fault(editor, org, dataset["id"])


def test_a_published_activity_of_another_office_may_be_named(org, other, editor):
    made = _kegiatan(other, "Pendataan")
    assert _dataset(editor, org, name="data", sd_kegiatan=made["id"])["sd_kegiatan"] == made["id"]


def test_a_stored_link_stays_though_it_would_be_refused_today(org, other, editor):
    made = _kegiatan(other, "Pendataan")
    data = _dataset(editor, org, name="data", sd_kegiatan=made["id"])
    call_action("package_patch", id=made["id"], private=True)
    changed = _as(editor, "package_patch", id=data["id"], notes="Baru")
    assert changed["sd_kegiatan"] == made["id"]
    with pytest.raises(toolkit.ValidationError):
        _as(editor, "package_patch", id=data["id"], sd_kegiatan=made["name"])
    assert "sd_kegiatan" not in _as(editor, "package_patch", id=data["id"], sd_kegiatan="")


def test_rounds_make_no_ring(org, editor):
    first = _kegiatan(org, "Pendataan", name="putaran-1")
    second = _kegiatan(org, "Pendataan", name="putaran-2", sd_kegiatan_sebelumnya=first["id"])
    third = _kegiatan(org, "Pendataan", name="putaran-3", sd_kegiatan_sebelumnya=second["id"])
    for before in (first, second, third):
        with pytest.raises(toolkit.ValidationError) as refused:
            _as(editor, "package_patch", id=first["id"], sd_kegiatan_sebelumnya=before["id"])
        assert list(refused.value.error_dict) == ["sd_kegiatan_sebelumnya"]
    _as(editor, "package_patch", id=third["id"], sd_kegiatan_sebelumnya=first["id"])
    dataset = factories.make_dataset(org)
    with pytest.raises(toolkit.ValidationError):
        _as(editor, "package_patch", id=first["id"], sd_kegiatan_sebelumnya=dataset["id"])


def test_two_edits_at_once_cannot_make_a_ring_together(org):
    pair = [_kegiatan(org, "Pendataan", name=f"putaran-{number}") for number in (1, 2)]
    sysadmin = factories.make_user("sysadmin")
    start = threading.Barrier(2)
    saved, refused = [], []

    def link(own, before):
        try:
            start.wait(10)
            _as(sysadmin, "package_patch", id=own["id"], sd_kegiatan_sebelumnya=before["id"])
            saved.append(own["name"])
        except toolkit.ValidationError as error:
            refused.extend(error.error_dict)
        finally:
            model.Session.remove()

    edits = [threading.Thread(target=link, args=(pair[n], pair[1 - n])) for n in (0, 1)]
    for edit in edits:
        edit.start()
    for edit in edits:
        edit.join(60)
    model.Session.remove()
    stored = [model.Package.get(one["id"]).extras for one in pair]
    assert len(saved) == 1
    assert refused == ["sd_kegiatan_sebelumnya"]
    assert len([extras for extras in stored if "sd_kegiatan_sebelumnya" in extras]) == 1


def _choices(page, name="sd_kegiatan"):
    select = page.find(id=f"field-{name}")
    assert select.name == "select"
    groups = {
        group["label"]: [option.text for option in group.find_all("option")]
        for group in select.find_all("optgroup")
    }
    chosen = [
        option["value"] for option in select.find_all("option") if option.has_attr("selected")
    ]
    return groups, chosen


def test_the_form_offers_the_activities_of_the_users_offices_newest_first(
    org, other, editor, browser
):
    _kegiatan(org, "Lama", sd_tahun_kegiatan="2024", private=True)
    _kegiatan(org, "Baru", sd_tahun_kegiatan="2026", private=True)
    _kegiatan(other, "Orang lain", private=True)
    data = factories.make_dataset(org, name="data")
    offered = {org["title"]: ["Baru (2026)", "Lama (2024)"]}
    assert _choices(browser(editor["token"]).get("/dataset/new")) == (offered, [])
    assert _choices(browser(editor["token"]).get("/dataset/edit/data")) == (offered, [])
    sysadmin = browser(factories.make_user("sysadmin")["token"])
    groups, _ = _choices(sysadmin.get(f"/dataset/edit/{data['name']}"))
    assert list(groups) == [org["title"], other["title"]]


def test_the_form_keeps_a_link_to_an_activity_that_the_editor_cannot_see(
    org, other, editor, browser, stored
):
    made = _kegiatan(other, "Judul Rahasia")
    data = _dataset(editor, org, name="data", sd_kegiatan=made["id"])
    call_action("package_patch", id=made["id"], private=True)
    form = browser(editor["token"])
    page = form.get("/dataset/edit/data")
    assert _choices(page) == ({}, [made["id"]])
    assert "Judul Rahasia" not in page.text
    assert form.save("/dataset/edit/data").status_code == 302
    assert stored(data["id"])["package"]["extras"] == {"sd_kegiatan": made["id"]}


def test_the_page_links_to_the_activity_for_those_who_may_see_it(org, editor, browser, app):
    made = _kegiatan(org, "Judul Rahasia", name="pendataan", private=True)
    _dataset(editor, org, name="data", sd_kegiatan=made["id"], private=False)
    page = browser(editor["token"]).get("/dataset/data")
    assert page.find("a", href="/kegiatan/pendataan").text == "Judul Rahasia"
    visitor = app.get("/dataset/data").body
    assert "Judul Rahasia" not in visitor
    assert "pendataan" not in visitor
    assert "activity (not published)" in visitor
