"""Freezing a quarter when things go wrong: late, twice, at once, killed, back ends down, tampered.

Always the same bytes, or a clear refusal and nothing written. Processes are real ones; their
clock is today's, long after the quarter, so each of these runs is a late one too.
"""

from __future__ import annotations

import datetime as dt
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import ckan.lib.jobs
import ckan.lib.redis
import ckan.model as model
import pytest
import sqlalchemy as sa
from ckan.lib.jobs import get_queue
from ckan.plugins import toolkit
from ckan.tests.helpers import call_action

from ckanext.satudata import clock
from ckanext.satudata.quarter import publication, runs, schedule, standing, states
from ckanext.satudata.register import decisions
from tests.factories import make_user
from tests.quarter.conftest import Portal, wib
from tests.quarter.walking import TW1, Walk, deliver, disarm, yearly_duty

pytestmark = pytest.mark.faults

ROOT = Path(__file__).resolve().parents[2]
CKAN = Path(sys.executable).with_name("ckan")
NOWHERE = "127.0.0.1:1"
"""An address where nothing listens."""
PATIENCE = 90


@pytest.fixture
def portal(clean_portal):
    with clock.at(wib("2024-01-02")):
        return Portal()


@pytest.fixture
def walk(portal):
    """TW I in the time for objections: one duty met, one late, one missing, one waived."""
    duties = [yearly_duty(portal.opd, priority=number == 0) for number in range(4)]
    walk = Walk()
    walk("terbuka")
    walk.duties = duties
    walk.met = deliver(portal, duties[0], wib("2025-03-20"))
    deliver(portal, duties[1], wib("2025-04-15"), content=b"wilayah,jumlah\nUtara,7\n")
    with clock.at(wib("2025-04-16")):
        decisions.record(
            "waiver", reason="Aplikasi pusat mati", number="9", actor=None,
            obligation_id=duties[3].id, item_id=duties[3].item.id, org_id=portal.opd["id"],
        )  # fmt: skip
        model.Session.commit()
    walk("sanggah")
    return walk


@pytest.fixture
def expected(walk) -> str:
    """The hash that freezing on the first possible day would give; nothing of it stays."""
    with clock.at(walk.first_moment("finalise")):
        sha256 = states.finalise(TW1, None).sha256
    model.Session.rollback()
    assert records() == []
    assert sha256
    return sha256


def records() -> list[str]:
    """Hashes of all records, as another process would read them."""
    model.Session.rollback()
    query = sa.text("SELECT sha256 FROM satudata_final ORDER BY id")
    return list(model.Session.execute(query).scalars())


def rows_written() -> int:
    model.Session.rollback()
    return model.Session.execute(
        sa.text(
            "SELECT (SELECT count(*) FROM satudata_final_row)"
            " + (SELECT count(*) FROM satudata_final_org)"
        )
    ).scalar_one()


