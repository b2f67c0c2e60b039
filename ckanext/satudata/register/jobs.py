"""Background work of the register."""

from __future__ import annotations

import logging

import ckan.model as model
from ckan.plugins import toolkit

from ..tables import TableError
from . import imports, matching, succession
from .model import ImportRun

log = logging.getLogger(__name__)


def run_import(run_id: str) -> None:
    """Do a confirmed import; what went wrong stands in the run."""
    run = model.Session.get(ImportRun, run_id)
    if run is None or run.state != "queued":
        return
    try:
        imports.execute(run)
    except (TableError, toolkit.ValidationError) as error:
        log.warning("Import %s refused: %s", run_id, error)


def suggest_matches() -> None:
    """Look for datasets of the items that have none."""
    matching.suggest()
    model.Session.commit()


def write_matches() -> None:
    """Write the accepted matches into the datasets."""
    matching.write_accepted()


def move_datasets(succession_id: str) -> None:
    """Give the datasets of a recorded succession to the successor."""
    succession.move_datasets(int(succession_id))
