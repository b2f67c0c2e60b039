"""Score of one obligation and of an organisation (compliance design, section 3).

``S = 100 · D · (wD + wT·T + wM·M + wK·K + wQ·Q)``. A part that is None was not measured for
our reasons: it leaves the row and the other weights are rescaled to 1. A part that the OPD
left out is 0, not None.

All arithmetic is Decimal with :data:`PRECISION` digits. Sums stay unrounded; a published
value is rounded once, by :func:`round_score`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, localcontext

from .ruleset import RuleSet

Number = Decimal | int | float

PRECISION = 40
NOISE_DIGITS = 9
CATEGORY_PARTS = {"kelengkapan": ("K", "M"), "ketepatan": ("T",), "kualitas": ("Q",)}
"""The award categories and the parts whose mean is a category's x."""
CATEGORIES = tuple(CATEGORY_PARTS)

_HUNDRED = Decimal(100)


def round_score(value: Decimal | None) -> Decimal | None:
    """Round a score to two decimals, half up; None stays None.

    Division leaves a trace far behind the decimal point (1/14 has no end), which would push an
    exact half down. So what is below :data:`NOISE_DIGITS` decimals is cleared first; SQL does
    the same.
    """
    if value is None:
        return None
    cleared = value.quantize(Decimal(1).scaleb(-NOISE_DIGITS), rounding=ROUND_HALF_UP)
    return cleared.quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)


def timeliness(workdays_late: int, window: int) -> Decimal:
    """Return T: 1 on time, 0 from ``window`` working days late, straight between."""
    with _exact():
        return max(Decimal(0), 1 - Decimal(max(0, workdays_late)) / window)


@contextmanager
def _exact() -> Iterator[None]:
    with localcontext() as context:
        context.prec = PRECISION
        yield


def _decimal(value: Number | None) -> Decimal | None:
    """Return a share 0–1 as Decimal; a float by its shortest text, as PostgreSQL reads it."""
    if value is None:
        return None
    number = Decimal(str(value)) if isinstance(value, float) else Decimal(value)
    if not number.is_finite() or not 0 <= number <= 1:
        raise ValueError(f"a part is a share from 0 to 1, not {value}")
    return number


@dataclass(frozen=True)
class Parts:
    """The measured facts of one obligation; shares are 0–1, None is "not measured".

    ``received``: content held by the cutoff for this period that is machine-readable, has rows
    and was not refused; or an accepted nihil. ``M0``: share of the unconditional mandatory
    metadata, for the floor only. ``nihil``: it was an accepted nihil, so only D and T count.
    """

    received: bool
    T: Number | None = None
    M: Number | None = None
    K: Number | None = None
    Q: Number | None = None
    M0: Number | None = None
    nihil: bool = False


@dataclass(frozen=True)
class Score:
    """Score of one obligation.

    ``total`` is S (0–100, unrounded). ``categories``: x (0–1) of each award category that the
    row belongs to; ``unmeasured``: for each of these the share (0–1) of x that was not measured
    for our reasons (1 means that x is None). ``floors_failed``: keys of the rule set's floors.
    """

    total: Decimal
    D: int
    parts: Mapping[str, Decimal | None]
    categories: Mapping[str, Decimal | None]
    unmeasured: Mapping[str, Decimal]
    floors_failed: tuple[str, ...]
    nihil: bool


def floors_failed(parts: Parts, ruleset: RuleSet) -> tuple[str, ...]:
    """Return the floors that a received delivery fails; an unmeasured part fails none."""
    if not parts.received or parts.nihil:
        return ()
    measured = {"M0": _decimal(parts.M0), "Q": _decimal(parts.Q)}
    return tuple(
        key
        for key, floor in ruleset.floors.items()
        if (value := measured[key]) is not None and value < floor
    )


def obligation_score(parts: Parts, ruleset: RuleSet) -> Score:
    """Score one obligation that is due and not waived.

    :raises ValueError: when a part is no share from 0 to 1
    """
    failed = floors_failed(parts, ruleset)
    delivered = int(parts.received and not failed)
    values = {"T": _decimal(parts.T)}
    for key in ("M", "K", "Q"):
        values[key] = None if parts.nihil else _decimal(getattr(parts, key))
    with _exact():
        total = delivered * _HUNDRED * _weighted(values, ruleset)
    categories, unmeasured = _categories(delivered, values, parts.nihil)
    return Score(total, delivered, values, categories, unmeasured, failed, parts.nihil)


