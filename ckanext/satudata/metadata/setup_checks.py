"""What ``ckan satudata init`` looks at: is this portal set up for Satu Data?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa
import yaml
from alembic.config import Config
from alembic.script import ScriptDirectory
from ckan import model
from ckan.plugins import plugin_loaded, toolkit

from ckanext.scheming.plugins import _load_schema

from .. import config
from ..reference import queries as reference_queries
from . import kinds
from .merging import merge, missing_fields
from .schema import (
    DATASET_SCHEMA,
    OPD_SCHEMA,
    PRESETS,
    SCHEMA_FILES,
    dataset_schema,
    organization_schema,
)

_MIGRATION = Path(__file__).parents[1] / "migration" / "satudata"
_SCHEMING = ("scheming_datasets", "scheming_organizations")


@dataclass(frozen=True)
class Finding:
    """One thing looked at. ``advice`` says what to do where ``good`` is false."""

    good: bool
    subject: str
    advice: str = ""


@dataclass(frozen=True)
class SchemaKind:
    """One of our schemas: its option, its file of ours, the key that names its type.

    ``merge_option``: of ``ckan satudata init``, where a portal may have its own schema of
    this type with fields that must stay.
    """

    option: str
    ours: str
    file: str
    type_key: str
    type_name: str
    plugin: str
    merge_option: str | None = None

    def active(self) -> dict[str, Any] | None:
        """The schema scheming uses now."""
        if self.type_key == "dataset_type":
            return dataset_schema(self.type_name)
        return organization_schema()

    def read_ours(self) -> dict[str, Any]:
        """Our schema as written in its file."""
        return yaml.safe_load((SCHEMA_FILES / self.file).read_text(encoding="utf-8"))

    def foreign(self) -> dict[str, Any] | None:
        """The portal's own schema of this type as written in its file; the last one wins."""
        others = [
            _load_schema(url)
            for url in toolkit.config.get(self.option, "").split()
            if url != self.ours
        ]
        same = [one for one in others if one.get(self.type_key) == self.type_name]
        return same[-1] if same else None


DATASETS = SchemaKind(
    "scheming.dataset_schemas",
    DATASET_SCHEMA,
    "dataset.yaml",
    "dataset_type",
    "dataset",
    "scheming_datasets",
    "--merge-to",
)
KINDS = tuple(
    SchemaKind(
        "scheming.dataset_schemas",
        f"ckanext.satudata:schemas/{kind}.yaml",
        f"{kind}.yaml",
        "dataset_type",
        kind,
        "scheming_datasets",
    )
    for kind in kinds.KINDS
)
ORGANIZATIONS = SchemaKind(
    "scheming.organization_schemas",
    OPD_SCHEMA,
    "opd.yaml",
    "organization_type",
    "organization",
    "scheming_organizations",
    "--merge-opd-to",
)


def findings() -> Iterator[Finding]:
    """All checks, in the order in which an administrator mends them."""
    yield _migration()
    yield from _plugins()
    yield _presets()
    yield schema_finding(DATASETS)
    for kind in KINDS:
        yield schema_finding(kind)
    yield schema_finding(ORGANIZATIONS)
    yield _root()
    yield _areas()


def _migration() -> Finding:
    alembic = Config()
    alembic.set_main_option("script_location", str(_MIGRATION))
    heads = set(ScriptDirectory.from_config(alembic).get_heads())
    engine = model.ensure_engine()
    applied: set[str] = set()
    if sa.inspect(engine).has_table("satudata_alembic_version"):
        with engine.connect() as connection:
            query = sa.text("SELECT version_num FROM satudata_alembic_version")
            applied = set(connection.execute(query).scalars())
    return Finding(
        applied == heads,
        toolkit._("Tables of the plugin"),
        toolkit._("Run: ckan db upgrade -p satudata"),
    )


def _areas() -> Finding:
    """Pages work without areas; only names and the search for codes are missing then."""
    subject = toolkit._("Area codes")
    advice = toolkit._("No areas are loaded yet. Run: ckan satudata referensi update")
    there = sa.inspect(model.ensure_engine()).has_table("satudata_region")
    return Finding(there and reference_queries.any_held(), subject, advice)


def _plugins() -> Iterator[Finding]:
    enabled = list(toolkit.config["ckan.plugins"])
    for name in _SCHEMING:
        before = name in enabled and enabled.index("satudata") < enabled.index(name)
        yield Finding(
            plugin_loaded(name) and before,
            toolkit._("Plugin {name}").format(name=name),
            toolkit._("Set in ckan.plugins: satudata before {name}").format(name=name),
        )


def _presets() -> Finding:
    given = toolkit.config.get("scheming.presets", "").split()
    return Finding(
        PRESETS in given,
        toolkit._("Field presets"),
        toolkit._("Set: scheming.presets = {value}").format(
            value=" ".join([PRESETS, *(given or ["ckanext.scheming:presets.json"])])
        ),
    )


def schema_finding(kind: SchemaKind) -> Finding:
    """Whether the active schema of a type has our fields."""
    subject = toolkit._("Schema of type {name}").format(name=kind.type_name)
    active = kind.active()
    if active is not None and not missing_fields(active, kind.read_ours()):
        return Finding(True, subject)
    if kind.foreign() is not None and kind.merge_option is None:
        advice = toolkit._("Take the other schema of this type out of {option}; ours is: {value}")
        return Finding(False, subject, advice.format(option=kind.option, value=kind.ours))
    if kind.foreign() is not None:
        return Finding(
            False,
            subject,
            toolkit._(
                "This portal has its own schema of this type. Write one with the fields of"
                " both: ckan satudata init {option} FILE.yaml"
            ).format(option=kind.merge_option),
        )
    return Finding(
        False,
        subject,
        toolkit._("Add to {option}: {value}").format(option=kind.option, value=kind.ours),
    )


def write_merged(kind: SchemaKind, target: Path) -> bool:
    """Write the portal's own schema with our fields added; False if it has none of its own.

    :raises OSError: when the file cannot be written
    """
    foreign = kind.foreign()
    if foreign is None:
        return False
    merged = merge(foreign, kind.read_ours())
    text = yaml.safe_dump(merged, sort_keys=False, allow_unicode=True, width=100)
    target.write_text(text, encoding="utf-8")
    return True


def _root() -> Finding:
    subject = toolkit._("Organisation at the top of the tree")
    named = config.root_organization()
    if named:
        group = model.Group.get(named)
        good = group is not None and group.is_organization and group.state == "active"
        advice = toolkit._("There is no organisation {name}; create it or change the option")
        return Finding(good, subject, advice.format(name=named))
    tops = model.Group.get_top_level_groups(type="organization")
    if len(tops) == 1 and toolkit.config["ckan.auth.user_create_organizations"]:
        # A second one would leave the portal without a walidata.
        advice = toolkit._(
            "Set ckanext.satudata.root_organization to {name}: every user may make organisations"
        )
        return Finding(False, subject, advice.format(name=tops[0].name))
    advice = toolkit._(
        "Set ckanext.satudata.root_organization: {number} organisations have no parent"
    )
    return Finding(len(tops) == 1, subject, advice.format(number=len(tops)))
