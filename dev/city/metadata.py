"""Metadata of the fictional city's datasets: Standar Data, MS-Ind and MS-Var, kept by habit."""

from __future__ import annotations

import random
from typing import Any

from . import offices, story

DROPPED = (
    "sd_konsep",
    "sd_definisi",
    "sd_ukuran",
    "sd_sifat",
    "sd_cakupan_wilayah",
    "sd_kontak",
    "sd_nama_indikator",
    "sd_interpretasi",
    "sd_metode_perhitungan",
    "sd_indikator_komposit",
    "sd_dapat_diakses_umum",
    "sd_variabel",
    "sd_bidang_urusan",
)
"""What an OPD with poor habits leaves empty, at random."""

LEVELS = {"kecamatan": "kecamatan", "kelurahan": "kelurahan", "rw": "rt"}


def fields(
    item: Any, habit: story.Habit, activity: str | None, year: int, rng: random.Random
) -> dict[str, Any]:
    """Everything but the address of the dataset of a Daftar Data item.

    ``activity``: id of the statistical activity that yields it, if there is one.
    """
    first = item.classification.split(";")[0].strip()
    by = f" Menurut {first}" if first not in {"", "-"} else ""
    line = offices.line_of(item.org)
    stated = {
        "title": f"{item.name}{by} di Kota Contoh",
        "notes": f"{item.name} yang dihimpun {item.opd}. Angka pada contoh ini rekaan.",
        "owner_org": item.org_id,
        "private": rng.random() < 0.09,
        "license_id": "cc-by",
        "tags": [{"name": word} for word in ("contoh", item.unit.replace("/", " "))],
        "sd_item": item.id,
        "sd_klasifikasi": item.classification or "Tanpa klasifikasi",
        "sd_satuan": item.unit,
        "sd_frekuensi": item.frequency,
        "sd_sifat": "dinamis",
        "sd_tema": line.theme,
        "sd_bidang_urusan": line.affairs[0],
        "sd_cakupan_wilayah": "Kota Contoh",
        "sd_akses": "terbuka",
        "sd_kontak": f"data@{item.org}.kota-contoh.example",
        **_indicator(item, first),
        "sd_variabel": _variables(item, first),
    }
    if item.priority:
        stated["sd_prioritas_tahun"] = [str(year)]
    if activity:
        stated["sd_kegiatan"] = activity
    for name in DROPPED:
        if rng.random() > habit.metadata:
            stated.pop(name)
    return stated


def _indicator(item: Any, first: str) -> dict[str, Any]:
    """MS-Ind, with the parts of the data standard that belong to it."""
    composite = item.name.startswith("Indeks")
    measure = item.name.split(" ")[0]
    return {
        "sd_konsep": item.name.split(" ")[1] if " " in item.name else item.name,
        "sd_definisi": f"{item.name} pada wilayah Kota Contoh dalam satu periode data.",
        "sd_ukuran": measure,
        "sd_nama_indikator": item.name,
        "sd_interpretasi": f"Makin besar angkanya, makin tinggi {item.name.lower()}.",
        "sd_metode_perhitungan": (
            "Rata-rata tertimbang indikator pembangunnya."
            if composite
            else "Penjumlahan catatan layanan selama satu periode data."
        ),
        "sd_indikator_komposit": "true" if composite else "false",
        **(_built_from_indicators(item) if composite else _built_from_variables(item)),
        "sd_level_estimasi": LEVELS.get(first.casefold(), "kabupaten"),
        "sd_dapat_diakses_umum": "true",
    }


def _built_from_indicators(item: Any) -> dict[str, Any]:
    parts = [
        {"publikasi": "Kota Contoh dalam Angka", "nama": f"{item.name}, unsur {number}"}
        for number in (1, 2)
    ]
    return {"sd_indikator_pembangun": parts}


def _built_from_variables(item: Any) -> dict[str, Any]:
    parts = [{"kegiatan": f"Kompilasi Data Sektoral {item.opd}", "nama": item.name}]
    return {"sd_variabel_pembangun": parts}


def _variables(item: Any, first: str) -> list[dict[str, str]]:
    """MS-Var: a row for each column of the files (:func:`.figures.table`)."""
    over = first if first not in {"", "-"} else "Wilayah"
    return [
        _variable(over, over, f"Rincian angka menurut {over.lower()}.", "STRING"),
        _variable("Periode data", "Periode", "Periode yang digambarkan oleh angka.", "STRING"),
        {
            **_variable(item.name, "Nilai", f"{item.name} pada tiap baris.", "INTEGER"),
            "aturan_validasi": "Harus terisi\nMinimal 0",
            "ukuran": item.name.split(" ")[0],
            "satuan": item.unit,
        },
        _variable("Satuan", "Satuan", "Satuan angka pada kolom Nilai.", "STRING"),
    ]


def _variable(name: str, column: str, definition: str, kind: str) -> dict[str, str]:
    return {
        "nama": name,
        "alias": column,
        "konsep": name,
        "definisi": definition,
        "referensi_waktu": "Selama satu periode data",
        "tipe_data": kind,
        "dapat_diakses_umum": "true",
    }
