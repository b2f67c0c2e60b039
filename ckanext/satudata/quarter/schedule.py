"""What has to happen with time: cutoffs, the nightly computation, work that was left lying.

The jobs worker schedules itself, so that no cron is needed: each run of :func:`tick` arms the next
one at the full hour before it does anything else, and saving, logging in and opening a quarter arm
it where Redis has lost it. What is due is read from the database, never remembered, so a run that
was missed or killed costs nothing but time, and two runs at once do the work once.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import logging
import time
from typing import Any

import ckan.model as model
import sqlalchemy as sa
from ckan.lib.jobs import get_queue
from ckan.lib.redis import connect_to_redis
from ckan.plugins import toolkit
from redis.exceptions import RedisError
from rq.registry import ScheduledJobRegistry

from .. import clock, config, language
from ..calendar.localtime import zone
from ..judging.model import Computation
from . import jobs, publication, runs, standing, states

log = logging.getLogger(__name__)

NIGHT = 1
"""Local hour from which the nightly computation is due."""

OFTEN = 60
"""Seconds between two looks of a process whether Redis still has the schedule."""

_next_arming = [0.0]
"""By this process's monotonic clock."""

_MINUTE = 1
"""Minute of the hour: a day that ended at midnight is over for certain."""


def next_slot(now: dt.datetime) -> dt.datetime:
    """The next moment at which to look: one minute past the next full hour."""
    return now.replace(minute=_MINUTE, second=0, microsecond=0) + dt.timedelta(hours=1)


def arm(*_args: Any, **_kwargs: Any) -> bool:
    """See that the worker looks again within the hour; True where that was new.

    May be called as often as one likes, also as the receiver of a signal. A queue that is down
    is logged and must not break what the caller does.
    """
    # By the real clock: a demo or test that lives at another time has a worker in this one.
    slot = next_slot(dt.datetime.now(dt.timezone.utc))
    try:
        if not connect_to_redis().set(_key(slot), "1", nx=True, ex=2 * 3600):
            return False
        get_queue().enqueue_at(slot, tick, job_id=_job_id(slot), job_timeout=jobs.LONGEST)
    except RedisError:
        log.exception("satudata: the schedule was not armed")
        return False
    return True


def arm_now_and_then(*_args: Any, **_kwargs: Any) -> None:
    """:func:`arm`, for what happens often: each process does it once in :data:`OFTEN` seconds."""
    now = time.monotonic()
    if now >= _next_arming[0]:
        _next_arming[0] = now + OFTEN
        arm()


def armed() -> dt.datetime | None:
    """When the worker looks next; None where nothing is scheduled or the queue is down."""
    try:
        registry = ScheduledJobRegistry(queue=get_queue())
        prefix = _job_id(None)
        times = [
            registry.get_scheduled_time(job_id)
            for job_id in registry.get_job_ids()
            if job_id.startswith(prefix)
        ]
    except RedisError:
        return None
    return min(times) if times else None


def _key(slot: dt.datetime) -> str:
    return f"ckan:{toolkit.config['ckan.site_id']}:{_job_id(slot)}"


def _job_id(slot: dt.datetime | None) -> str:
    """Portals may share a Redis, so the portal is part of it; RQ takes only letters and digits."""
    portal = hashlib.sha256(toolkit.config["ckan.site_id"].encode()).hexdigest()[:16]
    when = f"{slot:%Y%m%dT%H%M}" if slot else ""
    return f"satudata-tick-{portal}-{when}"


def tick() -> list[str]:
    """Do all that is due now; returns the parts that failed, which leave the others alone."""
    arm()
    failed = []
    for work in (cut_off_due, runs.give_up_stopped, publish_due, compute_due):
        try:
            with language.of_portal():
                work()
        except Exception:
            model.Session.rollback()
            log.exception("satudata: %s failed", work.__name__)
            failed.append(work.__name__)
    return failed


def cut_off_due() -> list[standing.Standing]:
    """Cut off the quarters whose cutoff day is over."""
    done = []
    for one in standing.listed():
        if one.state == standing.OPEN and one.cutoff < clock.today():
            done.append(states.cut_off(one.quarter, None))
            model.Session.commit()
    return done


def publish_due() -> None:
    """Publish the final quarters that are not, or not in their newest revision.

    :raises toolkit.ValidationError: CKAN refuses one; the others are published all the same
    """
    refused = None
    for quarter in publication.outdated():
        try:
            publication.publish(quarter)
        except toolkit.ValidationError as error:
            model.Session.rollback()
            log.error("satudata: %s was not published: %s", quarter, error)
            refused = error
    if refused:
        raise refused


def compute_due() -> None:
    """The nightly computation where it is due, else what has changed and was not computed."""
    last = model.Session.execute(
        sa.select(sa.func.max(Computation.finished)).where(Computation.organizations.is_(None))
    ).scalar()
    if last is None or last < latest_night(clock.now()):
        jobs.nightly()
    else:
        jobs.refresh_touched()


def latest_night(now: dt.datetime) -> dt.datetime:
    """The last moment at which a nightly computation fell due."""
    local = now.astimezone(zone(config.timezone()))
    night = local.replace(hour=NIGHT, minute=0, second=0, microsecond=0)
    return night if night <= local else night - dt.timedelta(days=1)
