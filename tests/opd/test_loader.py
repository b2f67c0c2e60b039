"""Loading a whole structure: once, again, moved, broken."""

from __future__ import annotations

import ckan.model as model
import pytest
import sqlalchemy as sa
from ckan.cli.cli import ckan
from ckan.tests.helpers import call_action

from ckanext.satudata.opd import aliases, loader, queries, structure
from tests.factories import make_opd, make_user

pytestmark = pytest.mark.usefixtures("clean_portal")

CITY = """
- name: kota
  title: Pemerintah Kota
  jenis: pemerintah_daerah
  unit:
    - title: Dinas Kesehatan
      jenis: dinas
      peran: produsen_data
      alias: [Dinkes, DINAS KES]
      unit:
        - {title: Puskesmas Satu, jenis: uptd}
        - {title: Puskesmas Dua, jenis: uptd}
    - {title: Kecamatan Timur, jenis: kecamatan}
"""


def load(text: str, filename: str = "opd.yaml", **options):
    units = structure.read(text.encode(), filename)
    return loader.load(units, make_user("sysadmin")["name"], **options)


def stored() -> list[tuple]:
    """All that a load may touch: groups, links and aliases."""
    rows = []
    for table in ('"group"', "member", "satudata_opd", "satudata_opd_alias"):
        rows += model.Session.execute(
            sa.text(f"SELECT t::text FROM {table} t ORDER BY 1")  # noqa: S608
        ).all()
    return rows


def path_names(name: str) -> list[str]:
    org = queries.resolve(name)
    return [above.name for above in queries.ancestors(org)]


def test_a_second_load_changes_nothing():
    report = load(CITY)
    assert report.created == [
        "kota",
        "dinas-kesehatan",
        "puskesmas-satu",
        "puskesmas-dua",
        "kecamatan-timur",
    ]
    assert report.aliases == 2
    assert path_names("puskesmas-dua") == ["kota", "dinas-kesehatan"]
    assert aliases.Matcher().match("dinas  kes").how == "alias"
    before = stored()
    again = load(CITY)
    assert (again.created, again.moved, again.changed, again.aliases) == ([], [], [], 0)
    assert len(again.unchanged) == 5
    assert stored() == before


def test_the_maker_can_be_left_out_of_what_he_makes():
    load(CITY, leave_creator_out=True)
    members = model.Session.query(model.Member).filter_by(table_name="user").count()
    assert members == 0


def test_moves_and_changes_are_told_and_the_rest_is_kept():
    load(CITY)
    call_action("organization_patch", id="puskesmas-satu", sd_alamat="Jalan Lama 1")
    text = CITY.replace("        - {title: Puskesmas Satu, jenis: uptd}\n", "") + (
        "    - {title: Puskesmas Satu, jenis: uptd, kode: '1.02'}\n"
    )
    report = load(
        text.replace("Kecamatan Timur", "Kecamatan Timur Laut").replace(
            "- {title: Kecamatan Timur Laut",
            "- {name: kecamatan-timur, title: Kecamatan Timur Laut",
        )
    )
    assert (report.moved, report.changed) == (["puskesmas-satu"], ["kecamatan-timur"])
    moved = call_action("organization_show", id="puskesmas-satu")
    assert (moved["sd_kode_unit"], moved["sd_alamat"]) == ("1.02", "Jalan Lama 1")
    assert path_names("puskesmas-satu") == ["kota"]


def test_parent_and_unit_can_exchange_places():
    load("- {name: aa, unit: [{name: bb, unit: [{name: cc}]}]}")
    report = load("- {name: cc, unit: [{name: bb, unit: [{name: aa}]}]}")
    assert sorted(report.moved) == ["aa", "bb", "cc"]
    assert path_names("aa") == ["cc", "bb"]


def test_csv_with_a_parent_column_makes_the_same_tree():
    text = (
        "name;title;parent;jenis;alias\n"
        "uptd-a;UPTD A;dinas-a;uptd;\n"
        "dinas-a;Dinas A;kota;dinas;Din A;Dinas Aa\n"
        "kota;Kota;;pemerintah_daerah;\n"
    ).replace("Din A;Dinas Aa", '"Din A;Dinas Aa"')
    report = load(text, "opd.csv")
    assert report.created == ["kota", "dinas-a", "uptd-a"]
    assert report.aliases == 2
    assert path_names("uptd-a") == ["kota", "dinas-a"]


