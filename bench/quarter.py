"""The live result and the freeze against one minimal aggregate over the same joined rows.

The aggregate is what somebody would write by hand for a table of marks: the newest event of each
duty with its check, its metadata and its waiver, one weighted mean for each organisation. It
judges no clause, keeps no row and takes turns with what it is compared to.
"""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable, Iterator

import ckan.model as model
import sqlalchemy as sa

from ckanext.satudata import clock
from ckanext.satudata.quarter import live, states

from . import synthetic
from .figures import Figure

LIVE_AT = dt.datetime(2025, 12, 30, 3, tzinfo=dt.timezone.utc)
FREEZE_AT = dt.datetime(2026, 3, 2, 3, tzinfo=dt.timezone.utc)
TURNS = 3

_MINIMAL = sa.text(
    """
    WITH newest AS (
        SELECT DISTINCT ON (item_id, period) *
        FROM satudata_event WHERE at < :now ORDER BY item_id, period, id DESC
    ), checked AS (
        SELECT DISTINCT ON (sha256) * FROM satudata_check
        WHERE checked < :now ORDER BY sha256, id DESC
    ), described AS (
        SELECT DISTINCT ON (package_id) * FROM satudata_metadata_event
        WHERE at < :now ORDER BY package_id, id DESC
    ), waived AS (
        SELECT DISTINCT obligation_id FROM satudata_decision
        WHERE kind = 'waiver' AND at < :now
    )
    SELECT o.org_id, count(*) AS duties,
           sum(w.weight * 100 * coalesce(CAST(k.readable AND k.rows > 0 AS int), 0) * (
               0.35
               + 0.25 * greatest(0, 1 - greatest(0, CAST(e.counts_at AS date) - o.due_counted)
                                        / 14.0)
               + 0.10 * coalesce(CAST(m.filled AS numeric) / nullif(m.required, 0), 0)
               + 0.10 * coalesce(CAST(k.cells - k.empty_cells AS numeric) / nullif(k.cells, 0), 0)
               + 0.20 * coalesce(CAST(k.passed AS numeric) / nullif(k.run, 0), 0)
           )) / sum(w.weight) AS total
    FROM satudata_obligation o
    CROSS JOIN LATERAL (SELECT CASE WHEN o.priority THEN 2 ELSE 1 END AS weight) w
    LEFT JOIN newest e ON e.item_id = o.item_id AND e.period = o.period
    LEFT JOIN checked k ON k.sha256 = e.sha256
    LEFT JOIN described m ON m.package_id = e.package_id
    LEFT JOIN waived x ON x.obligation_id = o.id
    WHERE o.year = :year AND o.tw <= :tw AND x.obligation_id IS NULL
    GROUP BY o.org_id
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
        for _turn in range(TURNS):
            least.append(_seconds(_minimal))
            took.append(_seconds(work))
    return min(took), min(least)


def _seconds(work: Callable[[], None]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def _minimal() -> None:
    model.Session.execute(sa.text("SET LOCAL jit = off"))
    model.Session.execute(sa.text("SET LOCAL work_mem = '64MB'"))
    quarter = synthetic.QUARTER
    values = {"now": clock.now(), "year": quarter.year, "tw": quarter.tw}
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
