"""What the live result writes of a quarter: its rows and figures, after :mod:`.stages`."""

from __future__ import annotations

import functools
from collections.abc import Sequence

import sqlalchemy as sa

from ..rules.ruleset import RuleSet
from .columns import JUDGED, POOLED
from .figures import figures
from .rows import rows
from .stages import stage

QUARTERS = sa.text(
    """
    WITH extended AS (
        SELECT CAST(details->>'year' AS int) AS year, CAST(details->>'tw' AS int) AS tw
        FROM satudata_decision WHERE kind = 'extension'
    ), judged AS (
        SELECT DISTINCT year, tw FROM satudata_org_result
    ), every AS (
        SELECT year, tw,
               least((SELECT min(o.tw) FROM satudata_obligation o WHERE o.year = y.year),
                     (SELECT min(x.tw) FROM extended x WHERE x.year = y.year)) AS first_due
        FROM generate_series(least((SELECT min(year) FROM satudata_obligation),
                                   (SELECT min(year) FROM extended), :this_year),
                             :this_year) AS y(year)
        CROSS JOIN generate_series(1, 4) AS tw
    )
    SELECT year, tw FROM every q
    WHERE NOT EXISTS (SELECT FROM satudata_quarter f
                      WHERE f.final_id IS NOT NULL AND (f.year, f.tw) = (q.year, q.tw))
      AND (first_due <= tw
           OR EXISTS (SELECT FROM satudata_quarter f
                      WHERE f.final_id IS NOT NULL AND (f.year, f.tw) < (q.year, q.tw))
           OR EXISTS (SELECT FROM judged r
                      WHERE r.year = q.year AND r.tw IN (q.tw, q.tw - 1)))
    ORDER BY year, tw
    """
)
"""The quarters that are not frozen and have a duty that could be judged, or were judged before;
in order of time: a later one stands on the earlier ones."""

TARGETS = sa.text("SELECT DISTINCT unnest(path) FROM eval_opd WHERE org_id = ANY(:orgs)")
"""The organisations themselves and all above them: whose figures change with their rows."""

_COUNT_ROWS = """
SELECT count(*) FROM satudata_result
WHERE year = :year AND tw = :tw AND (CAST(:orgs AS text[]) IS NULL OR org_id = ANY(:orgs))"""


@functools.lru_cache(maxsize=16)
def write_rows(rules: RuleSet) -> sa.TextClause:
    """Statements that judge the duties of ``:orgs`` (null: all); gives the number of their rows."""
    judged = _write_differences("satudata_result", JUDGED, ("obligation_id",), rows(rules), "orgs")
    return sa.text(f"{judged}; {_COUNT_ROWS}")


@functools.lru_cache(maxsize=16)
def write_figures(rules: RuleSet) -> sa.TextClause:
    """Statements that pool the rows of the quarter into the figures of ``:targets`` (null: all)."""
    pooled = figures(rules, "satudata_result")
    key = ("org_id", "scope", "span")
    return sa.text(_write_differences("satudata_org_result", POOLED, key, pooled, "targets"))


def _write_differences(
    table: str, columns: Sequence[str], key: Sequence[str], query: str, whose: str
) -> str:
    """Statements that bring what a table has of the quarter to what a query gives.

    A row that comes out as it stands is not written again, nor kept on the way. ``whose``: name
    of the value with the organisations (null: all) whose rows the query gives.
    """
    names = ", ".join(columns)
    changed = f"""
        SELECT {", ".join(f"r.{name} AS stored_{name}" for name in key)}, e.*
        FROM (SELECT * FROM {table} WHERE year = :year AND tw = :tw) r
        FULL JOIN ({query}) e ON {" AND ".join(f"e.{name} = r.{name}" for name in key)}
        WHERE (CAST(:{whose} AS text[]) IS NULL OR r.org_id = ANY(:{whose})
               OR e.org_id IS NOT NULL)
          AND ({" OR ".join(f"r.{name} IS DISTINCT FROM e.{name}" for name in columns)})"""  # noqa: S608
    delete = f"""
        DELETE FROM {table} r USING eval_changed c WHERE r.year = :year AND r.tw = :tw
        AND {" AND ".join(f"r.{name} = c.stored_{name}" for name in key)}"""  # noqa: S608
    insert = f"""
        INSERT INTO {table} ({names}) SELECT {names} FROM eval_changed
        WHERE org_id IS NOT NULL"""  # noqa: S608
    return "; ".join((stage("changed", changed), delete, insert))
