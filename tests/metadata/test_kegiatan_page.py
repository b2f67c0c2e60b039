"""The page of an activity, and the paper form MS-Keg that it prints."""

from __future__ import annotations

import json

import pytest
from bs4 import BeautifulSoup
from ckan import model
from ckan.tests.helpers import call_action

from ckanext.satudata.metadata import printing
from ckanext.satudata.metadata.schema import dataset_schema
from tests import factories

PERSON = {"sd_pj_nama": "Siti Contoh", "sd_pj_email": "siti@contoh.go.id"}

ANSWERS = {
    "title": "Pendataan Sekolah",
    "sd_tahun_kegiatan": "2026",
    "sd_cara_pengumpulan_data": "SURVEI",
    "sd_rekomendasi_bps": "false",
    "sd_kode_kegiatan": "26.001",
    "sd_instansi_penyelenggara": "Dinas Pendidikan",
    "sd_faksimile_penyelenggara": "-",
    "sd_jadwal_desain": [
        {"awal": "2026-01-05", "akhir": "2026-01-30"},
        {"awal": "2026-02-01", "akhir": "2026-02-02"},
    ],
    "sd_variabel_dikumpulkan": [
        {"nama": "Jumlah siswa", "konsep": "Siswa", "definisi": "Terdaftar", "referensi_waktu": ""}
    ],
    "sd_kegiatan_ini_dilakukan": "BERULANG",
    "sd_metode_pengumpulan_data": ["wawancara", "pengumpulan_data_sekunder"],
    "sd_sarana_pengumpulan_data": ["cawi", "mail"],
    "sd_jumlah_petugas_supervisor": "5",
    "sd_tahapan_pengolahan_data": ["editing"],
    "sd_produk_tercetak": "true",
    "sd_rilis_produk_tercetak": "2026-12-15",
    "sd_produk_digital": "false",
    "sd_rilis_produk_digital": "2026-12-16",
}


@pytest.fixture
def form(with_plugins):
    """Blocks of the printed form by name, for answers as ``package_show`` gives them."""

    def make(answers, contact):
        blocks = printing.blocks(dataset_schema("kegiatan"), answers, contact)
        return {block.name: block for block in blocks}

    return make


def _question(block, number):
    return next(question for question in block.questions if question.number == number)


def _by_label(block):
    return {answer.label: answer for question in block.questions for answer in question.answers}


def test_every_field_of_ms_keg_is_on_the_paper_once(form):
    schema = dataset_schema("kegiatan")
    blocks = form({}, {})
    assert [*blocks] == [group["name"] for group in schema["kelompok"] if group["name"] != "lain"]
    labels = [
        label
        for block in blocks.values()
        for question in block.questions
        for answer in question.answers
        for label in ([row[0] for row in answer.table.rows] if not answer.label else [answer.label])
    ]
    asked = [
        field["label"]["id"]
        for field in [*schema["dataset_fields"], *schema["kontak_fields"]]
        if field["field_name"] not in ("name", "owner_org")
        and (field["kelompok"] != "lain" or field["field_name"] == "sd_kode_kegiatan")
    ]
    assert sorted(labels) == sorted(asked)


def test_numbers_run_upwards_in_every_block(form):
    for block in form({}, {}).values():
        numbers = [question.number for question in block.questions if question.number]
        assert len(numbers) == len(set(numbers))
        assert numbers == sorted(numbers, key=lambda number: [int(n) for n in number.split(".")])


def test_choices_are_printed_as_their_number_codes(form):
    blocks = form(ANSWERS, {})
    cover = _by_label(blocks["sampul"])
    assert cover["Cara pengumpulan data"].code == "2"
    assert [option.chosen for option in cover["Cara pengumpulan data"].options] == [
        False, True, False, False,
    ]  # fmt: skip
    recommended = next(answer for label, answer in cover.items() if "rekomendasi" in label.lower())
    assert (recommended.code, [option.code for option in recommended.options]) == ("2", ["1", "2"])
    assert _question(blocks["blok_iv"], "4.6").answers[0].code == str(1 + 8)
    assert _question(blocks["blok_iv"], "4.7").answers[0].code == str(8 + 16)
    steps = _question(blocks["blok_vii"], "7.1").answers[0].table
    assert [row[1] for row in steps.rows] == ["1", "2", "2", "2"]
    unanswered = _question(form({}, {})["blok_vii"], "7.1").answers[0].table
    assert [row[1] for row in unanswered.rows] == [""] * 4


def test_a_question_that_does_not_apply_is_printed_without_its_old_answer(form):
    blocks = form(ANSWERS, {})
    staff = next(
        answer
        for answer in _question(blocks["blok_vi"], "6.6").answers
        if "supervisor" in answer.label
    )
    assert (staff.applies, staff.text) == (False, "")
    releases = _question(blocks["blok_viii"], "8.2").answers
    assert [answer.text for answer in releases] == ["15 Desember 2026", "", ""]
    assert _question(blocks["blok_v"], "5.1").answers[0].applies
    assert [answer.applies for answer in releases] == [True, False, True]
    assert all(
        answer.applies for block in form({}, {}).values() for answer in _by_label(block).values()
    )
    census = form({**ANSWERS, "sd_cara_pengumpulan_data": "PENCACAHAN_LENGKAP"}, {})
    assert not any(answer.applies for answer in _by_label(census["blok_v"]).values())


