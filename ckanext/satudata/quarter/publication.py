"""A final quarter as a stock dataset of the walidata: found by search, harvested upwards.

It holds the canonical record whose SHA-256 is the quarter's, the rows and figures as CSV and a
summary as PDF; each names the hash. It is public as long as the leaderboard is. What is written
follows from the record alone, so publishing twice changes nothing. No title, address or id of a
dataset goes in: rows name what was owed, and private datasets stay unknown.
"""

from __future__ import annotations

import hashlib
import io
import uuid
from collections.abc import Iterable
from typing import Any

import ckan.model as model
import sqlalchemy as sa
from ckan.plugins import toolkit
from ckan.types import Context
from werkzeug.datastructures import FileStorage

from .. import config, export, locks, pdf
from ..calendar.quarters import Quarter
from ..delivery import content
from ..judging.model import QuarterState
from ..opd import permissions
from ..opd import queries as opd_queries
from .model import Final, FinalOrg, FinalRow

LANGUAGE = "id"
"""The record of a government is written in its language, whoever publishes it."""

_FILES = 4
_SPACE = uuid.UUID("8f1d2f9e-5c1b-4a53-9d58-3f6f4f0f7a10")

ROWS: tuple[tuple[str, str], ...] = (
    ("org_title", "Perangkat daerah"),
    ("item_name", "Data"),
    ("unit", "Satuan"),
    ("classification", "Klasifikasi"),
    ("frequency", "Frekuensi"),
    ("period", "Periode data"),
    ("due", "Jatuh tempo"),
    ("due_counted", "Dihitung terlambat setelah"),
    ("priority", "Data prioritas"),
    ("counted", "Dinilai"),
    ("status", "Status"),
    ("days_late", "Hari kerja terlambat"),
    ("d", "D"),
    ("t", "T"),
    ("m", "M"),
    ("k", "K"),
    ("q", "Q"),
    ("s", "Nilai"),
    ("received_on", "Diterima tanggal"),
    ("sha256", "SHA-256 berkas"),
    ("bytes", "Ukuran (bita)"),
    ("rows", "Baris"),
    ("register_version", "Versi Daftar Data"),
    ("line_sha256", "SHA-256 baris hasil"),
)
"""Columns of the rows: attribute of :class:`.model.FinalRow`, heading."""

FIGURES: tuple[tuple[str, str], ...] = (
    ("org_title", "Perangkat daerah"),
    ("org_kind", "Jenis"),
    ("scope", "Lingkup"),
    ("span", "Rentang"),
    ("duties", "Kewajiban"),
    ("due", "Jatuh tempo"),
    ("delivered", "Disampaikan"),
    ("late", "Terlambat"),
    ("missing", "Tidak disampaikan"),
    ("excluded", "Dibebaskan atau nihil"),
    ("total", "Nilai"),
    ("completeness", "Kelengkapan data"),
    ("timeliness", "Ketepatan waktu"),
    ("quality", "Kualitas data"),
    ("band", "Predikat"),
    ("line_sha256", "SHA-256 baris hasil"),
)
"""Columns of the figures: attribute of :class:`.model.FinalOrg`, heading."""


def dataset_id(quarter: Quarter) -> str:
    """Id of the dataset of a quarter: the same whenever and however often it is published."""
    return str(uuid.uuid5(_SPACE, f"{toolkit.config['ckan.site_id']}:{quarter}"))


def publish(quarter: Quarter) -> str | None:
    """Bring the dataset of a final quarter in line with its record; returns its id. Commits.

    None where there is no final record, or no organisation to own the dataset.

    :raises toolkit.ValidationError: CKAN refuses it, for example because its address is taken
    """
    locks.hold(f"publish:{quarter}")
    row = model.Session.get(QuarterState, (quarter.year, quarter.tw), populate_existing=True)
    final = model.Session.get(Final, row.final_id) if row and row.final_id else None
    owner = walidata_id()
    if row is None or final is None or owner is None:
        return None
    package_id = dataset_id(quarter)
    if not _is_current(package_id, final, owner):
        wanted = _dataset(package_id, quarter, final, owner)
        if model.Package.get(package_id) is None:
            # Core takes files only into a dataset that exists. It has no hash until they are in.
            empty = {key: value for key, value in wanted.items() if key != "extras"}
            toolkit.get_action("package_create")(_context(), empty)
        files = _resources(package_id, quarter, final)
        toolkit.get_action("package_update")(_context(), {**wanted, "resources": files})
    model.Session.execute(
        sa.update(QuarterState)
        .filter_by(year=quarter.year, tw=quarter.tw)
        .values(dataset_id=package_id)
    )
    model.Session.commit()
    return package_id


def outdated() -> list[Quarter]:
    """Final quarters whose dataset is missing or says something else than the record."""
    owner = walidata_id()
    if owner is None:
        return []
    rows = model.Session.execute(
        sa.select(QuarterState.year, QuarterState.tw, Final).join(
            Final, Final.id == QuarterState.final_id
        )
    ).all()
    found = []
    for year, tw, final in rows:
        quarter = Quarter(year, tw)
        if not _is_current(dataset_id(quarter), final, owner):
            found.append(quarter)
    return found


