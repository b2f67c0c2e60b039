"""MS-Keg, MS-Ind and MS-Var in the layout and under the keys of BPS: out, and back equal."""

from __future__ import annotations

import copy
import io
import json
import os
from pathlib import Path
from typing import Any

import ckan.model as model
import openpyxl
import pytest
import yaml
from ckan.tests.helpers import call_action
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

from ckanext.satudata.export import neutralise
from ckanext.satudata.metadata.contact import FIELDS
from ckanext.satudata.tables import TableError, open_workbook
from ckanext.satudata.workbook import runs
from ckanext.satudata.workbook.bps import arriving, national, paper, payload
from ckanext.satudata.workbook.bps.layout import bare, shielded
from ckanext.satudata.workbook.bps.names import VARIABLES, load
from ckanext.satudata.workbook.bps.parcel import Item, Parcel
from ckanext.satudata.workbook.bps.shapes import NOTHING
from ckanext.satudata.workbook.bps.words import of_sum
from ckanext.satudata.workbook.model import WorkbookChange, WorkbookRun
from tests.factories import make_opd, make_root, make_user

HERE = Path(__file__).parent
GOLDEN = HERE / "golden"
FILLED = yaml.safe_load((GOLDEN / "isian.yaml").read_text(encoding="utf-8"))
KEYS = yaml.safe_load((HERE / "data/national_keys.yaml").read_text(encoding="utf-8"))
FORMS = ("ms_keg", "ms_ind", "ms_var")
ORGANISER = FILLED["activity"]["sd_instansi_penyelenggara"]

pytestmark = pytest.mark.usefixtures("with_plugins")


def _filled(contact: bool = True) -> Parcel:
    activity = {**FILLED["activity"], **(FILLED["contact"] if contact else {})}
    return Parcel(
        _item(activity),
        [_item(one) for one in FILLED["datasets"]],
        organiser=ORGANISER,
    )


def _item(stored: dict[str, Any]) -> Item:
    values = copy.deepcopy({key: held for key, held in stored.items() if key not in ("id", "name")})
    return Item(values, stored["id"])


def _same(one: Parcel, other: Parcel) -> None:
    assert one.faults == other.faults == []
    assert one.notes == other.notes == []
    assert one.activity.values == other.activity.values
    assert one.activity.id == other.activity.id
    assert [item.values for item in one.datasets] == [item.values for item in other.datasets]
    assert [item.id for item in one.datasets] == [item.id for item in other.datasets]


def _from_xlsx(content: bytes) -> Parcel:
    book = open_workbook(content, "bps.xlsx", 10_000_000, data_only=False)
    parcel = arriving.from_book(book, "bps.xlsx")
    assert parcel is not None
    return parcel


# Golden files. To write them anew after a change of the layout: WRITE_GOLDEN=1 make test …


def _golden(name: str, content: bytes) -> bytes:
    if os.environ.get("WRITE_GOLDEN"):
        (GOLDEN / name).write_bytes(content)
    return (GOLDEN / name).read_bytes()


def _cells(content: bytes) -> dict[str, Any]:
    book = openpyxl.load_workbook(io.BytesIO(content))
    return {
        f"{sheet.title}!{cell.coordinate}": cell.value
        for sheet in book
        for row in sheet
        for cell in row
        if cell.value is not None
    }


@pytest.mark.parametrize(("name", "flat"), [("bps-indah.json", False), ("bps-datar.json", True)])
def test_golden_json_is_written_and_read_back_equal(name, flat):
    written = payload.write(_filled(), flat)
    assert written == _golden(name, written)
    _same(payload.read(written, name), _filled())


def test_golden_xlsx_is_written_and_read_back_equal():
    written = paper.write(_filled())
    assert _cells(written) == _cells(_golden("bps.xlsx", written))
    _same(_from_xlsx(written), _filled())


def test_the_golden_set_leaves_no_question_open():
    names = load()
    assert _filled().activity.values.keys() == {name.field for name in names.ms_keg.names}
    datasets = _filled().datasets
    asked = {name.field for name in names.ms_ind.names}
    assert asked <= set().union(*(one.values for one in datasets))
    rows = [row for one in datasets for row in one.values[VARIABLES]]
    assert {name.field for name in names.ms_var.names} == set().union(*rows)


# The keys of others


def _values_of(form: str) -> list[dict[str, Any]]:
    parcel = _filled()
    if form == "ms_keg":
        return [parcel.activity.values]
    if form == "ms_ind":
        return [one.values for one in parcel.datasets]
    return [row for one in parcel.datasets for row in one.values[VARIABLES]]


