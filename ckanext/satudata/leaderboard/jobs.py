"""Background work of the leaderboard."""

from __future__ import annotations

import logging

import ckan.model as model
import sqlalchemy as sa

from .. import clock
from ..calendar.quarters import Quarter
from ..judging import rulesets
from ..judging.model import Simulation
from . import simulation

log = logging.getLogger(__name__)


def run_simulation(simulation_id: str) -> None:
    """Do a simulation that waits; what went wrong stands in it."""
    run = model.Session.get(Simulation, simulation_id)
    if run is None or run.state != "queued":
        return
    rules = rulesets.get(run.ruleset_hash)
    quarters = [Quarter.parse(code) for code in run.quarters]
    run.state = "running"
    model.Session.commit()
    try:
        result = simulation.simulate(rules, quarters, lambda done: _tell(simulation_id, done))
        state = "done"
    except Exception:
        log.exception("Simulation %s failed", simulation_id)
        model.Session.rollback()
        result, state = [], "failed"
    run = model.Session.get(Simulation, simulation_id)
    if run is not None:
        run.state, run.result, run.finished = state, result, clock.now()
        model.Session.commit()


def _tell(simulation_id: str, done: int) -> None:
    """Progress, outside of the transaction that computes and is rolled back."""
    statement = sa.update(Simulation).where(Simulation.id == simulation_id).values(done=done)
    with model.ensure_engine().begin() as connection:
        connection.execute(statement)
