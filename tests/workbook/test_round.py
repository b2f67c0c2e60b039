"""From the template to the saved datasets and back."""

from __future__ import annotations

import ckan.model as model
import pytest
from ckan.tests.helpers import call_action

from ckanext.satudata.workbook import runs, template
from ckanext.satudata.workbook.model import WorkbookRun
from tests.factories import make_dataset
from tests.workbook.books import Book

pytestmark = pytest.mark.usefixtures("clean_portal")


def _write(opd):
    return Book(template.write({"id": opd["id"], "title": opd["title"]}))


def _send(book, user, **options) -> WorkbookRun:
    run = runs.new_run(book.saved(), "isian.xlsx", user, **options)
    model.Session.commit()
    return run


def _save(run) -> dict[str, int]:
    assert run.faults == []
    assert runs.confirm(run.id)
    model.Session.commit()
    runs.execute(run.id)
    return runs.counts([run.id])[run.id]


def test_a_filled_template_changes_the_dataset_and_a_second_time_nothing(opd, editor):
    dataset = make_dataset(opd, title="Jumlah Siswa")
    book = _write(opd)
    assert book.cell("Dataset", 1, "title").value == "Jumlah Siswa"
    book.fill("Dataset", 1, sd_satuan="Orang", sd_tema="Pendidikan dan Tenaga Kerja")
    book.fill("MS-Var", 1, name=dataset["name"], nama="siswa", definisi="Orang yang terdaftar")
    assert _save(_send(book, editor)) == {"saved": 1}
    shown = call_action("package_show", id=dataset["id"])
    assert shown["sd_satuan"] == "Orang"
    assert shown["sd_variabel"] == [{"nama": "siswa", "definisi": "Orang yang terdaftar"}]
    again = _send(book, editor)
    assert (again.unchanged, runs.counts([again.id])) == (1, {})
    assert _send(_write(opd), editor).unchanged == 1


def test_where_choices_are_only_suggested_any_text_will_do(opd, editor):
    dataset = make_dataset(opd, title="Jumlah Siswa")
    book = _write(opd).fill("MS-Ind", 1, sd_level_estimasi="Rukun warga")
    assert _save(_send(book, editor)) == {"saved": 1}
    assert call_action("package_show", id=dataset["id"])["sd_level_estimasi"] == "Rukun warga"
