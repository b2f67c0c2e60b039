"""Validators that never stand in the way of what a portal already holds.

A stored value that a field would not accept today is kept byte for byte until somebody
changes it; only a newly changed value is refused.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Mapping
from typing import Any

import sqlalchemy as sa
from ckan import model
from ckan.lib.munge import munge_title_to_name
from ckan.plugins import toolkit
from ckan.types import Context, DataValidator, FlattenDataDict, FlattenErrorDict, FlattenKey

from ckanext.scheming.validation import scheming_validator

from ..calendar import periods
from ..reference import regions
from . import typed_text
from .composites import read_rows
from .contact import satudata_contact_faults
from .kegiatan import satudata_lenient_kegiatan
from .resource_values import as_list, as_text
from .schema import choices

__all__ = [
    "satudata_boolean_text",
    "satudata_contact_faults",
    "satudata_lenient_choice",
    "satudata_lenient_choices",
    "satudata_lenient_date",
    "satudata_lenient_email",
    "satudata_lenient_integer",
    "satudata_lenient_kegiatan",
    "satudata_lenient_list",
    "satudata_lenient_periods",
    "satudata_lenient_region",
    "satudata_lenient_year",
    "satudata_list_output",
    "satudata_name_from_title",
    "satudata_not_before",
    "satudata_stored_name",
]


def _holder(key: FlattenKey, data: FlattenDataDict, context: Context) -> Any:
    """The stored dataset, organisation or resource that a key speaks about, None if new."""
    owner = context.get("package") or context.get("group")
    if owner is None or key[0] != "resources":
        return owner
    resource_id = data.get((*key[:2], "id"))
    return next((one for one in owner.resources if one.id == resource_id), None)


def _stored(key: FlattenKey, data: FlattenDataDict, context: Context) -> list[Any]:
    """What a field held before this save: one value or none, in a row that of each stored row.

    Rows have no identity: what stands in one of them may move to another.
    """
    holder = _holder(key, data, context)
    if holder is None:
        return []
    extras = holder.extras or {}
    if len(key) == 3 and key[0] != "resources":
        rows = read_rows(extras.get(key[0]), {"repeating_subfields": [{"field_name": key[2]}]})
        return [row[key[2]] for row in rows if key[2] in row]
    name = key[-1]
    return [extras[name]] if name in extras else [getattr(holder, name, None)]


def _quoted(value: Any) -> str:
    """A value as a message shows it: its beginning."""
    text = str(value)
    return text if len(text) <= 80 else f"{text[:80]}…"


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
def satudata_lenient_choice(field: Mapping[str, Any], schema: Mapping[str, Any]) -> DataValidator:
    """Refuse a value outside the field's choices unless it is what was stored before."""

    def validator(
        key: FlattenKey, data: FlattenDataDict, errors: FlattenErrorDict, context: Context
    ) -> None:
        value = data[key]
        offered = [str(choice["value"]) for choice in choices(field) or ()]
        if value in offered or value in _stored(key, data, context):
            return
        errors[key].append(_no_choice(value, offered))

    return validator


@scheming_validator
def satudata_lenient_choices(field: Mapping[str, Any], schema: Mapping[str, Any]) -> DataValidator:
    """Refuse those of several values that are no choice of the field and were not stored."""

    def validator(
        key: FlattenKey, data: FlattenDataDict, errors: FlattenErrorDict, context: Context
    ) -> None:
        offered = [str(choice["value"]) for choice in choices(field) or ()]
        foreign = [value for value in as_list(data[key]) if value not in offered]
        if foreign:
            kept = {text for value in _stored(key, data, context) for text in as_list(value)}
            errors[key] += [_no_choice(value, offered) for value in foreign if value not in kept]

    return validator


def _no_choice(value: Any, offered: list[str]) -> str:
    message = toolkit._('"{value}" is not one of the choices: {choices}')
    return message.format(value=_quoted(value), choices=", ".join(offered))


