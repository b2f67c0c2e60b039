"""The person in charge of an activity is known to those who may, and stored in one place."""

from __future__ import annotations

import json
import logging

import pytest
import requests
import sqlalchemy as sa
from ckan import model
from ckan.plugins import toolkit
from ckan.tests.helpers import call_action

from ckanext.satudata.metadata import contact
from tests import factories

pytestmark = pytest.mark.usefixtures("clean_portal")

PERSON = {
    "sd_pj_nama": "Siti Rahasiawati",
    "sd_pj_jabatan": "Kepala Bidang Xyzzy",
    "sd_pj_alamat": "Jalan Tersembunyi 17",
    "sd_pj_telepon": "(0561) 987654",
    "sd_pj_faksimile": "0561-555777",
    "sd_pj_email": "siti.rahasia@contoh.go.id",
}
SECRETS = tuple(PERSON.values())
EMPTY = dict.fromkeys(PERSON, "")


@pytest.fixture
def org():
    return factories.make_opd("dinas-kesehatan", factories.make_root())


@pytest.fixture
def editor(org):
    return factories.make_user("editor", org)


def _make(org, user, **fields):
    fields = {"name": "survei", "title": "Survei Kesehatan", "private": False, **fields}
    return _as(user, "package_create", type="kegiatan", owner_org=org["id"], **fields)


def _as(user, action, **data):
    return call_action(action, {"user": user["name"], "ignore_auth": False}, **data)


def _stored(package_id):
    model.Session.rollback()
    return contact.read([package_id]).get(package_id)


def _rows():
    return model.Session.scalar(sa.text("SELECT count(*) FROM satudata_contact"))


def test_what_is_given_with_the_activity_is_stored_in_its_own_table_alone(org, editor):
    made = _make(org, editor, **PERSON)
    assert _stored(made["id"]) == PERSON
    assert _as(editor, "satudata_contact_show", id="survei") == PERSON
    changed_by = sa.text("SELECT changed_by FROM satudata_contact")
    assert model.Session.scalar(changed_by) == editor["id"]


@pytest.fixture
def indexed():
    """The text of everything in the search index."""

    def read():
        url = toolkit.config["solr_url"]
        return requests.get(f"{url}/select", params={"q": "*:*", "fl": "*", "rows": 1000}).text

    return read


def _everything_in_the_database() -> str:
    """Text of all rows of all tables but the one that may hold personal data."""
    inspector = sa.inspect(model.Session.connection())
    held = []
    for table in inspector.get_table_names():
        if table != "satudata_contact":
            row = sa.cast(sa.func.to_jsonb(sa.literal_column("t")), sa.Text)
            held += model.Session.scalars(sa.select(row).select_from(sa.table(table).alias("t")))
    return "\n".join(held)


def test_it_is_nowhere_else_whoever_asks(org, editor, indexed, app, caplog, monkeypatch):
    caplog.set_level(logging.INFO)
    made = _make(org, editor, **PERSON)
    _as(editor, "package_patch", id=made["id"], notes="Baru", sd_pj_nama="Siti Rahasiawati II")
    _as(editor, "package_revise", match={"id": made["id"]}, update={"sd_pj_jabatan": "Xyzzy dua"})
    factories.make_dataset(org, sd_kegiatan=made["id"])
    assert _stored(made["id"])["sd_pj_nama"] == "Siti Rahasiawati II"
    model.Session.rollback()

    answers = [_everything_in_the_database(), indexed(), caplog.text]
    readers = [{"name": ""}, editor, factories.make_user("sysadmin")]
    for reader in readers:
        for context in ({}, {"for_update": True}, {"for_edit": True}, {"use_cache": False}):
            shown = call_action(
                "package_show",
                {"user": reader["name"], "ignore_auth": False, **context},
                id=made["id"],
            )
            answers.append(json.dumps(shown))
        found = _as(reader, "package_search", fq="dataset_type:kegiatan", include_private=True)
        assert found["count"] == 1
        answers.append(json.dumps(found))
        headers = {"Authorization": reader["token"]} if "token" in reader else {}
        for path in ("/api/3/action/package_show?id=survei", "/api/3/action/package_list"):
            answers.append(app.get(path, headers=headers).body)
    visitor = app.get("/kegiatan/survei")
    answers += [visitor.body, app.get("/feeds/dataset.atom").body]
    for answer in answers:
        assert not [secret for secret in (*SECRETS, "Xyzzy dua") if secret in answer]


def test_smuggled_keys_are_taken_wherever_they_stand(org, editor):
    resource = {"url": "http://example.com/a", "sd_pj_nama": "Siti", " SD_PJ_email ": "a@b.id"}
    made = factories.make_dataset(
        org,
        resources=[resource],
        extras=[{"key": "sd_pj_nama", "value": "Siti"}, {"key": "lain", "value": "ada"}],
        sd_pj_alamat="Jalan",
    )
    model.Session.expire_all()
    package = model.Package.get(made["id"])
    assert package.extras == {"lain": "ada"}
    assert not [key for key in package.resources[0].extras if "pj_" in key.lower()]
    assert _rows() == 0

    _make(org, editor, extras=[{"key": "sd_pj_nama", "value": "Siti"}])
    assert _stored(model.Package.get("survei").id) == {**EMPTY, "sd_pj_nama": "Siti"}


