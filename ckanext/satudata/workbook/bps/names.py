"""The table of what BPS calls our fields (``schemas/bps.yaml``)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.resources import files
from typing import Any

import yaml

from ...metadata.kinds import KEGIATAN
from ...metadata.printing import indonesian
from ...metadata.schema import choices, dataset_schema, field_by_name

VARIABLES = "sd_variabel"
"""The field of a dataset whose rows are the form MS-Var."""


@dataclass(frozen=True)
class Choice:
    """A choice of ours with its Indonesian label and its number on paper, if it has one."""

    value: str
    label: str
    code: int | None


@dataclass(frozen=True)
class Name:
    """What one field, or subfield of rows, is called; the keys of ``bps.yaml`` as attributes.

    ``path`` is empty and ``flat`` None where BPS has no place for the field.
    """

    field: str
    label: str = ""
    number: str = ""
    shape: str = "text"
    flat: str | None = None
    path: tuple[str, ...] = ()
    also: tuple[str, ...] = ()
    spellings: Mapping[str, str] = field(default_factory=dict)
    columns: tuple[Name, ...] = ()


@dataclass(frozen=True)
class Form:
    """One form: its fields in the order of the paper."""

    key: str
    dataset_type: str
    names: tuple[Name, ...]
    composite: str = ""

    def choices(self, name: Name) -> list[Choice]:
        """The choices of a field in the active schema; none for free text or no such field."""
        schema = dataset_schema(self.dataset_type) or {"dataset_fields": []}
        fields = schema["dataset_fields"]
        if self.composite:
            holder = field_by_name(fields, self.composite) or {}
            fields = holder.get("repeating_subfields", [])
        found = choices(field_by_name(fields, name.field) or {}) or []
        return [Choice(str(one["value"]), indonesian(one["label"]), _code(one)) for one in found]


@dataclass(frozen=True)
class Names:
    """The whole table."""

    blocks: tuple[str, ...]
    envelope: frozenset[str]
    schedule: Name
    ms_keg: Form
    ms_ind: Form
    ms_var: Form


_YES_NO = {"true": 1, "false": 2}


def _code(choice: Mapping[str, Any]) -> int | None:
    """The number on paper; a portal's own yes or no may come without one."""
    return choice.get("kode") or _YES_NO.get(str(choice["value"]))


def _name(key: str, entry: Mapping[str, Any]) -> Name:
    path = entry.get("path") or ""
    return Name(
        field=key,
        label=entry.get("label", ""),
        number=entry.get("nomor", ""),
        shape=entry.get("shape", "text"),
        flat=entry.get("flat"),
        path=tuple(path.split(".")) if path else (),
        also=tuple(entry.get("also", ())),
        spellings=entry.get("spellings", {}),
        columns=tuple(_column(sub, held) for sub, held in entry.get("columns", {}).items()),
    )


def _column(key: str, entry: Mapping[str, Any]) -> Name:
    """A subfield; its key at BPS is our own unless the table says otherwise."""
    place = entry.get("key", key)
    return _name(key, {**entry, "flat": place, "path": place})


@lru_cache(maxsize=1)
def load() -> Names:
    """The table that ships with the plugin."""
    source = files("ckanext.satudata").joinpath("schemas/bps.yaml").read_text("utf-8")
    table = yaml.safe_load(source)

    def form(key: str, dataset_type: str, composite: str = "") -> Form:
        names = tuple(_name(name, entry) for name, entry in table[key].items())
        return Form(key, dataset_type, names, composite)

    return Names(
        blocks=tuple(table["blocks"]),
        envelope=frozenset(table["envelope"]),
        schedule=_name("", table["schedule"]),
        ms_keg=form("ms_keg", KEGIATAN),
        ms_ind=form("ms_ind", "dataset"),
        ms_var=form("ms_var", "dataset", VARIABLES),
    )
