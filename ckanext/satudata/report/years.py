"""A year at a glance, and one organisation over many quarters.

Results of different rule sets are not comparable ("tidak sebanding"): no change is told and no
line drawn across them.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any, TypedDict

import ckan.model as model
import sqlalchemy as sa
from ckan.plugins import toolkit

from .. import clock
from ..calendar.quarters import Quarter
from ..judging import evaluation, live, rulesets
from ..quarter import standing
from ..rules.ruleset import RuleSet
from . import org_figures, records, report
from .shapes import Figures, RuleSetName, Span


class Point(TypedDict):
    """One quarter of a trend. ``change``: points of ``total`` against the quarter before, None
    where there is none or it is not comparable; ``comparable`` says which. ``final``: frozen;
    ``over``: the cutoff is over."""

    year: int
    tw: int
    figures: Figures
    ruleset: RuleSetName
    final: bool
    over: bool
    comparable: bool
    change: Decimal | None


class Trend(TypedDict):
    """The quarters of one organisation with its units, the oldest first.

    ``comparison`` is set where two quarters were to be compared.
    """

    org_id: str
    span: Span
    points: list[Point]
    comparison: dict[str, Any] | None


class YearQuarter(TypedDict):
    """One quarter of a year; ``begun`` is false for one to come."""

    tw: int
    begun: bool
    final: bool
    revision: int | None
    ruleset: RuleSetName | None


class YearOrg(TypedDict):
    """One organisation with its units: figures per quarter (by number) and of the year so far."""

    org_id: str
    name: str
    title: str
    level: int
    scored: bool
    quarters: dict[int, Figures]
    result: Figures | None


class Year(TypedDict):
    """A year: ``upto`` is the quarter whose cumulative result is the year's, None before it began.

    ``months`` are 12 of ``month``, ``duties``, ``due``, ``delivered``, ``late``, by due day.
    ``comparable``: all its quarters are judged by one rule set.
    """

    year: int
    upto: int | None
    years: list[int]
    quarters: list[YearQuarter]
    organizations: list[YearOrg]
    months: list[dict[str, int]]
    comparable: bool


def year(number: int, user: str | None = None) -> Year:
    """The four quarters of a year and its result, for every organisation the reader may see."""
    now = live.current_quarter()
    upto = min(4, now.tw if number == now.year else 4) if number <= now.year else None
    quarters = _quarters(number, upto)
    hashes = {one["ruleset"]["hash"] for one in quarters if one["ruleset"]}
    return {
        "year": number,
        "upto": upto,
        "years": sorted({year for year, _tw in report.quarters()} | {number}, reverse=True),
        "quarters": quarters,
        "organizations": _organizations(number, upto, user) if upto else [],
        "months": _months(number, upto, user),
        "comparable": len(hashes) <= 1,
    }


def _quarters(number: int, upto: int | None) -> list[YearQuarter]:
    finals = {one.quarter.tw: one for one in standing.listed(number) if one.final_id is not None}
    rules = rulesets.of_each([Quarter(number, tw) for tw in range(1, (upto or 0) + 1)])
    names = {quarter.tw: report.ruleset_name(one) for quarter, one in rules.items()}
    return [
        {
            "tw": tw,
            "begun": tw in names,
            "final": tw in finals,
            "revision": finals[tw].revision if tw in finals else None,
            "ruleset": names.get(tw),
        }
        for tw in (1, 2, 3, 4)
    ]


# Organisations of today, and those that only a frozen quarter of the year still knows.
_YEAR = f"""
    WITH figures AS MATERIALIZED (
        SELECT f.* FROM ({records.FIGURES}) f
        WHERE f.year = :year AND f.scope = 'units'
          AND (f.span = 'quarter' AND f.tw <= :upto OR f.span = 'cumulative' AND f.tw = :upto)
    ), gone AS (
        SELECT DISTINCT ON (f.org_id) f.org_id, f.org_name AS name, f.org_title AS title,
               f.org_parent_id AS parent_id, f.org_level AS level, f.scored,
               ARRAY[f.org_id] AS path
        FROM satudata_final_org f
        WHERE f.year = :year AND NOT EXISTS (SELECT FROM satudata_opd x WHERE x.org_id = f.org_id)
        ORDER BY f.org_id, f.final_id DESC
    ), tree AS (
        SELECT o.org_id, g.name, coalesce(nullif(g.title, ''), g.name) AS title, o.parent_id,
               o.level, o.scored, o.path
        FROM satudata_opd o JOIN "group" g ON g.id = o.org_id
        UNION ALL SELECT * FROM gone
    )
    SELECT r.org_id, r.name, r.title, r.level, r.scored, f.tw, f.span, to_jsonb(f) AS figures
    FROM tree r
    JOIN figures f ON f.org_id = r.org_id
    LEFT JOIN satudata_opd opd ON opd.org_id = r.org_id
    WHERE {report.READABLE}
    ORDER BY NOT r.scored, (SELECT array_agg(lower(x.title) ORDER BY step.nr)
                            FROM unnest(r.path) WITH ORDINALITY AS step(id, nr)
                            JOIN tree x ON x.org_id = step.id), r.org_id
