"""Who made a change and how, and from when it counts."""

from __future__ import annotations

import datetime as dt
from typing import Any, NamedTuple

import sqlalchemy as sa
from ckan.common import current_user
from flask import has_request_context

PORTAL, JOB, HARVEST, RECONCILED = "portal", "job", "harvest", "reconciled"
"""Values of ``Event.source``: a request, a command or job, the harvester, the reconciler."""


class Origin(NamedTuple):
    """``actor``: id of the user at work, None in jobs. ``counts_from``: for harvested content,
    the end of the last successful harvest that did not have it; None: the moment of the change.
    """

    source: str
    actor: str | None = None
    counts_from: dt.datetime | None = None


def of(session: Any, package_id: str) -> Origin:
    """Where a change of this dataset comes from, as seen in its transaction."""
    if has_request_context():
        return Origin(PORTAL, _actor())
    harvest = _harvest(session, package_id)
    return harvest or Origin(JOB)


def _actor() -> str | None:
    return current_user.id if current_user and current_user.is_authenticated else None


# ckanext-harvest marks what it imports as such; the id of the dataset comes afterwards where the
# dataset was there before, so its earlier objects tell which it is. Its times are naive UTC.
_HARVEST = sa.text(
    """
    SELECT (
        SELECT max(done.finished) AT TIME ZONE 'UTC' FROM harvest_job done
        WHERE done.source_id = job.source_id AND done.status = 'Finished'
          AND done.finished < coalesce(job.gather_started, job.created)
          AND NOT EXISTS (SELECT FROM harvest_gather_error e WHERE e.harvest_job_id = done.id)
    ) AS counts_from
    FROM harvest_object o JOIN harvest_job job ON job.id = o.harvest_job_id
    WHERE o.state = 'IMPORT' AND (
        o.package_id = :id
        OR o.guid IN (SELECT known.guid FROM harvest_object known
                      WHERE known.package_id = :id
                        AND known.harvest_source_id = o.harvest_source_id))
    ORDER BY o.import_started DESC NULLS LAST LIMIT 1
    """
)


def _harvest(session: Any, package_id: str) -> Origin | None:
    """The running harvest that imports this dataset; None without one or without the extension."""
    if session.scalar(sa.text("SELECT to_regclass('harvest_object')")) is None:
        return None
    found = session.execute(_HARVEST, {"id": package_id}).first()
    return Origin(HARVEST, counts_from=found.counts_from) if found else None
