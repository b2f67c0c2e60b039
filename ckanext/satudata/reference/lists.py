"""The reference lists that ship with the plugin: what they hold, their version and source."""

from __future__ import annotations

import csv
import functools
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

SCHEMAS = Path(__file__).parents[1] / "schemas"
FOLDER = SCHEMAS / "reference"
AREAS = "wilayah"


@dataclass(frozen=True)
class ReferenceList:
    """One list of ``reference.yaml``.

    ``label`` has the languages ``en`` and ``id``. ``home`` is the file that holds the
    list, ``count`` how many entries it has there. ``table``: it is loaded into the
    database, which may hold another version.
    """

    name: str
    label: Mapping[str, str]
    version: str
    source: str
    licence: str
    home: Path
    count: int
    table: bool


@functools.cache
def shipped() -> dict[str, ReferenceList]:
    """All lists by name, in the order of ``reference.yaml``."""
    stated = yaml.safe_load((FOLDER / "reference.yaml").read_text(encoding="utf-8"))
    return {one["name"]: _list(one) for one in stated["lists"]}


def _list(stated: Mapping[str, Any]) -> ReferenceList:
    if "file" in stated:
        home = FOLDER / stated["file"]
        count = len(_rows(home))
    else:
        home = SCHEMAS / stated["schema"]
        count = len(_choices(home, stated["field"]))
    return ReferenceList(
        stated["name"],
        stated["label"],
        stated["version"],
        stated["source"],
        stated["licence"],
        home,
        count,
        stated.get("table", False),
    )


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def _choices(schema: Path, name: str) -> list[Mapping[str, Any]]:
    fields = yaml.safe_load(schema.read_text(encoding="utf-8"))["dataset_fields"]
    return next(field["choices"] for field in fields if field["field_name"] == name)


@functools.cache
def affairs() -> tuple[tuple[str, str], ...]:
    """Code and name of each field of government affairs (bidang urusan), by code."""
    rows = _rows(shipped()["bidang_urusan"].home)
    return tuple((row["kode"], row["nama"]) for row in rows)


def affair_choices() -> list[dict[str, str]]:
    """The fields of government affairs as scheming choices: ``1.01``, "1.01 Pendidikan"."""
    return [{"value": code, "label": f"{code} {name}"} for code, name in affairs()]
