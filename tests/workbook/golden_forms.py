"""The golden set of BPS's forms, and comparing what was written and read with it."""

from __future__ import annotations

import copy
import io
import os
from pathlib import Path
from typing import Any

import openpyxl
import yaml

from ckanext.satudata.tables import open_workbook
from ckanext.satudata.workbook.bps import arriving
from ckanext.satudata.workbook.bps.parcel import Item, Parcel

HERE = Path(__file__).parent
GOLDEN = HERE / "golden"
FILLED = yaml.safe_load((GOLDEN / "isian.yaml").read_text(encoding="utf-8"))
KEYS = yaml.safe_load((HERE / "data/national_keys.yaml").read_text(encoding="utf-8"))
FORMS = ("ms_keg", "ms_ind", "ms_var")
ORGANISER = FILLED["activity"]["sd_instansi_penyelenggara"]


def filled(contact: bool = True) -> Parcel:
    activity = {**FILLED["activity"], **(FILLED["contact"] if contact else {})}
    return Parcel(
        item(activity),
        [item(one) for one in FILLED["datasets"]],
        organiser=ORGANISER,
    )


def item(stored: dict[str, Any]) -> Item:
    values = copy.deepcopy({key: held for key, held in stored.items() if key not in ("id", "name")})
    return Item(values, stored["id"])


def same(one: Parcel, other: Parcel) -> None:
    assert one.faults == other.faults == []
    assert one.notes == other.notes == []
    assert one.activity.values == other.activity.values
    assert one.activity.id == other.activity.id
    assert [item.values for item in one.datasets] == [item.values for item in other.datasets]
    assert [item.id for item in one.datasets] == [item.id for item in other.datasets]


def from_xlsx(content: bytes) -> Parcel:
    book = open_workbook(content, "bps.xlsx", 10_000_000, data_only=False)
    parcel = arriving.from_book(book, "bps.xlsx")
    assert parcel is not None
    return parcel


# Golden files. To write them anew after a change of the layout: WRITE_GOLDEN=1 make test …


def golden(name: str, content: bytes) -> bytes:
    if os.environ.get("WRITE_GOLDEN"):
        (GOLDEN / name).write_bytes(content)
    return (GOLDEN / name).read_bytes()


def cells(content: bytes) -> dict[str, Any]:
    book = openpyxl.load_workbook(io.BytesIO(content))
    return {
        f"{sheet.title}!{cell.coordinate}": cell.value
        for sheet in book
        for row in sheet
        for cell in row
        if cell.value is not None
    }


def opened(content: bytes) -> openpyxl.Workbook:
    return openpyxl.load_workbook(io.BytesIO(content))


def content_of(book: openpyxl.Workbook) -> bytes:
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def found_cell(sheet, text: str, nth: int = 1):
    found = [cell for row in sheet for cell in row if cell.value == text]
    return found[nth - 1]
