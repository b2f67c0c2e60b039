"""What writing and reading of the paper forms share: their sheets, headings and cells."""

from __future__ import annotations

import datetime as dt
import re

from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

KEG, IND, VAR = "MS-Keg", "MS-Ind", "MS-Var"
"""Titles of the sheets."""

HEAD = ("No.", "Pertanyaan", "Jawaban", "Kode")
"""Headings of MS-Keg: number, question, answer in words, number for the box."""

YES, NO = "Ya", "Tidak"
ACTIVITY, CODE, ORGANISER = "Nama Kegiatan", "Kode Kegiatan", "Penyelenggara"
"""The heading of MS-Ind and MS-Var."""

ID, DATASET, DATASET_ID = "ID di portal", "Judul dataset", "ID dataset di portal"
"""What is not on paper: which activity and which dataset of the portal it is."""

_SHIELDED = re.compile(r"'*[=+\-@\t\r]")


def shielded(text: str) -> str:
    """The text so that no spreadsheet runs it as a formula, and :func:`bare` finds it again.

    Like ``export.neutralise``, but for texts that begin like a neutralised one.
    """
    text = ILLEGAL_CHARACTERS_RE.sub("", text)
    return f"'{text}" if _SHIELDED.match(text) else text


def bare(text: str) -> str:
    """The text of a cell as it was before :func:`shielded`."""
    return text[1:] if text[:1] == "'" and _SHIELDED.match(text) else text


def day(text: str) -> dt.date | str:
    """A stored date as a cell; a foreign text as it is."""
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        return text
