"""Import of a published catalogue: stock datasets with one link resource each.

Each row goes through CKAN's own validation and is committed by itself, so a broken-off import
goes on where it stopped: ids follow from the link, what exists and is alike is left alone.
"""

from __future__ import annotations

import json
import uuid
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import ckan.lib.search as search
import ckan.model as model
import sqlalchemy as sa
from ckan.plugins import toolkit
from slugify import slugify

from ..calendar.periods import PeriodError, parse_years
from ..metadata.resource_values import stated_periods
from ..opd import permissions
from ..tables import Table, TableError
from ..text import normalise, one_line
from .daftar_data import OUTCOMES, RowReport, stated
from .producers import Producers

_ = toolkit._

COLUMNS: dict[str, tuple[str, ...]] = {
    "producer": ("produsen data", "penghasil data", "produsen", "organisasi", "opd"),
    "title": ("judul tabel", "judul data", "judul dataset", "judul", "nama data"),
    "years": ("tahun data", "tahun", "periode data"),
    "status": ("status data", "status angka", "status"),
    "link": ("tautan", "link", "url"),
}
NAMESPACE = uuid.UUID("6d0c1b0e-3c39-5a0e-9d5a-0d1a52f6b1a4")
"""Namespace of the ids that follow from a catalogue entry."""

_STATUS = {"tetap": "tetap", "sementara": "sementara"}
_COMMIT_EVERY = 200
_LONGEST_LINK = 2000
"""Longer ones do not fit core's index of resource addresses."""


@dataclass
class Entry:
    """One dataset of the catalogue as the file wants it."""

    line: int
    producer: str
    org_id: str
    title: str
    link: str
    status: str
    periods: list[str] = field(default_factory=list)
    id: str = ""

    def facts(self) -> tuple[Any, ...]:
        """What is compared with the stored dataset."""
        return self.org_id, self.title, self.link, self.status, tuple(self.periods)

    def resource(self) -> dict[str, Any]:
        """The link resource."""
        return {
            "id": str(uuid.uuid5(NAMESPACE, f"{self.id} resource")),
            "name": self.title,
            "url": self.link,
            "format": "HTML",
            "sd_periode": self.periods,
            "sd_status_angka": self.status,
        }

    def dataset(self) -> dict[str, Any]:
        """The dataset for ``package_create``."""
        name = slugify(self.title)[:91].strip("-")
        return {
            "id": self.id,
            "name": f"{name}-{self.id[:8]}",
            "title": self.title,
            "owner_org": self.org_id,
            "url": self.link,
            "private": False,
            "resources": [self.resource()],
        }


@dataclass
class CatalogueResult:
    """What an import did with each row; the outcomes add up to ``read``."""

    read: int = 0
    rows: list[RowReport] = field(default_factory=list)
    pending: dict[str, list[int]] = field(default_factory=dict)
    candidates: dict[str, list[tuple[str, str, float]]] = field(default_factory=dict)
    note: str = ""

    def counts(self) -> dict[str, int]:
        """Rows by outcome."""
        outcomes = Counter(row.outcome for row in self.rows)
        return {"read": self.read, **{outcome: outcomes[outcome] for outcome in OUTCOMES}}

    def report(self) -> list[dict[str, Any]]:
        """The rows worth a look, as plain values."""
        return [vars(row) for row in self.rows if row.code]


def _columns(header: Iterable[str]) -> dict[str, str]:
    by_key = {normalise(name): name for name in header}
    columns = {
        name: by_key[key]
        for name, keys in COLUMNS.items()
        for key in [next((key for key in keys if key in by_key), None)]
        if key
    }
    missing = [COLUMNS[name][0] for name in ("producer", "title", "link") if name not in columns]
    if missing:
        raise TableError(
            _("No column was recognised for: {missing}. Columns of the file: {columns}.").format(
                missing=", ".join(missing), columns=", ".join(header)
            )
        )
    return columns


def read_entries(
    table: Table, producers: Producers | None = None
) -> tuple[list[Entry], CatalogueResult]:
    """Return the datasets that a catalogue asks for, and the rows that ask for none.

    :raises TableError: unusable columns, or a file that breaks off
    """
    columns, producers = _columns(table.header), producers or Producers()
    result = CatalogueResult(note=table.note)
    entries: list[Entry] = []
    for row in table.rows:
        result.read += 1
        cells = {name: row.cells.get(column, "") for name, column in columns.items()}
        code = _fault(row.fault, cells)
        if code:
            _report(result, row.line, "refused", cells, code)
            continue
        who = producers.read(cells["producer"])
        if who.org_id is None:
            for spelling in who.unknown:
                result.pending.setdefault(spelling, []).append(row.line)
                result.candidates.setdefault(spelling, producers.candidates(spelling))
            values = {"spelling": " / ".join(who.unknown)}
            _report(result, row.line, "pending", cells, "unknown_producer", values)
            continue
        entries.append(
            Entry(
                row.line,
                cells["producer"],
                who.org_id,
                cells["title"],
                cells["link"],
                _STATUS.get(normalise(cells.get("status", "")), ""),
                _periods(cells.get("years", "")),
            )
        )
    return _joined(entries, result), result


def _fault(fault: str, cells: Mapping[str, str]) -> str | None:
    if fault:
        return "ragged"
    if not stated(cells["producer"]):
        return "no_producer"
    if not stated(cells["title"]):
        return "no_title"
    web = cells["link"].startswith(("http://", "https://"))
    return None if web and len(cells["link"]) <= _LONGEST_LINK else "no_link"


