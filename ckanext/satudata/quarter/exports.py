"""The rows of the report as CSV and XLSX: the same rows, in the same order, as on the page."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Any

from ckan.plugins import toolkit

from .. import config, export
from ..calendar import localtime
from ..calendar.quarters import Quarter
from ..text import N_
from . import helpers
from .shapes import Row


def _number(value: Decimal | None, places: int) -> float | None:
    return None if value is None else round(float(value), places)


def _moment(row: Row) -> str | None:
    if row["delivered_at"] is None:
        return None
    local = row["delivered_at"].astimezone(localtime.zone(config.timezone()))
    return local.isoformat(sep=" ", timespec="seconds")


def _yes_no(value: bool) -> str:
    return toolkit._("yes") if value else toolkit._("no")


COLUMNS: tuple[tuple[str, Callable[[Row], Any]], ...] = (
    (N_("Quarter of the due day"), lambda r: str(Quarter(r["year"], r["due_tw"]))),
    (N_("Organisation"), lambda r: r["org_title"]),
    (N_("Data"), lambda r: r["item_name"]),
    (N_("Unit"), lambda r: r["unit"]),
    (N_("Classification"), lambda r: r["classification"]),
    (N_("Frequency"), lambda r: r["frequency"]),
    (N_("Data period"), lambda r: r["period"]),
    (N_("Due"), lambda r: r["due"].isoformat()),
    (N_("Cutoff"), lambda r: r["cutoff"].isoformat()),
    (N_("Priority"), lambda r: _yes_no(r["priority"])),
    (N_("Status"), lambda r: helpers.satudata_row_badge(r)["label"]),
    (N_("Reason"), lambda r: r["reason"]),
    (N_("Delivered at"), _moment),
    (N_("Working days late"), lambda r: r["days_late"]),
    (N_("Score"), lambda r: _number(r["s"], 2)),
    ("D", lambda r: _number(r["d"], 4)),
    ("T", lambda r: _number(r["t"], 4)),
    ("M", lambda r: _number(r["m"], 4)),
    ("K", lambda r: _number(r["k"], 4)),
    ("Q", lambda r: _number(r["q"], 4)),
    (N_("Dataset"), lambda r: r["package_title"]),
    (N_("Obligation id"), lambda r: r["obligation_id"]),
)
"""Heading (msgid) and value of each column; what the reader may not see of a
private dataset is already left out of the rows."""


def header() -> list[str]:
    """Headings in the reader's language."""
    return [toolkit._(name) for name, _ in COLUMNS]


def cells(rows: Iterable[Row]) -> Iterable[list[Any]]:
    """Cells of the rows in the order of :func:`header`."""
    return ([value(row) for _, value in COLUMNS] for row in rows)


def write(rows: Iterable[Row], extension: str, title: str) -> bytes:
    """The file with these rows; ``extension`` is a key of ``export.FORMATS``."""
    return export.write(extension, header(), cells(rows), title)
