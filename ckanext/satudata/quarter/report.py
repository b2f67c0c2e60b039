"""The compliance report as data: one shape for the page, CSV, XLSX and the API.

Everything here only reads what the jobs have computed. Callers check access
first; organisations that the reader may not see, and what he may not see of a
private dataset, are left out here. ``user`` is a user's name or id.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import ckan.model as model
import sqlalchemy as sa

from .. import clock
from ..calendar.quarters import Quarter
from ..opd import permissions
from ..opd import queries as opd_queries
from ..text import like_words
from . import live
from .shapes import Figures, Filters, OrgFigures, Rows, Span, Summary
from .telling import Telling

NOT_MEASURED = ("expected_units", "review", "nihil", "waivers")
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


def summary(year: int, tw: int, span: Span = "cumulative", user: str | None = None) -> Summary:
    """Totals and figures per organisation of one quarter, in the order of the tree."""
    organizations = _organizations(year, tw, span, user)
    computed, full = _computed()
    return {
        "year": year,
        "tw": tw,
        "span": span,
        "cutoff": live.cutoff(Quarter(year, tw)),
        "computed": computed,
        "stale": full is None or clock.now() - full > STALE,
        "quarters": _quarters(),
        "not_measured": list(NOT_MEASURED),
        "totals": _totals(organizations),
        "organizations": organizations,
    }


def _totals(organizations: list[OrgFigures]) -> Figures | None:
    """Figures of the government as a whole, or of the highest branch that the reader sees.

    Bodies outside the government stand beside it in the tree and do not count.
    """
    scored = [org for org in organizations if org["scored"]] or organizations
    root = opd_queries.root_id()
    whole = next((org for org in scored if org["org_id"] == root), None)
    return (whole or scored[0])["units"] if scored else None


def _computed() -> tuple[dt.datetime | None, dt.datetime | None]:
    """End of the last computation, and of the last one of all organisations."""
    return model.Session.execute(
        sa.text(
            "SELECT max(finished), max(finished) FILTER (WHERE organizations IS NULL)"
            " FROM satudata_computation"
        )
    ).one()


def _quarters() -> list[tuple[int, int]]:
    """Quarters with results that have begun, newest first."""
    now = live.current_quarter()
    rows = model.Session.execute(
        sa.text(
            "SELECT DISTINCT year, tw FROM satudata_org_result"
            " WHERE (year, tw) <= (:year, :tw) ORDER BY year DESC, tw DESC"
        ),
        {"year": now.year, "tw": now.tw},
    )
    return [(row.year, row.tw) for row in rows]


# What a reader may see of the tree: all (reports are his office), or his own and below.
_READABLE = "(:reads_all OR opd.path && CAST(:branches AS text[]))"


def _reader(user: str | None) -> dict[str, Any]:
    who = permissions.standing(user)
    return {
        "reads_all": permissions.reads_reports(user),
        "branches": sorted(who.admin_of | who.editor_of),
        "sees_private": who.sysadmin,
        "admin_of": sorted(who.admin_of),
        "member_of": sorted(who.member_of),
    }


_ORGANIZATIONS = f"""
    SELECT opd.org_id, g.name, coalesce(nullif(g.title, ''), g.name) AS title, opd.parent_id,
           opd.answers_id, opd.kind, opd.level, opd.scored, to_jsonb(own) AS own,
           to_jsonb(units) AS units, to_jsonb(answers) AS answers
    FROM satudata_opd opd
    JOIN "group" g ON g.id = opd.org_id
    LEFT JOIN figures own ON own.org_id = opd.org_id AND own.scope = 'own'
    LEFT JOIN figures units ON units.org_id = opd.org_id AND units.scope = 'units'
    LEFT JOIN figures answers ON answers.org_id = opd.org_id AND answers.scope = 'answers'
    WHERE {_READABLE}
    ORDER BY NOT opd.scored,
             (SELECT array_agg(lower(coalesce(nullif(x.title, ''), x.name)) ORDER BY step.nr)
              FROM unnest(opd.path) WITH ORDINALITY AS step(id, nr)
              JOIN "group" x ON x.id = step.id), opd.org_id
"""  # noqa: S608
_FIGURES = """
    WITH figures AS MATERIALIZED (
        SELECT * FROM satudata_org_result WHERE year = :year AND tw = :tw AND span = :span)