def walidata_id() -> str | None:
    """The organisation that publishes: the one with the role of walidata, else the root."""
    found = model.Session.execute(
        sa.text("SELECT org_id FROM satudata_opd WHERE sdi_role = 'walidata' ORDER BY level, 1")
    ).scalar()
    return found or opd_queries.root_id()


def _is_current(package_id: str, final: Final, owner: str) -> bool:
    package = model.Package.get(package_id)
    return (
        package is not None
        and package.state == "active"
        and package.private is not config.public_leaderboard()
        and package.owner_org == owner
        and package.extras.get("satudata_sha256") == final.sha256
        and [resource.id for resource in package.resources] == _resource_ids(package_id)
        and package.resources[0].hash == final.sha256
        and all(_is_as_published(resource) for resource in package.resources)
    )


def _is_as_published(resource: model.Resource) -> bool:
    """Whether the file is still the one whose SHA-256 was noted with it."""
    try:
        return (
            content.is_held(resource)
            and content.fingerprint_of(resource.id).sha256 == resource.hash
        )
    except content.ContentMissingError:
        return False


def _resource_ids(package_id: str) -> list[str]:
    return [str(uuid.uuid5(_SPACE, f"{package_id}:{number}")) for number in range(_FILES)]


def _context() -> Context:
    return {"user": permissions.site_user(), "ignore_auth": True}


def _dataset(package_id: str, quarter: Quarter, final: Final, owner: str) -> dict[str, Any]:
    label = quarter.label(LANGUAGE)
    revision = f", revisi {final.revision}" if final.revision else ""
    return {
        "id": package_id,
        "type": "dataset",
        "name": f"kepatuhan-daftar-data-{quarter}".lower(),
        "title": f"Kepatuhan penyampaian data {label}",
        "notes": (
            f"Hasil final kepatuhan penyampaian data menurut Daftar Data, {label}{revision}."
            f" SHA-256 catatan resmi: {final.sha256}. Berkas JSON adalah catatan itu sendiri:"
            " hash berkasnya harus sama dengan hash ini."
        ),
        "owner_org": owner,
        "private": not config.public_leaderboard(),
        "state": "active",
        "license_id": "cc-by",
        "tags": [{"name": "kepatuhan"}, {"name": "satu data"}],
        "extras": [
            {"key": "satudata_quarter", "value": str(quarter)},
            {"key": "satudata_revision", "value": str(final.revision)},
            {"key": "satudata_sha256", "value": final.sha256},
        ],
    }


def _resources(package_id: str, quarter: Quarter, final: Final) -> list[dict[str, Any]]:
    rows = _read(FinalRow, final, FinalRow.org_title, FinalRow.item_name, FinalRow.period)
    figures = _read(FinalOrg, final, FinalOrg.org_title, FinalOrg.scope, FinalOrg.span)
    base = f"kepatuhan-{quarter}-revisi-{final.revision}".lower()
    files = (
        ("Catatan resmi (JSON)", "json", f"{base}.json", final.document.encode()),
        ("Kewajiban dan hasilnya (CSV)", "csv", f"{base}-kewajiban.csv", _csv(ROWS, rows, final)),
        ("Nilai perangkat daerah (CSV)", "csv", f"{base}-nilai.csv", _csv(FIGURES, figures, final)),
        ("Ringkasan (PDF)", "pdf", f"{base}.pdf", _pdf(quarter, final, figures)),
    )
    return [
        {
            "id": resource_id,
            "name": name,
            "format": kind.upper(),
            "description": f"SHA-256 catatan resmi: {final.sha256}",
            "url": filename,
            "url_type": "upload",
            "hash": hashlib.sha256(data).hexdigest(),
            "upload": FileStorage(io.BytesIO(data), filename=filename),
        }
        for resource_id, (name, kind, filename, data) in zip(
            _resource_ids(package_id), files, strict=True
        )
    ]


def _read(table: Any, final: Final, *order: Any) -> list[Any]:
    query = sa.select(table).where(table.final_id == final.id).order_by(*order, table.line_sha256)
    return list(model.Session.scalars(query))


def _csv(columns: Iterable[tuple[str, str]], rows: Iterable[Any], final: Final) -> bytes:
    names = [name for name, _heading in columns]
    header = [heading for _name, heading in columns]
    return export.write_csv(
        [*header, "SHA-256 catatan resmi"],
        ([*(_cell(getattr(row, name)) for name in names), final.sha256] for row in rows),
    )


def _cell(value: Any) -> export.Cell:
    if isinstance(value, bool):
        return "ya" if value else "tidak"
    return value


def _pdf(quarter: Quarter, final: Final, figures: list[FinalOrg]) -> bytes:
    return pdf.render(
        "satudata/quarter/publication.html",
        quarter=quarter,
        final=final,
        figures=[one for one in figures if one.scope == "answers" and one.org_id == one.answers_id],
    )
