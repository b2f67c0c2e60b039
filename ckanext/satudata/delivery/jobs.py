"""Content checks of what is held but not yet checked, and the columns of files."""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import ckan.model as model
import sqlalchemy as sa
from rq.timeouts import BaseTimeoutException
from sqlalchemy.dialects.postgresql import insert

from .. import clock
from ..register.model import Claim, Item
from . import checks, content, profile
from .model import Check, Profile, ResourceFact, Touched

log = logging.getLogger(__name__)


def check_pending(retry: bool = False) -> int:
    """Check every held file that states an item and has no result of today's checks.

    :param retry: also files that could not be measured for reasons of ours
    :returns: how many files were checked. Commits after each.
    """
    pending = model.Session.execute(_pending(retry)).all()
    for resource_id, sha256 in pending:
        _store(resource_id, sha256, _measure(resource_id, sha256))
    return len(pending)


def _pending(retry: bool) -> sa.Select[Any]:
    known = sa.and_(
        Check.resource_id == ResourceFact.resource_id, Check.sha256 == ResourceFact.sha256
    )
    again = sa.or_(Check.sha256.is_(None), Check.checker < checks.CHECKER)
    if retry:
        again = sa.or_(again, Check.readable.is_(None))
    return (
        sa.select(ResourceFact.resource_id, ResourceFact.sha256)
        .outerjoin(Check, known)
        .where(
            ResourceFact.sha256.is_not(None),
            sa.exists().where(Claim.resource_id == ResourceFact.resource_id),
            again,
        )
        .order_by(ResourceFact.resource_id)
    )


@contextmanager
def _held(resource_id: str, sha256: str) -> Iterator[Path]:
    """A copy of the content that has this hash; another content is not what was delivered.

    :raises checks.NoTableError: it is not (or no longer) there
    """
    with tempfile.NamedTemporaryFile(prefix="satudata-") as copy:
        try:
            with content.opened(resource_id) as stream:
                found = content.fingerprint(stream, copy)
        except content.ContentMissingError:
            raise checks.NoTableError("content_missing") from None
        if found.sha256 != sha256:
            raise checks.NoTableError("content_changed")
        copy.flush()
        yield Path(copy.name)


def _measure(resource_id: str, sha256: str) -> checks.Measured:
    try:
        with _held(resource_id, sha256) as path:
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
        with _held(resource_id, fact.sha256) as path:
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


def _store(resource_id: str, sha256: str, found: checks.Measured) -> None:
    values = {
        "readable": found.readable,
        "rows": found.rows,
        "cells": found.cells,
        "empty_cells": found.empty_cells,
        "run": found.run,
        "passed": found.passed,
        "failures": found.failures,
        "checker": checks.CHECKER,
        "checked": clock.now(),
    }
    statement = insert(Check).values(resource_id=resource_id, sha256=sha256, **values)
    model.Session.execute(
        statement.on_conflict_do_update(index_elements=["resource_id", "sha256"], set_=values)
    )
    owing = (
        sa.select(Item.org_id)
        .join(Claim, Claim.item_id == Item.id)
        .where(Claim.resource_id == resource_id)
        .distinct()
    )
    model.Session.execute(sa.insert(Touched).from_select(["org_id"], owing))
    model.Session.commit()
