"""What each number of a rule set means, in one sentence, and how two rule sets differ.

The page that explains the rules, the comparison and the simulator read these sentences: a key
without one fails a test, so no number judges anybody unexplained. Sentences are msgids.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from decimal import Decimal

from ..text import N_
from .ruleset import RuleSet

Value = Decimal | int | bool | str | None

#: Keys that say which rule set it is and from when it holds, not how it judges.
IDENTITY = ("name", "version", "decree", "valid_from", "valid_to")


@dataclass(frozen=True)
class Key:
    """A number of the rules.

    ``unit``: ``points`` (a share shown as points of 100), ``percent`` (a share), ``days``
    (working days), ``times``, ``number`` or ``yes`` (a switch).
    """

    unit: str
    label: str


WEIGHTS: Mapping[str, Key] = {
    "weights.D": Key("points", N_("Delivered: a table for this period has come by the cutoff")),
    "weights.T": Key(
        "points", N_("On time: full up to the due day, less with each working day after")
    ),
    "weights.M": Key("points", N_("Metadata: mandatory fields that are filled and valid")),
    "weights.K": Key(
        "points", N_("Complete content: expected areas and periods are there, no empty cells")
    ),
    "weights.Q": Key("points", N_("Content checks: those passed, of those that were run")),
}
DAYS: Mapping[str, Key] = {
    "late_window_days": Key(
        "days", N_("Over this time after the due day the points for time fall to nothing")
    ),
    "cutoff_days": Key(
        "days", N_("From the end of the quarter to the cutoff; what comes later is not delivered")
    ),
    "review_days": Key("days", N_("For the review by the walidata after the cutoff")),
    "objection_days": Key("days", N_("For objections of the OPDs to the provisional result")),
    "mend_days": Key("days", N_("To mend what was returned, or what fell below a least value")),
    "review_free_days": Key(
        "days", N_("A review that takes longer is not counted against the OPD")
    ),
    "received_free_days": Key(
        "days", N_("Received by letter longer ago: a second officer confirms the date")
    ),
    "approval_days": Key(
        "days", N_("Approved within the OPD by then, the time of the upload counts")
    ),
}
LIMITS: Mapping[str, Key] = {
    "floors.M0": Key("percent", N_("Basic metadata filled; with less the delivery does not count")),
    "floors.Q": Key("percent", N_("Content checks passed; with less the delivery does not count")),
    "incomplete_below": Key("percent", N_("Metadata or content below this is called incomplete")),
    "low_quality_below": Key("percent", N_("Content checks below this are called low quality")),
    "awardable_unmeasured_max": Key(
        "percent", N_("More of the weight not measured by the portal: no award in that category")
    ),
    "excluded_max": Key(
        "percent", N_("More of the duties exempted or nil: neither rank nor award")
    ),
    "priority_weight": Key("times", N_("Weight of a duty of priority data; any other weighs 1")),
    "min_group": Key("number", N_("Fewer organisations in a group of the leaderboard: no ranks")),
}
SWITCHES: Mapping[str, Key] = {
    "uji_coba": Key("yes", N_("Trial year: scores show, but neither ranks nor letters follow")),
    "review_every_delivery": Key(
        "yes", N_("Every delivery waits for review, not only corrections")
    ),
    "opd_approval": Key("yes", N_("An upload counts once the head of the OPD has approved it")),
}
BAND = Key("number", N_("Band {key}: from this score"))
BAND_REQUIRES = Key("yes", N_("Band {key}: all priority data must be delivered"))
GROUP = Key("number", N_("Group {key}: from this number of duties a year"))

_FIXED: Mapping[str, Key] = {**WEIGHTS, **DAYS, **LIMITS, **SWITCHES}


def values(ruleset: RuleSet) -> dict[str, Value]:
    """Return every number and switch of a rule set by its dotted key, without its identity."""
    found: dict[str, Value] = {}
    for field in fields(ruleset):
        value = getattr(ruleset, field.name)
        if field.name in IDENTITY:
            continue
        if isinstance(value, Mapping):
            found |= {f"{field.name}.{key}": number for key, number in value.items()}
        elif field.name not in ("bands", "groups"):
            found[field.name] = value
    for band in ruleset.bands:
        found[f"bands.{band.key}"] = band.start
        found[f"bands.{band.key}.requires"] = band.requires is not None
    for group in ruleset.groups:
        found[f"groups.{group.key}"] = group.start
    return found


def key_of(name: str) -> Key:
    """Return what a dotted key of :func:`values` means; ``{key}`` in the label is its last part.

    :raises KeyError: nobody has explained it
    """
    kind, _, rest = name.partition(".")
    if kind == "bands":
        return BAND_REQUIRES if rest.endswith(".requires") else BAND
    return GROUP if kind == "groups" else _FIXED[name]


@dataclass(frozen=True)
class Difference:
    """A key in which two rule sets differ; None where one of them has no such band or group."""

    name: str
    before: Value
    after: Value


def differences(before: RuleSet, after: RuleSet) -> list[Difference]:
    """Return the numbers that differ, in the order of the rule set."""
    old, new = values(before), values(after)
    return [
        Difference(name, old.get(name), new.get(name))
        for name in dict.fromkeys((*old, *new))
        if old.get(name) != new.get(name)
    ]
