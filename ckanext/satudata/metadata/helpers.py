"""Template helpers of the metadata room."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ckan.plugins import toolkit

from ..calendar import periods
from ..template_helpers import language_text, satudata_lang
from .completeness import Completeness, completeness_of
from .resource_values import as_list
from .schema import choices, dataset_schema, field_by_name, license_choices

__all__ = [
    "satudata_choice_label",
    "satudata_completeness",
    "satudata_field_groups",
    "satudata_license_choices",
    "satudata_list",
    "satudata_missing_fields",
    "satudata_period_labels",
    "satudata_select_options",
]


def satudata_license_choices(field: Mapping[str, Any]) -> list[dict[str, str]]:
    """The portal's licences as scheming choices."""
    return license_choices()


def satudata_choice_label(field: Mapping[str, Any], value: str) -> str:
    """The label of a choice in the page's language; the value itself if it is none."""
    for choice in choices(field) or ():
        if str(choice["value"]) == value:
            return language_text(choice["label"])
    return value


def satudata_select_options(field: Mapping[str, Any], value: str | None) -> list[dict[str, str]]:
    """Options of a select: nothing, the choices, and a stored value that is none of them."""
    offered = choices(field) or []
    options = [{"value": "", "text": ""}]
    options += [
        {"value": str(choice["value"]), "text": language_text(choice["label"])}
        for choice in offered
    ]
    if value and value not in {option["value"] for option in options}:
        text = toolkit._("{value} (stored earlier, not a valid choice)").format(value=value)
        options.append({"value": value, "text": text})
    return options


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
    """Mandatory metadata of a dataset: required, filled, missing."""
    return completeness_of(pkg_dict)


def satudata_missing_fields(
    pkg_dict: Mapping[str, Any], completeness: Completeness
) -> list[dict[str, str]]:
    """The missing fields as ``{name, label}``, in the order of the form."""
    schema = dataset_schema(pkg_dict.get("type") or "dataset")
    fields = schema["dataset_fields"] if schema else []
    found = (field_by_name(fields, name) for name in completeness.missing)
    return [
        {"name": field["field_name"], "label": language_text(field["label"])}
        for field in found
        if field
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
