"""Who has which governance paper: states, who sees what of it, page and files."""

from __future__ import annotations

import csv
import io

import ckan.model as model
import openpyxl
import pytest
from bs4 import BeautifulSoup
from ckan.plugins import toolkit
from ckan.tests.helpers import call_action

from ckanext.satudata.opd import papers
from tests.factories import make_dataset, make_opd, make_root, make_user

pytestmark = pytest.mark.usefixtures("clean_portal")

TODAY = "2026-07-01"
YESTERDAY = "2026-06-30"


@pytest.fixture(autouse=True)
def today(monkeypatch):
    monkeypatch.setattr(papers, "today", lambda: TODAY)


def make_paper(org: dict, kind: str = "sk_admin", file: bool = True, **fields) -> dict:
    """A governance paper of the organisation, private unless said otherwise."""
    fields.setdefault("private", True)
    if file:
        fields["resources"] = [{"url": "http://example.com/sk.pdf", "name": "SK"}]
    return make_dataset(org, type="dokumen", sd_jenis_dokumen=kind, **fields)


@pytest.fixture
def city():
    root = make_root(title="Kota Uji")
    opds = {"root": root, "dinas": make_opd("dinas", root, title="Dinas Kesehatan")}
    opds["uptd"] = make_opd("uptd", opds["dinas"], kind="uptd", title="Puskesmas")
    for name in ("timur", "barat"):
        opds[name] = make_opd(name, root, kind="kecamatan", title=f"Kecamatan {name.title()}")
    opds["luar"] = make_opd("bps", root, kind="instansi_vertikal", title="BPS Kota")
    return opds


def ask(user: dict | None = None, **filters) -> dict:
    context = {"user": user["name"] if user else "", "ignore_auth": False}
    return call_action("satudata_paper_coverage", context, **filters)


def states(kind: str = "sk_admin", user: dict | None = None) -> dict[str, str]:
    found = ask(user or make_user("sysadmin"), kind=kind)
    return {row["org_name"]: row["state"] for row in found["rows"]}


def test_every_organisation_that_answers_has_one_state_for_each_kind(city):
    make_paper(city["dinas"])
    make_paper(city["timur"], sd_berlaku_sampai=YESTERDAY)
    make_paper(city["barat"], file=False)
    assert states() == {"dinas": "valid", "timur": "expired", "barat": "no_file"}
    assert states("sop_satu_data") == dict.fromkeys(("dinas", "timur", "barat"), "none")
    found = ask(make_user("sysadmin"))
    assert len(found["rows"]) == 3 * len(papers.kind_labels())
    total = found["totals"][0]
    assert (total["kind"], total["organizations"]) == ("sk_admin", 3)
    assert [total[state] for state in papers.STATES] == [1, 1, 1, 0]


@pytest.mark.parametrize(
    ("until", "state"),
    [(TODAY, "valid"), (YESTERDAY, "expired"), ("", "valid"), ("2028-01-01", "valid")],
)
def test_a_paper_holds_on_its_last_day(city, until, state):
    make_paper(city["dinas"], sd_berlaku_sampai=until)
    assert states()["dinas"] == state


def test_a_date_stored_by_others_breaks_nothing(city):
    paper = make_paper(city["dinas"])
    package = model.Package.get(paper["id"])
    package.extras = {**package.extras, "sd_berlaku_sampai": "31/12/2020", "sd_tanggal": "kemarin"}
    model.Session.commit()
    (row,) = ask(make_user("sysadmin"), kind="sk_admin", state="valid")["rows"]
    assert (row["date"], row["valid_until"]) == ("kemarin", "31/12/2020")


def test_the_best_of_several_papers_counts(city):
    make_paper(city["dinas"], sd_nomor="lama", sd_berlaku_sampai=YESTERDAY)
    make_paper(city["dinas"], sd_nomor="tanpa berkas", file=False)
    assert states()["dinas"] == "no_file"
    make_paper(city["dinas"], sd_nomor="berakhir", sd_berlaku_sampai="2027-01-01")
    make_paper(city["dinas"], sd_nomor="2024", sd_tanggal="2024-01-01")
    make_paper(city["dinas"], sd_nomor="2025", sd_tanggal="2025-01-01")
    (row,) = ask(make_user("sysadmin"), kind="sk_admin", state="valid")["rows"]
    assert row["number"] == "2025"


