"""Columns of a file become proposals for variables."""

from __future__ import annotations

import openpyxl
import pytest

from ckanext.satudata.delivery import checks
from ckanext.satudata.delivery.profile import Column, columns_of, not_described, variable_of

CSV = """kode_kecamatan,jenis_kelamin,jumlah,persen,tanggal,catatan
32.99.01,L,1.250,"2,5",2025-01-31,
32.99.01,P,980,"3,75",2025-01-31,
32.99.02,L,12,"0,1",2025-01-31,perlu cek
"""


@pytest.fixture
def columns(tmp_path) -> dict[str, Column]:
    path = tmp_path / "siswa.csv"
    path.write_text(CSV)
    return {column.name: column for column in columns_of(path)}


def test_types_are_told_from_indonesian_figures_too(columns):
    assert {name: column.type for name, column in columns.items()} == {
        "kode_kecamatan": "STRING",
        "jenis_kelamin": "CHARACTER",
        "jumlah": "INTEGER",
        "persen": "FLOAT",
        "tanggal": "DATE",
        "catatan": "STRING",
    }


def test_values_and_share_of_empty_cells(columns):
    assert columns["jenis_kelamin"].values == ["L", "P"]
    assert columns["jumlah"].values is None
    assert columns["catatan"].empty == pytest.approx(2 / 3)


def test_many_values_are_no_list(tmp_path):
    path = tmp_path / "nama.csv"
    path.write_text("nama,x\n" + "".join(f"orang {number}a,1\n" for number in range(50)))
    assert columns_of(path)[0].values is None


def test_xlsx_and_unnamed_columns(tmp_path):
    book = openpyxl.Workbook()
    for row in (["kecamatan", None, "jumlah"], ["A", "x", 3], ["B", "y", 4]):
        book.active.append(row)
    book.save(tmp_path / "a.xlsx")
    found = columns_of(tmp_path / "a.xlsx")
    assert [(column.name, column.type) for column in found] == [
        ("kecamatan", "CHARACTER"),
        ("jumlah", "INTEGER"),
    ]


@pytest.mark.parametrize("content", [b"%PDF-1.4", b"{}", b"PK\x03\x04rusak"])
def test_what_is_no_table(tmp_path, content):
    (tmp_path / "a").write_bytes(content)
    with pytest.raises(checks.NoTableError):
        columns_of(tmp_path / "a")


def test_a_column_proposes_a_variable_without_inventing_a_definition(columns):
    assert variable_of(columns["jenis_kelamin"]) == {
        "nama": "Jenis kelamin",
        "alias": "jenis_kelamin",
        "tipe_data": "CHARACTER",
        "klasifikasi_isian": "L\nP",
        "aturan_validasi": "Harus terisi",
    }


def test_described_columns_are_found_by_alias_or_name(columns):
    rows = [{"nama": "Jenis Kelamin"}, {"nama": "Banyaknya", "alias": "JUMLAH"}]
    left = [column.name for column in not_described(columns.values(), rows)]
    assert left == ["kode_kecamatan", "persen", "tanggal", "catatan"]
