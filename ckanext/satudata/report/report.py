"""The compliance report as data: one shape for the page, its files and the API.

Everything here only reads what the jobs have computed or frozen. Callers check access
first; organisations that the reader may not see, and what he may not see of a
private dataset, are left out here. ``user`` is a user's name or id.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import ckan.model as model
import sqlalchemy as sa

from ..calendar.quarters import Quarter
from ..judging import live
from ..quarter import standing
from ..rules.ruleset import RuleSet
from ..text import like_words
from . import heading, org_figures, records
from .org_figures import READABLE, reader
from .shapes import SPANS, Filters, Head, Rows, RuleSetName, Span, Summary
from .telling import Telling

NOT_MEASURED = ("expected_units",)
"""Parts of the rules that this version does not measure yet."""

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
    org_id: str | None = None,
    depth: int | None = None,
) -> Summary:
    """Totals and figures per organisation of one quarter, in the order of the tree.

    :param revision: a frozen record that a later one has replaced; else the one in force
    :param org_id: of the organisations only this one and what stands below it
    :param depth: of the organisations only so many levels; the totals are of all
    :raises toolkit.ObjectNotFound: there is no such revision
    """
    found = heading.of(Quarter(year, tw), revision)
    shown, levels, top = org_figures.read(found, span, user, org_id, depth)
    totals = next((one["units"] for one in shown if one["org_id"] == top), None)
    other = next(name for name in SPANS if name != span)
    return {
        **head_of(found, span),
        "totals": totals or (org_figures.of(found, span, top) if top else None),
        "beside": org_figures.of(found, other, top) if top else None,
        "levels": levels,
        "organizations": shown,
    }


def head(year: int, tw: int, span: Span = "cumulative", revision: int | None = None) -> Head:
    """What stands above the figures of one quarter, and none of them."""
    return head_of(heading.of(Quarter(year, tw), revision), span)


def organizations(
    year: int, tw: int, user: str | None, revision: int | None = None
) -> list[dict[str, Any]]:
    """Id, title and level of all organisations of a quarter that the reader may see."""
    return org_figures.choices(records.of(Quarter(year, tw), revision), user)


def head_of(found: heading.Heading, span: Span) -> Head:
    """As :func:`head`, of what has been read already."""
    record, where = found.record, found.where
    return {
        "year": record.quarter.year,
        "tw": record.quarter.tw,
        "span": span,
        "cutoff": where.cutoff,
        "state": where.state,
        "standing": standing.brief(where),
        "ruleset": ruleset_name(found.rules),
        "revision": record.revision,
        "revisions": list(record.revisions),
        "sha256": record.sha256,
        "computed": record.at or found.computed,
        "stale": record.at is None and live.is_old(found.whole),
        "quarters": found.quarters,
        "not_measured": list(NOT_MEASURED),
    }


def ruleset_name(rules: RuleSet) -> RuleSetName:
    """A rule set as pages name it."""
    return {"hash": rules.hash, "name": rules.name, "version": rules.version}


def quarters() -> list[tuple[int, int]]:
    """Quarters with results that have begun, newest first."""
    return heading.of(live.current_quarter()).quarters


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
    wanted = {name: value for name, value in (filters or {}).items() if value}
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
