"""Pages of the report; they only read what the jobs have computed."""

from __future__ import annotations

from typing import Any

from ckan.plugins import toolkit
from flask import Blueprint, Response

from .. import clock
from ..calendar.quarters import Quarter
from ..judging import live
from ..opd import permissions, queries
from ..pages import attachment, call, explain_refusals
from ..paging import PAGE_SIZE, page_number, pager
from ..register import nihil
from ..review import holders, mending, objections
from ..rules.explain import SETTLED
from . import exports, report_actions
from . import report as reports
from .shapes import SPANS

__all__ = [
    "satudata",
    "satudata_quarter",
]

satudata = Blueprint("satudata", __name__, url_prefix="/satudata")
satudata_quarter = Blueprint("satudata_quarter", __name__, url_prefix="/satudata")
explain_refusals(satudata_quarter)


def quarter_or_404(year: int, tw: int) -> Quarter:
    """The quarter of an address; a page that does not exist for any other number."""
    try:
        return Quarter.named(year, tw)
    except ValueError:
        toolkit.abort(404, toolkit._("There is no such quarter."))


def picked_quarter() -> Quarter:
    """The quarter that the quarter picker sent (``?tw=2025-TW1``), else the current one."""
    try:
        return Quarter.parse(toolkit.request.args.get("tw", ""))
    except ValueError:
        return live.current_quarter()


def span() -> str:
    """The view that the address asks for, the cumulative one by default."""
    asked = toolkit.request.args.get("span")
    return asked if asked in SPANS else SPANS[0]


@satudata.route("", strict_slashes=False)
def index() -> Response:
    """The first page the user may read: report, leaderboard, tree."""
    now = live.current_quarter()
    for action, endpoint in (
        ("satudata_report_show", "satudata_quarter.report"),
        ("satudata_leaderboard_show", "satudata_leaderboard.show"),
    ):
        if toolkit.h.check_access(action, {"year": now.year, "tw": now.tw}):
            return toolkit.redirect_to(endpoint, year=now.year, tw=now.tw)
    return toolkit.redirect_to("satudata_opd.index")


@satudata_quarter.route("/kepatuhan")
def report_now() -> Response:
    """The report of the picked or the current quarter."""
    quarter = picked_quarter()
    return toolkit.redirect_to(
        "satudata_quarter.report",
        year=quarter.year,
        tw=quarter.tw,
        span=toolkit.request.args.get("span"),
        tab=toolkit.request.args.get("tab"),
    )


def _filters() -> dict[str, Any]:
    args = toolkit.request.args
    found: dict[str, Any] = {
        name: args[name].strip()
        for name in ("org", "status", "kind", "q")
        if args.get(name, "").strip()
    }
    if args.get("priority"):
        found["priority"] = True
    return found


def _revision() -> int | None:
    """The earlier frozen record that the address asks for."""
    asked = toolkit.request.args.get("revision", "")
    return int(asked) if asked.isdecimal() and len(asked) < 6 else None


TABS = ("organizations", "duties")
"""The parts of the report, each on a page of its own; the figures of the whole stand above both."""

_OF_DUTIES = ("q", "status", "kind", "priority", "page")
_OPEN_LEVELS = 2
"""The tree opens the top and what stands right below it."""


def _tab() -> str:
    """The part that the address asks for; who filters or leafs through duties means those."""
    args = toolkit.request.args
    asked = args.get("tab")
    if asked in TABS:
        return asked
    return TABS[1] if any(args.get(name) for name in _OF_DUTIES) else TABS[0]


def _depth() -> int:
    asked = toolkit.request.args.get("depth", "")
    return max(1, int(asked)) if asked.isdecimal() and len(asked) < 3 else _OPEN_LEVELS


@satudata_quarter.route("/kepatuhan/<int:year>/<int:tw>")
def report(year: int, tw: int) -> str:
    """Totals, and the organisations or the duties of one quarter."""
    filters, tab = _filters(), _tab()
    asked = {"year": year, "tw": tw, "span": span(), "revision": _revision()}
    shown = {
        "quarter": quarter_or_404(year, tw),
        "span": asked["span"],
        "revision": asked["revision"],
        "filters": filters,
        "tab": tab,
    }
    if tab == TABS[0]:
        depth = _depth()
        summary = call("satudata_report_show", **asked, org=filters.get("org"), depth=depth)
        shown |= {"summary": summary, "depth": min(depth, len(summary["levels"]))}
    else:
        shown |= {"summary": call("satudata_report_show", **asked, depth=1), **_duties(asked)}
    return toolkit.render("satudata/quarter/report.html", shown)