def _at(data: Any, path: str) -> list[Any]:
    """What stands at a path of the reference, where [] goes through a list."""
    found = [data]
    for step in path.split("."):
        key = step.removesuffix("[]")
        found = [one.get(key) for one in found]
        if step.endswith("[]"):
            found = [one for held in found for one in held or []]
    return [one for one in found if one is not None]


@pytest.mark.parametrize("form", FORMS)
def test_every_key_that_bps_has_been_seen_to_use_is_written(form):
    table = getattr(load(), form)
    indah = [national.to_indah(table, values) for values in _values_of(form)]
    flat = [national.to_flat(table, values) for values in _values_of(form)]
    for entry in KEYS[form]:
        if "flat" in entry:
            assert any(one[entry["flat"]] not in (None, "[]") for one in flat), entry
        path = entry["path"]
        if path.endswith(".{choice}"):
            found = [held for one in indah for held in _at(one, path.removesuffix(".{choice}"))]
            name = next(name for name in table.names if name.field == entry["field"])
            values = {choice.value for choice in table.choices(name)}
            assert found, entry
            assert values == {key for key, held in found[0].items() if isinstance(held, bool)}
        elif "ketersediaan_publikasi" not in path:
            assert any(_at(one, path) for one in indah), entry


def test_misspelled_keys_are_written_as_they_are_misspelled():
    indah = national.to_indah(load().ms_keg, _filled().activity.values)
    flat = national.to_flat(load().ms_keg, _filled().activity.values)
    assert indah["blok_i"]["instansi_penyelanggara"] == ORGANISER
    assert indah["blok_iv"]["frekuensi_penyelanggara"] == "TAHUNAN"
    assert indah["blok_vii"]["unit_analsis"]["lainnya"] is True
    assert {"i_instansi_penyelanggara", "iv_frekuensi_penyelanggara"} <= flat.keys()


@pytest.mark.parametrize(
    ("path", "spelling", "field", "meant"),
    [
        ("cara_pengumpulan_data", "CARA_LAIN_SESUAI_PERKEMBANGAN_TEKNOLOGI_DAN_INFORMASI",
         "sd_cara_pengumpulan_data", "CARA_LAIN_SESUAI_DENGAN_PERKEMBANGAN_TI"),
        ("blok_v.jenis_rancangan_sampel", "SINGLE_STAGE_PHASE",
         "sd_jenis_rancangan_sampel", "SINGLE_STAGE_ATAU_PHASE"),
        ("blok_v.jenis_rancangan_sampel", "MULTI_STAGE_PHASE",
         "sd_jenis_rancangan_sampel", "MULTI_STAGE_ATAU_PHASE"),
        ("blok_vi.persyaratan_pendidikan_terendah_petugas_pengumpulan_data", "DIPLOMA_I_II_III",
         "sd_pendidikan_petugas", "DIPLOMA_I_ATAU_II_ATAU_III"),
        ("blok_vi.persyaratan_pendidikan_terendah_petugas_pengumpulan_data", "DIPLOMA_IV_S1_S2_S3",
         "sd_pendidikan_petugas", "DIPLOMA_IV_ATAU_S1_ATAU_S2_ATAU_S3"),
        ("blok_iv.frekuensi_penyelanggara", "DUA_TAHUNAN",
         "sd_frekuensi_penyelenggaraan", "LEBIH_DARI_DUA_TAHUNAN"),
    ],
)  # fmt: skip
def test_other_spellings_are_read_and_never_written(path, spelling, field, meant):
    form = load().ms_keg
    data: Any = spelling
    for key in reversed(path.split(".")):
        data = {key: data}
    reading = national.from_indah(form, data)
    assert reading.values == {field: meant}
    for written in (
        national.to_indah(form, reading.values),
        national.to_flat(form, reading.values),
    ):
        assert f'"{spelling}"' not in json.dumps(written)


def test_the_other_shape_of_component_indicators_is_read():
    row = {"nama": "Lama", "ketersediaan_publikasi": [{"nama": "Buku", "file": {"nama": None}}]}
    reading = national.from_indah(load().ms_ind, {"indikator_pembangun": [row], "id_sls": "X"})
    assert reading.values == {
        "sd_indikator_pembangun": [{"publikasi": "Buku", "nama": "Lama"}],
        "sd_kode_sds": "X",
    }


