"""Template helpers of the states of a quarter."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ckan.plugins import toolkit

from ..template_helpers import satudata_date
from ..text import N_
from . import standing

__all__ = [
    "satudata_move_label",
    "satudata_quarter_steps",
    "satudata_run_label",
    "satudata_state_class",
    "satudata_state_label",
    "satudata_state_sentence",
]

_COLOURS = {
    standing.DRAFT: "secondary",
    standing.OPEN: "primary",
    standing.REVIEW: "info",
    standing.PROVISIONAL: "warning",
    standing.OBJECTIONS: "warning",
    standing.FINAL: "success",
}


def satudata_state_label(state: str) -> str:
    """Name of a state of a quarter in the reader's language."""
    return toolkit._(standing.LABELS[state])


def satudata_state_class(state: str) -> str:
    """CSS class of the badge of a state."""
    return f"text-bg-{_COLOURS[state]}"


def satudata_move_label(move: str) -> str:
    """Name of a move from one state to the next."""
    return toolkit._(standing.MOVES[move].label)


def satudata_state_sentence(shown: Mapping[str, Any]) -> str:
    """What the state of a quarter means for its figures (``standing.brief``)."""
    _, day = toolkit._, satudata_date
    state = shown["state"]
    if state == standing.OPEN:
        return _("Deliveries count until {day}; the figures change until then.").format(
            day=day(shown["cutoff"])
        )
    if state == standing.REVIEW:
        return _(
            "Deliveries are examined until {day}. What came after {cutoff} no longer counts here."
        ).format(day=day(shown["review_until"]), cutoff=day(shown["cutoff"]))
    if state == standing.PROVISIONAL:
        return _("The result is provisional: the OPDs may soon object to it.")
    if state == standing.OBJECTIONS:
        return _("The result is provisional. Objections may be made until {day}.").format(
            day=day(shown["objections_until"])
        )
    if state == standing.FINAL:
        if shown["revision"]:
            return _("Final since {day}, as revision {number}.").format(
                day=day(shown["finalised"]), number=shown["revision"]
            )
        return _("Final since {day}. These figures do not change any more.").format(
            day=day(shown["finalised"])
        )
    return _("This quarter has not been opened yet: its duties may still change.")


def satudata_quarter_steps(shown: dict[str, Any]) -> list[dict[str, Any]]:
    """The states of a quarter in order, each ``done``, ``here`` or to come, with its last day."""
    days = {
        standing.OPEN: shown["cutoff"],
        standing.REVIEW: shown["review_until"],
        standing.OBJECTIONS: shown["objections_until"],
        standing.FINAL: shown["finalised"],
    }
    here = standing.STATES.index(shown["state"])
    return [
        {
            "state": state,
            "label": satudata_state_label(state),
            "day": days.get(state),
            "until": state != standing.FINAL,
            "done": number < here or shown["state"] == standing.FINAL,
            "here": number == here,
        }
        for number, state in enumerate(standing.STATES)
    ]


_RUNS = {
    "finalise": N_("to make it final"),
    "revise": N_("to revise it"),
    "verify": N_("to verify it"),
    "publish": N_("to publish it as a dataset"),
}


def satudata_run_label(kind: str) -> str:
    """What a run was to do, as the end of a sentence."""
    return toolkit._(_RUNS[kind])
