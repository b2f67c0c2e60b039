"""Template helpers of the metadata room."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any

from ckan.plugins import toolkit

from ..calendar import periods
from ..template_helpers import language_text, satudata_date, satudata_lang
from . import copying, form, kinds, overtaken
from .choice_words import choice_labels
from .completeness import Completeness, completeness_of, progress
from .composites import Rows, read_rows
from .form_rows import FormRows, form_rows
from .index import COMPLETENESS
from .kegiatan_pages import (
    satudata_contact,
    satudata_kegiatan_choices,
    satudata_kegiatan_datasets,
    satudata_kegiatan_link,
    satudata_not_applicable,
)
from .resource_values import as_list
from .schema import dataset_schema, license_choices, schema_of
from .typed_text import iso_date

__all__ = [
    "humanize_entity_type",
    "satudata_choice_label",
    "satudata_completeness",
    "satudata_condition_text",
    "satudata_contact",
    "satudata_copy",
    "satudata_date_text",
    "satudata_field_groups",
    "satudata_form_contact",
    "satudata_form_errors",
    "satudata_form_facts",
    "satudata_form_missing",
    "satudata_form_progress",
    "satudata_form_rows",
    "satudata_form_seen",
    "satudata_form_tabs",
    "satudata_has_tabs",
    "satudata_has_type",
    "satudata_is_date",
    "satudata_kegiatan_choices",
    "satudata_kegiatan_datasets",
    "satudata_kegiatan_link",
    "satudata_license_choices",
    "satudata_list",
    "satudata_missing_fields",
    "satudata_multi_options",
    "satudata_no_dataset",
    "satudata_not_applicable",
    "satudata_period_labels",
    "satudata_rows",
    "satudata_select_options",
    "satudata_sort_orders",
    "satudata_uncounted_fields",
]


def satudata_license_choices(field: Mapping[str, Any]) -> list[dict[str, str]]:
    """The portal's licences as scheming choices."""
    return license_choices()


def satudata_choice_label(field: Mapping[str, Any], value: str) -> str:
    """The label of a choice in the page's language; the value itself if it is none."""
    return choice_labels(field).get(str(value), value)


def satudata_select_options(field: Mapping[str, Any], value: str | None) -> list[dict[str, str]]:
    """Options of a select: nothing, the choices, and a stored value that is none of them."""
    options = {"": "", **_choices_and(field, [value] if value else [])}
    return [{"value": one, "text": text} for one, text in options.items()]


def satudata_multi_options(field: Mapping[str, Any], value: Any) -> list[dict[str, Any]]:
    """Choices of a field of several values, ``{value, text, chosen}``; stored foreign ones too."""
    chosen = satudata_list(value)
    options = _choices_and(field, chosen)
    return [{"value": one, "text": text, "chosen": one in chosen} for one, text in options.items()]


def _choices_and(field: Mapping[str, Any], stored: list[str]) -> dict[str, str]:
    """Texts of the choices by value, then those of stored values that are none of them."""
    known = choice_labels(field)
    foreign = toolkit._("{value} (stored earlier, not a valid choice)")
    return known | {one: foreign.format(value=one) for one in stored if one not in known}


def satudata_form_rows(
    field: Mapping[str, Any], data: Mapping[str, Any], errors: Mapping[str, Any]
) -> FormRows:
    """The rows that the form of a field with subfields shows."""
    return form_rows(field, data, errors)


def satudata_rows(field: Mapping[str, Any], value: Any) -> Rows:
    """The rows that a field with subfields holds, in whatever form they are stored."""
    return read_rows(value, field)


def satudata_is_date(value: Any) -> bool:
    """Whether a stored text is a day in the form that inputs of dates know (YYYY-MM-DD)."""
    return _stored_date(value) is not None


def satudata_date_text(value: Any) -> str:
    """A stored date in words ("31 Maret 2026"); a text that is none as it is."""
    day = _stored_date(value)
    return str(value) if day is None else satudata_date(day)


def _stored_date(value: Any) -> dt.date | None:
    text = str(value)
    try:
        return dt.date.fromisoformat(text) if iso_date(text) == text else None
    except ValueError:
        return None


def satudata_list(value: Any) -> list[str]:
    """The texts of a multi-valued field in whatever form it is stored; undefined: none."""
    return as_list(value) if value else []


def satudata_period_labels(value: Any) -> list[str]:
    """Names of the data periods in a stored value ("Triwulan I 2025"); others as they are."""
    language = satudata_lang()
    labels = []
    for text in satudata_list(value):
        try:
            labels.append(periods.label(periods.parse(text), language))
        except periods.PeriodError:
            labels.append(text)
    return labels


def satudata_completeness(pkg_dict: Mapping[str, Any]) -> Completeness:
    """Mandatory metadata of a dataset: required, filled, missing.

    The person in charge of an activity counts for those who may see him.
    """
    contact = satudata_contact(pkg_dict["id"]) if pkg_dict.get("type") == kinds.KEGIATAN else {}
    return completeness_of(pkg_dict, contact or None)


def satudata_missing_fields(
    pkg_dict: Mapping[str, Any], completeness: Completeness
) -> list[dict[str, str]]:
    """The missing fields as ``{name, label}``, in the order of the form."""
    schema = schema_of(pkg_dict)
    return [
        {"name": path.partition(".")[0], "label": form.path_label(path, schema)}
        for path in (completeness.missing if schema else ())
    ]


