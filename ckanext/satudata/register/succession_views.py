"""Pages of the organisations over time: who became what, and who answers for whom."""

from __future__ import annotations

from typing import Any

from ckan.plugins import toolkit
from flask import Blueprint, Response

from .. import clock
from ..opd.queries import resolve
from ..opd.succession import KINDS, SPLIT
from ..pages import call, explain_refusals
from ..text import N_

__all__ = [
    "satudata_penanggung",
    "satudata_succession",
]

_ = toolkit._

satudata_succession = Blueprint("satudata_succession", __name__, url_prefix="/satudata/suksesi")
satudata_penanggung = Blueprint("satudata_penanggung", __name__, url_prefix="/satudata/penanggung")
explain_refusals(
    satudata_succession, N_("You may not open this page. Log in as a member of the walidata.")
)
explain_refusals(satudata_penanggung, N_("You may not open this page. Log in first."))

_FIELDS = (
    "kind", "from_org", "to_org", "title", "day", "number", "dated", "reason", "units", "datasets",
)  # fmt: skip
_MOST_ITEMS = 1000


def _entered() -> dict[str, Any]:
    values = toolkit.request.values
    entered: dict[str, Any] = {name: values.get(name, "").strip() for name in _FIELDS}
    return {**entered, "items": values.getlist("items")}


def _organizations() -> list[dict[str, str]]:
    def walk(nodes: Any) -> Any:
        for node in nodes:
            dash = "\N{EM DASH} " * node["level"]
            yield {"value": node["name"], "text": dash + node["title"]}
            yield from walk(node["children"])

    return list(walk(call("satudata_opd_tree")))


def _items(org: str) -> list[dict[str, Any]]:
    """The items of the organisation alone; those of its units have an owner of their own."""
    org_id = resolve(org)
    found = call("satudata_item_list", org=org, limit=_MOST_ITEMS)["results"] if org_id else []
    return [item for item in found if item["org_id"] == org_id]


def _form(
    entered: dict[str, Any],
    plan: dict[str, Any] | None = None,
    errors: dict[str, Any] | None = None,
) -> str:
    held = _items(entered["from_org"]) if entered["kind"] == SPLIT else []
    return toolkit.render(
        "satudata/register/succession.html",
        {
            "entered": {**entered, "day": entered["day"] or clock.today().isoformat()},
            "plan": plan,
            "errors": errors or {},
            "kinds": [{"value": code, "text": _(label)} for code, label in KINDS.items()],
            "items": held,
            "organizations": _organizations(),
        },
    )


@satudata_succession.route("")
def index() -> str:
    """All records, and the way to a new one for the walidata."""
    return toolkit.render(
        "satudata/register/successions.html", {"records": call("satudata_succession_list")}
    )


@satudata_succession.route("/baru")
def new() -> str:
    """The form; ``?kind=split&from_org=`` offers the items of the organisation."""
    toolkit.check_access("satudata_succession_create", {"user": toolkit.current_user.name})
    return _form(_entered())


@satudata_succession.route("/baru", methods=["POST"])
def create() -> Response | str:
    """Show what would pass; the second time, once confirmed, write it."""
    entered = _entered()
    confirmed = toolkit.request.form.get("do") == "confirm"
    try:
        done = call("satudata_succession_create", **entered, confirm=confirmed)
    except toolkit.ValidationError as error:
        return _form(entered, errors=error.error_dict)
    if not confirmed:
        return _form(entered, plan=done["plan"])
    toolkit.h.flash_success(_("The change has been recorded, and the duties have passed on."))
    return toolkit.redirect_to("satudata_succession.index")


@satudata_penanggung.route("")
def index_of_penanggung() -> str:
    """Who answers for which units."""
    year = toolkit.request.args.get("year", "")
    try:
        rows = call("satudata_penanggung_list", year=year)
    except toolkit.ValidationError:
        toolkit.abort(404, _("There is no such year."))
    return toolkit.render(
        "satudata/register/penanggung.html",
        {"rows": rows, "year": year or clock.today().year},
    )
