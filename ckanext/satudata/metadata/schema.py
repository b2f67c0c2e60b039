"""The active scheming schemas, read for what we add to them.

Keys of ours on a field: ``wajib`` and ``wajib_jika`` (mandatory metadata, never a
condition for saving) and ``kelompok`` (heading on the dataset page).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ckan import model
from ckan.plugins import plugin_loaded

from ckanext.scheming.plugins import SchemingDatasetsPlugin, SchemingOrganizationsPlugin

SCHEMA_FILES = Path(__file__).parents[1] / "schemas"
"""The folder of the YAML files that ship with the plugin."""

DATASET_SCHEMA = "ckanext.satudata:schemas/dataset.yaml"
OPD_SCHEMA = "ckanext.satudata:schemas/opd.yaml"
PRESETS = "ckanext.satudata:schemas/presets.yaml"

NO_LICENSE = "notspecified"
"""The entry of CKAN's licence list that says nothing."""


@dataclass(frozen=True)
class Rule:
    """When a field is mandatory and which values count.

    ``conditions``: field name → values under which it is mandatory; empty: always.
    ``choices``: the values that count as filled; None: any text.
    """

    name: str
    conditions: tuple[tuple[str, frozenset[str]], ...] = ()
    choices: frozenset[str] | None = None


def dataset_schema(dataset_type: str = "dataset") -> dict[str, Any] | None:
    """The expanded scheming schema of a dataset type; None where scheming has none."""
    if not plugin_loaded("scheming_datasets"):
        return None
    return SchemingDatasetsPlugin.instance._expanded_schemas.get(dataset_type)


def organization_schema() -> dict[str, Any] | None:
    """The expanded scheming schema of organisations; None where scheming has none."""
    if not plugin_loaded("scheming_organizations"):
        return None
    return SchemingOrganizationsPlugin.instance._expanded_schemas.get("organization")


def field_by_name(fields: Iterable[Mapping[str, Any]], name: str) -> Mapping[str, Any] | None:
    """The field of this name, None if the schema has none."""
    return next((field for field in fields if field["field_name"] == name), None)


def license_choices() -> list[dict[str, str]]:
    """The portal's licences that say something, as scheming choices, by title."""
    register = model.Package.get_license_register()
    return sorted(
        (
            {"value": license_id, "label": license.title}
            for license_id, license in register.items()
            if license_id != NO_LICENSE
        ),
        key=lambda choice: choice["label"],
    )


_CHOICE_HELPERS = {"satudata_license_choices": license_choices}


def choices(field: Mapping[str, Any]) -> list[dict[str, Any]] | None:
    """The closed list of a field: its own or that of one of our helpers; None: free text."""
    if "choices" in field:
        return field["choices"]
    source = _CHOICE_HELPERS.get(field.get("choices_helper", ""))
    return source() if source else None


def rules(fields: Iterable[Mapping[str, Any]]) -> tuple[Rule, ...]:
    """The mandatory fields of a schema, in the order of the form."""
    return tuple(
        Rule(field["field_name"], _conditions(field), _values(field))
        for field in fields
        if field.get("wajib") or field.get("wajib_jika")
    )


def _conditions(field: Mapping[str, Any]) -> tuple[tuple[str, frozenset[str]], ...]:
    if field.get("wajib"):
        return ()
    return tuple(
        (name, frozenset(map(str, wanted if isinstance(wanted, list) else [wanted])))
        for name, wanted in field["wajib_jika"].items()
    )


def _values(field: Mapping[str, Any]) -> frozenset[str] | None:
    found = choices(field)
    return None if found is None else frozenset(str(choice["value"]) for choice in found)


_compiled: dict[str, tuple[object, tuple[Rule, ...]]] = {}


def dataset_rules(dataset_type: str = "dataset") -> tuple[Rule, ...]:
    """:func:`rules` of a dataset type, compiled once for each loaded schema."""
    schema = dataset_schema(dataset_type)
    if schema is None:
        return ()
    held = _compiled.get(dataset_type)
    if held is None or held[0] is not schema:
        held = _compiled[dataset_type] = (schema, rules(schema["dataset_fields"]))
    return held[1]
