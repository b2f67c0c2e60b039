"""A list of areas is read whole, or refused with the lines that are wrong."""

from __future__ import annotations

import csv

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ckanext.satudata.exchange import regions as exchange_regions
from ckanext.satudata.reference import area_file, lists, store
from ckanext.satudata.reference.area_file import AreaFileError

HEADER = "kode,kode_bps,nama\n"
GOOD = "32,32,Jawa Barat\n32.73,3273,Kota Bandung\n32.73.02,,Coblong\n"


@pytest.fixture(scope="module")
def shipped():
    return store.read_shipped()


def test_a_good_file_is_read():
    areas = area_file.read((HEADER + GOOD).encode())
    assert list(areas) == ["32", "32.73", "32.73.02"]
    assert [area.level for area in areas.values()] == [1, 2, 3]
    assert areas["32.73"].code_bps == "3273"
    assert area_file.label(areas["32.73.02"], areas) == "Kec. Coblong, Kota Bandung, Jawa Barat"


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("3273,3273,Kota Bandung", 'Line 5: "3273" is no code'),
        ("32.7,3273,Kota Bandung", 'Line 5: "32.7" is no code'),
        ("٣٢,32,Angka Arab", "is no code"),
        ("32.73,3274,Kota Bandung", "Line 5: the code 32.73 stands twice"),
        ("32.74,3273,Kota Cirebon", "Line 5: the BPS code 3273 stands twice"),
        ("33.01,3301,Kabupaten Cilacap", "lies in 33, which the file does not have"),
        ("32.74,327,Kota Cirebon", 'must have 4 digits, not "327"'),
        ("32.73.03,327303x,Babakan Ciparay", "must have 7 digits"),
        ("32.74,3274,", "has no readable name"),
        ("32.74,3274,Kota \x07Cirebon", "has no readable name"),
    ],
)
def test_a_wrong_row_is_named_by_line_and_reason(row, said):
    with pytest.raises(AreaFileError) as refused:
        area_file.read((HEADER + GOOD + row + "\n").encode())
    assert said in str(refused.value)
    assert len(refused.value.faults) == 1


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "is empty"),
        (HEADER, "no areas"),
        ("code,name\n32,Jawa Barat\n", "columns must be: kode, kode_bps, nama"),
        (HEADER + "32,32\n", "Line 2 of wilayah.csv"),
        ("%PDF-1.7", "PDF"),
    ],
)
def test_what_is_no_list_of_areas_is_refused(content, said):
    with pytest.raises(AreaFileError, match=said):
        area_file.read(content.encode(), "wilayah.csv")


def test_no_more_than_twenty_faults_are_named():
    rows = "".join(f"9{number},,X\n" for number in range(100, 150))
    with pytest.raises(AreaFileError) as refused:
        area_file.read((HEADER + rows).encode())
    assert len(refused.value.faults) == 20


@given(st.text(max_size=200))
def test_any_text_is_read_or_refused_but_never_a_fault_of_ours(text):
    faults = ["none yet"]
    try:
        area_file.read((HEADER + text).encode("utf-8", "surrogatepass"))
    except AreaFileError as refused:
        faults = refused.faults
    assert faults


def test_the_shipped_list_is_sorted_and_as_large_as_the_documents_say(shipped):
    with lists.shipped()["wilayah"].home.open(encoding="utf-8") as lines:
        codes = [row["kode"] for row in csv.DictReader(lines)]
    assert codes == sorted(codes)
    count = dict.fromkeys(area_file.LEVELS, 0)
    known = dict(count)
    for area in shipped.values():
        count[area.level] += 1
        known[area.level] += bool(area.code_bps)
    assert count == {1: 38, 2: 514, 3: 7285}
    assert known == {1: 38, 2: 514, 3: 6438}


@pytest.mark.parametrize(
    ("code", "bps", "name"),
    [
        ("91", "94", "Papua"),
        ("92", "91", "Papua Barat"),
        ("93", "95", "Papua Selatan"),
        ("94", "96", "Papua Tengah"),
        ("95", "97", "Papua Pegunungan"),
        ("96", "92", "Papua Barat Daya"),
        ("91.71", "9471", "Kota Jayapura"),
        ("93.01", "9501", "Kabupaten Merauke"),
        ("94.01", "9604", "Kabupaten Nabire"),
        ("95.01", "9702", "Kabupaten Jayawijaya"),
        ("96.71", "9271", "Kota Sorong"),
        ("64.08", "6404", "Kabupaten Kutai Timur"),
        ("32.73", "3273", "Kota Bandung"),
    ],
)
def test_areas_whose_codes_differ_between_the_systems(shipped, code, bps, name):
    assert (shipped[code].code_bps, shipped[code].name) == (bps, name)


def test_codes_of_the_systems_differ_in_the_six_provinces_of_papua_alone(shipped):
    differ = {
        area.code: area.code_bps
        for area in shipped.values()
        if area.level == 1 and area.code != area.code_bps
    }
    assert differ == exchange_regions.BPS_PROVINCES


def test_the_bps_code_of_an_area_begins_with_that_of_the_area_it_lies_in(shipped):
    for area in shipped.values():
        if area.parent and area.code_bps:
            assert area.code_bps.startswith(shipped[area.parent].code_bps), area


def test_every_list_names_its_version_source_and_licence():
    for one in lists.shipped().values():
        assert all((one.version, one.source, one.licence, one.count)), one.name
        assert set(one.label) == {"en", "id"}


def test_fields_of_affairs_are_choices_by_code():
    choices = lists.affair_choices()
    assert {"value": "1.01", "label": "1.01 Pendidikan"} in choices
    values = [choice["value"] for choice in choices]
    assert values == sorted(set(values))
