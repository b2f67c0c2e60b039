"""Commands of the tree and of the offices."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import ckan.model as model
import click
from ckan.plugins import toolkit

from ..terminal import progress_lines
from ..text import one_line
from . import facts, jobs, loader, officers, permissions, structure

__all__ = ["opd", "pejabat"]


@click.group(short_help="The tree of organisations.")
def opd() -> None:
    """The tree of organisations (OPD)."""


@opd.command("load")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--dry-run", is_flag=True, help="Only say what would change.")
@click.option("-u", "--user", help="Acts as this user (default: the site user).")
def opd_load(file: Path, dry_run: bool, user: str | None) -> None:
    """Load a whole structure from a YAML, CSV or XLSX FILE: all of it or nothing."""
    try:
        units = structure.read(file.read_bytes(), file.name)
        report = loader.load(
            units,
            user or permissions.site_user(),
            dry_run=dry_run,
            leave_creator_out=user is None,
            progress=progress_lines("Organisations", 20),
        )
    except structure.StructureError as error:
        for fault in error.faults:
            click.secho(fault, fg="red", err=True)
        click.echo("Nothing was written.", err=True)
        raise SystemExit(1) from None
    except toolkit.NotAuthorized as error:
        raise click.ClickException(f"Not allowed, nothing was written: {error}") from None
    for label, names in (
        ("created", report.created),
        ("moved", report.moved),
        ("changed", report.changed),
    ):
        for name in names:
            click.echo(f"{label}: {name}")
    click.echo(
        f"{len(units)} organisations read: {len(report.created)} created,"
        f" {len(report.moved)} moved, {len(report.changed)} changed,"
        f" {len(report.unchanged)} unchanged;"
        f" {report.aliases} aliases set" + (" (dry run: nothing was written)" if dry_run else "")
    )


@opd.command("refresh")
def opd_refresh() -> None:
    """Rebuild the facts of the tree from CKAN's own tables (after switching the plugin on)."""
    facts.refresh()
    jobs.enqueue_after_commit()
    model.repo.commit()
    click.echo("The tree is rebuilt.")


@opd.command("reindex")
def opd_reindex() -> None:
    """Index the datasets of moved organisations now, without the worker."""
    click.echo(f"{jobs.reindex_subtree()} datasets indexed.")


@click.group(short_help="Offices that read all reports.")
def pejabat() -> None:
    """Users who read all reports by office (BPS, Bappeda, Sekda, head of region)."""


def _act(action: str, user: str, office: str) -> dict[str, Any]:
    try:
        context = {"user": permissions.site_user()}
        return toolkit.get_action(action)(context, {"user": user, "office": office})
    except toolkit.ValidationError as error:
        raise click.ClickException(one_line(error.error_summary)) from None
    except toolkit.ObjectNotFound as error:
        raise click.ClickException(str(error)) from None


_OFFICE = click.Choice(officers.OFFICES)


@pejabat.command("add")
@click.argument("user")
@click.argument("office", type=_OFFICE)
def pejabat_add(user: str, office: str) -> None:
    """Give USER (name or id) the OFFICE."""
    created = _act("satudata_officer_create", user, office)["created"]
    click.echo(f"{user}: {office}" + ("" if created else " (had it already)"))


@pejabat.command("remove")
@click.argument("user")
@click.argument("office", type=_OFFICE)
def pejabat_remove(user: str, office: str) -> None:
    """Take the OFFICE from USER."""
    _act("satudata_officer_delete", user, office)
    click.echo(f"{user}: {office} taken away")


@pejabat.command("list")
def pejabat_list() -> None:
    """List the users with an office."""
    for row in officers.listed():
        click.echo(f"{row['name']}\t{row['office']}")
