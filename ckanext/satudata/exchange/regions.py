"""What the area code of a producer says to the national portal."""

from __future__ import annotations

import re

_CODE = re.compile(r"(\d{2})(?:\.(\d{2})(?:\.[\d.]+)?)?")
_FIRST_KOTA = 71
PROVINCE_LEVEL = "00"
"""City code of a producer that belongs to the province itself."""

BPS_PROVINCES = {"91": "94", "92": "91", "93": "95", "94": "96", "95": "97", "96": "92"}
"""Kemendagri to BPS code of the provinces where the two differ (all in Papua)."""


def facts(code: str | None) -> dict[str, str]:
    """BPS province and city code and the publisher type of a Kemendagri code with dots.

    In the six provinces whose codes differ those of their cities differ too,
    in ways not known here: there the city is left out. An unreadable code
    gives nothing.
    """
    match = _CODE.fullmatch((code or "").strip())
    if not match:
        return {}
    province, city = match.groups()
    told = {
        "province": BPS_PROVINCES.get(province, province),
        "publisher_type": _publisher_type(city),
    }
    if not city or province not in BPS_PROVINCES:
        told["city"] = city or PROVINCE_LEVEL
    return told


def _publisher_type(city: str | None) -> str:
    if not city or city == PROVINCE_LEVEL:
        return "daerah-provinsi"
    return "daerah-kota" if int(city) >= _FIRST_KOTA else "daerah-kabupaten"
