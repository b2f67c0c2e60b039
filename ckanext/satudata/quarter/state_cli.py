"""The quarter on the command line: ``ckan satudata triwulan``."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import ckan.model as model
import click
from ckan.plugins import toolkit

from ..calendar.quarters import Quarter
from ..opd import permissions
from ..terminal import in_portal
from . import publication, runs, schedule, showing, standing, states

__all__ = ["triwulan"]

_ = toolkit._


class _QuarterType(click.ParamType):
    name = "quarter"

    def convert(self, value: Any, param: Any, ctx: Any) -> Quarter:
        if isinstance(value, Quarter):
            return value
        try:
            return Quarter.parse(value)
        except ValueError:
            self.fail(f"{value!r} is no quarter; write for example 2026-TW1", param, ctx)


_QUARTER = click.argument("quarter", type=_QuarterType())
_REASON = click.option("--reason", default="", help="What stands in the log of decisions.")
_Move = Callable[[Quarter, str | None, str], standing.Standing]
"""Makes a move of a quarter in the name of a user, for a reason."""


@click.group(short_help="Quarters: open, cut off, finalise, verify.")
def triwulan() -> None:
    """Where the quarters stand and how they move on. QUARTER is written like 2026-TW1."""


@triwulan.command(short_help="Where the quarters stand.")
@click.argument("quarter", type=_QuarterType(), required=False)
@click.option("--json", "as_json", is_flag=True, help="All of it, for programs.")
def show(quarter: Quarter | None, as_json: bool) -> None:
    """One quarter with what comes next, or all that are open."""
    with in_portal():
        if quarter is None:
            shown = [standing.brief(one) for one in standing.with_drafts()]
        else:
            shown = [showing.whole(quarter, manages=True, names=True)]
        if as_json:
            click.echo(json.dumps(shown, default=str, ensure_ascii=False, indent=2))
            return
        for one in shown:
            _print(one)


def _print(one: dict[str, Any]) -> None:
    label = _(standing.LABELS[one["state"]])
    revision = (
        f" ({_('revision {number}').format(number=one['revision'])})" if one["revision"] else ""
    )
    click.echo(f"{one['year']}-TW{one['tw']}  {label}{revision}  {_('cutoff')} {one['cutoff']}")
    if one["sha256"]:
        click.echo(f"  SHA-256 {one['sha256']}")
    for hindrance in one.get("next", {}).get("against", []):
        click.echo(f"  - {hindrance['message']}")


def _add_move(name: str, make: _Move, short_help: str, text: str) -> None:
    @triwulan.command(name, short_help=short_help, help=text)
    @_QUARTER
    @_REASON
    def command(quarter: Quarter, reason: str) -> None:
        _moved(make, quarter, reason)


for _each in (
    (
        "open",
        states.open_quarter,
        "Open a quarter.",
        "Fix duties, rule set, register version and cutoff of a quarter.",
    ),
    (
        "cutoff",
        states.cut_off,
        "Cut off a quarter whose cutoff day is over.",
        "End the collection; the walidata's time for review begins.",
    ),
    (
        "provisional",
        states.show_provisional,
        "Show the provisional result.",
        "End the review and show the provisional result.",
    ),
    (
        "objections",
        states.open_objections,
        "Open the time for objections.",
        "Let the OPDs object to the provisional result.",
    ),
):
    _add_move(*_each)


@triwulan.command(short_help="Make a quarter final.")
@_QUARTER
@_REASON
def finalise(quarter: Quarter, reason: str) -> None:
    """Freeze the result and publish it. Running it again changes nothing."""
    _moved(states.finalise, quarter, reason)
    _publish(quarter)


@triwulan.command(short_help="Freeze a final quarter anew.")
@_QUARTER
@click.option("--number", required=True, help="Number of the decree or letter that orders it.")
@click.option("--reason", required=True, help="Why; the OPDs read it.")
def revise(quarter: Quarter, number: str, reason: str) -> None:
    """Freeze a final quarter anew with the decisions recorded since; the old record stays."""
    _moved(lambda one, actor, _given: states.revise(one, actor, number, reason), quarter, "")
    _publish(quarter)


@triwulan.command(short_help="Publish a final quarter as a dataset.")
@_QUARTER
def publish(quarter: Quarter) -> None:
    """Bring the dataset of a final quarter in line with its record."""
    with in_portal():
        runs.demand_record(quarter)
        found = publication.publish(quarter)
    if found is None:
        raise click.ClickException("there is no organisation to own the dataset")
    click.echo(found)


@triwulan.command(short_help="Compute final quarters again and compare.")
@click.argument("quarter", type=_QuarterType(), required=False)
def verify(quarter: Quarter | None) -> None:
    """Compute all final quarters (or one) again from the evidence and compare byte by byte.

    Ends with a non-zero exit if anything differs.
    """
    with in_portal():
        if quarter:
            runs.demand_record(quarter)
        found = runs.told_findings(quarter)
        for one in found:
            where = f" ({one.row})" if one.row else ""
            click.echo(f"{one.quarter} r{one.revision}: {_(one.what)}{where}")
    if found:
        raise click.ClickException(f"{len(found)} differences")
    click.echo("Every record agrees with its evidence.")


@triwulan.command(short_help="Do what is due now.")
def tick() -> None:
    """Cut off, publish and compute what is due, as the worker does every hour.

    Ends with a non-zero exit if a part of it failed; the log says why.
    """
    failed = schedule.tick()
    if failed:
        raise click.ClickException(f"failed: {', '.join(failed)}")


def _moved(make: _Move, quarter: Quarter, reason: str) -> None:
    with in_portal():
        user = model.User.get(permissions.site_user())
        one = make(quarter, user.id if user else None, reason)
        model.Session.commit()
        _print(standing.brief(one))
    schedule.arm()


def _publish(quarter: Quarter) -> None:
    """The record stands whatever becomes of its dataset, which the schedule mends."""
    try:
        publication.publish(quarter)
    except Exception as error:
        model.Session.rollback()
        click.echo(f"Not published yet, the schedule tries again: {error}", err=True)
