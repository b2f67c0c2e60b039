"""Dates, years and whole numbers as people type them, read into the one form that is stored.

Pure text in, pure text out; what leaves a choice ("03/04/25", "1,5") is refused, never guessed.
"""

from __future__ import annotations

import re
from datetime import date

from babel.dates import get_month_names

from ..calendar.periods import MAX_YEAR, MIN_YEAR
from ..calendar.schedule import MONTH_NUMBER

_ISO = re.compile(r"(?P<year>\d{4})-(?P<month>\d{1,2})-(?P<day>\d{1,2})", re.ASCII)
_DAY_FIRST = re.compile(
    r"(?P<day>\d{1,2})(?P<sign>[/.-])(?P<month>\d{1,2})(?P=sign)(?P<year>\d{4})", re.ASCII
)
_WORDS = re.compile(r"(?P<day>\d{1,2})\s+(?P<month>[^\W\d_]+)\.?\s+(?P<year>\d{4})", re.ASCII)
_WHOLE = re.compile(r"\d+|\d{1,3}(?:\.\d{3})+|\d{1,3}(?: \d{3})+", re.ASCII)

_MOST_DIGITS = 15
"""Spreadsheets keep no more, and nothing that an office counts has more."""

_ENGLISH_MONTHS = {
    name.casefold(): number
    for width in ("wide", "abbreviated")
    for number, name in get_month_names(width, locale="en").items()
}
_MONTHS = _ENGLISH_MONTHS | MONTH_NUMBER


def iso_date(text: str) -> str:
    """A date as YYYY-MM-DD; ``text`` in that form, day first, or with the month in words.

    >>> iso_date("31/8/2025"), iso_date("31 Agustus 2025"), iso_date("2025-08-31")
    ('2025-08-31', '2025-08-31', '2025-08-31')

    :raises ValueError: for anything else, for a day that does not exist, and for a year that
        no period of ours can have
    """
    text = text.strip()
    match = _ISO.fullmatch(text) or _DAY_FIRST.fullmatch(text) or _WORDS.fullmatch(text)
    if not match:
        raise ValueError(text)
    month = match["month"]
    number = int(month) if month.isdecimal() else _MONTHS.get(month.casefold())
    if number is None:
        raise ValueError(text)
    return date(int(year(match["year"])), number, int(match["day"])).isoformat()


def year(text: str) -> str:
    """A calendar year of four digits.

    :raises ValueError: for anything else, or a year before 1900 or after 2199
    """
    text = text.strip()
    if not (text.isascii() and text.isdecimal() and len(text) == 4):
        raise ValueError(text)
    if not MIN_YEAR <= int(text) <= MAX_YEAR:
        raise ValueError(text)
    return text


def integer(text: str) -> str:
    """A whole number from 0 on as plain digits; points or blanks may part thousands.

    >>> integer("1.250"), integer("012")
    ('1250', '12')

    :raises ValueError: for anything else; a comma begins decimals here, so "1,5" is refused
    """
    text = text.strip()
    if not _WHOLE.fullmatch(text):
        raise ValueError(text)
    digits = re.sub(r"[. ]", "", text).lstrip("0") or "0"
    if len(digits) > _MOST_DIGITS:
        raise ValueError(text)
    return digits