def _duties(asked: dict[str, Any]) -> dict[str, Any]:
    """A page of duties, and what they may be narrowed to."""
    found = call(
        "satudata_report_rows", **asked, **_filters(), page=page_number(), page_size=PAGE_SIZE
    )
    user, revision = toolkit.current_user.name, asked["revision"]
    return {
        "found": found,
        "organizations": reports.organizations(asked["year"], asked["tw"], user, revision),
        "direct": exports.DIRECT,
        "pager": pager(found["rows"], found["page"], found["total"]),
    }


@satudata_quarter.route("/kepatuhan/<int:year>/<int:tw>.<any(csv, xlsx, json, pdf):extension>")
def export(year: int, tw: int, extension: str) -> Response:
    """The rows of the page, all of them, as a file; a job makes those that take long."""
    quarter_or_404(year, tw)
    asked = {"year": year, "tw": tw, "span": span(), "revision": _revision(), **_filters()}
    found = call("satudata_report_rows", **asked, page_size=1)
    if found["total"] > exports.DIRECT[extension]:
        text = toolkit._("These are {n} rows: the file is made in the background.")
        toolkit.h.flash_notice(text.format(n=toolkit.h.satudata_number(found["total"])))
        address = {name: value for name, value in asked.items() if value is not None}
        address |= {"tab": TABS[1], "_anchor": "duties"}
        return toolkit.redirect_to("satudata_quarter.report", **address)
    wanted = exports.Wanted(year, tw, span(), report_actions.filters(asked), _revision())
    content = exports.make(wanted, extension, toolkit.current_user.name)
    return attachment(content, exports.FORMATS[extension], wanted.filename(extension))


@satudata_quarter.route("/opd/<id>/kewajiban")
def obligations(id: str) -> str:
    """What one OPD with its units owes now, and what to do."""
    group = call("organization_show", id=id, include_datasets=False)
    found = call("satudata_obligation_list", org_id=group["id"])
    rows = found["rows"]
    acts_for = {
        org_id
        for org_id in {row["org_id"] for row in rows}
        if permissions.edits_opd(toolkit.current_user.name, org_id)
    }
    return toolkit.render(
        "satudata/quarter/obligations.html",
        {
            "acts_for": acts_for,
            "holders": holders.of_items({row["item_id"] for row in rows}, acts_for),
            "group_dict": group,
            "group_type": group["type"],
            "quarter": live.current_quarter(),
            "found": found,
            "groups": _by_urgency(rows),
            "returned": mending.mend_days(rows),
            "objectable": objections.open_now(),
            "nihil": nihil.claimable(
                toolkit.current_user.name, [row["obligation_id"] for row in rows if not row["d"]]
            ),
        },
    )


def _by_urgency(rows: list[dict[str, Any]]) -> list[tuple[str, list[dict[str, Any]]]]:
    """Rows in four lists: overdue, to come, delivered but improvable, done."""
    today = clock.today()

    def urgency(row: dict[str, Any]) -> str:
        if row["d"] or row["status"] in SETTLED:
            return "improve" if row["gain"] else "done"
        return "overdue" if row["due_counted"] < today else "soon"

    keys = ("overdue", "soon", "improve", "done")
    return [(key, [row for row in rows if urgency(row) == key]) for key in keys]


@satudata_quarter.route("/kewajiban")
def own_obligations() -> Response | str:
    """What the user's own organisation owes; a list where he works for several."""
    who = permissions.standing(toolkit.current_user.name)
    own = sorted(who.admin_of | who.editor_of)
    if not own:
        toolkit.abort(403, toolkit._("You are not an editor of any organisation."))
    if len(own) == 1:
        return toolkit.redirect_to("satudata_quarter.obligations", id=own[0])
    organizations = sorted(queries.titles(own).items(), key=lambda pair: pair[1])
    return toolkit.render("satudata/quarter/own_obligations.html", {"organizations": organizations})
