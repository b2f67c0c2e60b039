"""Facets of dataset lists and their readable labels."""

from __future__ import annotations

from typing import Any

from ckan.plugins import toolkit

from .helpers import satudata_choice_label
from .index import FACET_FIELDS
from .schema import dataset_schema, field_by_name


def extend(facets_dict: dict[str, Any]) -> dict[str, Any]:
    """Put theme, frequency, access and year after the organisation's facet."""
    ours = {
        "vocab_sd_tema": toolkit._("Theme"),
        "vocab_sd_tahun": toolkit._("Data year"),
        "vocab_sd_frekuensi": toolkit._("Frequency"),
        "vocab_sd_akses": toolkit._("Access"),
    }
    rest = {key: title for key, title in facets_dict.items() if key != "organization"}
    if "organization" in facets_dict:
        return {"organization": facets_dict["organization"], **ours, **rest}
    return {**ours, **rest}


def label_items(search_results: dict[str, Any]) -> dict[str, Any]:
    """Show facet values by the label of their choice; what is no choice stays as it is."""
    schema = dataset_schema()
    for name in FACET_FIELDS:
        facet = search_results.get("search_facets", {}).get(f"vocab_{name}")
        field = field_by_name(schema["dataset_fields"], name) if schema and facet else None
        if field is not None:
            for item in facet["items"]:
                item["display_name"] = satudata_choice_label(field, item["name"])
    return search_results
