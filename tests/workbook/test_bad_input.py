"""Whatever comes back instead of a filled template: a message at the cell, and nothing saved."""

from __future__ import annotations

import io
import zipfile

import ckan.model as model
import openpyxl
import pytest
from ckan.tests.helpers import call_action

from ckanext.satudata.tables import TableError
from ckanext.satudata.workbook import runs, template
from ckanext.satudata.workbook.model import WorkbookRun
from ckanext.satudata.workbook.template import ABOUT, FIRST_ROW, KEY_ROW
from tests.factories import make_dataset, make_opd
from tests.workbook.books import Book

pytestmark = pytest.mark.usefixtures("clean_portal")


@pytest.fixture
def dataset(opd):
    return make_dataset(opd, title="Jumlah Siswa", sd_satuan="Orang")


@pytest.fixture
def book(opd, dataset) -> Book:
    return Book(template.write({"id": opd["id"], "title": opd["title"]}))


def _faults(book: Book, editor) -> dict[str, str]:
    """Message by "sheet!cell"; proves that the file changed nothing and never will."""
    run = runs.new_run(book.saved(), "isian.xlsx", editor)
    model.Session.commit()
    assert run.state == "refused"
    assert not runs.confirm(run.id)
    return {f"{fault['sheet']}!{fault['cell']}": fault["message"] for fault in run.faults}


def _activity(opd, **fields):
    return call_action("package_create", type="kegiatan", owner_org=opd["id"], **fields)


@pytest.mark.parametrize(
    ("sheet", "key", "value", "said"),
    [
        ("Dataset", "sd_tema", "Angkasa Luar", "Angkasa Luar"),
        ("Dataset", "sd_kegiatan", "tidak-ada", "tidak-ada"),
        ("MS-Keg", "sd_tahun_kegiatan", "dua ribu", "dua ribu"),
        ("MS-Keg", "sd_jadwal_desain.awal", "kapan-kapan", "kapan-kapan"),
        ("MS-Keg", "sd_jumlah_petugas_supervisor", "1,5", "1,5"),
        ("MS-Keg", "sd_metode_pengumpulan_data", "Wawancara; Telepati", "Telepati"),
    ],
)
def test_a_value_that_the_field_does_not_take(opd, editor, dataset, sheet, key, value, said):
    _activity(opd, title="Pendataan Siswa")
    book = Book(template.write({"id": opd["id"], "title": opd["title"]}))
    cell = book.cell(sheet, 1, key)
    cell.value = value
    faults = _faults(book, editor)
    assert said in faults[f"{sheet}!{cell.coordinate}"]


def test_a_formula_is_not_run_but_named(book, editor):
    cell = book.cell("Dataset", 1, "sd_satuan")
    cell.value = '=HYPERLINK("http://contoh.example","Orang")'
    assert "formula" in _faults(book, editor)[f"Dataset!{cell.coordinate}"]


def test_two_rows_with_one_id(book, editor, dataset):
    book.fill("Dataset", 2, id=dataset["id"], sd_satuan="Jiwa")
    faults = _faults(book, editor)
    assert str(FIRST_ROW) in faults[f"Dataset!A{FIRST_ROW + 1}"]


def test_an_id_that_there_is_not(book, editor):
    book.fill("Dataset", 2, id="tak-dikenal", title="Baru")
    assert f"Dataset!A{FIRST_ROW + 1}" in _faults(book, editor)


def test_a_dataset_of_an_organisation_one_may_not_edit(book, editor):
    other = make_dataset(make_opd("dinas-lain", {"name": "pemerintah-kota-uji"}), private=True)
    book.fill("Dataset", 2, id=other["id"], sd_satuan="Jiwa")
    faults = _faults(book, editor)
    assert list(faults) == [f"Dataset!A{FIRST_ROW + 1}"]
    assert other["title"] not in str(faults)


def test_a_new_row_without_title(book, editor):
    book.fill("Dataset", 2, sd_satuan="Jiwa")
    assert "title" in str(_faults(book, editor)).lower()


def test_variables_of_a_dataset_that_there_is_not(book, editor):
    book.fill("MS-Var", 1, name="belum-ada", nama="siswa")
    assert f"MS-Var!B{FIRST_ROW}" in _faults(book, editor)


def test_a_ring_of_activities(opd, editor):
    first = _activity(opd, title="Pendataan 2024")
    second = _activity(opd, title="Pendataan 2025", sd_kegiatan_sebelumnya=first["id"])
    book = Book(template.write({"id": opd["id"], "title": opd["title"]}))
    cell = book.cell("MS-Keg", 1, "sd_kegiatan_sebelumnya")
    cell.value = second["name"]
    assert f"MS-Keg!{cell.coordinate}" in _faults(book, editor)


def test_three_hundred_columns(book, editor):
    sheet = book.book["Dataset"]
    for number in range(100, 400):
        sheet.cell(FIRST_ROW, number).value = "x"
    assert "Dataset!" in _faults(book, editor)


def test_a_column_of_ones_own_would_be_lost(book, editor):
    sheet = book.book["Dataset"]
    place = sheet.max_column + 1
    sheet.cell(FIRST_ROW, place).value = "catatan saya"
    letter = openpyxl.utils.get_column_letter(place)
    assert f"Dataset!{letter}1" in _faults(book, editor)


def test_the_hidden_row_of_keys_is_gone(book, editor):
    book.book["Dataset"].delete_rows(KEY_ROW)
    assert "Dataset!A1" in _faults(book, editor)


def test_a_row_whose_columns_changed_since_is_read_with_a_note(book, editor, dataset):
    about = book.book[ABOUT]
    for row in about.iter_rows():
        if row[0].value == "dataset":
            row[2].value = "0000"
    book.fill("Dataset", 1, sd_satuan="Jiwa")
    run = runs.new_run(book.saved(), "isian.xlsx", editor)
    assert run.faults == []
    assert any("Dataset" in note for note in run.notes)


def _refused(content: bytes, editor) -> str:
    with pytest.raises(TableError) as refused:
        runs.new_run(content, "isian.xlsx", editor)
    assert model.Session.query(WorkbookRun).count() == 0
    return str(refused.value)


def test_another_version_of_the_template(book, editor):
    book.book[ABOUT]["B1"].value = template.VERSION + 1
    assert "version" in _refused(book.saved(), editor)


def test_a_template_of_another_portal(book, editor):
    book.book[ABOUT]["A2"].value = "portal-lain"
    assert "another portal" in _refused(book.saved(), editor)


def test_a_workbook_that_is_no_template(editor, opd):
    out = io.BytesIO()
    openpyxl.Workbook().save(out)
    assert "not a template" in _refused(out.getvalue(), editor)


def test_a_zip_bomb_named_xlsx(editor, opd):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(8):
            archive.writestr(f"xl/worksheets/sheet{number}.xml", b"0" * 100_000_000)
    assert len(out.getvalue()) < 1_000_000
    assert "too large" in _refused(out.getvalue(), editor)


def test_macros(book, editor):
    out = io.BytesIO(book.saved())
    with zipfile.ZipFile(out, "a") as archive:
        archive.writestr("xl/vbaProject.bin", b"\xd0\xcf\x11\xe0")
    assert "macros" in _refused(out.getvalue(), editor)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04rusak", b"%PDF-1.4", b"nama,nilai\na,1\n"])
def test_what_is_no_workbook_at_all(editor, opd, content):
    assert "isian.xlsx" in _refused(content, editor)
