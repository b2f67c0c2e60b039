"""Freezing a quarter, revising it, and proving later that it follows from the evidence.

A record holds the judged rows, the figures, and a document that names all it was judged by; its
hash goes into the next record. Freezing reads events up to the cutoff and decisions recorded so
far, all under one lock that no evidence can be written beside: run late, twice or after a crash
it gives the same bytes.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import ckan.model as model
import sqlalchemy as sa
from ckan.plugins import toolkit

from .. import clock, config, locks
from ..calendar.localtime import day_end_utc
from ..calendar.quarters import Quarter
from ..judging import evaluation, live, rows, rulesets, stages
from ..judging.columns import JUDGED, NAMED, POOLED
from ..judging.evaluation import Days, Frame
from ..judging.figures import figures
from ..judging.model import OrgResult, QuarterState, Result
from ..text import N_
from . import canonical
from .model import Final, FinalOrg, FinalRow

_ = toolkit._

ENGINE = 1
"""Version of the SQL that judges; raised whenever the same evidence may give other rows."""


@dataclass(frozen=True)
class Finding:
    """Something that does not fit in a frozen record: where, what (msgid), and which row."""

    quarter: Quarter
    revision: int
    what: str
    row: str = ""

    def __str__(self) -> str:
        place = f"{self.quarter} r{self.revision}"
        return f"{place}: {_(self.what)}" + (f" ({self.row})" if self.row else "")


def finalise(quarter: Quarter, actor: str | None) -> Final:
    """Freeze the result of a quarter in this transaction; of a final one its record.

    Whether it is time is asked in :mod:`.states`.
    """
    _hold()
    state = _state(quarter)
    if state.final_id is not None:
        return _stored(state.final_id)
    return _write(quarter, state, actor, 0, {})


def revise(quarter: Quarter, actor: str | None, number: str, reason: str) -> Final:
    """Freeze a final quarter once more, with the decisions recorded since.

    :param number: of the decree that orders it; with ``reason`` it is part of the document
    """
    _hold()
    state = _state(quarter)
    assert state.final_id is not None
    revision = _stored(state.final_id).revision + 1
    return _write(quarter, state, actor, revision, {"number": number, "reason": reason})


def _hold() -> None:
    """Wait for the live result and for all who write evidence; only then look at the clock."""
    locks.hold(live.LOCK)
    locks.hold(locks.EVIDENCE)
    model.Session.expire_all()


def _state(quarter: Quarter) -> QuarterState:
    state = model.Session.get(QuarterState, (quarter.year, quarter.tw))
    if state is None:
        raise toolkit.ValidationError({"state": [_("The quarter has not been opened yet.")]})
    return state


def _stored(final_id: int) -> Final:
    final = model.Session.get(Final, final_id)
    assert final is not None
    return final


def _write(
    quarter: Quarter,
    state: QuarterState,
    actor: str | None,
    revision: int,
    decree: dict[str, str],
) -> Final:
    now = clock.now()
    last = model.Session.scalars(sa.select(Final).order_by(Final.id.desc()).limit(1)).first()
    frame = _frame(quarter, state, now, revision)
    final_id = last.id + 1 if last else 1
    values = _judge(frame) | {"final_id": final_id}
    for statement in (_INSERT_ROWS, _insert_orgs(frame)):
        model.Session.execute(sa.text(statement), values)
    document = canonical.text(
        {
            "engine": ENGINE,
            "quarter": str(quarter),
            "revision": revision,
            **decree,
            "timezone": frame.timezone,
            "ruleset": frame.rules.hash,
            "register": state.register_version,
            "cutoffs": {str(tw): day.isoformat() for tw, day in frame.cutoffs.items()},
            "calendar": _calendar(frame.days),
            "carried": _hash(frame.carry_final),
            "arrears": _hash(frame.arrears_final),
            "previous": last.sha256 if last else None,
            "rows": _digest(FinalRow, final_id),
            "figures": _digest(FinalOrg, final_id),
        }
    )
    final = Final(
        id=final_id,
        year=quarter.year,
        tw=quarter.tw,
        revision=revision,
        document=document,
        sha256=canonical.sha256(document),
        previous=last.sha256 if last else None,
        decisions_to=frame.decisions_to,
        at=now,
        actor=actor,
    )
    model.Session.add(final)
    # Pages read the record from now on.
    for table in (Result, OrgResult):
        model.Session.execute(
            sa.delete(table).where(table.year == quarter.year, table.tw == quarter.tw)
        )
    model.Session.flush()
    return final


def _frame(quarter: Quarter, state: QuarterState, now: dt.datetime, revision: int) -> Frame:
    first = model.Session.scalars(
        sa.select(Final).filter_by(year=quarter.year, tw=quarter.tw, revision=0)
    ).first()
    end = day_end_utc(state.cutoff, config.timezone())
    if now < end:
        raise toolkit.ValidationError({"state": [_("The cutoff of the quarter is not over yet.")]})
    live_frame = evaluation.frame(quarter, rulesets.get(state.ruleset_hash), now)
    opened = set(
        model.Session.execute(
            sa.select(QuarterState.tw).where(QuarterState.year == quarter.year)
        ).scalars()
    )
    return replace(
        live_frame,
        cutoffs={tw: day for tw, day in live_frame.cutoffs.items() if tw in opened},
        checks_to=first.decisions_to if revision and first else live_frame.checks_to,
        review_open=False,
        sealed_only=True,
    )


def _judge(frame: Frame) -> dict[str, Any]:
    """The judged rows into temporary tables; returns the values bound."""
    evaluation.tune()
    # Hashes are taken of times as text.
    model.Session.execute(sa.text("SET LOCAL TimeZone = 'UTC'"))
    values = evaluation.gather(frame)
    model.Session.execute(sa.text(stages.stage("row", rows.rows(frame.rules))), values)
    return values


_ROW_COLUMNS = ", ".join((*JUDGED, *NAMED, "evidence_sha256"))
_INSERT_ROWS = f"""
    INSERT INTO satudata_final_row ({_ROW_COLUMNS}, final_id, line_sha256)
    SELECT {_ROW_COLUMNS}, :final_id, {canonical.hash_sql(canonical.row_line("r"))}
    FROM ({rows.PROVEN}) r"""  # noqa: S608

_ORG_COLUMNS = (*POOLED, *canonical.ORG)


def _figures(frame: Frame) -> str:
    pooled = ", ".join(f"f.{name}" for name in POOLED)
    return f"""
        SELECT {pooled}, o.name AS org_name, o.title AS org_title, o.parent_id AS org_parent_id,
               o.level AS org_level, o.kind AS org_kind, o.answers_id, o.scored
        FROM ({figures(frame.rules, "eval_row")}) f JOIN eval_opd o USING (org_id)"""  # noqa: S608


def _insert_orgs(frame: Frame) -> str:
    columns = ", ".join(_ORG_COLUMNS)
    return f"""
        INSERT INTO satudata_final_org ({columns}, final_id, line_sha256)
        SELECT {columns}, :final_id, {canonical.hash_sql(canonical.org_line("f"))}
        FROM ({_figures(frame)}) f"""  # noqa: S608


def _digest(table: type, final_id: int) -> dict[str, Any]:
    """Number of the stored lines and the hash over their hashes, in the order of their keys."""
    key = "obligation_id" if table is FinalRow else "concat_ws(' ', org_id, scope, span)"
    lines = f"""coalesce(string_agg(line_sha256, ' ' ORDER BY {key} COLLATE "C"), '')"""
    statement = f"""SELECT count(*) AS count, {canonical.hash_sql(lines)} AS sha256
                    FROM {table.__tablename__} WHERE final_id = :final_id"""  # noqa: S608
    row = model.Session.execute(sa.text(statement), {"final_id": final_id}).one()
    return {"count": row.count, "sha256": row.sha256}


def _calendar(days: Days) -> dict[str, Any]:
    """All that lateness was counted by, as the document has it."""
    closed = [day.isoformat() for day in days.closed]
    return {"from": days.start.isoformat(), "to": days.end.isoformat(), "free": closed}


def _days(calendar: dict[str, Any]) -> Days:
    day = dt.date.fromisoformat
    closed = tuple(day(one) for one in calendar["free"])
    return Days(day(calendar["from"]), day(calendar["to"]), closed)


def _hash(final_id: int | None) -> str | None:
    return None if final_id is None else _stored(final_id).sha256


# ---- proof


def verify(quarter: Quarter | None = None) -> list[Finding]:
    """Recompute frozen records from the evidence and compare; empty: all is as it was.

    Without ``quarter`` all of them, in order, and the chain between them. Writes nothing; the
    temporary tables go with the transaction.
    """
    # What is in the database counts, not what this session has read before.
    model.Session.expire_all()
    finals = model.Session.scalars(sa.select(Final).order_by(Final.id)).all()
    found: list[Finding] = []
    previous: Final | None = None
    for final in finals:
        if quarter is None or Quarter(final.year, final.tw) == quarter:
            found += _verify(final, previous)
        previous = final
    return found + list(_verify_states(quarter))


def _verify(final: Final, previous: Final | None) -> Iterator[Finding]:
    def finding(what: str, row: str = "") -> Finding:
        return Finding(Quarter(final.year, final.tw), final.revision, what, row)

    document = json.loads(final.document)
    if canonical.sha256(final.document) != final.sha256:
        yield finding(N_("The document does not have the hash that was recorded."))
    if not (final.previous == document["previous"] == (previous.sha256 if previous else None)):
        yield finding(N_("The chain is broken: the record before it has another hash."))
    for table, name in ((FinalRow, "rows"), (FinalOrg, "figures")):
        yield from (
            finding(N_("A stored line was changed."), row) for row in _changed_lines(table, final)
        )
        if _digest(table, final.id) != document[name]:
            yield finding(N_("Stored lines were added, taken away or changed."))
    if document["engine"] != ENGINE:
        yield finding(
            N_("It was frozen by another version of the computation and cannot be recomputed here.")
        )
        return
    try:
        frame = _frame_of(final, document)
    except (LookupError, ValueError, toolkit.ObjectNotFound):
        yield finding(N_("Its rule set, or a record that it names, is gone or was changed."))
        return
    values = _judge(frame) | {"final_id": final.id}
    for statement, line in ((_DIFFERENT_ROWS, "row"), (_different_orgs(frame), "org")):
        for row in model.Session.execute(sa.text(statement), values):
            yield finding(_DIFFERENCE[line], row.label)


_DIFFERENCE = {
    "row": N_("The evidence gives another row than the one that was frozen."),
    "org": N_("The evidence gives other figures than those that were frozen."),
}


def _frame_of(final: Final, document: dict[str, Any]) -> Frame:
    """The frame of a record, from its document alone.

    :raises LookupError: the rule set or a record that it names is not there any more
    """
    quarter = Quarter(final.year, final.tw)
    rules = rulesets.get(document["ruleset"])
    if rules.hash != document["ruleset"]:
        raise LookupError(document["ruleset"])
    cutoffs = {int(tw): dt.date.fromisoformat(day) for tw, day in document["cutoffs"].items()}
    end = day_end_utc(cutoffs[quarter.tw], document["timezone"])
    first = model.Session.scalars(
        sa.select(Final).filter_by(year=final.year, tw=final.tw, revision=0)
    ).one()
    return Frame(
        quarter=quarter,
        rules=rules,
        timezone=document["timezone"],
        cutoffs=cutoffs,
        now=final.decisions_to,
        events_to=end,
        tree_to=end,
        decisions_to=final.decisions_to,
        checks_to=first.decisions_to,
        review_open=False,
        days=_days(document["calendar"]),
        sealed_only=True,
        carry_final=_by_hash(document["carried"]),
        arrears_final=_by_hash(document["arrears"]),
    )


def _by_hash(sha256: str | None) -> int | None:
    if sha256 is None:
        return None
    found = model.Session.execute(sa.select(Final.id).where(Final.sha256 == sha256)).scalar()
    if found is None:
        raise LookupError(sha256)
    return found


def _changed_lines(table: type, final: Final) -> Iterator[str]:
    line = canonical.row_line("r") if table is FinalRow else canonical.org_line("r")
    label = _ROW_LABEL if table is FinalRow else "r.org_title"
    statement = f"""
        SELECT {label} AS label FROM {table.__tablename__} r
        WHERE r.final_id = :id AND r.line_sha256 <> {canonical.hash_sql(line)} ORDER BY 1"""  # noqa: S608
    model.Session.execute(sa.text("SET LOCAL TimeZone = 'UTC'"))
    yield from model.Session.execute(sa.text(statement), {"id": final.id}).scalars()


_ROW_LABEL = "concat_ws(' · ', r.org_title, r.item_name, r.period, r.obligation_id)"

_DIFFERENT_ROWS = f"""
    SELECT concat_ws(' · ', coalesce(r.org_title, n.org_title), coalesce(r.item_name, n.item_name),
                     coalesce(r.period, n.period), obligation_id) AS label
    FROM (SELECT f.*, {canonical.hash_sql(canonical.row_line("f"))} AS fresh
          FROM ({rows.PROVEN}) f) n
    FULL JOIN (SELECT * FROM satudata_final_row WHERE final_id = :final_id) r
         USING (obligation_id)
    WHERE r.line_sha256 IS DISTINCT FROM n.fresh ORDER BY 1"""  # noqa: S608


def _different_orgs(frame: Frame) -> str:
    return f"""
        SELECT concat_ws(' · ', coalesce(r.org_title, n.org_title),
                         coalesce(r.scope, n.scope), coalesce(r.span, n.span)) AS label
        FROM (SELECT f.*, {canonical.hash_sql(canonical.org_line("f"))} AS fresh
              FROM ({_figures(frame)}) f) n
        FULL JOIN (SELECT * FROM satudata_final_org WHERE final_id = :final_id) r
             USING (org_id, scope, span)
        WHERE r.line_sha256 IS DISTINCT FROM n.fresh ORDER BY 1"""  # noqa: S608


def _verify_states(quarter: Quarter | None) -> Iterator[Finding]:
    """The state of a quarter must name its newest record and the day it was cut off by."""
    newest = model.Session.scalars(
        sa.select(Final)
        .distinct(Final.year, Final.tw)
        .order_by(Final.year, Final.tw, Final.revision.desc())
    ).all()
    records = {Quarter(one.year, one.tw): one for one in newest}
    states = model.Session.scalars(sa.select(QuarterState)).all()
    named = {one.quarter: one for one in states if one.final_id is not None}
    for one in sorted({*records, *named}):
        if quarter not in (None, one):
            continue
        final, state = records.get(one), named.get(one)
        if final is None or state is None or state.final_id != final.id:
            revision = final.revision if final else 0
            yield Finding(one, revision, N_("The state of the quarter names another record."))
        elif json.loads(final.document)["cutoffs"][str(one.tw)] != state.cutoff.isoformat():
            yield Finding(one, final.revision, N_("The cutoff day was changed."))
