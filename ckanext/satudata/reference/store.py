"""Puts the areas of a file into the database, whole and in one go."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import sqlalchemy as sa
from ckan import model
from sqlalchemy.dialects.postgresql import insert

from .. import locks
from ..model_base import utcnow
from ..text import normalise
from . import area_file, lists
from .area_file import Area
from .model import Reference, Region


@dataclass(frozen=True)
class Changes:
    """How many areas were new, written otherwise, or no longer in the list."""

    added: int
    changed: int
    removed: int


def held() -> Reference | None:
    """The version of the areas that the database holds; None before the first load."""
    return model.Session.get(Reference, lists.AREAS)


def held_version() -> str | None:
    """The version of :func:`held`."""
    reference = held()
    return reference.version if reference else None


def read_shipped() -> dict[str, Area]:
    """The areas that ship with the plugin."""
    home = lists.shipped()[lists.AREAS].home
    return area_file.read(home.read_bytes(), home.name)


def load(areas: Mapping[str, Area], version: str, source: str) -> Changes:
    """Make the table hold these areas and no others; commits. The same twice changes nothing."""
    locks.hold("reference")
    changes = Changes(*_upsert(areas), removed=_remove_others(areas))
    held_now = Reference(
        name=lists.AREAS, version=version, source=source, rows=len(areas), loaded=utcnow()
    )
    model.Session.merge(held_now)
    model.Session.commit()
    return changes


_COLUMNS = ("digits", "code_bps", "level", "parent", "name", "label", "name_key", "label_key")


def _upsert(areas: Mapping[str, Area]) -> tuple[int, int]:
    """Write what is new or other; (new, other)."""
    statement = insert(Region)
    given = {name: statement.excluded[name] for name in _COLUMNS}
    other = sa.or_(*(getattr(Region, name).is_distinct_from(given[name]) for name in _COLUMNS))
    statement = statement.on_conflict_do_update(
        index_elements=[Region.code], set_=given, where=other
    ).returning(sa.literal_column("xmax = 0"))
    written = model.Session.scalars(statement, [_row(one, areas) for one in areas.values()]).all()
    added = sum(written)
    return added, len(written) - added


def _row(area: Area, areas: Mapping[str, Area]) -> dict[str, object]:
    label = area_file.label(area, areas)
    return {
        "code": area.code,
        "digits": area.code.replace(".", ""),
        "code_bps": area.code_bps or None,
        "level": area.level,
        "parent": area.parent,
        "name": area.name,
        "label": label,
        "name_key": area_file.name_key(area),
        "label_key": normalise(label),
    }


def _remove_others(areas: Mapping[str, Area]) -> int:
    given = sa.func.unnest(sa.bindparam("codes", list(areas), type_=sa.ARRAY(sa.Text)))
    gone = sa.delete(Region).where(Region.code.not_in(sa.select(given)))
    return model.Session.execute(gone, execution_options={"synchronize_session": False}).rowcount
