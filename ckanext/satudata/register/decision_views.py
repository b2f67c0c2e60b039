"""Pages of decisions: the log, one decision, dispensations, statements of nothing to report."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from ckan.plugins import toolkit
from flask import Blueprint, Response

from .. import clock, config, export
from ..calendar import localtime
from ..pages import attachment, call, explain_refusals, organization_choices
from ..paging import PAGE_SIZE, page_number, pager
from ..text import N_
from . import decision_log, duties, nihil, revoking, telling
from .decision_actions import log_filters
from .decisions import KINDS
from .duties import Duty

__all__ = ["satudata_decisions"]

_ = toolkit._

satudata_decisions = Blueprint("satudata_decisions", __name__, url_prefix="/satudata")
explain_refusals(satudata_decisions, N_("You may not open this page."))

_FILTERS = ("q", "org", "kind", "state", "year", "tw", "since", "until", "item", "obligation")
_LETTER = ("number", "dated", "reason")


def _filters() -> dict[str, str]:
    args = toolkit.request.args
    return {name: args[name].strip() for name in _FILTERS if args.get(name, "").strip()}


@satudata_decisions.route("/keputusan")
def index() -> str:
    """The log of decisions, filtered, page by page."""
    number, filters, errors = page_number(), _filters(), {}
    try:
        found = call(
            "satudata_decision_list",
            limit=PAGE_SIZE,
            offset=(number - 1) * PAGE_SIZE,
            **filters,
        )
    except toolkit.ValidationError as error:
        found, errors = {"count": 0, "results": []}, error.error_dict
    return toolkit.render(
        "satudata/register/decisions.html",
        {
            **found,
            "filters": filters,
            "errors": errors,
            "page": pager(found["results"], number, found["count"]),
            "kinds": [{"value": kind, "text": telling.label(kind)} for kind in KINDS],
            "organizations": organization_choices(),
        },
    )


@satudata_decisions.route("/keputusan.<any(csv, xlsx):extension>")
def export_log(extension: str) -> Response:
    """The log as the page shows it with these filters, all pages of it."""
    user = toolkit.current_user.name
    toolkit.check_access("satudata_decision_list", {"user": user})
    try:
        _count, rows = decision_log.search(user, **log_filters(_filters()))
    except toolkit.ValidationError as error:
        toolkit.abort(400, "; ".join(map(str, error.error_summary.values())))
    cells = [[value(row) for _name, value in _COLUMNS] for row in map(telling.as_dict, rows)]
    header = [_(name) for name, _value in _COLUMNS]
    content = export.write(extension, header, cells, _("Decisions"))
    name = f"keputusan-{clock.today().isoformat()}.{extension}"
    return attachment(content, export.FORMATS[extension], name)


def _moment(row: Mapping[str, Any]) -> str:
    zone = localtime.zone(config.timezone())
    return dt.datetime.fromisoformat(row["at"]).astimezone(zone).isoformat(" ", "seconds")


def _state(row: Mapping[str, Any]) -> str:
    return _("taken back") if row["revoked_at"] else _("in force")


_COLUMNS = (
    (N_("Decision id"), lambda row: row["id"]),
    (N_("Recorded"), _moment),
    (N_("Kind"), lambda row: row["label"]),
    (N_("Number"), lambda row: row["number"]),
    (N_("Date of the letter"), lambda row: row["dated"]),
    (N_("Decision"), lambda row: row["what"]),
    (N_("Reason"), lambda row: row["reason"]),
    (N_("Organisation"), lambda row: row["org_title"]),
    (N_("Data"), lambda row: row["item_name"]),
    (N_("Data period"), lambda row: row["period"]),
    (N_("State"), _state),
    (N_("Decided by"), lambda row: row["actor_name"]),
    (N_("Obligation id"), lambda row: row["obligation_id"]),
)
"""Heading (msgid) and value of each column of the file."""


@satudata_decisions.route("/keputusan/<int:decision_id>")
def show(decision_id: int) -> str:
    """One decision, and the form that takes it back."""
    return _decision_page(decision_id)


def _decision_page(
    decision_id: int, entered: Mapping[str, Any] | None = None, errors: Any = None
) -> str:
    user = toolkit.current_user.name
    toolkit.check_access("satudata_decision_list", {"user": user})
    _count, rows = decision_log.search(user, ids=[decision_id])
    if not rows:
        raise toolkit.ObjectNotFound(_("There is no such decision"))
    related = [row for row in decision_log.related(decision_id, user) if row["id"] != decision_id]
    decision = telling.as_dict(rows[0])
    revocable = decision["kind"] in revoking.KINDS and not decision["revoked_at"]
    return toolkit.render(
        "satudata/register/decision.html",
        {
            "decision": decision,
            "related": [telling.as_dict(row) for row in related],
            "may_revoke": revocable
            and toolkit.h.check_access("satudata_decision_revoke", {"id": decision_id}),
            "entered": entered or {},
            "errors": errors or {},
        },
    )


@satudata_decisions.route("/keputusan/<int:decision_id>/cabut", methods=["POST"])
def revoke(decision_id: int) -> Response | str:
    """Take a decision back."""
    form = toolkit.request.form
    entered = {name: form.get(name, "") for name in ("number", "reason", "after_final")}
    try:
        call("satudata_decision_revoke", id=decision_id, **entered)
    except toolkit.ValidationError as error:
        return _decision_page(decision_id, entered, error.error_dict)
    toolkit.h.flash_success(_("The decision has been taken back; both stay in the log."))
    return toolkit.redirect_to("satudata_decisions.show", decision_id=decision_id)


@satudata_decisions.route("/dispensasi")
def dispensation() -> str:
    """Choose duties, say what is decided; the preview says what it would do."""
    args = toolkit.request.args
    found = {name: args.get(name, "").strip() for name in ("org", "item", "year", "tw")}
    entered: dict[str, Any] = {**found, "obligations": args.getlist("obligation")}
    entered["kind"] = args.get("kind", "waiver")
    entered["after_final"] = args.get("after_final", "").strip()
    return _dispensation_page(entered)


def _dispensation_page(entered: dict[str, Any], errors: Any = None, previewed: bool = False) -> str:
    toolkit.check_access("satudata_waiver_create", {"user": toolkit.current_user.name})
    chosen = entered["obligations"]
    asked = {name: entered.get(name) for name in ("org", "item", "year", "tw")}
    rows: list[dict[str, Any]] = []
    if chosen or asked["org"] or asked["item"]:
        rows, faults = _preview(entered, {"obligations": chosen} if chosen else asked)
        errors = {**faults, **(errors or {})}
    return toolkit.render(
        "satudata/register/dispensation.html",
        {
            "rows": rows,
            "free": sum(not row["refusal"] for row in rows),
            "entered": entered,
            "errors": errors or {},
            "previewed": previewed and bool(rows) and not errors,
            "organizations": organization_choices(),
            "frozen": any(row["final"] for row in rows),
            "years": range(clock.today().year + 1, clock.today().year - 4, -1),
        },
    )


def _preview(
    entered: Mapping[str, Any], asked: dict[str, Any]
) -> tuple[list[dict[str, Any]], dict[str, list[str]]]:
    """The duties with what stands against the decision, and what is wrong with the question."""
    after_final = entered.get("after_final") or False
    if entered["kind"] == "extension" and entered.get("day"):
        try:
            extended = call(
                "satudata_extension_create",
                preview=True,
                day=entered["day"],
                after_final=after_final,
                **asked,
            )
            return extended["duties"], {}
        except toolkit.ValidationError as error:
            faults = error.error_dict
    else:
        faults = {}
    try:
        waived = call("satudata_waiver_create", preview=True, after_final=after_final, **asked)
    except toolkit.ValidationError as error:
        return [], {**faults, **error.error_dict}
    if entered["kind"] == "extension":  # which day is not known yet: only that nothing is waived
        for row in waived["duties"]:
            row["judged"] = None
    return waived["duties"], faults


@satudata_decisions.route("/dispensasi", methods=["POST"])
def decide() -> Response | str:
    """Show what a decision would do, or record it."""
    form = toolkit.request.form
    names = ("kind", "org", "item", "year", "tw", "day", "after_final", *_LETTER)
    entered: dict[str, Any] = {name: form.get(name, "").strip() for name in names}
    entered["obligations"] = form.getlist("obligations")
    if not entered["obligations"]:
        return _dispensation_page(entered, {"obligations": [_("Tick at least one duty.")]})
    if form.get("do") != "save":
        needed = ["number", "reason", *(["day"] if entered["kind"] == "extension" else [])]
        missing = {name: [_("Must be filled in.")] for name in needed if not entered[name]}
        return _dispensation_page(entered, missing, previewed=not missing)
    action = {"waiver": "satudata_waiver_create", "extension": "satudata_extension_create"}
    asked = {name: entered[name] for name in ("day", "after_final", *_LETTER)}
    try:
        made = call(
            action.get(entered["kind"], "satudata_waiver_create"),
            obligations=entered["obligations"],
            **asked,
        )["decisions"]
    except toolkit.ValidationError as error:
        return _dispensation_page(entered, error.error_dict)
    toolkit.h.flash_success(
        toolkit.ungettext(
            "The decision about %(num)d duty is in the log.",
            "The decision about %(num)d duties is in the log.",
            len(made),
        )
        % {"num": len(made)}
    )
    return toolkit.redirect_to("satudata_decisions.index", q=entered["number"])


@satudata_decisions.route("/kewajiban/<obligation_id>/nihil")
def nihil_form(obligation_id: str) -> str:
    """The form by which an OPD states that it has nothing to report."""
    return _nihil_page(obligation_id)


def _nihil_page(obligation_id: str, reason: str = "", errors: Any = None) -> str:
    duty = next(iter(duties.of_ids([obligation_id])), None)
    if duty is None:
        raise toolkit.ObjectNotFound(_("There is no such duty"))
    asked = {"obligation_id": obligation_id}
    toolkit.check_access("satudata_nihil_claim", {"user": toolkit.current_user.name}, asked)
    return toolkit.render(
        "satudata/register/nihil.html",
        {
            "duty": duty,
            "refusal": nihil.refuses_claim(duty),
            "claim": _claim(duty),
            "reason": reason,
            "errors": errors or {},
        },
    )


def _claim(duty: Duty) -> dict[str, Any] | None:
    rows = decision_log.by_ids([duty.claim]) if duty.claim else []
    return telling.as_dict(rows[0]) if rows else None


@satudata_decisions.route("/kewajiban/<obligation_id>/nihil", methods=["POST"])
def state_nihil(obligation_id: str) -> Response | str:
    """State that there is nothing to report."""
    reason = toolkit.request.form.get("reason", "")
    try:
        call("satudata_nihil_claim", obligation_id=obligation_id, reason=reason)
    except toolkit.ValidationError as error:
        return _nihil_page(obligation_id, reason, error.error_dict)
    toolkit.h.flash_success(_("Your statement has been recorded. It counts once it is accepted."))
    return toolkit.redirect_to("satudata_decisions.nihil_form", obligation_id=obligation_id)
