"""Fields of the search index, derived from the metadata; stored fields stay untouched.

``package_show`` answers from ``validated_data_dict`` in this same document, so nothing
is taken out of it or put into it.
"""

from __future__ import annotations

import json
from typing import Any

from ..calendar import periods
from .completeness import completeness_of
from .resource_values import stated_periods
from .schema import dataset_schema

FACET_FIELDS = ("sd_tema", "sd_frekuensi", "sd_akses")

_TERM_LIMIT = 32_000
"""Solr refuses a document with a longer string term (32,766 bytes)."""


def add_fields(pkg_dict: dict[str, Any]) -> dict[str, Any]:
    """Add facets (``vocab_…``), the years covered and the zero-padded completeness.

    ``sd_kelengkapan`` is text of three digits because Solr's only catch-all sorts as
    string.
    """
    schema = dataset_schema(pkg_dict.get("type") or "dataset")
    if schema is None:
        return pkg_dict
    shown = json.loads(pkg_dict["data_dict"])
    for name in FACET_FIELDS:
        if pkg_dict.get(name):
            pkg_dict[f"vocab_{name}"] = [pkg_dict[name]]
    years = _years(shown.get("resources") or [])
    if years:
        pkg_dict["vocab_sd_tahun"] = years
    percent = completeness_of(shown).percent
    if percent is not None:
        pkg_dict["sd_kelengkapan"] = f"{percent:03d}"
    for field in schema["dataset_fields"]:
        _drop_long_term(pkg_dict, field["field_name"])
    return pkg_dict


def _years(resources: list[dict[str, Any]]) -> list[str]:
    """Data years of all periods stated; a span of years gives each of its years."""
    years: set[int] = set()
    for resource in resources:
        for code in stated_periods(resource):
            period = periods.parse(code)
            if period.kind.span_years:
                years.update(range(period.start.year, period.end.year + 1))
            else:
                years.add(period.data_year)
    return [str(year) for year in sorted(years)]


def _drop_long_term(pkg_dict: dict[str, Any], name: str) -> None:
    """Leave the string copy of a long extra out; ``extras_<name>`` still has it as text."""
    value = pkg_dict.get(name)
    if f"extras_{name}" in pkg_dict and isinstance(value, str) and _is_long(value):
        del pkg_dict[name]


def _is_long(text: str) -> bool:
    return len(text.encode()) > _TERM_LIMIT
