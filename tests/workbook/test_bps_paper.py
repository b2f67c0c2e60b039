"""BPS's forms on paper (XLSX): the golden file, any answers there and back, other hands."""

from __future__ import annotations

import copy
import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

from ckanext.satudata.export import neutralise
from ckanext.satudata.tables import TableError
from ckanext.satudata.workbook.bps import paper, payload
from ckanext.satudata.workbook.bps.layout import bare, shielded
from ckanext.satudata.workbook.bps.names import VARIABLES, load
from ckanext.satudata.workbook.bps.parcel import Item, Parcel
from ckanext.satudata.workbook.bps.shapes import NOTHING
from ckanext.satudata.workbook.bps.words import of_sum
from tests.workbook.golden_forms import (
    cells,
    content_of,
    filled,
    found_cell,
    from_xlsx,
    golden,
    opened,
    same,
)

pytestmark = pytest.mark.usefixtures("with_plugins")


def test_golden_xlsx_is_written_and_read_back_equal():
    written = paper.write(filled())
    assert cells(written) == cells(golden("bps.xlsx", written))
    same(from_xlsx(written), filled())


_CELL = st.text(
    st.characters(exclude_categories=("Cs", "Cc"), include_characters="\n='-+@"), min_size=1
).filter(lambda text: text == text.strip() and text not in NOTHING and "_x" not in text)


def _cell_answer(form, name):
    if name.shape == "rows":
        cells = st.fixed_dictionaries({}, optional={one.field: _CELL for one in name.columns})
        return st.lists(cells.filter(bool), min_size=1, max_size=3)
    values = [choice.value for choice in form.choices(name)]
    if name.shape == "multi":
        return st.lists(st.sampled_from(values), min_size=1, unique=True)
    if name.shape == "label":
        return st.sampled_from(values)
    return st.sampled_from(values) if values and name.shape != "text" else _CELL


@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_any_answers_come_back_equal_from_the_paper_forms(data):
    names = load()

    def draw(form):
        names_of = st.sampled_from(form.names)
        some = data.draw(st.lists(names_of, unique_by=lambda one: one.field, max_size=10))
        return {name.field: data.draw(_cell_answer(form, name)) for name in some}

    activity = Item({"title": data.draw(_CELL), **draw(names.ms_keg)}, "id-kegiatan")
    datasets = []
    for number in range(data.draw(st.integers(0, 2))):
        values = {"title": f"Data {number}", **draw(names.ms_ind)}
        rows = [row for row in (draw(names.ms_var) for _row in range(2)) if row]
        if rows:
            values[VARIABLES] = rows
        datasets.append(Item(values, f"id-{number}"))
    parcel = Parcel(activity, datasets, organiser="Dinas")
    expected = copy.deepcopy(parcel)
    if "sd_tahapan_pengolahan_data" in expected.activity.values:  # stands in the paper's order
        held = expected.activity.values["sd_tahapan_pengolahan_data"]
        held.sort(key=["editing", "coding", "data_entry", "validasi"].index)
    same(from_xlsx(paper.write(parcel)), expected)


@given(st.sets(st.sampled_from(["papi", "capi", "cati", "cawi", "mail", "lainnya"]), min_size=1))
def test_the_sum_of_codes_tells_the_choices(chosen):
    form = load().ms_keg
    name = next(one for one in form.names if one.field == "sd_sarana_pengumpulan_data")
    choices = form.choices(name)
    total = sum(choice.code for choice in choices if choice.value in chosen)
    assert set(of_sum(choices, total)) == chosen


@given(st.text() | st.text(st.sampled_from("'=+-@\ta")))
def test_texts_that_look_like_formulas_are_shielded_and_found_again(text):
    text = ILLEGAL_CHARACTERS_RE.sub("", text)
    assert neutralise(shielded(text)) == shielded(text)
    assert bare(shielded(text)) == text


# The paper in other hands


def test_blank_rows_and_columns_do_no_harm():
    book = opened(paper.write(filled()))
    for sheet in book:
        sheet.insert_cols(3)
        sheet.insert_cols(1)
        sheet.insert_rows(3)
        sheet.insert_rows(9)
    same(from_xlsx(content_of(book)), filled())


def test_numbers_do_without_words_and_words_without_numbers():
    for emptied in (3, 4):
        book = opened(paper.write(filled()))
        for row in book["MS-Keg"].iter_rows(min_row=3):
            coded = len(row) > 3 and isinstance(row[3].value, int)
            if coded and row[2].value is not None and "Proportional" not in str(row[2].value):
                row[emptied - 1].value = None
        read = from_xlsx(content_of(book)).activity.values
        expected = filled().activity.values
        assert read == expected, emptied


def test_words_and_number_that_disagree_are_a_fault_at_the_number():
    book = opened(paper.write(filled()))
    cell = found_cell(book["MS-Keg"], "Survei").offset(column=1)
    cell.value = 1
    faults = from_xlsx(content_of(book)).faults
    assert [fault.cell for fault in faults] == [cell.coordinate]


def test_formulas_are_not_read_but_texts_that_look_like_one_are():
    content = paper.write(filled())
    written = cells(content)
    assert "'- mengetahui lama membaca pelajar; - mengetahui jenis bacaan" in written.values()
    book = opened(content)
    cell = found_cell(book["MS-Ind"], "Poin")
    cell.value = "=1+1"
    assert [fault.cell for fault in from_xlsx(content_of(book)).faults] == [cell.coordinate]


def test_a_form_without_its_headings_is_refused():
    book = opened(paper.write(filled()))
    found_cell(book["MS-Keg"], "Jawaban").value = None
    with pytest.raises(TableError, match="Pertanyaan"):
        from_xlsx(content_of(book))


def test_a_question_in_other_words_is_noted_without_its_answer():
    book = opened(paper.write(filled()))
    label = "Penanggung Jawab Teknis (setingkat Eselon 3): Nama"
    found_cell(book["MS-Keg"], label).value = "Nama orangnya"
    notes = from_xlsx(content_of(book)).notes
    assert len(notes) == 1
    assert "Nama orangnya" in notes[0]
    assert "Siti" not in notes[0]


def test_answers_with_their_number_in_front_and_yes_with_its_number():
    book = opened(paper.write(filled()))
    keg, ind = book["MS-Keg"], book["MS-Ind"]
    found_cell(keg, "Survei").value = "2 - Survei"
    found_cell(keg, "Ya").value = "1-Ya"
    heads = next(row for row in ind.iter_rows() if row[0].value == "(1)")
    place = next(cell.column for cell in heads if cell.value == "(10)")
    ind.cell(heads[0].row + 1, place).value = "1-Ya"
    ind.cell(heads[0].row + 4, place).value = "Tidak"
    same(from_xlsx(content_of(book)), filled())


def test_what_is_no_form_in_a_json_file_is_noted():
    whole = {"ms_keg": {"judul_kegiatan": "Pendataan"}, "ms_ind": [1], "lampiran": "x"}
    read = payload.read(json.dumps(whole).encode(), "bps.json")
    assert {note.partition(":")[0] for note in read.notes} == {"ms_ind", "lampiran"}


def test_variables_that_name_no_dataset_are_noted_where_there_are_several():
    whole = json.loads(payload.write(filled(), flat=False))
    del whole["ms_var"][0]["satudata"]
    read = payload.read(json.dumps(whole).encode(), "bps.json")
    assert [note.partition(":")[0] for note in read.notes] == ["ms_var[0]"]
    assert [len(one.values[VARIABLES]) for one in read.datasets] == [2, 2]


# In the portal
