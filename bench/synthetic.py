"""A government of any size: stock datasets with their register and ledger, loaded by COPY.

One dataset for each item, three monthly duties for each item, one file for each duty that was
delivered. All duties are due in TW IV 2025, so one quarter holds as many rows as there are
duties. Nothing is random: the same size gives the same rows.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import io
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import ckan.model as model
import sqlalchemy as sa

from ckanext.satudata import clock
from ckanext.satudata.calendar.quarters import Quarter
from ckanext.satudata.delivery import evidence
from ckanext.satudata.judging import evaluation, rulesets
from ckanext.satudata.opd import facts

QUARTER = Quarter(2025, 4)
OPENED = dt.datetime(2025, 9, 29, 3, tzinfo=dt.timezone.utc)
FOUNDED = dt.datetime(2025, 1, 2, 3, tzinfo=dt.timezone.utc)
MONTHS = ((10, "2025-10-15"), (11, "2025-11-17"), (12, "2025-12-15"))
OFFICES = 60
UNITS = 3
ROOT = "bench-root"

COPIED = (
    "package", "resource", "satudata_item", "satudata_obligation", "satudata_claim",
    "satudata_package_fact", "satudata_resource_fact", "satudata_event",
    "satudata_metadata_event", "satudata_check", "satudata_decision",
)  # fmt: skip
"""Tables that are filled by COPY, in this order."""

EMPTIED = (
    *COPIED, "satudata_result", "satudata_org_result", "satudata_computation", "satudata_quarter",
    "satudata_final", "satudata_final_row", "satudata_final_org", "satudata_opd",
    "satudata_opd_version", "satudata_touched", "satudata_receipt", "satudata_item_owner",
)  # fmt: skip

_EXTRAS = {
    "sd_konsep": "Konsep", "sd_definisi": "Banyaknya orang menurut kecamatan.",
    "sd_satuan": "Orang", "sd_klasifikasi": "Kecamatan", "sd_ukuran": "Jumlah",
    "sd_frekuensi": "M", "sd_sifat": "dinamis",
}  # fmt: skip

NUMBERED = ("satudata_event", "satudata_check", "satudata_metadata_event", "satudata_decision")

Row = dict[str, Any]


def load(duties: int) -> None:
    """Empty the tables and fill them with so many duties; commits."""
    _empty()
    _organizations()
    copy = Copy()
    for number in range(-(-duties // len(MONTHS))):
        _dataset(number, copy, min(len(MONTHS), duties - number * len(MONTHS)))
    copy.flush()
    model.Session.execute(sa.text("ANALYZE"))
    _open_quarter()
    model.Session.commit()
    _keep_contents(copy.contents)


def _empty() -> None:
    tables = ", ".join((*EMPTIED, "member"))
    model.Session.execute(sa.text(f"TRUNCATE {tables} CASCADE"))
    model.Session.execute(sa.text("DELETE FROM \"group\" WHERE id LIKE 'bench-%'"))
    model.Session.commit()


def _organizations() -> None:
    """A root, its offices and their units, through the tables that CKAN has for them."""
    groups, members = [(ROOT, "pemerintah_daerah")], []
    for office in range(OFFICES):
        groups.append((f"bench-o{office}", "dinas"))
        members.append((f"bench-o{office}", ROOT))
        for unit in range(UNITS):
            groups.append((f"bench-o{office}-u{unit}", "uptd"))
            members.append((f"bench-o{office}-u{unit}", f"bench-o{office}"))
    made: dict[str, model.Group] = {}
    for name, kind in groups:
        made[name] = group = model.Group(
            name=name, title=f"Organisasi {name}", type="organization", is_organization=True
        )
        group.id, group.extras = name, {"sd_jenis_opd": kind}
        model.Session.add(group)
    model.Session.flush()
    for child, parent in members:
        # Core's constructor takes the group itself; of its id alone it keeps nothing.
        model.Session.add(
            model.Member(group=made[child], table_id=parent, table_name="group", capacity="public")
        )
    with clock.at(FOUNDED):
        facts.refresh()
    model.Session.commit()


def _owner(number: int) -> str:
    office = number % OFFICES
    unit = number // OFFICES % (UNITS + 1)
    return f"bench-o{office}" + (f"-u{unit - 1}" if unit else "")


def _dataset(number: int, copy: Copy, duties: int) -> None:
    package, item, org = f"bench-p{number}", f"bench-i{number}", _owner(number)
    made = OPENED + dt.timedelta(days=2)
    private = number % 7 == 0
    copy.add(
        "package",
        {
            "id": package,
            "name": package,
            "title": f"Data nomor {number}",
            "type": "dataset",
            "state": "active",
            "private": private,
            "owner_org": org,
            "creator_user_id": "bench",
            "metadata_created": made,
            "metadata_modified": made,
            "extras": {**_EXTRAS, "sd_item": item},
        },
    )
    copy.add(
        "satudata_item",
        {
            "id": item,
            "identity": item,
            "org_id": org,
            "contributors": [],
            "name": f"Data nomor {number}",
            "unit": "Orang",
            "classification": "Kecamatan",
            "indicators": [],
            "is_indicator": False,
            "dynamic": True,
            "priority": number % 5 == 0,
            "allow_nihil": False,
            "valid_from": dt.date(2025, 1, 1),
            "created": FOUNDED,
            "modified": FOUNDED,
        },
    )
    filled = 12 + number % 5
    counts = {
        "required": 16, "filled": filled, "always_required": 10, "always_filled": 6 + number % 5,
        "missing": ["notes"] if filled < 16 else [],
    }  # fmt: skip
    copy.add(
        "satudata_package_fact",
        {"package_id": package, "org_id": org, "private": private, "active": True, **counts},
    )
    for turn in range(1 + (number % 4 == 0)):
        copy.add(
            "satudata_metadata_event",
            {
                "at": made + dt.timedelta(days=20 * turn),
                "package_id": package,
                "values": _EXTRAS,
                "sha256": _hash(package, turn),
                **counts,
            },
        )
    for month, due in MONTHS[:duties]:
        _duty(number, month, dt.date.fromisoformat(due), copy)


def _duty(number: int, month: int, due: dt.date, copy: Copy) -> None:
    package, item, org = f"bench-p{number}", f"bench-i{number}", _owner(number)
    duty, period = f"bench-d{number}-{month}", f"2025-{month - 1:02}"
    mark = number * 3 + month
    copy.add(
        "satudata_obligation",
        {
            "id": duty,
            "item_id": item,
            "org_id": org,
            "frequency": "M",
            "period": period,
            "period_start": dt.date(2025, month - 1, 1),
            "period_end": dt.date(2025, month - 1, 28),
            "due": due,
            "due_counted": due,
            "year": QUARTER.year,
            "tw": QUARTER.tw,
            "sealed": OPENED,
            "item_name": f"Data nomor {number}",
            "unit": "Orang",
            "classification": "Kecamatan",
            "priority": number % 5 == 0,
            "contributors": [],
            "register_version": "2025.1",
        },
    )
    if mark % 50 == 0:
        copy.add(
            "satudata_decision",
            _decision("waiver", due, number=f"W/{mark}", obligation_id=duty, org_id=org),
        )
    if mark % 7 == 0:
        return
    resource = f"bench-r{number}-{month}"
    first = dt.datetime.combine(due, dt.time(2), dt.timezone.utc) + dt.timedelta(
        days=mark % 5 - 2 if mark % 4 else mark % 13
    )
    last = 1 if mark % 10 == 0 else 0
    for turn in range(last + 1):
        at = first + dt.timedelta(days=3 * turn)
        sha256 = _hash(resource, turn)
        copy.add(
            "satudata_event",
            {
                "at": at,
                "counts_at": at,
                "kind": "replaced" if turn else "delivered",
                "resource_id": resource,
                "package_id": package,
                "org_id": org,
                "private": number % 7 == 0,
                "item_id": item,
                "period": period,
                "sha256": sha256,
                "bytes": 2000,
                "url": None,
                "filename": "data.csv",
                "actor": "bench",
                "source": "portal",
            },
        )
        copy.contents.append(sha256)
        readable = mark % 40 != 0
        copy.add(
            "satudata_check",
            {
                "checked": at + dt.timedelta(minutes=5),
                "sha256": sha256,
                "readable": readable,
                "rows": 30 if readable else 0,
                "cells": 120,
                "empty_cells": mark % 9,
                "run": 8,
                "passed": 8 - mark % 3,
                "failures": [],
                "checker": 1,
            },
        )
    if mark % 20 == 0:
        event = copy.count("satudata_event")
        copy.add(
            "satudata_decision",
            _decision("accept", due + dt.timedelta(days=20), event_id=event, org_id=org),
        )
    copy.add("satudata_claim", {"resource_id": resource, "item_id": item, "period": period})
    copy.add(
        "satudata_resource_fact",
        {
            "resource_id": resource,
            "package_id": package,
            "active": True,
            "sha256": sha256,
            "bytes": 2000,
            "format": "CSV",
            "provisional": False,
            "last_modified": at.replace(tzinfo=None),
        },
    )
    copy.add(
        "resource",
        {
            "id": resource,
            "url": "data.csv",
            "url_type": "upload",
            "format": "CSV",
            "name": f"Data {period}",
            "position": month - 10,
            "state": "active",
            "package_id": package,
            "extras": {"sd_periode": period},
            "size": 2000,
            "created": at.replace(tzinfo=None),
            "last_modified": at.replace(tzinfo=None),
            "metadata_modified": at.replace(tzinfo=None),
        },
    )


def _decision(kind: str, day: dt.date, **about: Any) -> Row:
    at = dt.datetime.combine(day, dt.time(3), dt.timezone.utc)
    return {
        "at": at, "kind": kind, "number": None, "dated": day, "reason": "Contoh", "actor": "bench",
        "org_id": None, "obligation_id": None, "event_id": None, "details": {}, **about,
    }  # fmt: skip


def _hash(*parts: object) -> str:
    return hashlib.sha256("/".join(map(str, parts)).encode()).hexdigest()


class Copy:
    """Rows for COPY, kept as its lines; ``contents`` are the hashes that were delivered."""

    def __init__(self) -> None:
        self.contents: list[str] = []
        self._lines: dict[str, list[str]] = {table: [] for table in COPIED}
        self._columns: dict[str, list[str]] = {}
        self._arrays = {
            (row.table_name, row.column_name)
            for row in model.Session.execute(
                sa.text(
                    "SELECT table_name, column_name FROM information_schema.columns"
                    " WHERE table_name = ANY(:tables) AND data_type = 'ARRAY'"
                ),
                {"tables": list(COPIED)},
            )
        }

    def add(self, table: str, row: Row) -> None:
        """Keep one row; all rows of a table have the same columns."""
        self._columns.setdefault(table, list(row))
        fields = (self._text(table, name, value) for name, value in row.items())
        self._lines[table].append("\t".join(fields) + "\n")

    def count(self, table: str) -> int:
        """How many rows of a table there are so far."""
        return len(self._lines[table])

    def _text(self, table: str, name: str, value: Any) -> str:
        if value is None:
            return "\\N"
        if isinstance(value, bool):
            return "t" if value else "f"
        if (table, name) in self._arrays:
            return "{" + ",".join(value) + "}"
        if isinstance(value, dict | list):
            return json.dumps(value).replace("\\", "\\\\")
        return str(value)

    def flush(self) -> None:
        """Write all rows, each table by one COPY; the ledger is numbered from one."""
        for table in NUMBERED:
            model.Session.execute(sa.text(f"ALTER TABLE {table} ALTER id RESTART WITH 1"))
        cursor = model.Session.connection().connection.cursor()
        for table, lines in self._lines.items():
            columns = ", ".join(f'"{name}"' for name in self._columns[table])
            source = io.StringIO("".join(lines))
            cursor.copy_expert(f"COPY {table} ({columns}) FROM STDIN", source)


def _open_quarter() -> None:
    with clock.at(OPENED):
        rules = rulesets.pin(QUARTER)
        cutoff = evaluation.cutoff(QUARTER, rules)
    model.Session.execute(
        sa.text(
            """
            INSERT INTO satudata_quarter (year, tw, state, ruleset_hash, register_version, opened,
                                          cutoff, review_until, objections_until, duties)
            SELECT :year, :tw, 'sanggah', :rules, '2025.1', :opened, :cutoff, :cutoff, :cutoff,
                   jsonb_object_agg(org_id, n)
            FROM (SELECT org_id, count(*) AS n FROM satudata_obligation GROUP BY org_id) owed
            """
        ),
        {"year": QUARTER.year, "tw": QUARTER.tw, "rules": rules.hash, "opened": OPENED,
         "cutoff": cutoff},
    )  # fmt: skip


def _keep_contents(hashes: Iterable[str]) -> None:
    """A file under each hash in the evidence store, so that finalising finds what it looks for."""
    root = Path(evidence.uploader.get_storage_path()) / evidence.FOLDER
    for sha256 in hashes:
        place = root / sha256[:2] / sha256[2:4] / sha256
        place.parent.mkdir(parents=True, exist_ok=True)
        place.touch()
