"""What the live result writes of a quarter: its rows and figures, after :mod:`.stages`."""

from __future__ import annotations

from ..rules.ruleset import RuleSet
from .columns import JUDGED, POOLED
from .figures import figures
from .stages import stage

QUARTERS = """
WITH duties AS (
    SELECT year, min(tw) AS tw FROM (
        SELECT year, tw FROM satudata_obligation
        UNION ALL
        SELECT CAST(details->>'year' AS int), CAST(details->>'tw' AS int)
        FROM satudata_decision WHERE kind = 'extension'
    ) due GROUP BY year
), judged AS (
    SELECT DISTINCT year, tw FROM satudata_org_result
), every AS (
    SELECT year, tw
    FROM generate_series((SELECT least(min(year), :this_year) FROM duties), :this_year) AS year
    CROSS JOIN generate_series(1, 4) AS tw
)
SELECT year, tw FROM every q
WHERE NOT EXISTS (SELECT FROM satudata_quarter f
                  WHERE f.final_id IS NOT NULL AND (f.year, f.tw) = (q.year, q.tw))
  AND (EXISTS (SELECT FROM satudata_quarter f
               WHERE f.final_id IS NOT NULL AND (f.year, f.tw) < (q.year, q.tw))
       OR EXISTS (SELECT FROM duties d WHERE d.year = q.year AND d.tw <= q.tw)
       OR EXISTS (SELECT FROM judged r WHERE r.year = q.year AND r.tw IN (q.tw, q.tw - 1)))
ORDER BY year, tw"""
"""The quarters that are not frozen and have a duty that could be judged, or were judged before;
in order of time: a later one stands on the earlier ones."""

_CHANGED = f"""
    SELECT r.obligation_id AS old, e.obligation_id AS new
    FROM (SELECT * FROM satudata_result WHERE year = :year AND tw = :tw) r
    FULL JOIN eval_row e USING (obligation_id)
    WHERE (CAST(:orgs AS text[]) IS NULL OR r.org_id = ANY(:orgs) OR e.obligation_id IS NOT NULL)
      AND ({" OR ".join(f"r.{name} IS DISTINCT FROM e.{name}" for name in JUDGED)})"""  # noqa: S608

_DELETE_ROWS = """
DELETE FROM satudata_result r USING eval_changed c
WHERE r.year = :year AND r.tw = :tw AND r.obligation_id = c.old"""

_INSERT_ROWS = f"""
INSERT INTO satudata_result ({", ".join(JUDGED)})
SELECT {", ".join(f"e.{name}" for name in JUDGED)}
FROM eval_row e JOIN eval_changed c ON c.new = e.obligation_id"""  # noqa: S608

WRITE_ROWS = (stage("changed", _CHANGED), _DELETE_ROWS, _INSERT_ROWS)
"""Statements that bring the rows of the quarter to what was judged; a row that comes out as it
stands is not written again."""

COUNT_ROWS = "SELECT count(*) FROM eval_row"

TARGETS = """
SELECT DISTINCT unnest(path) FROM eval_opd WHERE org_id = ANY(:orgs)"""
"""The organisations themselves and all above them: whose figures change with their rows."""

DELETE_FIGURES = """
DELETE FROM satudata_org_result
WHERE year = :year AND tw = :tw
  AND (CAST(:targets AS text[]) IS NULL OR org_id = ANY(:targets))"""


def insert_figures(rules: RuleSet) -> str:
    """INSERT of the live figures of the quarter of the stages."""
    columns = ", ".join(POOLED)
    return (
        f"INSERT INTO satudata_org_result ({columns})"  # noqa: S608
        f" SELECT {columns} FROM ({figures(rules, 'satudata_result')}) f"
    )
