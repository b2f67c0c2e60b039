"""Commands of the register: ``ckan satudata daftar-data`` and ``katalog``."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import ckan.model as model
import click
from ckan.plugins import toolkit

from ..export import write_csv
from ..terminal import in_portal, progress_lines
from . import imports, matching, obligations, reasons, store
from .amendments import Letter
from .daftar_data import ImportPlan, make_plan
from .helpers import satudata_import_labels

__all__ = ["daftar_data", "katalog"]

_ = toolkit._
_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_SHOWN_ROWS = 50


@click.group("daftar-data", short_help="The register of data (Daftar Data).")
def daftar_data() -> None:
    """Import the Daftar Data, match it to datasets, make the obligations."""


def _pairs(_ctx: click.Context, _param: click.Parameter, values: tuple[str, ...]) -> dict[str, str]:
    pairs = {}
    for value in values:
        column, sign, field = value.rpartition("=")
        if not sign:
            raise click.BadParameter(f"{value}: COLUMN=FIELD")
        pairs[column.strip()] = field.strip()
    return pairs


@daftar_data.command("import")
@click.argument("file", type=_FILE)
@click.option("--dry-run", is_flag=True, help="Show what would be done; write nothing.")
@click.option("--create-opd", is_flag=True, help="Make an organisation for each unknown producer.")
@click.option("--map", "mapping", multiple=True, callback=_pairs, metavar="COLUMN=FIELD",
              help="Read COLUMN as producer, name, schedule, unit, …")  # fmt: skip
@click.option("--valid-from", type=click.DateTime(["%Y-%m-%d"]),
              help="Day on which the register takes effect (today if not given).")  # fmt: skip
@click.option("--number", default="", help="Number of the letter that amends the register.")
@click.option("--dated", type=click.DateTime(["%Y-%m-%d"]), help="Its date (today if not given).")
@click.option("--reason", default="", help="Why the register is amended.")
@click.option("--report", type=click.Path(dir_okay=False, path_type=Path),
              help="Write the report of all rows into this CSV file.")  # fmt: skip
def import_command(
    file: Path,
    dry_run: bool,
    create_opd: bool,
    mapping: dict[str, str],
    valid_from: dt.datetime | None,
    number: str,
    dated: dt.datetime | None,
    reason: str,
    report: Path | None,
) -> None:
    """Import a register from a CSV or XLSX FILE: as a whole or not at all."""
    with in_portal(), file.open("rb") as stream:
        day = valid_from.date() if valid_from else None
        letter = Letter(number.strip(), reason.strip(), dated.date() if dated else None)
        if create_opd:
            plan = make_plan(store.open_table(stream, file.name), mapping)
            for spelling in plan.pending:
                imports.create_producer(spelling)
        if dry_run:
            plan = make_plan(store.open_table(stream, file.name), mapping)
            model.Session.rollback()
        else:
            run = imports.new_run(imports.REGISTER, stream, file.name, mapping, day, letter=letter)
            model.Session.flush()
            plan = imports.execute(run)
        _print_result(plan)
        if report:
            report.write_bytes(_report_file(plan))


def _print_result(plan: Any) -> None:
    labels = satudata_import_labels()
    for key, number in plan.counts().items():
        click.echo(f"{labels[key]:<42}{number:>7}")
    for spelling, lines in plan.pending.items():
        click.echo(_("Producer to be decided: {spelling} ({count} rows)").format(
            spelling=spelling, count=len(lines)))  # fmt: skip
        for _org_id, title, score in plan.candidates.get(spelling, [])[:3]:
            click.echo(f"    {title} ({score:.0f})")
    rows = [row for row in plan.rows if row.outcome in ("refused", "pending")]
    for row in rows[:_SHOWN_ROWS]:
        click.echo(_("Line {line}: {reason} ({producer}: {name})").format(
            line=row.line, reason=reasons.sentence(row.code, row.values),
            producer=row.producer, name=row.name))  # fmt: skip
    if len(rows) > _SHOWN_ROWS:
        click.echo(_("… and {count} more lines; see the report.").format(
            count=len(rows) - _SHOWN_ROWS))  # fmt: skip


def _report_file(plan: ImportPlan) -> bytes:
    labels = satudata_import_labels()
    header = [_("Line"), _("Outcome"), _("Producer"), _("Name of the data"), _("Reason")]
    return write_csv(
        header,
        (
            (row.line, labels[row.outcome], row.producer, row.name,
             reasons.sentence(row.code, row.values))
            for row in plan.rows
        ),
    )  # fmt: skip


@daftar_data.command("match")
@click.option("--confirm-from", type=click.FloatRange(0, 100), metavar="SCORE",
              help="Confirm each best suggestion from SCORE on (100: equal names).")  # fmt: skip
def match_command(confirm_from: float | None) -> None:
    """Look for the datasets that hold each item and suggest them to the walidata."""
    with in_portal():
        counts = matching.suggest()
        model.Session.commit()
        click.echo(_("Equal names: {exact}, similar names: {fuzzy}").format(**counts))
        if confirm_from is None:
            return
        matching.accept(matching.best_suggestions(confirm_from), None)
        model.Session.commit()
        written = matching.write_accepted(progress_lines(_("Datasets")))
        click.echo(_("Confirmed: {count}").format(count=written))


@daftar_data.command("obligations")
@click.option("--until", type=click.DateTime(["%Y-%m-%d"]), help="Last due date to make.")
def obligations_command(until: dt.datetime | None) -> None:
    """Bring the obligations in line with the register."""
    with in_portal():
        change = obligations.ensure(until.date() if until else None)
        model.Session.commit()
        click.echo(
            _("Obligations: {created} created, {moved} moved, {removed} removed").format(
                created=change.created, moved=change.moved, removed=change.removed
            )
        )


@click.group("katalog", short_help="A published catalogue as stock datasets.")
def katalog() -> None:
    """Take over a published catalogue."""


@katalog.command("import")
@click.argument("file", type=_FILE)
def import_catalogue_command(file: Path) -> None:
    """Make datasets with link resources from a catalogue FILE; run again to go on."""
    with in_portal(), file.open("rb") as stream:
        run = imports.new_run(imports.CATALOGUE, stream, file.name)
        model.Session.commit()
        result = imports.execute(run, progress_lines(_("Datasets")))
        _print_result(result)
