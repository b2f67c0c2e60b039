"""Statistical activities of the fictional city (MS-Keg), filled in as well as each OPD's habit."""

from __future__ import annotations

import datetime as dt
import random
import zlib
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from . import offices, story

SURVEYED = ("Indeks", "Nilai Survei", "Harga", "Tingkat Penghunian", "Angka Partisipasi", "Skor")
"""Beginnings of names of data that are asked for in a survey; all others come from records."""

NEVER_LEFT_OUT = {"sd_tahun_kegiatan", "sd_cara_pengumpulan_data", "sd_sektor_kegiatan"}
RESPONSIBLE = ("Kepala Bidang Data", "Kepala Subbagian Program", "Sekretaris")
PEOPLE = ("Aditya Rekawan", "Citra Contohwati", "Bagas Misalnya", "Dewi Umpama", "Eko Rekaan")
"""Nobody's names."""

MONTHS = {
    "sd_jadwal_perencanaan_kegiatan": (1, 1),
    "sd_jadwal_desain": (2, 2),
    "sd_jadwal_pengumpulan_data": (3, 5),
    "sd_jadwal_pengolahan_data": (6, 7),
    "sd_jadwal_analisis": (8, 8),
    "sd_jadwal_diseminasi_hasil": (9, 10),
    "sd_jadwal_evaluasi": (11, 11),
}
"""First and last month of each step."""


@dataclass(frozen=True)
class Activity:
    """One activity and the names of the data it yields."""

    org: str
    org_id: str
    opd: str
    survey: bool
    items: tuple[str, ...]
    year: int

    @property
    def title(self) -> str:
        """Survey or compilation, of the office, in a year."""
        kind = "Survei" if self.survey else "Kompilasi Data Sektoral"
        return f"{kind} {self.opd} {self.year}"

    @property
    def name(self) -> str:
        """Its address."""
        return f"{'survei' if self.survey else 'kompilasi'}-{self.org}"[:90] + f"-{self.year}"


def plan(items: Iterable[Any], year: int) -> Iterator[Activity]:
    """The activities of all offices; those of one figure or of the worst habit have none."""
    yields: dict[tuple[str, str, str, bool], list[str]] = defaultdict(list)
    for item in items:
        survey = item.name.startswith(SURVEYED)
        yields[item.org, item.org_id, item.opd, survey].append(item.name)
    for (org, org_id, opd, survey), names in sorted(yields.items()):
        if story.habit_of(org).metadata > 0.5 and (survey or len(names) > 1):
            yield Activity(org, org_id, opd, survey, tuple(sorted(names)), year)


def fields(activity: Activity) -> dict[str, Any]:
    """What the office filled in: all of it, or with gaps by habit; half are published."""
    rng = random.Random(zlib.crc32(f"{story.SEED}|{activity.name}".encode()))
    filled = {
        **_cover(activity),
        **_organiser(activity),
        **_plan_and_design(activity),
        **(_sample() if activity.survey else {}),
        **_work(activity),
    }
    chance = story.habit_of(activity.org).metadata
    kept = {
        name: value
        for name, value in filled.items()
        if name in NEVER_LEFT_OUT or rng.random() < chance
    }
    return {
        "type": "kegiatan",
        "name": activity.name,
        "title": activity.title,
        "owner_org": activity.org_id,
        "private": rng.random() < 0.5,
        **kept,
    }


def _cover(activity: Activity) -> dict[str, Any]:
    survey = {"sd_rekomendasi_bps": "true", "sd_identitas_rekomendasi": _number(activity, "V")}
    return {
        "sd_tahun_kegiatan": str(activity.year),
        "sd_jenis_statistik": "STATISTIK_SEKTORAL",
        "sd_cara_pengumpulan_data": "SURVEI"
        if activity.survey
        else "KOMPILASI_PRODUK_ADMINISTRASI",
        "sd_sektor_kegiatan": offices.line_of(activity.org).sector,
        **(survey if activity.survey else {}),
    }


def _number(activity: Activity, mark: str) -> str:
    return f"{mark}-{activity.year % 100}.3299.{zlib.crc32(activity.name.encode()) % 1000:03d}"