def test_what_nobody_understands_is_reported():
    data = {"blok_ix": {"isi": 1}, "judul_kegiatan": ["a"], "blok_i": "x", "status": "DRAFT"}
    data["blok_iv"] = {"metode_pengumpulan_data": {"telepati": True, "wawancara": True}}
    data["blok_iii"] = {"variabel_yang_dikumpulkan": [{"nama": "a", "warna": "b"}]}
    reading = national.from_indah(load().ms_keg, data)
    assert set(reading.unknown) == {
        "blok_ix.isi",
        "blok_i",
        "blok_iv.metode_pengumpulan_data.telepati",
        "blok_iii.variabel_yang_dikumpulkan[0].warna",
    }
    assert reading.unreadable == ["judul_kegiatan"]
    assert reading.values["sd_metode_pengumpulan_data"] == ["wawancara"]


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_whatever_stands_at_a_key_is_read_without_a_fault_of_ours(data):
    for key in FORMS:
        form = getattr(load(), key)
        chosen = data.draw(st.sampled_from(form.names))
        held = data.draw(_JSON)
        if chosen.flat:
            national.from_flat(form, {chosen.flat: held})
        nested: Any = held
        for step in reversed(chosen.path):
            nested = {step: nested}
        national.from_indah(form, nested if chosen.path else {})


# Equal whatever is stored

_TEXT = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1) | st.sampled_from(
    ["-", "1", "007", "a\nb", " = ", "1 = Satu\n2 = Dua", "[]", '["a"]', "true", "SURVEI", "=1+1"]
)


def _answer(form, name):
    if name.shape == "rows":
        cells = st.fixed_dictionaries({}, optional={one.field: _TEXT for one in name.columns})
        return st.lists(cells.filter(bool), min_size=1, max_size=3)
    values = [choice.value for choice in form.choices(name)]
    word = st.sampled_from(values) | _TEXT if values else _TEXT
    if name.shape == "multi":
        return st.lists(word, min_size=1, max_size=4, unique=True)
    return word


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data(), st.booleans())
def test_any_stored_answers_come_back_equal_in_both_shapes(data, flat):
    names = load()

    def draw(form):
        names_of = st.sampled_from(form.names)
        some = data.draw(st.lists(names_of, unique_by=lambda one: one.field, max_size=8))
        return {name.field: data.draw(_answer(form, name)) for name in some}

    activity = Item({"title": "Judul", **draw(names.ms_keg)}, "id-kegiatan")
    datasets = []
    for number in range(data.draw(st.integers(0, 2))):
        values = {"title": f"Data {number}", **draw(names.ms_ind)}
        rows = [row for row in (draw(names.ms_var) for _row in range(2)) if row]
        if rows:
            values[VARIABLES] = rows
        datasets.append(Item(values, f"id-{number}"))
    parcel = Parcel(activity, datasets, organiser="Dinas")
    _same(payload.read(payload.write(parcel, flat), "bps.json"), parcel)


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
    _same(_from_xlsx(paper.write(parcel)), expected)


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


def _open(content: bytes) -> openpyxl.Workbook:
    return openpyxl.load_workbook(io.BytesIO(content))


def _bytes(book: openpyxl.Workbook) -> bytes:
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _find(sheet, text: str, nth: int = 1):
    found = [cell for row in sheet for cell in row if cell.value == text]
    return found[nth - 1]


def test_blank_rows_and_columns_do_no_harm():
    book = _open(paper.write(_filled()))
    for sheet in book:
        sheet.insert_cols(3)
        sheet.insert_cols(1)
        sheet.insert_rows(3)
        sheet.insert_rows(9)
    _same(_from_xlsx(_bytes(book)), _filled())


def test_numbers_do_without_words_and_words_without_numbers():
    for emptied in (3, 4):
        book = _open(paper.write(_filled()))
        for row in book["MS-Keg"].iter_rows(min_row=3):
            coded = len(row) > 3 and isinstance(row[3].value, int)
            if coded and row[2].value is not None and "Proportional" not in str(row[2].value):
                row[emptied - 1].value = None
        read = _from_xlsx(_bytes(book)).activity.values
        expected = _filled().activity.values
        assert read == expected, emptied


def test_words_and_number_that_disagree_are_a_fault_at_the_number():
    book = _open(paper.write(_filled()))
    cell = _find(book["MS-Keg"], "Survei").offset(column=1)
    cell.value = 1
    faults = _from_xlsx(_bytes(book)).faults
    assert [fault.cell for fault in faults] == [cell.coordinate]


