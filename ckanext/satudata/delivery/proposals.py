"""Variables (MS-Var) that the columns of a held file propose for its dataset."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import ckan.model as model
import sqlalchemy as sa
from ckan.plugins import toolkit

from ..metadata.composites import Rows, composite_fields, read_rows
from ..metadata.schema import dataset_schema
from . import checks
from .model import Profile, ResourceFact
from .profile import Column, not_described, variable_of

FIELD = "sd_variabel"
FORMATS = ("CSV", "XLSX")
"""Formats as resources state them; the content itself decides whether it is a table."""

_PASSING = ("content_missing", "content_changed")
"""Reasons that may be gone by the next time."""


@dataclass(frozen=True)
class Table:
    """A held file that may be a table; ``sha256`` identifies its present content."""

    resource_id: str
    package_id: str
    name: str
    sha256: str


@dataclass(frozen=True)
class Reading:
    """What is known of the columns of a file's present content.

    ``state``: ``unread`` (nobody has asked yet, or the job is not through), ``unreadable``
    (``reason`` is a key of ``checks.label``) or ``ready``.
    """

    state: str
    reason: str | None = None
    columns: tuple[Column, ...] = ()


def field_of(dataset_type: str) -> Mapping[str, Any] | None:
    """The field for variables of a dataset type; None where its schema has none."""
    return composite_fields(dataset_schema(dataset_type)).get(FIELD)


def tables(package_id: str) -> list[Table]:
    """The held CSV and XLSX files of a dataset, those uploaded last first."""
    resource: Any = model.Resource
    statement = (
        sa.select(resource.id, resource.name, resource.url, ResourceFact.sha256)
        .join(ResourceFact, ResourceFact.resource_id == resource.id)
        .where(
            resource.package_id == package_id,
            resource.state == model.State.ACTIVE,
            ResourceFact.sha256.is_not(None),
            ResourceFact.format.in_(FORMATS),
        )
        .order_by(
            sa.func.coalesce(resource.last_modified, resource.created).desc(),
            resource.position.desc(),
        )
    )
    return [
        Table(row.id, package_id, row.name or row.url.rpartition("/")[2], row.sha256)
        for row in model.Session.execute(statement)
    ]


def reading(table: Table) -> Reading:
    """What the job has found in the present content; of columns with one heading the first."""
    found = model.Session.get(Profile, (table.resource_id, table.sha256))
    if found is None:
        return Reading("unread")
    if found.reason:
        return Reading("unreadable", found.reason)
    by_name: dict[str, Column] = {}
    for one in found.columns:
        by_name.setdefault(one["name"], Column(**one))
    return Reading("ready", columns=tuple(by_name.values()))


def rows_of(package: Mapping[str, Any]) -> Rows:
    """The variables of a dataset as ``package_show`` gives it."""
    return read_rows(package.get(FIELD), field_of(package["type"]) or {})


def as_dict(table: Table, found: Reading, rows: Rows) -> dict[str, Any]:
    """The answer of ``satudata_variable_proposals``; ``rows``: what the dataset describes."""
    left = {column.name for column in not_described(found.columns, rows)}
    return {
        "resource_id": table.resource_id,
        "name": table.name,
        "sha256": table.sha256,
        "state": found.state,
        "again": found.state == "unread" or found.reason in _PASSING,
        "message": checks.label(found.reason) if found.reason else None,
        "columns": [
            {
                "column": column.name,
                "type": column.type,
                "values": column.values or [],
                "empty": column.empty,
                "described": column.name not in left,
                "variable": variable_of(column),
            }
            for column in found.columns
        ],
    }


def chosen_rows(found: Reading, chosen: Any, rows: Rows) -> Rows:
    """The new rows for the chosen columns, ``[{column, nama}]``; ``rows``: those there are.

    A column that is described already is passed over, so sending twice adds nothing.

    :raises toolkit.ValidationError: no list of such choices, or a column the file has not
    """
    if not isinstance(chosen, list) or not all(map(_is_choice, chosen)):
        raise toolkit.ValidationError(
            {"variables": [toolkit._("Give a list of {column, nama}, both of them texts")]}
        )
    if not chosen:
        raise toolkit.ValidationError({"variables": [toolkit._("Choose at least one column")]})
    columns = {column.name: column for column in found.columns}
    unknown = [one["column"] for one in chosen if one["column"] not in columns]
    if unknown:
        message = toolkit._('The file has no column "{name}"').format(name=unknown[0][:80])
        raise toolkit.ValidationError({"variables": [message]})
    names = {one["column"]: one.get("nama", "").strip() for one in chosen}
    left = not_described([columns[name] for name in names], rows)
    return [_row(column, names[column.name]) for column in left]


def _is_choice(one: Any) -> bool:
    return (
        isinstance(one, dict)
        and isinstance(one.get("column"), str)
        and isinstance(one.get("nama", ""), str)
    )


def _row(column: Column, name: str) -> dict[str, str]:
    row = variable_of(column)
    return {**row, "nama": name or row["nama"]}


def undescribed(columns: Iterable[Column], rows: Rows) -> int:
    """How many columns no variable describes."""
    return len(not_described(columns, rows))
