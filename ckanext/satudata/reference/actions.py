"""Reference lists through the API."""

from __future__ import annotations

from typing import Any

from ckan.plugins import toolkit
from ckan.types import Context, DataDict

from ..template_helpers import language_text
from ..text import normalise
from . import lists, queries, regions, store
from .area_file import LEVELS

__all__ = ["satudata_reference_list", "satudata_region_autocomplete"]

MAX_AREAS = 50


@toolkit.side_effect_free
def satudata_region_autocomplete(context: Context, data_dict: DataDict) -> list[dict[str, Any]]:
    """Areas by code (Kemendagri with or without dots, BPS) or by words of the name, best first.

    :param q: a code, the beginning of one, or words; the first
        200 characters count, and nothing finds nothing
    :param level: only ``provinsi``, ``kabupaten_kota`` or ``kecamatan`` (optional)
    :param limit: how many at most, 10 unless told, never more than 50
    :returns: dicts with ``code`` (Kemendagri, with dots), ``code_bps`` (null where it is
        not known), ``level``, ``name`` and ``label`` ("Kec. Coblong, Kota Bandung, Jawa Barat")
    """
    toolkit.check_access("satudata_region_autocomplete", context, data_dict)
    asked, errors = toolkit.navl_validate(data_dict, _search_schema(), context)
    if errors:
        raise toolkit.ValidationError(errors)
    text = asked["q"][: regions.MAX_TEXT]
    code, key = regions.stated_code(text), normalise(text)
    if not key:
        return []
    numbers = {name: number for number, name in LEVELS.items()}
    found = queries.search(
        code=code,
        key=key,
        level=numbers.get(asked.get("level")),
        limit=min(asked["limit"], MAX_AREAS),
    )
    return [
        {
            "code": row["code"],
            "code_bps": row["code_bps"],
            "level": LEVELS[row["level"]],
            "name": row["name"],
            "label": row["label"],
        }
        for row in found
    ]


def _search_schema() -> dict[str, Any]:
    validator = toolkit.get_validator
    return {
        "q": [validator("default")(""), validator("unicode_safe")],
        "level": [validator("ignore_empty"), validator("one_of")(list(LEVELS.values()))],
        "limit": [validator("default")(10), validator("natural_number_validator")],
        "__junk": [validator("ignore")],
        "__extras": [validator("ignore")],
    }


@toolkit.side_effect_free
def satudata_reference_list(context: Context, data_dict: DataDict) -> list[dict[str, Any]]:
    """All reference lists with version, source, licence and number of entries.

    ``loaded`` is the version that the database holds, for lists that are loaded into it;
    null where there is none yet. ``home`` names the file in ``schemas/`` that holds the list.
    """
    toolkit.check_access("satudata_reference_list", context, data_dict)
    held = store.held()
    return [
        {
            "name": one.name,
            "title": language_text(one.label),
            "version": one.version,
            "loaded": held.version if held and one.table else None,
            "source": one.source,
            "licence": one.licence,
            "count": held.rows if held and one.table else one.count,
            "home": str(one.home.relative_to(lists.SCHEMAS)),
        }
        for one in lists.shipped().values()
    ]
