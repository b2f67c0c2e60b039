"""Pages of workbooks: download a template, send it filled in, look, confirm."""

from __future__ import annotations

from typing import Any

import ckan.lib.base as base
from ckan.plugins import toolkit
from flask import Blueprint, Response
from slugify import slugify

from .. import config
from ..opd import permissions
from ..paging import PAGE_SIZE, pager
from . import template
from .bps.pages import satudata_bps
from .sheets import FORMS

__all__ = ["satudata_bps", "satudata_workbook"]

_ = toolkit._
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

satudata_workbook = Blueprint("satudata_workbook", __name__, url_prefix="/satudata/templat")


def _call(action: str, **data: Any) -> Any:
    return toolkit.get_action(action)({"user": toolkit.current_user.name}, data)


@satudata_workbook.errorhandler(toolkit.NotAuthorized)
def _refused(_error: toolkit.NotAuthorized) -> tuple[str, int]:
    return _error_page(403, _("You may not open this page. Log in as an editor of an OPD."))


@satudata_workbook.errorhandler(toolkit.ObjectNotFound)
def _missing(error: toolkit.ObjectNotFound) -> tuple[str, int]:
    return _error_page(404, str(error.message or _("Not found")))


def _error_page(code: int, message: str) -> tuple[str, int]:
    extra = {"code": code, "content": message, "name": ""}
    return base.render("error_document_template.html", extra), code


def _organizations() -> list[dict[str, Any]]:
    """The organisations for which the user may save, by title."""
    found = _call("organization_list_for_user", permission="update_dataset")
    return sorted(found, key=lambda org: org["title"])


@satudata_workbook.route("")
def index() -> str:
    """Download and upload, and the latest uploads."""
    return _index()


def _index(errors: dict[str, list[str]] | None = None) -> str:
    return toolkit.render(
        "satudata/workbook/index.html",
        {
            "runs": _call("satudata_workbook_list"),
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
    org = _call("organization_show", id=args.get("org") or "", include_datasets=False)
    if not permissions.edits_opd(user, org["id"]):
        raise toolkit.NotAuthorized()
    forms = tuple(form for form in FORMS if form in args.getlist("form")) or FORMS
    response = Response(template.write(org, forms), mimetype=_XLSX)
    name = f"templat-{slugify(org['name'])}.xlsx"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@satudata_workbook.route("/unggah", methods=["POST"])
def upload() -> Response | str:
    """Take a filled template and show what saving it would change."""
    form = toolkit.request.form
    try:
        run = _call(
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
    args = toolkit.request.args
    text = args.get("page", "1")
    number = max(1, int(text)) if text.isdecimal() and len(text) < 6 else 1
    state = args.get("state", "")
    shown = _call(
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
        _call("satudata_workbook_confirm", id=run_id)
    except toolkit.ValidationError as error:
        toolkit.h.flash_error(" ".join(map(str, error.error_summary.values())))
    return toolkit.redirect_to("satudata_workbook.run", run_id=run_id)
