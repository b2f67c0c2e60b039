"""Content checks of what is held but not yet checked, and the columns of files."""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import IO, Any

import ckan.model as model
import sqlalchemy as sa
from rq.timeouts import BaseTimeoutException
from sqlalchemy.dialects.postgresql import insert

from .. import clock, locks
from ..register.model import Item
from . import checks, content, evidence, profile
from .model import Check, Event, Profile, ResourceFact, Touched

log = logging.getLogger(__name__)


def check_pending(retry: bool = False) -> int:
    """Check every content that was delivered and has no result of today's checks.

    :param retry: also contents that could not be measured for reasons of ours
    :returns: how many were checked. Commits after each.
    """
    pending = model.Session.scalars(_PENDING, {"checker": checks.CHECKER, "retry": retry}).all()
    for sha256 in pending:
        _store(sha256, _measure(sha256))
    return len(pending)


# Contents that nobody states any more are evidence of the past: it is judged by the checks of
# its day, so new checks pass them over.
_PENDING = sa.text(
    """
    SELECT e.sha256 FROM satudata_event e
    WHERE e.sha256 IS NOT NULL
      AND NOT EXISTS (SELECT FROM satudata_check k WHERE k.sha256 = e.sha256)
    UNION
    SELECT r.sha256 FROM satudata_resource_fact r
    WHERE r.sha256 IS NOT NULL
      AND EXISTS (SELECT FROM satudata_claim c WHERE c.resource_id = r.resource_id)
      AND NOT EXISTS (SELECT FROM satudata_check k
                      WHERE k.sha256 = r.sha256 AND k.checker >= :checker)
    UNION
    SELECT last.sha256
    FROM (SELECT DISTINCT ON (sha256) sha256, readable
          FROM satudata_check WHERE :retry ORDER BY sha256, id DESC) last
    WHERE last.readable IS NULL
    ORDER BY sha256
    """
)


@contextmanager
def held(sha256: str, resource_id: str | None = None) -> Iterator[Path]:
    """A copy of the content that has this hash; another content is not what was delivered.

    From the evidence, else from ``resource_id`` or the resources that are known to hold it.

    :raises checks.NoTableError: it is not (or no longer) there
    """
    with tempfile.NamedTemporaryFile(prefix="satudata-") as copy:
        reason = "content_missing"
        for source in _sources(sha256, resource_id):
            copy.seek(0)
            copy.truncate()
            try:
                with source as stream:
                    found = content.fingerprint(stream, copy)
            except (evidence.EvidenceError, content.ContentMissingError):
                continue
            copy.flush()
            if found.sha256 == sha256:
                yield Path(copy.name)
                return
            reason = "content_changed"
        raise checks.NoTableError(reason)


def _sources(sha256: str, resource_id: str | None) -> Iterator[AbstractContextManager[IO[bytes]]]:
    yield evidence.opened(sha256)
    if resource_id:
        yield content.opened(resource_id)
    holding = sa.select(ResourceFact.resource_id).where(ResourceFact.sha256 == sha256)
    for known in model.Session.scalars(holding).all():
        yield content.opened(known)


def _measure(sha256: str) -> checks.Measured:
    try:
        with held(sha256) as path:
            return checks.measure(path)
    except checks.NoTableError as error:
        return checks.unread(str(error))


def profile_columns(resource_id: str) -> None:
    """Read the columns of a held file and keep them, once for each content; commits."""
    fact = model.Session.get(ResourceFact, resource_id)
    if fact is None or fact.sha256 is None:
        return
    columns: list[dict[str, Any]] = []
    reason = None
    try:
        with held(fact.sha256, resource_id) as path:
            columns = [vars(column) for column in profile.columns_of(path)]
    except checks.NoTableError as error:
        reason = str(error)
    except BaseTimeoutException:
        raise
    except Exception:  # the readers let through whatever a broken part raises
        log.info("satudata: the columns of a file could not be read", exc_info=True)
        reason = "broken"
    values = {"columns": columns, "reason": reason, "made": clock.now()}
    statement = insert(Profile).values(resource_id=resource_id, sha256=fact.sha256, **values)
    model.Session.execute(
        statement.on_conflict_do_update(index_elements=["resource_id", "sha256"], set_=values)
    )
    model.Session.commit()


def _store(sha256: str, found: checks.Measured) -> None:
    """Append a result unless it says what the last one says; commits."""
    locks.share(locks.EVIDENCE)
    values = {**vars(found), "checker": checks.CHECKER}
    last = model.Session.scalars(
        sa.select(Check).where(Check.sha256 == sha256).order_by(Check.id.desc()).limit(1)
    ).first()
    if last and all(getattr(last, name) == value for name, value in values.items()):
        model.Session.commit()  # lets the lock go: others freeze while the next file is read
        return
    model.Session.add(Check(sha256=sha256, checked=locks.evidence_time(), **values))
    owing = (
        sa.select(Item.org_id)
        .join(Event, Event.item_id == Item.id)
        .where(Event.sha256 == sha256)
        .distinct()
    )
    model.Session.execute(sa.insert(Touched).from_select(["org_id"], owing))
    model.Session.commit()