def satudata_boolean_text(value: Any) -> Any:
    """The stored text of a truth value: "true" or "false"; anything else as it is."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return _BOOLEANS.get(value.strip().casefold(), value) if isinstance(value, str) else value


_BOOLEANS = {"true": "true", "ya": "true", "false": "false", "tidak": "false"}


def satudata_lenient_email(
    key: FlattenKey, data: FlattenDataDict, errors: FlattenErrorDict, context: Context
) -> None:
    """Refuse what is no e-mail address unless it is what was stored before."""
    value = data[key]
    if not value or value in _stored(key, data, context):
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
    stored = [] if value is toolkit.missing else _stored(key, data, context)
    same = [held for held in stored if held is not None and as_list(held) == given]
    if same:
        data[key] = same[0]
    elif given:
        data[key] = as_text(given)
    else:
        data.pop(key, None)
        raise toolkit.StopOnError


def satudata_lenient_periods(
    key: FlattenKey, data: FlattenDataDict, errors: FlattenErrorDict, context: Context
) -> None:
    """Refuse newly given texts that are no data period; write the others canonically."""
    before = [text for held in _stored(key, data, context) for text in as_list(held)]
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


def satudata_lenient_date(
    key: FlattenKey, data: FlattenDataDict, errors: FlattenErrorDict, context: Context
) -> None:
    """Store a date as YYYY-MM-DD; refuse a newly given text that is none."""
    message = toolkit._(
        '"{value}" is not a date. Examples: 2025-08-31, 31/08/2025, 31 Agustus 2025'
    )
    _store_read(typed_text.iso_date, message, key, data, errors, context)


def satudata_lenient_year(
    key: FlattenKey, data: FlattenDataDict, errors: FlattenErrorDict, context: Context
) -> None:
    """Refuse a newly given text that is no year."""
    message = toolkit._('"{value}" is not a year of four digits. Example: 2025')
    _store_read(typed_text.year, message, key, data, errors, context)


def satudata_lenient_integer(
    key: FlattenKey, data: FlattenDataDict, errors: FlattenErrorDict, context: Context
) -> None:
    """Store a whole number as digits; refuse a newly given text that is none."""
    message = toolkit._('"{value}" is not a whole number from 0 on. Examples: 1250 or 1.250')
    _store_read(typed_text.integer, message, key, data, errors, context)


def _store_read(
    read: Callable[[str], str],
    message: str,
    key: FlattenKey,
    data: FlattenDataDict,
    errors: FlattenErrorDict,
    context: Context,
) -> None:
    """Store a value as ``read`` writes it; an empty one leaves nothing behind."""
    value = data.get(key)
    text = "" if value is None or value is toolkit.missing else str(value)
    if not text.strip():
        data.pop(key, None)
        raise toolkit.StopOnError
    if text in _stored(key, data, context):
        return
    try:
        data[key] = read(text)
    except ValueError:
        errors[key].append(message.format(value=_quoted(text)))


def satudata_not_before(start: str) -> DataValidator:
    """Refuse a date before the one in the field ``start`` (of the same row) unless stored so."""

    def validator(
        key: FlattenKey, data: FlattenDataDict, errors: FlattenErrorDict, context: Context
    ) -> None:
        begins = data.get((*key[:-1], start))
        try:
            backwards = typed_text.iso_date(str(data[key])) < typed_text.iso_date(str(begins or ""))
        except ValueError:
            return
        if backwards and data[key] not in _stored(key, data, context):
            message = toolkit._("The end ({end}) lies before the beginning ({start}).")
            errors[key].append(message.format(end=data[key], start=begins))

    return validator


def satudata_list_output(value: Any) -> list[str]:
    """The list that a stored value holds; what cannot be read is one text."""
    return as_list(value)


def satudata_name_from_title(
    key: FlattenKey, data: FlattenDataDict, errors: FlattenErrorDict, context: Context
) -> None:
    """Give a dataset without an address a free one after its title.

    In core's form a script does this while the title is being typed; a title that is
    there already, or a browser without scripts, would leave the address empty, and the
    script makes addresses of long titles that are longer than core takes.

    Raises StopOnError, with the message at the title, where there is neither.
    """
    title, name = data.get(("title",)) or "", data.get(key)
    if not title or title is toolkit.missing:
        if name and name is not toolkit.missing:
            return
        errors[("title",)].append(toolkit._("Fill in the title"))
        raise toolkit.StopOnError
    if name and name is not toolkit.missing and not _is_cut_short(name, title):
        return
    slug = munge_title_to_name(title)
    alike = model.Session.scalars(
        sa.select(model.Package.name).where(model.Package.name.startswith(slug, autoescape=True))
    )
    taken = set(alike)
    numbered = (f"{slug}-{number}" for number in itertools.count(2))
    data[key] = next(name for name in itertools.chain([slug], numbered) if name not in taken)


def _is_cut_short(name: str, title: str) -> bool:
    """Whether an address is too long and was made of nothing but the title."""
    return len(name) > model.PACKAGE_NAME_MAX_LENGTH and _signs(name) == _signs(title)


def _signs(text: str) -> str:
    return re.sub(r"[^a-z0-9]", "", text.lower())


def satudata_lenient_region(
    key: FlattenKey, data: FlattenDataDict, errors: FlattenErrorDict, context: Context
) -> None:
    """Store the code with dots of the area that was typed; refuse a new text that names none."""
    for stored in _stored(key, data, context):
        if stored is not None and data[key] in (stored, regions.shown(stored)):
            data[key] = stored
            return
    try:
        data[key] = regions.read(data[key])
    except regions.RegionError as error:
        errors[key].append(str(error))
