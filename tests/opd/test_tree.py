"""The tree's rules through every API that can change it."""

from __future__ import annotations

import threading

import ckan.model as model
import pytest
import sqlalchemy as sa
from ckan.plugins import toolkit
from ckan.tests.helpers import call_action
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ckanext.satudata.opd import facts, queries, tree
from tests.factories import make_dataset, make_opd, make_root, make_user

pytestmark = pytest.mark.usefixtures("clean_portal")


def snapshot() -> dict[str, tuple]:
    rows = model.Session.execute(
        sa.text("SELECT org_id, parent_id, path, level, kind, answers_id, scored FROM satudata_opd")
    )
    return {row[0]: (row[1], tuple(row[2]), *row[3:]) for row in rows}


def set_parent_member_create(child, parent):
    call_action(
        "member_create",
        id=child["id"],
        object=parent["id"],
        object_type="group",
        capacity="public",
    )


def set_parent_patch(child, parent):
    call_action("organization_patch", id=child["id"], groups=[{"name": parent["name"]}])


def set_parent_update(child, parent):
    call_action(
        "organization_update",
        id=child["id"],
        name=child["name"],
        title=child["title"],
        groups=[{"name": parent["name"]}],
    )


def set_parent_group_update(child, parent):
    call_action(
        "group_update",
        id=child["id"],
        name=child["name"],
        title=child["title"],
        groups=[{"name": parent["name"]}],
    )


WAYS = [
    set_parent_member_create,
    set_parent_patch,
    set_parent_update,
    set_parent_group_update,
]


@pytest.mark.parametrize("set_parent", WAYS)
def test_a_ring_is_refused_whichever_way(set_parent):
    top = make_opd("atas")
    middle = make_opd("tengah", top)
    bottom = make_opd("bawah", middle)
    before = snapshot()
    with pytest.raises(toolkit.ValidationError):
        set_parent(top, bottom)
    model.Session.rollback()
    assert snapshot() == before
    assert tree.parents_of(top["id"]) == []


@pytest.mark.parametrize("set_parent", WAYS)
def test_itself_as_parent_is_refused(set_parent):
    org = make_opd()
    with pytest.raises(toolkit.ValidationError):
        set_parent(org, org)


@pytest.mark.parametrize("set_parent", WAYS)
def test_too_deep_is_refused_with_the_units_counted(set_parent, ckan_config, monkeypatch):
    monkeypatch.setitem(ckan_config, "ckanext.satudata.max_tree_depth", 3)
    one = make_opd("satu")
    two = make_opd("dua", one)
    other = make_opd("lain")
    make_opd("anak-lain", other)
    with pytest.raises(toolkit.ValidationError) as refused:
        set_parent(other, two)
    assert "4 levels" in str(refused.value)
    set_parent(other, one)
    assert len(queries.path(other["id"])) == 2


def test_a_second_parent_is_refused():
    one, two = make_opd("satu"), make_opd("dua")
    child = make_opd("anak", one)
    with pytest.raises(toolkit.ValidationError):
        set_parent_member_create(child, two)
    with pytest.raises(toolkit.ValidationError):
        call_action(
            "organization_patch", id=child["id"], groups=[{"name": "satu"}, {"name": "dua"}]
        )
    assert tree.parents_of(child["id"]) == [one["id"]]


def test_an_unknown_parent_is_refused_and_not_dropped_in_silence():
    child = make_opd("anak")
    with pytest.raises(toolkit.ValidationError):
        call_action("organization_patch", id=child["id"], groups=[{"name": "tidak-ada"}])
    with pytest.raises(toolkit.ValidationError):
        make_opd("yatim", {"name": "tidak-ada"})
    assert queries.resolve("yatim") is None


def test_creation_below_a_full_branch_is_refused(ckan_config, monkeypatch):
    monkeypatch.setitem(ckan_config, "ckanext.satudata.max_tree_depth", 2)
    child = make_opd("anak", make_opd("induk"))
    with pytest.raises(toolkit.ValidationError):
        make_opd("cucu", child)
    assert queries.resolve("cucu") is None


def test_plain_groups_are_left_to_core():
    one = call_action("group_create", {"user": make_user("sysadmin")["name"]}, name="grup-satu")
    two = call_action("group_create", {"user": make_user("sysadmin")["name"]}, name="grup-dua")
    three = call_action("group_create", {"user": make_user("sysadmin")["name"]}, name="grup-tiga")
    set_parent_member_create(one, two)
    set_parent_member_create(one, three)
    assert len(tree.links(one["id"], [two["id"], three["id"]])) == 2
    assert snapshot() == {}
    call_action("group_delete", id=two["id"])


