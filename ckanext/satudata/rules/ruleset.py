"""The rule set: every number of the score, as versioned data."""

from __future__ import annotations

import functools
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import MISSING, dataclass, fields
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import yaml

from ..calendar.quarters import Quarter
from ..calendar.workdays import WorkCalendar
from ..text import N_
from . import reading
from .reading import RuleSetError

PARTS = ("D", "T", "M", "K", "Q")
FLOORS = ("M0", "Q")
MOST_DAYS = 366
"""No span of working days is longer."""
REQUIREMENTS = ("all_priority_delivered",)

#: The rule set that applies unless the portal names another file.
DEFAULT_PATH = Path(__file__).parent.parent / "schemas" / "rulesets" / "baku.yaml"


@dataclass(frozen=True)
class Band:
    """Scores from ``start`` (inclusive) up to the next better band (exclusive)."""

    key: str
    start: Decimal
    requires: str | None = None


@dataclass(frozen=True)
class Group:
    """Peer group of organisations with ``start`` to ``end`` duties per year (inclusive)."""

    key: str
    start: int
    end: int | None


@dataclass(frozen=True)
class RuleSet:
    """A validated rule set. Shares are 0–1, scores 0–100, days are working days.

    Keys that came after the first edition have a default: what the rules said before. A file
    may leave them out, and a rule set that keeps to the default keeps its hash.
    ``valid_from`` and ``valid_to`` (inclusive) propose the days of a decree; who signs the rule
    set may decide otherwise.
    """

    name: str
    version: int
    decree: str | None
    uji_coba: bool
    weights: Mapping[str, Decimal]
    priority_weight: int
    late_window_days: int
    cutoff_days: int
    review_days: int
    objection_days: int
    floors: Mapping[str, Decimal]
    incomplete_below: Decimal
    low_quality_below: Decimal
    awardable_unmeasured_max: Decimal
    excluded_max: Decimal
    bands: tuple[Band, ...]
    groups: tuple[Group, ...]
    min_group: int
    valid_from: date | None = None
    valid_to: date | None = None
    mend_days: int = 5
    review_free_days: int = 3
    received_free_days: int = 3
    review_every_delivery: bool = False
    opd_approval: bool = False
    approval_days: int = 3

    def canonical(self) -> str:
        """Return the canonical JSON of all content: equal numbers give equal text."""
        content = {
            field.name: _plain(getattr(self, field.name))
            for field in fields(self)
            if field.default is MISSING or getattr(self, field.name) != field.default
        }
        return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)

    @functools.cached_property
    def hash(self) -> str:
        """SHA-256 (hex) of the canonical JSON."""
        return hashlib.sha256(self.canonical().encode()).hexdigest()

    def __hash__(self) -> int:
        return hash(self.hash)

    def cutoff(self, quarter: Quarter, calendar: WorkCalendar) -> date:
        """Return the last day on which deliveries of a quarter that opens by these rules count."""
        return calendar.add_workdays(quarter.end, self.cutoff_days)

    def group_of(self, duties_per_year: int) -> Group | None:
        """Return the peer group for a number of duties per year; None where none fits."""
        for group in self.groups:
            if duties_per_year >= group.start and (
                group.end is None or duties_per_year <= group.end
            ):
                return group
        return None


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return format(value.normalize(), "f")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    if isinstance(value, Band | Group):
        return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
    return value


def load_ruleset(source: Path | str = DEFAULT_PATH) -> RuleSet:
    """Read a rule set from a YAML file, or from YAML text (a ``str`` with more than one line).

    :raises RuleSetError: naming the place, the fault and the way to mend it
    """
    if isinstance(source, str) and "\n" not in source:
        source = Path(source)
    where = str(source) if isinstance(source, Path) else reading.WHOLE
    try:
        text = source.read_text(encoding="utf-8") if isinstance(source, Path) else source
        # Numbers stay text until they become Decimal: 0.35 must not pass through a float.
        content = yaml.load(text, Loader=yaml.BaseLoader)
    except OSError as error:
        raise RuleSetError(
            where,
            N_("cannot be read ({reason})"),
            N_("Check the path and its permissions."),
            reason=error.strerror,
        ) from error
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise RuleSetError(
            where,
            N_("is no valid YAML at line {line}, column {column}"),
            N_("Mend the named line, or the one above it."),
            line=mark.line + 1,
            column=mark.column + 1,
        ) from error
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError) as error:
        raise RuleSetError(
            where, N_("is no valid YAML ({reason})"), N_("Mend the named line."), reason=error
        ) from error
    return _Reader(content).ruleset()


