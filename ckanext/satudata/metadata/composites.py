"""Fields of several rows (scheming's repeating subfields): from the form, from clients, stored.

A form posts one key per input, ``field-<number>-<subfield>``. ckanext-scheming puts these in
order as texts (10 before 2) and numbers the rows of all fields of a form together, so a row
removed in one is lost in another; it also stores what is no row, and cannot read it again.
Here the keys become one list per field, and only lists of rows go on.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

from ckan import model
from ckan.lib import plugins as lib_plugins
from ckan.lib.navl.dictization_functions import DataError
from ckan.logic import apply_after_dataset_show_plugins
from ckan.plugins import toolkit
from ckan.types import Action, Context, DataDict

from .schema import dataset_schema, is_list

MAX_ROWS = 300
"""Rows one field may have: about what CKAN takes in one posted form (500 kB)."""

_MOST_FAULTS = 20
"""Faults of one field that a message names."""

REMOVE = "_remove"
"""Subfield of the checkbox that asks for a row's removal, posted with a form."""

UNKNOWN = "__extras"
"""Where CKAN's validation puts keys of a row that the schema does not name."""

Rows = list[dict[str, Any]]

_KEY = re.compile(r"(?P<field>\w+)-(?P<number>[0-9]{1,9})-(?P<subfield>\w+)")


def composite_fields(schema: Mapping[str, Any] | None) -> dict[str, Mapping[str, Any]]:
    """Our fields of a dataset schema that have rows, by name; those of a portal are its own."""
    fields = schema["dataset_fields"] if schema else ()
    return {
        one["field_name"]: one
        for one in fields
        if "repeating_subfields" in one and one["field_name"].startswith("sd_")
    }


def is_span(field: Mapping[str, Any]) -> bool:
    """Whether the rows of a field are spans of dates, with a beginning and an end."""
    return [one["field_name"] for one in field.get("repeating_subfields", ())] == ["awal", "akhir"]


def is_blank(value: Any) -> bool:
    """Whether a subfield says nothing: absent, only blanks, or a list of such texts."""
    if isinstance(value, list):
        return all(is_blank(one) for one in value)
    return (
        value is None or value is toolkit.missing or (isinstance(value, str) and not value.strip())
    )


def filled(row: Mapping[str, Any]) -> dict[str, Any]:
    """The subfields of a row that say something."""
    return {name: value for name, value in row.items() if not is_blank(value)}


def fold(data_dict: dict[str, Any], names: Iterable[str]) -> None:
    """Turn the keys of a posted form into one list of rows per field, in place.

    Rows come in the order of their numbers, which may have gaps and count for each field
    alone. A wholly blank row and one marked by :data:`REMOVE` are left out. The form posts
    the field's own name with an empty text too, so that a field without a row is emptied; a
    field that is not in the form stays out. A field given as a list already is left alone.
    """
    asked = {name for name in names if not data_dict.get(name)}
    numbered: dict[str, dict[int, dict[str, Any]]] = {}
    for key in list(data_dict):
        part = _KEY.fullmatch(key)
        if part and part["field"] in asked:
            rows = numbered.setdefault(part["field"], {})
            row = rows.setdefault(int(part["number"]), {})
            row[part["subfield"]] = _line_ends(data_dict.pop(key))
    for name in asked & (numbered.keys() | data_dict.keys()):
        rows = numbered.get(name, {})
        data_dict[name] = [
            rows[number]
            for number in sorted(rows)
            if REMOVE not in rows[number] and filled(rows[number])
        ]


def _line_ends(value: Any) -> Any:
    """Line ends as they were typed; browsers post CR LF."""
    return value.replace("\r\n", "\n") if isinstance(value, str) else value


def read_rows(value: Any, field: Mapping[str, Any]) -> Rows:
    """The rows in a value in whatever form it is stored; what is no row is a row's first text.

    >>> read_rows('{"rusak', {"repeating_subfields": [{"field_name": "nama"}]})
    [{'nama': '{"rusak'}]
    """
    loaded = _loaded(value)
    if loaded in (None, "", []):
        return []
    first = field["repeating_subfields"][0]["field_name"]
    rows = loaded if isinstance(loaded, list) else [loaded]
    return [
        _joined(row) if isinstance(row, dict) else {first: _text(row)}
        for row in rows
        if (filled(row) if isinstance(row, dict) else not is_blank(row))
    ]


