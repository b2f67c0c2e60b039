"""The quarter on the command line: ``ckan satudata triwulan``."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import ckan.model as model
import click
from ckan.common import config as ckan_config
from ckan.plugins import toolkit
from flask_babel import force_locale

from ..calendar.quarters import Quarter
from ..opd import permissions
from ..text import one_line
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


@contextmanager
def _portal(ctx: click.Context) -> Iterator[str | None]:
    """Messages in the portal's language; the actor; what is refused ends with a non-zero exit."""
    locale = ckan_config["ckan.locale_default"]
    with ctx.meta["flask_app"].test_request_context(), force_locale(locale):
        user = model.User.get(permissions.site_user())
        try:
            yield user.id if user else None
        except toolkit.ValidationError as error:
            model.Session.rollback()
            raise click.ClickException(one_line(error.error_summary)) from error


@click.group(short_help="Quarters: open, cut off, finalise, verify.")
def triwulan() -> None:
    """Where the quarters stand and how they move on. QUARTER is written like 2026-TW1."""


@triwulan.command(short_help="Where the quarters stand.")
@click.argument("quarter", type=_QuarterType(), required=False)
@click.option("--json", "as_json", is_flag=True, help="All of it, for programs.")
@click.pass_context
def show(ctx: click.Context, quarter: Quarter | None, as_json: bool) -> None:
    """One quarter with what comes next, or all that are open."""
    with _portal(ctx):
        if quarter is None:
            shown = [showing.brief(one) for one in standing.with_drafts()]
        else:
            shown = [showing.whole(quarter, manages=True)]
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


@triwulan.command("open", short_help="Open a quarter.")
@_QUARTER
@_REASON
@click.pass_context
def open_command(ctx: click.Context, quarter: Quarter, reason: str) -> None:
    """Fix duties, rule set, register version and cutoff of a quarter."""
    _moved(ctx, states.open_quarter, quarter, reason)
    schedule.arm()


@triwulan.command(short_help="Cut off a quarter whose cutoff day is over.")
@_QUARTER
@_REASON
@click.pass_context
def cutoff(ctx: click.Context, quarter: Quarter, reason: str) -> None:
    """End the collection; the walidata's time for review begins."""
    _moved(ctx, states.cut_off, quarter, reason)


@triwulan.command(short_help="Show the provisional result.")
@_QUARTER
@_REASON
@click.pass_context
def provisional(ctx: click.Context, quarter: Quarter, reason: str) -> None:
    """End the review and show the provisional result."""
    _moved(ctx, states.show_provisional, quarter, reason)


@triwulan.command(short_help="Open the time for objections.")
@_QUARTER
@_REASON
@click.pass_context
def objections(ctx: click.Context, quarter: Quarter, reason: str) -> None:
    """Let the OPDs object to the provisional result."""
    _moved(ctx, states.open_objections, quarter, reason)


@triwulan.command(short_help="Make a quarter final.")
@_QUARTER
@_REASON
@click.pass_context
def finalise(ctx: click.Context, quarter: Quarter, reason: str) -> None:
    """Freeze the result and publish it. Running it again changes nothing."""
    _moved(ctx, states.finalise, quarter, reason)
    _publish(quarter)


@triwulan.command(short_help="Freeze a final quarter anew.")
@_QUARTER
@click.option("--number", required=True, help="Number of the decree or letter that orders it.")
@click.option("--reason", required=True, help="Why; the OPDs read it.")
@click.pass_context
def revise(ctx: click.Context, quarter: Quarter, number: str, reason: str) -> None:
    """Freeze a final quarter anew with the decisions recorded since; the old record stays."""
    _moved(ctx, lambda one, actor, _given: states.revise(one, actor, number, reason), quarter, "")
    _publish(quarter)


@triwulan.command(short_help="Publish a final quarter as a dataset.")
@_QUARTER
@click.pass_context
def publish(ctx: click.Context, quarter: Quarter) -> None:
    """Bring the dataset of a final quarter in line with its record."""
    with _portal(ctx):
        found = publication.publish(quarter)
    if found is None:
        raise click.ClickException(f"{quarter} has no final record")
    click.echo(found)


@triwulan.command(short_help="Compute final quarters again and compare.")
@click.argument("quarter", type=_QuarterType(), required=False)
@click.pass_context
def verify(ctx: click.Context, quarter: Quarter | None) -> None:
    """Compute all final quarters (or one) again from the evidence and compare byte by byte.

    Ends with a non-zero exit if anything differs.
    """
    with _portal(ctx):
        found = runs.told_findings(quarter)
        for one in found:
            where = f" ({one.row})" if one.row else ""
            click.echo(f"{one.quarter} r{one.revision}: {_(one.what)}{where}")
    if found:
        raise click.ClickException(f"{len(found)} differences")
    click.echo("Every record agrees with its evidence.")


@triwulan.command(short_help="Do what is due now.")
def tick() -> None:
    """Cut off, publish and compute what is due, as the worker does every hour."""
    schedule.tick()


def _moved(
    ctx: click.Context,
    make: Callable[[Quarter, str | None, str], standing.Standing],
    quarter: Quarter,
    reason: str,
) -> None:
    with _portal(ctx) as actor:
        one = make(quarter, actor, reason)
        model.Session.commit()
        _print(showing.brief(one))


def _publish(quarter: Quarter) -> None:
    """The record stands whatever becomes of its dataset, which the schedule mends."""
    try:
        publication.publish(quarter)
    except Exception as error:
        model.Session.rollback()
        click.echo(f"Not published yet, the schedule tries again: {error}", err=True)
