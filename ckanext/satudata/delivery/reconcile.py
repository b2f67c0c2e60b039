"""Mending what no hook saw: direct SQL, a file changed in the storage, evidence that is missing.

Runs at night and by ``ckan satudata rebuild``. Stock tables and storage say what is; the log says
what was known; the recorder writes the difference, counted from now.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass

import ckan.model as model
import sqlalchemy as sa

from . import content, evidence, facts
from .model import Event, ResourceFact

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Mended:
    """``datasets``: that had changed unseen; ``files``: whose content had; ``kept``: contents
    added to the evidence; ``missing``: hashes of delivered contents that are nowhere any more.
    """

    datasets: int
    files: int
    kept: int
    missing: list[str]


def mend(read_all: bool = False) -> Mended:
    """Look at every dataset and every delivered content again; commits batch by batch.

    :param read_all: read every held file, also where size and time say that it is as it was,
        and every content of the evidence
    """
    files = _reread(read_all)
    datasets = facts.rebuild()
    kept, missing = _mend_evidence(read_all)
    for sha256 in missing:
        log.error("satudata: the delivered content %s is lost", sha256)
    return Mended(datasets, files, kept, missing)


def _reread(read_all: bool) -> int:
    """Forget fingerprints of files that are no longer as they were; the rebuild reads them."""
    known = sa.select(
        ResourceFact.resource_id,
        ResourceFact.sha256,
        ResourceFact.bytes,
        ResourceFact.last_modified,
    ).where(ResourceFact.sha256.is_not(None))
    changed = [
        id
        for id, sha256, size, written in model.Session.execute(known).all()
        if (read_all or content.looks_changed(id, size, written)) and not _is_as_known(id, sha256)
    ]
    if changed:
        model.Session.execute(
            sa.update(ResourceFact)
            .where(ResourceFact.resource_id.in_(changed))
            .values(sha256=None, bytes=None)
        )
        model.Session.commit()
    return len(changed)


def _is_as_known(resource_id: str, sha256: str) -> bool:
    try:
        return content.fingerprint_of(resource_id).sha256 == sha256
    except content.ContentMissingError:
        return False


def _mend_evidence(read_all: bool) -> tuple[int, list[str]]:
    """Keep what was delivered and is not in the store; what no resource holds is missing."""
    kept, missing = 0, []
    for sha256 in _delivered():
        if evidence.is_sound(sha256) if read_all else evidence.has(sha256):
            continue
        if recover(sha256):
            kept += 1
        else:
            missing.append(sha256)
    return kept, missing


def _delivered() -> Iterator[str]:
    known = sa.select(Event.sha256).where(Event.sha256.is_not(None)).distinct()
    yield from model.Session.scalars(known.order_by(Event.sha256)).all()


def recover(sha256: str) -> bool:
    """Keep a delivered content again from a resource that still holds it; whether one does."""
    holding = sa.select(ResourceFact.resource_id).where(ResourceFact.sha256 == sha256)
    for resource_id in model.Session.scalars(holding).all():
        try:
            found = evidence.keep_resource(resource_id, renew=True)
        except content.ContentMissingError:
            continue
        if found and found.sha256 == sha256:
            return True
    return False
