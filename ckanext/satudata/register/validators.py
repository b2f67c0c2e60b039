"""What the register says about values of a dataset's form."""

from __future__ import annotations

from typing import Any

import ckan.model as model
import sqlalchemy as sa
from ckan.plugins import toolkit
from ckan.types import Context, FlattenDataDict, FlattenErrorDict, FlattenKey

from ..calendar import periods
from ..calendar.frequencies import Frequency
from ..metadata.resource_values import stated_items, stated_periods
from .helpers import satudata_frequency_label

__all__ = ["satudata_item_periods"]

_ = toolkit._


def satudata_item_periods(
    key: FlattenKey, data: FlattenDataDict, errors: FlattenErrorDict, context: Context
) -> None:
    """Refuse newly given periods of a kind that no item of the file has: a year of monthly data.

    They would never meet a duty. A period is judged by its kind, so that a series may reach back
    beyond the register; one that was asked for once, by a request, is good, too.
    """
    if errors[key]:
        return
    resource, package = _around(key, data, context)
    given = set(stated_periods(resource)) - _stored(key, data, context)
    items = stated_items(resource, package) if given else []
    if not items:
        return
    found = model.Session.execute(_ITEMS, {"ids": items, "codes": list(given)}).all()
    if not found or any(_takes_all(one.frequencies) for one in found):
        return
    kinds = {code for one in found for code in one.frequencies}
    owed = {code for one in found for code in one.owed}
    for code in sorted(given - owed):
        if periods.parse(code).kind.value not in kinds:
            errors[key].append(_no_period(code, found[0].name, sorted(kinds)))


def _no_period(code: str, item: str, kinds: list[str]) -> str:
    message = _(
        "“{item}” has no data period {period}: the register asks for it {frequency}. State the"
        " periods that the file holds, for example {example}."
    )
    return message.format(
        item=item,
        period=code,
        frequency=", ".join(satudata_frequency_label(kind) for kind in kinds).lower(),
        example=_example(code, Frequency(kinds[0])),
    )


def _example(code: str, kind: Frequency) -> str:
    """A period of this kind in the year of the one that was given."""
    year = periods.parse(code).data_year
    found = [periods.span(kind, year)] if kind.span_years else periods.sub_periods(year, kind)
    return found[0].code


def _takes_all(frequencies: list[str]) -> bool:
    """Whether nothing is known of an item's periods: no rhythm, on demand or irregular."""
    return not frequencies or not all(Frequency(code).has_periods for code in frequencies)


def _around(
    key: FlattenKey, data: FlattenDataDict, context: Context
) -> tuple[dict[str, Any], dict[str, Any] | model.Package]:
    """The file that a key is about and its dataset, as far as their items and periods go."""

    def given(name: str, *where: Any) -> Any:
        value = data.get((*where, name))
        return None if value is toolkit.missing else value

    resource = {name: given(name, *key[:-1]) for name in ("sd_periode", "sd_items")}
    in_dataset = key[0] == "resources"
    package = {"sd_item": given("sd_item")} if in_dataset else context.get("package")
    return resource, package or {}


def _stored(key: FlattenKey, data: FlattenDataDict, context: Context) -> set[str]:
    """Periods that the file stated before this save."""
    package = context.get("package")
    resource_id = data.get((*key[:-1], "id"))
    files = package.resources if package else []
    return {code for one in files if one.id == resource_id for code in stated_periods(one)}


_ITEMS = sa.text(
    """
    SELECT i.name,
           ARRAY(SELECT r.frequency FROM satudata_item_rhythm r WHERE r.item_id = i.id)
               AS frequencies,
           ARRAY(SELECT o.period FROM satudata_obligation o
                 WHERE o.item_id = i.id AND o.period = ANY(:codes)) AS owed
    FROM satudata_item i WHERE i.id = ANY(:ids) ORDER BY i.name
    """
)
