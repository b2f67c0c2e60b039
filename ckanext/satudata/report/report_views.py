"""Pages beside the report: one duty, arrears, a year, a trend, long exports."""

from __future__ import annotations

from typing import Any

import ckan.model as model
from ckan.plugins import toolkit
from flask import Blueprint, Response

from ..judging import live
from ..opd import permissions
from ..opd import queries as opd_queries
from ..pages import attachment, call, explain_refusals
from ..paging import PAGE_SIZE, page_number, pager
from ..text import N_
from . import arrears, exports
from .model import ExportRun
from .shapes import SPANS

__all__ = ["satudata_report"]

satudata_report = Blueprint("satudata_report", __name__, url_prefix="/satudata")
explain_refusals(
    satudata_report,
    N_("You may not open this page. It is for the walidata, the officers and the editors."),
)


def _asked(*names: str) -> dict[str, str]:
    """What the address says of these names, without what is empty."""
    args = toolkit.request.args
    return {name: args[name].strip() for name in names if args.get(name, "").strip()}


def _told(error: toolkit.ValidationError) -> None:
    toolkit.h.flash_error(" ".join(str(fault) for fault in error.error_summary.values()))


@satudata_report.route("/kewajiban/<id>")
def duty(id: str) -> str:
    """One obligation: why it has its score, what is to do, all that happened."""
    asked = _asked("quarter", "revision")
    try:
        found = call("satudata_obligation_show", id=id, **asked)
    except toolkit.ValidationError as error:
        raise toolkit.ObjectNotFound(" ".join(error.error_summary.values())) from None
    row, known = found["row"], found["obligation"]
    return toolkit.render(
        "satudata/quarter/duty.html",
        {
            "duty": found,
            "row": row,
            "known": known,
            "acts": permissions.edits_opd(toolkit.current_user.name, known["org_id"]),
        },
    )


@satudata_report.route("/tunggakan")
def arrears_list() -> str:
    """What was not delivered by its cutoff, and what of it was paid off."""
    asked: dict[str, Any] = _asked("org", "q", "state", "quarter", "priority")
    asked.setdefault("state", "open")
    wanted = {name: value for name, value in asked.items() if (name, value) != ("state", "all")}
    try:
        found = call("satudata_arrears_list", page=page_number(), page_size=PAGE_SIZE, **wanted)
    except toolkit.ValidationError as error:
        raise toolkit.ObjectNotFound(" ".join(error.error_summary.values())) from None
    now = live.current_quarter()
    summary = call("satudata_report_show", year=now.year, tw=now.tw)
    return toolkit.render(
        "satudata/quarter/arrears.html",
        {
            "found": found,
            "asked": asked,
            "states": arrears.STATES,
            "quarters": summary["quarters"],
            "organizations": summary["organizations"],
            "pager": pager(found["rows"], found["page"], found["total"]),
        },
    )


@satudata_report.route("/tahun")
def year_now() -> Response:
    """The year that was picked, else the present one."""
    asked = toolkit.request.args.get("year", "")
    year = int(asked) if asked.isdecimal() and len(asked) == 4 else live.current_quarter().year
    return toolkit.redirect_to("satudata_report.year", year=year)


@satudata_report.route("/tahun/<int:year>")
def year(year: int) -> str:
    """The four quarters of a year and its result."""
    try:
        found = call("satudata_year_show", year=year)
    except toolkit.ValidationError as error:
        raise toolkit.ObjectNotFound(" ".join(error.error_summary.values())) from None
    return toolkit.render("satudata/quarter/year.html", {"found": found})


@satudata_report.route("/opd/<id>/tren")
def trend(id: str) -> str:
    """One organisation over the quarters, and two of them compared."""
    group = call("organization_show", id=id, include_datasets=False)
    span = toolkit.request.args.get("span")
    given: dict[str, Any] = {"org_id": group["id"], "span": span if span in SPANS else "quarter"}
    compare = _asked("from", "to")
    try:
        found = call("satudata_trend_show", **given, **compare)
    except toolkit.ValidationError as error:
        _told(error)
        found = call("satudata_trend_show", **given)
    return toolkit.render(
        "satudata/quarter/trend.html",
        {
            "group_dict": group,
            "group_type": group["type"],
            "found": found,
            "compare": compare,
            "span": given["span"],
        },
    )


@satudata_report.route("/ekspor", methods=["POST"])
def export_create() -> Response:
    """Ask for a long file."""
    form = toolkit.request.form
    names = ("year", "tw", "span", "revision", "org", "status", "kind", "priority", "q", "format")
    asked = {name: form[name] for name in names if form.get(name)}
    try:
        run = call("satudata_export_create", **asked)
    except toolkit.ValidationError as error:
        _told(error)
        return toolkit.redirect_to("satudata_quarter.report_now")
    return toolkit.redirect_to("satudata_report.export", id=run["id"])


@satudata_report.route("/ekspor/<id>")
def export(id: str) -> str:
    """How far a long file is, and where it is."""
    run = call("satudata_export_show", id=id)
    org = run["filters"]["filters"].get("org")
    titles = opd_queries.titles([org]) if org else {}
    return toolkit.render(
        "satudata/quarter/export.html", {"run": run, "organization": titles.get(org)}
    )


@satudata_report.route("/ekspor/<id>/<filename>")
def export_file(id: str, filename: str) -> Response:
    """The file of a long export."""
    run = call("satudata_export_show", id=id)
    if run["state"] != "done" or filename != run["filename"]:
        raise toolkit.ObjectNotFound(toolkit._("This file is not ready."))
    content = model.Session.get(ExportRun, run["id"]).content
    return attachment(content, exports.FORMATS[run["format"]], filename)
