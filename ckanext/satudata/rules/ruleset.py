"""The rule set: every number of the score, as versioned data."""

from __future__ import annotations

import difflib
import hashlib
import json
import re
from collections.abc import Mapping, Sequence, Set
from dataclasses import MISSING, dataclass, fields
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

import yaml

PARTS = ("D", "T", "M", "K", "Q")
FLOORS = ("M0", "Q")
REQUIREMENTS = ("all_priority_delivered",)

#: The rule set that applies unless the portal names another file.
DEFAULT_PATH = Path(__file__).parent.parent / "schemas" / "rulesets" / "baku.yaml"


class RuleSetError(ValueError):
    """A rule set is not usable: what is wrong, where, and how to mend it."""

    def __init__(self, where: str, what: str, mend: str) -> None:
        super().__init__(f"{where}: {what}. {mend}")
        self.where = where
        self.what = what
        self.mend = mend


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

    @property
    def hash(self) -> str:
        """SHA-256 (hex) of the canonical JSON."""
        return hashlib.sha256(self.canonical().encode()).hexdigest()

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
    where = str(source) if isinstance(source, Path) else "rule set"
    try:
        text = source.read_text(encoding="utf-8") if isinstance(source, Path) else source
        # Numbers stay text until they become Decimal: 0.35 must not pass through a float.
        content = yaml.load(text, Loader=yaml.BaseLoader)
    except OSError as error:
        raise RuleSetError(
            where, f"cannot be read ({error.strerror})", "Check the path and its permissions."
        ) from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise RuleSetError(where, f"is no valid YAML ({error})", "Mend the named line.") from error
    return _Reader(content).ruleset()


