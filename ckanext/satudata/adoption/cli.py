"""``ckan satudata adopt`` and ``adopt-undo``."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

import click
from ckan.plugins import toolkit

from ..export import neutralise
from ..opd import permissions
from . import adopting
from .adopting import Found, Summary
from .proposals import OUTCOMES
from .table import load

__all__ = ["adopt", "adopt_undo"]

_ = toolkit._
_FILE = click.Path(dir_okay=False, path_type=Path)
_HEADER = ("dataset", "source", "style", "found", "field", "value", "outcome", "refused")


@click.command(short_help="Take over metadata that the portal holds under other names.")
@click.option("--style", "styles", multiple=True, help="Only keys of this style; may be repeated.")
@click.option("--report", type=_FILE, help="Write each value found to this CSV file.")
@click.option("--write", is_flag=True, help="Save; without it nothing is changed.")
@click.option("--undo-file", type=_FILE, help="Where the way back is kept; needed with --write.")
def adopt(
    styles: tuple[str, ...], report: Path | None, write: bool, undo_file: Path | None
) -> None:
    """Look for metadata under the names of other portals and propose them for empty fields.

    Fields that hold something are never changed. Run it again after a stop.
    """
    unknown = set(styles) - set(load().styles)
    if unknown:
        raise click.ClickException(
            _("There is no style {names}; there are: {styles}").format(
                names=", ".join(sorted(unknown)), styles=", ".join(load().styles)
            )
        )
    if write and undo_file is None:
        raise click.ClickException(_("Name an --undo-file, so that the run can be taken back."))
    user = permissions.site_user()
    with _report(report) as row:
        if write and undo_file is not None:
            with undo_file.open("a", encoding="utf-8") as undo:
                summary = adopting.adopt(styles, user, undo, row)
        else:
            summary = _dry(styles, user, row)
    _print(summary, write)


def _dry(styles: tuple[str, ...], user: str, row: Callable[[Found], None]) -> Summary:
    summary = Summary()
    for found in adopting.look(styles, user):
        summary.count(found)
        row(found)
    return summary


@contextmanager
def _report(path: Path | None) -> Iterator[Callable[[Found], None]]:
    with path.open("w", encoding="utf-8-sig", newline="") if path else nullcontext() as out:
        writer = csv.writer(out) if out else None
        if writer:
            writer.writerow(_HEADER)

        def row(found: Found) -> None:
            for one in found.proposals if writer else ():
                cells: list[Any] = [found.name, one.source, one.style, one.text, one.field]
                cells += ["" if one.value is None else str(one.value), one.outcome, found.refused]
                writer.writerow([neutralise(cell) for cell in cells])

        yield row


def _print(summary: Summary, written: bool) -> None:
    keys = sorted({key for key, _outcome in summary.by_key})
    width = max((len(key) for key in keys), default=0)
    if keys:
        click.echo("  ".join([" " * width, *OUTCOMES]))
    for key in keys:
        cells = (f"{summary.by_key[key, outcome]:{len(outcome)}}" for outcome in OUTCOMES)
        click.echo("  ".join([f"{key:{width}}", *cells]))
    click.echo(_("{number} datasets hold such keys").format(number=summary.datasets))
    if summary.refused:
        click.echo(
            _("{number} datasets are refused by the rules of the form; see the report").format(
                number=summary.refused
            )
        )
    if written:
        click.echo(_("{number} datasets saved").format(number=summary.saved))
    else:
        click.echo(_("Nothing was changed. Add --write and --undo-file to save."))


@click.command("adopt-undo", short_help="Take back a run of adopt.")
@click.argument("undo_file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def adopt_undo(undo_file: Path) -> None:
    """Put back what a run of adopt changed, but for what somebody has changed since."""
    try:
        with undo_file.open(encoding="utf-8") as undo:
            done = adopting.take_back(undo, permissions.site_user())
    except (ValueError, UnicodeDecodeError) as error:
        raise click.ClickException(str(error)) from error
    click.echo(
        _("{restored} datasets put back, {changed} changed since, {gone} gone").format(
            restored=done["restored"], changed=done["changed_since"], gone=done["gone"]
        )
    )