def test_rows_are_tables_and_the_schedule_is_one(form):
    blocks = form(ANSWERS, {})
    schedule = _question(blocks["blok_iii"], "3.3").answers
    assert len(schedule) == 1
    rows = schedule[0].table.rows
    assert [row for row in rows if row[1]] == [
        ("Jadwal: desain", "5 Januari 2026", "30 Januari 2026"),
        ("Jadwal: desain", "1 Februari 2026", "2 Februari 2026"),
    ]
    assert len(rows) == 8
    variables = _question(blocks["blok_iii"], "3.4").answers[0].table
    assert variables.rows == (("Jumlah siswa", "Siswa", "Terdaftar", ""),)


def test_stored_answers_print_like_shown_ones_and_placeholders_are_blank(form):
    as_stored = {
        name: value if isinstance(value, str) else json.dumps(value)
        for name, value in ANSWERS.items()
    }
    assert form(as_stored, PERSON) == form(ANSWERS, PERSON)
    assert _by_label(form(ANSWERS, {})["blok_i"])["Faksimile"].text == ""


# Pages


@pytest.fixture
def org(clean_portal):
    return factories.make_opd("dinas-pendidikan", factories.make_root())


@pytest.fixture
def editor(org):
    return factories.make_user("editor", org)


@pytest.fixture
def activity(org, editor):
    context = {"user": editor["name"], "ignore_auth": False}
    answers = {**ANSWERS, **PERSON, "name": "pendataan", "private": False}
    return call_action("package_create", context, type="kegiatan", owner_org=org["id"], **answers)


def _text(page):
    return " ".join(page.get_text(" ").split())


def _visit(app, url):
    response = app.get(url)
    assert response.status_code == 200
    return BeautifulSoup(response.body, "html.parser")


def test_the_page_has_its_headings_meter_and_no_files(activity, editor, browser):
    page = browser(editor["token"]).get("/id/kegiatan/pendataan")
    headings = [th.text for th in page.find_all("th", scope="colgroup")]
    assert headings[:2] == ["Sampul", "I. Penyelenggara"]
    assert page.find(id="satudata-completeness")
    assert not page.find(id="dataset-resources")
    assert page.find("a", href="/id/satudata/kegiatan/pendataan/cetak")
    row = page.find("th", string="Rencana rilis: digital").parent
    assert len(row.find_all("div", class_="small")) == 1
    row = page.find("th", string="Rencana rilis: tercetak").parent
    assert not row.find_all("div", class_="small")


def test_the_person_in_charge_is_on_the_page_for_those_who_may_see(activity, editor, browser, app):
    own = _text(browser(editor["token"]).get("/kegiatan/pendataan"))
    assert "Siti Contoh" in own
    member = factories.make_user("editor", factories.make_opd("dinas-lain"))
    for page in (
        _visit(app, "/kegiatan/pendataan"),
        browser(member["token"]).get("/kegiatan/pendataan"),
    ):
        assert "Siti Contoh" not in str(page)
        assert "siti@contoh.go.id" not in str(page)
        assert not page.find(id="satudata-kegiatan-contact")


def test_its_datasets_are_those_the_reader_may_see(activity, org, editor, browser, app):
    for name, private in (("terbuka", False), ("tertutup", True)):
        factories.make_dataset(org, name=name, private=private, sd_kegiatan=activity["id"])
    factories.make_dataset(org, name="tanpa-kegiatan")

    def listed(page):
        section = page.find("section", {"aria-labelledby": "satudata-kegiatan-datasets"})
        return [link["href"] for link in section.find_all("a")]

    own = browser(editor["token"]).get("/kegiatan/pendataan")
    assert listed(own) == ["/dataset/terbuka", "/dataset/tertutup"]
    visitor = _visit(app, "/kegiatan/pendataan")
    assert listed(visitor) == ["/dataset/terbuka"]
    assert "ertutup" not in str(visitor)


def test_a_dataset_is_started_from_the_activity(activity, org, editor, browser, app):
    pages = browser(editor["token"])
    link = pages.get("/kegiatan/pendataan").find(
        "a", href=lambda url: url and "sd_kegiatan=" in url
    )
    form = dict(pages.form(link["href"]))
    assert form["sd_kegiatan"] == activity["id"]
    assert form["owner_org"] == org["id"]
    assert "sd_kegiatan=" not in app.get("/kegiatan/pendataan").body


def test_the_form_prints_in_indonesian_whatever_the_portal_speaks(activity, editor, browser):
    page = browser(editor["token"]).get("/en/satudata/kegiatan/pendataan/cetak")
    assert page.html["lang"] == "id"
    text = _text(page)
    for printed in ("Judul kegiatan Pendataan Sekolah", "Dinas Pendidikan", "Siti Contoh"):
        assert printed in text
    assert "Place and date" not in text
    assert "15 Desember 2026" in text
    assert page.find_all(class_="satudata-print-dots")
    assert not page.find_all("script")


def test_others_print_it_without_the_person_in_charge(activity, app):
    page = _visit(app, "/satudata/kegiatan/pendataan/cetak")
    assert "Dinas Pendidikan" in page.text
    assert "Siti" not in str(page)
    assert "siti@" not in str(page)


def test_only_an_activity_that_one_may_read_is_printed(activity, org, app):
    factories.make_dataset(org, name="data")
    model.Package.get(activity["id"])
    call_action("package_patch", id=activity["id"], private=True)
    for name in ("data", "pendataan", "tidak-ada"):
        assert app.get(f"/satudata/kegiatan/{name}/cetak").status_code == 404
