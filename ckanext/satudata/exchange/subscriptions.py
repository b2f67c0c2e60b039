"""Signals that start the work of exchange."""

from __future__ import annotations

import logging
from typing import Any

from ckan.plugins import toolkit
from redis.exceptions import RedisError

from .. import committed
from . import jobs

log = logging.getLogger(__name__)

CHANGE_ORGANIZATIONS = ("organization_create", "organization_update")
"""Actions after which derived keys may differ; a patch is an update inside."""


def get_subscriptions() -> dict[Any, list[Any]]:
    """Receivers by signal."""
    receivers = [{"sender": action, "receiver": enqueue_touch} for action in CHANGE_ORGANIZATIONS]
    return {toolkit.signals.action_succeeded: receivers}


def enqueue_touch(sender: str, **kwargs: Any) -> None:
    """Queue the touching of datasets, once the change is in the database."""
    if (kwargs.get("context") or {}).get("defer_commit"):
        committed.then(_enqueue)
    else:
        _enqueue()


def _enqueue() -> None:
    """A queue that is down must not break the saving; the next change makes up for it."""
    try:
        toolkit.enqueue_job(jobs.touch_changed, title="satudata: datasets of changed organisations")
    except RedisError:
        log.exception("satudata: datasets of changed organisations were not queued to be touched")