class _Reader:
    """Reads the parts of a rule set; each fault names its key."""

    def __init__(self, content: Any) -> None:
        known = fields(RuleSet)
        later = {field.name for field in known if field.default is not MISSING}
        self.content = reading.mapping(
            reading.WHOLE, content, [field.name for field in known], later
        )

    def ruleset(self) -> RuleSet:
        c = self.content
        decree = reading.nothing(c["decree"])
        return RuleSet(
            name=reading.text("name", c["name"]),
            version=reading.whole("version", c["version"], 1),
            decree=reading.text("decree", decree) if decree else None,
            uji_coba=reading.yes("uji_coba", c["uji_coba"]),
            weights=self._weights(),
            priority_weight=reading.whole("priority_weight", c["priority_weight"], 1),
            late_window_days=self._days("late_window_days", 1),
            cutoff_days=self._days("cutoff_days", 0),
            review_days=self._days("review_days", 0),
            objection_days=self._days("objection_days", 0),
            floors=self._shares("floors", FLOORS),
            incomplete_below=reading.share("incomplete_below", c["incomplete_below"]),
            low_quality_below=reading.share("low_quality_below", c["low_quality_below"]),
            awardable_unmeasured_max=reading.share(
                "awardable_unmeasured_max", c["awardable_unmeasured_max"]
            ),
            excluded_max=reading.share("excluded_max", c["excluded_max"]),
            bands=self._bands(),
            groups=self._groups(),
            min_group=reading.whole("min_group", c["min_group"], 1),
            **self._later(),
        )

    def _days(self, key: str, least: int = 0) -> int:
        return reading.whole(key, self.content[key], least, MOST_DAYS)

    def _later(self) -> dict[str, Any]:
        """The keys that may be left out, those that are there."""
        readers = {
            "int": lambda key, _value: self._days(key),
            "bool": reading.yes,
            "date | None": reading.day,
        }
        found = {
            field.name: readers[str(field.type)](field.name, self.content[field.name])
            for field in fields(RuleSet)
            if field.default is not MISSING and field.name in self.content
        }
        start, end = found.get("valid_from"), found.get("valid_to")
        if end and (start is None or end < start):
            raise RuleSetError(
                "valid_to",
                N_("lies before valid_from, or that is missing"),
                N_("Write both days, the first one first."),
            )
        return found

    def _weights(self) -> dict[str, Decimal]:
        weights = self._shares("weights", PARTS)
        if sum(weights.values()) != 1:
            raise RuleSetError(
                "weights",
                N_("add up to {sum}"),
                N_("Change them so that D + T + M + K + Q is exactly 1."),
                sum=sum(weights.values()),
            )
        if not weights["D"]:
            raise RuleSetError(
                "weights.D", N_("is 0"), N_("Give the delivery itself a weight above 0.")
            )
        return weights

    def _shares(self, key: str, parts: Sequence[str]) -> dict[str, Decimal]:
        content = reading.mapping(key, self.content[key], parts)
        return {part: reading.share(f"{key}.{part}", content[part]) for part in parts}

    def _bands(self) -> tuple[Band, ...]:
        bands = []
        for where, item in self._list("bands"):
            entry = reading.mapping(
                where, {"requires": "null", **item}, ["key", "from", "requires"]
            )
            requires = reading.nothing(entry["requires"])
            if requires is not None and requires not in REQUIREMENTS:
                raise RuleSetError(
                    f"{where}.requires",
                    N_("{value!r} is unknown"),
                    N_("Known: {known}."),
                    value=requires,
                    known=", ".join(REQUIREMENTS),
                )
            start = reading.number(f"{where}.from", entry["from"], Decimal(100))
            bands.append(Band(reading.key(f"{where}.key", entry["key"]), start, requires))
        self._check_keys("bands", [band.key for band in bands])
        starts = [band.start for band in bands]
        if starts != sorted(set(starts), reverse=True) or starts[-1] != 0:
            raise RuleSetError(
                "bands",
                N_("do not cover 0 to 100 without gap and overlap"),
                N_("List them from the best down, each with a smaller 'from', the last with 0."),
            )
        if bands[-1].requires:
            raise RuleSetError(
                "bands", N_("the lowest band requires something"), N_("Take 'requires' out of it.")
            )
        return tuple(bands)

    def _groups(self) -> tuple[Group, ...]:
        groups = []
        for where, item in self._list("groups"):
            entry = reading.mapping(where, item, ["key", "from", "to"])
            start = reading.whole(f"{where}.from", entry["from"], 0)
            end = reading.nothing(entry["to"])
            upper = None if end is None else reading.whole(f"{where}.to", end, start)
            groups.append(Group(reading.key(f"{where}.key", entry["key"]), start, upper))
        self._check_keys("groups", [group.key for group in groups])
        ends = [group.end for group in groups]
        starts = [group.start for group in groups]
        if ends[-1] is not None or starts[1:] != [None if e is None else e + 1 for e in ends[:-1]]:
            raise RuleSetError(
                "groups",
                N_("leave a gap, overlap or end"),
                N_("Let each group start one above the end of the one before, the last to: null."),
            )
        return tuple(groups)

    def _check_keys(self, where: str, keys: list[str]) -> None:
        if len(set(keys)) < len(keys):
            raise RuleSetError(where, N_("two have the same key"), N_("Give each its own key."))

    def _list(self, key: str) -> list[tuple[str, dict[str, Any]]]:
        value = self.content[key]
        if not isinstance(value, list) or not value or not all(isinstance(i, dict) for i in value):
            raise RuleSetError(key, N_("is no list of entries"), N_("See the default rule set."))
        return [(f"{key}[{index}]", item) for index, item in enumerate(value, 1)]