def test_a_paper_counts_for_its_owner_and_some_kinds_of_the_region_for_all(city):
    make_paper(city["root"])
    make_paper(city["uptd"])
    assert set(states().values()) == {"none"}
    make_paper(city["root"], "pedoman", sd_nomor="5")
    assert states("pedoman") == dict.fromkeys(("dinas", "timur", "barat"), "valid")
    make_paper(city["dinas"], "pedoman", sd_nomor="6")
    rows = ask(make_user("sysadmin"), kind="pedoman")["rows"]
    told = {row["org_name"]: (row["number"], row["of_region"]) for row in rows}
    assert told == {"dinas": ("6", False), "timur": ("5", True), "barat": ("5", True)}


def test_deleted_papers_drafts_and_other_types_do_not_count(city):
    call_action("package_delete", id=make_paper(city["dinas"])["id"])
    make_paper(city["timur"], state="draft")
    make_dataset(city["barat"], extras=[{"key": "sd_jenis_dokumen", "value": "sk_admin"}])
    assert set(states().values()) == {"none"}


def test_filters(city):
    make_paper(city["timur"])
    walidata = make_user("admin", city["root"])
    found = ask(walidata, kind="sk_admin", org_kind="kecamatan")
    assert [row["org_name"] for row in found["rows"]] == ["barat", "timur"]
    assert (found["totals"][0]["valid"], found["totals"][0]["organizations"]) == (1, 2)
    assert found["org_kinds"] == ["dinas", "kecamatan"]
    without = ask(walidata, kind="sk_admin", state="none")["rows"]
    assert [row["org_name"] for row in without] == ["dinas", "barat"]
    for wrong in ({"kind": "lainnya"}, {"state": "x"}):
        with pytest.raises(toolkit.ValidationError):
            ask(walidata, **wrong)


@pytest.fixture
def readers(city) -> dict[str, dict]:
    bps = make_user()
    call_action("satudata_officer_create", user=bps["name"], office="koordinator")
    return {
        "sysadmin": make_user("sysadmin"),
        "walidata": make_user("admin", city["root"]),
        "officer": bps,
        "own member": make_user("member", city["dinas"]),
        "own editor": make_user("editor", city["dinas"]),
        "unit editor": make_user("editor", city["uptd"]),
        "other editor": make_user("editor", city["timur"]),
    }


def test_rows_and_details_are_shown_to_those_who_may_see_them(city, readers):
    make_paper(city["dinas"], sd_nomor="800/1", title="Rahasia", sd_tanggal="2026-01-05")
    everyone, details = {"dinas", "timur", "barat"}, {}
    rows = {}
    for reader, user in readers.items():
        found = {row["org_name"]: row for row in ask(user, kind="sk_admin")["rows"]}
        rows[reader] = set(found)
        own = found.get("dinas", {})
        assert own.get("state", "valid") == "valid"
        details[reader] = [own.get(name) for name in ("title", "number", "date", "name")]
    assert rows == {
        "sysadmin": everyone, "walidata": everyone, "officer": everyone, "own member": {"dinas"},
        "own editor": {"dinas"}, "unit editor": {"dinas"}, "other editor": {"timur"},
    }  # fmt: skip
    may_read = {"sysadmin", "walidata", "own member", "own editor"}
    assert {reader for reader, found in details.items() if found[1] == "800/1"} == may_read
    assert all(found == [None] * 4 for reader, found in details.items() if reader not in may_read)


def test_what_is_published_is_shown_to_all_who_see_the_row(city, readers):
    make_paper(city["dinas"], sd_nomor="800/1", private=False)
    for reader in ("officer", "unit editor"):
        (row,) = ask(readers[reader], kind="sk_admin", state="valid")["rows"]
        assert row["number"] == "800/1"


def test_strangers_are_refused(city, app):
    for user in (None, make_user()):
        with pytest.raises(toolkit.NotAuthorized):
            ask(user)
        headers = {"Authorization": user["token"]} if user else {}
        for address in ("/satudata/dokumen", "/satudata/dokumen.csv"):
            assert app.get(address, headers=headers).status_code == 403


