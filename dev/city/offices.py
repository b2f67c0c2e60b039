"""What the offices of the fictional city are for, and how each presents itself."""

from __future__ import annotations

import json
import zlib
from dataclasses import dataclass

from ckanext.satudata.opd.structure import Unit

from . import story


@dataclass(frozen=True)
class Line:
    """Topic of the national portal, sector of MS-Keg and fields of affairs of an office."""

    theme: str
    sector: str
    affairs: tuple[str, ...]


_SOCIAL = "Perlindungan Sosial dan Kesehatan"
_SCHOOL = "Pendidikan dan Tenaga Kerja"
_ECONOMY = "Ekonomi dan Industri"
_BUILDING = "Pembangunan Daerah"
_ORDER = "Ketertiban Umum dan Keselamatan"
_CULTURE = "Budaya dan Agama"
_GOVERNMENT = "Pemerintahan Umum"
_WELFARE = "PERLINDUNGAN_SOSIAL_DAN_KESEJAHTERAAN"
_PUBLIC_SECTOR = "SEKTOR_PUBLIK_PERPAJAKAN_DAN_REGULASI_PASAR"

LINES = {
    "dinas-kesehatan": Line(_SOCIAL, "KESEHATAN", ("1.02",)),
    "rsud": Line(_SOCIAL, "KESEHATAN", ("1.02",)),
    "uptd-puskesmas": Line(_SOCIAL, "KESEHATAN", ("1.02",)),
    "dinas-sosial": Line(_SOCIAL, _WELFARE, ("1.06",)),
    "dp3akb": Line(_SOCIAL, _WELFARE, ("2.08", "2.14")),
    "dinas-pendidikan": Line(_SCHOOL, "PENDIDIKAN_DAN_PELATIHAN", ("1.01",)),
    "dinas-tenaga-kerja": Line(_SCHOOL, "KETENAGAKERJAAN", ("2.07",)),
    "dinas-lingkungan": Line("Lingkungan dan Sumber Daya Alam", "LINGKUNGAN", ("2.11",)),
    "dinas-ketahanan-pangan": Line(_ECONOMY, "PERTANIAN_DAN_PERIKANAN", ("2.09", "3.27", "3.25")),
    "dinas-koperasi": Line(_ECONOMY, "INDUSTRI_DAN_JASA", ("2.17",)),
    "dinas-perindustrian": Line(_ECONOMY, "INDUSTRI_DAN_JASA", ("3.31", "3.30")),
    "dpmptsp": Line(_ECONOMY, "INDUSTRI_DAN_JASA", ("2.18",)),
    "dinas-kebudayaan": Line(_CULTURE, "INDUSTRI_DAN_JASA", ("2.22", "3.26")),
    "dinas-pemuda": Line(_GOVERNMENT, _WELFARE, ("2.19",)),
    "dinas-perpustakaan": Line(_GOVERNMENT, "PENDIDIKAN_DAN_PELATIHAN", ("2.23", "2.24")),
    "satpol-pp": Line(_ORDER, _WELFARE, ("1.05",)),
    "bpbd": Line(_ORDER, _WELFARE, ("1.05",)),
    "dinas-pemadam": Line(_ORDER, _WELFARE, ("1.05",)),
    "badan-kesatuan": Line(_GOVERNMENT, _WELFARE, ("8.01",)),
    "dinas-pekerjaan-umum": Line(_BUILDING, "PERWILAYAHAN_DAN_PERKOTAAN", ("1.03",)),
    "dinas-perumahan": Line(_BUILDING, "PERWILAYAHAN_DAN_PERKOTAAN", ("1.04", "2.10")),
    "dinas-perhubungan": Line(_BUILDING, "TRANSPORTASI", ("2.15",)),
    "diskominfo": Line(_GOVERNMENT, "TEKNOLOGI_INFORMASI_DAN_KOMUNIKASI", ("2.16", "2.20", "2.21")),
    "disdukcapil": Line(_GOVERNMENT, "DEMOGRAFI_DAN_KEPENDUDUKAN", ("2.12",)),
    "bappeda": Line(_BUILDING, "PEMBANGUNAN", ("5.01", "5.05")),
    "badan-pendapatan": Line(_GOVERNMENT, "KEUANGAN", ("5.02",)),
    "badan-keuangan": Line(_GOVERNMENT, "KEUANGAN", ("5.02",)),
    "badan-kepegawaian": Line(_GOVERNMENT, _PUBLIC_SECTOR, ("5.03", "5.04")),
    "inspektorat": Line(_GOVERNMENT, _PUBLIC_SECTOR, ("6.01",)),
    "sekretariat-dprd": Line(_GOVERNMENT, _PUBLIC_SECTOR, ("4.02",)),
    "kecamatan": Line(_GOVERNMENT, "DEMOGRAFI_DAN_KEPENDUDUKAN", ("7.01",)),
    "kelurahan": Line(_GOVERNMENT, "DEMOGRAFI_DAN_KEPENDUDUKAN", ("7.01",)),
    "bps": Line(_GOVERNMENT, "NERACA_NASIONAL", ("2.20",)),
}
"""By the beginning of an office's name."""

OTHER = Line(_GOVERNMENT, _PUBLIC_SECTOR, ("4.01",))

CITY_HEAD = "PEMERINTAH KOTA CONTOH"
STREETS = ("Melati", "Cendana", "Kenanga", "Mahoni", "Pinang", "Teratai")


def line_of(name: str) -> Line:
    """What the office of this name is for."""
    known = (line for start, line in LINES.items() if name.startswith(start))
    return next(known, OTHER)


def address(name: str) -> str:
    """A made-up address, always the same for the same office."""
    number = zlib.crc32(name.encode())
    return f"Jalan {STREETS[number % 6]} Raya Nomor {number % 90 + 1}, Kota Contoh"


def telephone(name: str, line: int = 0) -> str:
    """A made-up telephone number (555 is nobody's)."""
    return f"(0299) 555{zlib.crc32(f'{name}{line}'.encode()) % 1000:03d}"


def has_decree(name: str) -> bool:
    """Whether a decree names the data admin of the office."""
    return story.habit_of(name).metadata >= 0.8


def decree_number(name: str, year: int) -> str:
    """Number of the decree that names the data admin."""
    return f"800/{zlib.crc32(name.encode()) % 400 + 10}/{year}"


def present(unit: Unit, year: int) -> None:
    """Add what an office of this habit says of itself to a unit of the tree, in place."""
    name, habit = unit.name, story.habit_of(unit.name)
    stated = {
        "sd_bidang_urusan": json.dumps(line_of(name).affairs),
        "sd_kontak_email": f"data@{name}.kota-contoh.example",
        "sd_alamat": address(name),
    }
    if habit.metadata >= 0.7:
        stated["sd_penanggung_jawab"] = "Sekretaris"
        stated["sd_kontak_telepon"] = telephone(name)
    if habit.metadata >= 0.9:
        stated["sd_situs"] = f"https://{name}.kota-contoh.example"
        stated["sd_kop_surat"] = "\n".join((CITY_HEAD, unit.title.upper(), address(name)))
    if has_decree(name):
        stated["sd_admin_unit"] = "Pengelola data, Subbagian Program dan Keuangan"
        stated["sd_admin_sk_nomor"] = decree_number(name, year)
        stated["sd_admin_sk_tanggal"] = f"{year}-01-12"
    unit.fields = {**stated, **unit.fields}