def _report(
    result: CatalogueResult,
    line: int,
    outcome: str,
    cells: Mapping[str, str],
    code: str | None,
    values: dict[str, Any] | None = None,
) -> None:
    result.rows.append(
        RowReport(line, outcome, cells["producer"], cells["title"], code, values or {})
    )


def _periods(years: str) -> list[str]:
    """Years that an entry states; none where it says nothing readable ("-")."""
    try:
        return [period.code for period in parse_years(years)]
    except PeriodError:
        return []


def _joined(entries: list[Entry], result: CatalogueResult) -> list[Entry]:
    """Give each entry its id; rows of one producer with one title and link are one dataset."""
    single = Counter(entry.link for entry in entries)
    exact = {_exact_id(entry) for entry in entries}
    kept = set(
        model.Session.execute(
            sa.text("SELECT id FROM package WHERE id = ANY(:ids)"), {"ids": list(exact)}
        ).scalars()
    )
    by_id: dict[str, Entry] = {}
    for entry in entries:
        own = _exact_id(entry)
        once = single[entry.link] == 1 and own not in kept
        entry.id = str(uuid.uuid5(NAMESPACE, entry.link)) if once else own
        first = by_id.setdefault(entry.id, entry)
        if first is not entry:
            first.periods = sorted({*first.periods, *entry.periods})
            same = {"line": first.line}
            result.rows.append(
                RowReport(entry.line, "merged", entry.producer, entry.title, "merged_dataset", same)
            )
    return list(by_id.values())


def _exact_id(entry: Entry) -> str:
    key = "\n".join((entry.link, entry.org_id, normalise(entry.title)))
    return str(uuid.uuid5(NAMESPACE, key))


def preview(table: Table, producers: Producers | None = None) -> CatalogueResult:
    """Return what importing a catalogue would do with each row; writes nothing.

    :raises TableError: the file cannot be used
    """
    entries, result = read_entries(table, producers)
    stored = _stored([entry.id for entry in entries])
    for entry in entries:
        outcome = "created" if entry.id not in stored else "changed"
        if stored.get(entry.id) == entry.facts():
            outcome = "unchanged"
        result.rows.append(RowReport(entry.line, outcome, entry.producer, entry.title))
    result.rows.sort(key=lambda row: row.line or 0)
    return result


def import_catalogue(
    table: Table,
    progress: Callable[[int, int], None] = lambda done, total: None,
    producers: Producers | None = None,
) -> CatalogueResult:
    """Import a catalogue; each dataset is committed by itself, the index every 200 datasets.

    :raises TableError: the file cannot be used; nothing has been written then
    """
    entries, result = read_entries(table, producers)
    stored = _stored([entry.id for entry in entries])
    todo = []
    for entry in entries:
        if stored.get(entry.id) == entry.facts():
            result.rows.append(RowReport(entry.line, "unchanged", entry.producer, entry.title))
        else:
            todo.append(entry)
    done = len(entries) - len(todo)
    progress(done, len(entries))
    with _index_in_batches() as commit_index:
        for number, entry in enumerate(todo, 1):
            result.rows.append(_save(entry, entry.id in stored))
            if number % _COMMIT_EVERY == 0:
                commit_index()
            progress(done + number, len(entries))
    result.rows.sort(key=lambda row: row.line or 0)
    return result


def _save(entry: Entry, exists: bool) -> RowReport:
    outcome = "changed" if exists else "created"
    code = None if entry.periods else "no_years"
    try:
        if exists:
            _call("package_patch", id=entry.id, title=entry.title, url=entry.link)
            _call("package_owner_org_update", id=entry.id, organization_id=entry.org_id)
            _call("resource_patch", **entry.resource())
        else:
            _call("package_create", **entry.dataset())
    except toolkit.ValidationError as error:
        model.Session.rollback()
        outcome, code = "refused", "not_valid"
        values = {"error": one_line(error.error_summary)}
        return RowReport(entry.line, outcome, entry.producer, entry.title, code, values)
    return RowReport(entry.line, outcome, entry.producer, entry.title, code, {"text": "-"})


def _call(action: str, **data: Any) -> Any:
    context = {"ignore_auth": True, "user": permissions.site_user()}
    return toolkit.get_action(action)(context, data)


@contextmanager
def _index_in_batches() -> Iterator[Callable[[], None]]:
    """Let Solr commit once per batch instead of once per dataset (CKAN's own option)."""
    option = "ckan.search.solr_commit"
    before = toolkit.config[option]
    toolkit.config[option] = False
    try:
        yield search.commit
    finally:
        toolkit.config[option] = before
        search.commit()


_STORED = sa.text(
    """
    SELECT p.id, p.owner_org, p.title, r.url, r.extras
    FROM package p
    LEFT JOIN resource r ON r.package_id = p.id AND r.state = 'active' AND r.id = ANY(:resources)
    WHERE p.id = ANY(:ids)
    """
)


def _stored(ids: list[str]) -> dict[str, tuple[Any, ...]]:
    """Facts of the datasets that exist, as :meth:`Entry.facts` gives them."""
    resources = [str(uuid.uuid5(NAMESPACE, f"{each} resource")) for each in ids]
    rows = model.Session.execute(_STORED, {"ids": ids, "resources": resources})
    facts = {}
    for row in rows:
        extras = json.loads(row.extras or "{}")
        facts[row.id] = (
            row.owner_org,
            row.title,
            row.url,
            extras.get("sd_status_angka") or "",
            tuple(stated_periods(extras)),
        )
    return facts
