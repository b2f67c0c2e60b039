"""From the producer cell of a register to organisations; joint producers included."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Protocol

from ..opd.aliases import Matcher, ProducerMatch

_SLASH = re.compile(r"\s*[/;]\s*")
_AND = re.compile(r"\s+dan\s+", re.IGNORECASE)


@dataclass(frozen=True)
class Producer:
    """Who answers (``org_id``) and who contributes; or the spellings nobody has settled yet."""

    org_id: str | None
    contributors: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()


class Lookup(Protocol):
    """What is asked of the alias table."""

    def match(self, name: str) -> ProducerMatch: ...


class Producers:
    """Reads producer cells; each spelling is looked up once.

    A cell that names one organisation is that one. Else it is taken as joint producers
    ("A / B / C", "A dan B"): the first is the *penanggung jawab utama*, the others contribute,
    and each of them must be known. Nothing is guessed: what is unsure is left to a decision, and
    so is what means one of ``ended``, the ids of organisations that take nothing new.
    """

    def __init__(self, lookup: Lookup | None = None, ended: Collection[str] = ()) -> None:
        self._lookup = lookup or Matcher()
        self._ended = ended
        self._known: dict[str, Producer] = {}

    def read(self, cell: str) -> Producer:
        """Return the producer of a cell."""
        if cell not in self._known:
            self._known[cell] = self._read(cell)
        return self._known[cell]

    def candidates(self, spelling: str) -> list[tuple[str, str, float]]:
        """Return (organisation id, title, score) that a spelling may mean, the likeliest first."""
        return list(self._lookup.match(spelling).candidates)

    def has_ended(self, spelling: str) -> bool:
        """Whether a spelling is only unsettled because it means an organisation that has ended."""
        return self._lookup.match(spelling).org_id in self._ended

    def _id(self, name: str) -> str | None:
        return None if self.has_ended(name) else self._lookup.match(name).org_id

    def _read(self, cell: str) -> Producer:
        whole = self._id(cell)
        if whole:
            return Producer(whole)
        for parts in _splits(cell):
            found = [self._id(part) for part in parts]
            if all(found):
                first, *others = dict.fromkeys(org_id for org_id in found if org_id)
                return Producer(first, tuple(others))
        parts = _SLASH.split(cell)
        return Producer(None, unknown=tuple(part for part in parts if part and not self._id(part)))


def _splits(cell: str) -> Iterator[list[str]]:
    parts = [part for part in _SLASH.split(cell) if part]
    if len(parts) > 1:
        yield parts
        return
    for gap in _AND.finditer(cell):
        yield [cell[: gap.start()], cell[gap.end() :]]
