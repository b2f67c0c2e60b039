"""Pages of the examination: deliveries, statements of nothing to report, objections."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ckan.plugins import toolkit
from flask import Blueprint, Response, send_file

from ..calendar.quarters import Quarter
from ..delivery import checks, evidence, review_queries
from ..judging import live, rulesets
from ..opd import judges, permissions
from ..pages import call, explain_refusals, unshared
from ..paging import PAGE_SIZE, page_number, pager
from ..quarter import standing
from ..register import decision_log, telling
from ..text import N_, is_storable
from . import objections, review_requests

__all__ = [
    "satudata_objections",
    "satudata_reviews",
]

_ = toolkit._

ALL = "semua"
"""What the address says instead of a quarter where all of them are meant."""

NIHIL = "nihil"

satudata_reviews = Blueprint("satudata_reviews", __name__, url_prefix="/satudata/pemeriksaan")
satudata_objections = Blueprint("satudata_objections", __name__, url_prefix="/satudata/sanggahan")
for _blueprint in (satudata_reviews, satudata_objections):
    explain_refusals(
        _blueprint,
        N_("You may not open this page. It is for the walidata, the officers and the editors."),
    )


def _quarter() -> Quarter | None:
    """The quarter that the address asks for; None: all. Without one that is under way."""
    asked = toolkit.request.values.get("tw", "")
    if asked == ALL:
        return None
    try:
        return Quarter.parse(asked)
    except ValueError:
        return _under_way()


def _under_way() -> Quarter:
    """The oldest quarter that waits to become final after its cutoff, else the current one."""
    waiting = (standing.REVIEW, standing.PROVISIONAL, standing.OBJECTIONS)
    found = [one.quarter for one in standing.listed() if one.state in waiting]
    return min(found) if found else live.current_quarter()


def _chosen() -> tuple[Quarter | None, dict[str, Any]]:
    """The quarter and the filters of the address, as the actions take them."""
    asked, quarter = toolkit.request.values, _quarter()
    given = {name: asked.get(name, "").strip() for name in ("q", "org")}
    filters: dict[str, Any] = {k: text if is_storable(text) else "" for k, text in given.items()}
    if quarter:
        filters |= {"year": quarter.year, "tw": quarter.tw}
    return quarter, filters


def _quarters(chosen: Quarter | None) -> list[Quarter]:
    """Quarters to choose from, newest first."""
    opened = [one.quarter for one in standing.listed()]
    return sorted({*opened, live.current_quarter(), *([chosen] if chosen else [])}, reverse=True)


def _page_of(action: str, **asked: Any) -> dict[str, Any]:
    number = page_number()
    found = call(action, limit=PAGE_SIZE, offset=(number - 1) * PAGE_SIZE, **asked)
    return {**found, "page": pager(found["results"], number, found["count"])}


def _shown(quarter: Quarter | None, filters: dict[str, Any]) -> dict[str, Any]:
    """What both lists show above their rows."""
    return {
        "quarter": quarter,
        "where": standing.of(quarter) if quarter else None,
        "quarters": _quarters(quarter),
        "filters": filters,
        "tw": str(quarter) if quarter else ALL,
        "judges": judges.judges_some(toolkit.current_user.name),
    }


@satudata_reviews.route("")
def index() -> str:
    """Deliveries by what was decided on them, and statements of nothing to report."""
    return _reviews_page()


def _reviews_page() -> str:
    """The lists; what was entered beside a refusal stays in its form."""
    quarter, filters = _chosen()
    state = toolkit.request.values.get("state", "")
    if state not in (*review_queries.STATES, NIHIL):
        state = ""
    shown = state or _first_with_rows(filters)
    found = _page_of("satudata_delivery_list", state=None if shown == NIHIL else shown, **filters)
    for row in found["results"]:
        row["told"] = _failures(row)
    claims = _claims()
    return toolkit.render(
        "satudata/quarter/reviews.html",
        {
            **found,
            **_shown(quarter, filters),
            "state": shown,
            "claims": claims,
            "entered": toolkit.request.form,
        },
    )


def _first_with_rows(filters: dict[str, Any]) -> str:
    counts = call("satudata_delivery_list", limit=0, **filters)["states"]
    return next((state for state in ("waiting", "unreviewed") if counts[state]), "waiting")


def _failures(row: dict[str, Any]) -> list[str]:
    """What the checks found wrong with a content, as sentences."""
    keys = [one.get("reason") or one.get("check") for one in row["failures"] or []]
    return [checks.label(key) for key in keys if key]


def _claims() -> list[dict[str, Any]]:
    """Statements of nothing to report that the reader answers."""
    user = toolkit.current_user.name
    if not judges.judges_some(user):
        return []
    rows = decision_log.by_ids(review_queries.nihil_claims())
    judged = judges.judged_by(user, {row["org_id"] for row in rows if row["org_id"]})
    return [{**row, "text": telling.what(row)} for row in rows if row["org_id"] in judged]


def _numbers(name: str) -> list[int]:
    """Ids of a form; one input may hold several, parted by commas."""
    return review_requests.numbers(",".join(toolkit.request.form.getlist(name)).split(","))


def _done(work: Callable[[], Any], success: str) -> bool:
    """Whether an action took what it was asked; the page tells it either way."""
    try:
        work()
    except toolkit.ValidationError as error:
        toolkit.h.flash_error(_sentences(error))
        return False
    toolkit.h.flash_success(success)
    return True


def _sentences(error: toolkit.ValidationError) -> str:
    """The faults alone, without the names of fields that the page does not show."""
    faults = [one for texts in error.error_dict.values() for one in texts]
    return " ".join(str(fault) for fault in faults[:10])


def _back(endpoint: str, **values: Any) -> Response:
    kept = ("state", "tw", "org", "q")
    form = toolkit.request.form
    asked = {name: form[name] for name in kept if form.get(name)}
    return toolkit.redirect_to(endpoint, **asked, **values)


@satudata_reviews.route("", methods=["POST"])
def accept_chosen() -> Response:
    """Accept the ticked deliveries."""
    events = _numbers("events")
    if not events:
        toolkit.h.flash_error(_("No delivery is ticked. Tick those that are to be accepted."))
        return _back("satudata_reviews.index")
    message = _("The chosen deliveries are accepted.")
    _done(lambda: call("satudata_delivery_accept", events=events), message)
    return _back("satudata_reviews.index")


@satudata_reviews.route("/nihil", methods=["POST"])
def answer_nihil() -> Response | str:
    """Accept or refuse a statement that there is nothing to report."""
    form = toolkit.request.form
    accept = form.get("do") == "accept"
    message = _("The statement is accepted.") if accept else _("The statement is refused.")
    asked = {"id": form.get("id"), "accept": accept, "reason": form.get("reason", "")}
    if not _done(lambda: call("satudata_nihil_answer", **asked), message):
        return _reviews_page()
    return toolkit.redirect_to("satudata_reviews.index", state=NIHIL)


@satudata_reviews.route("/<int:event>")
def show(event: int) -> str:
    """One delivery: file, result of the checks, first rows, history, and the decisions."""
    return _delivery_page(event)


def _delivery(event: int) -> dict[str, Any]:
    """What is known of a delivery; an address with an impossible number is of none."""
    try:
        return call("satudata_delivery_show", event=event)
    except toolkit.ValidationError:
        missing = _("There is no such delivery, or it was withdrawn since.")
        raise toolkit.ObjectNotFound(missing) from None


def _delivery_page(
    event: int,
    entered: dict[str, str] | None = None,
    errors: dict[str, list[str]] | None = None,
) -> str:
    """The page of a delivery; what was entered beside a refusal stays in the form."""
    found = _delivery(event)
    user = toolkit.current_user.name
    duty = found["duties"][0]
    rules = rulesets.of(Quarter(duty["year"], duty["tw"]))
    received = duty["received"]
    preview = found["preview"]
    return toolkit.render(
        "satudata/quarter/review.html",
        {
            "row": found,
            "told": _failures(found),
            "hidden": _hidden(preview),
            "events": ",".join(str(one["event_id"]) for one in found["duties"]),
            "rules": rules,
            "on_behalf": permissions.manages(found["actor"]),
            "to_confirm": received and not received["counts"],
            "received_ids": ",".join(
                str(one["received"]["id"]) for one in found["duties"] if one["received"]
            ),
            "approves": rules.opd_approval and judges.heads(user, found["org_id"]),
            "entered": entered or {},
            "errors": errors or {},
        },
    )


def _hidden(preview: dict[str, Any] | None) -> str | None:
    """Why no rows are shown of a content that could be read; None where they are."""
    if preview is None or preview["reason"] is None:
        return None
    if preview["reason"] == "large":
        return _("The file is too large to be shown here. Download it to look at its rows.")
    return checks.label(preview["reason"])


_DECISIONS = {
    "terima": ("satudata_delivery_accept", N_("The delivery is accepted.")),
    "kembalikan": ("satudata_delivery_return", N_("The delivery is returned to the OPD.")),
    "diterima": ("satudata_delivery_received", N_("The date of receipt is recorded.")),
    "setujui": ("satudata_delivery_approve", N_("The delivery is approved.")),
    "konfirmasi": ("satudata_received_confirm", N_("The date of receipt is confirmed.")),
}


@satudata_reviews.route(
    "/<int:event>/<any(terima, kembalikan, diterima, setujui, konfirmasi):decision>",
    methods=["POST"],
)
def decide(event: int, decision: str) -> Response | str:
    """Record one decision on a delivery."""
    form = toolkit.request.form
    action, message = _DECISIONS[decision]
    asked: dict[str, Any] = {
        name: form[name] for name in ("day", "proof", "reason") if name in form
    }
    if decision == "konfirmasi":
        asked["decisions"] = _numbers("decisions")
    else:
        asked |= {"events": _numbers("events"), "fault": bool(form.get("fault"))}
    try:
        call(action, **asked)
    except toolkit.ValidationError as error:
        entered = {name: form.get(name, "") for name in ("day", "proof", "reason", "fault")}
        return _delivery_page(event, {**entered, "decision": decision}, error.error_dict)
    toolkit.h.flash_success(_(message))
    return toolkit.redirect_to("satudata_reviews.show", event=event)


@satudata_reviews.route("/<int:event>/berkas")
def download(event: int) -> Response:
    """The content as it was delivered, piece by piece from the store of evidence."""
    found = _delivery(event)
    if not found["sees_content"]:
        raise toolkit.NotAuthorized
    try:
        stream = evidence.stream_of(found["sha256"])
    except evidence.EvidenceMissingError:
        raise toolkit.ObjectNotFound(checks.label("content_missing")) from None
    name = found["filename"] or found["sha256"][:16]
    response = send_file(
        stream, mimetype="application/octet-stream", as_attachment=True, download_name=name
    )
    response.content_length = found["bytes"]
    response.headers["X-Content-Type-Options"] = "nosniff"
    return unshared(response)


@satudata_objections.route("", endpoint="index")
def list_objections() -> str:
    """Objections with their answers; for an OPD also the results that it may object to."""
    return _objections_page()


def _objections_page() -> str:
    """The list; what was entered beside a refusal stays in its form."""
    quarter, filters = _chosen()
    state = toolkit.request.values.get("state", "")
    state = state if state in objections.STATES else ""
    found = _page_of("satudata_objection_list", state=state, **filters)
    return toolkit.render(
        "satudata/quarter/objections.html",
        {
            **found,
            **_shown(quarter, filters),
            "state": state,
            "remedies": objections.REMEDIES,
            "objectable": _objectable(quarter),
            "entered": toolkit.request.form,
        },
    )


def _objectable(quarter: Quarter | None) -> list[dict[str, Any]] | None:
    """Own results of a quarter in its time for objections; None where there is nothing to do."""
    user = toolkit.current_user.name
    who = permissions.standing(user)
    if quarter is None or not (who.admin_of or who.editor_of) or not objections.may_object(quarter):
        return None
    rows = call("satudata_report_rows", year=quarter.year, tw=quarter.tw, span="cumulative")["rows"]
    own = {row["org_id"] for row in rows}
    acts = {org_id for org_id in own if judges.acts_inside(user, org_id)}
    return [row for row in rows if row["org_id"] in acts]


@satudata_objections.route("/<obligation_id>/<int:year>/<int:tw>", methods=["GET", "POST"])
def create(obligation_id: str, year: int, tw: int) -> Response | str:
    """The form of an objection to one result."""
    form = toolkit.request.form
    data = {"obligation_id": obligation_id, "year": year, "tw": tw}
    toolkit.check_access("satudata_objection_create", {"user": toolkit.current_user.name}, data)
    errors: dict[str, list[str]] = {}
    if toolkit.request.method == "POST":
        try:
            asked = {name: form.get(name, "") for name in ("reason", "evidence")}
            call("satudata_objection_create", **data, **asked)
        except toolkit.ValidationError as error:
            errors = error.error_dict
        else:
            toolkit.h.flash_success(_("The objection is recorded. The answer appears here."))
            return toolkit.redirect_to("satudata_objections.index", tw=f"{year}-TW{tw}")
    try:
        quarter = Quarter.named(year, tw)
    except ValueError:
        raise toolkit.ObjectNotFound(_("There is no such quarter.")) from None
    row = objections.row(obligation_id, quarter)
    if row is None:
        raise toolkit.ObjectNotFound(_("This duty is not judged in that quarter."))
    return toolkit.render(
        "satudata/quarter/objection.html",
        {
            "row": row,
            "quarter": quarter,
            "where": standing.of(quarter),
            "open": objections.may_object(quarter),
            "entered": form,
            "errors": errors,
        },
    )


@satudata_objections.route("/<int:objection>/jawab", methods=["POST"])
def answer(objection: int) -> Response | str:
    """Accept or refuse an objection."""
    form = toolkit.request.form
    accept = form.get("do") == "accept"
    asked = {
        "id": objection,
        "accept": accept,
        "reason": form.get("reason", ""),
        "remedy": form.get("remedy", ""),
    }
    message = _("The objection is accepted. Now take the decision that follows from it.")
    if not accept:
        message = _("The objection is refused.")
    if not _done(lambda: call("satudata_objection_answer", **asked), message):
        return _objections_page()
    return _back("satudata_objections.index")