def test_two_requests_that_together_make_a_ring_one_wins():
    a, b = make_opd("a-satu"), make_opd("b-dua")
    model.Session.remove()
    barrier = threading.Barrier(2)
    results: dict[str, str] = {}

    def move(child, parent):
        try:
            barrier.wait()
            set_parent_patch(child, parent)
            results[child["name"]] = "moved"
        except toolkit.ValidationError:
            results[child["name"]] = "refused"
        finally:
            model.Session.remove()

    threads = [threading.Thread(target=move, args=pair) for pair in ((a, b), (b, a))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert sorted(results.values()) == ["moved", "refused"]
    links = tree.parents_of(a["id"]) + tree.parents_of(b["id"])
    assert len(links) == 1
    before = snapshot()
    facts.refresh()
    assert snapshot() == before


@pytest.mark.parametrize("reference", ["name", "id"])
@pytest.mark.parametrize("action", ["organization_delete", "organization_purge", "group_delete"])
def test_deletion_is_refused_with_units_and_takes_the_links_along(action, reference):
    root = make_root()
    office = make_opd("dinas-a", root)
    unit = make_opd("uptd-a", office, kind="uptd")
    with pytest.raises(toolkit.ValidationError) as refused:
        call_action(action, id=office[reference])
    assert "Uptd A" in refused.value.error_dict["message"]
    assert office["id"] in snapshot()
    call_action(action, id=unit[reference])
    assert unit["id"] not in snapshot()
    links = model.Session.execute(
        sa.text(
            "SELECT count(*) FROM member WHERE state = 'active' AND table_name = 'group'"
            " AND (group_id = :org OR table_id = :org)"
        ),
        {"org": unit["id"]},
    ).scalar()
    assert links == 0
    call_action(action, id=office[reference])
    assert set(snapshot()) == {root["id"]}


def test_deletion_by_setting_the_state_obeys_the_same_rule():
    office = make_opd("dinas-a")
    unit = make_opd("uptd-a", office, kind="uptd")
    with pytest.raises(toolkit.ValidationError):
        call_action("organization_patch", id=office["id"], state="deleted")
    call_action("organization_patch", id=unit["id"], state="deleted")
    assert set(snapshot()) == {office["id"]}
    call_action("organization_patch", id=unit["id"], state="active")
    assert snapshot()[unit["id"]][1] == (office["id"], unit["id"])


def test_a_room_can_forbid_a_deletion():
    org = make_opd()

    def owes(org_id):
        return "Masih ada kewajiban" if org_id == org["id"] else None

    with tree.before_opd_delete.connected_to(owes):
        with pytest.raises(toolkit.ValidationError) as refused:
            call_action("organization_delete", id=org["name"])
        assert refused.value.error_dict["message"] == "Masih ada kewajiban"
        assert org["id"] in snapshot()
    call_action("organization_delete", id=org["name"])


def test_refused_by_core_changes_nothing():
    org = make_opd()
    make_dataset(org)
    with pytest.raises(toolkit.ValidationError):
        call_action("organization_delete", id=org["id"])
    assert org["id"] in snapshot()


def test_taking_the_parent_away_makes_it_top_level():
    office = make_opd("dinas-a")
    unit = make_opd("uptd-a", office, kind="uptd")
    call_action("member_delete", id=unit["id"], object=office["name"], object_type="group")
    assert snapshot()[unit["id"]][1] == (unit["id"],)
    set_parent_patch(unit, office)
    call_action("organization_patch", id=unit["id"], groups=[])
    assert snapshot()[unit["id"]][1] == (unit["id"],)


def test_an_opd_admin_moves_nothing_out_of_the_walidatas_hands():
    root = make_root()
    one, two = make_opd("dinas-satu", root), make_opd("dinas-dua", root)
    admin, walidata = make_user("admin", one), make_user("admin", root)

    def act(user, name, **data):
        return call_action(name, {"user": user["name"], "ignore_auth": False}, **data)

    link = {"id": one["id"], "object": root["id"], "object_type": "group"}
    with pytest.raises(toolkit.NotAuthorized):
        act(admin, "member_delete", **link)
    for groups in ([], [{"name": two["name"]}]):
        with pytest.raises(toolkit.NotAuthorized):
            act(admin, "organization_patch", id=one["id"], groups=groups)
    with pytest.raises(toolkit.ValidationError):
        act(admin, "organization_patch", id=one["id"], sd_jenis_opd="instansi_vertikal")
    act(admin, "organization_patch", id=one["id"], description="Baru")
    assert snapshot()[one["id"]][1] == (root["id"], one["id"])
    act(walidata, "organization_patch", id=one["id"], groups=[{"name": two["name"]}])
    act(walidata, "organization_patch", id=one["id"], sd_jenis_opd="uptd")
    assert snapshot()[one["id"]][4] == two["id"]


def test_answers_is_the_nearest_perangkat_daerah():
    root = make_root()
    office = make_opd("dinas-a", root)
    unit = make_opd("uptd-a", office, kind="uptd")
    nameless = make_opd("seksi-a", unit, kind=None)
    outside = make_opd("bps", root, kind="instansi_vertikal")
    orphan = make_opd("bagian-a", root, kind="bagian")
    rows = snapshot()
    assert [rows[org["id"]][4] for org in (root, office, unit, nameless, outside, orphan)] == [
        root["id"],
        office["id"],
        office["id"],
        office["id"],
        outside["id"],
        orphan["id"],
    ]
    assert not rows[outside["id"]][5]
    assert rows[nameless["id"]][5]


def test_a_ring_made_before_us_stands_at_the_top_and_harms_nothing():
    a, b = make_opd("a-satu"), make_opd("b-dua")
    below = make_opd("c-tiga", b)
    for child, parent in ((a, b), (b, a)):
        group = model.Group.get(child["id"])
        model.Session.add(
            model.Member(group, table_id=parent["id"], group_id=group.id, table_name="group")
        )
    facts.refresh()
    model.Session.commit()
    assert {path for _, path, *_ in snapshot().values()} == {(org["id"],) for org in (a, b, below)}
    with pytest.raises(toolkit.ValidationError):
        set_parent_member_create(a, below)
    call_action("member_delete", id=a["id"], object=b["id"], object_type="group")
    assert snapshot()[below["id"]][1] == (a["id"], b["id"], below["id"])


def test_an_organisation_needs_a_proper_name_and_keeps_it():
    for name in ("Nama Salah!", ""):
        with pytest.raises(toolkit.ValidationError):
            make_opd_named(name)
    org = make_opd("dinas-a")
    call_action("organization_update", id=org["id"], title="Baru")
    assert queries.resolve("dinas-a") == org["id"]


def make_opd_named(name):
    user = make_user("sysadmin")["name"]
    return call_action("organization_create", {"user": user}, name=name, title="X")


KINDS = st.sampled_from(["dinas", "uptd", "kelurahan", None, "instansi_vertikal"])
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["create", "move", "member", "kind", "loose", "delete"]),
        st.integers(0, 9),
        st.integers(0, 9),
        KINDS,
    ),
    min_size=3,
    max_size=12,
)


