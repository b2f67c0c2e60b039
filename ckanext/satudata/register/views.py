"""Pages of the register: list, item, import, matching, schedules."""

from __future__ import annotations

from typing import Any

from ckan.plugins import toolkit
from flask import Blueprint, Response

from .. import clock, config
from ..pages import call, explain_refusals, organization_choices
from ..paging import PAGE_SIZE, page_number, pager
from ..text import N_
from . import item_telling, telling, versions

__all__ = ["satudata_register"]

_ = toolkit._

satudata_register = Blueprint("satudata_register", __name__, url_prefix="/satudata/daftar-data")
explain_refusals(
    satudata_register, N_("You may not open this page. Log in as a member of the walidata.")
)


def _flash(error: toolkit.ValidationError) -> None:
    toolkit.h.flash_error(" ".join(str(text) for text in error.error_summary.values()))


def _listing(action: str, **filters: Any) -> dict[str, Any]:
    number = page_number()
    found = call(action, limit=PAGE_SIZE, offset=(number - 1) * PAGE_SIZE, **filters)
    return {**found, "page": pager(found["results"], number, found["count"]), "filters": filters}


@satudata_register.route("")
def index() -> str:
    """The register: search, filter by organisation, only what is to be scheduled."""
    args = toolkit.request.args
    found = _listing("satudata_item_list", q=args.get("q", "").strip(), org=args.get("org", ""))
    return toolkit.render(
        "satudata/register/index.html", {**found, "organizations": organization_choices()}
    )


@satudata_register.route("/jadwal")
def schedule() -> str:
    """Items that owe nothing until someone says when they are due."""
    found = _listing(
        "satudata_item_list", to_schedule=True, org=toolkit.request.args.get("org", "")
    )
    toolkit.check_access("satudata_item_schedule", {"user": toolkit.current_user.name})
    return toolkit.render(
        "satudata/register/schedule.html", {**found, "organizations": organization_choices()}
    )


@satudata_register.route("/butir/<item_id>")
def item(item_id: str) -> str:
    """One item: what it is, its datasets, its rhythms, its obligations."""
    return _item_page(item_id)


def _sides(changes: dict[str, list[Any]]) -> list[dict[str, Any]]:
    """The values before and those after."""
    return [{field: pair[side] for field, pair in changes.items()} for side in (0, 1)]


def _item_page(
    item_id: str,
    entered: dict[str, str] | None = None,
    errors: dict[str, list[str]] | None = None,
) -> str:
    """The page of an item; a refused schedule stands in its form as it was entered."""
    shown = call("satudata_item_show", id=item_id)
    changed = [
        side for row in shown["history"] for side in _sides(row["details"].get("changes", {}))
    ]
    titles = item_telling.titles(changed)
    for row in shown["history"]:
        row["label"] = telling.label(row["kind"])
        row["told"] = item_telling.told_changes(row["details"].get("changes", {}), titles)
    own = f'extras_sd_item:"{shown["id"]}"'
    held = call("package_search", fq=own, rows=10, include_private=True)
    return toolkit.render(
        "satudata/register/item.html",
        {
            "item": shown,
            "contributors": sorted(
                titles[each] for each in shown["contributors"] if each in titles
            ),
            "round_open": call("satudata_round_list")["rounds"][:1],
            "datasets": held["results"],
            "entered": entered or {},
            "errors": errors or {},
        },
    )


_LETTER = ("number", "dated", "reason")
_SCHEDULE = ("rhythm", "frequency", "schedule", "since", *_LETTER)


@satudata_register.route("/butir/<item_id>/jadwal", methods=["POST"])
def set_schedule(item_id: str) -> Response | str:
    """Give one rhythm of an item its schedule."""
    form = toolkit.request.form
    fields = {name: form.get(name, "").strip() for name in _SCHEDULE}
    try:
        call("satudata_item_schedule", id=item_id, **fields)
    except toolkit.ValidationError as error:
        return _item_page(item_id, fields, error.error_dict)
    toolkit.h.flash_success(_("The schedule has been set and its obligations made."))
    return toolkit.redirect_to("satudata_register.item", item_id=item_id)


_IMPORT = ("kind", "valid_from")


@satudata_register.route("/impor")
def imports() -> str:
    """Upload form and the latest imports."""
    return _imports_page()


def _imports_page(
    entered: dict[str, str] | None = None, errors: dict[str, list[str]] | None = None
) -> str:
    """The page of imports; what was entered beside a refused file stays in the form."""
    return toolkit.render(
        "satudata/register/imports.html",
        {
            "runs": call("satudata_import_list"),
            "limit": config.max_import_megabytes(),
            "established": versions.is_established(clock.today().year),
            "entered": entered or {},
            "errors": errors or {},
        },
    )


