"""Made-up but plausible content: tables by classification, in good and in poor quality."""

from __future__ import annotations

import csv
import io
import random
import zlib

SUBDISTRICTS = ["Melati", "Cendana", "Kenanga", "Mahoni", "Pinang", "Teratai"]
CATEGORIES = {
    "kecamatan": [f"Kecamatan {name}" for name in SUBDISTRICTS],
    "kelurahan": [
        "Melati Barat", "Melati Timur", "Melati Tengah", "Cendana Utara", "Cendana Selatan",
        "Sukamekar", "Kenanga", "Karangsari", "Sindangjaya", "Mahoni Utara", "Mahoni Selatan",
        "Wanasari", "Pinang Lama", "Pinang Baru", "Teratai", "Rawabening", "Tirtamulya",
    ],
    "jenis kelamin": ["Laki-laki", "Perempuan"],
    "tingkat pendidikan": ["SD", "SMP", "SMA", "Diploma", "Sarjana"],
    "jenjang pendidikan": ["SD", "SMP"],
    "kelompok umur": ["0-14", "15-29", "30-44", "45-59", "60+"],
    "rw": [f"RW {number:02d}" for number in range(1, 9)],
}  # fmt: skip


def _values(classification: str) -> list[str]:
    known = CATEGORIES.get(classification.casefold())
    return known or [f"{classification} {letter}" for letter in "ABCDEF"]


def table(item: str, unit: str, classification: str, period: str, quality: str) -> bytes:
    """A CSV file of one data period; the same arguments give the same bytes.

    ``quality`` is ``good``, ``gaps`` (empty cells) or ``poor`` (repeated rows and
    an unnamed column as well).
    """
    rng = random.Random(zlib.crc32(f"{item}|{period}".encode()))
    names = [part.strip() for part in classification.split(";") if part.strip() not in {"", "-"}]
    first = names[0] if names else "Wilayah"
    labels = _values(first) if names else ["Kota Contoh"]
    base = zlib.crc32(item.encode()) % 900 + 50
    rows = [[label, period, round(base * rng.uniform(0.7, 1.3)), unit] for label in labels]
    header = [first, "Periode", "Nilai", "Satuan"]
    if quality in {"gaps", "poor"}:
        for row in rows[:: 2 if quality == "poor" else 3]:
            row[2] = ""
    if quality == "poor":
        rows += rows[:2]
        header[3] = ""
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows([header, *rows])
    return out.getvalue().encode()
