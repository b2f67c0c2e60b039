"""Background work of the live result, and how it gets into the queue."""

from __future__ import annotations

import logging

import ckan.model as model
import sqlalchemy as sa
from ckan.lib.redis import connect_to_redis
from ckan.plugins import toolkit
from redis.exceptions import RedisError

from ..delivery import facts
from ..delivery import jobs as delivery_jobs
from ..delivery.model import Touched
from . import live

log = logging.getLogger(__name__)

WAITING_SECONDS = 600
"""How long a queued job keeps others out, should the queue lose it."""


def refresh_touched() -> None:
    """Check new files and compute the organisations they concern; cheap without changes."""
    _taken("refresh")
    delivery_jobs.check_pending()
    _touch_unknown()
    live.refresh()


def recompute() -> None:
    """Compute everything, as after a change of the tree."""
    _taken("recompute")
    delivery_jobs.check_pending()
    live.recompute()


def nightly() -> None:
    """Mend facts, check files again that could not be measured, compute everything."""
    facts.rebuild()
    delivery_jobs.check_pending(retry=True)
    live.recompute()


def enqueue(job: str) -> None:
    """Queue ``refresh`` or ``recompute`` unless one is waiting.

    A queue that is down is logged and must not break the saving; the nightly
    run makes up for it.
    """
    work = {"refresh": refresh_touched, "recompute": recompute}[job]
    try:
        if connect_to_redis().set(_key(job), 1, nx=True, ex=WAITING_SECONDS):
            toolkit.enqueue_job(work, title=f"satudata: {job} the live result")
    except RedisError:
        log.exception("satudata: %s was not queued", job)


def _taken(job: str) -> None:
    """From here on a change needs a new job: this one may already have read."""
    try:
        connect_to_redis().delete(_key(job))
    except RedisError:
        log.exception("satudata: the mark of %s stays", job)


def _key(job: str) -> str:
    return f"ckan:{toolkit.config['ckan.site_id']}:satudata:{job}"


def _touch_unknown() -> None:
    """Note organisations whose duties the register has added, moved or taken away."""
    model.Session.execute(
        sa.insert(Touched).from_select(["org_id"], sa.text(_UNKNOWN).columns(org_id=sa.Text))
    )


_UNKNOWN = """
    SELECT o.org_id FROM satudata_obligation o
    JOIN satudata_opd USING (org_id)
    LEFT JOIN satudata_result r
      ON r.obligation_id = o.id AND r.year = o.year AND r.tw = o.tw AND r.org_id = o.org_id
         AND r.due = o.due AND r.due_counted = o.due_counted
    WHERE r.obligation_id IS NULL
      AND o.year <= (SELECT max(year) FROM satudata_org_result)
    UNION
    SELECT r.org_id FROM satudata_result r
    LEFT JOIN satudata_obligation o ON o.id = r.obligation_id
    WHERE o.id IS NULL"""
