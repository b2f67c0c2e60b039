"""Background work: a changed organisation must travel with its datasets."""

from __future__ import annotations

import logging
from typing import Any

import ckan.model as model
import sqlalchemy as sa
from ckan.lib import search

from . import queries

log = logging.getLogger(__name__)

_FACTS = """
    SELECT id AS org_id, coalesce(nullif(title, ''), name) AS title,
           nullif(extras ->> 'sd_kode_wilayah', '') AS region,
           id IS NOT DISTINCT FROM :walidata AS walidata
    FROM "group"
    WHERE is_organization AND type = 'organization' AND state = 'active'
"""

_CHANGED = sa.text(
    f"""
    SELECT org_id, fact.title <> told.title AS renamed,
           fact.region IS DISTINCT FROM told.region AS moved,
           fact.walidata <> told.walidata OR (fact.walidata AND fact.title <> told.title)
               AS concerns_all
    FROM ({_FACTS}) fact JOIN satudata_told_organization told USING (org_id)
    WHERE (fact.title, fact.region, fact.walidata)
          IS DISTINCT FROM (told.title, told.region, coalesce(told.walidata, fact.walidata))
    """  # noqa: S608 (no data in it)
)

_TOUCH = sa.text(
    """
    UPDATE package SET metadata_modified = timezone('utc', clock_timestamp())
    WHERE type = 'dataset' AND state = 'active'
      AND (:all OR owner_org = ANY(:renamed)
           OR owner_org IN (SELECT org_id FROM satudata_opd WHERE path && :moved))
    RETURNING id
    """
)

_TELL = sa.text(
    f"""
    INSERT INTO satudata_told_organization AS told (org_id, title, region, walidata) {_FACTS}
    ON CONFLICT (org_id) DO UPDATE
    SET title = excluded.title, region = excluded.region, walidata = excluded.walidata
    WHERE (told.title, told.region, told.walidata)
          IS DISTINCT FROM (excluded.title, excluded.region, excluded.walidata)
    """  # noqa: S608 (no data in it)
)


def touch_changed() -> int:
    """Move ``metadata_modified`` of the datasets whose derived keys changed; gives their number.

    Harvesters take only what is newer than what they hold. Compares each
    organisation with what was last told of it; one never told of is only noted
    down. The note is written last, so a run that broke off is made up for by
    the next. Writes no event: nothing was delivered.
    """
    present = queries.walidata()
    parameters = {"walidata": present[0] if present else None}
    changed = model.Session.execute(_CHANGED, parameters).mappings().all()
    touched = _touch(changed) if changed else []
    model.Session.execute(_TELL, parameters)
    model.Session.commit()
    log.info("satudata: %d organisations changed, %d datasets touched", len(changed), len(touched))
    return len(touched)


def _touch(changed: list[Any]) -> list[str]:
    touched = list(
        model.Session.execute(
            _TOUCH,
            {
                "all": any(row["concerns_all"] for row in changed),
                "renamed": [row["org_id"] for row in changed if row["renamed"]],
                "moved": [row["org_id"] for row in changed if row["moved"]],
            },
        ).scalars()
    )
    model.Session.commit()
    model.Session.expire_all()
    search.rebuild(package_ids=touched, defer_commit=True)
    search.commit()
    return touched
