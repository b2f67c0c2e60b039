"""Validators that never stand in the way of what a portal already holds.

A stored value that a field would not accept today is kept byte for byte until somebody
changes it; only a newly changed value is refused.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from typing import Any

import sqlalchemy as sa
from ckan import model
from ckan.lib.munge import munge_title_to_name
from ckan.plugins import toolkit
from ckan.types import Context, FlattenDataDict, FlattenErrorDict, FlattenKey

from ckanext.scheming.validation import scheming_validator

from ..calendar import periods
from .resource_values import as_list, as_text
from .schema import choices

__all__ = [
    "satudata_drop_removed_extras",
    "satudata_keep_line_ends",
    "satudata_lenient_choice",
    "satudata_lenient_email",
    "satudata_lenient_list",
    "satudata_lenient_periods",
    "satudata_lift_extras",
    "satudata_list_output",
    "satudata_name_from_title",
    "satudata_stored_name",
]

Validator = Callable[[FlattenKey, FlattenDataDict, FlattenErrorDict, Context], None]


def _holder(key: FlattenKey, data: FlattenDataDict, context: Context) -> Any:
    """The stored dataset, organisation or resource that a key speaks about, None if new."""
    owner = context.get("package") or context.get("group")
    if owner is None or key[0] != "resources":
        return owner
    resource_id = data.get((*key[:2], "id"))
    return next((one for one in owner.resources if one.id == resource_id), None)


def _stored(key: FlattenKey, data: FlattenDataDict, context: Context) -> Any:
    """The value stored under a key before this save, None if there is none."""
    holder = _holder(key, data, context)
    if holder is None:
        return None
    name = key[-1]
    extras = holder.extras or {}
    return extras[name] if name in extras else getattr(holder, name, None)


def satudata_stored_name(
    key: FlattenKey, data: FlattenDataDict, errors: FlattenErrorDict, context: Context
) -> None:
    """Let an update without a name keep the stored one; scheming has one chain for both.

    ckanext-scheming reads no ``create_validators`` for organisations.
    """
    holder = _holder(key, data, context)
    if holder is not None and data.get(key) in (None, toolkit.missing):
        data[key] = holder.name


@scheming_validator
def satudata_lenient_choice(field: Mapping[str, Any], schema: Mapping[str, Any]) -> Validator:
    """Refuse a value outside the field's choices unless it is what was stored before."""

    def validator(
        key: FlattenKey, data: FlattenDataDict, errors: FlattenErrorDict, context: Context
    ) -> None:
        value = data[key]
        offered = [str(choice["value"]) for choice in choices(field) or ()]
        if value in offered or value == _stored(key, data, context):
            return
        message = toolkit._('"{value}" is not one of the choices: {choices}')
        errors[key].append(message.format(value=value, choices=", ".join(offered)))

    return validator


def satudata_lenient_email(
    key: FlattenKey, data: FlattenDataDict, errors: FlattenErrorDict, context: Context
) -> None:
    """Refuse what is no e-mail address unless it is what was stored before."""
    value = data[key]
    if not value or value == _stored(key, data, context):
        return
    try:
        toolkit.get_validator("email_validator")(value, context)
    except toolkit.Invalid as error:
        errors[key].append(error.error)


def satudata_lenient_list(
    key: FlattenKey, data: FlattenDataDict, errors: FlattenErrorDict, context: Context
) -> None:
    """Take a list, a JSON list or a text with commas; store a JSON list.

    Values that read the same as the stored ones leave the stored form as it is. An
    empty list leaves nothing behind.
    """
    value = data.get(key)
    given = [] if value is toolkit.missing else as_list(value)
    stored = _stored(key, data, context)
    if stored is not None and value is not toolkit.missing and as_list(stored) == given:
        data[key] = stored
    elif given:
        data[key] = as_text(given)
    else:
        data.pop(key, None)
        raise toolkit.StopOnError


def satudata_lenient_periods(
    key: FlattenKey, data: FlattenDataDict, errors: FlattenErrorDict, context: Context
) -> None:
    """Refuse newly given texts that are no data period; write the others canonically."""
    before = as_list(_stored(key, data, context))
    given = as_list(data[key])
    if given == before:
        return
    codes = []
    for text in given:
        try:
            codes.append(text if text in before else periods.parse(text).code)
        except periods.PeriodError:
            message = toolkit._(
                '"{value}" is not a data period. Examples: 2025, 2025-S1, 2025-Q1, 2025-03,'
                " 2025/2026"
            )
            errors[key].append(message.format(value=text))
    if not errors[key]:
        data[key] = as_text(list(dict.fromkeys(codes)))


def satudata_list_output(value: Any) -> list[str]:
    """The list that a stored value holds; what cannot be read is one text."""
    return as_list(value)


def satudata_name_from_title(
    key: FlattenKey, data: FlattenDataDict, errors: FlattenErrorDict, context: Context
) -> None:
    """Give a dataset without an address a free one after its title.

    In core's form a script does this while the title is being typed; a title that is
    there already, or a browser without scripts, would leave the address empty.
    """
    title = data.get(("title",))
    if data.get(key) or not title or title is toolkit.missing:
        return
    slug = munge_title_to_name(title)
    alike = model.Session.scalars(
        sa.select(model.Package.name).where(model.Package.name.startswith(slug, autoescape=True))
    )
    taken = set(alike)
    numbered = (f"{slug}-{number}" for number in itertools.count(2))
    data[key] = next(name for name in itertools.chain([slug], numbered) if name not in taken)


def satudata_keep_line_ends(
    key: FlattenKey, data: FlattenDataDict, errors: FlattenErrorDict, context: Context
) -> None:
    """Give free extras their stored line ends back, which browsers turn into CR LF."""
    holder = _holder(key, data, context)
    stored = (holder.extras or {}) if holder is not None else {}
    for place in _extras_places(data):
        given, kept = data.get((*place, "value")), stored.get(data[(*place, "key")])
        if isinstance(given, str) and kept is not None and _lines(given) == _lines(kept):
            data[(*place, "value")] = kept


@scheming_validator
def satudata_lift_extras(field: None, schema: Mapping[str, Any]) -> Validator:
    """Take a free extra named like one of our fields as that field.

    Clients send back such extras where they were read from an index that was made
    while the plugin was off, or from a portal that has no such field.
    """
    fields = [*schema.get("dataset_fields", ()), *schema.get("fields", ())]
    names = {one["field_name"] for one in fields if one["field_name"].startswith("sd_")}

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
