"""Which record of a quarter a reader gets: the live result, its final one, or an earlier revision.

A quarter without final record is read from the live result with the names of today; a final one
from its frozen rows with the names, tree and register of that day.
"""

from __future__ import annotations

import datetime as dt
import functools
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import ckan.model as model
import sqlalchemy as sa
from ckan.plugins import toolkit

from ..calendar.quarters import Quarter
from ..judging.columns import JUDGED, NAMED, POOLED
from ..judging.model import QuarterState
from ..quarter.model import Final


@dataclass(frozen=True)
class Record:
    """What a quarter is read from; ``final_id`` is None for the live result.

    ``revisions`` are all that were frozen, newest first; ``newest`` is false for a record that a
    later revision has replaced.
    """

    quarter: Quarter
    final_id: int | None = None
    revision: int | None = None
    sha256: str | None = None
    at: dt.datetime | None = None
    revisions: tuple[int, ...] = ()

    @property
    def newest(self) -> bool:
        """Whether no later revision has replaced it."""
        return not self.revisions or self.revision == self.revisions[0]

    @property
    def values(self) -> dict[str, Any]:
        """The bound values of :attr:`rows` and :attr:`figures`."""
        return {"year": self.quarter.year, "tw": self.quarter.tw, "final_id": self.final_id}

    @property
    def rows(self) -> str:
        """A query of the judged rows, named and with the ``path`` of their organisation."""
        return LIVE_ROWS + _OF_QUARTER if self.final_id is None else _FINAL_ROWS

    @property
    def figures(self) -> str:
        """A query of the figures per organisation and scope, for ``:span``."""
        return _LIVE_FIGURES if self.final_id is None else _FINAL_FIGURES

    @property
    def organizations(self) -> str:
        """A query of the tree that the figures are of."""
        return _LIVE_TREE if self.final_id is None else _FINAL_TREE


def of(quarter: Quarter, revision: int | None = None) -> Record:
    """The record in force, or the one of a revision (0: the first final one).

    :raises toolkit.ObjectNotFound: there is no such revision
    """
    finals = model.Session.execute(
        sa.select(Final.id, Final.revision, Final.sha256, Final.at, QuarterState.final_id)
        .outerjoin(QuarterState, QuarterState.final_id == Final.id)
        .where(Final.year == quarter.year, Final.tw == quarter.tw)
        .order_by(Final.revision.desc())
    ).all()
    return choose(quarter, finals, revision)


def choose(quarter: Quarter, finals: Sequence[Any], revision: int | None) -> Record:
    """As :func:`of`, from all frozen records, newest first; the one in force has ``final_id``.

    :raises toolkit.ObjectNotFound: there is no such revision
    """
    known = tuple(final.revision for final in finals)
    if revision is None:
        found = next((final for final in finals if final.id == final.final_id), None)
        if found is None:
            return Record(quarter, revisions=known)
    else:
        found = next((final for final in finals if final.revision == revision), None)
        if found is None:
            raise toolkit.ObjectNotFound(toolkit._("The quarter has no such final record."))
    return Record(quarter, found.id, found.revision, found.sha256, found.at, known)


@functools.lru_cache(maxsize=4096)
def parsed(text: str) -> dict[str, Any]:
    """JSON of figures, read as text: many organisations have the same. Not to be changed."""
    return json.loads(text)


_JUDGED = ", ".join(f"r.{name}" for name in JUDGED)
_NAMED = ", ".join(f"r.{name}" for name in NAMED)

