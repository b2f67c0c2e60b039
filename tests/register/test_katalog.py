"""Import of a published catalogue."""

from __future__ import annotations

import ckan.model as model
import ckan.tests.helpers as helpers
import pytest
from ckan.cli.cli import ckan as ckan_cli

from ckanext.satudata.register import katalog
from ckanext.satudata.register.store import open_table

HEADER = "Produsen Data;Judul Tabel;Tahun Data;Status Data;Tautan"
LINK = "https://data.example/id/dataset/"


def catalogue(*rows):
    return "\r\n".join([HEADER, *rows]).encode("utf-8-sig")


ROWS = [
    f"Dinas Kesehatan;Jumlah Bidan;2022 - 2024;Tetap;{LINK}bidan",
    f"Dinas Kesehatan;Jumlah Perawat;-;Sementara;{LINK}perawat",
    f"Dinas Kehutanan;Luas;2020;Tetap;{LINK}luas",
    f"Dinas Lingkungan Hidup;Luas;2021;Tetap;{LINK}luas",
    f"Dinas Kehutanan;Luas;2022;Tetap;{LINK}luas",
    "Dinas Kehutanan;Tanpa tautan;2022;Tetap;-",
    f"Dinas Anu;Apa;2022;Tetap;{LINK}anu",
]


def run(*rows):
    result = katalog.import_catalogue(open_table(catalogue(*rows), "k.csv"))
    assert result.read == sum(result.counts()[outcome] for outcome in katalog.OUTCOMES)
    return {key: number for key, number in result.counts().items() if number}


def find(title):
    return helpers.call_action("package_search", q=f'title:"{title}"')["results"]


def test_rows_become_datasets_with_a_link_and_again_nothing_changes(city):
    first = {"created": 4, "merged": 1, "refused": 1, "pending": 1}
    assert run(*ROWS) == {"read": 7, **first}
    [bidan] = find("Jumlah Bidan")
    assert bidan["owner_org"] == city["dinkes"]["id"]
    [resource] = bidan["resources"]
    assert (resource["url"], resource["sd_periode"], resource["sd_status_angka"]) == (
        f"{LINK}bidan", ["2022", "2023", "2024"], "tetap",
    )  # fmt: skip
    held = {each["owner_org"]: each["resources"][0]["sd_periode"] for each in find("Luas")}
    assert held == {city["dishut"]["id"]: ["2020", "2022"], city["dlh"]["id"]: ["2021"]}

    stamps = {each.id: each.metadata_modified for each in model.Session.query(model.Package)}
    assert run(*ROWS) == {"read": 7, "unchanged": 4, "merged": 1, "refused": 1, "pending": 1}
    model.Session.expire_all()
    assert stamps == {
        each.id: each.metadata_modified for each in model.Session.query(model.Package)
    }


def test_a_changed_entry_updates_its_dataset(city):
    run(ROWS[0])
    assert run(ROWS[0].replace("2024", "2025")) == {"read": 1, "changed": 1}
    [bidan] = find("Jumlah Bidan")
    assert bidan["resources"][0]["sd_periode"] == ["2022", "2023", "2024", "2025"]


def test_a_broken_off_import_goes_on(city):
    class Killed(BaseException):
        pass

    def kill(done, _total):
        if done == 2:
            raise Killed

    with pytest.raises(Killed):
        katalog.import_catalogue(open_table(catalogue(*ROWS), "k.csv"), kill)
    assert model.Session.query(model.Package).count() == 2
    assert len(find("Jumlah Bidan")) == 1
    assert run(*ROWS)["created"] == 2


def test_what_ckan_refuses_is_reported_and_the_others_come_in(city):
    from tests.factories import make_dataset

    [entry], _result = katalog.read_entries(open_table(catalogue(ROWS[1]), "k.csv"))
    make_dataset(city["dlh"], name=entry.dataset()["name"])
    assert run(*ROWS[:2]) == {"read": 2, "created": 1, "refused": 1}
    long = f"Dinas Kesehatan;Panjang;2020;Tetap;https://{'x' * 3000}"
    assert run(long) == {"read": 1, "refused": 1}


def test_command(cli, city, tmp_path):
    path = tmp_path / "k.csv"
    path.write_bytes(catalogue(*ROWS))
    result = cli.invoke(ckan_cli, ["satudata", "katalog", "import", str(path)])
    assert result.exit_code == 0, result.output
    assert "Datasets: 4/4" in result.output
    path.write_bytes(b"a;b\n1;2\n")
    result = cli.invoke(ckan_cli, ["satudata", "katalog", "import", str(path)])
    assert result.exit_code != 0
    assert "No column was recognised" in result.output
