"""Template helpers of statistical activities: the link to one, its page, its print."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from ckan import model
from ckan.plugins import toolkit

from .completeness import not_applicable
from .kegiatan import may_read
from .kinds import KEGIATAN
from .schema import schema_of

MOST_OFFERED = 500
"""Activities in the list of a form; other ones can be linked through the API."""

_OFFERED = sa.text(
    """
    SELECT p.id, coalesce(nullif(p.title, ''), p.name) AS title,
           p.extras ->> 'sd_tahun_kegiatan' AS year,
           coalesce(nullif(g.title, ''), g.name) AS organization
    FROM package p JOIN "group" g ON g.id = p.owner_org
    WHERE p.type = 'kegiatan' AND p.state = 'active' AND p.owner_org = ANY(:readable)
      AND p.id IS DISTINCT FROM :own
    ORDER BY g.id IS DISTINCT FROM :chosen AND g.name IS DISTINCT FROM :chosen,
             organization, g.id, year DESC NULLS LAST, title, p.id
    LIMIT :most
    """
)


def satudata_kegiatan_choices(
    held: str | None, organization: str | None = None, own_id: str | None = None
) -> list[dict[str, Any]]:
    """Activities to choose from: ``[{label, options: [{value, text}]}]``, one entry an OPD.

    Those of the user's organisations, the chosen one (``organization``: id or name) first,
    the newest year first. A stored link to any other (``held``) is in an entry without
    label. ``own_id``: the activity being edited, which is left out.
    """
    mine = toolkit.get_action("organization_list_for_user")({}, {"permission": "read"})
    parameters = {
        "readable": [one["id"] for one in mine],
        "own": own_id,
        "chosen": organization or None,
        "most": MOST_OFFERED,
    }
    rows = model.Session.execute(_OFFERED, parameters).all()
    groups: list[dict[str, Any]] = []
    if held and held not in {row.id for row in rows}:
        groups.append({"label": "", "options": [{"value": held, "text": _stored_label(held)}]})
    for label, members in itertools.groupby(rows, key=lambda row: row.organization):
        options = [{"value": row.id, "text": _label(row.title, row.year)} for row in members]
        groups.append({"label": label, "options": options})
    return groups


def _label(title: str, year: str | None) -> str:
    return f"{title} ({year})" if year else title


def _stored_label(reference: str) -> str:
    link = satudata_kegiatan_link(reference)
    return link["text"] if link else toolkit._("activity (not published)")


def satudata_kegiatan_link(reference: str) -> dict[str, str] | None:
    """Text and address of a linked activity; None where the reader may not see it."""
    found = model.Package.get(reference) if "\0" not in reference else None
    if found is None or found.type != KEGIATAN or found.state != model.State.ACTIVE:
        return None
    if not may_read(found.id, {"user": toolkit.current_user.name}):
        return None
    return {
        "text": _label(found.title or found.name, (found.extras or {}).get("sd_tahun_kegiatan")),
        "url": toolkit.url_for("kegiatan.read", id=found.name),
    }


def satudata_kegiatan_datasets(kegiatan_id: str, rows: int = 20) -> dict[str, Any]:
    """Datasets of an activity that the reader may see: ``count`` and the first ``results``."""
    query = {
        "fq": f'+dataset_type:dataset +sd_kegiatan:"{kegiatan_id}"',
        "include_private": True,
        "rows": rows,
        "sort": "title_string asc",
    }
    return toolkit.get_action("package_search")({}, query)


def satudata_contact(package_id: str) -> dict[str, str]:
    """The person in charge of an activity by input (``sd_pj_nama`` …); {} for all others
    than those who may see it."""
    try:
        return toolkit.get_action("satudata_contact_show")({}, {"id": package_id})
    except (toolkit.NotAuthorized, toolkit.ObjectNotFound):
        return {}


def satudata_not_applicable(pkg_dict: Mapping[str, Any]) -> list[str]:
    """Names of the fields with an answer to a question that does not apply."""
    schema = schema_of(pkg_dict)
    return not_applicable(pkg_dict, schema) if schema else []