@satudata_register.route("/impor", methods=["POST"])
def upload() -> Response | str:
    """Take a file and show what importing it would do."""
    fields = {name: toolkit.request.form.get(name, "") for name in (*_IMPORT, *_LETTER)}
    try:
        run = call("satudata_import_create", upload=toolkit.request.files.get("upload"), **fields)
    except toolkit.ValidationError as error:
        return _imports_page(fields, error.error_dict)
    return toolkit.redirect_to("satudata_register.run", run_id=run["id"])


@satudata_register.route("/impor/<run_id>")
def run(run_id: str) -> str:
    """Preview, progress or result of an import; rows may be filtered by outcome."""
    shown = call("satudata_import_show", id=run_id)
    outcome = toolkit.request.args.get("outcome", "")
    rows = [row for row in shown["report"] if outcome in ("", row["outcome"])]
    number = page_number()
    shown_rows = rows[(number - 1) * PAGE_SIZE : number * PAGE_SIZE]
    return toolkit.render(
        "satudata/register/run.html",
        {
            "run": shown,
            "outcome": outcome,
            "outcomes": sorted({row["outcome"] for row in shown["report"]}),
            "rows": shown_rows,
            "page": pager(shown_rows, number, len(rows)),
            "organizations": organization_choices(),
        },
    )


def _again(run_id: str, columns: dict[str, str] | None = None) -> Response:
    try:
        data = {"columns": columns} if columns is not None else {}
        call("satudata_import_preview", id=run_id, **data)
    except toolkit.ValidationError as error:
        _flash(error)
    return toolkit.redirect_to("satudata_register.run", run_id=run_id)


@satudata_register.route("/impor/<run_id>/kolom", methods=["POST"])
def choose_columns(run_id: str) -> Response:
    """Say which column is which field, and look again."""
    form = toolkit.request.form
    header = call("satudata_import_show", id=run_id)["mapping"]["header"]
    chosen = {name: form.get(f"column-{nr}", "") for nr, name in enumerate(header)}
    return _again(run_id, {name: field for name, field in chosen.items() if field})


@satudata_register.route("/impor/<run_id>/produsen", methods=["POST"])
def decide_producers(run_id: str) -> Response:
    """Keep which organisations unknown producers mean, and look again."""
    form = toolkit.request.form
    pending = call("satudata_import_show", id=run_id)["counts"].get("pending", [])
    for number, unknown in enumerate(pending):
        org = form.get(f"org-{number}", "")
        if not org:
            continue
        try:
            call("satudata_producer_decide", spelling=unknown["spelling"], org=org)
        except toolkit.ValidationError as error:
            _flash(error)
    return _again(run_id)


@satudata_register.route("/impor/<run_id>/konfirmasi", methods=["POST"])
def confirm(run_id: str) -> Response:
    """Let the import be done."""
    try:
        call("satudata_import_confirm", id=run_id)
    except toolkit.ValidationError as error:
        _flash(error)
    return toolkit.redirect_to("satudata_register.run", run_id=run_id)


@satudata_register.route("/padanan")
def matches() -> str:
    """Suggested pairs of item and dataset, to be confirmed or rejected."""
    args = toolkit.request.args
    state = args.get("state", "suggested")
    found = _listing("satudata_match_list", state=state, org=args.get("org", ""))
    return toolkit.render(
        "satudata/register/matches.html",
        {**found, "state": state, "organizations": organization_choices()},
    )


@satudata_register.route("/padanan", methods=["POST"])
def decide_matches() -> Response:
    """Confirm or reject the ticked pairs, confirm all from a score on, or look again."""
    form = toolkit.request.form
    pairs = [pair.split("/", 1) for pair in form.getlist("pair") if "/" in pair]
    try:
        if form.get("do") == "suggest":
            call("satudata_match_suggest")
            toolkit.h.flash_success(
                _("The search for datasets has been started. Open this page again in a moment.")
            )
        elif form.get("do") != "accept-score" and not pairs:
            toolkit.h.flash_error(_("No pair is ticked. Tick those that belong together first."))
        elif form.get("do") == "reject":
            number = call("satudata_match_reject", pairs=pairs)["rejected"]
            toolkit.h.flash_success(
                _("{count} pairs rejected. They are not suggested again.").format(count=number)
            )
        else:
            score = form.get("score") if form.get("do") == "accept-score" else None
            number = call("satudata_match_accept", pairs=pairs, score=score)["accepted"]
            toolkit.h.flash_success(
                _("{count} pairs confirmed; the datasets are being changed.").format(count=number)
            )
    except toolkit.ValidationError as error:
        _flash(error)
    kept = {name: form[name] for name in ("state", "org") if form.get(name)}
    return toolkit.redirect_to("satudata_register.matches", **kept)
