"""Facets of dataset lists, their readable labels, and the orders that a list offers."""

from __future__ import annotations

from typing import Any

from ckan.plugins import toolkit

from . import kinds
from .helpers import satudata_choice_label
from .index import CHOICE_FACETS, COMPLETENESS, PRIORITY_FACET, YEAR_FACET
from .schema import dataset_schema, field_by_name

_YEARS_OF = {"dataset", "kegiatan"}
"""Types whose datasets have a year: of their files, or of the activity."""


def extend(facets_dict: dict[str, Any], dataset_type: str = "dataset") -> dict[str, Any]:
    """Put the facets of a dataset type after the organisation's facet."""
    ours = _facets(dataset_type)
    rest = {key: title for key, title in facets_dict.items() if key != "organization"}
    if dataset_type in kinds.KINDS:  # no groups, tags, licences to choose from
        rest = {}
    if "organization" in facets_dict:
        return {"organization": facets_dict["organization"], **ours, **rest}
    return {**ours, **rest}


def _facets(dataset_type: str) -> dict[str, str]:
    """Those of ours for which the type's schema has the field."""
    schema = dataset_schema(dataset_type)
    if schema is None:
        return {}
    titles = {
        "sd_tema": toolkit._("Theme"),
        "sd_bidang_urusan": toolkit._("Field of affairs"),
        YEAR_FACET: toolkit._("Data year"),
        "sd_frekuensi": toolkit._("Frequency"),
        "sd_akses": toolkit._("Access"),
        PRIORITY_FACET: toolkit._("Priority data"),
        COMPLETENESS: toolkit._("Completeness of the metadata"),
    }
    held = {field["field_name"] for field in schema["dataset_fields"]} | {COMPLETENESS}
    if dataset_type in _YEARS_OF:
        held.add(YEAR_FACET)
    return {f"vocab_{name}": title for name, title in titles.items() if name in held}


def label_items(search_results: dict[str, Any]) -> dict[str, Any]:
    """Show facet values by the label of their choice; what is no choice stays as it is."""
    schema = dataset_schema()
    found = search_results.get("search_facets", {})
    for name in CHOICE_FACETS:
        facet = found.get(f"vocab_{name}")
        field = field_by_name(schema["dataset_fields"], name) if schema and facet else None
        if field is not None:
            for item in facet["items"]:
                item["display_name"] = satudata_choice_label(field, item["name"])
    for item in found.get(f"vocab_{COMPLETENESS}", {}).get("items", ()):
        item["display_name"] = f"{item['name'].replace('-', '–')} %"
    return search_results
