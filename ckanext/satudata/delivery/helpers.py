"""Template helpers of delivery: receipts, and what an editor can make of the files of a dataset."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ckan.plugins import toolkit

from .. import clock, config
from ..calendar import localtime
from . import next_file, proposals

__all__ = [
    "satudata_files_of_period",
    "satudata_next_file",
    "satudata_receipts",
    "satudata_variable_source",
]

SHOWN_RECEIPTS = 5


def satudata_receipts(package_id: str) -> dict[str, Any]:
    """The newest receipts (``rows``) of a dataset and whether it has ``more``; none for those
    who may not read them."""
    request = {"package_id": package_id, "limit": SHOWN_RECEIPTS}
    if not toolkit.h.check_access("satudata_receipt_list", request):
        return {"rows": [], "more": False}
    found = toolkit.get_action("satudata_receipt_list")({}, request)
    return {"rows": found["rows"], "more": found["count"] > len(found["rows"])}


def satudata_variable_source(pkg_dict: Mapping[str, Any]) -> dict[str, Any] | None:
    """The file that variables can be proposed from, the newest; None where there is none.

    ``name``, ``resource_id``, and ``undescribed``: the number of its columns that no
    variable describes, None as long as its content has not been read.
    """
    if proposals.field_of(pkg_dict["type"]) is None:
        return None
    table = next(iter(proposals.tables(pkg_dict["id"])), None)
    if table is None:
        return None
    found = proposals.reading(table)
    left = proposals.undescribed(found.columns, proposals.rows_of(pkg_dict))
    return {
        "name": table.name,
        "resource_id": table.resource_id,
        "undescribed": left if found.state == "ready" else None,
    }


def satudata_next_file(pkg_dict: Mapping[str, Any]) -> dict[str, str]:
    """What the form of the file of the next period can know: name, period, format, items."""
    today = localtime.local_date(clock.now(), config.timezone())
    return next_file.prefilled(pkg_dict["resources"], pkg_dict.get("sd_frekuensi"), today)


def satudata_files_of_period(reference: str, stated: Any) -> list[str]:
    """Names of the files of a dataset (id or name) with a period that a new one states."""
    if not stated:
        return []
    package = toolkit.get_action("package_show")({"for_edit": True}, {"id": reference})
    others = next_file.others_of(package["resources"], stated)
    return [toolkit.h.resource_display_name(one) for one in others]