LIVE_ROWS = f"""
    SELECT {_JUDGED}, g.name AS org_name, coalesce(nullif(g.title, ''), g.name) AS org_title,
           opd.parent_id AS org_parent_id, opd.level AS org_level, opd.kind AS org_kind,
           opd.answers_id, coalesce(o.item_name, i.name) AS item_name,
           coalesce(o.unit, i.unit) AS unit,
           coalesce(o.classification, i.classification) AS classification, o.frequency,
           o.register_version, opd.path, CAST(NULL AS bigint) AS final_id
    FROM satudata_result r
    JOIN satudata_obligation o ON o.id = r.obligation_id
    JOIN satudata_opd opd ON opd.org_id = r.org_id
    -- Always there; LEFT lets PostgreSQL leave them out where nothing of them is read.
    LEFT JOIN satudata_item i ON i.id = r.item_id
    LEFT JOIN "group" g ON g.id = r.org_id
"""  # noqa: S608
"""Rows of the live result, of all quarters."""

_OF_QUARTER = " WHERE r.year = :year AND r.tw = :tw"

# The tree of that day, as far as its organisations had figures.
_FINAL_PLACES = """
    WITH RECURSIVE known AS (
        SELECT DISTINCT org_id, org_parent_id FROM satudata_final_org WHERE final_id = :final_id
    ), place(org_id, path) AS (
        SELECT org_id, ARRAY[org_id] FROM known k
        WHERE NOT EXISTS (SELECT FROM known above WHERE above.org_id = k.org_parent_id)
        UNION ALL
        SELECT k.org_id, p.path || k.org_id FROM known k JOIN place p ON p.org_id = k.org_parent_id
    )
"""
_FINAL_ROWS = f"""
    {_FINAL_PLACES}
    SELECT {_JUDGED}, {_NAMED}, coalesce(place.path, ARRAY[r.org_id]) AS path, r.final_id
    FROM satudata_final_row r LEFT JOIN place ON place.org_id = r.org_id
    WHERE r.final_id = :final_id
"""  # noqa: S608

_LIVE_FIGURES = """
    SELECT * FROM satudata_org_result WHERE year = :year AND tw = :tw AND span = :span
"""
_FINAL_FIGURES = "SELECT * FROM satudata_final_org WHERE final_id = :final_id AND span = :span"

_LIVE_TREE = """
    SELECT opd.org_id, g.name, coalesce(nullif(g.title, ''), g.name) AS title, opd.parent_id,
           opd.answers_id, opd.kind, opd.level, opd.scored, opd.path
    FROM satudata_opd opd JOIN "group" g ON g.id = opd.org_id
"""
_FINAL_TREE = f"""
    {_FINAL_PLACES}
    SELECT DISTINCT ON (f.org_id) f.org_id, f.org_name AS name, f.org_title AS title,
           f.org_parent_id AS parent_id, f.answers_id, f.org_kind AS kind, f.org_level AS level,
           f.scored, place.path
    FROM satudata_final_org f JOIN place ON place.org_id = f.org_id
    WHERE f.final_id = :final_id
    ORDER BY f.org_id
"""  # noqa: S608

_FROZEN = "EXISTS (SELECT FROM satudata_quarter s WHERE (s.year, s.tw) = (r.year, r.tw)"

ROWS = f"""
    {LIVE_ROWS} WHERE NOT {_FROZEN} AND s.final_id IS NOT NULL)
    UNION ALL
    SELECT {_JUDGED}, {_NAMED}, coalesce(opd.path, ARRAY[r.org_id]) AS path, r.final_id
    FROM satudata_final_row r
    JOIN satudata_quarter s ON s.final_id = r.final_id
    LEFT JOIN satudata_opd opd ON opd.org_id = r.org_id
"""  # noqa: S608
"""Rows of all quarters as they stand: live ones, and final ones in force (``path``: today's)."""

_POOLED = ", ".join(f"r.{name}" for name in POOLED)

FIGURES = f"""
    SELECT {_POOLED}, CAST(NULL AS bigint) AS final_id FROM satudata_org_result r
    WHERE NOT {_FROZEN} AND s.final_id IS NOT NULL)
    UNION ALL
    SELECT {_POOLED}, r.final_id FROM satudata_final_org r
    JOIN satudata_quarter s ON s.final_id = r.final_id
"""  # noqa: S608
"""Figures of all quarters as they stand: live ones, and the final ones in force."""
