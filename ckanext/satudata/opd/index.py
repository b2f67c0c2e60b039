"""What the search index gets of the tree."""

from __future__ import annotations

from typing import Any

from ckan.plugins import toolkit

from . import queries

FACET = "vocab_sd_opd"


def add_ancestors(pkg_dict: dict[str, Any]) -> dict[str, Any]:
    """Put the ids from the top-level organisation down to the owner under ``vocab_sd_opd``.

    So ``fq=vocab_sd_opd:<id>`` finds the datasets of an organisation and all
    its units; ids, because names change.
    """
    owner = pkg_dict.get("owner_org")
    if owner:
        pkg_dict[FACET] = queries.path(owner) or [owner]
    return pkg_dict


def extend_facets(facets_dict: dict[str, Any]) -> dict[str, Any]:
    """Put "with units" beside the owner's own facet in lists over all organisations."""
    extended: dict[str, Any] = {}
    for name, title in facets_dict.items():
        extended[name] = title
        if name == "organization":
            extended[FACET] = toolkit._("Organisation with its units")
    return extended


def label_items(search_results: dict[str, Any]) -> dict[str, Any]:
    """Show the organisations of the facet by their titles, read in one query."""
    facet = search_results.get("search_facets", {}).get(FACET)
    if facet and facet["items"]:
        titles = queries.titles(item["name"] for item in facet["items"])
        for item in facet["items"]:
            item["display_name"] = titles.get(item["name"], item["name"])
    return search_results