def test_formulas_are_not_read_but_texts_that_look_like_one_are():
    content = paper.write(_filled())
    cells = _cells(content)
    assert "'- mengetahui lama membaca pelajar; - mengetahui jenis bacaan" in cells.values()
    book = _open(content)
    cell = _find(book["MS-Ind"], "Poin")
    cell.value = "=1+1"
    assert [fault.cell for fault in _from_xlsx(_bytes(book)).faults] == [cell.coordinate]


def test_a_form_without_its_headings_is_refused():
    book = _open(paper.write(_filled()))
    _find(book["MS-Keg"], "Jawaban").value = None
    with pytest.raises(TableError, match="Pertanyaan"):
        _from_xlsx(_bytes(book))


def test_a_question_in_other_words_is_noted_without_its_answer():
    book = _open(paper.write(_filled()))
    label = "Penanggung Jawab Teknis (setingkat Eselon 3): Nama"
    _find(book["MS-Keg"], label).value = "Nama orangnya"
    notes = _from_xlsx(_bytes(book)).notes
    assert len(notes) == 1
    assert "Nama orangnya" in notes[0]
    assert "Siti" not in notes[0]


def test_answers_with_their_number_in_front_and_yes_with_its_number():
    book = _open(paper.write(_filled()))
    keg, ind = book["MS-Keg"], book["MS-Ind"]
    _find(keg, "Survei").value = "2 - Survei"
    _find(keg, "Ya").value = "1-Ya"
    heads = next(row for row in ind.iter_rows() if row[0].value == "(1)")
    place = next(cell.column for cell in heads if cell.value == "(10)")
    ind.cell(heads[0].row + 1, place).value = "1-Ya"
    ind.cell(heads[0].row + 4, place).value = "Tidak"
    _same(_from_xlsx(_bytes(book)), _filled())


def test_what_is_no_form_in_a_json_file_is_noted():
    whole = {"ms_keg": {"judul_kegiatan": "Pendataan"}, "ms_ind": [1], "lampiran": "x"}
    read = payload.read(json.dumps(whole).encode(), "bps.json")
    assert {note.partition(":")[0] for note in read.notes} == {"ms_ind", "lampiran"}


def test_variables_that_name_no_dataset_are_noted_where_there_are_several():
    whole = json.loads(payload.write(_filled(), flat=False))
    del whole["ms_var"][0]["satudata"]
    read = payload.read(json.dumps(whole).encode(), "bps.json")
    assert [note.partition(":")[0] for note in read.notes] == ["ms_var[0]"]
    assert [len(one.values[VARIABLES]) for one in read.datasets] == [2, 2]


# In the portal


@pytest.fixture
def opd(clean_portal):
    return make_opd("dinas-uji", make_root())


@pytest.fixture
def editor(opd):
    return make_user("editor", opd)


@pytest.fixture
def stored(opd):
    """The golden set as the portal holds it."""
    context = {"ignore_auth": True, "user": make_user("sysadmin")["name"]}
    keg = {**FILLED["activity"], **FILLED["contact"]}
    call_action("package_create", context, type="kegiatan", owner_org=opd["id"], **keg)
    for one in FILLED["datasets"]:
        call_action(
            "package_create",
            context,
            owner_org=opd["id"],
            sd_kegiatan=FILLED["activity"]["id"],
            private=one["name"].startswith("indeks"),
            **copy.deepcopy(one),
        )
    return FILLED


def _url(ending: str) -> str:
    return f"/satudata/kegiatan/{FILLED['activity']['name']}/bps.{ending}"


def _get(app, ending: str, user) -> Any:
    return app.get(_url(ending), headers={"Authorization": user["token"]})


@pytest.mark.parametrize(
    ("ending", "golden"),
    [("json", "bps-indah.json"), ("json?bentuk=datar", "bps-datar.json")],
)
def test_an_editor_downloads_the_golden_json(app, stored, editor, ending, golden):
    assert _get(app, ending, editor).data == (GOLDEN / golden).read_bytes()


def test_an_editor_downloads_the_golden_workbook(app, stored, editor):
    assert _cells(_get(app, "xlsx", editor).data) == _cells((GOLDEN / "bps.xlsx").read_bytes())


