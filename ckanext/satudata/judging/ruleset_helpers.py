"""Template helpers that tell the numbers of a rule set in words."""

from __future__ import annotations

from typing import Any

from ckan.plugins import toolkit

from ..rules import keys
from ..text import N_

__all__ = [
    "satudata_rule_groups",
    "satudata_rule_label",
    "satudata_rule_value",
    "satudata_ruleset_state",
]

_ = toolkit._

_STATES = {
    "signed": (N_("in force by decree"), "text-bg-success"),
    "file": (N_("from the portal's file"), "text-bg-secondary"),
    "draft": (N_("draft"), "text-bg-warning"),
}
_GROUPS = {
    "weights": (N_("Points of a duty"), keys.WEIGHTS),
    "days": (N_("Working days"), keys.DAYS),
    "limits": (N_("Limits and weights"), keys.LIMITS),
    "switches": (N_("Switches"), keys.SWITCHES),
}


def satudata_ruleset_state(state: str) -> dict[str, str]:
    """Name and CSS classes of the state of a rule set."""
    label, classes = _STATES[state]
    return {"label": _(label), "class": classes}


def satudata_rule_groups() -> list[dict[str, Any]]:
    """The numbers of a rule set in groups: each with ``title`` and its ``keys``."""
    return [{"title": _(title), "keys": list(found)} for title, found in _GROUPS.values()]


def satudata_rule_label(name: str) -> str:
    """What a number of the rules means, by its dotted key."""
    key = keys.key_of(name)
    part = name.split(".")[1] if "." in name else name
    shown = toolkit.h.satudata_band_label(part) if name.startswith("bands.") else part
    return _(key.label).format(key=shown)


def satudata_rule_value(name: str, value: Any) -> str:
    """A number of the rules with its unit; "–" where a rule set has no such band or group."""
    if value is None:
        return "–"
    unit, number = keys.key_of(name).unit, toolkit.h.satudata_number
    if unit == "yes":
        return _("yes") if value else _("no")
    if unit in ("points", "percent"):
        share = number(value * 100, 0 if value * 100 == int(value * 100) else 1)
        return _("{n} points").format(n=share) if unit == "points" else f"{share} %"
    if unit == "days":
        text = toolkit.ungettext("%(num)d working day", "%(num)d working days", int(value))
        return text % {"num": value}
    if unit == "times":
        return f"{number(value)} ×"
    return number(value, 0 if value == int(value) else 2)
