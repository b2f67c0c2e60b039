"""Actions of the register; those of each topic stand in a module of their own."""

from __future__ import annotations

from typing import Any

from ckan.plugins import toolkit
from ckan.types import Context, DataDict

from .. import clock
from ..paging import whole
from . import amendments, confirming, queries, round_queries, scheduling, versions
from .decision_actions import saving, user_id
from .decision_log import plain
from .fields import Fields
from .import_actions import letter
from .penanggung import satudata_penanggung_list

__all__ = [
    "satudata_item_list",
    "satudata_item_schedule",
    "satudata_item_show",
    "satudata_penanggung_list",
]

_ = toolkit._


@toolkit.side_effect_free
def satudata_item_list(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Valid items of the Daftar Data with their rhythms.

    :param q: words of the name
    :param org: id or name of an organisation; its units are included
    :param to_schedule: only items that someone has to give a schedule
    :param limit: most items to return (50; at most 1000)
    :param offset: items to leave out
    :returns: ``count`` and ``results``
    """
    toolkit.check_access("satudata_item_list", context, data_dict)
    fields = Fields(data_dict)
    to_schedule = fields.flag("to_schedule")
    fields.check()
    count, results = queries.search_items(
        q=str(data_dict.get("q") or ""),
        org=data_dict.get("org"),
        to_schedule=to_schedule,
        limit=whole(data_dict, "limit", 50),
        offset=whole(data_dict, "offset", 0, 10**9),
    )
    return {"count": count, "results": results}


@toolkit.side_effect_free
def satudata_item_show(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """One item with its rhythms, latest obligations and history.

    :param id: id of the item
    :returns: columns of the item and ``rhythms``, ``obligations``, ``penanggung`` (id, name and
        title of the perangkat daerah that answers), ``version`` of the register, ``established``
        (a change needs a number), ``history`` (decisions on the item, the latest first, with
        ``details.changes``: field → [before, after]) and ``to_confirm`` (periods of static data
        that may be confirmed)
    :raises ObjectNotFound: there is no such item

    ::

        {"id": "5c1e…"}
    """
    toolkit.check_access("satudata_item_show", context, data_dict)
    item = queries.item(toolkit.get_or_bust(data_dict, "id"))
    if item is None:
        raise toolkit.ObjectNotFound(_("There is no such item"))
    return {
        **plain(item),
        "rhythms": [plain(row) for row in queries.rhythms_of(item["id"])],
        "obligations": [plain(row) for row in queries.obligations_of(item["id"])],
        "penanggung": round_queries.penanggung(item["org_id"]),
        "version": versions.current(),
        "established": bool(amendments.deciding_year(clock.today())),
        "history": [plain(row) for row in round_queries.history(item["id"])],
        "to_confirm": [] if item["dynamic"] else confirming.owed(item["id"]),
    }


def satudata_item_schedule(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Give a rhythm of an item its schedule by hand.

    :param id: id of the item
    :param rhythm: frequency code of the rhythm as it is
    :param frequency: frequency code it shall have (as it is, if not given)
    :param schedule: jadwal rilis, for example ``Maret n+1``
    :param since: day from which it holds, ISO (today if not given)
    :param number: number of the decree or letter; needed where the register is established
    :param dated: its date, ISO (today if not given)
    :param reason: why; needed with the number
    :returns: the item
    :raises ValidationError: the schedule gives no dates, or the letter is missing

    ::

        {"id": "5c1e…", "rhythm": "A", "schedule": "Maret n+1", "number": "000.5/9/2026",
         "reason": "Dipastikan oleh Dinas Kesehatan"}
    """
    toolkit.check_access("satudata_item_schedule", context, data_dict)
    toolkit.get_or_bust(data_dict, ["id", "rhythm", "schedule"])
    fields = Fields(data_dict)
    item_id, rhythm, schedule = (fields.text(name) for name in ("id", "rhythm", "schedule"))
    frequency = fields.text("frequency") or rhythm
    since = fields.day("since") or clock.today()
    fields.check()
    with saving(context):
        item = scheduling.decide(
            item_id,
            rhythm,
            frequency,
            schedule,
            since,
            user_id(context),
            letter(context, data_dict),
        )
    return plain(item)
