"""How the score of one obligation comes about: what each part weighs and gives."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from .ruleset import PARTS, RuleSet

_HUNDRED = Decimal(100)


@dataclass(frozen=True)
class Contribution:
    """One part of a score.

    ``share``: what was reached, 0–1; None where it was not measured. ``most``: the points (0–100,
    unrounded) that the part can give in this row, None where it has left the row; ``points``:
    those it gives.
    """

    part: str
    share: Decimal | None
    most: Decimal | None
    points: Decimal


def contributions(
    shares: dict[str, Decimal | None], ruleset: RuleSet, nihil: bool = False
) -> list[Contribution]:
    """The parts of a row in the order of the formula; their points add up to its score.

    :param shares: ``D``, ``T``, ``M``, ``K``, ``Q`` as in a result row
    :param nihil: a statement of nothing to report was accepted, so only D and T count
    """
    delivered = shares.get("D") or Decimal(0)
    outside = ("M", "K", "Q") if nihil else ()
    known: dict[str, Decimal | None] = {
        part: None if part in outside else shares.get(part) for part in PARTS
    }
    # Of what was not delivered nothing is measured, and each part keeps its weight.
    counted = [part for part in PARTS if not delivered or part == "D" or known[part] is not None]
    whole = sum(ruleset.weights[part] for part in counted)
    found = []
    for part in PARTS:
        share = delivered if part == "D" else known[part]
        most = _HUNDRED * ruleset.weights[part] / whole if part in counted else None
        points = delivered * share * most if most is not None and share is not None else Decimal(0)
        found.append(Contribution(part, share, most, points))
    return found