def test_page_and_files_say_the_same(city, readers, app):
    make_paper(city["dinas"], sd_nomor="=1+1", title="Rahasia", sd_tanggal="2026-01-05")
    headers = {"Authorization": readers["walidata"]["token"]}
    page = BeautifulSoup(app.get("/satudata/dokumen?kind=sk_admin", headers=headers).body)
    bars = [bar["aria-label"] for bar in page.select("svg.satudata-bar")]
    assert bars[0] == "Decree naming the data admin: Valid 1, Missing 2"
    assert "1 of 3" in page.get_text()
    table = page.select("table")[-1]
    shown = [[cell.get_text(" ", strip=True) for cell in row.select("th, td")]
             for row in table.select("tbody tr")]  # fmt: skip
    assert shown[0] == ["Dinas Kesehatan", "Decree naming the data admin", "Valid", "=1+1",
                        "5 January 2026", "no end"]  # fmt: skip
    assert [row[2] for row in shown] == ["Valid", "Missing", "Missing"]

    text = app.get("/satudata/dokumen.csv?kind=sk_admin", headers=headers).data.decode("utf-8-sig")
    lines = list(csv.reader(io.StringIO(text)))
    assert lines[1] == ["Dinas Kesehatan", "Office (dinas)", "Decree naming the data admin",
                        "Valid", "'=1+1", "2026-01-05", "", "Rahasia"]  # fmt: skip
    book = app.get("/satudata/dokumen.xlsx?kind=sk_admin&state=none", headers=headers).data
    sheet = openpyxl.load_workbook(io.BytesIO(book)).active
    assert [cell.value for cell in sheet["A"]][1:] == ["Kecamatan Barat", "Kecamatan Timur"]

    other = {"Authorization": readers["officer"]["token"]}
    for address in ("/satudata/dokumen", "/satudata/dokumen.csv"):
        body = app.get(address, headers=other).body
        assert "Rahasia" not in body
        assert "1+1" not in body
    for wrong in ("kind=x", "state=x"):
        assert app.get(f"/satudata/dokumen?{wrong}", headers=headers).status_code == 404


def test_without_a_choice_each_organisation_is_one_line(city, readers, app):
    make_paper(city["dinas"], name="sk-dinas")
    make_paper(city["root"], "pedoman")
    headers = {"Authorization": readers["walidata"]["token"]}
    page = BeautifulSoup(app.get("/satudata/dokumen?org_kind=dinas", headers=headers).body)
    (line,) = page.select("table")[-1].select("tbody tr")
    shown = [cell.get_text(" ", strip=True) for cell in line.select("th, td")]
    assert shown[:3] == ["Dinas Kesehatan", "Valid", "– Missing"]
    assert "Valid of the region" in shown
    assert "/dokumen/sk-dinas" in {a["href"] for a in line.select("a")}


def test_members_find_the_pages_in_the_navigation(city, readers, app):
    headers = {"Authorization": readers["own member"]["token"]}
    for address in ("/satudata/opd", "/satudata/dokumen", "/kegiatan/"):
        links = {a["href"] for a in BeautifulSoup(app.get(address, headers=headers).body).select(
            ".satudata-nav a")}  # fmt: skip
        assert {"/satudata/dokumen", "/kegiatan/"} <= links
    tabs = BeautifulSoup(app.get("/organization/dinas", headers=headers).body).select(
        ".page-header a"
    )
    assert {"/kegiatan/?organization=dinas", "/dokumen/?organization=dinas"} <= {
        a["href"] for a in tabs
    }
    anonymous = app.get("/satudata/opd").body
    assert "/satudata/dokumen" not in anonymous


@pytest.mark.ckan_config("scheming.dataset_schemas", "ckanext.satudata:schemas/dataset.yaml")
def test_a_portal_without_the_form_has_a_page_that_says_so(city, readers, app):
    headers = {"Authorization": readers["walidata"]["token"]}
    assert "scheming.dataset_schemas" in app.get("/satudata/dokumen", headers=headers).body
    for address in ("/satudata/opd", "/organization/dinas"):
        body = app.get(address, headers=headers).body
        assert "/kegiatan/" not in body
        assert "/dokumen/" not in body
    assert ask(readers["walidata"]) == {"totals": [], "org_kinds": [], "rows": []}
