"""The page of the working days."""

from __future__ import annotations

from typing import Any

from ckan.plugins import toolkit
from flask import Blueprint, Response

from .. import clock
from ..pages import call, explain_refusals
from ..text import N_

__all__ = ["satudata_workdays"]

_ = toolkit._

satudata_workdays = Blueprint("satudata_workdays", __name__, url_prefix="/satudata/hari-kerja")
explain_refusals(satudata_workdays, N_("You may not open this page. Log in first."))

_FIELDS = ("day", "free", "name", "number", "dated", "reason")


def _page(
    year: int, entered: dict[str, str] | None = None, errors: dict[str, Any] | None = None
) -> str:
    try:
        days = call("satudata_holiday_list", year=year)
    except toolkit.ValidationError:
        toolkit.abort(404, _("There is no such year."))
    return toolkit.render(
        "satudata/register/workdays.html",
        {
            "year": year,
            "days": days,
            "entered": entered or {},
            "errors": errors or {},
        },
    )


@satudata_workdays.route("", strict_slashes=False)
def now() -> Response:
    """The working days of the year asked for, else of this one."""
    asked = toolkit.request.args.get("year", "")
    year = int(asked) if asked.isdecimal() and len(asked) == 4 else clock.today().year
    return toolkit.redirect_to("satudata_workdays.index", year=year)


@satudata_workdays.route("/<int:year>")
def index(year: int) -> str:
    """Days off and exceptions of one year."""
    return _page(year)


@satudata_workdays.route("/<int:year>", methods=["POST"])
def decide(year: int) -> Response | str:
    """Make one day free or working."""
    entered = {name: toolkit.request.form.get(name, "").strip() for name in _FIELDS}
    try:
        call("satudata_holiday_set", **entered)
    except toolkit.ValidationError as error:
        return _page(year, entered, error.error_dict)
    toolkit.h.flash_success(_("The day has been set. Due days to come follow it."))
    return toolkit.redirect_to("satudata_workdays.index", year=entered["day"][:4])
