"""The page of an activity and its printed form, on screens and on paper."""

from __future__ import annotations

import pytest

from tests.browser.city import City
from tests.browser.test_pages import SIZES, look

pytestmark = pytest.mark.browser

ANSWERS = {
    "title": "Pendataan Sekolah Dasar Kota Contoh",
    "sd_tahun_kegiatan": "2026",
    "sd_jenis_statistik": "STATISTIK_SEKTORAL",
    "sd_cara_pengumpulan_data": "SURVEI",
    "sd_sektor_kegiatan": "PENDIDIKAN_DAN_PELATIHAN",
    "sd_rekomendasi_bps": "true",
    "sd_identitas_rekomendasi": "V-26.3299.001",
    "sd_instansi_penyelenggara": "Dinas Pendidikan Kota Contoh",
    "sd_alamat_penyelenggara": "Jalan Contoh Nomor 1, Kota Contoh",
    "sd_pj_nama": "Siti Contoh",
    "sd_pj_jabatan": "Kepala Bidang Pembinaan SD",
    "sd_pj_email": "siti@contoh.go.id",
    "sd_latar_belakang_kegiatan": "Kota Contoh merencanakan sekolah baru setiap tahun. " * 6,
    "sd_jadwal_desain": [{"awal": "2026-01-05", "akhir": "2026-01-30"}],
    "sd_variabel_dikumpulkan": [
        {
            "nama": f"Jumlah siswa kelas {number}",
            "konsep": "Siswa",
            "definisi": "Semua orang yang terdaftar di sekolah dasar pada hari pendataan.",
            "referensi_waktu": "Keadaan 31 Agustus 2026",
        }
        for number in range(1, 7)
    ],
    "sd_kegiatan_ini_dilakukan": "HANYA_SEKALI",
    "sd_metode_pengumpulan_data": ["wawancara", "pengamatan"],
    "sd_sarana_pengumpulan_data": ["cawi"],
    "sd_petugas_pengumpulan_data": "STAF_INSTANSI_PENYELENGGARA",
    "sd_metode_pemilihan_sampel": "SAMPEL_NONPROBABILITAS",
    "sd_metode_sampling": "PURPOSIVE_SAMPLING",
}


@pytest.fixture
def activity(city: City):
    made = city.dataset(city.dinas, "pendataan-sd", type="kegiatan", **ANSWERS)
    city.dataset(city.dinas, "siswa-sd", title="Jumlah Siswa SD", sd_kegiatan=made["id"])
    city.dataset(city.dinas, "guru-sd", title="Guru SD", private=True, sd_kegiatan=made["id"])
    return made


def test_the_page_and_the_print_fit_and_can_be_read_by_all(activity, visitor, watch):
    faults = []
    for size in SIZES:
        page = visitor(City.EDITOR, viewport=size)
        faults += look(page, "page", "/kegiatan/pendataan-sd")
        faults += look(page, "print", "/satudata/kegiatan/pendataan-sd/cetak")
    assert not faults, "\n".join(faults)
    assert watch.faults == []


def test_it_prints_on_a4_without_what_is_for_the_screen(activity, visitor):
    page = visitor(City.EDITOR)
    page.goto("/satudata/kegiatan/pendataan-sd/cetak")
    assert page.locator(".satudata-print-bar").is_visible()
    page.emulate_media(media="print")
    assert not page.locator(".satudata-print-bar").is_visible()
    paper = page.pdf(prefer_css_page_size=True)
    assert b"/MediaBox [0 0 594.95996 841.91998]" in paper


def test_a_dataset_is_started_from_the_activity(activity, visitor):
    page = visitor(City.EDITOR)
    page.goto("/kegiatan/pendataan-sd")
    page.click("a[href*='sd_kegiatan=']")
    assert page.locator("#field-sd_kegiatan").input_value() == activity["id"]
