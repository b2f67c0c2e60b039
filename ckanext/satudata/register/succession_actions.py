"""The action that records a succession of organisations and lets the duties pass."""

from __future__ import annotations

from typing import Any

import ckan.model as model
from ckan.plugins import toolkit
from ckan.types import Context, DataDict

from .. import clock
from ..opd import succession as records
from ..queue import enqueue
from . import jobs, succession
from .fields import Fields

__all__ = ["satudata_succession_create"]

_ = toolkit._

STAY, MOVE = "stay", "move"


def satudata_succession_create(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Record that an organisation was renamed, merged, split or closed, and pass on its duties.

    Items, duties of quarters that are not final and arrears pass to the successor; final
    quarters never change. Without ``confirm`` nothing is written: the answer tells what would be.

    :param kind: ``rename``, ``merge``, ``split`` or ``close``
    :param from_org: id or name of the organisation it is about
    :param to_org: id or name of the successor (merge, split)
    :param items: ids of the items that pass (split), as a list or separated by commas
    :param title: the new name (rename)
    :param day: day from which it holds, ISO, not in the future (today if not given)
    :param number: number of the decree or letter
    :param dated: its date, ISO (today if not given)
    :param reason: why, as both organisations and the public will read it
    :param units: ``move`` (default: the units below go to the successor of a merger) or ``stay``
    :param datasets: ``stay`` (default) or ``move``: a job gives the datasets to the successor
    :param confirm: true to write it
    :returns: ``plan`` (what passes, in numbers) and, once written, ``id`` and ``decision_id``
    :raises toolkit.ValidationError: it cannot be; nothing is written then

    .. code-block:: json

        {"kind": "merge", "from_org": "dinas-kehutanan", "to_org": "dinas-lingkungan-hidup",
         "day": "2026-08-01", "number": "Perda 3/2026", "reason": "Susunan perangkat baru",
         "confirm": true}
    """
    toolkit.check_access("satudata_succession_create", context, data_dict)
    fields = Fields(data_dict)
    asked = {name: fields.text(name) for name in ("kind", "from_org", "to_org", "title")}
    letter = {name: fields.text(name) for name in ("number", "reason")}
    day, dated, items = fields.day("day") or clock.today(), fields.day("dated"), _items(fields)
    confirmed = fields.flag("confirm")
    fields.check()
    units, datasets = _choice(data_dict, "units", MOVE), _choice(data_dict, "datasets", STAY)
    if confirmed:
        succession.hold_locks()
    plan = succession.plan(**asked, day=day, items=items)
    if not confirmed:
        return {"plan": plan.as_dict()}
    user = model.User.get(context.get("user"))
    try:
        row, decision_id = succession.apply(
            plan, **letter, actor=user.id if user else None, dated=dated
        )
        _change_tree(context, plan, units)
    except toolkit.ValidationError:
        model.Session.rollback()
        raise
    if not context.get("defer_commit"):
        model.repo.commit()
    if datasets == MOVE and plan.datasets:
        enqueue("datasets", "Satu Data: datasets of a succession", jobs.move_datasets, str(row.id))
    return {"plan": plan.as_dict(), "id": row.id, "decision_id": decision_id}


def _change_tree(context: Context, plan: succession.Plan, units: str) -> None:
    """The new title, or the new place of the units, through CKAN's own action."""

    def patch(org_id: str, **values: Any) -> None:
        own = {"user": context.get("user"), "ignore_auth": True, "defer_commit": True}
        toolkit.get_action("organization_patch")(own, {"id": org_id, **values})

    if plan.kind == records.RENAME and plan.target:
        patch(plan.source["id"], title=plan.target["title"])
    if plan.kind == records.MERGE and plan.target and units == MOVE:
        for unit in plan.units:
            patch(unit["id"], groups=[{"name": plan.target["name"]}])


def _choice(data_dict: DataDict, name: str, default: str) -> str:
    value = data_dict.get(name) or default
    if value not in (STAY, MOVE):
        raise toolkit.ValidationError({name: [_("Choose one of: {}").format("stay, move")]})
    return str(value)


def _items(fields: Fields) -> list[str]:
    """Ids of items, one by one or with commas between them."""
    parts = (part.strip() for text in fields.ids("items") for part in text.split(","))
    return [part for part in parts if part]
