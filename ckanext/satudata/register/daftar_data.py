"""Import of a Daftar Data: from the rows of a file to items, every row accounted for.

``make_plan`` only reads; ``apply`` writes all or nothing. Meaning of the columns and the identity
of an item: compliance rules §1. A name "*" says that the datum is the indicator (IKU) itself.
Placeholders ("*", "***", "-") in unit and classification mean "not stated" and are kept as "".
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ..opd import succession
from ..tables import Row, Table
from ..text import normalise
from . import columns as column_names
from . import queries, rhythms
from .producers import Producers

_PLACEHOLDER = re.compile(r"[\W_]*|n/?a|xxx+", re.IGNORECASE)
_FOOTNOTE = re.compile(r"\s*\*+\d*$")
_YES = {"ya", "y", "yes", "1", "true", "v", "x", "prioritas", "boleh"}
_SCALARS = ("name", "unit", "classification", "is_indicator", "dynamic")

OUTCOMES = ("created", "merged", "unchanged", "changed", "refused", "pending")
"""What can become of a row; each row has exactly one."""


@dataclass(frozen=True)
class RowReport:
    """What became of one row, and why where it is not plain."""

    line: int | None
    outcome: str
    producer: str
    name: str
    code: str | None = None
    values: dict[str, Any] = field(default_factory=dict)


@dataclass
class Wish:
    """An item as the file wants it; several rows of the file may ask for the same one."""

    identity: str
    org_id: str
    contributors: list[str]
    name: str
    unit: str
    classification: str
    producer_cell: str
    optional: dict[str, Any]
    indicators: list[str] = field(default_factory=list)
    is_indicator: bool = False
    dynamic: bool = True
    timing: list[tuple[str, str | None]] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)
    rhythms: list[rhythms.Rhythm] = field(default_factory=list)
    item_id: str | None = None
    changes: list[str] = field(default_factory=list)
    before: dict[str, Any] = field(default_factory=dict)

    @property
    def needs_schedule(self) -> rhythms.Rhythm | None:
        """The first rhythm for which someone has to say when it is due."""
        return next((each for each in self.rhythms if each.needs_schedule), None)

    def columns(self) -> dict[str, Any]:
        """Column values of the item."""
        return {
            "org_id": self.org_id,
            "contributors": self.contributors,
            "indicators": self.indicators,
            **{name: getattr(self, name) for name in _SCALARS},
            **self.optional,
        }


@dataclass
class ImportPlan:
    """What an import would do, or did. ``counts`` of the outcomes add up to ``read``."""

    read: int = 0
    rows: list[RowReport] = field(default_factory=list)
    created: list[Wish] = field(default_factory=list)
    changed: list[Wish] = field(default_factory=list)
    unchanged: list[Wish] = field(default_factory=list)
    pending: dict[str, list[int]] = field(default_factory=dict)
    candidates: dict[str, list[tuple[str, str, float]]] = field(default_factory=dict)
    not_in_file: int = 0
    note: str = ""

    @property
    def to_schedule(self) -> int:
        """Items to be created that owe nothing until someone gives them a schedule."""
        return sum(1 for wish in self.created if wish.needs_schedule)

    def counts(self) -> dict[str, int]:
        """Rows by outcome, then facts beside them (``to_schedule`` is a part of ``created``)."""
        outcomes = Counter(row.outcome for row in self.rows if row.line)
        return {
            "read": self.read,
            **{outcome: outcomes[outcome] for outcome in OUTCOMES},
            "to_schedule": self.to_schedule,
            "not_in_file": self.not_in_file,
        }

    def report(self) -> list[dict[str, Any]]:
        """The rows worth a look, as plain values: all but the plainly created and unchanged."""
        return [vars(row) for row in self.rows if row.code]


def stated(cell: str) -> str:
    """Return the cell, or "" where it only holds a placeholder such as "*" or "***".

    >>> stated("***"), stated("%"), stated("kab/kot")
    ('', '%', 'kab/kot')
    """
    return "" if cell != "%" and _PLACEHOLDER.fullmatch(cell) else cell


def identity(org_id: str, name: str, unit: str, classification: str) -> str:
    """Return the key of an item: producer, name, unit and classification in normal form."""
    parts = [org_id, *(normalise(each) or each for each in (name, unit, classification))]
    return hashlib.sha256(json.dumps(parts, ensure_ascii=False).encode()).hexdigest()


def make_plan(
    table: Table, mapping: Mapping[str, str], producers: Producers | None = None
) -> ImportPlan:
    """Return what importing ``table`` does to the register as it is now. Writes nothing.

    :raises TableError: unusable columns, or a file that breaks off
    """
    columns = column_names.recognise(table.header, mapping)
    reader = _Reader(columns, producers or Producers(ended=succession.all_ended()))
    for row in table.rows:
        reader.take(row)
    plan = reader.plan
    plan.note = table.note
    _compare(plan, list(reader.wishes.values()))
    plan.rows.sort(key=lambda row: (row.line is None, row.line or 0))
    return plan


class _Reader:
    """Turns rows into wishes; rows that ask for the same item become one."""

    def __init__(self, columns: Mapping[str, str], producers: Producers) -> None:
        self.columns = columns
        self.producers = producers
        self.wishes: dict[str, Wish] = {}
        self.seen: dict[tuple[str, ...], int] = {}
        self.plan = ImportPlan()

    def take(self, row: Row) -> None:
        """Account for one row."""
        self.plan.read += 1
        cells = {name: row.cells.get(column, "") for name, column in self.columns.items()}
        producer, indicator = cells["producer"], _FOOTNOTE.sub("", cells.get("indicator", ""))
        is_indicator = cells["name"] == "*"
        name = indicator if is_indicator else _FOOTNOTE.sub("", cells["name"])
        code = self._fault(row, producer, name, is_indicator)
        if code:
            self._report(row, "refused", producer, cells["name"], code)
            return
        who = self.producers.read(producer)
        if who.org_id is None:
            self._wait(row, producer, name, who.unknown)
            return
        self._wish(row, cells, name, indicator, is_indicator, who.org_id, list(who.contributors))

    @staticmethod
    def _fault(row: Row, producer: str, name: str, is_indicator: bool) -> str | None:
        if row.fault:
            return "ragged"
        if not stated(producer):
            return "no_producer"
        if not stated(name):
            return "no_indicator" if is_indicator else "no_name"
        return None

    def _report(
        self, row: Row, outcome: str, producer: str, name: str, code: str | None, **values: Any
    ) -> None:
        self.plan.rows.append(RowReport(row.line, outcome, producer, name, code, values))

    def _wait(self, row: Row, producer: str, name: str, unknown: Iterable[str]) -> None:
        for spelling in unknown:
            self.plan.pending.setdefault(spelling, []).append(row.line)
            self.plan.candidates.setdefault(spelling, self.producers.candidates(spelling))
        ended = [spelling for spelling in unknown if self.producers.has_ended(spelling)]
        code = "ended_producer" if ended else "unknown_producer"
        self._report(row, "pending", producer, name, code, spelling=" / ".join(ended or unknown))

    def _wish(
        self,
        row: Row,
        cells: dict[str, str],
        name: str,
        indicator: str,
        is_indicator: bool,
        org_id: str,
        contributors: list[str],
    ) -> None:
        unit, classification = (stated(cells.get(each, "")) for each in ("unit", "classification"))
        key = identity(org_id, name, unit, classification)
        wish = self.wishes.get(key)
        if wish is None:
            wish = self.wishes[key] = Wish(
                key, org_id, [], name, unit, classification, cells["producer"], {}
            )
        else:
            repeated = self.seen.get(tuple(row.cells.values()))
            self._report(
                row,
                "merged",
                cells["producer"],
                name,
                "repeated" if repeated else "merged",
                line=repeated or wish.lines[0],
            )
        self.seen.setdefault(tuple(row.cells.values()), row.line)
        wish.lines.append(row.line)
        wish.contributors += [each for each in contributors if each not in wish.contributors]
        if stated(indicator) and not is_indicator and indicator not in wish.indicators:
            wish.indicators.append(indicator)
        wish.is_indicator |= is_indicator
        wish.optional |= _optional(cells)
        frequency = cells.get("frequency", "")
        wish.dynamic &= not rhythms.is_static(frequency)
        timing = (frequency, cells.get("schedule"))
        if timing not in wish.timing:
            wish.timing.append(timing)


def _optional(cells: Mapping[str, str]) -> dict[str, Any]:
    """Fields that many registers lack; what the file does not have stays as it is."""
    values: dict[str, Any] = {}
    for flag in ("priority", "allow_nihil"):
        if flag in cells:
            values[flag] = normalise(cells[flag]) in _YES
    for text in ("theme", "legal_basis"):
        if text in cells:
            values[text] = stated(cells[text]) or None
    return values


def _compare(plan: ImportPlan, wishes: list[Wish]) -> None:
    """Sort the wishes into created, changed and unchanged, with the row that speaks for each."""
    known = queries.items_by_identity()
    for wish in wishes:
        wish.indicators.sort()
        wish.rhythms = rhythms.settle(wish.timing)
        item = known.pop(wish.identity, None)
        code, values = None, {}
        if item is None:
            outcome, target = "created", plan.created
            if wish.needs_schedule:
                code = wish.needs_schedule.reason
        else:
            wish.item_id = item["id"]
            wish.changes, wish.before = _differences(wish, item), item
            outcome, target = (
                ("changed", plan.changed) if wish.changes else ("unchanged", plan.unchanged)
            )
            if wish.changes:
                code, values = "changed", {"fields": wish.changes}
        target.append(wish)
        plan.rows.append(
            RowReport(wish.lines[0], outcome, wish.producer_cell, wish.name, code, values)
        )
    producers = {wish.org_id for wish in wishes}
    for item in known.values():
        if item["org_id"] in producers and item["valid_to"] is None:
            plan.not_in_file += 1
            plan.rows.append(
                RowReport(None, "not_in_file", item["org_title"], item["name"], "not_in_file")
            )


def _differences(wish: Wish, item: Mapping[str, Any]) -> list[str]:
    """Names of what the file wants otherwise than the register has it."""
    changes = [name for name, value in wish.columns().items() if item[name] != value]
    kept = item["rhythms"]
    raws = {(each["frequency_raw"], each["schedule_raw"]) for each in kept}
    wanted = {(each.frequency_raw, each.schedule_raw) for each in wish.rhythms}
    if raws != wanted:
        changes.append("schedule")
    elif not any(each["decided_schedule"] for each in kept):
        read = {each.frequency: (each.state, each.rules) for each in wish.rhythms}
        if read != {each["frequency"]: (each["state"], each["rules"]) for each in kept}:
            changes.append("schedule")
    return changes
