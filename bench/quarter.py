"""The live result and the freeze against one minimal aggregate over the same joined rows.

The aggregate is what somebody would write by hand for a table of marks: each duty with its item,
its organisation in the tree of that day, its newest delivery that was not returned, the check of
its content, the metadata that described it then, and its waiver; one weighted mean for each
organisation and all below it. It judges no clause, gives one number, keeps no row and takes turns
with what it is compared to.
"""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable, Iterator

import ckan.model as model
import sqlalchemy as sa

from ckanext.satudata import clock
from ckanext.satudata.quarter import evaluation, live, states

from . import synthetic
from .figures import Figure

LIVE_AT = dt.datetime(2025, 12, 30, 3, tzinfo=dt.timezone.utc)
FREEZE_AT = dt.datetime(2026, 3, 2, 3, tzinfo=dt.timezone.utc)
TURNS = 3

_MINIMAL = sa.text(
    """
    WITH tree AS (
        SELECT DISTINCT ON (org_id) * FROM satudata_opd_version
        WHERE at < :now ORDER BY org_id, id DESC
    ), checked AS (
        SELECT DISTINCT ON (sha256) * FROM satudata_check
        WHERE checked < :now ORDER BY sha256, id DESC
    ), described AS (
        SELECT *, lead(at) OVER (PARTITION BY package_id ORDER BY id) AS until
        FROM satudata_metadata_event WHERE at < :now
    ), ruled AS (
        SELECT * FROM satudata_decision WHERE at < :now
    ), joined AS (
        SELECT DISTINCT ON (o.id) t.path, o.due_counted, e.counts_at, k.readable, k.rows,
               k.cells, k.empty_cells, k.run, k.passed, m.required, m.filled,
               CASE WHEN coalesce(o.priority, i.priority) THEN 2 ELSE 1 END AS weight
        FROM satudata_obligation o
        JOIN satudata_item i ON i.id = o.item_id
        JOIN tree t ON t.org_id = o.org_id
        LEFT JOIN satudata_event e
             ON e.item_id = o.item_id AND e.period = o.period AND e.at < :now
        LEFT JOIN checked k ON k.sha256 = e.sha256
        LEFT JOIN described m ON m.package_id = e.package_id AND coalesce(m.until > :now, true)
        LEFT JOIN ruled v ON v.event_id = e.id AND v.kind = 'return'
        LEFT JOIN ruled w ON w.obligation_id = o.id AND w.kind = 'waiver'
        WHERE o.year = :year AND o.tw <= :tw AND v.id IS NULL AND w.id IS NULL
        ORDER BY o.id, e.id DESC
    )
    SELECT target, count(*) AS duties,
           sum(weight * 100 * coalesce(CAST(readable AND rows > 0 AS int), 0) * (
               0.35
               + 0.25 * greatest(0, 1 - greatest(0, CAST(counts_at AS date) - due_counted)
                                        / 14.0)
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
        for _turn in range(TURNS):
            least.append(_seconds(_minimal))
            took.append(_seconds(work))
    return min(took), min(least)


def _seconds(work: Callable[[], None]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def _minimal() -> None:
    evaluation.tune()
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
