"""Pages by which the walidata amends the register item by item, and OPDs confirm static data."""

from __future__ import annotations

from typing import Any

from ckan.plugins import toolkit
from flask import Blueprint, Response

from ..pages import call, explain_refusals, organization_choices
from ..text import N_
from . import amendments, asking, item_forms

__all__ = ["satudata_amendments"]

_ = toolkit._

satudata_amendments = Blueprint(
    "satudata_amendments", __name__, url_prefix="/satudata/daftar-data/butir"
)
explain_refusals(
    satudata_amendments, N_("You may not open this page. Log in as a member of the walidata.")
)


@satudata_amendments.route("/baru")
def new() -> str:
    """The form of a new item."""
    toolkit.check_access("satudata_item_open", {"user": toolkit.current_user.name})
    org = toolkit.request.args.get("org", "")
    return _page(None, item_forms.EMPTY, {"org": org}, {})


@satudata_amendments.route("/baru", methods=["POST"])
def open_item() -> Response | str:
    """Take a new item into the register."""
    values, letter = item_forms.entered(), item_forms.texts(*item_forms.LETTER, "since", "org")
    try:
        done = call("satudata_item_open", values=values, **letter)
    except toolkit.ValidationError as error:
        return _page(None, values, letter, error.error_dict)
    toolkit.h.flash_success(_("The item is in the register."))
    return toolkit.redirect_to("satudata_register.item", item_id=done["item_id"])


@satudata_amendments.route("/<item_id>/ubah")
def edit(item_id: str) -> str:
    """The form that changes an item."""
    toolkit.check_access("satudata_item_amend", {"user": toolkit.current_user.name})
    item = asking.item({"id": item_id})
    return _page(item, amendments.as_it_is(item), {}, {}) if item else ""


@satudata_amendments.route("/<item_id>/ubah", methods=["POST"])
def amend(item_id: str) -> Response | str:
    """Change an item."""
    values, letter = item_forms.entered(), item_forms.texts(*item_forms.LETTER, "since")
    try:
        call("satudata_item_amend", id=item_id, values=values, **letter)
    except toolkit.ValidationError as error:
        return _page(asking.item({"id": item_id}), values, letter, error.error_dict)
    toolkit.h.flash_success(_("The register has been amended."))
    return toolkit.redirect_to("satudata_register.item", item_id=item_id)


def _page(item: Any, values: dict[str, Any], letter: dict[str, str], errors: dict[str, Any]) -> str:
    return toolkit.render(
        "satudata/register/amendment.html",
        {
            "item": item,
            "values": values,
            "letter": letter,
            "errors": errors,
            "organizations": organization_choices(),
        },
    )


@satudata_amendments.route("/<item_id>/tutup")
def ask_close(item_id: str) -> str:
    """The form that closes an item, with what will follow."""
    toolkit.check_access("satudata_item_close", {"user": toolkit.current_user.name})
    return _close_page(item_id, {}, {})


def _close_page(item_id: str, letter: dict[str, str], errors: dict[str, Any]) -> str:
    return toolkit.render(
        "satudata/register/item_close.html",
        {
            "item": call("satudata_item_show", id=item_id),
            "letter": letter,
            "errors": errors,
        },
    )


@satudata_amendments.route("/<item_id>/tutup", methods=["POST"])
def close(item_id: str) -> Response | str:
    """Close an item."""
    letter = item_forms.texts(*item_forms.LETTER, "day")
    try:
        call("satudata_item_close", id=item_id, **letter)
    except toolkit.ValidationError as error:
        return _close_page(item_id, letter, error.error_dict)
    toolkit.h.flash_success(_("The item is closed."))
    return toolkit.redirect_to("satudata_register.item", item_id=item_id)


@satudata_amendments.route("/<item_id>/masih-berlaku", methods=["POST"])
def confirm(item_id: str) -> Response:
    """Confirm that static data still hold."""
    try:
        call("satudata_item_confirm", id=item_id, **item_forms.texts("period"))
        toolkit.h.flash_success(_("Confirmed: the data still hold."))
    except toolkit.ValidationError as error:
        item_forms.flash(error)
    return toolkit.redirect_to("satudata_register.item", item_id=item_id)
