"""Merging our fields into a portal's own scheming schema."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_MARKS = ("wajib", "wajib_jika", "berlaku_jika", "bobot", "nomor", "kelompok")


def _merge_fields(theirs: list[dict[str, Any]], ours: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Their fields in their order with our marks, then those of ours they do not have."""
    by_name = {field["field_name"]: field for field in ours}
    merged = []
    for field in theirs:
        mine = by_name.pop(field["field_name"], {})
        marks = {mark: mine[mark] for mark in _MARKS if mark in mine}
        merged.append({**field, **marks})
    return merged + list(by_name.values())


def _merge_validators(theirs: str | None, ours: str | None) -> str | None:
    """Both lists, each validator once; ``ignore`` stays last, for it ends the run."""
    names = list(dict.fromkeys(f"{theirs or ''} {ours or ''}".split()))
    if "ignore" in names:
        names.remove("ignore")
        names.append("ignore")
    return " ".join(names) or None


def merge(theirs: Mapping[str, Any], ours: Mapping[str, Any]) -> dict[str, Any]:
    """One schema with the fields of both; where both have a field, theirs stands.

    Both are schemas as written in their files, with presets not expanded.
    """
    merged = dict(theirs)
    for part in ("dataset_fields", "resource_fields", "fields"):
        if part in ours:
            merged[part] = _merge_fields(list(theirs.get(part) or []), list(ours[part]))
    for stage in ("before_validators", "after_validators"):
        names = _merge_validators(theirs.get(stage), ours.get(stage))
        if names:
            merged[stage] = names
    if "kelompok" in ours:
        merged["kelompok"] = ours["kelompok"]
    return merged


def missing_fields(active: Mapping[str, Any], ours: Mapping[str, Any]) -> list[str]:
    """Names of our own fields (``sd_…``) that the active schema lacks, by part of the schema."""
    missing = []
    for part in ("dataset_fields", "resource_fields", "fields"):
        have = {field["field_name"] for field in active.get(part) or ()}
        names = [field["field_name"] for field in ours.get(part) or ()]
        missing += [name for name in names if name.startswith("sd_") and name not in have]
    return missing
