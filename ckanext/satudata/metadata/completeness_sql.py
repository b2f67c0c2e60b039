"""The count of :mod:`.completeness` for all datasets of a type at once, in SQL.

One query, built from the same rules. Names of columns come from our own list; everything
that a schema says is bound. It reads ``package`` alone and calls the functions of
migration 006.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from .completeness import CORE_COLUMNS, placeholders
from .schema import Condition, Rule
from .stored_values import BLANKS

COLUMNS = ("required", "filled", "always_required", "always_filled", "missing")
"""What is told of each dataset besides ``package_id``; see :class:`.completeness.Completeness`."""


def completeness_sql(
    rules: Sequence[Rule], dataset_type: str = "dataset", ids: Sequence[str] | None = None
) -> sa.TextualSelect:
    """A query with one row per dataset of a type: ``package_id`` and :data:`COLUMNS`.

    ``ids``: only these datasets; None: all, whatever their state.
    """
    return _Query(rules).build(dataset_type, ids)


class _Query:
    """The text of one query and the values bound in it."""

    def __init__(self, rules: Sequence[Rule]) -> None:
        self.rules = rules
        self.bound: dict[str, Any] = {}
        self.conditions = list(dict.fromkeys(one for rule in rules for one in rule.conditions))

    def build(self, dataset_type: str, ids: Sequence[str] | None) -> sa.TextualSelect:
        some = "" if ids is None else f" AND id = ANY({self._bind(list(ids))})"
        laterals = "".join(self._rows(name) for name in self._composites())
        asked = "".join(
            f", {self._holds(one)} AS c{number}" for number, one in enumerate(self.conditions)
        )
        filled = "".join(
            f", {self._filled(rule)} AS f{number}" for number, rule in enumerate(self.rules)
        )
        text = f"""
            SELECT package_id, {self._sum(False, False)} AS required,
                   {self._sum(True, False)} AS filled,
                   {self._sum(False, True)} AS always_required,
                   {self._sum(True, True)} AS always_filled, {self._missing()} AS missing
            FROM (SELECT p.id AS package_id{asked}{filled}
                  FROM (SELECT id, {", ".join(CORE_COLUMNS)}, extras || '{{}}' AS extras
                        FROM package WHERE type = {self._bind(dataset_type)}{some} OFFSET 0) p
                  {laterals} OFFSET 0) answers
        """  # noqa: S608
        return (
            sa.text(text)
            .bindparams(**self.bound)
            .columns(
                package_id=sa.Text,
                missing=ARRAY(sa.Text),
                **{name: sa.Integer for name in COLUMNS if name != "missing"},
            )
        )

    def _bind(self, value: Any) -> str:
        name = f"v{len(self.bound)}"
        self.bound[name] = value
        return f"CAST(:{name} AS {'text[]' if isinstance(value, list) else 'text'})"

    @functools.cached_property
    def _blanks(self) -> str:
        return self._bind(BLANKS)

    @functools.cached_property
    def _signs(self) -> str:
        return self._bind(placeholders().signs)

    @functools.cached_property
    def _words(self) -> str:
        return self._bind(["", *sorted(placeholders().words)])

    def _stored(self, name: str) -> str:
        """The stored text of a field, null where there is none."""
        return f"p.{name}" if name in CORE_COLUMNS else f"p.extras ->> {self._bind(name)}"

    def _says(self, text: str, choices: frozenset[str] | None) -> str:
        if choices is None:
            return f"satudata_says({text}, {self._signs}, {self._words})"
        return (
            f"coalesce(btrim({text}, {self._blanks}) = ANY({self._bind(sorted(choices))}), false)"
        )

    def _texts(self, name: str) -> str:
        return f"satudata_texts({self._stored(name)}, {self._blanks})"

    def _holds(self, condition: Condition) -> str:
        wanted = self._bind(sorted(condition.values))
        if condition.many:
            return f"{self._texts(condition.name)} && {wanted}"
        return (
            f"btrim(coalesce({self._stored(condition.name)}, ''), {self._blanks}) = ANY({wanted})"
        )

    def _composites(self) -> list[str]:
        return list(
            dict.fromkeys(rule.name for rule in self.rules if rule.subfield or rule.subfields)
        )

    def _rows(self, name: str) -> str:
        """The rows of one composite, read once, as one row of booleans by rule."""
        told = "".join(
            f", {self._row_filled(rule)} AS r{number}"
            for number, rule in enumerate(self.rules)
            if rule.name == name
        ).removeprefix(", ")
        rows = f"jsonb_array_elements(satudata_json_list({self._stored(name)}, {self._blanks}))"
        return f"""
            CROSS JOIN LATERAL (
                SELECT {told} FROM {rows} AS one WHERE jsonb_typeof(one) = 'object'
            ) AS rows_{self._composites().index(name)}"""  # noqa: S608

    def _row_filled(self, rule: Rule) -> str:
        if rule.subfield:
            return (
                f"coalesce(bool_and({self._says(self._cell(rule.subfield), rule.choices)}), false)"
            )
        cells = " OR ".join(self._says(self._cell(name), None) for name in rule.subfields)
        return f"coalesce(bool_or({cells}), false)"

    def _cell(self, subfield: str) -> str:
        name = self._bind(subfield)
        return f"CASE WHEN jsonb_typeof(one -> {name}) = 'string' THEN one ->> {name} END"

    def _filled(self, rule: Rule) -> str:
        if rule.subfield or rule.subfields:
            return f"r{self.rules.index(rule)}"
        if rule.many:
            said = self._says("one", rule.choices)
            return f"EXISTS (SELECT FROM unnest({self._texts(rule.name)}) AS one WHERE {said})"
        return self._says(self._stored(rule.name), rule.choices)

    def _applies(self, rule: Rule) -> str:
        return " AND ".join(f"c{self.conditions.index(one)}" for one in rule.conditions) or "true"

    def _sum(self, filled: bool, always: bool) -> str:
        parts = [
            f"CASE WHEN {self._applies(rule)}{f' AND f{number}' if filled else ''}"
            f" THEN {int(rule.weight)} ELSE 0 END"
            for number, rule in enumerate(self.rules)
            if not (always and rule.conditions)
        ]
        return " + ".join(parts) or "0"

    def _missing(self) -> str:
        paths = ", ".join(
            f"CASE WHEN {self._applies(rule)} AND NOT f{number} THEN {self._bind(rule.path)} END"
            for number, rule in enumerate(self.rules)
        )
        return f"array_remove(CAST(ARRAY[{paths}] AS text[]), NULL)"
