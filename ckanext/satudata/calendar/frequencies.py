"""How often data are owed, and how real registers spell it (column PERIODE DATA)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum


class Frequency(str, Enum):
    """Rhythm of a datum. Values are SDMX CL_FREQ (2.1) codes where one exists.

    ``AY`` (school year, 1 July to 30 June) and ``OD`` (on demand) are ours: CL_FREQ has no code
    for them.
    """

    DAY = "D"
    WEEK = "W"
    MONTH = "M"
    QUARTER = "Q"
    SEMESTER = "S"
    YEAR = "A"
    SCHOOL_YEAR = "AY"
    BIENNIAL = "A2"
    TRIENNIAL = "A3"
    QUINQUENNIAL = "A5"
    ON_DEMAND = "OD"
    IRREGULAR = "I"

    def __str__(self) -> str:
        return self.value

    @property
    def span_years(self) -> int:
        """Number of years in one period of a two-, three- or five-yearly rhythm, else 0."""
        return _SPAN_YEARS.get(self, 0)

    @property
    def has_periods(self) -> bool:
        """False for rhythms that owe nothing by themselves: on demand and irregular."""
        return self not in (Frequency.ON_DEMAND, Frequency.IRREGULAR)


_SPAN_YEARS = {Frequency.BIENNIAL: 2, Frequency.TRIENNIAL: 3, Frequency.QUINQUENNIAL: 5}


@dataclass(frozen=True)
class FrequencyReading:
    """What a PERIODE DATA cell says.

    ``frequencies``: the rhythms owed, in the order written; ``(IRREGULAR,)`` if not understood.
    ``static``: "Tetap": delivered once, then confirmed every year, hence yearly.
    """

    frequencies: tuple[Frequency, ...]
    understood: bool
    static: bool = False


_SUFFIX = r"(?:an)?"
_NUMBERS = {"2": "2|dua|dwi", "3": "3|tiga|tri", "5": "5|lima|panca"}

# First match wins: the longer phrases come before the words they contain.
_SPELLINGS: tuple[tuple[re.Pattern[str], Frequency], ...] = tuple(
    (re.compile(pattern), frequency)
    for pattern, frequency in (
        (r"(?:tahun ajaran|tahun pelajaran|ta|school year)", Frequency.SCHOOL_YEAR),
        (rf"(?:{_NUMBERS['2']}) ?tahun{_SUFFIX}|biennial", Frequency.BIENNIAL),
        (rf"(?:{_NUMBERS['3']}) ?tahun{_SUFFIX}|triennial", Frequency.TRIENNIAL),
        (rf"(?:{_NUMBERS['5']}) ?tahun{_SUFFIX}|quinquennial", Frequency.QUINQUENNIAL),
        (rf"(?:per )?tahun{_SUFFIX}|annual|yearly", Frequency.YEAR),
        (rf"(?:per )?semester{_SUFFIX}|half-?yearly", Frequency.SEMESTER),
        (rf"(?:per )?(?:triwulan|tri wulan|kuartal){_SUFFIX}|quarterly", Frequency.QUARTER),
        (rf"(?:per )?bulan{_SUFFIX}|monthly", Frequency.MONTH),
        (rf"(?:per )?minggu{_SUFFIX}|weekly", Frequency.WEEK),
        (rf"(?:per )?hari{_SUFFIX}|daily", Frequency.DAY),
        (
            r"(?:apabila|jika|bila|sesuai|sewaktu-waktu)(?: (?:dibutuhkan|diajukan|diperlukan"
            r"|diminta|kebutuhan|permintaan))?|on demand",
            Frequency.ON_DEMAND,
        ),
    )
)
_STATIC = re.compile(r"(?:data )?(?:tetap|statis)|static")


def parse_frequency(text: str) -> FrequencyReading:
    """Read a PERIODE DATA cell as real registers spell it, or a stored frequency code.

    Any case and spacing. "Tahunan dan bulanan" owes two rhythms. What is not understood
    (``***``, an empty cell) gives ``(IRREGULAR,)`` with ``understood=False``, never a guess.
    """
    text = text.strip()
    try:
        return FrequencyReading((Frequency(text.upper()),), True)
    except ValueError:
        pass
    normal = " ".join(text.lower().split())
    if _STATIC.fullmatch(normal):
        return FrequencyReading((Frequency.YEAR,), True, static=True)
    found: list[Frequency] = []
    for part in re.split(r"\s*(?:,|&|\+|/(?=\w{3})|\bdan\b|\band\b)\s*", normal):
        frequency = _read_one(part)
        if frequency is None:
            return FrequencyReading((Frequency.IRREGULAR,), False)
        if frequency not in found:
            found.append(frequency)
    return FrequencyReading(tuple(found), True)


def _read_one(part: str) -> Frequency | None:
    for pattern, frequency in _SPELLINGS:
        if pattern.fullmatch(part):
            return frequency
    return None
