"""What the search index gets of the tree."""

from __future__ import annotations

from typing import Any

from . import queries


def add_ancestors(pkg_dict: dict[str, Any]) -> dict[str, Any]:
    """Put the ids from the top-level organisation down to the owner under ``vocab_sd_opd``.

    So ``fq=vocab_sd_opd:<id>`` finds the datasets of an organisation and all
    its units; ids, because names change.
    """
    owner = pkg_dict.get("owner_org")
    if owner:
        pkg_dict["vocab_sd_opd"] = queries.path(owner) or [owner]
    return pkg_dict
