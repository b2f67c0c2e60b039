"""The compliance report as data: one shape for the page, its files and the API.

Everything here only reads what the jobs have computed or frozen. Callers check access
first; organisations that the reader may not see, and what he may not see of a
private dataset, are left out here. ``user`` is a user's name or id.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import ckan.model as model
import sqlalchemy as sa

from .. import clock
from ..calendar.quarters import Quarter
from ..opd import permissions
from ..opd import queries as opd_queries
from ..text import like_words
from . import evaluation, live, records, rulesets, standing
from .shapes import SPANS, Figures, Filters, Head, OrgFigures, Rows, RuleSetName, Span, Summary
from .telling import Telling

NOT_MEASURED = ("expected_units",)
"""Parts of the rules that this version does not measure yet."""

STALE = dt.timedelta(hours=24)

URGENCY = (
    "tidak_menyampaikan",
    "dikembalikan",
    "belum_memenuhi_syarat",
    "dinyatakan",
    "terlambat",
    "tidak_lengkap",
    "mutu_rendah",
    "belum_dinilai",
    "menunggu_pemeriksaan",
    "patuh",
    "nihil_diterima",
    "dibebaskan",
    "belum_jatuh_tempo",
)
"""Order of the rows by status; late rows without any delivery come right at the top."""


def summary(
    year: int,
    tw: int,
    span: Span = "cumulative",
    user: str | None = None,
    revision: int | None = None,
) -> Summary:
    """Totals and figures per organisation of one quarter, in the order of the tree.

    :param revision: a frozen record that a later one has replaced; else the one in force
    :raises toolkit.ObjectNotFound: there is no such revision
    """
    record = records.of(Quarter(year, tw), revision)
    organizations = _organizations(record, span, user)
    top = _top(organizations)
    return {
        **_head(record, span),
        "totals": top["units"] if top else None,
        "beside": _beside(record, span, top["org_id"]) if top else None,
        "organizations": organizations,
    }


def head(year: int, tw: int, span: Span = "cumulative") -> Head:
    """What stands above the figures of one quarter, and none of them."""
    return _head(records.of(Quarter(year, tw)), span)


def _head(record: records.Record, span: Span) -> Head:
    quarter = record.quarter
    computed, full = _computed()
    return {
        "year": quarter.year,
        "tw": quarter.tw,
        "span": span,
        "cutoff": evaluation.cutoff(quarter),
        "state": standing.of(quarter).state,
        "ruleset": ruleset_name(quarter),
        "revision": record.revision,
        "revisions": list(record.revisions),
        "sha256": record.sha256,
        "computed": record.at or computed,
        "stale": record.at is None and (full is None or clock.now() - full > STALE),
        "quarters": quarters(),
        "not_measured": list(NOT_MEASURED),
    }


def ruleset_name(quarter: Quarter) -> RuleSetName:
    """The rule set that judges the quarter, as pages name it."""
    rules = rulesets.of(quarter)
    return {"hash": rules.hash, "name": rules.name, "version": rules.version}


def _top(organizations: list[OrgFigures]) -> OrgFigures | None:
    """The government as a whole, or the highest branch that the reader sees.

    Bodies outside the government stand beside it in the tree and do not count.
    """
    scored = [org for org in organizations if org["scored"]] or organizations
    root = opd_queries.root_id()
    whole = next((org for org in scored if org["org_id"] == root), None)
    return whole or (scored[0] if scored else None)


def _beside(record: records.Record, span: Span, org_id: str) -> Figures | None:
    """The figures of one organisation with its units in the other view."""
    other = next(name for name in SPANS if name != span)
    statement = f"""
        SELECT to_jsonb(f) FROM ({record.figures}) f
        WHERE f.org_id = :org_id AND f.scope = 'units'"""  # noqa: S608
    values = {**record.values, "span": other, "org_id": org_id}
    return figures(model.Session.execute(sa.text(statement), values).scalar())


def _computed() -> tuple[dt.datetime | None, dt.datetime | None]:
    """End of the last computation, and of the last one of all organisations."""
    return model.Session.execute(
        sa.text(
            "SELECT max(finished), max(finished) FILTER (WHERE organizations IS NULL)"
            " FROM satudata_computation"
        )
    ).one()


_QUARTERS = sa.text(
    """
    SELECT year, tw FROM satudata_org_result WHERE (year, tw) <= (:year, :tw)
    UNION SELECT year, tw FROM satudata_final
    ORDER BY year DESC, tw DESC
    """
)


def quarters() -> list[tuple[int, int]]:
    """Quarters with results that have begun, newest first."""
    now = live.current_quarter()
    rows = model.Session.execute(_QUARTERS, {"year": now.year, "tw": now.tw})
    return [(row.year, row.tw) for row in rows]


READABLE = """
    (:reads_all OR r.path && CAST(:branches AS text[])
     OR coalesce(opd.path && CAST(:branches AS text[]), false))
