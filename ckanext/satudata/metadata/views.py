"""Pages of statistical activities beside core's own."""

from __future__ import annotations

from typing import Any

from ckan.plugins import toolkit
from flask import Blueprint
from flask_babel import force_locale

from . import printing
from .kegiatan_pages import satudata_contact
from .kinds import KEGIATAN
from .schema import dataset_schema

__all__ = ["satudata_kegiatan"]

satudata_kegiatan = Blueprint("satudata_kegiatan", __name__, url_prefix="/satudata/kegiatan")


@satudata_kegiatan.route("/<id>/cetak")
def print_form(id: str) -> str:
    """The activity as BPS's form MS-Keg, to be printed by the browser; always Indonesian."""
    activity = activity_or_404(id)
    contact = satudata_contact(activity["id"])
    schema: Any = dataset_schema(KEGIATAN)
    with force_locale("id"):
        return toolkit.render(
            "satudata/metadata/kegiatan/print.html",
            {"pkg": activity, "blocks": printing.blocks(schema, activity, contact)},
        )


def activity_or_404(reference: str) -> dict[str, Any]:
    """The activity of this id or address as the reader may see it; else the page of a 404."""
    try:
        found = toolkit.get_action("package_show")({"for_view": True}, {"id": reference})
    except (toolkit.ObjectNotFound, toolkit.NotAuthorized):
        found = {}
    if found.get("type") != KEGIATAN:
        toolkit.abort(404, toolkit._("There is no such activity, or you may not see it"))
    return found