"""  # noqa: S608


def _organizations(number: int, upto: int, user: str | None) -> list[YearOrg]:
    rows = model.Session.execute(
        sa.text(_YEAR), {"year": number, "upto": upto, **report.reader(user)}
    ).mappings()
    found: dict[str, YearOrg] = {}
    for row in rows:
        names = {name: row[name] for name in ("org_id", "name", "title", "level", "scored")}
        one = found.setdefault(row["org_id"], {**names, "quarters": {}, "result": None})  # type: ignore
        shown = org_figures.figures(row["figures"])
        assert shown is not None
        if row["span"] == "cumulative":
            one["result"] = shown
        else:
            one["quarters"][row["tw"]] = shown
    return list(found.values())


_MONTHS = """
    WITH source AS ({source})
    SELECT CAST(extract(month FROM r.due) AS int) AS month,
           count(*) FILTER (WHERE r.counted) AS due,
           count(*) FILTER (WHERE r.counted AND r.d = 1) AS delivered,
           count(*) FILTER (WHERE r.counted AND r.d = 1 AND r.days_late > 0) AS late
    FROM source r LEFT JOIN satudata_opd opd ON opd.org_id = r.org_id
    WHERE r.due_year = r.year AND {readable} GROUP BY 1
"""
_DUTIES = f"""
    SELECT CAST(extract(month FROM o.due) AS int) AS month, count(*) AS duties
    FROM satudata_obligation o
    JOIN satudata_opd r ON r.org_id = o.org_id
    JOIN satudata_opd opd ON opd.org_id = o.org_id
    WHERE o.year = :year AND {report.READABLE} GROUP BY 1
"""  # noqa: S608


def _months(number: int, upto: int | None, user: str | None) -> list[dict[str, int]]:
    keys = ("duties", "due", "delivered", "late")
    months = {month: {"month": month, **dict.fromkeys(keys, 0)} for month in range(1, 13)}
    bound = {"year": number, **report.reader(user)}
    found = list(model.Session.execute(sa.text(_DUTIES), bound).mappings())
    if upto:
        record = records.of(Quarter(number, upto))
        statement = _MONTHS.format(source=record.rows, readable=report.READABLE)
        found += model.Session.execute(sa.text(statement), bound | record.values).mappings()
    for row in found:
        months[row["month"]].update(row)
    return list(months.values())


_TREND = sa.text(
    f"""
    SELECT f.year, f.tw, f.final_id, to_jsonb(f) AS figures FROM ({records.FIGURES}) f
    WHERE f.org_id = :org AND f.scope = 'units' AND f.span = :span
      AND (f.year, f.tw) <= (:year, :tw)
    ORDER BY f.year, f.tw
    """  # noqa: S608
)


def trend(
    org_id: str,
    span: Span = "quarter",
    compare: tuple[Quarter, Quarter] | None = None,
) -> Trend:
    """The quarters of an organisation with its units that have begun, and perhaps two compared.

    :raises toolkit.ValidationError: the two are judged by different rule sets, or one of them has
        no result
    """
    now = live.current_quarter()
    values = {"org": org_id, "span": span, "year": now.year, "tw": now.tw}
    rows = {
        Quarter(row["year"], row["tw"]): row
        for row in model.Session.execute(_TREND, values).mappings()
    }
    rules, cutoffs = rulesets.of_each(rows), evaluation.cutoffs(rows)
    points: list[Point] = []
    for quarter, row in rows.items():
        over = cutoffs[quarter] < clock.today()
        points.append(_point(row, rules[quarter], over, points[-1] if points else None))
    return {
        "org_id": org_id,
        "span": span,
        "points": points,
        "comparison": _compared(points, *compare) if compare else None,
    }


def _point(row: Any, judged_by: RuleSet, over: bool, before: Point | None) -> Point:
    rules = report.ruleset_name(judged_by)
    shown = org_figures.figures(row["figures"])
    assert shown is not None
    same = before is None or before["ruleset"]["hash"] == rules["hash"]
    total, earlier = shown["total"], before["figures"]["total"] if before else None
    known = same and total is not None and earlier is not None
    return {
        "year": row["year"],
        "tw": row["tw"],
        "figures": shown,
        "ruleset": rules,
        "final": row["final_id"] is not None,
        "over": over,
        "comparable": same,
        "change": total - earlier if known else None,  # type: ignore[operator]
    }


SCORES = ("total", "completeness", "timeliness", "quality")


def _compared(points: list[Point], first: Quarter, second: Quarter) -> dict[str, Any]:
    by_quarter = {Quarter(one["year"], one["tw"]): one for one in points}
    for name, quarter in (("from", first), ("to", second)):
        if quarter not in by_quarter:
            message = toolkit._("{quarter} has no result of this organisation.")
            raise toolkit.ValidationError({name: [message.format(quarter=quarter)]})
    one, other = by_quarter[first], by_quarter[second]
    if one["ruleset"]["hash"] != other["ruleset"]["hash"]:
        message = toolkit._(
            "Not comparable: {first} was judged by {rules}, {second} by {others}."
        ).format(
            first=first,
            second=second,
            rules=_named(one["ruleset"]),
            others=_named(other["ruleset"]),
        )
        raise toolkit.ValidationError({"to": [message]})
    changes = {}
    for name in SCORES:
        a, b = one["figures"][name], other["figures"][name]  # type: ignore[literal-required]
        changes[name] = None if a is None or b is None else b - a
    return {"from": str(first), "to": str(second), "changes": changes}


def _named(rules: RuleSetName) -> str:
    return toolkit._("{name}, version {version}").format(**rules)