class _Reader:
    """Reads the parts of a rule set; each fault names its key."""

    def __init__(self, content: Any) -> None:
        known = fields(RuleSet)
        later = {field.name for field in known if field.default is not MISSING}
        self.content = self._mapping("rule set", content, [field.name for field in known], later)

    def ruleset(self) -> RuleSet:
        c = self.content
        return RuleSet(
            name=self._text("name", c["name"]),
            version=self._int("version", c["version"], 1),
            decree=_null(c["decree"]),
            uji_coba=self._bool("uji_coba", c["uji_coba"]),
            weights=self._weights(),
            priority_weight=self._int("priority_weight", c["priority_weight"], 1),
            late_window_days=self._int("late_window_days", c["late_window_days"], 1),
            cutoff_days=self._int("cutoff_days", c["cutoff_days"], 0),
            review_days=self._int("review_days", c["review_days"], 0),
            objection_days=self._int("objection_days", c["objection_days"], 0),
            floors=self._shares("floors", FLOORS),
            incomplete_below=self._share("incomplete_below", c["incomplete_below"]),
            low_quality_below=self._share("low_quality_below", c["low_quality_below"]),
            awardable_unmeasured_max=self._share(
                "awardable_unmeasured_max", c["awardable_unmeasured_max"]
            ),
            excluded_max=self._share("excluded_max", c["excluded_max"]),
            bands=self._bands(),
            groups=self._groups(),
            min_group=self._int("min_group", c["min_group"], 1),
            **self._later(),
        )

    def _later(self) -> dict[str, Any]:
        """The keys that may be left out, those that are there."""
        readers = {
            "int": lambda key, value: self._int(key, value, 0),
            "bool": self._bool,
            "date | None": self._date,
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
                "lies before valid_from, or that is missing",
                "Write both days, the first one first.",
            )
        return found

    def _weights(self) -> dict[str, Decimal]:
        weights = self._shares("weights", PARTS)
        if sum(weights.values()) != 1:
            raise RuleSetError(
                "weights",
                f"add up to {sum(weights.values())}",
                "Change them so that D + T + M + K + Q is exactly 1.",
            )
        if not weights["D"]:
            raise RuleSetError("weights.D", "is 0", "Give the delivery itself a weight above 0.")
        return weights

    def _shares(self, key: str, parts: Sequence[str]) -> dict[str, Decimal]:
        content = self._mapping(key, self.content[key], parts)
        return {part: self._share(f"{key}.{part}", content[part]) for part in parts}

    def _bands(self) -> tuple[Band, ...]:
        bands = []
        for where, item in self._list("bands"):
            entry = self._mapping(where, {"requires": "null", **item}, ["key", "from", "requires"])
            requires = _null(entry["requires"])
            if requires is not None and requires not in REQUIREMENTS:
                raise RuleSetError(
                    f"{where}.requires",
                    f"{requires!r} is unknown",
                    f"Known: {', '.join(REQUIREMENTS)}.",
                )
            start = self._number(f"{where}.from", entry["from"], Decimal(100))
            bands.append(Band(self._key(f"{where}.key", entry["key"]), start, requires))
        self._check_keys("bands", [band.key for band in bands])
        starts = [band.start for band in bands]
        if starts != sorted(set(starts), reverse=True) or starts[-1] != 0:
            raise RuleSetError(
                "bands",
                "do not cover 0 to 100 without gap and overlap",
                "List them from the best down, each with a smaller 'from', the last one with 0.",
            )
        if bands[-1].requires:
            raise RuleSetError(
                "bands", "the lowest band requires something", "Take 'requires' out of it."
            )
        return tuple(bands)

    def _groups(self) -> tuple[Group, ...]:
        groups = []
        for where, item in self._list("groups"):
            entry = self._mapping(where, item, ["key", "from", "to"])
            start = self._int(f"{where}.from", entry["from"], 0)
            end = _null(entry["to"])
            upper = None if end is None else self._int(f"{where}.to", end, start)
            groups.append(Group(self._key(f"{where}.key", entry["key"]), start, upper))
        self._check_keys("groups", [group.key for group in groups])
        ends = [group.end for group in groups]
        starts = [group.start for group in groups]
        if ends[-1] is not None or starts[1:] != [None if e is None else e + 1 for e in ends[:-1]]:
            raise RuleSetError(
                "groups",
                "leave a gap, overlap or end",
                "Let each group start one above the end of the one before, the last with to: null.",
            )
        return tuple(groups)

    def _check_keys(self, where: str, keys: list[str]) -> None:
        if len(set(keys)) < len(keys):
            raise RuleSetError(where, "two have the same key", "Give each its own key.")

    def _list(self, key: str) -> list[tuple[str, dict[str, Any]]]:
        value = self.content[key]
        if not isinstance(value, list) or not value or not all(isinstance(i, dict) for i in value):
            raise RuleSetError(key, "is no list of entries", "See the default rule set.")
        return [(f"{key}[{index}]", item) for index, item in enumerate(value, 1)]

    @staticmethod
    def _mapping(
        where: str, value: Any, keys: Sequence[str], optional: Set[str] = frozenset()
    ) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise RuleSetError(where, "is no list of keys and values", f"Keys: {', '.join(keys)}.")
        for key in value:
            if key not in keys:
                near = difflib.get_close_matches(str(key), keys, 1)
                mend = f"Did you mean {near[0]!r}?" if near else f"Known: {', '.join(keys)}."
                raise RuleSetError(where, f"key {key!r} is unknown", mend)
        for key in keys:
            if key not in value and key not in optional:
                raise RuleSetError(
                    where, f"key {key!r} is missing", "Copy it from the default rule set."
                )
        return value

    @staticmethod
    def _text(where: str, value: Any) -> str:
        if not isinstance(value, str) or not value.strip():
            raise RuleSetError(where, "is empty or no text", "Write a short text.")
        return value.strip()

    @classmethod
    def _key(cls, where: str, value: Any) -> str:
        key = cls._text(where, value)
        if not re.fullmatch(r"[a-z][a-z0-9_]*", key):
            raise RuleSetError(
                where, f"{key!r} is no key", "Use small letters, digits and underscores."
            )
        return key

    @staticmethod
    def _bool(where: str, value: Any) -> bool:
        if value not in ("true", "false"):
            raise RuleSetError(where, f"{value!r} is neither true nor false", "Write one of them.")
        return value == "true"

    @staticmethod
    def _date(where: str, value: Any) -> date | None:
        text = _null(value)
        try:
            return date.fromisoformat(text) if text else None
        except ValueError as error:
            raise RuleSetError(
                where, f"{text!r} is no date", "Write it as year-month-day: 2027-01-01."
            ) from error

    @staticmethod
    def _int(where: str, value: Any, least: int) -> int:
        if not isinstance(value, str) or not value.isascii() or not value.isdigit():
            raise RuleSetError(where, f"{value!r} is no whole number", f"At least {least}.")
        if int(value) < least:
            raise RuleSetError(where, f"{value} is too small", f"At least {least}.")
        return int(value)

    @staticmethod
    def _number(where: str, value: Any, most: Decimal) -> Decimal:
        try:
            number = Decimal(value)
        except (InvalidOperation, TypeError, ValueError):
            number = Decimal("NaN")
        if not number.is_finite() or not 0 <= number <= most:
            raise RuleSetError(
                where, f"{value!r} is no number from 0 to {most}", "Use a point for decimals."
            )
        return number

    def _share(self, where: str, value: Any) -> Decimal:
        return self._number(where, value, Decimal(1))


def _null(value: Any) -> str | None:
    """Return the text of an optional value; YAML's ways to say "nothing" give None."""
    return None if value in ("", "null", "~", None) else str(value).strip()
