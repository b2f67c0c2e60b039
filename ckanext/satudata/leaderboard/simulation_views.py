"""Pages of the simulator."""

from __future__ import annotations

from itertools import groupby
from typing import Any

from ckan.plugins import toolkit
from flask import Blueprint, Response

from ..judging import rulesets
from ..pages import call, explain_refusals
from ..report.shapes import SPANS
from ..text import N_
from . import ranking, simulation

__all__ = ["satudata_simulations"]

_ = toolkit._

satudata_simulations = Blueprint("satudata_simulations", __name__, url_prefix="/satudata/simulasi")
explain_refusals(
    satudata_simulations, N_("The simulator is for the walidata and the officers. Log in first.")
)


@satudata_simulations.route("/baru/<ruleset_hash>")
def choose(ruleset_hash: str, errors: dict[str, Any] | None = None) -> str:
    """Which past quarters to try a rule set on."""
    shown = call("satudata_ruleset_show", hash=ruleset_hash)
    toolkit.check_access("satudata_simulation_create", {"user": toolkit.current_user.name})
    return toolkit.render(
        "satudata/leaderboard/simulation_new.html",
        {
            "ruleset": shown,
            "quarters": simulation.past_quarters(),
            "chosen": toolkit.request.form.getlist("quarters"),
            "errors": errors or {},
        },
    )


@satudata_simulations.route("/baru/<ruleset_hash>", methods=["POST"])
def create(ruleset_hash: str) -> Response | str:
    """Ask for a simulation."""
    chosen = toolkit.request.form.getlist("quarters")
    try:
        run = call("satudata_simulation_create", hash=ruleset_hash, quarters=chosen)
    except toolkit.ValidationError as error:
        return choose(ruleset_hash, error.error_dict)
    return toolkit.redirect_to("satudata_simulations.show", simulation_id=run["id"])


@satudata_simulations.route("/<simulation_id>")
def show(simulation_id: str) -> str:
    """Progress, then the organisations of one quarter before and after."""
    args = toolkit.request.args
    run = call("satudata_simulation_show", id=simulation_id)
    span = args.get("span") if args.get("span") in SPANS else SPANS[0]
    quarter = next(
        (one for one in run["result"] if one["quarter"] == args.get("tw")),
        run["result"][-1] if run["result"] else None,
    )
    rows = quarter["views"][span] if quarter else []
    scored = [row for row in rows if _scored(row)]
    listed = [row for row in scored if _moves(row)] if args.get("moved") else scored
    return toolkit.render(
        "satudata/leaderboard/simulation.html",
        {
            "run": run,
            "span": span,
            "quarter": quarter,
            "tables": [(*key, list(group)) for key, group in groupby(listed, key=_peers)],
            "groups": ranking.sizes(rulesets.get(run["hash"])),
            "counts": _counts(scored),
            "unscored": len(rows) - len(scored),
            "moved": bool(args.get("moved")),
        },
    )


def _peers(row: dict[str, Any]) -> tuple[str, str | None]:
    """The peer group by the rules tried; rows come in its order."""
    return row["pool"], row["after"]["size"]


def _scored(row: dict[str, Any]) -> bool:
    return any(row[when]["total"] is not None for when in ("before", "after"))


def _moves(row: dict[str, Any]) -> bool:
    before, after = row["before"], row["after"]
    return any(before[name] != after[name] for name in ("rank", "band", "reason"))


def _counts(rows: list[dict[str, Any]]) -> dict[str, int]:
    return {
        "organizations": len(rows),
        "up": sum((row["moved"] or 0) > 0 for row in rows),
        "down": sum((row["moved"] or 0) < 0 for row in rows),
        "band": sum(row["before"]["band"] != row["after"]["band"] for row in rows),
    }
