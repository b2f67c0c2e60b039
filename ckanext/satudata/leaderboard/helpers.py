"""Template helpers of the leaderboard: names of pools, sizes, categories and reasons."""

from __future__ import annotations

from typing import Any

from ckan.plugins import toolkit

from ..text import N_

__all__ = [
    "satudata_category_label",
    "satudata_pool_label",
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
