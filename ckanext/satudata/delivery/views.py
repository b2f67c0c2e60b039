"""Page of the variables that the columns of a file propose."""

from __future__ import annotations

from typing import Any

from ckan.plugins import toolkit
from flask import Blueprint, Response
from werkzeug.datastructures import MultiDict

from ..pages import call, explain_refusals
from ..queue import enqueue
from ..template_helpers import satudata_number
from ..text import N_
from . import jobs, proposals

__all__ = ["satudata_variables"]

_ = toolkit._

satudata_variables = Blueprint(
    "satudata_variables", __name__, url_prefix="/dataset/<id>/usulan-variabel"
)
explain_refusals(
    satudata_variables, N_("Only those who may edit the dataset can describe its variables.")
)


def _package(reference: str) -> dict[str, Any]:
    """The dataset, for those who may edit it alone."""
    toolkit.check_access("package_update", {}, {"id": reference})
    package = toolkit.get_action("package_show")({"for_edit": True}, {"id": reference})
    if proposals.field_of(package["type"]) is None:
        raise toolkit.ObjectNotFound(_("This type of dataset has no variables."))
    return package


@satudata_variables.route("")
def show(id: str) -> str:
    """The columns of one file of the dataset, the newest if none is asked for."""
    return _page(_package(id), toolkit.request.args.get("berkas"))


def _page(
    package: dict[str, Any],
    resource_id: str | None,
    errors: dict[str, list[str]] | None = None,
    typed: MultiDict[str, str] | None = None,
) -> str:
    tables = proposals.tables(package["id"])
    known = {table.resource_id for table in tables}
    if resource_id is not None and resource_id not in known:
        errors = {"resource_id": [_("The dataset has no uploaded CSV or XLSX file of this id")]}
        resource_id = None
    shown = None
    if tables:
        chosen = resource_id or tables[0].resource_id
        shown = call("satudata_variable_proposals", resource_id=chosen)
        if shown["again"]:
            errors = {**(errors or {}), **_ask_for_reading(chosen)}
    return toolkit.render(
        "satudata/delivery/variables.html",
        {
            "pkg": package,
            "tables": tables,
            "shown": shown,
            "type_field": _type_field(package["type"]),
            "errors": errors or {},
            "typed": typed,
        },
    )


def _ask_for_reading(resource_id: str) -> dict[str, list[str]]:
    try:
        enqueue(
            "resource_id", "Satu Data: read columns", jobs.profile_columns, resource_id, once=True
        )
    except toolkit.ValidationError as error:
        return error.error_dict
    return {}


def _type_field(dataset_type: str) -> dict[str, Any]:
    """The subfield that holds the type, for the labels of its choices."""
    subfields = (proposals.field_of(dataset_type) or {})["repeating_subfields"]
    return next((one for one in subfields if one["field_name"] == "tipe_data"), {})


@satudata_variables.route("", methods=["POST"])
def accept(id: str) -> Response | str:
    """Take over the ticked columns, then go on in the form, at the first new variable."""
    package = _package(id)
    form = toolkit.request.form
    chosen = [
        {"column": form.get(f"kolom-{place}", ""), "nama": form.get(f"nama-{place}", "")}
        for place in form.getlist("kolom")
    ]
    resource_id = form.get("berkas", "")
    try:
        done = call(
            "satudata_variable_accept",
            id=package["id"],
            resource_id=resource_id,
            sha256=form.get("sha256", ""),
            variables=chosen,
        )
    except toolkit.ValidationError as error:
        return _page(package, resource_id, error.error_dict, form)
    if not done["added"]:
        toolkit.h.flash_notice(_("All of these columns are described already; nothing was added."))
        return toolkit.redirect_to("satudata_variables.show", id=package["name"])
    message = toolkit.ungettext(
        "{number} variable was added. Now write its definition.",
        "{number} variables were added. Now write their definitions.",
        done["added"],
    )
    toolkit.h.flash_success(message.format(number=satudata_number(done["added"])))
    anchor = f"field-{proposals.FIELD}-{done['first']}-definisi"
    return toolkit.redirect_to("dataset.edit", id=package["name"], _anchor=anchor)