@pytest.mark.parametrize("ending", ["json", "json?bentuk=datar", "xlsx"])
def test_others_get_no_personal_data_and_no_private_dataset(app, stored, opd, ending):
    member, stranger = make_user("member", opd), make_user()
    content = _get(app, ending, member).data
    shown = _readable(content, ending)
    assert "Indeks Kegemaran Membaca" in shown
    assert not [text for text in FILLED["contact"].values() if text != "-" and text in shown
                and text != FILLED["activity"]["sd_alamat_penyelenggara"]]  # fmt: skip
    app.get(_url(ending), headers={"Authorization": stranger["token"]}, status=404)
    app.get(_url(ending), status=404)
    keg = FILLED["activity"]["id"]
    call_action("package_patch", id=keg, private=False)
    shown = _readable(_get(app, ending, stranger).data, ending)
    assert "Rata-rata Lama Membaca Pelajar" in shown
    assert "Indeks Kegemaran Membaca" not in shown
    assert not [text for text in FILLED["contact"].values() if text in shown]


def _readable(content: bytes, ending: str) -> str:
    if ending == "xlsx":
        return "\n".join(map(str, _cells(content).values()))
    return content.decode()


def _files() -> list[tuple[str, bytes]]:
    names = ("bps-indah.json", "bps-datar.json", "bps.xlsx")
    return [(name, (GOLDEN / name).read_bytes()) for name in names]


def _send(content: bytes, name: str, user, org) -> WorkbookRun:
    run = runs.new_run(content, name, model.User.get(user["name"]), org_id=org["id"])
    model.Session.commit()
    return run


@pytest.mark.parametrize("name", ["bps-indah.json", "bps-datar.json", "bps.xlsx"])
def test_what_was_downloaded_changes_nothing(stored, opd, editor, name):
    run = _send((GOLDEN / name).read_bytes(), name, editor, opd)
    assert (run.faults, run.unchanged, runs.counts([run.id])) == ([], 3, {})
    assert any("2.2" in note for note in run.notes)


@pytest.mark.parametrize("name", ["bps-indah.json", "bps-datar.json", "bps.xlsx"])
def test_another_organisation_gets_its_own_activity_with_its_datasets(stored, name):
    other = make_opd("dinas-lain", {"name": "pemerintah-kota-uji"})
    run = _send((GOLDEN / name).read_bytes(), name, make_user("editor", other), other)
    assert run.faults == []
    changes = model.Session.query(WorkbookChange).all()
    kept = json.dumps([[one.before, one.after] for one in changes]) + json.dumps(run.notes)
    assert not any(field in kept for field in FIELDS)
    assert "siti.contoh" not in kept
    assert runs.confirm(run.id)
    model.Session.commit()
    runs.execute(run.id)
    assert runs.counts([run.id]) == {run.id: {"saved": 3}}
    both = f"+owner_org:{other['id']} +dataset_type:(kegiatan OR dataset)"
    ids = [
        one["id"] for one in call_action("package_search", fq=both, include_private=True)["results"]
    ]
    found = [call_action("package_show", id=one) for one in ids]
    keg = next(one for one in found if one["type"] == "kegiatan")
    _holds(keg, FILLED["activity"])
    assert keg["private"]
    for wanted in FILLED["datasets"]:
        one = next(one for one in found if one["title"] == wanted["title"])
        assert one["sd_kegiatan"] == keg["id"]
        _holds(one, wanted)


def _holds(shown: dict[str, Any], wanted: dict[str, Any]) -> None:
    for field, value in wanted.items():
        if field not in ("id", "name"):
            assert shown[field] == value, field


def test_a_changed_answer_is_the_only_change(stored, opd, editor):
    whole = json.loads((GOLDEN / "bps-indah.json").read_bytes())
    whole["ms_keg"]["data"]["blok_v"]["unit_sampel"] = "Kelas"
    run = _send(json.dumps(whole).encode(), "bps.json", editor, opd)
    change = model.Session.query(WorkbookChange).filter_by(run_id=run.id).one()
    assert (change.before, change.after) == (
        {"sd_unit_sampel": "Sekolah"},
        {"sd_unit_sampel": "Kelas"},
    )