def _loaded(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        loaded = json.loads(value)
    except (ValueError, RecursionError):
        return value
    # A text that only looks like a number or a word of JSON ("2024", "null") is meant as text.
    return loaded if isinstance(loaded, (list, dict)) else value


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _joined(row: dict[str, Any]) -> dict[str, Any]:
    """A row with the keys that CKAN has set apart (:data:`UNKNOWN`) back in it."""
    apart = row.get(UNKNOWN)
    if not isinstance(apart, dict):
        return row
    return _joined({**apart, **{name: row[name] for name in row if name != UNKNOWN}})


def take(action: str, context: Context, data_dict: DataDict) -> None:
    """Bring the fields with rows of a dataset to be saved into lists of rows, in place.

    ``action`` is package_create or package_update.

    :raises toolkit.ValidationError: for what is no list of rows, for too many rows, for an
        unknown subfield and for a subfield that is no text
    :raises toolkit.NotAuthorized: instead, for those who may not save: no message may tell
        them what is stored
    """
    updated = action == "package_update"
    stored = model.Package.get(data_dict.get("id") or data_dict.get("name")) if updated else None
    fields = composite_fields(
        dataset_schema(stored.type if stored else data_dict.get("type") or "dataset")
    )
    held = (stored.extras or {}) if stored else {}
    fold(data_dict, fields)
    _lift(data_dict, fields)
    errors = {}
    for name in fields.keys() & data_dict.keys():
        given = data_dict[name] = _loaded(data_dict[name])
        if isinstance(given, list):
            given = data_dict[name] = [
                _joined(row) if isinstance(row, dict) else row for row in given
            ]
        found = faults(given, fields[name], read_rows(held.get(name), fields[name]))
        if found:
            errors[name] = found
    if errors:
        toolkit.check_access(action, context, data_dict)
        raise toolkit.ValidationError(errors)


def _lift(data_dict: dict[str, Any], fields: Mapping[str, Mapping[str, Any]]) -> None:
    """Take a free extra named like a field with rows as that field, as other fields do."""
    extras = data_dict.get("extras")
    if not isinstance(extras, list):
        return
    kept = []
    for extra in extras:
        name = extra.get("key") if isinstance(extra, dict) else None
        if isinstance(name, str) and name in fields and name not in data_dict:
            data_dict[name] = read_rows(extra.get("value"), fields[name])
        else:
            kept.append(extra)
    if len(kept) < len(extras):
        data_dict["extras"] = kept


def faults(given: Any, field: Mapping[str, Any], stored: Rows) -> list[str]:
    """What keeps a value from being rows of a field, as messages; none for good rows.

    What stands in the ``stored`` rows may stay, whatever it is.
    """
    known = {one["field_name"]: one for one in field["repeating_subfields"]}
    if not isinstance(given, list):
        message = toolkit._("Give a list of rows; a row is an object with: {subfields}")
        return [message.format(subfields=", ".join(known))]
    if len(given) > MAX_ROWS:
        message = toolkit._("{count} rows are too many; at most {most} can be stored.")
        return [message.format(count=len(given), most=MAX_ROWS)]
    found = []
    for number, row in enumerate(given, 1):
        if not isinstance(row, dict):
            message = toolkit._("Row {number} is no object with: {subfields}")
            found.append(message.format(number=number, subfields=", ".join(known)))
            continue
        for name, value in row.items():
            if any(name in other and other[name] == value for other in stored):
                continue
            if name not in known:
                message = toolkit._('Row {number}: there is no "{name}"; known are: {subfields}')
            elif not _is_answer(value, known[name]):
                message = toolkit._('Row {number}: "{name}" must be one text.')
            else:
                continue
            found.append(message.format(number=number, name=name[:80], subfields=", ".join(known)))
    return found[:_MOST_FAULTS]


def _is_answer(value: Any, subfield: Mapping[str, Any]) -> bool:
    """Whether a subfield can hold a value: a text, number or truth value, or several texts."""
    if isinstance(value, list):
        return is_list(subfield) and all(isinstance(one, str) for one in value)
    return not isinstance(value, dict)


def show(next_action: Action, context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Core's package_show, also where the stored text of a field is no list of rows.

    ckanext-scheming fails on such a text, which is stored while the plugin is off. It is read
    by :func:`read_rows` then, before scheming sees it.
    """
    if not context.get("validate", True):
        shown = next_action(context, data_dict)
        _mend(shown)
        return shown
    try:
        return next_action(context, data_dict)
    except (ValueError, RecursionError, DataError):
        shown = next_action(Context(context, validate=False), data_dict)
        if not _mend(shown):
            raise
    plugin = lib_plugins.lookup_package_plugin(shown["type"])
    schema = context.get("schema") or plugin.show_package_schema()
    shown, _ = lib_plugins.plugin_validate(plugin, context, shown, schema, "package_show")
    apply_after_dataset_show_plugins(context, shown)
    return shown


def _mend(shown: dict[str, Any]) -> bool:
    """Put rows in place of unreadable texts in the extras; tell whether there were any."""
    fields = composite_fields(dataset_schema(shown["type"]))
    mended = False
    for extra in shown.get("extras", ()):
        field = fields.get(extra["key"])
        if field:
            loaded = _loaded(extra["value"])
            if not isinstance(loaded, list) or not all(isinstance(row, dict) for row in loaded):
                rows = read_rows(loaded, field)
                extra["value"] = json.dumps(rows, ensure_ascii=False)
                mended = True
    return mended