"""
"""What a reader may see of the tree (``opd``: today's): all, where reports are his office, or his
own and below, as the tree is or was."""


def reader(user: str | None) -> dict[str, Any]:
    """The bound values of :data:`READABLE` and :data:`PRIVATE`."""
    who = permissions.standing(user)
    return {
        "reads_all": permissions.reads_reports(user),
        "branches": sorted(who.admin_of | who.editor_of),
        "sees_private": who.sysadmin,
        "admin_of": sorted(who.admin_of),
        "member_of": sorted(who.member_of),
    }


_ORGANIZATIONS = f"""
    SELECT r.org_id, r.name, r.title, r.parent_id, r.answers_id, r.kind, r.level, r.scored,
           to_jsonb(own) AS own, to_jsonb(units) AS units, to_jsonb(answers) AS answers
    FROM tree r
    LEFT JOIN satudata_opd opd ON opd.org_id = r.org_id
    LEFT JOIN figures own ON own.org_id = r.org_id AND own.scope = 'own'
    LEFT JOIN figures units ON units.org_id = r.org_id AND units.scope = 'units'
    LEFT JOIN figures answers ON answers.org_id = r.org_id AND answers.scope = 'answers'
    WHERE {READABLE}
    ORDER BY NOT r.scored,
             (SELECT array_agg(lower(x.title) ORDER BY step.nr)
              FROM unnest(r.path) WITH ORDINALITY AS step(id, nr)
              JOIN tree x ON x.org_id = step.id), r.org_id
"""  # noqa: S608
_SCORES = ("total", "completeness", "timeliness", "quality")


def _organizations(record: records.Record, span: Span, user: str | None) -> list[OrgFigures]:
    statement = (
        f"WITH tree AS MATERIALIZED ({record.organizations}),"
        f" figures AS MATERIALIZED ({record.figures}) {_ORGANIZATIONS}"
    )
    values = {**record.values, "span": span, **reader(user)}
    rows = model.Session.execute(sa.text(statement), values).mappings()
    return [
        {**row, **{scope: figures(row[scope]) for scope in ("own", "units", "answers")}}
        for row in rows
    ]  # type: ignore[misc]


def figures(stored: Mapping[str, Any] | None) -> Figures | None:
    """Figures out of JSON: scores become Decimal again."""
    if stored is None:
        return None
    scores = {
        name: None if stored[name] is None else Decimal(str(stored[name])).quantize(Decimal("0.01"))
        for name in _SCORES
    }
    return {name: stored[name] for name in Figures.__annotations__} | scores  # type: ignore


PRIVATE = """
    (coalesce(p.private, false) AND NOT (
        :sees_private OR coalesce(p.owner_org = ANY(:member_of), false)
        OR coalesce(holder.path && CAST(:admin_of AS text[]), false)))
"""
"""Whether a dataset (``p``; ``holder``: its organisation) stays unknown to the reader. Private
titles go to those who may read the dataset itself, as core decides: members of its organisation,
admins above it, sysadmins. An office is not enough."""

_FROM = f"""
    FROM source r
    LEFT JOIN satudata_opd opd ON opd.org_id = r.org_id
    WHERE {READABLE}
"""
_COLUMNS = f"""
    SELECT r.obligation_id, r.year, r.tw, r.due_year, r.due_tw, r.org_id, r.org_name, r.org_title,
           r.org_kind, r.answers_id, r.item_id, r.item_name, r.unit, r.classification, r.frequency,
           r.period, r.due, r.due_counted, r.priority, r.weight, r.counted, r.status, r.flags,
           r.d, r.t, r.m, r.k, r.q, r.s, r.days_late, r.review_days, r.received_on,
           r.delivered_at, r.sha256, r.final_id, p.id AS package_id, p.name AS package_name,
           p.title AS package_title, r.resource_id, md.missing, c.failures, {PRIVATE} AS private
    FROM picked r
    LEFT JOIN package p ON p.id = r.package_id AND p.state = 'active'
    LEFT JOIN satudata_opd holder ON holder.org_id = p.owner_org
    LEFT JOIN satudata_metadata_event md ON md.id = r.metadata_id
    LEFT JOIN satudata_check c ON c.id = r.check_id
"""  # noqa: S608
_WAITED_FOR = "r.status = 'terlambat' AND r.resource_id IS NULL"
_ORDER = f"""
    ORDER BY ({_WAITED_FOR}) DESC,
             array_position(CAST(:urgency AS text[]), r.status), r.due, lower(r.org_title),
             r.org_name, lower(r.item_name), r.frequency, r.period, r.obligation_id, r.year, r.tw
"""
_PLACES = f"""
    SELECT {_WAITED_FOR} AS waited_for, r.status, r.due, count(*) AS n
    {{body}} GROUP BY 1, 2, 3
    ORDER BY 1 DESC, array_position(CAST(:urgency AS text[]), r.status), 3
"""
"""How many rows share the first keys of the order, in this order."""

FILTERS = {
    "org": "r.path @> ARRAY[CAST(:org AS text)]",
    "status": "r.status = :status",
    "kind": "r.org_kind = :kind",
    "priority": "r.priority",
    "q": "(r.item_name || ' ' || r.org_title) ILIKE ALL(CAST(:words AS text[]))",
}


_MOST = 2**31
"""No list is longer; PostgreSQL takes no larger number than 2⁶³."""


def _storable(value: Any) -> Any:
    """The filter without NUL, which PostgreSQL takes in no text."""
    return value.replace("\0", "") if isinstance(value, str) else value


def rows(
    year: int,
    tw: int,
    span: Span = "cumulative",
    filters: Filters | None = None,
    user: str | None = None,
    page: int = 1,
    page_size: int | None = 50,
    revision: int | None = None,
) -> Rows:
    """Rows of one quarter, "belum menyampaikan" first; ``page_size`` None: all (files).

    Arrears of earlier years are in no view of the quarter: :mod:`.arrears` lists them.

    :raises toolkit.ObjectNotFound: there is no such revision
    """
    record = records.of(Quarter(year, tw), revision)
    where, values = where_of(filters, span)
    return read(record.rows, where, values | record.values, user, page, page_size)


def where_of(filters: Filters | None, span: Span) -> tuple[list[str], dict[str, Any]]:
    """Conditions of a view and of what a reader asked for, and their values."""
    wanted = {name: _storable(value) for name, value in (filters or {}).items() if value}
    where = ["r.due_year = r.year", *(FILTERS[name] for name in wanted)]
    if span == "quarter":
        where.append("r.due_tw = r.tw")
    return where, {**wanted, "words": like_words(str(wanted.get("q", "")))}


_OWED_NOW = """
    (r.year = :year AND r.tw = :tw
     OR r.year = :year - 1 AND r.tw = 4 AND r.counted AND r.d = 0
        AND NOT EXISTS (SELECT FROM satudata_quarter f
                        WHERE f.year = r.year AND f.tw = 4 AND f.final_id IS NOT NULL)
        AND NOT EXISTS (
            SELECT FROM satudata_claim cl
            JOIN satudata_resource_fact cf ON cf.resource_id = cl.resource_id
            WHERE cl.item_id = r.item_id AND cl.period = r.period AND cf.sha256 IS NOT NULL))
"""
_ANSWERED_BY = """
    opd.path @> ARRAY[CAST(:org AS text)] AND opd.answers_id =
    (SELECT x.answers_id FROM satudata_opd x WHERE x.org_id = :org)
"""


def obligations(org_id: str, user: str | None = None) -> Rows:
    """What one OPD with the units it answers for owes now, most urgent first.

    Rows of the cumulative view of the current quarter, and those of earlier
    years that are still not delivered (flag ``tunggakan``): carried over from the last
    frozen year, or those of last year while it is not frozen.
    """
    now = live.current_quarter()
    values = {"org": org_id, "year": now.year, "tw": now.tw}
    found = read(records.LIVE_ROWS, [_OWED_NOW, _ANSWERED_BY], values, user, 1, None)
    for row in found["rows"]:
        if row["due_year"] < now.year and "tunggakan" not in row["flags"] and not row["d"]:
            row["flags"] = [*row["flags"], "tunggakan"]
    return found


def read(
    source: str,
    where: list[str],
    values: dict[str, Any],
    user: str | None,
    page: int,
    page_size: int | None,
) -> Rows:
    """Rows of a query of judged rows (``r``, with names and ``path``) that fit and may be seen."""
    body = _FROM + "".join(f" AND ({condition})" for condition in where)
    bound = {**values, **reader(user), "urgency": list(URGENCY)}
    total = None
    head = f"WITH source AS ({source})"
    if page_size is not None:
        places = model.Session.execute(sa.text(head + _PLACES.format(body=body)), bound).all()
        total = sum(place.n for place in places)
        size = min(page_size, _MOST)
        condition, more = _page(places, (max(1, page) - 1) * size, size)
        body += f" AND ({condition}) {_ORDER} LIMIT :limit OFFSET :offset"
        bound |= more
    picked = f"{head}, picked AS (SELECT r.* {body})"
    statement = sa.text(picked + _COLUMNS + _ORDER)
    found = model.Session.execute(statement, bound).mappings()
    telling = Telling()
    result = [telling.row(dict(row)) for row in found]
    return {
        "rows": result,
        "total": len(result) if total is None else total,
        "page": max(1, page),
        "page_size": page_size,
    }


def _page(places: Sequence[Any], offset: int, size: int) -> tuple[str, dict[str, Any]]:
    """Condition and values that read a page from the places in the order that it lies in.

    So the names of thousands of rows need not be sorted for fifty of them.
    """
    values: dict[str, Any] = {"limit": size, "offset": 0}
    conditions = []
    before = 0
    for nr, (waited_for, status, due, n) in enumerate(places):
        if before < offset + size and before + n > offset:
            if not conditions:
                values["offset"] = offset - before
            conditions.append(
                f"({_WAITED_FOR}) = :waited_for_{nr} AND r.status = :status_{nr}"
                f" AND r.due = :due_{nr}"
            )
            values |= {f"waited_for_{nr}": waited_for, f"status_{nr}": status, f"due_{nr}": due}
        before += n
    return " OR ".join(conditions) or "false", values
