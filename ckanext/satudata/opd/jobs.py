"""Background work of the tree: the search index after a move."""

from __future__ import annotations

import logging

import ckan.model as model
import sqlalchemy as sa
from ckan.lib import search
from ckan.plugins import toolkit

from .. import committed

log = logging.getLogger(__name__)


def _enqueue() -> None:
    try:
        toolkit.enqueue_job(reindex_subtree, title="Satu Data: index the moved organisations")
    except Exception:
        # The rows stay marked; the next change or `ckan satudata opd reindex` takes them.
        log.exception("The moved organisations could not be queued for indexing")


def enqueue_after_commit() -> None:
    """Queue one reindexing once the present transaction is in, if any path changed."""
    stale = model.Session.execute(
        sa.text("SELECT EXISTS (SELECT FROM satudata_opd WHERE index_stale_since IS NOT NULL)")
    ).scalar()
    if stale:
        committed.then(_enqueue)


def reindex_subtree() -> int:
    """Index again every dataset of the organisations whose path changed; returns how many.

    One commit to the index at the end. What changed while the job ran stays
    marked for the next one.
    """
    taken = model.Session.execute(
        sa.text(
            "SELECT org_id, index_stale_since FROM satudata_opd WHERE index_stale_since IS NOT NULL"
        )
    ).all()
    if not taken:
        return 0
    org_ids = [row.org_id for row in taken]
    package_ids = list(
        model.Session.execute(
            sa.text(
                "SELECT id FROM package WHERE owner_org = ANY(:orgs) AND state = 'active'"
                " ORDER BY id"
            ),
            {"orgs": org_ids},
        ).scalars()
    )
    for package_id in package_ids:
        try:
            search.rebuild(package_ids=[package_id])
        except Exception:
            log.exception("Dataset %s could not be indexed", package_id)
            model.Session.rollback()
    search.commit()
    model.Session.execute(
        sa.text(
            "UPDATE satudata_opd SET index_stale_since = NULL"
            " WHERE org_id = ANY(:orgs) AND index_stale_since <= :until"
        ),
        {"orgs": org_ids, "until": max(row.index_stale_since for row in taken)},
    )
    model.repo.commit()
    return len(package_ids)
