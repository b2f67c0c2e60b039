"""``ckan satudata init``: looks whether the portal is set up, merges a foreign schema."""

from __future__ import annotations

from pathlib import Path

import click
from ckan.plugins import toolkit

from . import setup_checks

__all__ = ["init"]

_FILE = click.Path(dir_okay=False, path_type=Path)


@click.command(short_help="Check the set-up of this portal.")
@click.option("--merge-to", type=_FILE, help="Write the portal's dataset schema with our fields.")
@click.option(
    "--merge-opd-to", type=_FILE, help="Write the portal's organisation schema with our fields."
)
def init(merge_to: Path | None, merge_opd_to: Path | None) -> None:
    """Check tables, plugins, schemas and the root organisation; exit 1 if one is not right."""
    _merge(setup_checks.DATASETS, merge_to)
    _merge(setup_checks.ORGANIZATIONS, merge_opd_to)
    found = list(setup_checks.findings())
    for finding in found:
        mark = click.style("OK ", fg="green") if finding.good else click.style("!! ", fg="red")
        click.echo(mark + finding.subject)
        if not finding.good:
            click.echo("   " + finding.advice)
    if not all(finding.good for finding in found):
        raise SystemExit(1)


def _merge(kind: setup_checks.SchemaKind, target: Path | None) -> None:
    if target is None:
        return
    if target.exists():
        raise click.ClickException(
            toolkit._("{file} exists already; choose another name").format(file=target)
        )
    try:
        written = setup_checks.write_merged(kind, target)
    except OSError as error:
        raise click.ClickException(str(error)) from error
    if not written:
        raise click.ClickException(
            toolkit._("This portal has no schema of its own for type {name}").format(
                name=kind.type_name
            )
        )
    click.echo(
        toolkit._("Written. Look through it, then set: {option} = {value}").format(
            option=kind.option, value=target.resolve().as_uri()
        )
    )
