"""Areas are found by either code and by name; typed texts become codes with dots."""

from __future__ import annotations

import json

import pytest
from ckan.plugins import toolkit
from ckan.tests.helpers import call_action
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ckanext.satudata.reference import regions, store
from tests.factories import make_dataset, make_root


def load_some():
    """Load Jawa Barat, Kalimantan and the provinces of Papua."""
    shipped = store.read_shipped()
    some = {code: area for code, area in shipped.items() if code[:2] == "32" or code[0] in "69"}
    store.load(some, "2026.1", "test")


@pytest.fixture
def areas(clean_db):
    load_some()


def find(q, **asked):
    return call_action("satudata_region_autocomplete", q=q, **asked)


def codes(q, **asked):
    return [one["code"] for one in find(q, **asked)]


@pytest.mark.usefixtures("areas")
def test_an_area_is_told_with_both_codes_and_its_path():
    assert find("32.73.02", limit=1) == [
        {
            "code": "32.73.02",
            "code_bps": "3273230",
            "level": "kecamatan",
            "name": "Coblong",
            "label": "Kec. Coblong, Kota Bandung, Jawa Barat",
        }
    ]


@pytest.mark.usefixtures("areas")
def test_the_exact_code_comes_first_then_what_begins_with_it():
    assert codes("32.73")[:3] == ["32.73", "32.73.01", "32.73.02"]
    assert codes("3273")[0] == "32.73"
    assert codes("3273230") == ["32.73.02"]
    assert all(code.startswith("32.7") for code in codes("32.7"))


@pytest.mark.usefixtures("areas")
def test_a_code_that_means_two_areas_brings_both():
    # Kabupaten Kutai Timur has it at BPS; Papua is 94 there, Papua Tengah at the ministry.
    found = codes("6404")
    assert "64.08" in found[:2]
    assert codes("94")[:2] == ["91", "94"]


@pytest.mark.usefixtures("areas")
def test_names_are_ranked_whole_name_then_beginning_then_words_within():
    found = find("bandung", limit=50)
    names = [one["name"] for one in found]
    assert names[:2] == ["Kabupaten Bandung", "Kota Bandung"]
    begins = [name.removeprefix("Kabupaten ").removeprefix("Kota ") for name in names]
    last_beginning = max(i for i, name in enumerate(begins) if name.startswith("Bandung"))
    assert all(name.startswith("Bandung") for name in begins[: last_beginning + 1])
    assert last_beginning + 1 < len(found)
    assert codes("coblong bandung") == ["32.73.02"]
    assert codes("kota bandung", level="kabupaten_kota")[0] == "32.73"


@pytest.mark.usefixtures("areas")
def test_levels_and_limits_are_kept():
    assert {one["level"] for one in find("papua", level="provinsi")} == {"provinsi"}
    assert len(find("a")) == 10
    assert len(find("a", limit=3)) == 3
    assert len(find("a", limit=10**9)) == 50
    assert find("a", limit=0) == []
    for wrong in ({"level": "desa"}, {"limit": -1}, {"limit": "x"}):
        with pytest.raises(toolkit.ValidationError):
            find("a", **wrong)


HOSTILE = (
    "", " ", "\0", "%", "_", "\\", "'; DROP TABLE satudata_region; --", "x" * 100_000, "٣٢",
    "bandung\0", "((((", "tidak ada",
)  # fmt: skip
NO_TEXT = (["a"], {"a": 1}, [{"q": "bandung"}], 5, None, True)


@pytest.mark.usefixtures("areas")
def test_hostile_texts_find_nothing_or_areas_and_harm_nothing():
    for q in HOSTILE:
        assert all(one["code"] for one in find(q)), q
    assert codes("32.73")[0] == "32.73"


@pytest.mark.usefixtures("areas")
def test_what_is_no_text_is_searched_as_text_or_refused():
    for q in NO_TEXT:
        faults: dict = {}
        try:
            find(q)
        except toolkit.ValidationError as refused:
            faults = refused.error_dict
        assert set(faults) <= {"q"}, q


@pytest.mark.usefixtures("areas")
def test_random_texts_are_read_or_refused():
    @settings(max_examples=200, suppress_health_check=list(HealthCheck), deadline=None)
    @given(st.text(max_size=60))
    def check(text):
        message = ""
        try:
            known = regions.is_region(regions.read(text))
        except regions.RegionError as refused:
            known, message = False, str(refused)
        assert known or message

    check()


TYPED = {
    "32.73": "32.73",
    "3273": "32.73",
    "32.73 Kota Bandung, Jawa Barat": "32.73",
    "Kota Bandung": "32.73",
    "kota bandung, jawa barat": "32.73",
    "Coblong": "32.73.02",
    "Kec. Coblong, Kota Bandung, Jawa Barat": "32.73.02",
    "3273230": "32.73.02",
    "327302": "32.73.02",
    "9702": "95.01",
    "32.73.02.1001": "32.73.02.1001",
    "Papua Selatan": "93",
}
REFUSED = {
    "32.99": "no area known",
    "32.73.99.1001": "no area known",
    "Atlantis": "no area known",
    "bandung": "32.73 Kota Bandung",
    "94": "91 Papua; 94 Papua Tengah",
}


@pytest.mark.usefixtures("areas")
def test_what_is_typed_becomes_the_code_with_dots():
    assert {text: regions.read(text) for text in TYPED} == TYPED


@pytest.mark.usefixtures("areas")
def test_what_names_none_or_many_is_refused_with_the_way_out():
    for text, said in REFUSED.items():
        with pytest.raises(regions.RegionError, match=said):
            regions.read(text)


@pytest.mark.usefixtures("areas")
def test_other_rooms_find_areas_by_either_code():
    assert regions.by_kemendagri("95.01").code_bps == "9702"
    assert regions.by_bps("9702").code == "95.01"
    assert regions.by_kemendagri("9501") is None
    assert regions.by_bps("95.01") is None
    assert regions.label("96.71") == "Kota Sorong, Papua Barat Daya"
    assert regions.label("") == regions.label("00") == ""
    assert regions.is_region("32.73.02.1001")
    assert not regions.is_region("32.73.99.1001")


@pytest.mark.usefixtures("clean_db")
def test_before_the_first_load_codes_are_checked_by_form_alone():
    assert find("bandung") == []
    assert regions.read("32.73") == "32.73"
    assert regions.shown("32.73") == "32.73"
    with pytest.raises(regions.RegionError):
        regions.read("Kota Bandung")


@pytest.mark.usefixtures("clean_portal", "with_request_context")
def test_the_field_takes_either_code_and_keeps_what_it_held():
    root = make_root(sd_kode_wilayah="32.99")
    assert root["sd_kode_wilayah"] == "32.99"
    load_some()
    dataset = make_dataset(root, sd_kode_wilayah="3273230")
    assert dataset["sd_kode_wilayah"] == "32.73.02"
    call_action("organization_patch", id=root["id"], title="Kota Lain")
    kept = call_action("organization_show", id=root["id"])
    assert kept["sd_kode_wilayah"] == "32.99"
    with pytest.raises(toolkit.ValidationError, match="no area known"):
        call_action("package_patch", id=dataset["id"], sd_kode_wilayah="32.98")


@pytest.mark.usefixtures("areas")
def test_the_form_asks_for_texts_that_the_field_understands(app):
    found = json.loads(app.get("/satudata/wilayah?q=coblong").body)
    assert found == [{"name": "32.73.02 Kec. Coblong, Kota Bandung, Jawa Barat"}]
    assert regions.read(found[0]["name"]) == "32.73.02"
    assert json.loads(app.get("/satudata/wilayah").body) == []
