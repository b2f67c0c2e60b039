"""What the form asks for while an area is being typed."""

from __future__ import annotations

from ckan.plugins import toolkit
from flask import Blueprint, Response, jsonify

__all__ = ["satudata_reference"]

satudata_reference = Blueprint("satudata_reference", __name__, url_prefix="/satudata")


@satudata_reference.route("/wilayah")
def regions() -> Response:
    """Areas for ``?q=…``; ``name`` is what the input will show and the field reads."""
    search = toolkit.get_action("satudata_region_autocomplete")
    found = search({}, {"q": toolkit.request.args.get("q", "")})
    return jsonify([{"name": f"{one['code']} {one['label']}"} for one in found])
