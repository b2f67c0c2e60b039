"""Pages of the yearly round: its steps, the proposals, the form to propose."""

from __future__ import annotations

from typing import Any

from ckan.plugins import toolkit
from flask import Blueprint, Response

from .. import clock
from ..opd import permissions
from ..opd import queries as opd_queries
from ..pages import call, explain_refusals, organization_choices
from ..paging import PAGE_SIZE, page_number, pager
from ..text import N_
from . import amendments, asking, item_forms, item_telling, proposals, round_queries, rounds

__all__ = ["satudata_rounds"]

_ = toolkit._

satudata_rounds = Blueprint("satudata_rounds", __name__, url_prefix="/satudata/penyusunan")
explain_refusals(satudata_rounds, N_("You may not open this page. Log in first."))

_DECREE = ("number", "dated", "reason", "minutes_number", "minutes_dated")


@satudata_rounds.route("")
def index() -> str:
    """All rounds, and the form that opens one."""
    return _index_page({}, {})


def _index_page(entered: dict[str, str], errors: dict[str, Any]) -> str:
    return toolkit.render(
        "satudata/register/rounds.html",
        {
            **call("satudata_round_list"),
            "entered": {"year": clock.today().year + 1, **entered},
            "errors": errors,
            "states": rounds.STATES,
        },
    )


@satudata_rounds.route("", methods=["POST"])
def open_round() -> Response | str:
    """Open the round of a year."""
    entered = item_forms.texts("year", "proposals_until")
    try:
        found = call("satudata_round_open", **entered)
    except toolkit.ValidationError as error:
        return _index_page(entered, error.error_dict)
    toolkit.h.flash_success(_("The round has been opened: OPDs may propose."))
    return toolkit.redirect_to("satudata_rounds.show", year=found["year"])


@satudata_rounds.route("/<int:year>")
def show(year: int) -> str:
    """One round: where it stands, what comes next, its proposals."""
    return _round_page(year, {}, {})


def _round(year: int) -> dict[str, Any]:
    """The round of a year; an impossible year has none."""
    try:
        return call("satudata_round_show", year=year)
    except toolkit.ValidationError as error:
        raise toolkit.ObjectNotFound(" ".join(error.error_summary.values())) from None


def _round_page(year: int, entered: dict[str, str], errors: dict[str, Any]) -> str:
    args, user = toolkit.request.args, toolkit.current_user.name
    found = _round(year)
    filters = {name: args.get(name, "") for name in ("org", "state")}
    number, listed = page_number(), {"count": 0, "results": []}
    if toolkit.h.check_access("satudata_proposal_list", {"year": year}):
        listed = call(
            "satudata_proposal_list",
            year=year,
            limit=PAGE_SIZE,
            offset=(number - 1) * PAGE_SIZE,
            **filters,
        )
    changes = proposals.changes(listed["results"], found["state"])
    before = [{field: pair[0] for field, pair in each.items()} for each in changes.values()]
    names = item_telling.titles([*before, *(row["values"] for row in listed["results"])])
    for row in listed["results"]:
        row["told"] = item_telling.told(row["values"], names)
        row["changes"] = item_telling.told_changes(changes.get(row["id"], {}), names)
    own = _own(user)
    return toolkit.render(
        "satudata/register/round.html",
        {
            "round": found,
            "proposals": listed["results"],
            "count": listed["count"],
            "page": pager(listed["results"], number, listed["count"]),
            "filters": filters,
            "states": rounds.STATES,
            "proposal_states": proposals.STATES,
            "actions": proposals.ACTIONS,
            "own": opd_queries.titles(own),
            "items": round_queries.items_for(year, own, rounds.effective(year)) if own else [],
            "may_propose": _may_propose(found, user),
            "organizations": organization_choices(),
            "entered": entered,
            "errors": errors,
        },
    )


def _own(user: str) -> list[str]:
    """Ids of the organisations that a user proposes for; the walidata works for none of its own."""
    who = permissions.standing(user)
    return [] if permissions.manages(user) else sorted(who.admin_of | who.editor_of)


def _may_propose(found: dict[str, Any], user: str) -> bool:
    if permissions.manages(user):
        return found["state"] != rounds.ESTABLISHED
    over = clock.today().isoformat() > found["proposals_until"]
    return found["state"] == rounds.PROPOSING and not over


@satudata_rounds.route("/<int:year>/batas-usulan", methods=["POST"])
def move(year: int) -> Response | str:
    """Move the last day for proposals."""
    entered = item_forms.texts("proposals_until", "reason")
    try:
        call("satudata_round_move", year=year, **entered)
    except toolkit.ValidationError as error:
        return _round_page(year, entered, error.error_dict)
    toolkit.h.flash_success(_("The last day for proposals has been moved."))
    return toolkit.redirect_to("satudata_rounds.show", year=year)


