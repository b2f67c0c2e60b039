"""The rules as PostgreSQL expressions, built from the same rule set as the Python functions.

All arithmetic is numeric, so that results equal Python's Decimal to far behind the published
digits. Only numbers and keys of a validated rule set enter the text, never data.

Columns that the expressions read (unqualified; put them under these names in a subselect):

- ``received`` boolean, ``nihil`` boolean: as in :class:`.score.Parts`
- ``m0`` numeric: share of the unconditional mandatory metadata, null: not measured
- ``d`` numeric 0 or 1: what :func:`delivered_sql` gives
- ``t``, ``m``, ``k``, ``q`` numeric 0–1, null: not measured
- ``weight`` integer: what :func:`weight_sql` gives
- for the status: the fields of :class:`.status.Facts`
"""

from __future__ import annotations

import re
from decimal import Decimal

from .ruleset import RuleSet
from .score import CATEGORY_PARTS, NOISE_DIGITS
from .status import DECISION_TABLE

_COLUMN = re.compile(r"[a-z_][a-z0-9_]*(\.[a-z_][a-z0-9_]*)?")


def _number(value: Decimal | int) -> str:
    return format(Decimal(value), "f")


def _column(name: str) -> str:
    if not _COLUMN.fullmatch(name):
        raise ValueError(f"not a column name: {name!r}")
    return name


def _numeric(column: str) -> str:
    return f"CAST({column} AS numeric)"


def timeliness_sql(ruleset: RuleSet, late_column: str = "late") -> str:
    """Return T from a column of working days late; null stays null."""
    late = _column(late_column)
    share = f"{_numeric(late)} / {ruleset.late_window_days}"
    return f"(CASE WHEN {late} IS NULL THEN NULL ELSE least(1, greatest(0, 1 - {share})) END)"


def weight_sql(ruleset: RuleSet, priority_column: str = "priority") -> str:
    """Return the weight of a row from a boolean column for data prioritas."""
    return f"(CASE WHEN {_column(priority_column)} THEN {ruleset.priority_weight} ELSE 1 END)"


def floors_failed_sql(ruleset: RuleSet) -> str:
    """Return a boolean (never null) over ``received``, ``nihil``, ``m0``, ``q``."""
    failed = " OR ".join(
        f"coalesce({_numeric(key.lower())} < {_number(floor)}, false)"
        for key, floor in ruleset.floors.items()
    )
    return f"(coalesce(received, false) AND NOT coalesce(nihil, false) AND ({failed}))"


def delivered_sql(ruleset: RuleSet) -> str:
    """Return D as numeric 0 or 1 over ``received``, ``nihil``, ``m0``, ``q``."""
    counts = f"coalesce(received, false) AND NOT {floors_failed_sql(ruleset)}"
    return f"CAST(CASE WHEN {counts} THEN 1 ELSE 0 END AS numeric)"


def score_sql(ruleset: RuleSet) -> str:
    """Return S (0–100, unrounded) over ``d``, ``t``, ``m``, ``k``, ``q``.

    For an accepted nihil pass null for m, k and q.
    """
    weights = ruleset.weights
    base = _number(weights["D"])
    gained, possible = [base], [base]
    for key in ("T", "M", "K", "Q"):
        column, weight = key.lower(), _number(weights[key])
        gained.append(f"coalesce({weight} * {_numeric(column)}, 0)")
        possible.append(f"CASE WHEN {column} IS NULL THEN 0 ELSE {weight} END")
    return f"(100 * {_numeric('d')} * ({' + '.join(gained)}) / ({' + '.join(possible)}))"


def _parts(category: str) -> tuple[str, ...]:
    if category not in CATEGORY_PARTS:
        raise ValueError(f"no award category: {category!r}")
    return tuple(part.lower() for part in CATEGORY_PARTS[category])


def _outside(category: str) -> str:
    """Return the WHEN branch of rows that do not belong to a category."""
    return "" if category == "ketepatan" else "WHEN coalesce(nihil, false) THEN NULL "


def _measured(category: str) -> str:
    return " + ".join(
        f"CASE WHEN {column} IS NULL THEN 0 ELSE 1 END" for column in _parts(category)
    )


def category_sql(category: str) -> str:
    """Return x (0–1) of an award category over ``d``, ``t``, ``m``, ``k``, ``q``, ``nihil``.

    Null where the row does not belong to the category or nothing was measured.
    """
    total = " + ".join(f"coalesce({_numeric(column)}, 0)" for column in _parts(category))
    return (
        f"(CASE {_outside(category)}WHEN d = 0 THEN 0"
        f" ELSE ({total}) / nullif({_measured(category)}, 0) END)"
    )


def unmeasured_sql(category: str) -> str:
    """Return the share (0–1) of x that was not measured; null outside the category."""
    share = f"1 - CAST({_measured(category)} AS numeric) / {len(_parts(category))}"
    return f"(CASE {_outside(category)}WHEN d = 0 THEN 0 ELSE {share} END)"


def mean_sql(column: str, factor: int = 1) -> str:
    """Return the aggregate ``factor · Σ weight·x / Σ weight`` over the rows whose x is not null.

    Unrounded; null without rows. Over ``weight`` and ``column``.
    """
    name = _column(column)
    kept = f"FILTER (WHERE {name} IS NOT NULL)"
    return f"({factor} * sum(weight * {_numeric(name)}) {kept} / nullif(sum(weight) {kept}, 0))"


def round_sql(expression: str) -> str:
    """Round a score expression of this module as :func:`.score.round_score` does."""
    return f"round(round({expression}, {NOISE_DIGITS}), 2)"


def band_sql(
    ruleset: RuleSet,
    score_column: str = "total",
    priority_column: str = "all_priority_delivered",
) -> str:
    """Return the key of the band of a rounded score; null for n/a."""
    score, priority = _column(score_column), _column(priority_column)
    cases = [
        f"WHEN {score} >= {_number(band.start)}"
        f"{f' AND coalesce({priority}, true)' if band.requires else ''} THEN '{band.key}'"
        for band in ruleset.bands
    ]
    return f"(CASE {' '.join(cases)} END)"


def status_case_sql(ruleset: RuleSet) -> str:
    """Return the headline status over columns named like the fields of :class:`.status.Facts`.

    Its boolean columns must not be null; ``late``, ``m``, ``k``, ``q`` may be.
    """
    numbers = {
        "incomplete": _number(ruleset.incomplete_below),
        "low_quality": _number(ruleset.low_quality_below),
    }
    cases = [f"WHEN {line.sql.format(**numbers)} THEN '{line.status}'" for line in DECISION_TABLE]
    return f"(CASE {' '.join(cases)} END)"
