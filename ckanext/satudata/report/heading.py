"""What stands above the figures of a quarter, in one statement: its state and record, the rule set
that judges it, when it was computed, and which other quarters there are to look at."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import ckan.model as model
import sqlalchemy as sa

from ..calendar.quarters import Quarter
from ..judging import live, rulesets
from ..quarter import standing
from ..rules.ruleset import RuleSet
from . import kept, records


@dataclass(frozen=True)
class Heading:
    """``computed``: end of the last computation, ``whole``: of the last one of all organisations.

    ``quarters`` are those with results that have begun, as (year, tw), newest first. ``stamp``
    differs when a job has computed, or the tree or a title in it has changed. ``peers_fixed``:
    whether the peer groups are those of the opening, no longer of the register of the day.
    """

    record: records.Record
    where: standing.Standing
    rules: RuleSet
    computed: dt.datetime | None
    whole: dt.datetime | None
    quarters: list[tuple[int, int]]
    stamp: kept.Stamp
    peers_fixed: bool


# One row, or one for each frozen record.
_HEADING = sa.text(
    """
    SELECT s.state, s.cutoff, s.review_until, s.objections_until, s.opened, s.ruleset_hash,
           s.register_version, s.dataset_id, s.final_id, s.duties IS NOT NULL AS peers_fixed,
           k.source, f.id, f.revision, f.sha256, f.at, computed.*, known.quarters
    FROM (
        SELECT max(finished) AS last, max(finished) FILTER (WHERE organizations IS NULL) AS whole,
               -- Not their number: old ones go, and a clock may have been ahead.
               sum(hashtext(id)) AS runs,
               (SELECT count(*) FROM satudata_opd_version) AS versions
        FROM satudata_computation
    ) computed
    CROSS JOIN (
        SELECT json_agg(json_build_array(q.year, q.tw) ORDER BY q.year DESC, q.tw DESC) AS quarters
        FROM (
            SELECT year, tw FROM satudata_final
            UNION
            SELECT y.year, t.tw
            FROM generate_series((SELECT min(year) FROM satudata_org_result), :this_year) y(year)
            CROSS JOIN generate_series(1, 4) t(tw)
            -- The order leads the planner to the key: it would read the whole table else.
            CROSS JOIN LATERAL (
                SELECT FROM satudata_org_result r WHERE r.year = y.year AND r.tw = t.tw
                ORDER BY r.year, r.tw, r.org_id LIMIT 1
            ) r
            WHERE (y.year, t.tw) <= (:this_year, :this_tw)
        ) q
    ) known
    LEFT JOIN satudata_quarter s ON s.year = :year AND s.tw = :tw
    LEFT JOIN satudata_ruleset k ON k.hash = s.ruleset_hash
    LEFT JOIN satudata_final f ON f.year = :year AND f.tw = :tw
    ORDER BY f.revision DESC
    """
)


def of(quarter: Quarter, revision: int | None = None) -> Heading:
    """The heading of a quarter, of the record in force or of one that a revision has replaced.

    :raises toolkit.ObjectNotFound: there is no such revision
    """
    now = live.current_quarter()
    values = {"year": quarter.year, "tw": quarter.tw, "this_year": now.year, "this_tw": now.tw}
    rows = model.Session.execute(_HEADING, values).all()
    finals = [row for row in rows if row.id is not None]
    first = rows[0]
    if first.source is None:
        where, rules = standing.of(quarter), rulesets.of(quarter)
    else:
        where, rules = _standing(quarter, first, finals), rulesets.parse(first.source)
    return Heading(
        record=records.choose(quarter, finals, revision),
        where=where,
        rules=rules,
        computed=first.last,
        whole=first.whole,
        quarters=[(year, tw) for year, tw in first.quarters or ()],
        stamp=(first.runs, first.versions),
        peers_fixed=bool(first.peers_fixed),
    )


_OF_STATE = (
    "state", "cutoff", "review_until", "objections_until", "opened", "ruleset_hash",
    "register_version", "final_id", "dataset_id",
)  # fmt: skip


def _standing(quarter: Quarter, row: sa.Row, finals: list[sa.Row]) -> standing.Standing:
    final = next((one for one in finals if one.id == one.final_id), None)
    return standing.Standing(
        quarter,
        **{name: getattr(row, name) for name in _OF_STATE},
        revision=final.revision if final else 0,
        sha256=final.sha256 if final else None,
        finalised=final.at if final else None,
    )