def start(*command: str, **environment: str) -> subprocess.Popen[str]:
    """A command of the portal in a process of its own."""
    # A transaction of ours that has merely read must not make it wait.
    model.Session.rollback()
    return subprocess.Popen(
        [str(CKAN), "-c", "test.ini", "satudata", "triwulan", *command],
        cwd=ROOT,
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def run(*command: str, **environment: str) -> str:
    """Its output; it must end well."""
    process = start(*command, **environment)
    output, _ = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0, output
    return output


def test_late_and_twice_gives_the_same_bytes(walk, expected):
    assert expected in run("finalise", "2025-TW1")
    assert expected in run("finalise", "2025-TW1")
    assert records() == [expected]
    assert "agrees" in run("verify")


@pytest.mark.parametrize("days", [0, 3, 400])
def test_any_day_gives_the_same_bytes(walk, expected, days):
    with clock.at(walk.first_moment("finalise") + dt.timedelta(days=days, hours=5, minutes=7)):
        assert states.finalise(TW1, None).sha256 == expected


def test_what_comes_after_the_cutoff_changes_nothing(portal, walk, expected):
    """New files, other metadata, other names, another tree, deletions: none is the quarter's."""
    with clock.at(wib("2025-06-02")):
        call_action("package_patch", id=walk.met.dataset["id"], notes="", title="Lain")
        call_action("organization_patch", id=portal.opd["id"], title="Nama Baru")
        call_action(
            "organization_patch", id=portal.unit["id"], groups=[{"name": portal.root["name"]}]
        )
    deliver(portal, walk.duties[2], wib("2025-06-03"), content=b"a,b\n1,2\n")
    with clock.at(wib("2025-06-04")):
        call_action("package_delete", id=walk.met.dataset["id"])
    with clock.at(wib("2025-06-10")):
        assert states.finalise(TW1, None).sha256 == expected


def test_two_processes_at_once_make_one_record(walk, expected):
    both = [start("finalise", "2025-TW1") for _ in range(2)]
    for process in both:
        output, _ = process.communicate(timeout=PATIENCE)
        assert process.returncode == 0, output
        assert expected in output
    assert records() == [expected]


@pytest.fixture
def blocked() -> Iterator[sa.Connection]:
    """Another session that lets nobody write the figures of a record."""
    with model.ensure_engine().connect() as connection:
        connection.execute(sa.text("LOCK TABLE satudata_final_org IN SHARE MODE"))
        yield connection
        connection.rollback()


def wait_for_the_blocked() -> None:
    """Until a process hangs in the middle of writing: rows are in, figures are not."""
    waiting = sa.text(
        "SELECT count(*) FROM pg_locks WHERE NOT granted"
        " AND relation = 'satudata_final_org'::regclass"
    )
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        model.Session.rollback()
        if model.Session.execute(waiting).scalar():
            return
        time.sleep(0.1)
    raise AssertionError("nobody came as far as the figures")


def test_a_process_killed_in_the_middle_leaves_nothing_and_the_next_gives_the_same_bytes(
    walk, expected, blocked
):
    process = start("finalise", "2025-TW1")
    wait_for_the_blocked()
    process.kill()
    process.communicate()
    blocked.rollback()
    assert expected in run("finalise", "2025-TW1")
    assert records() == [expected]
    assert runs.told_findings() == []


def test_a_killed_process_has_written_nothing(walk, blocked):
    process = start("finalise", "2025-TW1")
    wait_for_the_blocked()
    assert rows_written() == 0
    process.kill()
    process.communicate()
    blocked.rollback()
    # The server notices the lost client when the lock is free; then all of it is undone.
    with clock.at(wib("2026-01-01")):
        model.Session.execute(sa.text("LOCK TABLE satudata_final_org IN SHARE MODE"))
    assert rows_written() == 0
    assert standing.of(TW1).state == "sanggah"


def test_redis_down_does_not_keep_the_command_line_from_freezing(walk, expected):
    output = run("finalise", "2025-TW1", CKAN_REDIS_URL=f"redis://{NOWHERE}/0")
    assert expected in output
    assert records() == [expected]


@pytest.fixture
def no_redis(ckan_config, monkeypatch):
    """This process cannot reach Redis any more."""
    monkeypatch.setitem(ckan_config, "ckan.redis.url", f"redis://{NOWHERE}/0")
    monkeypatch.setattr(ckan.lib.redis, "_connection_pool", None)
    monkeypatch.setattr(ckan.lib.jobs, "_queues", {})


def test_redis_down_is_told_and_leaves_no_work_that_nobody_does(portal, walk, no_redis):
    walidata = make_user("admin", portal.root)
    with (
        clock.at(walk.first_moment("finalise")),
        pytest.raises(toolkit.ValidationError) as refused,
    ):
        call_action("satudata_quarter_finalise", {"user": walidata["name"]}, year=2025, tw=1)
    assert set(refused.value.error_dict) == {"queue"}
    assert runs.latest(TW1) == []
    assert standing.of(TW1).state == "sanggah"


def test_redis_down_keeps_no_quarter_from_moving(portal, walk, no_redis):
    assert schedule.arm() is False
    assert schedule.armed() is None
    with clock.at(wib("2025-04-02")):
        moved = call_action("satudata_quarter_open", year=2025, tw=2)
    assert moved["state"] == "terbuka"


def test_solr_down_delays_the_dataset_and_not_the_record(walk, expected):
    output = run("finalise", "2025-TW1", CKAN_SOLR_URL=f"http://{NOWHERE}/solr/none")
    assert expected in output
    assert records() == [expected]
    assert publication.outdated() == [TW1] or standing.of(TW1).dataset_id is None
    schedule.publish_due()
    assert publication.outdated() == []
    shown = call_action("package_show", id=standing.of(TW1).dataset_id)
    assert len(shown["resources"]) == 4


def test_a_part_of_the_schedule_that_fails_leaves_the_others_alone(portal, walk, ckan_config):
    """The address of the publication is taken, so publishing fails; the night is still computed."""
    walk("final")
    call_action(
        "package_create", name=f"kepatuhan-daftar-data-{TW1}".lower(), owner_org=portal.root["id"]
    )
    computed = sa.text("SELECT count(*) FROM satudata_computation WHERE organizations IS NULL")
    before = model.Session.execute(computed).scalar()
    schedule.tick()
    assert model.Session.execute(computed).scalar() == before + 1


def test_the_worker_does_what_is_due_and_arms_itself_again(portal):
    """No cron: one real worker, one scheduled look; the cutoff day of 2025 is long over."""
    yearly_duty(portal.opd)
    Walk()("terbuka")
    disarm()
    assert schedule.armed() is None
    get_queue().enqueue_at(dt.datetime.now(dt.timezone.utc), schedule.tick, job_id="satudata-now")
    model.Session.rollback()
    subprocess.run(
        [str(CKAN), "-c", "test.ini", "jobs", "worker", "--burst"],
        cwd=ROOT, check=True, capture_output=True, timeout=PATIENCE,
    )  # fmt: skip
    model.Session.rollback()
    assert standing.of(TW1).state == "pemeriksaan"
    assert schedule.armed() is not None


# ---- tampering


@pytest.fixture
def frozen(walk):
    return walk("final")


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE satudata_final_row SET s = 100",
        "DELETE FROM satudata_final_row",
        "UPDATE satudata_final_org SET total = 100",
        "UPDATE satudata_final SET document = '{}'",
        "DELETE FROM satudata_final",
        "TRUNCATE satudata_final",
        "UPDATE satudata_event SET at = at - interval '1 day'",
        "DELETE FROM satudata_event",
        "UPDATE satudata_check SET passed = run",
        "DELETE FROM satudata_decision",
        "UPDATE satudata_metadata_event SET filled = required",
        "DELETE FROM satudata_opd_version",
    ],
)
def test_the_database_refuses_to_change_records_and_evidence(frozen, statement):
    model.Session.execute(sa.text("SET LOCAL satudata.append_only = on"))
    with pytest.raises(sa.exc.DBAPIError, match="are evidence"):
        model.Session.execute(sa.text(statement))
    model.Session.rollback()


