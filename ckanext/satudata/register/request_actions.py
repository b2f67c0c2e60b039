"""Data requests and collection windows as actions."""

from __future__ import annotations

from typing import Any

import ckan.model as model
from ckan.plugins import toolkit
from ckan.types import Context, DataDict

from ..paging import whole
from ..text import is_storable
from . import duties, requests, windows
from .decision_actions import saving, user_id
from .decision_log import plain
from .fields import Fields
from .model import Window

__all__ = [
    "satudata_request_create",
    "satudata_request_list",
    "satudata_request_show",
    "satudata_window_close",
    "satudata_window_create",
    "satudata_window_list",
]

_ = toolkit._


def satudata_request_create(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Record a permintaan data: items, or a theme, asked for one data period until one day.

    Each item owes that period once more, as a duty of its own in the quarter of the due day.

    :param number: number of the letter
    :param title: what the data are for
    :param requester: who asks, for example ``Bappeda``
    :param reason: why
    :param dated: date of the letter; today if not given
    :param items: ids of items of the register
    :param theme: all valid items of this theme, in place of ``items`` or beside them
    :param org: with ``theme``: only those of this organisation (id or name) and its units
    :param period: data period, for example ``2025`` or ``2026-Q1``
    :param due: due day, ISO; at least five working days ahead
    :returns: the request as ``satudata_request_show`` shows it
    :raises ObjectNotFound: an id is of no item
    :raises ValidationError: by parameter; ``items`` names those that stand against it

    Example::

        {"number": "050/77/Bappeda", "title": "Penyusunan RKPD 2027", "requester": "Bappeda",
         "reason": "Bahan RKPD", "items": ["0b6d…"], "period": "2025", "due": "2026-05-29"}
    """
    toolkit.check_access("satudata_request_create", context, data_dict)
    fields = Fields(data_dict)
    letter = {name: fields.text(name) for name in ("number", "title", "requester", "reason")}
    asked = requests.Asked(fields.ids("items"), fields.text("theme"), fields.text("org"))
    dated, due = fields.day("dated"), fields.day("due", required=True)
    period = fields.period("period", required=True)
    if period is None or due is None or fields.faults:
        others = requests.faults(requests.items_of(asked), period, due, dated=dated, **letter)
        raise toolkit.ValidationError({**others, **fields.faults})
    with saving(context):
        made = requests.create(asked, period, due, dated=dated, actor=user_id(context), **letter)
        answer = _shown(made.id)
    return answer


def _shown(request_id: str) -> dict[str, Any]:
    found = requests.listed(1, id=request_id) if is_storable(request_id) else []
    if not found:
        raise toolkit.ObjectNotFound(_("There is no such data request"))
    rows = [
        {
            "obligation_id": duty.id,
            "org_id": duty.org_id,
            "org_title": duty.org_title,
            "item_id": duty.item_id,
            "item_name": duty.item_name,
            "period": duty.period,
            "due": duty.due.isoformat(),
            "extended_to": duty.extended_to.isoformat() if duty.extended_to else None,
            "waived": duty.waiver is not None,
            "delivered": duty.delivered,
        }
        for duty in duties.find(request=request_id)
    ]
    return {**plain(found[0]), "rows": rows}


@toolkit.side_effect_free
def satudata_request_list(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Data requests, the latest due first.

    :param limit: most requests to return (50; at most 1000)
    :param offset: requests to leave out
    :returns: ``count``, the number of all, and ``results``: ``id``, ``number``, ``dated``,
        ``title``, ``requester``, ``due``, ``duties``, ``delivered`` (numbers) and ``revoked``
    """
    toolkit.check_access("satudata_request_list", context, data_dict)
    found = requests.listed(whole(data_dict, "limit", 50), whole(data_dict, "offset", 0, 10**9))
    return {"count": requests.count(), "results": [plain(row) for row in found]}


@toolkit.side_effect_free
def satudata_request_show(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """One data request with its duties.

    :param id: id of the request
    :returns: as one of ``satudata_request_list``, and ``rows``: its duties with organisation, item,
        period, due day, ``waived`` and ``delivered``
    :raises ObjectNotFound: there is none of this id
    """
    toolkit.check_access("satudata_request_show", context, data_dict)
    return _shown(str(toolkit.get_or_bust(data_dict, "id")))


def satudata_window_create(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Announce a collection window: named deadlines, then perhaps a phase of correction.

    OPDs see how many days are left. Due days and scores follow the register, not the window.

    :param name: name of the window
    :param opens: first day, ISO
    :param deadlines: list of ``{"name", "day"}`` in order of days
    :param correction_until: last day of the correction (optional)
    :param orgs: ids or names of the organisations asked, units included; all if not given
    :param number: number of the letter
    :param reason: why
    :param dated: date of the letter; today if not given
    :returns: the window as ``satudata_window_list`` lists it
    :raises ValidationError: by parameter

    Example::

        {"name": "Pemutakhiran data 2026", "opens": "2026-02-02", "number": "050/12",
         "reason": "Jadwal Forum Satu Data",
         "deadlines": [{"name": "Data prioritas", "day": "2026-02-20"},
                       {"name": "Data lainnya", "day": "2026-03-06"}],
         "correction_until": "2026-03-20"}
    """
    toolkit.check_access("satudata_window_create", context, data_dict)
    fields = Fields(data_dict)
    letter = {name: fields.text(name) for name in ("number", "reason")}
    name, opens = fields.text("name"), fields.day("opens", required=True)
    correction_until, dated = fields.day("correction_until"), fields.day("dated")
    orgs = fields.ids("orgs")
    deadlines = _deadlines(fields)
    told = {**letter, "correction_until": correction_until, "orgs": orgs, "dated": dated}
    if opens is None or fields.faults:
        others = windows.faults(name, opens, deadlines, **told)
        raise toolkit.ValidationError({**others, **fields.faults})
    with saving(context):
        made = windows.create(name, opens, deadlines, actor=user_id(context), **told)
        answer = next(plain(row) for row in windows.listed() if row["id"] == made.id)
    return answer


def _deadlines(fields: Fields) -> list[dict[str, Any]]:
    """The deadlines as far as they can be read; what cannot is noted."""
    found = []
    for one in fields.dicts("deadlines"):
        part = Fields(one)
        found.append({"name": part.text("name"), "day": part.day("day")})
        for text in (text for texts in part.faults.values() for text in texts):
            fields.fault("deadlines", text)
    return found


@toolkit.side_effect_free
def satudata_window_list(context: Context, data_dict: DataDict) -> list[dict[str, Any]]:
    """All collection windows, the latest first.

    :returns: list of ``id``, ``name``, ``opens``, ``deadlines``, ``correction_until``,
        ``organizations`` (titles; empty: all) and ``state`` (``soon``, ``running``, ``over``,
        ``closed``)
    """
    toolkit.check_access("satudata_window_list", context, data_dict)
    return [plain(row) for row in windows.listed()]


def satudata_window_close(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """End a collection window before its time.

    :param id: id of the window
    :param number: number of the letter that ends it
    :param reason: why
    :returns: the window as ``satudata_window_list`` lists it
    :raises ObjectNotFound: there is none of this id
    :raises ValidationError: by parameter; it is closed already

    Example::

        {"id": "9c1e…", "number": "050/31", "reason": "Seluruh data sudah masuk."}
    """
    toolkit.check_access("satudata_window_close", context, data_dict)
    asked = str(toolkit.get_or_bust(data_dict, "id"))
    window = model.Session.get(Window, asked) if is_storable(asked) else None
    if window is None:
        raise toolkit.ObjectNotFound(_("There is no such window"))
    fields = Fields(data_dict)
    letter = {name: fields.text(name) for name in ("number", "reason")}
    fields.check()
    with saving(context):
        windows.close(window, actor=user_id(context), **letter)
        answer = next(plain(row) for row in windows.listed() if row["id"] == window.id)
    return answer
