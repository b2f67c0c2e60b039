"""Reads of the areas."""

from __future__ import annotations

from collections.abc import Iterable

import sqlalchemy as sa
from ckan import model

from .model import Region

_SEARCH = sa.text(
    """
    SELECT code, code_bps, level, name, label,
           CASE WHEN :code IN (code, digits, code_bps) THEN 0
                WHEN :code <> '' THEN 1
                WHEN starts_with(name_key, :key) OR starts_with(label_key, :key) THEN 2
                ELSE 3 END AS rank
    FROM satudata_region
    WHERE (CAST(:level AS integer) IS NULL OR level = :level)
      AND CASE WHEN :code <> ''
               THEN starts_with(code, :code) OR starts_with(digits, :code)
                    OR starts_with(code_bps, :code)
               ELSE NOT EXISTS (
                   SELECT FROM unnest(CAST(:words AS text[])) AS given(word)
                   WHERE strpos(' ' || label_key, ' ' || word) = 0
               ) END
    ORDER BY rank, name_key <> :key, level, CASE :code WHEN '' THEN name_key ELSE code END, code
    LIMIT :limit
    """
)


def search(*, code: str, key: str, level: int | None, limit: int) -> list[sa.RowMapping]:
    """Areas by code or by name, the best first: exact code, code prefix, name prefix, word prefix.

    :param code: a code or the beginning of one, in either system; empty: look for the name
    :param key: normal form of the name looked for
    """
    given = {"code": code, "key": key, "words": key.split(), "level": level, "limit": limit}
    return list(model.Session.execute(_SEARCH, given).mappings())


def by_codes(codes: Iterable[str]) -> list[Region]:
    """The areas that have one of these codes, in either system, with or without dots."""
    wanted = list(codes)
    known = (Region.code, Region.digits, Region.code_bps)
    query = sa.select(Region).where(sa.or_(*(column.in_(wanted) for column in known)))
    return list(model.Session.scalars(query.order_by(Region.code)))


_BY_NAME = sa.text(
    """
    SELECT * FROM satudata_region
    WHERE :key IN (label_key, name_key,
                   regexp_replace(lower(split_part(label, ',', 1)), '[^[:alnum:]]+', ' ', 'g'))
    ORDER BY level, code LIMIT :limit
    """
)


def by_name(key: str, limit: int) -> list[Region]:
    """The areas that have this normal form of a name, with or without its kind, or of a label."""
    found = sa.select(Region).from_statement(_BY_NAME)
    return list(model.Session.scalars(found, {"key": key, "limit": limit}))


def any_held() -> bool:
    """Whether areas were loaded at all."""
    return model.Session.execute(sa.select(sa.exists(sa.select(Region)))).scalar_one()
