"""Static data: delivered once, then confirmed every year ("masih berlaku")."""

from __future__ import annotations

from dataclasses import dataclass

import ckan.model as model
import sqlalchemy as sa
from ckan.plugins import toolkit

from ..calendar import periods
from ..metadata.resource_values import stated_items, stated_periods
from .claims import COUNTS
from .model import Item

_ = toolkit._


@dataclass(frozen=True)
class Confirmation:
    """The file that still holds, the period to confirm, and all periods it states then."""

    resource_id: str
    period: str
    periods: list[str]


def find(item: Item, period: str = "", resource_id: str = "") -> Confirmation:
    """What confirming an item writes; nothing is written here.

    A file states each of its periods for all of its items, so that one which names several is
    confirmed for none of them alone.

    :raises toolkit.ValidationError: not static, no file or one of several items, or nothing owed
        for the period
    """
    if item.dynamic:
        raise toolkit.ValidationError(
            {"id": [_("This item changes: deliver the new figures instead of confirming the old.")]}
        )
    resource = _resource(item, resource_id)
    open_ = owed(item.id)
    wanted = _code(period) if period else next(iter(open_), None)
    if wanted not in open_:
        raise toolkit.ValidationError(
            {"period": [_("Nothing is to be confirmed for this period.")]}
        )
    _check_alone(item, resource)
    return Confirmation(resource.id, wanted, [*stated_periods(resource), wanted])


def _check_alone(item: Item, resource: model.Resource) -> None:
    stated = stated_items(resource, resource.package)
    others = model.Session.scalars(
        sa.select(Item.name).where(Item.id.in_(stated), Item.id != item.id).order_by(Item.name)
    ).all()
    if others:
        text = _(
            "The file states its periods for these data too: {names}. If all of them still hold, "
            "add the period in the form of the file; else give this item a file of its own."
        )
        raise toolkit.ValidationError({"resource_id": [text.format(names=", ".join(others))]})


def owed(item_id: str) -> list[str]:
    """Periods of an item that no file states yet, the earliest due first."""
    return list(model.Session.scalars(_OWED, {"item": item_id}))


_OWED = sa.text(
    f"""
    SELECT o.period FROM satudata_obligation o
    WHERE o.item_id = :item AND NOT EXISTS (
        SELECT FROM satudata_claim c
        WHERE c.item_id = o.item_id AND c.period = o.period AND {COUNTS})
    ORDER BY o.due
    """  # noqa: S608 - parts of our own
)

_HOLDER = sa.text(
    f"""
    SELECT c.resource_id FROM satudata_claim c
    WHERE c.item_id = :item AND :resource IN ('', c.resource_id) AND {COUNTS}
    ORDER BY c.period DESC LIMIT 1
    """  # noqa: S608 - parts of our own
)


def _code(period: str) -> str:
    try:
        return periods.parse(period).code
    except periods.PeriodError:
        raise toolkit.ValidationError({"period": [_("Write the period as 2026")]}) from None


def _resource(item: Item, resource_id: str) -> model.Resource:
    asked = {"item": item.id, "resource": resource_id}
    holder = model.Session.scalars(_HOLDER, asked).first()
    resource = model.Resource.get(holder) if holder else None
    if resource is None:
        raise toolkit.ValidationError(
            {"resource_id": [_("No file holds this item yet: deliver it first, then confirm it.")]}
        )
    return resource