def test_what_is_not_given_stays_and_what_is_given_empty_is_cleared(org, editor):
    made = _make(org, editor, **PERSON)
    _as(editor, "package_patch", id=made["id"], notes="Catatan")
    full = _as(editor, "package_show", id=made["id"])
    _as(editor, "package_update", **{**full, "title": "Lain"})
    assert _stored(made["id"]) == PERSON
    _as(editor, "package_patch", id=made["id"], sd_pj_faksimile="", sd_pj_nama=" Budi ")
    assert _stored(made["id"]) == {**PERSON, "sd_pj_faksimile": "", "sd_pj_nama": "Budi"}
    _as(editor, "package_patch", id=made["id"], **EMPTY)
    assert _stored(made["id"]) is None


def test_a_refused_save_saves_nothing_and_tells_all_faults_together(org, editor):
    wrong = {**PERSON, "sd_pj_email": "bukan surel", "sd_pj_telepon": "rahasia", "name": "a b"}
    with pytest.raises(toolkit.ValidationError) as refused:
        _make(org, editor, **wrong)
    assert set(refused.value.error_dict) == {"sd_pj_email", "sd_pj_telepon", "name"}
    assert "bukan surel" not in str(refused.value.error_dict)
    assert _rows() == 0

    made = _make(org, editor, **PERSON)
    with pytest.raises(toolkit.ValidationError) as refused:
        _as(editor, "package_patch", id=made["id"], name="a b", sd_pj_nama="Budi")
    assert set(refused.value.error_dict) == {"name"}
    with pytest.raises(toolkit.ValidationError):
        _as(editor, "package_patch", id=made["id"], sd_pj_email="bukan surel")
    with pytest.raises(toolkit.ValidationError):
        _as(editor, "package_patch", id=made["id"], sd_pj_nama=["Budi"], title="Lain")
    with pytest.raises(toolkit.NotAuthorized):
        _as(factories.make_user(), "package_patch", id=made["id"], sd_pj_nama="Budi")
    model.Session.commit()
    assert _stored(made["id"]) == PERSON
    assert model.Package.get(made["id"]).title == "Survei Kesehatan"


def test_it_is_saved_with_the_transaction_of_the_dataset(org, editor):
    made = _make(org, editor, **PERSON)
    later = {"user": editor["name"], "ignore_auth": False, "defer_commit": True}
    later["return_id_only"] = True
    call_action("package_patch", dict(later), id=made["id"], title="Lain", sd_pj_nama="Budi")
    model.Session.rollback()
    assert _stored(made["id"]) == PERSON
    call_action("package_patch", dict(later), id=made["id"], title="Lain", sd_pj_nama="Budi")
    model.Session.commit()
    assert _stored(made["id"])["sd_pj_nama"] == "Budi"
    assert model.Package.get(made["id"]).title == "Lain"


def test_the_form_saves_it_and_gives_back_what_was_typed(org, editor, browser, app):
    headers = {"Authorization": editor["token"]}
    form = {"title": "Survei", "name": "survei", "owner_org": org["id"], "save": "", **PERSON}
    wrong = {**form, "sd_pj_email": "bukan surel"}
    page = app.post("/kegiatan/new", data=wrong, headers=headers, follow_redirects=False)
    assert page.status_code == 200
    assert _rows() == 0
    assert "Jalan Tersembunyi 17" in page.body
    page = app.post("/kegiatan/new", data=form, headers=headers, follow_redirects=False)
    assert page.status_code == 302
    assert _stored(model.Package.get("survei").id) == PERSON
    shown = browser(editor["token"]).get("/kegiatan/edit/survei")
    assert shown.find(attrs={"name": "sd_pj_nama"})["value"] == PERSON["sd_pj_nama"]


def test_own_actions_read_and_write_it(org, editor):
    made = _make(org, editor)
    assert _as(editor, "satudata_contact_show", id=made["id"]) == EMPTY
    shown = _as(editor, "satudata_contact_update", id="survei", **PERSON)
    assert shown == PERSON == _stored(made["id"])
    with pytest.raises(toolkit.ValidationError) as refused:
        _as(editor, "satudata_contact_update", id="survei", sd_pj_email="salah")
    assert list(refused.value.error_dict) == ["sd_pj_email"]
    dataset = factories.make_dataset(org)
    for action in ("satudata_contact_show", "satudata_contact_update"):
        with pytest.raises(toolkit.ObjectNotFound):
            _as(editor, action, id=dataset["id"])


def test_the_data_steward_sees_it_of_what_he_may_read(org, editor):
    made = _make(org, editor, **PERSON, private=True)
    steward, sekda = factories.make_user(), factories.make_user()
    call_action("satudata_officer_create", user=steward["name"], office="pembina_data")
    call_action("satudata_officer_create", user=sekda["name"], office="sekda")
    with pytest.raises(toolkit.NotAuthorized):
        _as(steward, "satudata_contact_show", id=made["id"])
    _as(editor, "package_patch", id=made["id"], private=False)
    assert _as(steward, "satudata_contact_show", id=made["id"]) == PERSON
    for reader in (sekda, factories.make_user("member", org), {"name": ""}):
        with pytest.raises(toolkit.NotAuthorized):
            _as(reader, "satudata_contact_show", id=made["id"])
    with pytest.raises(toolkit.NotAuthorized):
        _as(steward, "satudata_contact_update", id=made["id"], sd_pj_nama="Budi")


def test_a_purge_leaves_nothing_behind(org, editor):
    made = _make(org, editor, **PERSON)
    _as(editor, "package_delete", id=made["id"])
    assert _stored(made["id"]) == PERSON
    call_action("dataset_purge", id=made["id"])
    model.Session.rollback()
    assert _rows() == 0
