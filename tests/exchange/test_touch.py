"""When what is told of an organisation changes, its datasets travel again."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from ckan import model
from ckan.lib import jobs as queue
from ckan.tests import helpers

from ckanext.satudata.delivery.model import Event
from ckanext.satudata.exchange import jobs
from tests.factories import make_dataset, make_opd, make_root

pytestmark = pytest.mark.usefixtures("clean_portal")


@pytest.fixture
def portal():
    """A root with a region, a walidata and two OPDs, one dataset each; already told of."""
    root = make_root(sd_kode_wilayah="32.73")
    made = {
        "walidata": make_opd("diskominfo", root, title="Kominfo", sd_peran_sdi="walidata"),
        "school": make_opd("sekolah", root, title="Dinas Pendidikan"),
        "health": make_opd("sehat", root, title="Dinas Kesehatan"),
        "root": root,
    }
    for name, org in made.items():
        make_dataset(org, name=f"data-{name}", sd_satuan="Orang")
    assert jobs.touch_changed() == 0
    return made


def moments() -> dict[str, object]:
    model.Session.rollback()
    rows = model.Session.execute(sa.text("SELECT name, metadata_modified FROM package"))
    return {row[0]: row[1] for row in rows}


def moved_by(change) -> set[str]:
    """Names of the datasets that move when ``change`` was made and the job has run."""
    change()
    before = moments()
    jobs.touch_changed()
    after = moments()
    assert jobs.touch_changed() == 0
    return {name for name, moment in after.items() if moment > before[name]}


def patch(org, **fields):
    return lambda: helpers.call_action("organization_patch", id=org["id"], **fields)


def test_a_renamed_opd_moves_its_own_datasets_and_search_knows(portal):
    change = patch(portal["school"], title="Dinas Pendidikan dan Kebudayaan")
    since = max(moments().values()).isoformat()
    assert moved_by(change) == {"data-school"}
    found = helpers.call_action("package_search", fq=f"metadata_modified:{{{since}Z TO *]")
    assert [package["author"] for package in found["results"]] == [
        "Dinas Pendidikan dan Kebudayaan"
    ]


def test_a_renamed_walidata_moves_all(portal):
    every = {f"data-{name}" for name in portal}
    assert moved_by(patch(portal["walidata"], title="Diskominfo")) == every


def test_another_walidata_moves_all(portal):
    every = {f"data-{name}" for name in portal}
    assert moved_by(patch(portal["walidata"], sd_peran_sdi="produsen_data")) == every


def test_a_new_area_code_moves_the_subtree(portal):
    every = {f"data-{name}" for name in portal}
    assert moved_by(patch(portal["root"], sd_kode_wilayah="32.04")) == every
    assert moved_by(patch(portal["health"], sd_kode_wilayah="32.04.01")) == {"data-health"}


def test_other_changes_and_new_organisations_move_nothing(portal):
    assert moved_by(patch(portal["school"], description="Melayani sekolah")) == set()

    def new_opd():
        make_dataset(make_opd("baru", portal["root"]), name="data-baru")

    assert moved_by(new_opd) == set()


def test_touching_writes_no_event(portal):
    def events() -> int:
        return model.Session.scalar(sa.select(sa.func.count()).select_from(Event))

    before = events()
    assert moved_by(patch(portal["school"], title="Disdik")) == {"data-school"}
    assert events() == before


def test_a_run_that_broke_off_is_made_up_for(portal, monkeypatch):
    patch(portal["school"], title="Disdik")()

    def broken(**kwargs):
        raise OSError("no search index")

    with monkeypatch.context() as patched:
        patched.setattr(jobs.search, "rebuild", broken)
        with pytest.raises(OSError, match="no search index"):
            jobs.touch_changed()
    model.Session.rollback()
    assert jobs.touch_changed() == 1


def queued() -> int:
    functions = [job.func_name for job in queue.get_queue().jobs]
    return functions.count("ckanext.satudata.exchange.jobs.touch_changed")


def test_saving_an_organisation_queues_the_job(portal):
    queue.get_queue().empty()
    patch(portal["school"], title="Disdik")()
    assert queued() == 1


def test_a_load_in_one_transaction_queues_one_job_after_its_commit(portal):
    queue.get_queue().empty()
    for name in ("school", "health"):
        helpers.call_action("organization_patch", {"defer_commit": True},
                            id=portal[name]["id"], title=f"Baru {name}")  # fmt: skip
    assert queued() == 0
    model.Session.commit()
    assert queued() == 1
