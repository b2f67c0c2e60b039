"""Commands of delivery."""

from __future__ import annotations

import click

from . import reconcile

__all__ = ["rebuild"]


@click.command(short_help="Look at every dataset and delivered file again.")
@click.option("--read-all", is_flag=True, help="Read every file, not only those that look changed.")
def rebuild(read_all: bool) -> None:
    """Mend facts, claims and the log where a change was not seen (direct SQL, a file put into the
    storage), and keep delivered contents that are missing in the evidence. Changes nothing where
    everything was seen. Exits with 1 if a delivered content is nowhere any more."""
    found = reconcile.mend(read_all)
    click.echo(
        f"Datasets mended: {found.datasets}; files changed unseen: {found.files};"
        f" contents kept: {found.kept}."
    )
    for sha256 in found.missing:
        click.echo(f"Lost: {sha256}", err=True)
    if found.missing:
        raise SystemExit(1)
