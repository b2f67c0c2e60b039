"""What an organisation was at a moment stays to be read."""

from __future__ import annotations

import datetime as dt

import ckan.model as model
import pytest
import sqlalchemy as sa
from ckan.plugins import toolkit
from ckan.tests.helpers import call_action
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ckanext.satudata import clock
from ckanext.satudata.opd import facts
from tests.factories import make_opd, make_root, make_user

pytestmark = pytest.mark.usefixtures("clean_portal")

UTC = dt.timezone.utc


def moment(month: int, day: int = 1) -> dt.datetime:
    return dt.datetime(2026, month, day, tzinfo=UTC)


def versions(org) -> list[sa.Row]:
    return model.Session.execute(
        sa.text(
            "SELECT at, name, title, parent_id, path, answers_id, scored, gone"
            " FROM satudata_opd_version WHERE org_id = :org ORDER BY id"
        ),
        {"org": org["id"]},
    ).all()


def as_of(at: dt.datetime) -> dict[str, tuple]:
    """The tree at a moment, read from the versions alone."""
    rows = model.Session.execute(
        sa.text(
            """
            SELECT DISTINCT ON (org_id) org_id, name, title, parent_id, path, level, kind, sdi_role,
                   answers_id, scored, gone
            FROM satudata_opd_version WHERE at <= :at ORDER BY org_id, id DESC
            """
        ),
        {"at": at},
    )
    return {row.org_id: (*row[1:4], tuple(row.path), *row[5:10]) for row in rows if not row.gone}


def present() -> dict[str, tuple]:
    rows = model.Session.execute(
        sa.text(
            """
            SELECT o.org_id, g.name, g.title, o.parent_id, o.path, o.level, o.kind, o.sdi_role,
                   o.answers_id, o.scored
            FROM satudata_opd o JOIN "group" g ON g.id = o.org_id
            """
        )
    )
    return {row.org_id: (*row[1:4], tuple(row.path), *row[5:]) for row in rows}


def test_a_new_name_or_title_is_a_version_and_nothing_else_is():
    with clock.at(moment(1)):
        org = make_opd("dinas-a", title="Dinas A")
    with clock.at(moment(2)):
        call_action("organization_patch", id=org["id"], title="Dinas A dan B")
    with clock.at(moment(3)):
        call_action("organization_patch", id=org["id"], description="lain", sd_alamat="Jalan 1")
    with clock.at(moment(4)):
        call_action("organization_patch", id=org["id"], name="dinas-ab")
    assert [(row.at, row.name, row.title) for row in versions(org)] == [
        (moment(1), "dinas-a", "Dinas A"),
        (moment(2), "dinas-a", "Dinas A dan B"),
        (moment(4), "dinas-ab", "Dinas A dan B"),
    ]


def test_what_stands_below_a_moved_organisation_gets_its_version_too():
    with clock.at(moment(1)):
        root = make_root()
        old, new = make_opd("lama", root), make_opd("baru", root)
        unit = make_opd("uptd", old, kind="uptd")
        below = make_opd("sub-uptd", unit, kind="uptd")
    with clock.at(moment(2)):
        call_action("organization_patch", id=unit["id"], groups=[{"name": new["name"]}])
    assert [row.answers_id for row in versions(below)] == [old["id"], new["id"]]
    assert versions(below)[-1].path == [root["id"], new["id"], unit["id"], below["id"]]
    assert len(versions(old)) == len(versions(new)) == 1


@pytest.mark.parametrize("action", ["organization_delete", "organization_purge"])
def test_what_left_the_tree_is_gone_and_keeps_its_title(action):
    with clock.at(moment(1)):
        org = make_opd("sementara", title="Dinas Sementara")
    with clock.at(moment(2)):
        call_action(action, id=org["id"])
    last = versions(org)[-1]
    assert (last.at, last.title, last.gone) == (moment(2), "Dinas Sementara", True)
    assert org["id"] in as_of(moment(1))
    assert org["id"] not in as_of(moment(2))


def test_what_came_back_is_there_again():
    with clock.at(moment(1)):
        org = make_opd("kembali")
    with clock.at(moment(2)):
        call_action("organization_delete", id=org["id"])
    with clock.at(moment(3)):
        call_action("organization_patch", id=org["id"], state="active")
    assert [row.gone for row in versions(org)] == [False, True, False]


def test_a_refused_change_leaves_no_version():
    root = make_root()
    org = make_opd("dinas", root)
    editor = make_user("editor", org)
    before = versions(org)
    with pytest.raises(toolkit.NotAuthorized):
        call_action(
            "organization_patch",
            {"user": editor["name"], "ignore_auth": False},
            id=org["id"],
            title="Lain",
        )
    model.Session.rollback()
    assert versions(org) == before


def test_a_clock_set_back_puts_no_version_before_the_one_it_follows():
    with clock.at(moment(5)):
        org = make_opd("maju")
    with clock.at(moment(3)):
        call_action("organization_patch", id=org["id"], title="Lebih Maju")
    assert [row.at for row in versions(org)] == [moment(5), moment(5)]


def test_refreshing_again_writes_nothing():
    root = make_root()
    make_opd("dinas", root)
    count = sa.text("SELECT count(*) FROM satudata_opd_version")
    before = model.Session.execute(count).scalar_one()
    facts.refresh()
    facts.refresh()
    assert model.Session.execute(count).scalar_one() == before


STEP = st.tuples(
    st.sampled_from(["move", "title", "name", "kind", "delete"]),
    st.integers(0, 3),
    st.integers(0, 3),
)


@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(STEP, min_size=1, max_size=6), st.uuids())
def test_the_versions_tell_the_tree_of_every_moment(steps, run):
    mark = run.hex[:8]
    start = dt.datetime(2026, 1, 1, tzinfo=UTC) + dt.timedelta(days=len(present()) * 30)
    with clock.at(start):
        orgs = [make_opd(f"opd-{mark}-{nr}") for nr in range(4)]
    seen = [(start, present())]
    for nr, (what, one, other) in enumerate(steps, 1):
        at = start + dt.timedelta(days=nr)
        changes = {
            "move": {
                "groups": [{"name": call_action("organization_show", id=orgs[other]["id"])["name"]}]
            },
            "title": {"title": f"Judul {mark} {nr}"},
            "name": {"name": f"nama-{mark}-{nr}"},
            "kind": {"sd_jenis_opd": ["uptd", "dinas", "instansi_vertikal", "badan"][other]},
        }
        with clock.at(at):
            try:
                if what == "delete":
                    call_action("organization_delete", id=orgs[one]["id"])
                else:
                    call_action("organization_patch", id=orgs[one]["id"], **changes[what])
            except Exception:
                model.Session.rollback()
        seen.append((at, present()))
    for at, tree in seen:
        assert as_of(at) == tree
