"""Fields of the search index, derived from the metadata; stored fields stay untouched.

``package_show`` answers from ``validated_data_dict`` in this same document, so nothing
is taken out of it or put into it.
"""

from __future__ import annotations

import json
import re
from typing import Any

from ..calendar import periods
from .completeness import completeness_of
from .resource_values import as_list, stated_periods
from .schema import schema_of
from .stored_values import as_stored, rows_in

CHOICE_FACETS = ("sd_tema", "sd_bidang_urusan", "sd_frekuensi", "sd_akses")
"""Fields with a closed list; the facet holds the stored value."""

YEAR_FACET = "sd_tahun"
PRIORITY_FACET = "sd_prioritas_tahun"
COMPLETENESS = "sd_kelengkapan"
BANDS = ((100, "100"), (80, "80-99"), (60, "60-79"), (0, "0-59"))
"""Bands of the completeness in per cent: lower bound and name, from the top down."""

_YEAR = re.compile(r"[12][0-9]{3}", re.ASCII)

_TERM_LIMIT = 32_000
"""Solr refuses a document with a longer string term (32,766 bytes)."""


def add_fields(pkg_dict: dict[str, Any]) -> dict[str, Any]:
    """Add facets (``vocab_…``), years and completeness; rows of subfields become plain text.

    ``sd_kelengkapan`` is text of three digits because Solr's only catch-all sorts as
    string.
    """
    schema = schema_of(pkg_dict)
    if schema is None:
        return pkg_dict
    shown = json.loads(pkg_dict["data_dict"])
    facets = {name: [pkg_dict[name]] for name in CHOICE_FACETS if pkg_dict.get(name)}
    facets[YEAR_FACET] = _years(shown.get("resources") or [])
    facets[YEAR_FACET] += _years_in(pkg_dict.get("sd_tahun_kegiatan"))
    facets[PRIORITY_FACET] = _years_in(pkg_dict.get(PRIORITY_FACET))
    percent = completeness_of(shown).percent
    if percent is not None:
        pkg_dict[COMPLETENESS] = f"{percent:03d}"
        facets[COMPLETENESS] = [next(band for least, band in BANDS if percent >= least)]
    pkg_dict.update((f"vocab_{name}", values) for name, values in facets.items() if values)
    for field in schema["dataset_fields"]:
        name = field["field_name"]
        if "repeating_subfields" in field:
            _rows_as_text(pkg_dict, name)
        _drop_long_term(pkg_dict, name)
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


def _years_in(value: object) -> list[str]:
    """The years among the texts of a field."""
    return [text for text in as_list(value) if _YEAR.fullmatch(text)]


def _rows_as_text(pkg_dict: dict[str, Any], name: str) -> None:
    """Index the words of a composite, not its JSON: Solr takes no rows, people search no keys."""
    value = pkg_dict.pop(name, None)
    if value is None:
        return
    cells = [as_stored(cell) for row in rows_in(value) for cell in row.values()]
    pkg_dict[f"extras_{name}"] = "\n".join(cells) if cells else as_stored(value)


def _drop_long_term(pkg_dict: dict[str, Any], name: str) -> None:
    """Leave the string copy of a long extra out; ``extras_<name>`` still has it as text."""
    value = pkg_dict.get(name)
    if f"extras_{name}" in pkg_dict and isinstance(value, str) and _is_long(value):
        del pkg_dict[name]


def _is_long(text: str) -> bool:
    return len(text.encode()) > _TERM_LIMIT
