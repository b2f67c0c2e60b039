"""Saving a workbook: stopped, killed, twice at once, overtaken by others."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading

import ckan.model as model
import pytest
import sqlalchemy as sa
from ckan.tests.helpers import call_action

from ckanext.satudata.workbook import runs, template
from ckanext.satudata.workbook.model import WorkbookChange, WorkbookRun
from dev.processes import wait_until
from tests.factories import make_dataset
from tests.workbook.books import Book

pytestmark = pytest.mark.usefixtures("clean_portal")

SAVE = """
import sys
from ckan.cli import load_config
from ckan.config.middleware import make_app
app = make_app(load_config(sys.argv[1]))
from ckanext.satudata.workbook import jobs
with app._wsgi_app.test_request_context():
    jobs.save(sys.argv[2])
"""


def _confirmed(opd, editor, datasets) -> WorkbookRun:
    book = Book(template.write({"id": opd["id"], "title": opd["title"]}, ("dataset",)))
    for line in range(1, len(datasets) + 1):
        book.fill("Dataset", line, sd_satuan="Orang")
    run = runs.new_run(book.saved(), "isian.xlsx", editor)
    assert runs.confirm(run.id)
    model.Session.commit()
    return run


def _saved(run_id: str) -> int:
    counts = runs.counts([run_id]).get(run_id, {})
    model.Session.rollback()
    return counts.get("saved", 0)


@pytest.mark.faults
def test_a_killed_worker_loses_nothing_and_the_next_goes_on(opd, editor, ckan_config):
    datasets = [make_dataset(opd) for _ in range(25)]
    run_id = _confirmed(opd, editor, datasets).id
    command = [sys.executable, "-c", SAVE, ckan_config["__file__"], run_id]
    worker = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    assert wait_until(lambda: _saved(run_id) >= 3 or worker.poll() is not None, 60)
    os.kill(worker.pid, signal.SIGKILL)
    worker.wait()
    before = _saved(run_id)
    assert 3 <= before < len(datasets)
    model.Session.expire_all()
    units = [call_action("package_show", id=one["id"]).get("sd_satuan") for one in datasets]
    assert units.count("Orang") == before
    runs.execute(run_id)
    assert runs.counts([run_id])[run_id] == {"saved": len(datasets)}
    assert model.Session.get(WorkbookRun, run_id).state == "done"


def test_two_workers_share_the_work(opd, editor, app):
    datasets = [make_dataset(opd) for _ in range(8)]
    run_id = _confirmed(opd, editor, datasets).id

    def work() -> None:
        with app.flask_app.test_request_context():
            runs.execute(run_id)
            model.Session.remove()

    workers = [threading.Thread(target=work) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert runs.counts([run_id])[run_id] == {"saved": len(datasets)}


def test_what_others_changed_since_the_preview_stays(opd, editor):
    dataset = make_dataset(opd, sd_satuan="Unit")
    run = _confirmed(opd, editor, [dataset])
    call_action("package_patch", id=dataset["id"], sd_satuan="Jiwa")
    runs.execute(run.id)
    assert runs.counts([run.id])[run.id] == {"overtaken": 1}
    assert call_action("package_show", id=dataset["id"])["sd_satuan"] == "Jiwa"


def test_a_row_that_can_no_longer_be_saved_says_why_and_the_others_are(opd, editor):
    first, second = make_dataset(opd), make_dataset(opd)
    run = _confirmed(opd, editor, [first, second])
    model.Session.execute(
        sa.update(WorkbookChange)
        .where(WorkbookChange.package_id == first["id"])
        .values(after={"sd_tema": "Angkasa"})
    )
    model.Session.commit()
    runs.execute(run.id)
    assert runs.counts([run.id])[run.id] == {"failed": 1, "saved": 1}
    failed = model.Session.query(WorkbookChange).filter_by(package_id=first["id"]).one()
    assert "Angkasa" in failed.message


def test_a_new_dataset_and_a_new_activity_with_their_rows(opd, editor):
    book = Book(template.write({"id": opd["id"], "title": opd["title"]}))
    book.fill("Dataset", 1, name="jumlah-guru", title="Jumlah Guru", sd_satuan="Orang")
    book.fill("MS-Var", 1, name="jumlah-guru", nama="guru").fill(
        "MS-Var", 2, name="jumlah-guru", nama="tahun"
    )
    book.fill("MS-Keg", 1, title="Pendataan Guru", sd_jadwal_desain__awal="01/02/2025")
    book.fill("MS-Keg", 1, sd_jadwal_desain__akhir="28/02/2025")
    run = runs.new_run(book.saved(), "isian.xlsx", editor)
    assert run.faults == []
    runs.confirm(run.id)
    model.Session.commit()
    runs.execute(run.id)
    assert runs.counts([run.id])[run.id] == {"saved": 2}
    dataset = call_action("package_show", id="jumlah-guru")
    assert [row["nama"] for row in dataset["sd_variabel"]] == ["guru", "tahun"]
    assert dataset["private"]
    activity = call_action("package_show", id="pendataan-guru")
    assert activity["private"]
    assert activity["sd_jadwal_desain"] == [{"awal": "2025-02-01", "akhir": "2025-02-28"}]
    again = runs.new_run(
        Book(template.write({"id": opd["id"], "title": opd["title"]})).saved(), "a.xlsx", editor
    )
    assert (again.faults, again.unchanged, runs.counts([again.id])) == ([], 2, {})


def test_empty_cells_empty_a_field_only_where_that_was_asked(opd, editor):
    make_dataset(opd, sd_satuan="Orang", sd_konsep="Guru")
    book = Book(template.write({"id": opd["id"], "title": opd["title"]}, ("dataset",)))
    book.fill("Dataset", 1, sd_satuan=None)
    assert runs.counts([runs.new_run(book.saved(), "a.xlsx", editor).id]) == {}
    run = runs.new_run(book.saved(), "a.xlsx", editor, clear=True)
    runs.confirm(run.id)
    model.Session.commit()
    runs.execute(run.id)
    shown = model.Session.query(model.Package).one()
    assert shown.extras == {"sd_konsep": "Guru"}
