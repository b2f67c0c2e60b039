"""Fields of an item in words: what is proposed, what an amendment changed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ckan.plugins import toolkit

from ..opd import queries as opd_queries
from .columns import field_labels
from .item_values import FIELDS, FLAGS

_ = toolkit._


def labels() -> dict[str, str]:
    """Labels of the fields of an item, in the order of the forms."""
    known = field_labels()
    own = {
        "dynamic": _("Changes (dynamic)"),
        "indicators": _("Serves the indicators"),
        "contributors": _("Contributors"),
        "org_id": _("Producer"),
    }
    return {field: own.get(field) or known[field] for field in (*FIELDS, "org_id")}


def titles(values: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """Titles of the organisations that these values or changes name, in one query."""
    named: set[str] = set()
    for each in values:
        named.update(each.get("contributors") or [])
        if each.get("org_id"):
            named.add(each["org_id"])
    return opd_queries.titles(named) if named else {}


def text(field: str, value: Any, names: Mapping[str, str]) -> str:
    """A value as people read it; "–" where nothing is stated."""
    if field in FLAGS:
        return _("yes") if value else _("no")
    if field in ("contributors", "org_id"):
        ids = value if isinstance(value, list) else [value] if value else []
        return ", ".join(names.get(org_id, org_id) for org_id in ids) or "–"
    if isinstance(value, list):
        return "; ".join(map(str, value)) or "–"
    return str(value) if value else "–"


def told(values: Mapping[str, Any], names: Mapping[str, str]) -> list[tuple[str, str]]:
    """(label, text) of each value, in the order of the forms."""
    return [
        (label, text(field, values[field], names))
        for field, label in labels().items()
        if field in values
    ]


def told_changes(
    changes: Mapping[str, list[Any]], names: Mapping[str, str]
) -> list[tuple[str, str, str]]:
    """(label, text before, text after) of each change, in the order of the forms.

    A foreign field stands last, by its name.
    """
    known = labels()
    ordered = [field for field in known if field in changes] + sorted(set(changes) - set(known))
    pairs = [(field, *changes[field]) for field in ordered]
    return [
        (known.get(field, field), text(field, before, names), text(field, after, names))
        for field, before, after in pairs
    ]
