"""Running the validators of a schema over some fields of a dataset, without saving it.

So that a workbook or an adoption can be checked as a whole before its first write, by the
very rules that the form obeys.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import ckan.model as model
from ckan.lib.navl.dictization_functions import StopOnError, convert
from ckan.types import Context, FlattenKey

from ckanext.scheming.validation import validators_from_string

from .schema import dataset_schema

_PLAIN = "ignore_missing unicode_safe"


def check(
    dataset_type: str, values: Mapping[str, Any], stored: Any | None, user: str
) -> tuple[dict[str, Any], dict[FlattenKey, list[str]]]:
    """What would be stored of ``values``, and what the validators refuse.

    :param values: field name → text, list of texts, or list of rows of a composite
    :param stored: the dataset as it is (a package or what has its attributes), None: a new one
    :param user: name of the user who would save it
    :returns: the values as they would be stored, those emptied left out; and the errors by
        ``(field,)`` or ``(field, row, subfield)``
    """
    schema = dataset_schema(dataset_type) or {}
    context: Any = {"user": user, "session": model.Session}
    if stored is not None:
        context["package"] = stored
    data = {key: value for name in values for key, value in _flat(name, values[name])}
    errors: dict[FlattenKey, list[str]] = {key: [] for key in data}
    for key, field in _fields(schema, values):
        _validate(key, field, schema, data, errors, context)
    checked = {name: _unflat(name, values[name], data) for name in values}
    kept = {name: value for name, value in checked.items() if value not in (None, "", [])}
    return kept, {key: found for key, found in errors.items() if found}


def _flat(name: str, value: Any) -> Iterator[tuple[FlattenKey, Any]]:
    if _is_rows(value):
        for number, row in enumerate(value):
            for sub, text in row.items():
                yield (name, number, sub), text
    else:
        yield (name,), value


def _unflat(name: str, given: Any, data: Mapping[FlattenKey, Any]) -> Any:
    if not _is_rows(given):
        return data.get((name,))
    rows = (
        {sub: data[(name, number, sub)] for sub in row if data.get((name, number, sub))}
        for number, row in enumerate(given)
    )
    return [row for row in rows if row]


def _is_rows(value: Any) -> bool:
    return isinstance(value, list) and any(isinstance(row, dict) for row in value)


def _fields(
    schema: Mapping[str, Any], values: Mapping[str, Any]
) -> Iterator[tuple[FlattenKey, Mapping[str, Any]]]:
    for field in schema.get("dataset_fields", ()):
        name = field["field_name"]
        if name not in values:
            continue
        if not _is_rows(values[name]):
            yield (name,), field
            continue
        for number, row in enumerate(values[name]):
            for sub in field.get("repeating_subfields", ()):
                if sub["field_name"] in row:
                    yield (name, number, sub["field_name"]), sub


def _validate(
    key: FlattenKey,
    field: Mapping[str, Any],
    schema: Mapping[str, Any],
    data: dict[FlattenKey, Any],
    errors: dict[FlattenKey, list[str]],
    context: Context,
) -> None:
    for validator in validators_from_string(field.get("validators", _PLAIN), field, schema):
        try:
            convert(validator, key, data, errors, context)
        except StopOnError:
            return
