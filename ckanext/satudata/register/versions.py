"""The version of the register: the year it was established for and how often it was decided on.

``2026.1`` is the register as established for 2026, ``2026.3`` the same after two amendments. A
year that has not been established carries the register of the year before on; one that never was
established has the number 0.
"""

from __future__ import annotations

import ckan.model as model
import sqlalchemy as sa

from .. import clock

KINDS = ("establishment", "amendment", "item_open", "item_close")
"""Decisions that make a new version, unless they are part of one that does (``part_of``)."""

# A decision that was taken back has still been in force: numbers never run backwards.
_CURRENT = sa.text(
    """
    SELECT year, count(*) FROM satudata_decision
    WHERE kind = ANY(:kinds) AND year <= :year AND NOT details ? 'part_of'
    GROUP BY year ORDER BY year DESC LIMIT 1
    """
)
_ESTABLISHED = sa.text(
    """
    SELECT EXISTS (
        SELECT FROM satudata_decision d
        WHERE d.kind = 'establishment' AND d.year = :year
          AND NOT EXISTS (SELECT FROM satudata_decision r WHERE r.revokes = d.id))
    """
)


def current(year: int | None = None) -> str:
    """Version of the register in force in ``year`` (this year, if not given), as of now."""
    year = year or clock.today().year
    found = model.Session.execute(_CURRENT, {"kinds": list(KINDS), "year": year}).first()
    return f"{found[0]}.{found[1]}" if found else f"{year}.0"


def is_established(year: int) -> bool:
    """Whether the register of that year was established by decree."""
    return model.Session.execute(_ESTABLISHED, {"year": year}).scalar_one()