"""
_SCORES = ("total", "completeness", "timeliness", "quality")


def _organizations(year: int, tw: int, span: Span, user: str | None) -> list[OrgFigures]:
    rows = model.Session.execute(
        sa.text(_FIGURES + _ORGANIZATIONS),
        {"year": year, "tw": tw, "span": span, **_reader(user)},
    ).mappings()
    return [
        {**row, **{scope: _figures(row[scope]) for scope in ("own", "units", "answers")}}
        for row in rows
    ]


def _figures(stored: Mapping[str, Any] | None) -> Figures | None:
    """Figures out of JSON: scores become Decimal again."""
    if stored is None:
        return None
    scores = {
        name: None if stored[name] is None else Decimal(str(stored[name])).quantize(Decimal("0.01"))
        for name in _SCORES
    }
    return {name: stored[name] for name in Figures.__annotations__} | scores  # type: ignore


# Private titles go to those who may read the dataset itself, as core decides:
# members of its organisation, admins above it, sysadmins. An office is not enough.
_ROWS = f"""
    FROM satudata_result r
    JOIN satudata_obligation o ON o.id = r.obligation_id
    JOIN satudata_item i ON i.id = r.item_id
    JOIN satudata_opd opd ON opd.org_id = r.org_id
    JOIN "group" g ON g.id = r.org_id
    LEFT JOIN package p ON p.id = r.package_id
    LEFT JOIN satudata_opd holder ON holder.org_id = p.owner_org
    LEFT JOIN satudata_package_fact f ON f.package_id = r.package_id
    LEFT JOIN satudata_resource_fact rf ON rf.resource_id = r.resource_id
    LEFT JOIN satudata_check c ON c.resource_id = r.resource_id AND c.sha256 = rf.sha256
    WHERE {_READABLE}
"""
_COLUMNS = """
    SELECT r.obligation_id, r.year, r.tw, r.due_tw, r.org_id, g.name AS org_name,
           coalesce(nullif(g.title, ''), g.name) AS org_title, opd.answers_id, r.item_id,
           i.name AS item_name, i.unit, i.classification, o.frequency, r.period, r.due,
           r.due_counted, r.priority, r.weight, r.status, r.flags, r.d, r.t, r.m, r.k, r.q, r.s,
           r.days_late, r.delivered_at, p.id AS package_id, p.name AS package_name, p.title
           AS package_title, r.resource_id, f.missing, c.failures,
           coalesce(p.private, false) AND NOT (
               :sees_private OR coalesce(p.owner_org = ANY(:member_of), false)
               OR coalesce(holder.path && CAST(:admin_of AS text[]), false)) AS private
"""
_ORDER = """
    ORDER BY (r.status = 'terlambat' AND r.resource_id IS NULL) DESC,
             array_position(CAST(:urgency AS text[]), r.status), r.due, lower(g.title), g.name,
             lower(i.name), o.frequency, r.period, r.obligation_id
"""
FILTERS = {
    "org": "opd.path @> ARRAY[CAST(:org AS text)]",
    "status": "r.status = :status",
    "kind": "opd.kind = :kind",
    "priority": "r.priority",
    "q": "(i.name || ' ' || coalesce(g.title, g.name)) ILIKE ALL(:words)",
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
) -> Rows:
    """Rows of one quarter, "belum menyampaikan" first; ``page_size`` None: all (CSV, XLSX)."""
    wanted = {name: _storable(value) for name, value in (filters or {}).items() if value}
    where = ["r.year = :year AND r.tw = :tw", *(FILTERS[name] for name in wanted)]
    if span == "quarter":
        where.append("r.due_tw = r.tw")
    values = {**wanted, "year": year, "tw": tw, "words": like_words(wanted.get("q", ""))}
    return _read(where, values, user, page, page_size)


def obligations(org_id: str, user: str | None = None) -> Rows:
    """What one OPD with the units it answers for owes now, most urgent first.

    Rows of the cumulative view of the current quarter, and those of earlier
    years that are still not delivered (flag ``tunggakan``).
    """
    now = live.current_quarter()
    mine = """opd.path @> ARRAY[CAST(:org AS text)] AND opd.answers_id =
              (SELECT x.answers_id FROM satudata_opd x WHERE x.org_id = :org)"""
    current = "r.year = :year AND r.tw = :tw"
    arrears = """r.year < :year AND r.tw = 4 AND r.counted AND r.d = 0 AND NOT EXISTS (
                 SELECT FROM satudata_claim cl
                 JOIN satudata_resource_fact cf ON cf.resource_id = cl.resource_id
                 WHERE cl.item_id = r.item_id AND cl.period = r.period AND cf.sha256 IS NOT NULL)"""
    values = {"org": org_id, "year": now.year, "tw": now.tw}
    found = _read([mine, f"({current} OR {arrears})"], values, user, 1, None)
    for row in found["rows"]:
        if row["year"] < now.year and "tunggakan" not in row["flags"]:
            row["flags"] = [*row["flags"], "tunggakan"]
    return found


def _read(
    where: list[str],
    values: dict[str, Any],
    user: str | None,
    page: int,
    page_size: int | None,
) -> Rows:
    body = _ROWS + "".join(f" AND ({condition})" for condition in where)
    bound = {**values, **_reader(user), "urgency": list(URGENCY)}
    limit = ""
    total = None
    if page_size is not None:
        limit = " LIMIT :limit OFFSET :offset"
        offset = (max(1, page) - 1) * page_size
        bound |= {"limit": min(page_size, _MOST), "offset": min(offset, _MOST)}
        count = model.Session.execute(sa.text("SELECT count(*) " + body), bound)
        total = count.scalar_one()
    found = model.Session.execute(sa.text(_COLUMNS + body + _ORDER + limit), bound).mappings()
    telling = Telling()
    result = [telling.row(dict(row)) for row in found]
    return {
        "rows": result,
        "total": len(result) if total is None else total,
        "page": max(1, page),
        "page_size": page_size,
    }
