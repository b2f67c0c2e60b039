"""The live result and the freeze against one minimal aggregate over the same joined rows.

The aggregate is what somebody would write by hand for a table of marks, over the rows that
judging joins as well: each duty with its item, its owner and the tree of that day, what excuses
or extends it, its newest delivery that was not returned with the day it was received, the
calendar, the check of its content and the metadata that described it then; one weighted mean for
each organisation and all below it. It judges no clause, gives one number, keeps no row and takes
turns with what it is compared to.
"""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable, Iterator
from typing import Any

import ckan.model as model
import sqlalchemy as sa

from ckanext.satudata import clock
from ckanext.satudata.judging import evaluation, live
from ckanext.satudata.quarter import states

from . import synthetic
from .figures import Figure

LIVE_AT = dt.datetime(2025, 12, 30, 3, tzinfo=dt.timezone.utc)
FREEZE_AT = dt.datetime(2026, 3, 2, 3, tzinfo=dt.timezone.utc)
TURNS, SECONDS = 5, 15.0
"""Turns are taken so many times at least, and for so long: the least of many is less disturbed."""

_MINIMAL = sa.text(
    """
    WITH tree AS (
        SELECT DISTINCT ON (org_id) * FROM satudata_opd_version
        WHERE at < :now ORDER BY org_id, id DESC
    ), owner AS (
        SELECT DISTINCT ON (item_id) * FROM satudata_item_owner
        WHERE at < :now ORDER BY item_id, id DESC
    ), checked AS (
        SELECT DISTINCT ON (sha256) * FROM satudata_check
        WHERE checked < :now ORDER BY sha256, id DESC
    ), described AS (
        SELECT *, lead(at) OVER (PARTITION BY package_id ORDER BY id) AS until
        FROM satudata_metadata_event WHERE at < :now
    ), ruled AS (
        SELECT * FROM satudata_decision WHERE at < :now
    ), calendar AS (
        SELECT CAST(day AS date) AS day,
               count(*) FILTER (WHERE extract(isodow FROM day) < 6
                                AND CAST(day AS date) <> ALL(:closed_days))
                   OVER (ORDER BY day) AS ordinal
        FROM generate_series(CAST(:first_day AS timestamp), :last_day, '1 day') AS day
    ), joined AS (
        SELECT DISTINCT ON (o.id) t.path, k.readable, k.rows, k.cells, k.empty_cells, k.run,
               k.passed, m.required, m.filled, came.ordinal - due.ordinal AS late,
               CASE WHEN coalesce(o.priority, i.priority) THEN 2 ELSE 1 END AS weight
        FROM satudata_obligation o
        JOIN satudata_item i ON i.id = o.item_id
        LEFT JOIN owner ON owner.item_id = o.item_id
        JOIN tree t ON t.org_id = coalesce(owner.to_org, o.org_id)
        LEFT JOIN ruled extended
             ON extended.obligation_id = o.id AND extended.kind = 'extension'
        LEFT JOIN ruled excused
             ON excused.obligation_id = o.id AND excused.kind IN ('waiver', 'nihil_accept')
        LEFT JOIN calendar due ON due.day = coalesce(extended.day, o.due_counted)
        LEFT JOIN satudata_event e
             ON e.item_id = o.item_id AND e.period = o.period AND e.at < :now
        LEFT JOIN ruled verdict ON verdict.event_id = e.id AND verdict.kind = 'return'
        LEFT JOIN ruled received ON received.event_id = e.id AND received.kind = 'received'
        LEFT JOIN calendar came
             ON came.day = coalesce(received.day, CAST(e.counts_at AT TIME ZONE :tz AS date))
        LEFT JOIN checked k ON k.sha256 = e.sha256
        LEFT JOIN described m ON m.package_id = e.package_id AND coalesce(m.until > :now, true)
        WHERE o.year = :year AND o.tw <= :tw AND verdict.id IS NULL AND excused.id IS NULL
        ORDER BY o.id, e.id DESC
    )
    SELECT target, count(*) AS duties,
           sum(weight * 100 * coalesce(CAST(readable AND rows > 0 AS int), 0) * (
               0.35
               + 0.25 * greatest(0, 1 - greatest(0, late) / 14.0)
               + 0.10 * coalesce(CAST(filled AS numeric) / nullif(required, 0), 0)
               + 0.10 * coalesce(CAST(cells - empty_cells AS numeric) / nullif(cells, 0), 0)
               + 0.20 * coalesce(CAST(passed AS numeric) / nullif(run, 0), 0)
           )) / sum(weight) AS total
    FROM joined CROSS JOIN unnest(path) AS target
    GROUP BY target
    """
)


def measure(sizes: list[int]) -> Iterator[Figure]:
    """Ratios at each size, and how both grow from the first size to the last."""
    seconds: dict[str, list[float]] = {"live result": [], "freeze": []}
    for size in sizes:
        synthetic.load(size)
        for name, target, work, moment in (
            ("live result", 3.0, _live, LIVE_AT),
            ("freeze", 9.0, _freeze, FREEZE_AT),
        ):
            took, least = _turns(work, moment)
            seconds[name].append(took)
            yield Figure(
                f"{name} at {size} duties",
                took / least,
                target,
                f"{took:.2f} s / minimal aggregate {least:.2f} s",
            )
    for name, times in seconds.items():
        if len(times) > 1:
            yield Figure(
                f"growth of the {name}, {sizes[0]} to {sizes[-1]}",
                times[-1] / times[0],
                12.0,
                f"{times[-1]:.2f} s / {times[0]:.2f} s",
            )


def _turns(work: Callable[[], None], moment: dt.datetime) -> tuple[float, float]:
    """The least seconds of the work and of the aggregate, of several turns of both."""
    took, least = [], []
    with clock.at(moment):
        values = evaluation.frame(synthetic.QUARTER).values()
        begun = time.perf_counter()
        while len(took) < TURNS or time.perf_counter() - begun < SECONDS:
            least.append(_seconds(lambda: _minimal(values)))
            took.append(_seconds(work))
    return min(took), min(least)


def _seconds(work: Callable[[], None]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def _minimal(values: dict[str, Any]) -> None:
    evaluation.tune()
    if not model.Session.execute(_MINIMAL, values).all():
        raise RuntimeError("the aggregate found no duty")
    model.Session.rollback()


def _live() -> None:
    if not live.compute().rows:
        raise RuntimeError("the live result has no row")


def _freeze() -> None:
    """Finalise, all checks before it included, and take it back."""
    states.finalise(synthetic.QUARTER, None)
    if not model.Session.scalar(sa.text("SELECT count(*) FROM satudata_final_row")):
        raise RuntimeError("no row was frozen")
    model.Session.rollback()
