"""Background work of the live result, and how it gets into the queue."""

from __future__ import annotations

import logging
from typing import Any

import ckan.model as model
import sqlalchemy as sa
from ckan.lib.redis import connect_to_redis
from ckan.plugins import toolkit
from redis.exceptions import RedisError
from rq.job import Job, JobStatus

from ..delivery import jobs as delivery_jobs
from ..delivery import reconcile
from ..delivery.model import Touched
from ..judging import live

log = logging.getLogger(__name__)

KEPT_SECONDS = 86_400
"""How long the id of the job queued last is remembered."""
LONGEST = 3600
"""Seconds that a job may take: many new files may wait for their check."""


def refresh_touched() -> None:
    """Check new files and compute the organisations they concern; cheap without changes."""
    delivery_jobs.check_pending()
    _touch_unknown()
    live.refresh()


def recompute() -> None:
    """Compute everything, as after a change of the tree."""
    delivery_jobs.check_pending()
    live.recompute()


def nightly() -> None:
    """Mend facts, check files again that could not be measured, compute everything."""
    reconcile.mend()
    delivery_jobs.check_pending(retry=True)
    live.recompute()


def enqueue(job: str) -> None:
    """Queue ``refresh`` or ``recompute`` unless one waits there already.

    A queue that is down is logged and must not break the saving; the nightly
    run makes up for it.
    """
    work = {"refresh": refresh_touched, "recompute": recompute}[job]
    key = f"ckan:{toolkit.config['ckan.site_id']}:satudata:{job}"
    try:
        redis = connect_to_redis()
        if not _waits(redis, redis.get(key)):
            queued = toolkit.enqueue_job(
                work, title=f"satudata: {job} the live result", rq_kwargs={"timeout": LONGEST}
            )
            redis.set(key, queued.id, ex=KEPT_SECONDS)
    except RedisError:
        log.exception("satudata: %s was not queued", job)


def _waits(redis: Any, job_id: bytes | None) -> bool:
    """Whether the job is still in the queue; one that has begun may already have read.

    Only its status is read: every delivery asks, and a whole job is a lot to load.
    """
    if job_id is None:
        return False
    status = redis.hget(Job.key_for(job_id.decode()), "status")
    return status == JobStatus.QUEUED.value.encode()


def _touch_unknown() -> None:
    """Note organisations whose duties the register has added, moved or taken away."""
    model.Session.execute(
        sa.insert(Touched).from_select(["org_id"], sa.text(_UNKNOWN).columns(org_id=sa.Text))
    )


_UNKNOWN = """
    SELECT o.org_id FROM satudata_obligation o
    JOIN satudata_opd USING (org_id)
    LEFT JOIN satudata_result r
      ON r.obligation_id = o.id AND r.year = o.year AND r.tw = o.tw AND r.due = o.due
    WHERE r.obligation_id IS NULL
      AND NOT EXISTS (SELECT FROM satudata_quarter q
                      WHERE q.year = o.year AND q.tw = o.tw AND q.final_id IS NOT NULL)
      AND o.year <= (SELECT max(year) FROM satudata_org_result)
    UNION
    SELECT r.org_id FROM satudata_result r
    LEFT JOIN satudata_obligation o ON o.id = r.obligation_id
    WHERE o.id IS NULL"""
