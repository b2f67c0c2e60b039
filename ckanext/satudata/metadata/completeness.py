"""How complete the mandatory metadata of a dataset are (M of the score).

Mandatory never means required to save. What stands for nothing ("-", "n/a", ".", "xxx")
and a value outside a closed list count as not filled; a question that does not apply is
not counted, whatever is stored as its answer (compliance rules §3). The schemas declare
what is mandatory (:mod:`.schema`), ``presets.yaml`` what stands for nothing.
:mod:`.completeness_sql` says the same in SQL; a test holds the two together.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import yaml
from ckan import model

from .schema import (
    SCHEMA_FILES,
    Condition,
    Rule,
    conditions_of,
    dataset_rules,
    groups,
    rules,
    schema_of,
)
from .stored_values import BLANKS, lower, rows_in, texts_in

CORE_COLUMNS = (
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
"""Columns of core's table that a schema may ask for; everything else is an extra."""


@dataclass(frozen=True)
class Placeholders:
    """What stands for nothing: a text of ``signs`` alone, or one of ``words`` among them."""

    signs: str
    words: frozenset[str]


@functools.cache
def placeholders() -> Placeholders:
    """What our ``presets.yaml`` declares as not filled (``kosong``), blanks of any kind added."""
    declared = yaml.safe_load((SCHEMA_FILES / "presets.yaml").read_text(encoding="utf-8"))["kosong"]
    signs = lower("".join(dict.fromkeys(BLANKS + declared["tanda"])))
    words = frozenset(lower(str(word)).strip(signs) for word in declared["kata"])
    return Placeholders(signs, words)


@dataclass(frozen=True)
class Completeness:
    """Mandatory metadata of one dataset.

    ``required``, ``filled``: by weight; the ``always_`` pair without the conditional ones
    (M₀). ``asked``, ``answered``: how many answers that are, for people. ``missing``:
    paths of the answers not given (``sd_definisi``, ``sd_variabel.definisi``), in the
    order of the form.
    """

    required: int
    filled: int
    always_required: int
    always_filled: int
    missing: list[str]
    asked: int
    answered: int

    @property
    def fact(self) -> dict[str, Any]:
        """What the score keeps of it, and what SQL counts: all but the numbers for people."""
        return {
            "required": self.required,
            "filled": self.filled,
            "always_required": self.always_required,
            "always_filled": self.always_filled,
            "missing": self.missing,
        }

    @property
    def percent(self) -> int | None:
        """Filled of required in whole per cent, rounded down; None: nothing is mandatory."""
        return self.filled * 100 // self.required if self.required else None


def is_placeholder(text: str) -> bool:
    """Whether a text stands for nothing: empty, only signs ("-", "."), "n/a", "xxx"."""
    known = placeholders()
    core = lower(text).strip(known.signs)
    return not core or core in known.words


def applies(conditions: Iterable[Condition], values: Mapping[str, Any]) -> bool:
    """Whether all conditions hold for ``values`` (field name → value, stored or shown)."""
    return all(
        not one.values.isdisjoint(texts_in(values.get(one.name), one.many)) for one in conditions
    )


def _counts(value: object, choices: frozenset[str] | None) -> bool:
    """Whether the value of a field or subfield counts; what is no text never does."""
    if not isinstance(value, str):
        return False
    return not is_placeholder(value) if choices is None else value.strip(BLANKS) in choices


def _is_filled(rule: Rule, values: Mapping[str, Any]) -> bool:
    value = values.get(rule.name)
    if rule.subfield:
        rows = rows_in(value)
        return bool(rows) and all(_counts(row.get(rule.subfield), rule.choices) for row in rows)
    if rule.subfields:
        return any(
            _counts(row.get(name), None) for row in rows_in(value) for name in rule.subfields
        )
    return any(_counts(text, rule.choices) for text in texts_in(value, rule.many))


def measure(values: Mapping[str, Any], rules: Iterable[Rule]) -> Completeness:
    """Count the mandatory metadata that apply to ``values`` and those that are filled.

    ``values``: field name → value as stored (title, notes, license_id and extras, flat)
    or as ``package_show`` gives it (lists). ``rules``: see :func:`.schema.rules`.
    """
    asked = [rule for rule in rules if applies(rule.conditions, values)]
    answered = [rule for rule in asked if _is_filled(rule, values)]
    given = {rule.path for rule in answered}
    return Completeness(
        required=sum(rule.weight for rule in asked),
        filled=sum(rule.weight for rule in answered),
        always_required=sum(rule.weight for rule in asked if not rule.conditions),
        always_filled=sum(rule.weight for rule in answered if not rule.conditions),
        missing=[rule.path for rule in asked if rule.path not in given],
        asked=len(asked),
        answered=len(answered),
    )


def facts_of(package: model.Package) -> Completeness:
    """Completeness of a dataset as it stands in the session; asks the database nothing."""
    values = dict(package.extras or {})
    values.update((name, getattr(package, name)) for name in CORE_COLUMNS)
    return measure(values, dataset_rules(package.type or "dataset"))


def completeness_of(
    pkg_dict: Mapping[str, Any], contact: Mapping[str, Any] | None = None
) -> Completeness:
    """Completeness of a dataset dict, shown with or without its schema.

    ``contact``: the personal data of the activity (``kontak_fields``), which no dataset
    dict holds; None: they are left out of the count.
    """
    schema = schema_of(pkg_dict)
    known = rules(schema, contact is not None) if schema else ()
    return measure({**_values(pkg_dict), **(contact or {})}, known)


def _values(pkg_dict: Mapping[str, Any]) -> dict[str, Any]:
    extras = {extra["key"]: extra["value"] for extra in pkg_dict.get("extras") or ()}
    return {**extras, **pkg_dict}


def progress(
    values: Mapping[str, Any],
    schema: Mapping[str, Any],
    contact: Mapping[str, Any] | None = None,
) -> dict[str, tuple[int, int]]:
    """Answers given and asked for in each tab: ``{kelompok: (answered, asked)}``.

    Tabs of which nothing is asked are in it with ``(0, 0)``. ``contact``: as in
    :func:`completeness_of`.
    """
    known = rules(schema, contact is not None)
    held = {**_values(values), **(contact or {})}
    found = {}
    for group in groups(schema):
        names = {field["field_name"] for field in (*group.fields, *group.contact_fields)}
        measured = measure(held, [rule for rule in known if rule.name in names])
        found[group.name] = (measured.answered, measured.asked)
    return found


def not_applicable(values: Mapping[str, Any], schema: Mapping[str, Any]) -> list[str]:
    """Names of the fields whose question does not apply but that hold an answer all the same."""
    held = _values(values)
    return [
        name
        for name, conditions in conditions_of(schema).items()
        if conditions and not applies(conditions, held) and not is_empty(held.get(name))
    ]


def is_empty(value: object) -> bool:
    """Whether a value, whatever its field, says nothing; rows and lists: none of their texts."""
    rows = rows_in(value)
    if rows:
        return not any(_counts(held, None) for row in rows for held in row.values())
    return all(is_placeholder(text) for text in texts_in(value, many=True))
