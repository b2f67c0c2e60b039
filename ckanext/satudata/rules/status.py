"""Headline status of an obligation: one decision table, read from top to bottom.

Each line holds the condition twice, for Python and for SQL; a test compares the two over all
combinations of facts.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from .ruleset import RuleSet


@dataclass(frozen=True)
class Facts:
    """What the status of one obligation depends on. Names are those of the SQL columns.

    - ``waived``: a decision takes the obligation out
    - ``nihil_accepted``: a nihil was accepted
    - ``returned``: the last delivery was returned and nothing newer came
    - ``floors_failed``: content came and fails a floor
    - ``awaiting_review``: content came, waits for review, and the review time is not over
    - ``received``: content is held for this period (by the cutoff, once that is over)
    - ``stated``: a statement without content exists
    - ``due_passed``, ``cutoff_passed``: as of the moment of evaluation; the due day counted
    - ``late``: working days late of the delivery, None without one
    - ``m``, ``k``, ``q``: shares 0–1, None is "not measured"
    """

    waived: bool = False
    nihil_accepted: bool = False
    returned: bool = False
    floors_failed: bool = False
    awaiting_review: bool = False
    received: bool = False
    stated: bool = False
    due_passed: bool = False
    cutoff_passed: bool = False
    late: int | None = None
    m: Decimal | None = None
    k: Decimal | None = None
    q: Decimal | None = None


@dataclass(frozen=True)
class Line:
    """One line of the decision table; ``sql`` may name {incomplete} and {low_quality}."""

    status: str
    holds: Callable[[Facts, RuleSet], bool]
    sql: str


def _below(value: Decimal | None, limit: Decimal) -> bool:
    return value is not None and value < limit


#: The design's precedence. Where nothing is received: a statement is shown as such; before the
#: due day nothing is due yet; after the cutoff it is "tidak menyampaikan"; between the two it is
#: late and can still be delivered.
DECISION_TABLE: tuple[Line, ...] = (
    Line("dibebaskan", lambda f, _: f.waived, "waived"),
    Line("nihil_diterima", lambda f, _: f.nihil_accepted, "nihil_accepted"),
    Line("dikembalikan", lambda f, _: f.returned, "returned"),
    Line("belum_memenuhi_syarat", lambda f, _: f.floors_failed, "floors_failed"),
    Line("menunggu_pemeriksaan", lambda f, _: f.awaiting_review, "awaiting_review"),
    Line("dinyatakan", lambda f, _: f.stated and not f.received, "stated AND NOT received"),
    Line(
        "tidak_menyampaikan",
        lambda f, _: f.cutoff_passed and not f.received,
        "cutoff_passed AND NOT received",
    ),
    Line(
        "belum_jatuh_tempo",
        lambda f, _: not f.due_passed and not f.received,
        "NOT due_passed AND NOT received",
    ),
    Line(
        "terlambat",
        lambda f, _: not f.received or (f.late or 0) > 0,
        "NOT received OR coalesce(late, 0) > 0",
    ),
    Line(
        "tidak_lengkap",
        lambda f, r: _below(f.m, r.incomplete_below) or _below(f.k, r.incomplete_below),
        "coalesce(m < {incomplete}, false) OR coalesce(k < {incomplete}, false)",
    ),
    Line(
        "mutu_rendah",
        lambda f, r: _below(f.q, r.low_quality_below),
        "coalesce(q < {low_quality}, false)",
    ),
    Line(
        "belum_dinilai",
        lambda f, _: f.m is None or f.k is None or f.q is None,
        "m IS NULL OR k IS NULL OR q IS NULL",
    ),
    Line("patuh", lambda f, _: True, "true"),
)

#: All statuses in the order of precedence.
STATUSES: tuple[str, ...] = tuple(line.status for line in DECISION_TABLE)


def headline_status(facts: Facts, ruleset: RuleSet) -> str:
    """Return the key of the first line of :data:`DECISION_TABLE` that holds."""
    return next(line.status for line in DECISION_TABLE if line.holds(facts, ruleset))