def test_a_wrong_answer_is_named_at_its_place(stored, opd, editor):
    whole = json.loads((GOLDEN / "bps-indah.json").read_bytes())
    whole["ms_keg"]["data"]["cara_pengumpulan_data"] = "TELEPATI"
    run = _send(json.dumps(whole).encode(), "bps.json", editor, opd)
    assert [(one["sheet"], one["cell"]) for one in run.faults] == [
        ("MS-Keg", "ms_keg.cara_pengumpulan_data")
    ]
    book = _open((GOLDEN / "bps.xlsx").read_bytes())
    cell = _find(book["MS-Keg"], "Survei")
    cell.value, cell.offset(column=1).value = "Telepati", None
    run = _send(_bytes(book), "bps.xlsx", editor, opd)
    assert [(one["sheet"], one["cell"]) for one in run.faults] == [("MS-Keg", cell.coordinate)]


def test_tables_alone_find_their_activity_by_its_name(stored, opd, editor):
    book = _open((GOLDEN / "bps.xlsx").read_bytes())
    del book["MS-Keg"]
    _find(book["MS-Ind"], "Poin").value = "Angka"
    run = _send(_bytes(book), "bps.xlsx", editor, opd)
    assert run.faults == []
    change = model.Session.query(WorkbookChange).filter_by(run_id=run.id).one()
    assert change.after == {"sd_satuan": "Angka"}
    _find(book["MS-Ind"], FILLED["activity"]["title"]).value = "Kegiatan lain"
    _find(book["MS-Ind"], "26.3299.001").value = None
    with pytest.raises(TableError, match="Kegiatan lain"):
        _send(_bytes(book), "bps.xlsx", editor, opd)


@pytest.mark.parametrize(
    "content",
    [b"{", b'{"a": 1}', b"{}", b'{"ms_keg": []}', b'{"ms_keg": {"judul_kegiatan": "a\\u0000"}}'],
)
def test_json_that_is_no_form(opd, editor, content):
    with pytest.raises(TableError, match="The file bps"):
        _send(content, "bps.json", editor, opd)


def test_the_pages_offer_and_take_the_forms(app, stored, opd, editor):
    headers = {"Authorization": editor["token"]}
    page = app.get(f"/kegiatan/{FILLED['activity']['name']}", headers=headers).body
    assert _url("xlsx") in page
    assert _url("json") in page
    whole = json.loads((GOLDEN / "bps-datar.json").read_bytes())
    whole["ms_keg"]["v_unit_sampel"] = "Kelas"
    sent = app.post(
        "/satudata/templat/unggah",
        headers=headers,
        data={"upload": (io.BytesIO(json.dumps(whole).encode()), "bps.json"), "org": "dinas-uji"},
        content_type="multipart/form-data",
    )
    assert "Kelas" in sent.body
    assert "Siti Contoh" not in sent.body
    assert "Empty cells empty the field" not in sent.body
    assert call_action("package_show", id=FILLED["activity"]["id"])["sd_unit_sampel"] == "Sekolah"


def test_a_form_without_ids_finds_its_activity_by_title_and_year(stored, opd, editor):
    whole = json.loads((GOLDEN / "bps-datar.json").read_bytes())
    for entry in (whole["ms_keg"], *whole["ms_ind"]):
        entry.pop("satudata")
    whole["ms_var"] = []
    run = _send(json.dumps(whole).encode(), "bps.json", editor, opd)
    assert (run.faults, run.unchanged) == ([], 2)
    change = model.Session.query(WorkbookChange).filter_by(run_id=run.id).one()
    assert change.package_id == FILLED["datasets"][1]["id"]
    assert set(change.after) == {"sd_variabel_pembangun"}
    whole["ms_keg"]["tahun"] = 2027
    whole["ms_ind"] = []
    run = _send(json.dumps(whole).encode(), "bps.json", editor, opd)
    change = model.Session.query(WorkbookChange).filter_by(run_id=run.id).one()
    assert (change.package_id, change.after["sd_tahun_kegiatan"]) == (None, "2027")


def test_the_preview_keeps_the_order_of_the_form(app, stored):
    other = make_opd("dinas-lain", {"name": "pemerintah-kota-uji"})
    sender = make_user("editor", other)
    run = _send((GOLDEN / "bps.xlsx").read_bytes(), "bps.xlsx", sender, other)
    page = app.get(
        f"/satudata/templat/unggahan/{run.id}", headers={"Authorization": sender["token"]}
    ).body
    labels = ("Year", "Organising institution", "Purpose of the activity", "Sampling unit")
    places = [page.index(label) for label in labels]
    assert places == sorted(places)


def test_an_organisation_of_others_is_refused(stored, editor):
    other = make_opd("dinas-lain", {"name": "pemerintah-kota-uji"})
    for name, content in _files():
        with pytest.raises(TableError, match="may not"):
            _send(content, name, editor, other)
