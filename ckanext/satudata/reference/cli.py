"""``ckan satudata referensi``: which reference lists there are, and loading of the areas."""

from __future__ import annotations

from pathlib import Path

import click
from ckan.plugins import toolkit

from . import area_file, lists, store

__all__ = ["referensi"]

_ = toolkit._


@click.group(short_help="Reference lists: areas, fields of affairs, frequencies.")
def referensi() -> None:
    """Reference lists with their version and source."""


@referensi.command("list")
def show_lists() -> None:
    """Print every list with version, number of entries, file and source."""
    for one in toolkit.get_action("satudata_reference_list")({"ignore_auth": True}, {}):
        click.echo(f"{one['name']}  {one['version']}  {one['count']}  {one['home']}")
        click.echo(f"   {one['source']} ({one['licence']})")
    held = store.held_version()
    if held is None:
        click.echo(_("No areas are loaded yet. Run: ckan satudata referensi update"))
    else:
        click.echo(_("Areas loaded: version {version}").format(version=held))


@referensi.command("update")
@click.option(
    "--file",
    "path",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Areas of your own (CSV or XLSX with kode, kode_bps, nama) instead of those shipped.",
)
@click.option("--version", "version", help='Version of the areas in --file, such as "2026.2".')
@click.option("--older", is_flag=True, help="Load them even if a newer version is loaded.")
def update(path: Path | None, version: str | None, older: bool) -> None:
    """Load the areas with both codes into the database; the same again changes nothing."""
    areas, offered, source = _offered(path, version)
    held = store.held_version()
    if held and _parts(offered) < _parts(held) and not older:
        raise click.ClickException(
            _(
                "Version {offered} is older than the loaded {held}; nothing was changed."
                " Add --older to load it all the same."
            ).format(offered=offered, held=held)
        )
    changes = store.load(areas, offered, source)
    click.echo(_("Areas, version {version}: {number}").format(version=offered, number=len(areas)))
    if held and held != offered:
        click.echo(_("Before: version {version}").format(version=held))
    click.echo(
        _("{added} added, {changed} changed, {removed} removed").format(
            added=changes.added, changed=changes.changed, removed=changes.removed
        )
    )


def _offered(path: Path | None, version: str | None) -> tuple[dict[str, area_file.Area], str, str]:
    """The areas to load, their version and source."""
    shipped = lists.shipped()[lists.AREAS]
    if (path is None) != (version is None):
        raise click.UsageError(_("--file and --version belong together"))
    if version is not None and not _parts(version):
        raise click.UsageError(_("A version is numbers with dots, such as 2026.2"))
    try:
        if path is None or version is None:
            return store.read_shipped(), shipped.version, shipped.source
        return area_file.read(path.read_bytes(), path.name), version, path.name
    except area_file.AreaFileError as error:
        for fault in error.faults:
            click.secho(fault, fg="red", err=True)
        raise click.ClickException(_("Nothing was changed.")) from None


def _parts(version: str) -> tuple[int, ...]:
    """The numbers of a version, to compare; empty if it is none."""
    numbers = version.split(".")
    return tuple(map(int, numbers)) if all(one.isdecimal() for one in numbers) else ()
