"""Actions of receipts (tanda terima)."""

from __future__ import annotations

from typing import Any

import ckan.model as model
from ckan.plugins import toolkit
from ckan.types import Context, DataDict

from ..opd import queries as opd_queries
from ..paging import PAGE_SIZE, whole
from ..text import is_storable
from . import evidence, receipt_queries

__all__ = [
    "satudata_receipt_list",
    "satudata_receipt_show",
]

_ = toolkit._


@toolkit.side_effect_free
def satudata_receipt_show(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """One tanda terima: what was received, when, from whom, with the hash of the file.

    Times are ISO 8601, UTC. ``lines`` are the items and periods that the file was new for.
    ``kept``: the content lies in the portal's store of evidence. ``private``: the dataset is
    private and you may not read it, so its name and that of the file are left out.

    Example of an answer::

        {"number": "TT-2026-000123", "at": "2026-03-31T16:59:59+00:00",
         "counts_at": "2026-03-31T16:59:59+00:00", "source": "portal",
         "org_title": "Dinas Kesehatan", "package_title": "Jumlah Puskesmas",
         "filename": "puskesmas.csv", "bytes": 2048, "sha256": "9f86d0…",
         "actor": "Editor Dinas Kesehatan", "private": false, "current": true, "kept": true,
         "lines": [{"kind": "delivered", "item_name": "Jumlah Puskesmas", "period": "2025"}]}

    :param number: number of the receipt
    :raises ObjectNotFound: there is none of this number
    """
    number = str(toolkit.get_or_bust(data_dict, "number"))
    toolkit.check_access("satudata_receipt_show", context, {"number": number})
    found = receipt_queries.show(number, context.get("user")) if is_storable(number) else None
    if found is None:
        raise toolkit.ObjectNotFound(_("There is no receipt of this number."))
    row, lines = found
    return {**_plain(row), "kept": evidence.has(row["sha256"]), "lines": lines}


@toolkit.side_effect_free
def satudata_receipt_list(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Receipts of an organisation, a dataset or a resource, newest first.

    Rows are as in ``satudata_receipt_show``, without ``lines`` and ``kept``.

    Example: ``{"org_id": "dinas-kesehatan", "limit": 1}`` answers
    ``{"count": 48, "rows": [{"number": "TT-2026-000123", …}]}``.

    :param org_id: id or name of the organisation; or
    :param package_id: id or name of the dataset; or
    :param resource_id: id of the resource
    :param limit: rows to answer (optional, 50, at most 1000)
    :param offset: rows to leave out before (optional, 0)
    :raises ValidationError: none or several of the three are given
    :raises ObjectNotFound: there is no such organisation or dataset
    """
    by, id = _asked(data_dict)
    toolkit.check_access("satudata_receipt_list", context, {by: id})
    limit = whole(data_dict, "limit", PAGE_SIZE)
    offset = whole(data_dict, "offset", 0, 2**31)
    count, rows = receipt_queries.listed(by, id, context.get("user"), limit, offset)
    return {"count": count, "rows": [_plain(row) for row in rows]}


def _asked(data_dict: DataDict) -> tuple[str, str]:
    given = [name for name in receipt_queries.BY if data_dict.get(name)]
    if len(given) != 1:
        message = _("Give exactly one of: {names}").format(names=", ".join(receipt_queries.BY))
        raise toolkit.ValidationError({"org_id": [message]})
    by, id = given[0], str(data_dict[given[0]])
    if by == "org_id":
        resolved = opd_queries.resolve(id)
        if resolved is None:
            raise toolkit.ObjectNotFound(_("Organization not found."))
        return by, resolved
    if not is_storable(id):
        raise toolkit.ObjectNotFound(_("Not found"))
    package = model.Package.get(id) if by == "package_id" else None
    return by, package.id if package else id


def _plain(row: receipt_queries.ReceiptRow) -> dict[str, Any]:
    return {**row, "at": row["at"].isoformat(), "counts_at": row["counts_at"].isoformat()}
