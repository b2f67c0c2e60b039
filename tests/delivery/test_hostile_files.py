"""Files and values made to harm: they cost their owner the score and nobody else anything."""

from __future__ import annotations

import io
import json
import zipfile

import ckan.model as model
import openpyxl
import pytest
import sqlalchemy as sa
from ckan.tests.helpers import call_action
from werkzeug.datastructures import FileStorage

from ckanext.satudata.delivery import checks, facts, jobs
from ckanext.satudata.delivery.model import Check, Event
from ckanext.satudata.register.model import Claim
from tests.factories import make_dataset, make_item, make_opd, make_root

TABLE = b"wilayah,jumlah\nUtara,1\nSelatan,2\n"


def archive(**parts: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as book:
        for name, content in parts.items():
            book.writestr(name.replace("__", "/").replace("_dot_", "."), content)
    return out.getvalue()


def workbook(part: str, content: bytes) -> bytes:
    """A sound workbook with one part replaced."""
    book = openpyxl.Workbook()
    book.active.append(["wilayah", "jumlah"])
    book.active.append(["Utara", 1])
    sound = io.BytesIO()
    book.save(sound)
    out = io.BytesIO()
    with zipfile.ZipFile(sound) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, content if name == part else old.read(name))
    return out.getvalue()


BROKEN = {
    "only_a_name": archive(xl__workbook_dot_xml=b"<x/>"),
    "workbook_is_no_xml": workbook("xl/workbook.xml", b"\x00\x01 not xml"),
    "sheet_is_no_xml": workbook("xl/worksheets/sheet1.xml", b"<worksheet><sheetData><row><c"),
    "sheet_has_bad_cells": workbook(
        "xl/worksheets/sheet1.xml",
        b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
        b'<row r="x"><c r="??" t="s"><v>9999</v></c></row></sheetData></worksheet>',
    ),
    "no_types": workbook("[Content_Types].xml", b""),
    "cut_off": workbook("", b"")[:-200],
    "damaged_inside": workbook("", b"").replace(b"/sheet1.xml", b"/sheet9.xml", 1),
    "long_field": b"a,b\n" + b"x" * 300_000 + b",2\n",
    "open_quote": b'a,b\n"1,2\n3,4\n',
    "bare_cr": b"a,b\r1,2\r3,4",
    "nul_later": b"a,b\n" + b"1,2\n" * 3000 + b"\x00,2\n",
}


TOO_LARGE = {
    "columns": b",".join(b"c%d" % number for number in range(100_000)) + b"\n1\n",
    "columns_below": b"title\n" + b";" * 100_000 + b"\n",
    "unpacked": workbook("xl/worksheets/sheet1.xml", b"<!--" + b" " * 300_000_000 + b"-->"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_file_gives_a_result_and_no_exception(name, tmp_path):
    path = tmp_path / "file"
    path.write_bytes(BROKEN[name])
    assert checks.measure(path).readable in (True, False)


def test_a_workbook_is_a_table_whatever_the_file_is_called(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(workbook("", b""))
    found = checks.measure(path)
    assert (found.readable, found.rows, found.passed) == (True, 1, found.run)


@pytest.mark.parametrize("name", TOO_LARGE)
def test_a_file_that_would_hold_up_the_worker_is_not_opened(name, tmp_path):
    path = tmp_path / "file"
    path.write_bytes(TOO_LARGE[name])
    found = checks.measure(path)
    assert found.readable is False
    assert found.failures == [{"check": "readable", "reason": "too_large"}]


@pytest.fixture
def opd(clean_portal):
    return make_opd("dinas-uji", make_root())


def deliver(dataset, content=TABLE, **fields):
    fields.setdefault("sd_periode", json.dumps(["2024"]))
    return call_action(
        "resource_create",
        package_id=dataset["id"],
        upload=FileStorage(io.BytesIO(content), filename="data.csv"),
        url="",
        **fields,
    )


def test_a_bad_file_does_not_keep_the_others_from_being_checked(opd):
    ids = []
    for content in (workbook("xl/workbook.xml", b"no xml"), TABLE, workbook("", b"")):
        dataset = make_dataset(opd, sd_item=make_item(opd).id)
        ids.append(deliver(dataset, content)["id"])
    assert jobs.check_pending() == 3
    sha256 = dict(model.Session.execute(sa.select(Event.resource_id, Event.sha256)).all())
    found = {row.sha256: row.readable for row in model.Session.scalars(sa.select(Check))}
    assert [found[sha256[one]] for one in ids] == [False, True, True]


@pytest.mark.parametrize(
    "hostile", ["x\u0000y", "".join(map(chr, range(0x4E00, 0x5E00)))], ids=("nul", "long")
)
def test_a_value_that_no_item_can_have_costs_no_other_claim(hostile, opd):
    item = make_item(opd)
    dataset = make_dataset(opd, sd_item=item.id)
    deliver(dataset, sd_items=json.dumps([hostile, item.id]))
    assert set(model.Session.scalars(sa.select(Claim.item_id))) == {item.id}
    other = make_dataset(opd, sd_item=item.id)
    deliver(other)
    model.Session.execute(sa.delete(Claim))
    model.Session.commit()
    facts.rebuild()
    assert len(model.Session.scalars(sa.select(Claim.item_id)).all()) == 2
