"""A workbook of many datasets against bare ``package_patch`` calls on the same datasets.

The two take turns, a hundred datasets each, so that a machine that gets slower or faster
meanwhile favours neither.
"""

from __future__ import annotations

import io
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import ckan.model as model
import openpyxl
import sqlalchemy as sa
from ckan.plugins import toolkit
from ckan.tests import factories

from ckanext.satudata.workbook import runs, template
from ckanext.satudata.workbook.template import FIRST_ROW, KEY_ROW

from .figures import Figure

_INSERT = sa.text(
    """
    INSERT INTO package (id, name, title, type, state, private, owner_org, creator_user_id,
                         metadata_created, metadata_modified, extras)
    SELECT CAST(:prefix AS text) || '-' || lpad(n::text, 12, '0'), 'data-' || n,
           'Data ' || lpad(n::text, 6, '0'), 'dataset', 'active', false, :org, :user, now(), now(),
           jsonb_build_object('sd_satuan', 'Unit', 'sd_konsep', 'Konsep ' || n,
                              'sd_definisi', 'Definisi data nomor ' || n)
    FROM generate_series(1, :count) AS n
    RETURNING id
    """
)


def measure(count: int) -> Iterator[Figure]:
    """Time and memory of a workbook that changes ``count`` datasets."""
    user = factories.Sysadmin()
    org = factories.Organization(user=user)
    ids = _datasets(count, org["id"], user["id"])
    content = _filled(template.write(org, ("dataset",)))
    turns = _Turns(ids, user["name"])
    begun = time.perf_counter()
    run = runs.new_run(content, "isian.xlsx", model.User.get(user["name"]))
    if run.faults or not runs.confirm(run.id):
        raise RuntimeError(f"the workbook is refused: {run.faults[:3]}")
    model.Session.commit()
    runs.execute(run.id, turns.patch)
    saving = time.perf_counter() - begun - turns.seconds
    if runs.counts([run.id])[run.id] != {"saved": count}:
        raise RuntimeError("not every row was saved")
    first, last = turns.memory[len(turns.memory) // 5], turns.memory[-1]
    yield Figure(
        f"workbook of {count} rows",
        saving / turns.seconds,
        1.3,
        f"read, checked and saved in {saving:.0f} s / bare package_patch {turns.seconds:.0f} s",
    )
    yield Figure(
        "memory of the workbook's job",
        last / first,
        1.1,
        f"resident {last:.0f} MB at the end / {first:.0f} MB after a fifth",
    )


def _datasets(count: int, org: str, user: str) -> list[str]:
    prefix = str(uuid.uuid4())[:23]
    rows = model.Session.execute(
        _INSERT, {"prefix": prefix, "org": org, "user": user, "count": count}
    )
    ids = sorted(rows.scalars())
    model.Session.commit()
    return ids


class _Turns:
    """Patches barely what the workbook has just saved; counts its own seconds."""

    def __init__(self, ids: list[str], user: str) -> None:
        self.ids, self.user = ids, user
        self.done, self.seconds = 0, 0.0
        self.memory: list[float] = []

    def patch(self, saved: int) -> None:
        """Take a turn, after the workbook has saved so many."""
        self.memory.append(_resident())
        begun = time.perf_counter()
        for package_id in self.ids[self.done : saved]:
            data = {"id": package_id, "sd_satuan": "Orang", "sd_klasifikasi": "Kecamatan"}
            toolkit.get_action("package_patch")({"user": self.user}, data)
        model.Session.expunge_all()
        self.done = saved
        self.seconds += time.perf_counter() - begun


def _filled(content: bytes) -> bytes:
    book = openpyxl.load_workbook(io.BytesIO(content))
    page = book["Dataset"]
    keys = [cell.value for cell in page[KEY_ROW]]
    for line in range(FIRST_ROW, page.max_row + 1):
        page.cell(line, keys.index("sd_satuan") + 1).value = "Jiwa"
        page.cell(line, keys.index("sd_klasifikasi") + 1).value = "Kelurahan"
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _resident() -> float:
    status = Path("/proc/self/status").read_text()
    line = next(line for line in status.splitlines() if line.startswith("VmRSS"))
    return int(line.split()[1]) / 1000
