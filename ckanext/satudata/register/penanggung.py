"""Who answers for which units, and how much data they owe."""

from __future__ import annotations

from typing import Any

import ckan.model as model
import sqlalchemy as sa
from ckan.plugins import toolkit
from ckan.types import Context, DataDict

from .. import clock
from ..text import whole_number

# Set-based over the whole tree: one row for each organisation, its own duties counted.
_LIST = sa.text(
    """
    WITH item AS (
        SELECT org_id, count(*)::int AS n FROM satudata_item
        WHERE valid_to IS NULL OR valid_to >= :today GROUP BY org_id
    ), duty AS (
        SELECT org_id, count(*)::int AS n FROM satudata_obligation
        WHERE year = :year GROUP BY org_id
    ), joint AS (
        SELECT helper AS org_id, count(*)::int AS n
        FROM satudata_item CROSS JOIN unnest(contributors) AS helper
        WHERE valid_to IS NULL OR valid_to >= :today GROUP BY helper
    )
    SELECT o.org_id AS id, g.name, coalesce(nullif(g.title, ''), g.name) AS title, o.kind,
           o.answers_id, o.scored, coalesce(item.n, 0) AS items, coalesce(duty.n, 0) AS duties,
           coalesce(joint.n, 0) AS contributes
    FROM satudata_opd o
    JOIN "group" g ON g.id = o.org_id
    LEFT JOIN item ON item.org_id = o.org_id
    LEFT JOIN duty ON duty.org_id = o.org_id
    LEFT JOIN joint ON joint.org_id = o.org_id
    ORDER BY o.org_id <> o.answers_id, o.level, lower(coalesce(nullif(g.title, ''), g.name)), g.name
    """
)


@toolkit.side_effect_free
def satudata_penanggung_list(context: Context, data_dict: DataDict) -> list[dict[str, Any]]:
    """Each penanggung with the units it answers for and what they owe this year.

    A penanggung is scored, ranked and written to for its own duties and those of its units.

    :param year: year of the duties (this one if not given)
    :returns: rows by place in the tree with ``id``, ``name``, ``title``, ``kind``, ``scored``
        (False: only tracked), ``items`` and ``duties`` of its own, ``contributes`` (items it
        contributes to), ``units`` (the same of each unit) and ``total_items`` and
        ``total_duties`` with the units
    :raises toolkit.ValidationError: the year is no year

    .. code-block:: json

        {"year": 2026}
    """
    toolkit.check_access("satudata_penanggung_list", context, data_dict)
    rows = model.Session.execute(_LIST, {"today": clock.today(), "year": _year(data_dict)})
    found: dict[str, dict[str, Any]] = {}
    for row in rows.mappings():
        one = dict(row)
        if one["id"] == one["answers_id"]:
            found[one["id"]] = {**one, "units": []}
        else:
            found[one["answers_id"]]["units"].append(one)
    for one in found.values():
        for name in ("items", "duties"):
            one[f"total_{name}"] = one[name] + sum(unit[name] for unit in one["units"])
    return list(found.values())


def _year(data_dict: DataDict) -> int:
    asked = data_dict.get("year")
    try:
        year = clock.today().year if asked in (None, "") else whole_number(asked)
    except ValueError:
        year = 0
    if not 1900 < year < 3000:
        raise toolkit.ValidationError({"year": [toolkit._("There is no such year.")]})
    return year
