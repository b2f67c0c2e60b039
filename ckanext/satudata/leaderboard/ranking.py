"""Places of the leaderboard, from figures and the rule set alone (compliance rules §7). Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from ..rules.ruleset import RuleSet
from ..rules.score import rankable

CATEGORIES = ("completeness", "timeliness", "quality")
"""The three award categories: Kelengkapan Data, Ketepatan Waktu, Kualitas Data."""

POOLS = ("perangkat", "kecamatan", "kelurahan", "uptd")
"""Kinds that are compared with each other; the last two have tables of their own."""


@dataclass(frozen=True)
class Entry:
    """What the ranking needs of one organisation; scores 0–100 rounded to two decimals.

    ``due`` counts the duties that fell due, ``nihil`` and ``waived`` those of
    them that are so. ``unmeasured`` is, per category, the share (0–1) that could
    not be measured for reasons not the organisation's own.
    """

    org_id: str
    pool: str
    duties_per_year: int
    total: Decimal | None
    completeness: Decimal | None
    timeliness: Decimal | None
    quality: Decimal | None
    due: int
    nihil: int
    waived: int
    unmeasured: Mapping[str, Decimal]


@dataclass(frozen=True)
class Place:
    """An entry with its rank; without one, ``reason`` says why.

    Reasons: ``no_duties``, ``few_duties``, ``nothing_due``, ``excluded``,
    ``unmeasured``, ``trial``, ``small_group``.
    """

    entry: Entry
    rank: int | None
    reason: str | None


@dataclass(frozen=True)
class Table:
    """One peer group: a pool and a size; ``size`` None holds those of no size group."""

    pool: str
    size: str | None
    places: tuple[Place, ...]


def competition_ranks(scores: Sequence[Decimal]) -> list[int]:
    """Rank of each score, highest first; equal scores share a rank: 1, 2, 2, 4."""
    ordered = sorted(scores, reverse=True)
    first: dict[Decimal, int] = {}
    for position, score in enumerate(ordered, 1):
        first.setdefault(score, position)
    return [first[score] for score in scores]


def sizes(ruleset: RuleSet) -> list[dict[str, Any]]:
    """Duties per year of the peer groups: ``key``, ``from`` and ``to`` (None: no upper end)."""
    return [{"key": group.key, "from": group.start, "to": group.end} for group in ruleset.groups]


def tables(entries: Sequence[Entry], ruleset: RuleSet) -> list[Table]:
    """Peer groups with places, in the order of :data:`POOLS` and of the rule set's groups.

    Within a group ranked entries come first, by rank; the others after them by
    total. Equal ones keep the order in which they came.
    """
    grouped: dict[tuple[str, str | None], list[Entry]] = defaultdict(list)
    for entry in entries:
        group = ruleset.group_of(entry.duties_per_year)
        grouped[entry.pool, group.key if group else None].append(entry)
    largest_first = [group.key for group in reversed(ruleset.groups)]
    keys = [(pool, size) for pool in POOLS for size in (*largest_first, None)]
    return [
        Table(pool, size, _places(grouped[pool, size], ruleset))
        for pool, size in keys
        if (pool, size) in grouped
    ]


def _places(entries: Sequence[Entry], ruleset: RuleSet) -> tuple[Place, ...]:
    reasons = {entry.org_id: _bar(entry, ruleset) for entry in entries}
    fit = [entry for entry in entries if reasons[entry.org_id] is None]
    if fit and len(fit) < ruleset.min_group:
        reasons.update({entry.org_id: "small_group" for entry in fit})
        fit = []
    ranks = dict(
        zip(
            (entry.org_id for entry in fit),
            competition_ranks([entry.total for entry in fit if entry.total is not None]),
            strict=True,
        )
    )
    places = [Place(entry, ranks.get(entry.org_id), reasons[entry.org_id]) for entry in entries]
    return tuple(sorted(places, key=_order))


def _order(place: Place) -> tuple[bool, Decimal]:
    total = place.entry.total
    return place.rank is None, -total if total is not None else Decimal(1)


def _bar(entry: Entry, ruleset: RuleSet) -> str | None:
    """Why an entry has no rank, as far as it lies in the entry itself."""
    if not entry.duties_per_year:
        return "no_duties"
    if ruleset.group_of(entry.duties_per_year) is None:
        return "few_duties"
    if not entry.due:
        return "nothing_due"
    if not rankable(entry.due, entry.nihil, entry.waived, ruleset):
        return "excluded"
    if entry.total is None:
        return "unmeasured"
    if ruleset.uji_coba:
        return "trial"
    return None


def winners(table: Table, category: str, ruleset: RuleSet) -> list[Entry]:
    """Best of the ranked entries in one category, several on a tie; empty where none qualifies.

    Who has more than the allowed share of the category unmeasured is not
    awardable in it. A score of 0 wins nothing.
    """
    fit = [
        place.entry
        for place in table.places
        if place.rank is not None
        and (getattr(place.entry, category) or 0) > 0
        and place.entry.unmeasured.get(category, 0) <= ruleset.awardable_unmeasured_max
    ]
    best = max((getattr(entry, category) for entry in fit), default=None)
    return [entry for entry in fit if getattr(entry, category) == best]