TAMPERING = {
    "a score": "UPDATE satudata_final_row SET s = 99 WHERE s IS NOT NULL",
    "a score with its hash": (
        "UPDATE satudata_final_row SET s = 99, line_sha256 = repeat('0', 64) WHERE s IS NOT NULL"
    ),
    "a row taken away": (
        "DELETE FROM satudata_final_row WHERE obligation_id ="
        " (SELECT min(obligation_id) FROM satudata_final_row)"
    ),
    "a figure": "UPDATE satudata_final_org SET total = 99 WHERE total IS NOT NULL",
    "the document": "UPDATE satudata_final SET document = replace(document, 'TW1', 'TW2')",
    "the hash": "UPDATE satudata_final SET sha256 = repeat('0', 64)",
    "the time of an upload": "UPDATE satudata_event SET counts_at = counts_at - interval '60 days'",
    "the size of an upload": "UPDATE satudata_event SET bytes = bytes + 1",
    "an upload taken away": "DELETE FROM satudata_event",
    "a check": "UPDATE satudata_check SET passed = 0",
    "the metadata of that day": "UPDATE satudata_metadata_event SET filled = 0",
    "a decision taken away": "DELETE FROM satudata_decision WHERE kind = 'waiver'",
    "the reason of a decision": "UPDATE satudata_decision SET reason = 'x' WHERE kind = 'waiver'",
    "a duty taken away": (
        "DELETE FROM satudata_obligation WHERE id IN (SELECT obligation_id FROM satudata_final_row)"
    ),
    "a due day": "UPDATE satudata_obligation SET due = due - 1 WHERE year = 2025",
    "the name of that day": "UPDATE satudata_opd_version SET title = 'Lain'",
    "the rules": "UPDATE satudata_ruleset SET source = replace(source, '0.35', '0.30')",
    "the cutoff": "UPDATE satudata_quarter SET cutoff = cutoff + 30",
    "the record named": "UPDATE satudata_quarter SET final_id = NULL",
}


@pytest.mark.parametrize("what", TAMPERING)
def test_what_is_changed_behind_the_triggers_is_found(frozen, what):
    assert runs.told_findings() == []
    model.Session.execute(sa.text(TAMPERING[what]))
    model.Session.commit()
    assert runs.told_findings(), what
    assert runs.told_findings(TW1), what


def test_a_changed_file_of_evidence_is_found(frozen, ckan_config):
    sha256 = model.Session.execute(
        sa.text("SELECT min(sha256) FROM satudata_final_row WHERE sha256 IS NOT NULL")
    ).scalar()
    (place,) = Path(ckan_config["ckan.storage_path"]).rglob(sha256)
    kept = place.read_bytes()
    place.chmod(0o644)
    try:
        place.write_bytes(kept + b"Timur,9\n")
        (found,) = runs.told_findings()
        assert sha256 in found.row
    finally:
        place.write_bytes(kept)
    assert runs.told_findings() == []


def test_findings_end_the_command_with_a_fault(frozen):
    model.Session.execute(sa.text(TAMPERING["a score"]))
    model.Session.commit()
    process = start("verify", "2025-TW1")
    output, _ = process.communicate(timeout=PATIENCE)
    assert process.returncode == 1
    assert "2025-TW1 r0" in output
