"""Content checks of what is held but not yet checked."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import ckan.model as model
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from ..register.model import Claim, Item
from . import checks, clock, content
from .model import Check, ResourceFact, Touched


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


def _measure(resource_id: str, sha256: str) -> checks.Measured:
    """Check the content that has this hash; another content is not what was delivered."""
    with tempfile.NamedTemporaryFile(prefix="satudata-") as copy:
        try:
            with content.opened(resource_id) as stream:
                found = content.fingerprint(stream, copy)
        except content.ContentMissingError:
            return checks.unread("content_missing")
        if found.sha256 != sha256:
            return checks.unread("content_changed")
        copy.flush()
        return checks.measure(Path(copy.name))


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