def test_a_dry_run_tells_the_same_and_writes_nothing():
    make_opd("kecamatan-timur", kind="kecamatan")
    before = stored()
    told = load(CITY, dry_run=True)
    assert [row for row in stored() if "dinas-kesehatan" in row[0]] == []
    assert stored() == before
    assert load(CITY) == told


BROKEN = {
    "a ring by parents": ("- {name: a, induk: b}\n- {name: b, induk: a}\n", "a › b › a"),
    "a ring by a YAML anchor": ("- &a\n  name: a\n  unit: [*a]\n", "met again"),
    "two parents": (
        "- {name: a, unit: [{name: c}]}\n- {name: b, unit: [{name: c}]}\n",
        "line 2 (b › c)",
    ),
    "an unknown parent": ("- {name: a}\n- {name: b, induk: tiada}\n", '"tiada"'),
    "an unknown key": ("- {name: a, jeniss: dinas}\n", "jeniss"),
    "no name": ("- {name: a}\n- {jenis: dinas}\n", "line 2"),
    "a list of texts": ("- a\n- b\n", "mapping"),
    "units that are no list": ("- {name: a, unit: b}\n", "list"),
    "no YAML": ("- {name: a\n", "YAML"),
    "an alias of two": ("- {name: a, alias: X}\n- {name: b, alias: x}\n", "line 2"),
    "a name CKAN refuses": ("- {name: aa}\n- {name: 'Nama Salah!'}\n", "line 2"),
    "too deep": (
        "- {name: a, unit: [{name: b, unit: [{name: c, unit: [{name: d, unit: [{name: e, unit:"
        " [{name: f, unit: [{name: g, unit: [{name: h, unit: [{name: i}]}]}]}]}]}]}]}]}\n",
        "9 levels",
    ),
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_file_is_refused_whole_with_the_place(case):
    make_opd("ada")
    text, told = BROKEN[case]
    user = make_user("sysadmin")["name"]
    before = stored()
    with pytest.raises(structure.StructureError) as refused:
        loader.load(structure.read(text.encode(), "opd.yaml"), user)
    assert told in str(refused.value)
    assert stored() == before


def test_a_ring_with_what_the_portal_has_is_refused():
    make_opd("bawah", make_opd("atas"))
    with pytest.raises(structure.StructureError):
        load("- {name: atas, induk: bawah}\n")
    assert path_names("bawah") == ["atas"]


def test_the_command_reports_and_fails_clearly(cli, tmp_path):
    file = tmp_path / "opd.yaml"
    file.write_text(CITY)
    done = cli.invoke(ckan, ["satudata", "opd", "load", str(file)])
    assert done.exit_code == 0, done.output
    assert "5 created" in done.output
    file.write_text("- {name: a, induk: b}\n- {name: b, induk: a}\n")
    failed = cli.invoke(ckan, ["satudata", "opd", "load", str(file)])
    assert failed.exit_code == 1
    assert "Nothing was written" in failed.output


def test_several_fields_of_affairs_are_one_list_and_the_second_load_changes_nothing():
    text = """
- name: dinas-uji
  bidang_urusan: ["1.01", "2.10"]
  admin_unit: Subbagian Program
  admin_sk_nomor: 800/12/2026
  admin_sk_tanggal: 2026-01-12
  situs: https://dinas-uji.example
  kop_surat: "PEMERINTAH KOTA UJI\\nDINAS UJI"
"""
    load(text)
    shown = call_action("organization_show", id="dinas-uji")
    assert shown["sd_bidang_urusan"] == ["1.01", "2.10"]
    assert (shown["sd_admin_unit"], shown["sd_admin_sk_nomor"], shown["sd_admin_sk_tanggal"]) == (
        "Subbagian Program",
        "800/12/2026",
        "2026-01-12",
    )
    assert shown["sd_kop_surat"].splitlines() == ["PEMERINTAH KOTA UJI", "DINAS UJI"]
    assert load(text).unchanged == ["dinas-uji"]
    table = "name,title,bidang_urusan\ndinas-dua,Dinas Dua,1.01; 2.10\n"
    load(table, filename="struktur.csv")
    assert call_action("organization_show", id="dinas-dua")["sd_bidang_urusan"] == ["1.01", "2.10"]
