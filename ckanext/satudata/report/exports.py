"""The rows of the report as CSV, XLSX, JSON and PDF: the same and in the same order as there."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from ckan.plugins import toolkit
from flask_babel import force_locale

from .. import config, export, pdf
from ..calendar import localtime
from ..calendar.quarters import Quarter
from ..template_helpers import satudata_lang
from ..text import N_
from . import helpers, report
from .shapes import Filters, Row, Span

FORMATS = {**export.FORMATS, "json": "application/json", "pdf": "application/pdf"}
"""Media types of the files, by the ending of their names."""

DIRECT = {"csv": 5000, "xlsx": 5000, "json": 5000, "pdf": 300}
"""Rows up to which a file is made while the reader waits; a job makes longer ones."""

MOST_IN_PDF = 5000
"""Rows of the longest PDF: nobody reads a longer one, and setting it takes minutes."""

Progress = Callable[[int], None]


def _number(value: Decimal | None, places: int) -> float | None:
    return None if value is None else round(float(value), places)


def _moment(row: Row) -> str | None:
    if row["delivered_at"] is None:
        return None
    local = row["delivered_at"].astimezone(localtime.zone(config.timezone()))
    return local.isoformat(sep=" ", timespec="seconds")


def _yes_no(value: bool) -> str:
    return toolkit._("yes") if value else toolkit._("no")


@dataclass(frozen=True)
class Column:
    """A column: its key in JSON, its heading (msgid) and the value of a row.

    What the reader may not see of a private dataset is already left out of the rows.
    """

    key: str
    heading: str
    value: Callable[[Row], Any]


COLUMNS: tuple[Column, ...] = (
    Column(
        "quarter",
        N_("Quarter of the due day"),
        lambda r: str(Quarter(r["due_year"], r["due_tw"])),
    ),
    Column("organization", N_("Organisation"), lambda r: r["org_title"]),
    Column("item", N_("Data"), lambda r: r["item_name"]),
    Column("unit", N_("Unit"), lambda r: r["unit"]),
    Column("classification", N_("Classification"), lambda r: r["classification"]),
    Column("frequency", N_("Frequency"), lambda r: r["frequency"]),
    Column("period", N_("Data period"), lambda r: r["period"]),
    Column("due", N_("Due"), lambda r: r["due"].isoformat()),
    Column("cutoff", N_("Cutoff"), lambda r: r["cutoff"].isoformat()),
    Column("priority", N_("Priority"), lambda r: _yes_no(r["priority"])),
    Column("status", N_("Status"), lambda r: helpers.satudata_row_badge(r)["label"]),
    Column("reason", N_("Reason"), lambda r: r["reason"]),
    Column("delivered_at", N_("Delivered at"), _moment),
    Column("days_late", N_("Working days late"), lambda r: r["days_late"]),
    Column("score", N_("Score"), lambda r: _number(r["s"], 2)),
    Column("d", "D", lambda r: _number(r["d"], 4)),
    Column("t", "T", lambda r: _number(r["t"], 4)),
    Column("m", "M", lambda r: _number(r["m"], 4)),
    Column("k", "K", lambda r: _number(r["k"], 4)),
    Column("q", "Q", lambda r: _number(r["q"], 4)),
    Column("dataset", N_("Dataset"), lambda r: r["package_title"]),
    Column("obligation_id", N_("Obligation id"), lambda r: r["obligation_id"]),
)


@dataclass(frozen=True)
class Wanted:
    """What a file shall hold: a view of a quarter, or of an earlier record of it, and filters."""

    year: int
    tw: int
    span: Span
    filters: Filters
    revision: int | None = None

    @property
    def title(self) -> str:
        """Heading of the file."""
        label = helpers.satudata_span_label(self.tw, self.span)
        return f"{Quarter(self.year, self.tw)} {label}"

    def filename(self, extension: str) -> str:
        """Name of the file; an earlier record has its revision in it."""
        revision = "" if self.revision is None else f"-revisi-{self.revision}"
        return f"kepatuhan-{Quarter(self.year, self.tw)}-{self.span}{revision}.{extension}"


def count(wanted: Wanted, user: str | None) -> int:
    """Rows that the reader would get."""
    return _rows(wanted, user, page_size=0)["total"]


def _rows(wanted: Wanted, user: str | None, page_size: int | None = None) -> Any:
    return report.rows(
        wanted.year, wanted.tw, wanted.span, wanted.filters, user, 1, page_size, wanted.revision
    )


def make(
    wanted: Wanted, extension: str, user: str | None, progress: Progress | None = None
) -> bytes:
    """The file for a reader, in his language (a PDF in Indonesian).

    :param extension: key of :data:`FORMATS`
    :param progress: told every now and then how many rows are done
    :raises toolkit.ObjectNotFound: there is no such revision
    """
    with force_locale(pdf.LANGUAGE) if extension == "pdf" else nullcontext():
        rows = _rows(wanted, user)["rows"]
        told = _telling(rows, progress) if progress else rows
        if extension == "json":
            return _json(wanted, told, user)
        if extension == "pdf":
            return _pdf(wanted, list(told))
        return export.write(extension, header(), cells(told), wanted.title)


def header() -> list[str]:
    """Headings in the reader's language."""
    return [toolkit._(column.heading) for column in COLUMNS]


def cells(rows: Iterable[Row]) -> Iterable[list[Any]]:
    """Cells of the rows in the order of :func:`header`."""
    return ([column.value(row) for column in COLUMNS] for row in rows)


_STEP = 500


def _telling(rows: list[Row], progress: Progress) -> Iterable[Row]:
    for number, row in enumerate(rows, 1):
        yield row
        if number % _STEP == 0 or number == len(rows):
            progress(number)


def _head(wanted: Wanted) -> dict[str, Any]:
    """What a file says of itself: which record it is of, by which rules."""
    head = report.head(wanted.year, wanted.tw, wanted.span, wanted.revision)
    return {
        name: head[name]  # type: ignore[literal-required]
        for name in ("year", "tw", "span", "state", "revision", "sha256", "ruleset", "computed")
    }


def _json(wanted: Wanted, rows: Iterable[Row], user: str | None) -> bytes:
    content: Mapping[str, Any] = {
        "title": wanted.title,
        **_head(wanted),
        "language": satudata_lang(),
        "filters": wanted.filters,
        "rows": [{column.key: column.value(row) for column in COLUMNS} for row in rows],
    }
    text = json.dumps(content, ensure_ascii=False, indent=1, default=lambda day: day.isoformat())
    return text.encode()


def _pdf(wanted: Wanted, rows: list[Row]) -> bytes:
    return pdf.render(
        "satudata/quarter/report_paper.html",
        quarter=Quarter(wanted.year, wanted.tw),
        wanted=wanted,
        head=_head(wanted),
        rows=rows,
    )