@satudata_rounds.route("/<int:year>/pembahasan", methods=["POST"])
def discuss(year: int) -> Response:
    """Close the proposals."""
    try:
        call("satudata_round_discuss", year=year)
        toolkit.h.flash_success(_("The proposals are closed. Answer each of them now."))
    except toolkit.ValidationError as error:
        item_forms.flash(error)
    return toolkit.redirect_to("satudata_rounds.show", year=year)


@satudata_rounds.route("/<int:year>/penetapan", methods=["POST"])
def establish(year: int) -> Response | str:
    """Establish the register by decree."""
    entered = item_forms.texts(*_DECREE)
    try:
        call("satudata_round_establish", year=year, **entered)
    except toolkit.ValidationError as error:
        return _round_page(year, entered, error.error_dict)
    toolkit.h.flash_success(_("The register of {year} is established.").format(year=year))
    return toolkit.redirect_to("satudata_rounds.show", year=year)


@satudata_rounds.route("/<int:year>/usulan")
def propose(year: int) -> str:
    """The form of one proposal: for an item (``item``, ``action``) or a new one (``org``)."""
    args = toolkit.request.args
    asked = {name: args.get(name, "") for name in ("action", "item", "org")}
    return _proposal_page(year, asked, None, "", {})


def _proposal_page(
    year: int,
    asked: dict[str, str],
    values: dict[str, Any] | None,
    reason: str,
    errors: dict[str, Any],
) -> str:
    found = _round(year)
    item = asking.item(asked, "item")
    action = asked["action"] if asked["action"] in proposals.ACTIONS else "add"
    about = {"item_id": item.id} if item else {"org": asked["org"]}
    toolkit.check_access("satudata_proposal_create", {"user": toolkit.current_user.name}, about)
    try:
        org_id = asking.organization(about)
    except toolkit.ValidationError as error:
        raise toolkit.ObjectNotFound(" ".join(error.error_summary.values())) from None
    if values is None:
        values = amendments.as_it_is(item) if item else item_forms.EMPTY
    return toolkit.render(
        "satudata/register/proposal.html",
        {
            "round": found,
            "item": item,
            "action": action,
            "label": proposals.ACTIONS[action],
            "org": {"id": org_id, "title": opd_queries.titles([org_id])[org_id]},
            "values": values,
            "reason": reason,
            "errors": errors,
            "organizations": organization_choices(),
        },
    )


@satudata_rounds.route("/<int:year>/usulan", methods=["POST"])
def send(year: int) -> Response | str:
    """Keep a proposal."""
    asked, reason = item_forms.texts("action", "item", "org"), item_forms.texts("reason")["reason"]
    values = item_forms.entered() if asked["action"] in ("add", "change") else {}
    try:
        call(
            "satudata_proposal_create",
            year=year,
            action=asked["action"],
            item_id=asked["item"],
            org=asked["org"],
            values=values,
            reason=reason,
        )
    except toolkit.ValidationError as error:
        return _proposal_page(year, asked, values or None, reason, error.error_dict)
    toolkit.h.flash_success(_("Your proposal has been sent."))
    return toolkit.redirect_to("satudata_rounds.show", year=year)


@satudata_rounds.route("/<int:year>/usulan/<proposal_id>/tarik", methods=["POST"])
def withdraw(year: int, proposal_id: str) -> Response:
    """Take a proposal back."""
    try:
        call("satudata_proposal_withdraw", id=proposal_id)
        toolkit.h.flash_success(_("The proposal has been withdrawn."))
    except toolkit.ValidationError as error:
        item_forms.flash(error)
    return toolkit.redirect_to("satudata_rounds.show", year=year)


@satudata_rounds.route("/<int:year>/usulan/<proposal_id>/jawab", methods=["POST"])
def answer(year: int, proposal_id: str) -> Response:
    """Agree to a proposal or refuse it."""
    try:
        call("satudata_proposal_answer", id=proposal_id,
             **item_forms.texts("agree", "note", "producer"))  # fmt: skip
        toolkit.h.flash_success(_("The answer has been kept."))
    except toolkit.ValidationError as error:
        item_forms.flash(error)
    kept = {name: toolkit.request.args[name] for name in ("org", "state", "page")
            if toolkit.request.args.get(name)}  # fmt: skip
    return toolkit.redirect_to("satudata_rounds.show", year=year, **kept)
