"""Pages of data requests and collection windows."""

from __future__ import annotations

from typing import Any

from ckan.plugins import toolkit
from flask import Blueprint, Response

from ..pages import call, explain_refusals, organization_choices
from ..paging import PAGE_SIZE, page_number, pager
from ..text import N_
from . import queries, requests

__all__ = ["satudata_requests"]

_ = toolkit._

satudata_requests = Blueprint("satudata_requests", __name__, url_prefix="/satudata")
explain_refusals(satudata_requests, N_("You may not open this page. Log in first."))

_REQUEST = (
    "number", "dated", "title", "requester", "reason", "theme", "org", "period", "due",
)  # fmt: skip
_WINDOW = ("name", "opens", "correction_until", "number", "dated", "reason")
_DEADLINES = 4
"""Deadlines that the form of a window offers; the API takes any number."""

_MOST_ITEMS = 200


@satudata_requests.route("/permintaan")
def index() -> str:
    """Data requests, and for the walidata the form of a new one."""
    args = toolkit.request.args
    entered: dict[str, Any] = {"q": args.get("q", "").strip(), "items": args.getlist("items")}
    return _requests_page({**entered, "theme": args.get("theme", "").strip()})


def _requests_page(entered: dict[str, Any], errors: Any = None) -> str:
    number = page_number()
    found = call("satudata_request_list", limit=PAGE_SIZE, offset=(number - 1) * PAGE_SIZE)
    return toolkit.render(
        "satudata/register/requests.html",
        {
            "requests": found["results"],
            "page": pager(found["results"], number, found["count"]),
            "items": _offered(entered),
            "entered": entered,
            "errors": errors or {},
            "earliest": requests.earliest_due(),
            "themes": queries.themes(),
            "organizations": organization_choices(),
        },
    )


def _offered(entered: dict[str, Any]) -> list[dict[str, Any]]:
    """The items chosen so far and those that a search finds; without either none."""
    if not toolkit.h.check_access("satudata_request_create"):
        return []
    chosen = [item for item in map(queries.item, entered.get("items", [])) if item]
    found: list[dict[str, Any]] = []
    if entered.get("q"):
        found = call("satudata_item_list", q=entered["q"], limit=_MOST_ITEMS)["results"]
    known = {item["id"] for item in chosen}
    return chosen + [item for item in found if item["id"] not in known]


@satudata_requests.route("/permintaan", methods=["POST"])
def create() -> Response | str:
    """Record a data request."""
    form = toolkit.request.form
    entered: dict[str, Any] = {name: form.get(name, "").strip() for name in _REQUEST}
    entered["items"] = form.getlist("items")
    try:
        made = call("satudata_request_create", **entered)
    except toolkit.ValidationError as error:
        return _requests_page(entered, error.error_dict)
    toolkit.h.flash_success(
        toolkit.ungettext(
            "The request is recorded; %(num)d duty was made.",
            "The request is recorded; %(num)d duties were made.",
            made["duties"],
        )
        % {"num": made["duties"]}
    )
    return toolkit.redirect_to("satudata_requests.show", request_id=made["id"])


@satudata_requests.route("/permintaan/<request_id>")
def show(request_id: str) -> str:
    """One data request with its duties."""
    shown = call("satudata_request_show", id=request_id)
    return toolkit.render("satudata/register/request.html", {"request_row": shown})


@satudata_requests.route("/jendela")
def windows() -> str:
    """Collection windows, and for the walidata the form of a new one."""
    return _windows_page({})


def _windows_page(entered: dict[str, Any], errors: Any = None) -> str:
    return toolkit.render(
        "satudata/register/windows.html",
        {
            "windows": call("satudata_window_list"),
            "entered": entered,
            "errors": errors or {},
            "numbers": range(_DEADLINES),
            "organizations": organization_choices(),
        },
    )


@satudata_requests.route("/jendela", methods=["POST"])
def open_window() -> Response | str:
    """Announce a window."""
    form = toolkit.request.form
    entered: dict[str, Any] = {name: form.get(name, "").strip() for name in _WINDOW}
    entered["orgs"] = form.getlist("orgs")
    entered["deadlines"] = [
        {"name": name.strip(), "day": day.strip()}
        for name, day in zip(
            form.getlist("deadline_name"), form.getlist("deadline_day"), strict=False
        )
        if name.strip() or day.strip()
    ]
    try:
        call("satudata_window_create", **entered)
    except toolkit.ValidationError as error:
        return _windows_page(entered, error.error_dict)
    toolkit.h.flash_success(_("The window is announced; the OPDs see how many days are left."))
    return toolkit.redirect_to("satudata_requests.windows")


@satudata_requests.route("/jendela/<window_id>/tutup", methods=["POST"])
def close_window(window_id: str) -> Response:
    """End a window before its time."""
    form = toolkit.request.form
    letter = {name: form.get(name, "").strip() for name in ("number", "reason")}
    try:
        call("satudata_window_close", id=window_id, **letter)
        toolkit.h.flash_success(_("The window is closed."))
    except toolkit.ValidationError as error:
        toolkit.h.flash_error(" ".join(str(text) for text in error.error_summary.values()))
    return toolkit.redirect_to("satudata_requests.windows")
