"""The simulator as actions: ask for one, look at it."""

from __future__ import annotations

from typing import Any

import ckan.model as model
from ckan.logic import validate
from ckan.plugins import toolkit
from ckan.types import Context, DataDict, Schema, Validator

from .. import clock, queue
from ..calendar.quarters import Quarter
from ..judging import ruleset_actions, rulesets
from ..judging.model import Simulation
from ..text import is_storable
from . import jobs, simulation

__all__ = [
    "satudata_simulation_create",
    "satudata_simulation_show",
]

_ = toolkit._

MOST_QUARTERS = 12


def _quarters(value: Any) -> list[Quarter]:
    """Codes of quarters, as a list or a text with commas; each once, in order of time."""
    codes = value.split(",") if isinstance(value, str) else value
    try:
        found = sorted({Quarter.parse(str(code)) for code in codes})
    except (TypeError, ValueError) as error:
        raise toolkit.Invalid(_("Write quarters as 2025-TW1")) from error
    if not 0 < len(found) <= MOST_QUARTERS:
        raise toolkit.Invalid(_("Choose 1 to {n} quarters.").format(n=MOST_QUARTERS))
    return found


@toolkit.validator_args
def _create_schema(not_empty: Validator, unicode_safe: Validator) -> Schema:
    return {"hash": [not_empty, unicode_safe], "quarters": [not_empty, _quarters]}


@validate(_create_schema)
def satudata_simulation_create(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Compute in the background what past quarters would have been under another rule set.

    Results, ranks and frozen quarters are not touched.

    :param hash: hash of the rule set, a draft or not
    :param quarters: past quarters, at most twelve: ``["2025-TW1", "2025-TW2"]``
    :returns: as ``satudata_simulation_show``
    :raises ObjectNotFound: there is no such rule set
    :raises ValidationError: a quarter whose cutoff is not over or that has no duties, the queue
        is down

    Example::

        {"hash": "91c2aa07", "quarters": ["2025-TW1", "2025-TW2"]}
    """
    toolkit.check_access("satudata_simulation_create", context, data_dict)
    kept = ruleset_actions.found(context, data_dict["hash"])
    known = set(simulation.past_quarters())
    for quarter in data_dict["quarters"]:
        if quarter not in known:
            message = _("{quarter} cannot be tried: its cutoff is not over, or nothing was due.")
            raise toolkit.ValidationError({"quarters": [message.format(quarter=quarter)]})
    user = model.User.get(context.get("user"))
    run = Simulation(
        ruleset_hash=kept.hash,
        quarters=[str(quarter) for quarter in data_dict["quarters"]],
        state="queued",
        result=[],
        created_by=user.id if user else None,
        created=clock.now(),
    )
    model.Session.add(run)
    model.Session.commit()
    try:
        queue.enqueue("quarters", "satudata: simulate a rule set", jobs.run_simulation, run.id)
    except toolkit.ValidationError:
        model.Session.delete(run)
        model.Session.commit()
        raise
    return _shown(run)


@toolkit.side_effect_free
def satudata_simulation_show(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """A simulation and, once it is done, who would have moved.

    :param id: its id
    :returns: ``id``, ``hash``, ``ruleset``, ``quarters``, ``state`` (``queued``, ``running``,
        ``done``, ``failed``), ``done`` and ``total`` evaluations, ``result``: per quarter
        ``quarter``, ``rules`` (those that judged it) and ``views`` (``cumulative``,
        ``quarter``): list of organisations with ``before`` and ``after`` (``total``, ``band``,
        ``rank``, ``reason`` without rank), ``change`` of the total and ``moved`` (ranks gained)
    :raises ObjectNotFound: there is no such simulation

    Example of an entry of a view::

        {"title": "Dinas Uji", "before": {"total": 68.04, "band": "cukup", "rank": 3, …},
         "after": {"total": 71.2, "band": "cukup", "rank": 2, …}, "change": 3.16, "moved": 1}
    """
    toolkit.check_access("satudata_simulation_show", context, data_dict)
    asked = str(toolkit.get_or_bust(data_dict, "id"))
    run = model.Session.get(Simulation, asked) if is_storable(asked) else None
    if run is None:
        raise toolkit.ObjectNotFound(_("There is no such simulation"))
    return _shown(run)


def _shown(run: Simulation) -> dict[str, Any]:
    rules = rulesets.get(run.ruleset_hash)
    return {
        "id": run.id,
        "hash": run.ruleset_hash,
        "ruleset": f"{rules.name} {rules.version}",
        "quarters": run.quarters,
        "state": "failed" if queue.was_stopped(run.state, run.created) else run.state,
        "done": run.done or 0,
        "total": simulation.steps([Quarter.parse(code) for code in run.quarters]),
        "result": run.result,
        "created": run.created.isoformat(),
        "finished": run.finished.isoformat() if run.finished else None,
    }
