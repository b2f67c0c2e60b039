"""``ckan satudata referensi`` loads the areas whole, again without change, and tells versions."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from ckan import model
from ckan.cli.cli import ckan
from ckan.tests.helpers import call_action

from ckanext.satudata.reference import area_file, store

SMALL = "kode,kode_bps,nama\n32,32,Jawa Barat\n32.73,3273,Kota Bandung\n"

pytestmark = pytest.mark.usefixtures("clean_db")


@pytest.fixture
def run(cli):
    return lambda *arguments: cli.invoke(ckan, ["satudata", "referensi", *map(str, arguments)])


@pytest.fixture
def own(tmp_path):
    def write(text):
        path = tmp_path / "wilayah.csv"
        path.write_text(text)
        return path

    return write


def _rows():
    model.Session.rollback()
    table = model.Session.execute(sa.text("SELECT * FROM satudata_region ORDER BY code"))
    return table.mappings().all()


def test_the_shipped_areas_are_loaded_once_and_again_without_change(run):
    first = run("update")
    assert first.exit_code == 0, first.output
    assert "2026.1: 7837" in first.output
    assert "7837 added, 0 changed, 0 removed" in first.output
    before = _rows()
    assert len(before) == 7837
    again = run("update")
    assert "0 added, 0 changed, 0 removed" in again.output
    assert _rows() == before


def test_a_file_of_ones_own_replaces_them_and_says_what_changed(run, own):
    run("update", "--file", own(SMALL + "32.04,3204,Kabupaten Bandung\n"), "--version", "2026.9")
    text = SMALL.replace("3273,", "3279,") + "32.74,3274,Kota Cirebon\n"
    result = run("update", "--file", own(text), "--version", "2026.10")
    assert "Before: version 2026.9" in result.output
    assert "1 added, 1 changed, 1 removed" in result.output
    assert {row["code"]: row["code_bps"] for row in _rows()} == {
        "32": "32", "32.73": "3279", "32.74": "3274",
    }  # fmt: skip


def test_a_changed_name_changes_the_label_of_what_lies_in_it(run, own):
    run("update", "--file", own(SMALL), "--version", "2026.1")
    renamed = own(SMALL.replace("Jawa Barat", "Pasundan"))
    assert "2 changed" in run("update", "--file", renamed, "--version", "2026.2").output
    assert _rows()[1]["label"] == "Kota Bandung, Pasundan"


def test_an_older_version_is_told_and_loaded_only_when_asked(run, own):
    run("update", "--file", own(SMALL), "--version", "2027.1")
    refused = run("update")
    assert refused.exit_code == 1
    assert "2026.1 is older than the loaded 2027.1" in refused.output
    assert len(_rows()) == 2
    assert run("update", "--older").exit_code == 0
    assert len(_rows()) == 7837


def test_a_broken_file_changes_nothing_and_names_the_line(run, own):
    run("update", "--file", own(SMALL), "--version", "2026.1")
    before = _rows()
    for row in ("32.7,3207,X\n", "32.73,3274,X\n", "33.01,3301,X\n"):
        result = run("update", "--file", own(SMALL + row), "--version", "2026.2")
        assert result.exit_code == 1
        assert "Line 4" in result.output
        assert "Nothing was changed." in result.output
        assert _rows() == before
    assert store.held_version() == "2026.1"


def test_a_version_is_numbers_with_dots(run, own):
    for version in ("", "baru", "2026.", "v1"):
        assert run("update", "--file", own(SMALL), "--version", version).exit_code == 2, version
    assert _rows() == []


def test_file_and_version_belong_together(run, own):
    assert run("update", "--file", own(SMALL)).exit_code == 2
    assert run("update", "--version", "2026.2").exit_code == 2


def test_all_lists_are_shown_with_version_source_and_count(run):
    empty = run("list")
    assert "No areas are loaded yet" in empty.output
    run("update")
    shown = run("list").output
    assert "wilayah  2026.1  7837  reference/wilayah.csv" in shown
    assert "bidang_urusan  2019.1  42  reference/bidang_urusan.csv" in shown
    assert "Areas loaded: version 2026.1" in shown
    named = {one["name"]: one for one in call_action("satudata_reference_list")}
    assert set(named) == {"wilayah", "bidang_urusan", "frekuensi", "topik_sdi", "sektor_kegiatan"}
    assert named["topik_sdi"]["home"] == "dataset.yaml"
    assert named["wilayah"]["loaded"] == "2026.1"


def test_two_codes_may_be_exchanged_in_one_update():
    pair = {"32": area_file.Area("32", "32", "A"), "33": area_file.Area("33", "33", "B")}
    store.load(pair, "1", "test")
    swapped = {"32": area_file.Area("32", "33", "A"), "33": area_file.Area("33", "32", "B")}
    assert store.load(swapped, "2", "test") == store.Changes(0, 2, 0)
