"""Pages of the quarters: where each stands, what comes next, its records."""

from __future__ import annotations

from typing import Any

from ckan.plugins import toolkit
from flask import Blueprint, Response

from ..calendar.quarters import Quarter
from ..pages import attachment, call, explain_refusals
from ..text import N_
from . import showing, standing

__all__ = ["satudata_states"]

satudata_states = Blueprint("satudata_states", __name__, url_prefix="/satudata/triwulan")
explain_refusals(
    satudata_states, N_("You may not open this page. Log in as a member of the walidata.")
)

_AT = "/<int:year>/<int:tw>"
_QUEUED = ("finalise", "revise")


@satudata_states.route("")
def index() -> str:
    """All quarters with their state; the walidata sees whether the machinery runs."""
    may_verify = toolkit.h.check_access("satudata_quarter_verify")
    return toolkit.render(
        "satudata/quarter/states.html",
        {
            "quarters": call("satudata_quarter_list"),
            "verification": showing.verification() if may_verify else None,
            "health": showing.health() if toolkit.h.check_access("satudata_quarter_open") else None,
        },
    )


@satudata_states.route(_AT)
def show(year: int, tw: int) -> str:
    """One quarter: its way through the states, what comes next, its records and their hashes."""
    return toolkit.render("satudata/quarter/state.html", {"shown": _shown(year, tw)})


@satudata_states.route(f"{_AT}/catatan/<int:revision>.json")
def record(year: int, tw: int, revision: int) -> Response:
    """The frozen record byte by byte: the SHA-256 of this file is the quarter's hash."""
    known = {one["revision"] for one in _shown(year, tw)["records"]}
    final = showing.document(Quarter(year, tw), revision) if revision in known else None
    if final is None:
        raise toolkit.ObjectNotFound(toolkit._("There is no such record."))
    name = f"kepatuhan-{year}-tw{tw}-revisi-{revision}.json"
    return attachment(final.document.encode(), "application/json", name)


@satudata_states.route(f"{_AT}/<any(open, cutoff, provisional, objections, finalise, revise):move>")
def confirm(year: int, tw: int, move: str) -> str:
    """What a move will do, and the button that does it."""
    return _confirm_page(year, tw, move)


def _confirm_page(
    year: int,
    tw: int,
    move: str,
    entered: dict[str, str] | None = None,
    errors: dict[str, list[str]] | None = None,
) -> str:
    """The page of a move; what was entered beside a refused one stays in the form."""
    toolkit.check_access(f"satudata_quarter_{move}", {"user": toolkit.current_user.name})
    shown = _shown(year, tw)
    if shown["next"]["move"] != move and not errors:
        errors = {"state": [toolkit._("This step has been made already or is not due yet.")]}
    return toolkit.render(
        "satudata/quarter/move.html",
        {"shown": shown, "move": move, "entered": entered or {}, "errors": errors or {}},
    )


@satudata_states.route(
    f"{_AT}/<any(open, cutoff, provisional, objections, finalise, revise):move>", methods=["POST"]
)
def make(year: int, tw: int, move: str) -> Response | str:
    """Make a move."""
    names = ("number", "reason") if move == "revise" else ("reason",)
    entered = {name: toolkit.request.form.get(name, "").strip() for name in names}
    try:
        done = call(f"satudata_quarter_{move}", year=year, tw=tw, **entered)
    except toolkit.ValidationError as error:
        return _confirm_page(year, tw, move, entered, error.error_dict)
    if done.get("asked_before"):
        told = toolkit._(
            "This was asked for already. The worker does it; the result will stand here."
        )
        toolkit.h.flash_notice(told)
    elif move in _QUEUED:
        toolkit.h.flash_success(toolkit._("The worker does it now; the result will stand here."))
    else:
        label = toolkit._(standing.LABELS[standing.MOVES[move].end])
        toolkit.h.flash_success(toolkit._("The quarter is now: {state}.").format(state=label))
    return toolkit.redirect_to("satudata_states.show", year=year, tw=tw)


@satudata_states.route("/verifikasi", methods=["POST"])
def verify_all() -> Response:
    """Have all final quarters computed again and compared."""
    return _verify("satudata_states.index")


@satudata_states.route(f"{_AT}/verifikasi", methods=["POST"])
def verify(year: int, tw: int) -> Response:
    """Have one final quarter computed again and compared."""
    return _verify("satudata_states.show", year=year, tw=tw)


def _verify(endpoint: str, **quarter: int) -> Response:
    try:
        call("satudata_quarter_verify", **quarter)
    except toolkit.ValidationError as error:
        toolkit.h.flash_error(" ".join(str(text) for text in error.error_summary.values()))
    return toolkit.redirect_to(endpoint, **quarter)


def _shown(year: int, tw: int) -> dict[str, Any]:
    try:
        Quarter.named(year, tw)
    except ValueError as error:
        raise toolkit.ObjectNotFound(toolkit._("There is no such quarter.")) from error
    return call("satudata_quarter_show", year=year, tw=tw)