def _organiser(activity: Activity) -> dict[str, Any]:
    code = zlib.crc32(activity.name.encode())
    person = PEOPLE[code % len(PEOPLE)]
    return {
        "sd_instansi_penyelenggara": activity.opd,
        "sd_alamat_penyelenggara": offices.address(activity.org),
        "sd_telepon_penyelenggara": offices.telephone(activity.org),
        "sd_email_penyelenggara": f"data@{activity.org}.kota-contoh.example",
        "sd_unit_eselon2": f"Kepala {activity.opd}",
        "sd_pj_nama": person,
        "sd_pj_jabatan": RESPONSIBLE[code % len(RESPONSIBLE)],
        "sd_pj_alamat": offices.address(activity.org),
        "sd_pj_telepon": offices.telephone(activity.org, 1),
        "sd_pj_email": f"{person.split()[0].lower()}@{activity.org}.kota-contoh.example",
    }


def _plan_and_design(activity: Activity) -> dict[str, Any]:
    schedule = {
        name: [{"awal": _first(activity.year, begin), "akhir": _last(activity.year, end)}]
        for name, (begin, end) in MONTHS.items()
    }
    variables = [
        {
            "nama": name,
            "konsep": " ".join(name.split()[1:3]) or name,
            "definisi": f"{name} di Kota Contoh.",
            "referensi_waktu": f"Tahun {activity.year}",
        }
        for name in activity.items
    ]
    source = "wawancara" if activity.survey else "pengumpulan_data_sekunder"
    return {
        "sd_latar_belakang_kegiatan": (
            f"Rencana pembangunan Kota Contoh memerlukan angka dari {activity.opd}. "
            "Kegiatan pada contoh ini rekaan."
        ),
        "sd_tujuan_kegiatan": f"Menyediakan {len(activity.items)} data untuk perencanaan daerah.",
        **schedule,
        "sd_variabel_dikumpulkan": variables,
        "sd_kegiatan_ini_dilakukan": "BERULANG",
        "sd_frekuensi_penyelenggaraan": "TAHUNAN",
        "sd_tipe_pengumpulan_data": "CROSS_SECTIONAL",
        "sd_cakupan_wilayah_pengumpulan_data": "SEBAGIAN_WILAYAH_INDONESIA",
        "sd_wilayah_kegiatan": [
            {
                "kode_provinsi": "99",
                "nama_provinsi": "Provinsi Contoh",
                "kode_kabupaten_kota": "9971",
                "nama_kabupaten_kota": "Kota Contoh",
            }
        ],
        "sd_metode_pengumpulan_data": [source],
        "sd_sarana_pengumpulan_data": ["capi"] if activity.survey else ["lainnya"],
        **({} if activity.survey else {"sd_sarana_pengumpulan_lainnya": "Aplikasi layanan"}),
        "sd_unit_pengumpulan_data": ["rumah_tangga"] if activity.survey else ["individu"],
    }


def _first(year: int, month: int) -> str:
    return dt.date(year, month, 1).isoformat()


def _last(year: int, month: int) -> str:
    return (dt.date(year, month + 1, 1) - dt.timedelta(days=1)).isoformat()


def _sample() -> dict[str, Any]:
    return {
        "sd_jenis_rancangan_sampel": "MULTI_STAGE_ATAU_PHASE",
        "sd_metode_pemilihan_sampel": "SAMPEL_PROBABILITAS",
        "sd_metode_sampling": "STRATIFIED_RANDOM_SAMPLING",
        "sd_kerangka_sampel": "LIST_FRAME",
        "sd_fraksi_sampel": "1:40",
        "sd_nilai_sampling_error": "Di bawah 5 persen",
        "sd_unit_sampel": "Rumah tangga",
        "sd_unit_observasi": "Kepala rumah tangga",
        "sd_petugas_pengumpulan_data": "MITRA_ATAU_TENAGA_KONTRAK",
        "sd_pendidikan_petugas": "SMA_ATAU_SMK",
        "sd_jumlah_petugas_supervisor": "4",
        "sd_jumlah_petugas_enumerator": "24",
        "sd_pelatihan_petugas": "true",
    }


def _work(activity: Activity) -> dict[str, Any]:
    return {
        "sd_uji_coba": "true" if activity.survey else "false",
        "sd_metode_pemeriksaan_kualitas": ["supervisi"],
        "sd_penyesuaian_nonrespon": "false",
        "sd_tahapan_pengolahan_data": ["editing", "data_entry", "validasi"],
        "sd_metode_analisis": "DESKRIPTIF",
        "sd_unit_analisis": ["rumah_tangga"] if activity.survey else ["individu"],
        "sd_tingkat_penyajian": ["kabupaten_atau_kota", "kecamatan"],
        "sd_produk_tercetak": "false",
        "sd_produk_digital": "true",
        "sd_produk_mikrodata": "false",
        "sd_rilis_produk_digital": _last(activity.year, 10),
    }
