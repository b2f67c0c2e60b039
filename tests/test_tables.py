"""Reading and writing of tabular files."""

from __future__ import annotations

import contextlib
import io
import re
import zipfile

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ckanext.satudata.export import neutralise, write_csv, write_xlsx
from ckanext.satudata.tables import TableError, read_table

HEADER = ["Nama", "Satuan", "Jadwal"]


def book(rows, merge=()):
    workbook = openpyxl.Workbook()
    sheet = workbook.active
    for row in rows:
        sheet.append(row)
    for ref in merge:
        sheet.merge_cells(ref)
    out = io.BytesIO()
    workbook.save(out)
    return out.getvalue()


def cells(data, name="data.csv", **kwargs):
    return [list(row.cells.values()) for row in read_table(data, name, **kwargs).rows]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_delimiters_and_encodings(delimiter, encoding):
    text = f"Nama{delimiter}Satuan\r\nPajak “daerah” é{delimiter}persen\r\n\r\n"
    table = read_table(text.encode(encoding), "x.csv")
    assert table.header == ["Nama", "Satuan"]
    assert [(row.line, row.cells) for row in table.rows] == [
        (2, {"Nama": "Pajak “daerah” é", "Satuan": "persen"})
    ]


def test_the_file_stays_open_for_its_owner():
    stream = io.BytesIO(b"a,b\n1,2\n")
    assert cells(stream) == cells(stream) == [["1", "2"]]


def test_line_numbers_are_those_of_the_file():
    data = b'Nama,Satuan\n"satu\ndua",orang\n\nTiga,unit\n'
    assert [row.line for row in read_table(data).rows] == [2, 5]


def test_xlsx_reads_the_first_sheet_with_content_and_counts_its_lines():
    data = book([[], HEADER, ["A", 1, 2024.0], [None, None, None], ["B", 1.5, None]])
    table = read_table(data, "x.xlsx")
    assert table.header == HEADER
    assert [(row.line, list(row.cells.values())) for row in table.rows] == [
        (3, ["A", "1", "2024"]),
        (5, ["B", "1.5", ""]),
    ]


def test_short_xlsx_rows_are_filled():
    stream = io.BytesIO()
    workbook = openpyxl.Workbook(write_only=True)
    sheet = workbook.create_sheet()
    sheet.append(HEADER)
    sheet.append(["A"])
    workbook.save(stream)
    assert cells(stream.getvalue()) == [["A", "", ""]]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "is empty"),
        (b"\n\n , \n", "is empty"),
        (b"%PDF-1.7 \xe2\xe3\xcf\xd3", "not a table but a PDF"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 100, "Excel 97-2003"),
        (b"PK\x03\x04 not a real archive", "cannot be read as XLSX"),
        (b"just a letter\nwith lines\n", "not a table"),
        (b"a,b\n\x00\x01,2\n", "cannot be read"),
        (b"a,b\n\x81\x8d,2\n", "cannot be read"),
        (b'a,b\n"open,1\nc,2\n', "broken at line 2"),
        (b"a,b,A\n1,2,3\n", "more than once: A, a"),
        (b"a,,c\n1,2,3\n", "Column B"),
        (b"a,b\n1,2\n1,2,3\n", "Line 3"),
        (b"a,b,c\n1,2\n", "Line 2"),
        (book([["T", None], ["a", "b"]], ["A1:B1"]), "header .* merged cells .A1:B1"),
        (book([["a", "b"], ["1", "2"], [None, "3"]], ["A2:A3"]), "merged cells .A2:A3"),
        (book([]), "is empty"),
    ],
)
def test_what_is_no_table_is_refused_with_the_reason(data, message):
    with pytest.raises(TableError, match=re.compile(message)):
        list(read_table(data, "berkas.csv").rows)


def test_rows_that_do_not_fit_can_be_kept_for_a_report():
    rows = list(read_table(b"a,b\n1\n1,2\n1,2,\n1,2,3\n", keep_ragged=True).rows)
    assert [(row.line, bool(row.fault)) for row in rows] == [
        (2, True),
        (3, False),
        (4, False),
        (5, True),
    ]


class Endless(io.RawIOBase):
    """A source that cannot be rewound and says how much was taken from it."""

    taken = 0

    def readable(self):
        return True

    def seekable(self):
        return False

    def read(self, size=-1):
        self.taken += size
        return b"a" * size


def with_sheet(rows: str) -> bytes:
    """A workbook whose sheet holds these rows of XML."""
    sheet = (
        '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
        f"<sheetData>{rows}</sheetData></worksheet>"
    )
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(book([["a"]]))) as old,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for name in old.namelist():
            new.writestr(name, sheet if "sheet1" in name else old.read(name))
    return out.getvalue()


def test_a_row_far_below_all_sheets_does_not_keep_the_reader_for_ever():
    head = '<row r="1"><c r="A1"><v>1</v></c><c r="B1"><v>2</v></c></row>'
    data = with_sheet(f'{head}<row r="999999999999"><c r="A999999999999"><v>3</v></c></row>')
    assert cells(data) == []


def test_a_large_file_is_refused_before_it_is_read():
    endless = Endless()
    with pytest.raises(TableError, match="too large: at most 1 MB"):
        read_table(endless, "x.csv", max_bytes=1_000_000)
    assert endless.taken < 2_000_000

    stream = io.BytesIO(b"a,b\n" * 500_000)
    stream.read = None  # sizing does not read
    with pytest.raises(TableError, match="too large"):
        read_table(stream, "x.csv", max_bytes=1_000_000)


TEXT = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), min_size=1, max_size=20
)


@given(st.lists(st.lists(TEXT, min_size=2, max_size=2), max_size=8))
def test_what_is_written_as_csv_reads_back(rows):
    assert cells(write_csv(["a", "b"], rows)) == expected(rows)


@given(st.lists(st.lists(TEXT, min_size=2, max_size=2), max_size=5))
def test_what_is_written_as_xlsx_reads_back(rows):
    assert cells(write_xlsx(["a", "b"], rows, "Data: [x]"), "x.xlsx") == expected(rows)


def expected(rows):
    read = [[neutralise(cell).strip().strip("\ufeff\u200b") for cell in row] for row in rows]
    return [row for row in read if any(row)]


@given(st.one_of(st.text(), st.integers(), st.floats(allow_nan=False)))
def test_no_cell_written_starts_a_formula(cell):
    written = neutralise(cell)
    if isinstance(cell, str):
        assert not written.startswith(("=", "+", "-", "@", "\t", "\r"))
        assert written in (cell, "'" + cell)
    else:
        assert written is cell


@given(st.binary(max_size=300))
def test_any_bytes_give_a_table_or_a_reason(data):
    with contextlib.suppress(TableError):
        for row in read_table(data, "x").rows:
            assert any(row.cells.values())
