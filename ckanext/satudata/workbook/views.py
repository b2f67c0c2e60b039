"""Pages of workbooks: download a template, send it filled in, look, confirm."""

from __future__ import annotations

from typing import Any

from ckan.plugins import toolkit
from flask import Blueprint, Response
from slugify import slugify

from .. import config
from ..export import FORMATS
from ..opd import permissions
from ..pages import attachment, call, explain_refusals
from ..paging import PAGE_SIZE, page_number, pager
from ..text import N_
from . import template
from .bps.pages import satudata_bps
from .sheets import FORMS

__all__ = ["satudata_bps", "satudata_workbook"]

satudata_workbook = Blueprint("satudata_workbook", __name__, url_prefix="/satudata/templat")
explain_refusals(
    satudata_workbook, N_("You may not open this page. Log in as an editor of an OPD.")
)


def _organizations() -> list[dict[str, Any]]:
    """The organisations for which the user may save, by title."""
    found = call("organization_list_for_user", permission="update_dataset")
    return sorted(found, key=lambda org: org["title"])


@satudata_workbook.route("")
def index() -> str:
    """Download and upload, and the latest uploads."""
    return _index()


def _index(errors: dict[str, list[str]] | None = None) -> str:
    return toolkit.render(
        "satudata/workbook/index.html",
        {
            "runs": call("satudata_workbook_list"),
            "organizations": _organizations(),
            "forms": FORMS,
            "limit": config.max_import_megabytes(),
            "errors": errors or {},
        },
    )


@satudata_workbook.route("/unduh")
def download() -> Response:
    """The template of an organisation, with what it has."""
    args = toolkit.request.args
    user = toolkit.current_user.name
    org = call("organization_show", id=args.get("org") or "", include_datasets=False)
    if not permissions.edits_opd(user, org["id"]):
        raise toolkit.NotAuthorized()
    forms = tuple(form for form in FORMS if form in args.getlist("form")) or FORMS
    name = f"templat-{slugify(org['name'])}.xlsx"
    return attachment(template.write(org, forms), FORMATS["xlsx"], name)


@satudata_workbook.route("/unggah", methods=["POST"])
def upload() -> Response | str:
    """Take a filled template and show what saving it would change."""
    form = toolkit.request.form
    try:
        run = call(
            "satudata_workbook_create",
            upload=toolkit.request.files.get("upload"),
            clear=bool(form.get("clear")),
            org=form.get("org"),
        )
    except toolkit.ValidationError as error:
        return _index(error.error_dict)
    return toolkit.redirect_to("satudata_workbook.run", run_id=run["id"])


@satudata_workbook.route("/unggahan/<run_id>")
def run(run_id: str) -> str:
    """Preview, progress or result of an upload."""
    number = page_number()
    state = toolkit.request.args.get("state", "")
    shown = call(
        "satudata_workbook_show",
        id=run_id,
        state=state,
        limit=PAGE_SIZE,
        offset=(number - 1) * PAGE_SIZE,
    )
    counts = shown["counts"]
    total = counts.get(state, 0) if state else sum(counts.values())
    return toolkit.render(
        "satudata/workbook/run.html",
        {
            "run": shown,
            "state": state,
            "total": sum(counts.values()),
            "page": pager(shown["changes"], number, total),
        },
    )


@satudata_workbook.route("/unggahan/<run_id>/konfirmasi", methods=["POST"])
def confirm(run_id: str) -> Response:
    """Let the changes be saved."""
    try:
        call("satudata_workbook_confirm", id=run_id)
    except toolkit.ValidationError as error:
        toolkit.h.flash_error(" ".join(map(str, error.error_summary.values())))
    return toolkit.redirect_to("satudata_workbook.run", run_id=run_id)
