"""Commands of the live result."""

from __future__ import annotations

import click

from ..judging import live
from . import jobs, schedule

__all__ = ["hitung"]


@click.command(short_help="Compute the live result.")
@click.option("--all", "everything", is_flag=True, help="Compute all, not only what changed.")
def hitung(everything: bool) -> None:
    """Check new files and compute what changed. With --all: look at every dataset again,
    retry what could not be measured, and compute everything; meant for a nightly cron."""
    schedule.arm()
    if everything:
        jobs.nightly()
    else:
        jobs.refresh_touched()
    run = live.last()
    if run is None:
        click.echo("Nothing to compute.")
    else:
        click.echo(f"Computed: {run.rows} rows, finished {run.finished:%Y-%m-%d %H:%M:%S %Z}.")
