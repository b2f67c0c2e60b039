"""Validators of a whole form: what browsers and clients change unasked is put back.

They run before or after those of the fields (``before_validators``, ``after_validators``).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ckan.plugins import toolkit
from ckan.types import Context, DataValidator, FlattenDataDict, FlattenErrorDict, FlattenKey

from ckanext.scheming.validation import scheming_validator

from .composites import UNKNOWN, composite_fields, filled, read_rows

__all__ = [
    "satudata_drop_removed_extras",
    "satudata_keep_line_ends",
    "satudata_keep_rows",
    "satudata_lift_extras",
]


def satudata_keep_line_ends(
    key: FlattenKey, data: FlattenDataDict, errors: FlattenErrorDict, context: Context
) -> None:
    """Give texts their stored line ends back, which browsers turn into CR LF.

    A new text of one of our fields gets LF alone; those of core and of a portal stay as given.
    """
    holder = context.get("package") or context.get("group")
    stored = (holder.extras or {}) if holder is not None else {}
    for place in [place for place in data if len(place) == 1]:
        given, name = data[place], place[0]
        if isinstance(given, str) and "\r\n" in given:
            kept = stored[name] if name in stored else getattr(holder, name, None)
            if isinstance(kept, str) and _lines(given) == _lines(kept):
                data[place] = kept
            elif name.startswith("sd_"):
                data[place] = _lines(given)
    for place in _extras_places(data):
        given, kept = data.get((*place, "value")), stored.get(data[(*place, "key")])
        if isinstance(given, str) and kept is not None and _lines(given) == _lines(kept):
            data[(*place, "value")] = kept


@scheming_validator
def satudata_lift_extras(field: None, schema: Mapping[str, Any]) -> DataValidator:
    """Take a free extra named like one of our fields as that field.

    Clients send back such extras where they were read from an index that was made
    while the plugin was off, or from a portal that has no such field.
    """
    fields = [*schema.get("dataset_fields", ()), *schema.get("fields", ())]
    names = {
        one["field_name"]
        for one in fields
        if one["field_name"].startswith("sd_") and "repeating_subfields" not in one
    }

    def validator(
        key: FlattenKey, data: FlattenDataDict, errors: FlattenErrorDict, context: Context
    ) -> None:
        for place in _extras_places(data):
            name = data[(*place, "key")]
            if name in names and data.get((name,), toolkit.missing) is toolkit.missing:
                data[(name,)] = data[(*place, "value")]
                # Core checks every extra that came in; the last validator drops this one.
                data[(*place, "key")] = f"lifted {name}"
                data[(*place, "deleted")] = True

    return validator


@scheming_validator
def satudata_keep_rows(field: None, schema: Mapping[str, Any]) -> DataValidator:
    """Leave the stored text of a field with rows as it is where the rows read the same.

    CKAN sets subfields that the schema does not name apart; they come back into their rows.
    """
    fields = composite_fields(schema)

    def validator(
        key: FlattenKey, data: FlattenDataDict, errors: FlattenErrorDict, context: Context
    ) -> None:
        owner = context.get("package")
        held = (owner.extras or {}) if owner is not None else {}
        for name, one in fields.items():
            given = [filled(row) for row in _rows(name, data)]
            if name in held and given == [filled(row) for row in read_rows(held[name], one)]:
                for place in [place for place in data if place[0] == name]:
                    del data[place]
                if given:
                    data[(name,)] = held[name]
                    toolkit.get_converter("convert_to_extras")((name,), data, errors, context)
                    del data[(name,)]

    return validator


def _rows(name: str, data: FlattenDataDict) -> list[dict[str, Any]]:
    """The rows of a field, each with the subfields that were set apart."""
    rows: dict[int, dict[str, Any]] = {}
    for place in [place for place in data if place[0] == name and len(place) == 3]:
        if place[2] == UNKNOWN:
            for subfield, value in data.pop(place).items():
                data[(*place[:2], subfield)] = rows.setdefault(place[1], {})[subfield] = value
        else:
            rows.setdefault(place[1], {})[place[2]] = data[place]
    return [rows[number] for number in sorted(rows)]


def satudata_drop_removed_extras(
    key: FlattenKey, data: FlattenDataDict, errors: FlattenErrorDict, context: Context
) -> None:
    """Drop free extras marked for removal in a form; core leaves that to JavaScript."""
    for place in _extras_places(data):
        if data.get((*place, "deleted")):
            for held in [held for held in data if held[:2] == place]:
                del data[held]


def _extras_places(data: FlattenDataDict) -> list[FlattenKey]:
    return [held[:2] for held in data if held[0] == "extras" and held[-1] == "key"]


def _lines(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")
