"""A new dataset or the next round of an activity, started from the metadata of an old one."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from ckan.tests.helpers import call_action
from hypothesis import given
from hypothesis import strategies as st

from ckanext.satudata.metadata import copying
from ckanext.satudata.metadata.schema import dataset_schema
from tests.factories import (
    COMPLETE,
    COMPLETE_ROWS,
    complete,
    make_dataset,
    make_item,
    make_opd,
    make_root,
    make_user,
)
from tests.metadata.conftest import Browser

ROUND = {
    "title": "Pendataan Sekolah 2025",
    "sd_tahun_kegiatan": "2025",
    "sd_kode_kegiatan": "25.001",
    "sd_identitas_rekomendasi": "V-25.3299.001",
    "sd_cara_pengumpulan_data": "SURVEI",
    "sd_jadwal_desain": [
        {"awal": "2025-01-05", "akhir": "2025-01-30"},
        {"awal": "2025-02-01", "akhir": "2025-02-28"},
    ],
    "sd_metode_pengumpulan_data": ["wawancara", "pengamatan"],
    "sd_rilis_produk_tercetak": "2025-12-15",
}
PERSON = {"sd_pj_nama": "Siti Contoh", "sd_pj_email": "siti@contoh.go.id"}


class TestPure:
    """Without a database."""

    @pytest.fixture
    def later(self, with_plugins):
        schema = dataset_schema("kegiatan")

        def make(**answers: Any) -> dict[str, Any]:
            return copying.next_round({"id": "lama", **answers}, schema)

        return make

    def test_year_title_and_dates_move_on(self, later):
        found = later(**ROUND)
        assert found["sd_tahun_kegiatan"] == "2026"
        assert found["title"] == "Pendataan Sekolah 2026"
        assert found["sd_jadwal_desain"] == [
            {"awal": "2026-01-05", "akhir": "2026-01-30"},
            {"awal": "2026-02-01", "akhir": "2026-02-28"},
        ]
        assert found["sd_rilis_produk_tercetak"] == "2026-12-15"
        assert found["sd_kegiatan_sebelumnya"] == "lama"
        assert not {"sd_kode_kegiatan", "sd_identitas_rekomendasi", "name"} & found.keys()

    def test_without_a_year_the_dates_stay_out(self, later):
        found = later(**{**ROUND, "sd_tahun_kegiatan": "tahun lalu"})
        assert not {"sd_tahun_kegiatan", "sd_jadwal_desain", "sd_rilis_produk_tercetak"} & set(
            found
        )
        assert found["title"] == ROUND["title"]

    def test_what_is_no_date_stays(self, later):
        found = later(**{**ROUND, "sd_rilis_produk_tercetak": "akhir tahun"})
        assert found["sd_rilis_produk_tercetak"] == "akhir tahun"

    @given(day=st.dates(dt.date(1900, 1, 1), dt.date(2197, 12, 31)))
    def test_a_date_moves_by_a_year(self, day):
        moved = dt.date.fromisoformat(copying._year_later(day.isoformat()))
        assert (moved.year, moved.month) == (day.year + 1, day.month)
        assert moved.day == day.day or (day.month, day.day, moved.day) == (2, 29, 28)

    def test_the_answers_given_are_not_touched(self, later):
        given_rows = [{"awal": "2025-01-05"}]
        later(sd_tahun_kegiatan="2025", sd_jadwal_desain=given_rows)
        assert given_rows == [{"awal": "2025-01-05"}]


@pytest.fixture
def opd(clean_portal):
    return make_opd("dinas-uji", make_root())


@pytest.fixture
def visit(app, opd, browser):
    return browser(make_user("editor", opd)["token"])


def answers(visit: Browser, address: str) -> dict[str, str]:
    """What stands in the inputs of the metadata form."""
    return {name: value for name, value in visit.form(address) if value}


class TestDataset:
    @pytest.fixture
    def dataset(self, opd):
        return make_dataset(
            opd,
            **complete(opd),
            title="Jumlah siswa",
            private=True,
            sd_item=make_item(opd).id,
            sd_id_msind="123",
            tags=[{"name": "sekolah"}, {"name": "siswa"}],
            resources=[{"url": "https://example.org/a.csv", "name": "Berkas lama"}],
            author="Penulis lama",
        )

    def test_the_form_has_all_but_what_belongs_to_one(self, visit, dataset):
        address = f"/dataset/new?salin={dataset['id']}"
        page, filled = visit.get(address), answers(visit, address)
        own = {name: filled.get(name) for name in (*COMPLETE, "sd_kegiatan")}
        assert own == {**COMPLETE, "sd_kegiatan": dataset["sd_kegiatan"]}
        for field, rows in COMPLETE_ROWS.items():
            for place, row in enumerate(rows):
                for subfield, value in row.items():
                    assert filled[f"{field}-{place}-{subfield}"] == value
        assert filled["title"] == "Jumlah siswa"
        assert filled["tag_string"] == "sekolah, siswa"
        assert filled["owner_org"] == dataset["owner_org"]
        assert page.find(id="field-private").find("option", selected=True)["value"] == "True"
        for name in ("name", "sd_item", "sd_id_msind", "author", "id", "pkg_name"):
            assert name not in filled
        notice = page.find(class_="alert-info")
        assert notice.find("a")["href"].endswith(f"/dataset/{dataset['name']}")

    def test_nothing_is_stored_until_it_is_saved_and_then_it_is_another(self, visit, dataset):
        address = f"/dataset/new?salin={dataset['id']}"
        before = call_action("package_search", include_private=True)["count"]
        visit.get(address)
        assert call_action("package_search", include_private=True)["count"] == before
        answer = visit.save(address, title="Jumlah guru")
        assert answer.status_code == 302, Browser.parse(answer).find(class_="alert-danger")
        made = call_action("package_show", id="jumlah-guru")
        assert made["id"] != dataset["id"]
        assert made["resources"] == []
        assert made["sd_variabel"] == dataset["sd_variabel"]
        assert {tag["name"] for tag in made["tags"]} == {"sekolah", "siswa"}
        assert "sd_item" not in made
        assert call_action("package_show", id=dataset["id"])["title"] == "Jumlah siswa"

    def test_a_refused_save_keeps_what_was_typed(self, visit, dataset):
        address = f"/dataset/new?salin={dataset['id']}"
        answer = visit.save(address, title="", name="", notes="Sudah saya ubah")
        page = Browser.parse(answer)
        assert answer.status_code == 200
        assert page.find(id="field-notes").text.strip() == "Sudah saya ubah"
        assert not page.find(class_="alert-info")

    @pytest.mark.parametrize("reference", ["tidak-ada", "rahasia", "kegiatan-satu"])
    def test_what_may_not_be_copied_fills_nothing(self, visit, opd, reference):
        other = make_opd("lain", {"name": "pemerintah-kota-uji"})
        make_dataset(other, name="rahasia", title="Judul Rahasia", notes="Isi", private=True)
        make_dataset(opd, name="kegiatan-satu", type="kegiatan", title="Judul Rahasia")
        address = f"/dataset/new?salin={reference}"
        page, filled = visit.get(address), answers(visit, address)
        assert "notes" not in filled
        assert "title" not in filled
        assert "Judul Rahasia" not in page.select_one(".alert-warning:not([hidden])").text

    def test_of_another_opd_only_what_one_may_save(self, visit, opd):
        other = make_opd("lain", {"name": "pemerintah-kota-uji"})
        public = make_dataset(other, **complete(other))
        filled = answers(visit, f"/dataset/new?salin={public['id']}")
        assert filled["sd_konsep"] == COMPLETE["sd_konsep"]
        assert "sd_kegiatan" not in filled
        assert filled["owner_org"] == opd["id"]

    def test_the_button_is_for_those_who_may_create(self, app, visit, opd):
        public = make_dataset(opd)
        address = f"/dataset/{public['name']}"
        assert visit.get(address).select("a[href*='/dataset/new?salin=']")
        reader = Browser(app, make_user()["token"])
        assert not reader.get(address).select("a[href*='salin=']")


class TestActivity:
    @pytest.fixture
    def activity(self, opd):
        return make_dataset(opd, type="kegiatan", **ROUND, **PERSON)

    def test_the_next_round_is_saved_with_its_link_back(self, visit, activity):
        page = visit.get(f"/kegiatan/{activity['name']}")
        address = page.select_one("a[href*='/kegiatan/new?salin=']")["href"]
        filled = answers(visit, address)
        assert {name: filled[name] for name in PERSON} == PERSON
        answer = visit.save(address)
        assert answer.status_code == 302
        made = call_action("package_show", id="pendataan-sekolah-2026")
        assert made["sd_kegiatan_sebelumnya"] == activity["id"]
        assert made["sd_tahun_kegiatan"] == "2026"
        assert made["sd_jadwal_desain"][1] == {"awal": "2026-02-01", "akhir": "2026-02-28"}
        assert made["sd_metode_pengumpulan_data"] == activity["sd_metode_pengumpulan_data"]
        assert "sd_identitas_rekomendasi" not in made

    def test_the_person_in_charge_stays_where_he_may_not_be_seen(self, browser, activity):
        call_action("package_patch", id=activity["id"], private=False)
        other = make_opd("lain", {"name": "pemerintah-kota-uji"})
        reader = browser(make_user("editor", other)["token"])
        filled = answers(reader, f"/kegiatan/new?salin={activity['id']}")
        assert filled["sd_tahun_kegiatan"] == "2026"
        assert PERSON["sd_pj_nama"] not in filled.values()
