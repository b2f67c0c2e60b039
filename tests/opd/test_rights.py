"""Who may what: the vocabulary, the offices, the aliases."""

from __future__ import annotations

import pytest
from ckan.plugins import toolkit
from ckan.tests.helpers import call_action

from ckanext.satudata.opd import aliases, permissions, queries
from tests.factories import make_opd, make_root, make_user

pytestmark = pytest.mark.usefixtures("clean_portal")

# manages, reads_reports, reads_opd(dinas), edits_opd(dinas), reads_opd(uptd), edits_opd(uptd)
EXPECTED = {
    ("sysadmin", None): (1, 1, 1, 1, 1, 1),
    ("admin", "root"): (1, 1, 1, 1, 1, 1),
    ("editor", "root"): (0, 0, 1, 0, 1, 0),
    ("admin", "dinas"): (0, 0, 1, 1, 1, 1),
    ("editor", "dinas"): (0, 0, 1, 1, 1, 0),
    ("member", "dinas"): (0, 0, 0, 0, 0, 0),
    ("editor", "uptd"): (0, 0, 0, 0, 1, 1),
    ("admin", "lain"): (0, 0, 0, 0, 0, 0),
    (None, None): (0, 0, 0, 0, 0, 0),
}


def test_the_vocabulary():
    root = make_root()
    orgs = {"root": root, "dinas": make_opd("dinas", root), "lain": make_opd("lain", root)}
    orgs["uptd"] = make_opd("uptd", orgs["dinas"], kind="uptd")

    def rights(user):
        dinas, uptd = orgs["dinas"]["id"], orgs["uptd"]["id"]
        return (
            permissions.manages(user),
            permissions.reads_reports(user),
            permissions.reads_opd(user, dinas),
            permissions.edits_opd(user, dinas),
            permissions.reads_opd(user, uptd),
            permissions.edits_opd(user, uptd),
        )

    for (role, name), expected in EXPECTED.items():
        user = make_user(role, orgs.get(name))
        assert rights(user["id"]) == rights(user["name"]) == tuple(map(bool, expected)), role
    officer = make_user()
    call_action("satudata_officer_create", user=officer["name"], office="sekda")
    assert rights(officer["id"]) == (False, True, True, False, True, False)
    for nobody in (None, "", "tidak-ada"):
        assert not any(rights(nobody))
    call_action("user_delete", id=officer["id"])
    assert not any(rights(officer["id"]))


def test_without_a_single_top_nobody_but_sysadmins_manages():
    one, _two = make_opd("satu"), make_opd("dua")
    user = make_user("admin", one)
    assert queries.root_id() is None
    assert not permissions.manages(user["id"])


def test_the_option_names_the_root(ckan_config, monkeypatch):
    one, two = make_opd("satu"), make_opd("dua")
    for reference in (two["name"], two["id"]):
        monkeypatch.setitem(ckan_config, "ckanext.satudata.root_organization", reference)
        assert permissions.manages(make_user("admin", two)["id"])
        assert not permissions.manages(make_user("admin", one)["id"])


def test_only_the_walidata_gives_offices():
    root = make_root()
    walidata, admin = make_user("admin", root), make_user("admin", make_opd("dinas", root))
    bps = make_user()

    def act(actor, name, **data):
        return call_action(name, {"user": actor["name"], "ignore_auth": False}, **data)

    data = {"user": bps["id"], "office": "pembina_data"}
    for name in ("satudata_officer_create", "satudata_officer_delete"):
        with pytest.raises(toolkit.NotAuthorized):
            act(admin, name, **data)
    with pytest.raises(toolkit.NotAuthorized):
        act(admin, "satudata_officer_list")
    assert act(walidata, "satudata_officer_create", **data)["created"]
    assert not act(walidata, "satudata_officer_create", **data)["created"]
    assert [row["name"] for row in act(walidata, "satudata_officer_list")] == [bps["name"]]
    with pytest.raises(toolkit.ValidationError):
        act(walidata, "satudata_officer_create", user=bps["id"], office="raja")
    act(walidata, "satudata_officer_delete", **data)
    with pytest.raises(toolkit.ObjectNotFound):
        act(walidata, "satudata_officer_delete", **data)


def test_a_producer_is_matched_never_guessed():
    health = make_opd("dinkes", title="Dinas Kesehatan")
    twin = make_opd("dinkes-2", title="Dinas Kembar")
    make_opd("dinkes-3", title="DINAS KEMBAR")
    assert aliases.Matcher().match("  dinas   KESEHATAN ").org_id == health["id"]
    unsure = aliases.Matcher().match("Dinas Kesehatn")
    assert unsure.org_id is None
    assert unsure.candidates[0][0] == health["id"]
    same = aliases.Matcher().match("Dinas Kembar")
    assert same.org_id is None
    assert len(same.candidates) == 2
    aliases.decide("Dinas Kembar", twin["id"], None)
    assert aliases.Matcher().match("dinas kembar") == aliases.ProducerMatch(twin["id"], "alias")
    call_action("organization_delete", id=twin["id"])
    assert aliases.Matcher().match("dinas kembar").how == "title"
    assert aliases.Matcher().match(" ... ") == aliases.ProducerMatch(None, None)
    with pytest.raises(toolkit.ValidationError):
        aliases.decide("X", "tidak-ada", None)
