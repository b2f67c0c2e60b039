"""Governance papers of the fictional city, each with a small real PDF; some OPDs have none."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

from . import offices, story

EXPIRED_SOP = "dinas-sosial"
"""The office whose procedure has run out."""

CITY = "pemerintah-kota-contoh"
OFFICES_WITH_PAPERS = ("dinas-", "badan-", "satpol-pp", "bpbd", "bappeda", "dpmptsp", "disdukcapil",
                       "dp3akb", "diskominfo", "inspektorat")  # fmt: skip


@dataclass(frozen=True)
class Paper:
    """One paper; ``until`` is the last day on which it holds, None if it has no end."""

    org: str
    kind: str
    title: str
    number: str
    date: dt.date
    until: dt.date | None = None
    public: bool = False


def plan(names: dict[str, str], today: dt.date) -> Iterator[Paper]:
    """The papers of the city and of its offices; ``names``: name of an office → title."""
    year = today.year
    day = dt.date(year, 1, 5)
    yield Paper(CITY, "instruksi", "Instruksi Wali Kota tentang Satu Data Kota Contoh",
                f"4/INS/{year}", day, public=True)  # fmt: skip
    yield Paper(CITY, "komitmen_bersama", "Komitmen Bersama Perangkat Daerah tentang Satu Data",
                f"180/17/{year}", day, dt.date(year + 2, 12, 31))  # fmt: skip
    yield Paper(CITY, "perjanjian_kerja_sama", "Perjanjian Kerja Sama dengan BPS Kota Contoh",
                f"119/8/{year}", day, dt.date(year + 4, 12, 31))  # fmt: skip
    yield Paper("diskominfo", "pedoman", "Pedoman Penyelenggaraan Statistik Sektoral",
                f"500.12/3/{year}", day, public=True)  # fmt: skip
    for name in sorted(names):
        if name.startswith(OFFICES_WITH_PAPERS):
            yield from _of_office(name, names[name], year)


def _of_office(name: str, title: str, year: int) -> Iterator[Paper]:
    if offices.has_decree(name):
        yield Paper(name, "sk_admin", f"SK Penunjukan Admin Data {title}",
                    offices.decree_number(name, year), dt.date(year, 1, 12),
                    dt.date(year, 12, 31))  # fmt: skip
    if name == EXPIRED_SOP:
        yield Paper(name, "sop_satu_data", f"SOP Satu Data {title}",
                    f"000.8/2/{year - 3}", dt.date(year - 3, 2, 1),
                    dt.date(year - 1, 12, 31))  # fmt: skip
    elif story.habit_of(name).metadata == 1.0:
        yield Paper(name, "sop_satu_data", f"SOP Satu Data {title}",
                    f"000.8/5/{year}", dt.date(year, 2, 2))  # fmt: skip


def pdf(lines: list[str]) -> bytes:
    """A PDF file of one page with these lines of plain ASCII text."""
    text = "BT /F1 12 Tf 72 770 Td 18 TL " + " ".join(f"({_escaped(line)}) '" for line in lines)
    stream = f"{text} ET".encode("ascii", "replace")
    bodies = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R"
        b" /Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    out, places = b"%PDF-1.4\n", []
    for number, body in enumerate(bodies, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    size = len(bodies) + 1
    return out + (
        b"xref\n0 %d\n0000000000 65535 f \n%strailer\n<< /Size %d /Root 1 0 R >>\n"
        b"startxref\n%d\n%%%%EOF\n" % (size, table, size, len(out))
    )


def _escaped(line: str) -> str:
    return line.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")
