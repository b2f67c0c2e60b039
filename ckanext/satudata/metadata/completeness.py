"""How complete the mandatory metadata of a dataset are (M of the score).

Mandatory never means required to save. "-", "n/a", ".", "xxx" and a value outside a
closed list count as not filled (compliance rules §3).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ckan import model

from .schema import Rule, dataset_rules

_PLACEHOLDER = re.compile(r"[\W_]*|x{2,}|n[./ ]?a\.?", re.IGNORECASE)

_CORE_COLUMNS = (
    "title",
    "notes",
    "url",
    "author",
    "author_email",
    "maintainer",
    "maintainer_email",
    "version",
    "license_id",
    "owner_org",
)


@dataclass(frozen=True)
class Completeness:
    """Counts of mandatory metadata; the ``always_`` pair without the conditional ones (M₀).

    ``missing``: names of the fields not filled, in the order of the form.
    """

    required: int
    filled: int
    always_required: int
    always_filled: int
    missing: list[str]

    @property
    def percent(self) -> int | None:
        """Filled of required in whole per cent, rounded down; None: nothing is mandatory."""
        return self.filled * 100 // self.required if self.required else None


def is_placeholder(text: str) -> bool:
    """Whether a text stands for nothing: empty, only signs ("-", "."), "n/a", "xxx"."""
    return _PLACEHOLDER.fullmatch(text.strip()) is not None


def _text(value: object) -> str:
    return "" if value is None else str(value).strip()


def _applies(rule: Rule, values: Mapping[str, Any]) -> bool:
    return all(_text(values.get(name)) in wanted for name, wanted in rule.conditions)


def _filled(rule: Rule, values: Mapping[str, Any]) -> bool:
    text = _text(values.get(rule.name))
    if rule.choices is not None:
        return text in rule.choices
    return not is_placeholder(text)


def measure(values: Mapping[str, Any], rules: Iterable[Rule]) -> Completeness:
    """Count the mandatory metadata that apply to ``values`` and those that are filled.

    ``values``: field name → stored value (title, notes, license_id and extras, flat).
    ``rules``: the mandatory fields (:func:`.schema.rules`).
    """
    applying = [rule for rule in rules if _applies(rule, values)]
    missing = [rule.name for rule in applying if not _filled(rule, values)]
    always = {rule.name for rule in applying if not rule.conditions}
    return Completeness(
        required=len(applying),
        filled=len(applying) - len(missing),
        always_required=len(always),
        always_filled=len(always.difference(missing)),
        missing=missing,
    )


def facts_of(package: model.Package) -> Completeness:
    """Completeness of a dataset as it stands in the session; asks the database nothing."""
    values = dict(package.extras or {})
    values.update((name, getattr(package, name)) for name in _CORE_COLUMNS)
    return measure(values, dataset_rules(package.type or "dataset"))


def completeness_of(pkg_dict: Mapping[str, Any]) -> Completeness:
    """Completeness of a dataset dict, shown with or without its schema."""
    values = {extra["key"]: extra["value"] for extra in pkg_dict.get("extras") or ()}
    return measure({**values, **pkg_dict}, dataset_rules(pkg_dict.get("type") or "dataset"))
