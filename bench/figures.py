"""A measured figure with its target, and the table of all of them."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True)
class Figure:
    """``measured`` must be at most ``target``; ``about`` says what was divided by what."""

    name: str
    measured: float
    target: float
    about: str

    @property
    def verdict(self) -> str:
        """``good`` or ``missed``."""
        return "good" if self.measured <= self.target else "missed"


def table(figures: list[Figure]) -> str:
    """The figures as lines of columns."""
    width = max((len(figure.name) for figure in figures), default=0)
    lines = [f"{'figure':{width}}  target  measured  verdict"]
    lines += [
        f"{one.name:{width}}  {one.target:6.2f}  {one.measured:8.2f}  {one.verdict:7}  {one.about}"
        for one in figures
    ]
    return "\n".join(lines)


def save(figures: list[Figure], file: Path) -> None:
    """Write the figures as JSON."""
    rows = [{**asdict(figure), "verdict": figure.verdict} for figure in figures]
    file.write_text(json.dumps(rows, indent=2) + "\n")
