"""Downloads of an activity as BPS's forms."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ckan.plugins import toolkit
from flask import Blueprint, Response
from slugify import slugify

from ...export import FORMATS
from ...metadata.kegiatan_pages import satudata_contact
from ...metadata.views import activity_or_404
from ...pages import attachment
from . import paper, payload
from .parcel import Parcel, activity_item, dataset_item

satudata_bps = Blueprint("satudata_bps", __name__, url_prefix="/satudata/kegiatan")

FLAT = "datar"
"""Value of ``bentuk`` in the address of the JSON file: flat keys, as the national portal has."""

_BATCH = 500


@satudata_bps.route("/<id>/bps.xlsx")
def book(id: str) -> Response:
    """MS-Keg, MS-Ind and MS-Var in the layout of BPS."""
    activity = activity_or_404(id)
    return _file(paper.write(_parcel(activity)), FORMATS["xlsx"], activity, "xlsx")


@satudata_bps.route("/<id>/bps.json")
def national(id: str) -> Response:
    """The same with the keys of INDAH, or flat (``bentuk=datar``) with those of the national
    portal."""
    activity = activity_or_404(id)
    flat = toolkit.request.args.get("bentuk") == FLAT
    content = payload.write(_parcel(activity), flat)
    return _file(content, "application/json", activity, "json")


def _parcel(activity: dict[str, Any]) -> Parcel:
    """What the reader may see of an activity: its datasets, and the person in charge."""
    return Parcel(
        activity_item(activity, satudata_contact(activity["id"])),
        [dataset_item(one) for one in _datasets(activity["id"])],
        organiser=activity.get("sd_instansi_penyelenggara")
        or (activity.get("organization") or {}).get("title", ""),
    )


def _datasets(activity_id: str) -> Iterator[dict[str, Any]]:
    query = {
        "fq": f'+dataset_type:dataset +sd_kegiatan:"{activity_id}"',
        "include_private": True,
        "rows": _BATCH,
        "sort": "title_string asc, id asc",
    }
    start, total = 0, 1
    while start < total:
        found = toolkit.get_action("package_search")({}, {**query, "start": start})
        yield from found["results"]
        start, total = start + _BATCH, found["count"]


def _file(content: bytes, kind: str, activity: dict[str, Any], ending: str) -> Response:
    return attachment(content, kind, f"bps-{slugify(activity['name'])}.{ending}")
