"""Actions that amend the register item by item after it was established."""

from __future__ import annotations

from typing import Any

from ckan.plugins import toolkit
from ckan.types import Context, DataDict

from .. import clock
from . import amendments, asking, confirming, decisions, item_values
from .decision_actions import saving, user_id
from .fields import Fields
from .imports import register_changed
from .model import Item

__all__ = [
    "satudata_item_amend",
    "satudata_item_close",
    "satudata_item_confirm",
    "satudata_item_open",
]

_ = toolkit._


def _letter(data_dict: DataDict, day_name: str) -> dict[str, Any]:
    """By which letter and from (or until) which day a change holds.

    :raises toolkit.ValidationError: what is missing or wrong, the day lies in the past
    """
    fields = Fields(data_dict)
    found = {
        "number": fields.text("number", required=True),
        "reason": fields.text("reason", required=True),
        "dated": fields.day("dated"),
        "day": fields.day(day_name) or clock.today(),
    }
    fields.check()
    amendments.check_day(found["day"], day_name)
    return found


def _decide(
    kind: str, context: Context, item: Item, letter: dict[str, Any], **details: Any
) -> dict[str, Any]:
    """Record the decision on one item and bring its duties in line."""
    head = decisions.record(
        kind,
        **letter,
        actor=user_id(context),
        year=amendments.deciding_year(letter["day"]) or clock.today().year,
        org_id=item.org_id,
        item_id=item.id,
        details=details,
    )
    amendments.settle([item.id], head)
    return {"item_id": item.id, "decision_id": head.id}


def _asked(data_dict: DataDict) -> Item:
    toolkit.get_or_bust(data_dict, "id")
    found = asking.item(data_dict)
    return amendments.get(found.id if found else "")


def satudata_item_open(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Add an item to the established register, by a numbered decision.

    Its first duty is at least 20 working days after ``since``.

    :param org: id or name of the producer
    :param values: fields of the item, see ``satudata_proposal_create``
    :param since: first day on which it holds, ISO (today if not given; not in the past)
    :param number: number of the decree or letter
    :param dated: its date, ISO (today if not given)
    :param reason: why
    :returns: ``item_id``, ``decision_id``
    :raises ValidationError: a field cannot be read, the producer owes the datum already, no number

    ::

        {"org": "dinas-kesehatan", "number": "000.5/9/2026", "reason": "Permintaan Bappenas",
         "values": {"name": "Jumlah Posyandu", "unit": "Unit", "frequency": "Tahunan",
                    "schedule": "Maret n+1"}}
    """
    toolkit.check_access("satudata_item_open", context, data_dict)
    org_id = asking.organization({"org": data_dict.get("org")})
    values = item_values.read(data_dict.get("values") or {})
    letter = _letter(data_dict, "since")
    with saving(context):
        item = amendments.add(org_id, values, letter["day"])
        done = _decide("item_open", context, item, letter)
    register_changed.send("amendment")
    return done


def satudata_item_amend(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Change an item of the established register, by a numbered decision.

    A changed schedule moves the duties that lie ahead; those of a quarter that has opened stay.
    Where the item is no longer owed so often, they are waived by the same decision.

    :param id: id of the item
    :param values: the fields to change, see ``satudata_proposal_create``
    :param since: first day on which the change holds, ISO (today if not given; not in the past)
    :param number: number of the decree or letter
    :param dated: its date, ISO (today if not given)
    :param reason: why
    :returns: ``item_id``, ``decision_id``
    :raises ValidationError: nothing differs, a field cannot be read, the item has ended, no number

    ::

        {"id": "5c1e…", "values": {"schedule": "Mei n+1"}, "number": "000.5/9/2026",
         "reason": "Kementerian memundurkan rilisnya"}
    """
    toolkit.check_access("satudata_item_amend", context, data_dict)
    letter = _letter(data_dict, "since")
    with saving(context):
        item = _asked(data_dict)
        if not amendments.is_open(item, letter["day"]):
            raise toolkit.ValidationError({"id": [_("This item has ended. Open it again first.")]})
        values = item_values.read(data_dict.get("values") or {}, amendments.as_it_is(item))
        if not values:
            raise toolkit.ValidationError(
                {"values": [_("Nothing differs from the register. Change at least one field.")]}
            )
        changes = amendments.change(item, values, letter["day"])
        done = _decide("amendment", context, item, letter, changes=changes)
    register_changed.send("amendment")
    return done


def satudata_item_close(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Close an item: nothing falls due after a day, by a numbered decision.

    Its duties of a quarter that has opened and is due later are waived by the same decision,
    unless something was delivered for them. What has fallen due stays owed.

    :param id: id of the item
    :param day: last day on which it is owed, ISO (today if not given; not in the past)
    :param number: number of the decree or letter
    :param dated: its date, ISO (today if not given)
    :param reason: why
    :returns: ``item_id``, ``decision_id``
    :raises ValidationError: it has ended already, a day in the past, no number or reason

    ::

        {"id": "5c1e…", "day": "2026-06-30", "number": "000.5/9/2026", "reason": "Urusan beralih"}
    """
    toolkit.check_access("satudata_item_close", context, data_dict)
    letter = _letter(data_dict, "day")
    with saving(context):
        item = _asked(data_dict)
        amendments.end(item, letter["day"])
        done = _decide("item_close", context, item, letter)
    register_changed.send("amendment")
    return done


def satudata_item_confirm(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Confirm that static data still hold ("masih berlaku"): its file states one period more.

    :param id: id of the item; it must be static
    :param period: period to confirm (the earliest one that is owed, if not given)
    :param resource_id: file that holds it (the one with the latest period, if not given)
    :returns: ``resource_id``, ``period``
    :raises ValidationError: the item is not static, no file holds it, the file states other items
        too, or nothing is owed for the period

    ::

        {"id": "5c1e…", "period": "2026"}
    """
    toolkit.check_access("satudata_item_confirm", context, data_dict)
    item = asking.item(data_dict)
    if item is None:
        raise toolkit.ObjectNotFound(_("There is no such item"))
    fields = Fields(data_dict)
    period, resource_id = fields.text("period"), fields.text("resource_id")
    fields.check()
    found = confirming.find(item, period, resource_id)
    toolkit.get_action("resource_patch")(
        toolkit.fresh_context(context), {"id": found.resource_id, "sd_periode": found.periods}
    )
    return {"resource_id": found.resource_id, "period": found.period}
