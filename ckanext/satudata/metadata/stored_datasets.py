"""What the portal holds of the datasets and activities of organisations, read in one query."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import ckan.model as model
import sqlalchemy as sa

from .kinds import KEGIATAN
from .stored_values import rows_in

_BATCH = 500
_COLUMNS = (
    "id", "name", "type", "owner_org", "title", "notes", "url", "version", "author",
    "author_email", "maintainer", "maintainer_email", "license_id", "private",
    "metadata_modified", "extras",
)  # fmt: skip


@dataclass(frozen=True)
class Stored:
    """One dataset as its row holds it; has the attributes that validators look for."""

    id: str
    name: str
    type: str
    owner_org: str | None
    title: str | None
    notes: str | None
    url: str | None
    version: str | None
    author: str | None
    author_email: str | None
    maintainer: str | None
    maintainer_email: str | None
    license_id: str | None
    private: bool
    metadata_modified: dt.datetime
    extras: dict[str, str]

    def value(self, name: str) -> Any:
        """The stored value of a field, None if there is none."""
        return self.extras[name] if name in self.extras else getattr(self, name, None)

    def rows(self, name: str) -> list[dict[str, Any]]:
        """The rows of a composite; what is stored but cannot be read gives none."""
        return rows_in(self.value(name))


def select() -> Any:
    """A statement for all active packages, to be narrowed."""
    return sa.select(*(getattr(model.Package, name) for name in _COLUMNS)).where(
        model.Package.state == "active"
    )


def read(statement: Any) -> Iterator[Stored]:
    """The datasets of a :func:`select` with conditions, as they come from the database."""
    for row in model.Session.execute(statement.execution_options(yield_per=_BATCH)):
        values = row._mapping
        yield Stored(**{name: values[name] for name in _COLUMNS[:-1]}, extras=row.extras or {})


def of_organization(org_id: str, dataset_type: str) -> Iterator[Stored]:
    """The active datasets of a type that an organisation owns, by title."""
    return read(
        select()
        .where(model.Package.owner_org == org_id, model.Package.type == dataset_type)
        .order_by(model.Package.title, model.Package.id)
    )


def by_reference(references: Iterable[str]) -> dict[str, Stored]:
    """Active datasets by each id or address given; what is unknown is left out."""
    wanted = list(references)
    found: dict[str, Stored] = {}
    for at in range(0, len(wanted), _BATCH):
        part = wanted[at : at + _BATCH]
        among = sa.or_(model.Package.id.in_(part), model.Package.name.in_(part))
        for one in read(select().where(among)):
            found[one.id] = found[one.name] = one
    return found


def activities(org_ids: Iterable[str]) -> dict[str, str]:
    """Id → address of the activities (kegiatan) of these organisations."""
    statement = sa.select(model.Package.id, model.Package.name).where(
        model.Package.type == KEGIATAN,
        model.Package.state == "active",
        model.Package.owner_org.in_(list(org_ids)),
    )
    return dict(row._tuple() for row in model.Session.execute(statement.order_by("name")))
