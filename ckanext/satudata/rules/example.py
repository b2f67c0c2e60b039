"""A worked example of a rule set: what an imagined OPD with four duties would get.

Computed by the same functions as every score, so that the explanation cannot differ from it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from ..text import N_
from .ruleset import RuleSet
from .score import OrgRow, OrgScore, Parts, band, obligation_score, organisation_score, timeliness


@dataclass(frozen=True)
class Line:
    """One duty of the example; ``points`` are what each part adds to ``total`` (0–100)."""

    story: str
    priority: bool
    weight: int
    late: int | None
    shares: Mapping[str, Decimal | None]
    points: Mapping[str, Decimal]
    total: Decimal


@dataclass(frozen=True)
class Example:
    """The duties, the sum over them, and the band."""

    lines: tuple[Line, ...]
    result: OrgScore
    band: str | None


_ON_TIME = N_("Priority data, on time, complete, all checks passed")
_LATE = N_("Late by {n} working days, four fifths of the metadata filled, 9 of 10 checks passed")
_FLOOR = N_("On time, but less than the least of the basic metadata")
_MISSING = N_("Not delivered by the cutoff")


def example(ruleset: RuleSet) -> Example:
    """Return four typical duties under the rules, with their sum."""
    one = Decimal(1)
    late = max(1, ruleset.late_window_days // 4)
    below = max(Decimal(0), ruleset.floors["M0"] - Decimal("0.1"))
    stories = (
        (_ON_TIME, True, 0, Parts(True, T=one, M=one, K=one, Q=one, M0=one)),
        (
            _LATE,
            False,
            late,
            Parts(
                True,
                T=timeliness(late, ruleset.late_window_days),
                M=Decimal("0.8"),
                K=one,
                Q=Decimal("0.9"),
                M0=one,
            ),
        ),
        (_FLOOR, False, 0, Parts(True, T=one, M=below, K=one, Q=one, M0=below)),
        (_MISSING, False, None, Parts(False)),
    )
    lines, rows = [], []
    for story, priority, days, parts in stories:
        score = obligation_score(parts, ruleset)
        rows.append(OrgRow(score, priority))
        shares = {"D": Decimal(score.D), **score.parts}
        points = {
            part: 100 * score.D * weight * (shares[part] or 0)
            for part, weight in ruleset.weights.items()
        }
        weight = ruleset.priority_weight if priority else 1
        lines.append(Line(story, priority, weight, days, shares, points, score.total))
    result = organisation_score(rows, ruleset)
    return Example(tuple(lines), result, band(result.total, result.all_priority_delivered, ruleset))
