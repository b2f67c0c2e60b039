"""The active scheming schemas, read for what we add to them.

Keys of ours on a field: ``wajib`` and ``wajib_jika`` (mandatory metadata, never a
condition for saving), ``bobot`` (its weight), ``berlaku_jika`` (when the question applies
at all) and ``kelompok`` (tab of the form, heading of the page; may have ``berlaku_jika``
too). What they mean for the count is in :mod:`.completeness`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ckan import model
from ckan.plugins import plugin_loaded

from ckanext.scheming.plugins import SchemingDatasetsPlugin, SchemingOrganizationsPlugin

from ..reference import lists as reference_lists

SCHEMA_FILES = Path(__file__).parents[1] / "schemas"
"""The folder of the YAML files that ship with the plugin."""

DATASET_SCHEMA = "ckanext.satudata:schemas/dataset.yaml"
OPD_SCHEMA = "ckanext.satudata:schemas/opd.yaml"
PRESETS = "ckanext.satudata:schemas/presets.yaml"

NO_LICENSE = "notspecified"
"""The entry of CKAN's licence list that says nothing."""


def dataset_schema(dataset_type: str = "dataset") -> dict[str, Any] | None:
    """The expanded scheming schema of a dataset type; None where scheming has none."""
    if not plugin_loaded("scheming_datasets"):
        return None
    return SchemingDatasetsPlugin.instance._expanded_schemas.get(dataset_type)


def schema_of(pkg_dict: Mapping[str, Any]) -> dict[str, Any] | None:
    """The expanded scheming schema of a dataset dict's type; None where scheming has none."""
    return dataset_schema(pkg_dict.get("type") or "dataset")


def organization_schema() -> dict[str, Any] | None:
    """The expanded scheming schema of organisations; None where scheming has none."""
    if not plugin_loaded("scheming_organizations"):
        return None
    return SchemingOrganizationsPlugin.instance._expanded_schemas.get("organization")


def field_by_name(fields: Iterable[Mapping[str, Any]], name: str) -> Mapping[str, Any] | None:
    """The field of this name, None if the schema has none."""
    return next((field for field in fields if field["field_name"] == name), None)


def fields_of(dataset_type: str = "dataset") -> list[Mapping[str, Any]]:
    """The fields of a dataset type as its active schema has them; none without a schema."""
    schema = dataset_schema(dataset_type)
    return schema["dataset_fields"] if schema else []


def field_of(dataset_type: str, name: str) -> Mapping[str, Any]:
    """One of :func:`fields_of`; {} if there is none of this name."""
    return field_by_name(fields_of(dataset_type), name) or {}


