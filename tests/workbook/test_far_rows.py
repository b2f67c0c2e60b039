"""Rows far below all others: what stands there is named, and no empty row is worked through."""

from __future__ import annotations

import io
import time
import zipfile

import ckan.model as model
import pytest

from ckanext.satudata.tables import LAST_ROW as LAST_OF_ALL
from ckanext.satudata.workbook import runs, template
from tests.factories import make_opd, make_root, make_user

pytestmark = pytest.mark.usefixtures("clean_portal")

SECONDS = 30
"""Far more than the reading takes, far less than going through so many rows."""


@pytest.mark.parametrize(("row", "faults"), [(LAST_OF_ALL, 1), (10**12, 0)])
def test_a_far_row(row, faults):
    opd = make_opd("dinas-uji", make_root())
    editor = model.User.get(make_user("editor", opd)["name"])
    cell = f'<c r="C{row}" t="inlineStr"><is><t>jauh</t></is></c>'
    content = _with_row(template.write(opd), f'<row r="{row}">{cell}</row>')
    began = time.monotonic()
    run = runs.new_run(content, "isian.xlsx", editor)
    assert time.monotonic() - began < SECONDS
    assert [fault["cell"] for fault in run.faults] == [f"A{row}"] * faults


def _with_row(content: bytes, row: str) -> bytes:
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as old,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for name in old.namelist():
            part = old.read(name)
            if name == "xl/worksheets/sheet1.xml":
                part = part.replace(b"</sheetData>", row.encode() + b"</sheetData>")
            new.writestr(name, part)
    return out.getvalue()