def expected() -> dict[str, tuple]:
    """The facts worked out in Python from core's rows."""
    orgs = {
        group.id: group
        for group in model.Session.query(model.Group)
        .filter_by(is_organization=True, state="active")
        .execution_options(populate_existing=True)
    }
    parent = {org: next(iter(tree.parents_of(org)), None) for org in orgs}
    perangkat = {"dinas", "instansi_vertikal"}
    rows = {}
    for org in orgs:
        path = [org]
        while parent[path[0]]:
            path.insert(0, parent[path[0]])
        kind = orgs[org].extras.get("sd_jenis_opd") or None
        answers = [one for one in path if orgs[one].extras.get("sd_jenis_opd") in perangkat]
        rows[org] = (
            parent[org],
            tuple(path),
            len(path) - 1,
            kind,
            answers[-1] if answers else org,
            kind != "instansi_vertikal",
        )
    return rows


@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(steps=STEPS)
def test_after_any_changes_the_facts_are_a_full_rebuild(steps):
    orgs = [make_opd()]
    for step, left, right, kind in steps:
        child, other = orgs[left % len(orgs)], orgs[right % len(orgs)]
        try:
            if step == "create":
                orgs.append(make_opd(None, other, kind=kind))
            elif step == "move":
                set_parent_patch(child, other)
            elif step == "member":
                set_parent_member_create(child, other)
            elif step == "kind":
                call_action("organization_patch", id=child["id"], sd_jenis_opd=kind or "")
            elif step == "loose":
                call_action(
                    "member_delete", id=child["id"], object=other["id"], object_type="group"
                )
            elif len(orgs) > 1:
                call_action("organization_delete", id=child["name"])
                orgs.remove(child)
        except toolkit.ValidationError:
            model.Session.rollback()
    assert snapshot() == expected()