def all_fields(schema: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Fields of a schema with those of the person in charge, in the order of the form."""
    return [*schema["dataset_fields"], *schema.get("kontak_fields", ())]


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


_CHOICE_HELPERS = {
    "satudata_bidang_urusan_choices": reference_lists.affair_choices,
    "satudata_license_choices": license_choices,
}


def choices(field: Mapping[str, Any]) -> list[dict[str, Any]] | None:
    """The closed list of a field: its own or that of one of our helpers; None: free text."""
    if "choices" in field:
        return field["choices"]
    source = _CHOICE_HELPERS.get(field.get("choices_helper", ""))
    return source() if source else None


class SchemaError(ValueError):
    """A schema states conditions that cannot be meant; the message names the field."""


@dataclass(frozen=True)
class Condition:
    """Field ``name`` holds one of ``values``; of a list (``many``), one of its texts does."""

    name: str
    values: frozenset[str]
    many: bool = False


@dataclass(frozen=True)
class Rule:
    """One mandatory answer: when it is asked for and what counts as given.

    ``conditions``: all must hold; empty: always asked for.
    ``choices``: the texts that count; None: any but a placeholder.
    ``many``: the field holds a list of texts, of which one must count.
    ``subfields``: the field holds rows; one text in any of these, in any row, must count.
    ``subfield``: the field holds rows, at least one, and this one must count in each.
    ``weight``: what the answer counts.
    """

    name: str
    conditions: tuple[Condition, ...] = ()
    choices: frozenset[str] | None = None
    many: bool = False
    subfields: tuple[str, ...] = ()
    subfield: str | None = None
    weight: int = 1

    @property
    def path(self) -> str:
        """How the answer is named among the missing ones: ``sd_variabel.definisi``."""
        return f"{self.name}.{self.subfield}" if self.subfield else self.name


@dataclass(frozen=True)
class Group:
    """A tab of the form and heading of the page, with its fields in their order.

    ``label``: text by language. ``contact_fields``: those kept in the table of personal data.
    """

    name: str
    label: Any
    fields: tuple[Mapping[str, Any], ...]
    contact_fields: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True)
class _Compiled:
    """What one schema declares, read once. ``schema`` keeps its ``id`` from being reused."""

    schema: Mapping[str, Any]
    conditions: dict[str, tuple[Condition, ...]]
    groups: tuple[Group, ...]
    rules: tuple[Rule, ...]
    contact_rules: tuple[Rule, ...]


_LISTS = frozenset({"satudata_list", "satudata_multi", "satudata_periods"})
"""Presets whose fields hold a list of texts."""

_CONDITIONAL = frozenset({"berlaku_jika", "wajib_jika"})

_compiled: dict[int, _Compiled] = {}
_MOST_COMPILED = 32


def rules(schema: Mapping[str, Any], contact: bool = False) -> tuple[Rule, ...]:
    """The mandatory answers of a schema, in the order of the form.

    ``contact``: with those among the personal data (``kontak_fields``), which come last.
    """
    compiled = _compile(schema)
    return (*compiled.rules, *compiled.contact_rules) if contact else compiled.rules


def dataset_rules(dataset_type: str = "dataset") -> tuple[Rule, ...]:
    """:func:`rules` of the active schema of a dataset type."""
    schema = dataset_schema(dataset_type)
    return () if schema is None else rules(schema)


def conditions_of(schema: Mapping[str, Any]) -> dict[str, tuple[Condition, ...]]:
    """Every field's conditions under which its question applies; empty: it always does.

    A field takes over the conditions of its tab and of the fields that its own
    conditions name. Raises :class:`SchemaError`.
    """
    return _compile(schema).conditions


def groups(schema: Mapping[str, Any]) -> tuple[Group, ...]:
    """The tabs of a schema in their order, the empty ones too; another portal's has none."""
    return _compile(schema).groups


def check_active() -> None:
    """Read the active dataset schemas. Raises :class:`SchemaError` if one contradicts itself."""
    if plugin_loaded("scheming_datasets"):
        for schema in SchemingDatasetsPlugin.instance._expanded_schemas.values():
            _read_conditions(schema)


def _compile(schema: Mapping[str, Any]) -> _Compiled:
    held = _compiled.get(id(schema))
    if held is None:
        if len(_compiled) >= _MOST_COMPILED:
            _compiled.clear()
        held = _compiled[id(schema)] = _read(schema)
    return held


def _read(schema: Mapping[str, Any]) -> _Compiled:
    conditions = _read_conditions(schema)
    return _Compiled(
        schema,
        conditions,
        tuple(_group(group, schema) for group in schema.get("kelompok", [])),
        tuple(_rules(schema["dataset_fields"], schema, conditions)),
        tuple(_rules(schema.get("kontak_fields", []), schema, conditions)),
    )


def _group(group: Mapping[str, Any], schema: Mapping[str, Any]) -> Group:
    def members(fields: Iterable[Mapping[str, Any]]) -> tuple[Mapping[str, Any], ...]:
        return tuple(field for field in fields if field.get("kelompok") == group["name"])

    return Group(
        group["name"],
        group["label"],
        members(schema["dataset_fields"]),
        members(schema.get("kontak_fields", [])),
    )


def _by_name(schema: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    return {field["field_name"]: field for field in all_fields(schema)}


def _read_conditions(schema: Mapping[str, Any]) -> dict[str, tuple[Condition, ...]]:
    by_name = _by_name(schema)
    of_group = {
        group["name"]: _stated(group.get("berlaku_jika"), by_name)
        for group in schema.get("kelompok", [])
    }
    found: dict[str, tuple[Condition, ...]] = {}

    def resolve(name: str, way: tuple[str, ...]) -> tuple[Condition, ...]:
        if name in way:
            ring = " → ".join((*way[way.index(name) :], name))
            raise SchemaError(f"berlaku_jika goes round in a ring: {ring}")
        if name not in found:
            field = by_name[name]
            own = (
                *of_group.get(field.get("kelompok"), ()),
                *_stated(field.get("berlaku_jika"), by_name),
            )
            upper = [one for held in own for one in resolve(held.name, (*way, name))]
            found[name] = tuple(dict.fromkeys((*upper, *own)))
        return found[name]

    for name, field in by_name.items():
        resolve(name, ())
        _stated(field.get("wajib_jika"), by_name)
        for subfield in field.get("repeating_subfields", []):
            if not _CONDITIONAL.isdisjoint(subfield):
                path = f"{name}.{subfield['field_name']}"
                raise SchemaError(f"a subfield has conditions, which no row can meet: {path}")
    return {name: found[name] for name in by_name}


def _stated(
    stated: Mapping[str, Any] | None, by_name: Mapping[str, Mapping[str, Any]]
) -> tuple[Condition, ...]:
    """The conditions of one ``berlaku_jika`` or ``wajib_jika``."""
    unknown = sorted(set(stated or ()) - set(by_name))
    if unknown:
        raise SchemaError(f"a condition names a field that the schema does not have: {unknown[0]}")
    return tuple(
        Condition(name, _texts(wanted), is_list(by_name[name]))
        for name, wanted in (stated or {}).items()
    )


def _texts(wanted: Any) -> frozenset[str]:
    """The values of a condition as they are stored; YAML reads a bare true as a boolean."""
    return frozenset(
        str(one).lower() if isinstance(one, bool) else str(one)
        for one in (wanted if isinstance(wanted, list) else [wanted])
    )


def _with_inherited(
    stated: tuple[Condition, ...], conditions: Mapping[str, tuple[Condition, ...]]
) -> tuple[Condition, ...]:
    upper = [one for held in stated for one in conditions[held.name]]
    return tuple(dict.fromkeys((*upper, *stated)))


def _rules(
    fields: Iterable[Mapping[str, Any]],
    schema: Mapping[str, Any],
    conditions: Mapping[str, tuple[Condition, ...]],
) -> Iterator[Rule]:
    by_name = _by_name(schema)
    for field in fields:
        name = field["field_name"]
        subfields = field.get("repeating_subfields", [])
        asked_for = [subfield for subfield in subfields if subfield.get("wajib")]
        if not (field.get("wajib") or field.get("wajib_jika") or asked_for):
            continue
        asked = conditions[name]
        if not field.get("wajib"):
            stated = _with_inherited(_stated(field.get("wajib_jika"), by_name), conditions)
            asked = tuple(dict.fromkeys((*asked, *stated)))
        for subfield in asked_for:
            yield Rule(
                name,
                asked,
                _values(subfield),
                subfield=subfield["field_name"],
                weight=subfield.get("bobot", 1),
            )
        if not asked_for:
            yield Rule(
                name,
                asked,
                None if subfields else _values(field),
                many=is_list(field),
                subfields=tuple(subfield["field_name"] for subfield in subfields),
                weight=field.get("bobot", 1),
            )


def is_list(field: Mapping[str, Any]) -> bool:
    """Whether a field holds a list of texts."""
    return field.get("preset") in _LISTS


def is_open(field: Mapping[str, Any]) -> bool:
    """Whether the choices of a field are only offered: any other text will do, too."""
    return field.get("preset") == "satudata_suggest"


def _values(field: Mapping[str, Any]) -> frozenset[str] | None:
    if is_open(field):
        return None
    found = choices(field)
    return None if found is None else frozenset(str(choice["value"]) for choice in found)
