"""Numbers and dates as people here write them (CLDR, through Babel)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from functools import lru_cache

from babel import Locale, UnknownLocaleError
from babel.dates import format_date
from babel.numbers import format_decimal


@lru_cache(maxsize=32)
def _locale(lang: str) -> Locale:
    """Return Babel's locale for a CKAN language code; Indonesian if Babel does not know it."""
    try:
        return Locale.parse(lang.replace("-", "_"))
    except (UnknownLocaleError, ValueError):
        return Locale("id")


def tanggal(day: date, lang: str = "id") -> str:
    """Return a date in words: "31 Maret 2026"; "31 March 2026" in English.

    Pass a local date (see :func:`.localtime.local_date`), never a UTC instant.
    """
    return format_date(day, "d MMMM y", locale=_locale(lang))


def bulan(day: date, lang: str = "id") -> str:
    """Return the name of a date's month: "Maret"."""
    return format_date(day, "LLLL", locale=_locale(lang))


@lru_cache(maxsize=4096)
def angka(number: Decimal | float, lang: str = "id", places: int = 2) -> str:
    """Return a number with a fixed count of decimals: "1.234,56"; half up.

    Scores come in rounded already; a whole number is shown with ``places=0``.
    """
    pattern = "#,##0" + ("." + "0" * places if places else "")
    value = Decimal(str(number)).quantize(Decimal(1).scaleb(-places), rounding="ROUND_HALF_UP")
    return format_decimal(value, format=pattern, locale=_locale(lang))


@lru_cache(maxsize=4096)
def persen(part: int, whole: int, lang: str = "id", places: int = 0) -> str:
    """Return a part in per cent of a whole that is not 0: "83 %"."""
    return f"{angka(Decimal(100) * part / whole, lang, places)} %"