def _weighted(values: Mapping[str, Decimal | None], ruleset: RuleSet) -> Decimal:
    """Return the weighted mean of D = 1 and the measured parts."""
    weights = ruleset.weights
    measured = {key: value for key, value in values.items() if value is not None}
    gained = weights["D"] + sum(weights[key] * value for key, value in measured.items())
    return gained / (weights["D"] + sum(weights[key] for key in measured))


def _categories(
    delivered: int, values: Mapping[str, Decimal | None], nihil: bool
) -> tuple[dict[str, Decimal | None], dict[str, Decimal]]:
    """Return x of each award category and the unmeasured share of x.

    Not delivered counts 0 everywhere and leaves nothing unmeasured. Nihil belongs to
    Ketepatan only.
    """
    belongs = ("ketepatan",) if nihil else CATEGORIES
    if not delivered:
        return dict.fromkeys(belongs, Decimal(0)), dict.fromkeys(belongs, Decimal(0))
    x: dict[str, Decimal | None] = {}
    unmeasured: dict[str, Decimal] = {}
    for category in belongs:
        keys = CATEGORY_PARTS[category]
        measured = [value for key in keys if (value := values[key]) is not None]
        with _exact():
            x[category] = sum(measured) / Decimal(len(measured)) if measured else None
            unmeasured[category] = 1 - Decimal(len(measured)) / len(keys)
    return x, unmeasured


@dataclass(frozen=True)
class OrgRow:
    """One due and not waived obligation of an organisation or of its pooled subtree."""

    score: Score
    priority: bool = False


@dataclass(frozen=True)
class OrgScore:
    """Result of an organisation; scores are 0–100 with two decimals, None is n/a.

    ``unmeasured`` and ``awardable`` are per award category; a category without any measured
    row is None and not awardable.
    """

    total: Decimal | None
    kelengkapan: Decimal | None
    ketepatan: Decimal | None
    kualitas: Decimal | None
    n: int
    weight: int
    unmeasured: Mapping[str, Decimal]
    awardable: Mapping[str, bool]
    all_priority_delivered: bool


def organisation_score(rows: Iterable[OrgRow], ruleset: RuleSet) -> OrgScore:
    """Score an organisation over its due and not waived rows, pooled and weighted."""
    weighed = [(row, ruleset.priority_weight if row.priority else 1) for row in rows]
    weight = sum(w for _, w in weighed)
    with _exact():
        total = (
            sum((w * row.score.total for row, w in weighed), Decimal(0)) / weight
            if weight
            else None
        )
    scores: dict[str, Decimal | None] = {}
    unmeasured: dict[str, Decimal] = {}
    for category in CATEGORIES:
        scores[category], unmeasured[category] = _category_score(weighed, category)
    return OrgScore(
        total=round_score(total),
        **scores,
        n=len(weighed),
        weight=weight,
        unmeasured=unmeasured,
        awardable={
            category: scores[category] is not None
            and unmeasured[category] <= ruleset.awardable_unmeasured_max
            for category in CATEGORIES
        },
        all_priority_delivered=all(row.score.D for row, _ in weighed if row.priority),
    )


def _category_score(
    weighed: list[tuple[OrgRow, int]], category: str
) -> tuple[Decimal | None, Decimal]:
    """Return the score of a category and the share of its weight that was not measured."""
    members = [(row.score, w) for row, w in weighed if category in row.score.categories]
    measured = [(x, w) for score, w in members if (x := score.categories[category]) is not None]
    with _exact():
        value = None
        if measured:
            value = sum(_HUNDRED * w * x for x, w in measured) / sum(w for _, w in measured)
        missing = Decimal(0)
        if members:
            missing = sum(w * score.unmeasured[category] for score, w in members) / Decimal(
                sum(w for _, w in members)
            )
    return round_score(value), missing


def rankable(duties: int, nihil: int, waived: int, ruleset: RuleSet) -> bool:
    """Tell whether enough real duties are left to rank and award.

    :param duties: all duties that were due, those nihil and waived included
    """
    return duties > nihil + waived and nihil + waived <= ruleset.excluded_max * duties


def band(score: Decimal | None, all_priority_delivered: bool, ruleset: RuleSet) -> str | None:
    """Return the key of the band of a score **as rounded**; None for n/a.

    A band whose requirement is not met gives way to the next lower one.
    """
    if score is None:
        return None
    for candidate in ruleset.bands:
        if score >= candidate.start and (candidate.requires is None or all_priority_delivered):
            return candidate.key
    raise ValueError(f"a score is at least 0, not {score}")
