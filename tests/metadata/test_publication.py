"""A portal may ask for complete metadata before a dataset is made public."""

from __future__ import annotations

import pytest
from ckan.plugins import toolkit
from ckan.tests.helpers import call_action

from tests import factories
from tests.metadata.conftest import Browser

OPTION = "ckanext.satudata.min_completeness_public"

pytestmark = [pytest.mark.usefixtures("clean_portal"), pytest.mark.ckan_config(OPTION, 80)]


@pytest.fixture
def opd():
    return factories.make_opd("dinas-uji", factories.make_root())


@pytest.fixture
def editor(opd):
    return factories.make_user("editor", opd)


def _as(user, action, **data):
    return toolkit.get_action(action)({"user": user["name"]}, data)


def _private(opd, **fields):
    return factories.make_dataset(opd, private=True, **fields)


def test_a_bare_dataset_cannot_be_made_public(opd, editor):
    dataset = _private(opd)
    with pytest.raises(toolkit.ValidationError) as refused:
        _as(editor, "package_patch", id=dataset["id"], private=False)
    message = refused.value.error_dict["private"][0]
    assert "80%" in message
    assert "Description" not in message or "…" in message
    assert call_action("package_show", id=dataset["id"])["private"]


@pytest.mark.parametrize("said", [{"type": "kegiatan"}, {"private": "entah"}, {"private": []}])
def test_nor_by_words_that_mean_something_else(opd, editor, said):
    dataset = _private(opd)
    with pytest.raises(toolkit.ValidationError):
        _as(editor, "package_patch", id=dataset["id"], **{"private": False, **said})
    assert call_action("package_show", id=dataset["id"])["private"]


def test_nor_by_the_list_of_its_organisation(opd):
    dataset, admin = _private(opd), factories.make_user("admin", opd)
    with pytest.raises(toolkit.ValidationError):
        _as(admin, "bulk_update_public", datasets=[dataset["id"]], org_id=opd["id"])
    assert call_action("package_show", id=dataset["id"])["private"]


def test_a_complete_one_can(opd, editor):
    dataset = _private(opd, **factories.complete(opd))
    assert not _as(editor, "package_patch", id=dataset["id"], private=False)["private"]


def test_a_public_one_may_be_edited_and_a_private_one_kept(opd, editor):
    public, private = factories.make_dataset(opd), _private(opd)
    assert _as(editor, "package_patch", id=public["id"], notes="Baru")["notes"] == "Baru"
    assert _as(editor, "package_patch", id=private["id"], notes="Baru")["notes"] == "Baru"


def test_the_form_says_so_at_once_and_keeps_what_was_typed(opd, editor, app):
    browser = Browser(app, editor["token"])
    page = browser.save(
        "/dataset/new", title="Jumlah Siswa", owner_org=opd["id"], private="False", notes="Isi"
    )
    assert page.status_code == 200
    assert "80%" in page.body
    assert "Jumlah Siswa" in page.body
    saved = browser.save("/dataset/new", title="Jumlah Siswa", owner_org=opd["id"], private="True")
    assert saved.status_code == 302


def test_activities_and_harvests_are_not_asked(opd, editor):
    made = _as(editor, "package_create", type="kegiatan", title="Survei", owner_org=opd["id"])
    assert not _as(editor, "package_patch", id=made["id"], private=False)["private"]
    context = {"user": editor["name"], "ignore_auth": True}
    data = {"name": "dari-portal-lain", "owner_org": opd["id"], "private": False}
    assert not toolkit.get_action("package_create")(context, data)["private"]
