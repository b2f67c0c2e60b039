"""`ckan satudata adopt` on a portal with datasets of other styles."""

from __future__ import annotations

import csv

import ckan.model as model
import pytest
from ckan.cli.cli import ckan
from ckan.tests.helpers import call_action

from tests.factories import make_dataset, make_root

pytestmark = pytest.mark.usefixtures("clean_portal")

FOREIGN = {"frekuensi_penerbitan": "Tahunan", "cakupan": "Kota Uji", "satuan_dataset": "Orang"}


@pytest.fixture
def opd():
    return make_root()


def _foreign(opd, **extras):
    return make_dataset(opd, extras=[{"key": k, "value": v} for k, v in extras.items()])


def _extras(dataset) -> dict[str, str]:
    model.Session.expire_all()
    return dict(model.Package.get(dataset["id"]).extras)


def _run(cli, *arguments: str):
    return cli.invoke(ckan, ["satudata", *map(str, arguments)], catch_exceptions=False)


def test_a_dry_run_reports_and_changes_nothing(cli, opd, tmp_path):
    dataset = _foreign(opd, **FOREIGN, tahun="2024")
    report = tmp_path / "laporan.csv"
    result = _run(cli, "adopt", "--report", report)
    assert result.exit_code == 0
    assert _extras(dataset) == {**FOREIGN, "tahun": "2024"}
    rows = list(csv.DictReader(report.open(encoding="utf-8-sig")))
    assert {(row["source"], row["field"], row["value"], row["outcome"]) for row in rows} == {
        ("frekuensi_penerbitan", "sd_frekuensi", "A", "adopt"),
        ("cakupan", "sd_cakupan_wilayah", "Kota Uji", "adopt"),
        ("satuan_dataset", "sd_satuan", "Orang", "adopt"),
        ("tahun", "", "", "unread"),
    }


def test_writing_again_changes_nothing_and_undo_puts_back(cli, opd, tmp_path):
    dataset, bare = _foreign(opd, **FOREIGN), make_dataset(opd)
    undo = tmp_path / "undo.jsonl"
    assert _run(cli, "adopt", "--write", "--undo-file", undo).exit_code == 0
    assert _extras(dataset) == {
        **FOREIGN, "sd_frekuensi": "A", "sd_cakupan_wilayah": "Kota Uji", "sd_satuan": "Orang",
    }  # fmt: skip
    assert _extras(bare) == {}
    once = undo.read_text()
    _run(cli, "adopt", "--write", "--undo-file", undo)
    assert undo.read_text() == once
    call_action("package_patch", id=dataset["id"], sd_satuan="Jiwa")
    assert _run(cli, "adopt-undo", undo).exit_code == 0
    assert _extras(dataset) == {**FOREIGN, "sd_satuan": "Jiwa"}


def test_writing_needs_a_way_back(cli, opd):
    dataset = _foreign(opd, **FOREIGN)
    result = _run(cli, "adopt", "--write")
    assert result.exit_code == 1
    assert "--undo-file" in result.output
    assert _extras(dataset) == FOREIGN


@pytest.mark.parametrize("line", ["bukan json", "[]", '{"id": "x"}'])
def test_a_file_that_is_no_undo_file(cli, opd, tmp_path, line):
    undo = tmp_path / "undo.jsonl"
    undo.write_text(line)
    result = _run(cli, "adopt-undo", undo)
    assert result.exit_code == 1
    assert "1" in result.output


def test_an_unknown_style_is_refused(cli, opd):
    result = _run(cli, "adopt", "--style", "mars")
    assert result.exit_code == 1
    assert "ddw16" in result.output
