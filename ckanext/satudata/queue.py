"""Asking the worker for long work that a person waits for."""

from __future__ import annotations

import datetime as dt
import hashlib
import logging
from collections.abc import Callable
from typing import Any

from ckan.lib.redis import connect_to_redis
from ckan.plugins import toolkit
from redis.exceptions import RedisError
from rq.exceptions import NoSuchJobError
from rq.job import Job

from . import clock

log = logging.getLogger(__name__)

_LONG = {"timeout": 3600}
"""Options of jobs that may take up to an hour; the queue's own limit is three minutes."""

PATIENCE = dt.timedelta(seconds=_LONG["timeout"])
"""After this, work that has not ended is given up: its worker was stopped."""


def was_stopped(state: str, created: dt.datetime) -> bool:
    """Whether work that is ``queued`` or ``running`` should have ended long ago."""
    return state in ("queued", "running") and clock.now() - created > PATIENCE


def enqueue(
    field: str, title: str, work: Callable[..., None], *args: str, once: bool = False
) -> Any:
    """Queue a job and return it.

    :param once: not while the same work for the same ``args`` waits or is under way
    :raises toolkit.ValidationError: at ``field``, where the queue is down
    """
    options: dict[str, Any] = dict(_LONG)
    try:
        if once:
            options["job_id"] = _job_id(work, *args)
            known = _unfinished(options["job_id"])
            if known:
                return known
        return toolkit.enqueue_job(work, list(args), title=title, rq_kwargs=options)
    except RedisError:
        log.exception("%s was not queued", title)
        fault = toolkit._("The work could not be queued, try again later")
        raise toolkit.ValidationError({field: [fault]}) from None


def _job_id(work: Callable[..., None], *args: str) -> str:
    """Portals may share a Redis, so the portal is part of it."""
    parts = (toolkit.config["ckan.site_id"], work.__module__, work.__qualname__, *args)
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def _unfinished(job_id: str) -> Job | None:
    try:
        job = Job.fetch(job_id, connection=connect_to_redis())
    except NoSuchJobError:
        return None
    return job if job.is_queued or job.is_started else None