def satudata_uncounted_fields(pkg_dict: Mapping[str, Any]) -> list[dict[str, str]]:
    """Fields with an answer to a question that does not apply, as ``{name, label}``."""
    schema = schema_of(pkg_dict)
    return [
        {"name": name, "label": form.path_label(name, schema)}
        for name in satudata_not_applicable(pkg_dict)
    ]


def satudata_field_groups(
    pkg_dict: Mapping[str, Any], schema: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """Filled fields of a dataset under their headings: ``{label, fields}``; no empty heading.

    A schema without headings (another portal's) gives none.
    """
    groups = []
    for group in schema.get("kelompok", []):
        fields = [
            field
            for field in schema["dataset_fields"]
            if field.get("kelompok") == group["name"]
            and field["field_name"] not in ("title", "notes")
            and pkg_dict.get(field["field_name"])
        ]
        if fields:
            groups.append({"label": language_text(group["label"]), "fields": fields})
    return groups


@toolkit.chained_helper
def humanize_entity_type(
    next_helper: Callable[..., str | None], entity_type: str, object_type: str, purpose: str
) -> str | None:
    """Core's words for a kind of thing, with ours for activities and governance papers."""
    if entity_type == "package" and object_type in kinds.KINDS:
        return kinds.phrase(object_type, purpose)
    return next_helper(entity_type, object_type, purpose)


def satudata_no_dataset(dataset_type: str | None) -> bool:
    """Whether this type of dataset is an activity or a governance paper."""
    return dataset_type in kinds.KINDS


def satudata_has_type(dataset_type: str) -> bool:
    """Whether this portal has pages for our dataset type (its schema is switched on)."""
    return kinds.is_offered(dataset_type)


def satudata_form_contact(
    data: Mapping[str, Any], schema: Mapping[str, Any]
) -> dict[str, Any] | None:
    """What the form shows of the person in charge; None: it does not ask for one here.

    Of a stored activity only those who may see the person get the inputs.
    """
    if not schema.get("kontak_fields"):
        return None
    stored = satudata_contact(data["id"]) if data.get("id") else {}
    if data.get("id") and not stored:
        return None
    names = [field["field_name"] for field in schema["kontak_fields"]]
    return {name: data.get(name, stored.get(name)) for name in names}


def satudata_form_tabs(
    schema: Mapping[str, Any], data: Mapping[str, Any], contact: Mapping[str, Any] | None
) -> list[form.Tab]:
    """The tabs of the metadata form; ``contact`` as ``satudata_form_contact`` gives it."""
    return form.tabs(schema, data, contact is not None)


def satudata_form_errors(
    errors: Mapping[str, Any], schema: Mapping[str, Any]
) -> list[form.FormError]:
    """The messages of a refused save in the order of the form, each with its tab and input."""
    return form.form_errors(errors, schema)


def satudata_form_progress(
    data: Mapping[str, Any],
    schema: Mapping[str, Any],
    contact: Mapping[str, Any] | None = None,
) -> dict[str, tuple[int, int]]:
    """Mandatory answers given and asked for in each tab: ``{kelompok: (answered, asked)}``."""
    return progress(data, schema, contact)


def satudata_form_seen(package_id: str, errors: Mapping[str, Any]) -> str:
    """The state of the dataset that the reader of its form has seen."""
    return overtaken.seen(package_id, errors)


def satudata_form_missing(
    data: Mapping[str, Any], schema: Mapping[str, Any], contact: Mapping[str, Any] | None
) -> list[dict[str, str]]:
    """What the form still lacks as ``{name, label}``, in the order of the form."""
    pkg_dict = {**data, "type": schema["dataset_type"]}
    return satudata_missing_fields(pkg_dict, completeness_of(pkg_dict, contact))


def satudata_form_facts(
    schema: Mapping[str, Any], contact: Mapping[str, Any] | None
) -> dict[str, Any]:
    """Conditions, rules and words that the scripts of the metadata form go by."""
    return form.facts(schema, contact is not None)


def satudata_condition_text(field: Mapping[str, Any], schema: Mapping[str, Any]) -> str:
    """When a question applies, in words ("Only if Method: “Survey”"); empty: always."""
    return form.condition_text(field, schema)


def satudata_has_tabs(dataset_type: str) -> bool:
    """Whether the form of a dataset type has tabs; other portals' schemas have no headings."""
    return bool((dataset_schema(dataset_type) or {}).get("kelompok"))


def satudata_copy(reference: str, dataset_type: str) -> copying.Copy | None:
    """What a new dataset or activity takes over from another one (id or name)."""
    return copying.start(reference, dataset_type)


def satudata_sort_orders(
    dataset_type: str | None, orders: list[tuple[str, str]] | None
) -> list[tuple[str, str]] | None:
    """The orders that a list offers, as ``(label, sort)``; of datasets also by completeness."""
    if not orders or dataset_schema(dataset_type or "") is None:
        return orders
    return [
        *orders,
        (toolkit._("Completeness, highest first"), f"{COMPLETENESS} desc, title_string asc"),
        (toolkit._("Completeness, lowest first"), f"{COMPLETENESS} asc, title_string asc"),
    ]
