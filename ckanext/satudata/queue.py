"""Asking the worker for long work that a person waits for."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from ckan.plugins import toolkit
from redis.exceptions import RedisError

log = logging.getLogger(__name__)

_LONG = {"timeout": 3600}
"""Options of jobs that may take up to an hour; the queue's own limit is three minutes."""


def enqueue(field: str, title: str, work: Callable[..., None], *args: str) -> Any:
    """Queue a job and return it.

    :raises toolkit.ValidationError: at ``field``, where the queue is down
    """
    try:
        return toolkit.enqueue_job(work, list(args), title=title, rq_kwargs=_LONG)
    except RedisError:
        log.exception("%s was not queued", title)
        fault = toolkit._("The work could not be queued, try again later")
        raise toolkit.ValidationError({field: [fault]}) from None
