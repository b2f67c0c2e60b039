"""Template helpers of the leaderboard: names of pools, sizes, categories and reasons."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from ckan.plugins import toolkit

from ..calendar.formats import angka
from ..report.helpers import satudata_band_class, satudata_band_label
from ..template_helpers import satudata_lang
from ..text import N_

__all__ = [
    "satudata_category_label",
    "satudata_pool_label",
    "satudata_ranking_rows",
    "satudata_size_label",
    "satudata_unranked_label",
]

_CATEGORY = {
    "completeness": N_("Data completeness"),
    "timeliness": N_("Timeliness"),
    "quality": N_("Data quality"),
}
_POOL = {
    "perangkat": N_("Regional offices"),
    "kecamatan": N_("Subdistricts (kecamatan)"),
    "kelurahan": N_("Urban villages (kelurahan)"),
    "uptd": N_("Technical units (UPTD)"),
}
_REASON = {
    "no_duties": N_("no duties this year"),
    "few_duties": N_("too few duties this year"),
    "nothing_due": N_("nothing due yet"),
    "excluded": N_("too many duties exempted or nil"),
    "unmeasured": N_("not measured yet"),
    "small_group": N_("too few organisations of this size"),
    "trial": N_("trial year"),
}


def satudata_category_label(category: str) -> str:
    """Name of an award category."""
    return toolkit._(_CATEGORY[category])


def satudata_pool_label(pool: str) -> str:
    """Name of the kinds that are compared with each other."""
    return toolkit._(_POOL[pool])


def satudata_size_label(size: str | None, groups: list[dict[str, Any]]) -> str:
    """Duties per year of a peer group: "13–40 duties a year"."""
    group = next((group for group in groups if group["key"] == size), None)
    if group is None:
        least = min(group["from"] for group in groups)
        return toolkit._("fewer than {n} duties a year").format(n=least)
    if group["to"] is None:
        return toolkit._("{n} duties a year and more").format(n=group["from"])
    return toolkit._("{n}–{m} duties a year").format(n=group["from"], m=group["to"])


def satudata_unranked_label(reason: str) -> str:
    """Why an organisation has no rank."""
    return toolkit._(_REASON[reason])


class RankingRow(NamedTuple):
    """A row of a peer group as it is printed; ``reason`` says why it has no rank."""

    rank: int | None
    reason: str | None
    title: str
    address: str
    band: str | None
    band_class: str
    total: str
    scores: tuple[str, ...]


def satudata_ranking_rows(rows: Iterable[Mapping[str, Any]]) -> list[RankingRow]:
    """The rows of a peer group with numbers and words in the reader's language.

    What rows share (names of bands, reasons, the address but for the name) is worked out once.
    """
    lang = satudata_lang()
    address = toolkit.h.satudata_url_of("organization.read")
    reason = lru_cache(maxsize=None)(satudata_unranked_label)
    band = lru_cache(maxsize=None)(satudata_band_label)

    def number(score: float | None) -> str:
        return "–" if score is None else angka(score, lang, 2)

    return [
        RankingRow(
            rank=row["rank"],
            reason=reason(row["reason"]) if row["reason"] else None,
            title=row["title"],
            address=address(row["name"]),
            band=band(row["band"]) if row["band"] else None,
            band_class=satudata_band_class(row["band"]),
            total=number(row["total"]),
            scores=tuple(number(row[category]) for category in _CATEGORY),
        )
        for row in rows
    ]
