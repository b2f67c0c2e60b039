"""The form of the file of the next period."""

from __future__ import annotations

import datetime as dt
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ckanext.satudata.calendar import periods
from ckanext.satudata.calendar.frequencies import Frequency
from ckanext.satudata.delivery import next_file
from tests.factories import make_dataset, make_item, make_opd, make_root, make_user
from tests.metadata.conftest import Browser

TODAY = dt.date(2026, 11, 21)


@pytest.mark.parametrize(
    ("name", "old", "expected"),
    [
        ("Siswa 2025", "2025", "Siswa 2026"),
        ("siswa_2025.csv", "2025", "siswa_2026.csv"),
        ("Siswa Triwulan IV 2025", "2025-Q4", "Siswa Triwulan I 2026"),
        ("Siswa tw 4 2025", "2025-Q4", "Siswa TW 1 2026"),
        ("Siswa Desember 2025", "2025-12", "Siswa Januari 2026"),
        ("siswa-2025-12", "2025-12", "siswa-2026-01"),
        ("Siswa TA 2025/2026", "2025/2026", "Siswa TA 2026/2027"),
        ("Siswa 2024-2026", "2024-2026", "Siswa 2027-2029"),
        ("Siswa semester 2 2025", "2025-S2", "Siswa Semester 1 2026"),
        ("Siswa akhir tahun 2025", "2025-12", "Siswa akhir tahun 2026"),
        ("Nomor 120255", "2025", "Nomor 120255"),
        ("Siswa", "2025", "Siswa"),
    ],
)
def test_the_period_in_a_name_is_replaced(name, old, expected):
    before = periods.parse(old)
    assert next_file.renamed(name, before, before.next()) == expected


@given(
    day=st.dates(dt.date(1990, 1, 1), dt.date(2100, 1, 1)),
    kind=st.sampled_from([one for one in Frequency if one.has_periods and not one.span_years]),
)
def test_every_way_to_write_a_period_is_known_for_the_next_one_too(day, kind):
    known = periods.periods_between(kind, day - dt.timedelta(days=800), day)
    for spelling in next_file._spellings(known[-1]):
        renamed = next_file.renamed(f"Data {spelling}", known[-1], known[-1].next())
        assert renamed.removeprefix("Data ") in set(next_file._spellings(known[-1].next()))


def file(*codes: str, **fields: str) -> dict[str, str]:
    return {"sd_periode": json.dumps(codes), **fields}


def test_the_latest_period_decides_whatever_the_order():
    files = [
        file("2025", name="Siswa 2025", format="XLSX"),
        file("2023", "2024", name="Siswa 2023-2024", format="CSV"),
    ]
    expected = {"sd_periode": "2026", "name": "Siswa 2026", "format": "XLSX"}
    assert next_file.prefilled(files, "A", TODAY) == expected


def test_of_several_kinds_that_of_the_dataset_decides():
    files = [file("2024-12", name="Desember"), file("2024", name="Rekap 2024")]
    assert next_file.prefilled(files, "A", TODAY)["name"] == "Rekap 2025"
    assert next_file.prefilled(files, "M", TODAY)["sd_periode"] == "2025-01"


def test_items_of_the_file_itself_come_along_and_its_status_does_not():
    files = [file("2025", sd_items='["a", "b"]', sd_status_angka="tetap")]
    found = next_file.prefilled(files, "A", TODAY)
    assert found == {"sd_periode": "2026", "sd_items": '["a", "b"]'}


@pytest.mark.parametrize(
    ("frequency", "expected"),
    [("A", "2025"), ("M", "2026-10"), ("Q", "2026-Q3"), ("AY", "2025/2026"), ("A2", None),
     ("OD", None), ("bukan frekuensi", None), (None, None)],
)  # fmt: skip
def test_without_periods_the_latest_that_is_over(frequency, expected):
    found = next_file.prefilled([file("kemarin", name="Siswa")], frequency, TODAY)
    assert found == ({"sd_periode": expected} if expected else {})


@pytest.mark.usefixtures("clean_portal")
def test_the_button_fills_the_form_and_a_period_twice_is_warned_of(app):
    opd = make_opd("dinas-uji", make_root())
    items = json.dumps([make_item(opd).id])
    link = {"url": "https://example.org/a.csv", "name": "Siswa 2024", "format": "CSV"}
    dataset = make_dataset(
        opd, resources=[{**link, "sd_periode": '["2024"]', "sd_items": items}], sd_frekuensi="A"
    )
    visit = Browser(app, make_user("editor", opd)["token"])
    page = visit.get(f"/dataset/{dataset['name']}")
    address = page.select_one("a[href*='sd_periode=2025']")["href"]
    form = dict(visit.form(address, "sd_periode"))
    assert (form["name"], form["sd_periode"], form["format"]) == ("Siswa 2025", "2025", "CSV")
    assert (form["sd_items"], form["sd_status_angka"], form["url"]) == (items[2:-2], "", "")
    assert not visit.get(address).find(class_="alert-warning")

    again = address.replace("sd_periode=2025", "sd_periode=2024")
    assert "Siswa 2024" in visit.get(again).find(class_="alert-warning").text
    answer = visit.save(address, "sd_periode", sd_periode="2024, salah", description="Ada")
    assert "Siswa 2024" in Browser.parse(answer).find(class_="alert-warning").text
