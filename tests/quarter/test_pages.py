"""The report, its files and the page of what an OPD owes, through the running application."""

from __future__ import annotations

import csv
import datetime as dt
import io
import re

import ckan.model as model
import openpyxl
import pytest
import sqlalchemy as sa
from bs4 import BeautifulSoup
from ckan.tests import helpers

from ckanext.satudata import clock
from ckanext.satudata.delivery import jobs
from ckanext.satudata.judging import live
from ckanext.satudata.register import obligations, rhythms
from ckanext.satudata.register.model import ItemRhythm, Obligation
from ckanext.satudata.report import report
from tests.counting import counted_statements
from tests.factories import make_dataset, make_item, make_opd, make_root, make_user

pytestmark = pytest.mark.usefixtures("clean_portal")

NOW = dt.datetime(2026, 4, 2, 3, 0, tzinfo=dt.timezone.utc)
"""Two days after the duties of TW I fell due, before its cutoff."""
REPORT = "/satudata/kepatuhan/2026/1"
DUTIES = REPORT + "?tab=duties"
BOARD = "/satudata/peringkat/2026/1"


@pytest.fixture
def city():
    """A root, two offices and a unit; three duties of TW I 2026, one delivered on time."""
    root = make_root()
    health = make_opd("dinas-kesehatan", root)
    clinic = make_opd("puskesmas", health, kind="uptd")
    trade = make_opd("dinas-perdagangan", root)
    items = {
        "done": make_item(health, "Jumlah dokter"),
        "unit": make_item(clinic, "Jumlah pasien", priority=True),
        "open": make_item(trade, "=SUM(pasar)"),
    }
    for item in items.values():
        owe_yearly(item)
    model.Session.commit()
    obligations.ensure(dt.date(2026, 12, 31), dt.date(2026, 1, 1))
    with clock.at(dt.datetime(2026, 3, 10, tzinfo=dt.timezone.utc)):
        dataset = make_dataset(health, title="Rahasia dokter", private=True)
        helpers.call_action(
            "resource_create",
            package_id=dataset["id"],
            upload=_upload("kecamatan,jumlah\nUtara,3\nSelatan,4\n"),
            url="dokter.csv",
            format="CSV",
            sd_items=[items["done"].id],
            sd_periode=["2025"],
        )
        jobs.check_pending()
    with clock.at(NOW):
        live.recompute()
        yield {"root": root, "health": health, "clinic": clinic, "trade": trade, "items": items}


def owe_yearly(item):
    for rhythm in rhythms.read("Tahunan", "Maret n+1"):
        model.Session.add(ItemRhythm(item_id=item.id, since=dt.date(2025, 6, 1), **rhythm.values()))


def _upload(text):
    from werkzeug.datastructures import FileStorage

    return FileStorage(io.BytesIO(text.encode()), "dokter.csv")


@pytest.fixture
def walidata(city):
    return make_user("admin", city["root"])


def get(app, user, url, status=200):
    headers = {"Authorization": user["token"]} if user else {}
    return app.get(url, headers=headers, status=status, follow_redirects=False)


def read(app, user, url):
    return BeautifulSoup(get(app, user, url).body, "html.parser")


def items_shown(page):
    return [one.get_text(strip=True) for one in page.select("section th .fw-semibold")]


def organizations_shown(page):
    return [one.get_text(strip=True) for one in page.select("section tbody th a:not(.badge)")]


def test_the_tree_opens_level_by_level_and_unit_by_unit(app, city, walidata):
    page = read(app, walidata, REPORT)
    assert organizations_shown(page) == [
        "Pemerintah Kota Uji",
        "Dinas Kesehatan",
        "Dinas Perdagangan",
    ]
    unfold = page.find("a", string=re.compile(r"\+ 1 unit"))
    below = read(app, walidata, unfold["href"])
    assert organizations_shown(below) == ["Dinas Kesehatan", "Puskesmas"]
    back = read(app, walidata, below.select_one("a.btn:has(.fa-arrow-left)")["href"])
    assert organizations_shown(back) == organizations_shown(page)
    whole = read(app, walidata, page.find("a", string="3")["href"])
    assert len(organizations_shown(whole)) == 4
    assert "Level 1" in page.get_text()
    assert len(organizations_shown(read(app, walidata, f"{REPORT}?depth=1"))) == 1


def test_who_filters_duties_sees_them(app, city, walidata):
    assert items_shown(read(app, walidata, REPORT)) == []
    for query in ("tab=duties", "page=1", "q=Jumlah", "priority=1", "kind=uptd"):
        assert items_shown(read(app, walidata, f"{REPORT}?{query}")), query


def test_an_organisation_and_depth_narrow_what_the_api_answers_and_not_the_totals(city, walidata):
    def ask(**given):
        return helpers.call_action(
            "satudata_report_show", {"user": walidata["name"]}, year=2026, tw=1, **given
        )

    whole = ask()
    assert [one["below"] for one in whole["organizations"]] == [2, 1, 0, 0]
    assert whole["levels"] == [0, 1, 2]
    for given, count in (({"depth": 1}, 1), ({"depth": 2}, 3), ({"org": "puskesmas"}, 1)):
        part = ask(**given)
        assert part["totals"] == whole["totals"], given
        assert len(part["organizations"]) == count, given
        for one in part["organizations"]:
            assert one["units"] == next(
                known["units"]
                for known in whole["organizations"]
                if known["org_id"] == one["org_id"]
            )
    nobody = ask(org="no-such-organisation")
    assert nobody["organizations"] == []
    assert nobody["totals"] == whole["totals"]


def test_not_delivered_come_first(app, city, walidata):
    shown = items_shown(read(app, walidata, DUTIES))
    assert shown[-1] == "Jumlah dokter"
    assert set(shown[:2]) == {"Jumlah pasien", "=SUM(pasar)"}


def test_an_office_pools_its_units_and_shows_its_own(app, city, walidata):
    page = read(app, walidata, REPORT)
    row = page.find("a", string="Dinas Kesehatan").find_parent("tr")
    due = row.find("td", attrs={"data-label": "Due"}).get_text(" ", strip=True)
    assert due == "2 1"


def test_page_csv_xlsx_and_api_have_the_same_rows(app, city, walidata):
    for query in (
        "",
        "?status=terlambat",
        "?q=pasien",
        f"?org={city['health']['id']}",
        "?priority=1",
    ):
        page = items_shown(read(app, walidata, DUTIES + query.replace("?", "&")))
        text = get(app, walidata, f"{REPORT}.csv{query}").data.decode("utf-8-sig")
        in_csv = [row["Data"].removeprefix("'") for row in csv.DictReader(io.StringIO(text))]
        book = openpyxl.load_workbook(
            io.BytesIO(get(app, walidata, f"{REPORT}.xlsx{query}").data), read_only=True
        )
        heading, *cells = book.active.iter_rows(values_only=True)
        in_xlsx = [row[heading.index("Data")].removeprefix("'") for row in cells]
        filters = dict(part.split("=") for part in query[1:].split("&") if part)
        api = helpers.call_action(
            "satudata_report_rows", {"user": walidata["name"]}, year=2026, tw=1, **filters
        )
        assert page == in_csv == in_xlsx == [row["item_name"] for row in api["rows"]], query
        assert page, query


def test_cells_that_look_like_formulas_are_neutralised(app, city, walidata):
    text = get(app, walidata, REPORT + ".csv").data.decode("utf-8-sig")
    assert "'=SUM(pasar)" in text
    assert ",=SUM" not in text


def test_an_officer_sees_no_title_of_a_private_dataset(app, city, walidata):
    officer = make_user()
    helpers.call_action(
        "satudata_officer_create", {"user": walidata["name"]}, user=officer["name"],
        office="sekda",
    )  # fmt: skip
    for url in (DUTIES, REPORT + ".csv", "/satudata/opd/dinas-kesehatan/kewajiban"):
        assert "Rahasia dokter" not in get(app, officer, url).data.decode()
        assert "Rahasia dokter" in get(app, walidata, url).data.decode()


def test_an_editor_sees_his_own_part_only(app, city):
    editor = make_user("editor", city["trade"])
    assert items_shown(read(app, editor, DUTIES)) == ["=SUM(pasar)"]
    assert organizations_shown(read(app, editor, REPORT)) == ["Dinas Perdagangan"]
    get(app, editor, "/satudata/opd/dinas-kesehatan/kewajiban", status=403)


def test_visitors_see_no_report(app, city):
    for url in (REPORT, REPORT + ".csv", "/satudata/opd/puskesmas/kewajiban"):
        get(app, None, url, status=403)


@pytest.mark.parametrize("path", ["2026/5", "2026/0", "0/1", "99999/1"])
def test_no_such_quarter(app, city, walidata, path):
    get(app, walidata, f"/satudata/kepatuhan/{path}", status=404)


def test_a_quarter_without_duties_says_so(app, city, walidata):
    page = read(app, walidata, "/satudata/kepatuhan/2024/2")
    assert "No data falls due in this quarter." in page.get_text()


def test_the_picker_leads_to_the_quarter(app, city, walidata):
    answer = get(app, walidata, "/satudata/kepatuhan?tw=2025-TW3&span=quarter", status=302)
    assert answer.headers["Location"].endswith("/satudata/kepatuhan/2025/3?span=quarter")


def test_the_page_says_when_it_was_computed_and_warns_when_that_is_long_ago(app, city, walidata):
    assert "As of 2 April 2026 10.00 WIB" in read(app, walidata, REPORT).get_text()
    with clock.at(NOW + dt.timedelta(hours=25)):
        assert "more than 24 hours old" in read(app, walidata, REPORT).get_text()


def test_an_opd_sees_what_it_owes_and_starts_the_dataset_from_there(app, city):
    editor = make_user("editor", city["clinic"])
    page = read(app, editor, "/satudata/opd/puskesmas/kewajiban")
    overdue = page.find(id="overdue").find_parent("section")
    assert "Jumlah pasien" in overdue.get_text()
    assert re.search(r"\+\d+\.\d+ points", overdue.get_text())
    link = overdue.select_one("a[href*='/dataset/new']")["href"]
    form = read(app, editor, link)
    assert form.find("input", attrs={"name": "title"})["value"] == "Jumlah pasien"
    assert city["items"]["unit"].id in str(form)


def test_a_further_period_is_added_to_the_dataset_that_holds_the_item(app, city):
    editor = make_user("editor", city["health"])
    with clock.at(dt.datetime(2027, 4, 5, tzinfo=dt.timezone.utc)):
        obligations.ensure(dt.date(2027, 12, 31), dt.date(2026, 4, 2))
        live.recompute()
        page = read(app, editor, "/satudata/opd/dinas-kesehatan/kewajiban")
        link = page.select_one("a[href*='/resource/new']")["href"]
        form = read(app, editor, link)
    assert form.find("input", attrs={"name": "sd_periode"})["value"] == "2026"
    chosen = form.find("select", attrs={"name": "sd_items"}).find("option", selected=True)
    assert chosen["value"] == city["items"]["done"].id


def test_own_duties_lead_to_the_one_organisation(app, city):
    editor = make_user("editor", city["trade"])
    answer = get(app, editor, "/satudata/kewajiban", status=302)
    assert answer.headers["Location"].endswith(f"/satudata/opd/{city['trade']['id']}/kewajiban")
    helpers.call_action(
        "member_create", id=city["clinic"]["id"], object=editor["id"], object_type="user",
        capacity="editor",
    )  # fmt: skip
    assert "Puskesmas" in read(app, editor, "/satudata/kewajiban").get_text()


def test_first_page_by_rights(app, city, walidata):
    target = get(app, walidata, "/satudata", status=302).headers["Location"]
    assert target.endswith("/satudata/kepatuhan/2026/2")
    assert get(app, None, "/satudata", status=302).headers["Location"].endswith("/satudata/opd")


@pytest.mark.ckan_config("ckanext.satudata.example_notice", "Kota ini rekaan")
def test_made_up_data_are_marked_on_every_page(app, city, walidata):
    for url in ("/", "/dataset/", "/satudata/opd", REPORT, "/user/login"):
        assert "Kota ini rekaan" in get(app, walidata, url).body, url


HUGE = "9" * 23


@pytest.mark.parametrize(
    "query", [f"page={HUGE}", f"depth={HUGE}", "depth=%C2%B2", "depth=0", "q=%25"]
)
def test_a_senseless_query_finds_nothing_and_breaks_nothing(app, city, query):
    reader = {"Authorization": make_user("admin", city["root"])["token"]}
    assert app.get(f"{REPORT}?{query}", headers=reader).status_code == 200


@pytest.mark.parametrize("name", ["q", "org", "status", "kind"])
def test_a_sign_that_cannot_be_read_is_told(app, city, name):
    reader = {"Authorization": make_user("admin", city["root"])["token"]}
    assert app.get(f"{REPORT}?{name}=%00", headers=reader).status_code == 400


def test_the_api_refuses_no_page_number_with_a_fault(app, city):
    for page, size in ((int(HUGE), 50), (2, int(HUGE))):
        found = helpers.call_action(
            "satudata_report_rows", year=2026, tw=1, page=page, page_size=size
        )
        assert found["rows"] == []


def test_a_failed_statement_does_not_poison_the_answers_after_it(app, city, monkeypatch):
    reader = {"Authorization": make_user("admin", city["root"])["token"]}
    with monkeypatch.context() as patch:
        patch.setattr(report, "_ORDER", " ORDER BY 1/(r.tw - r.tw)")
        patch.setitem(app.flask_app.config, "PROPAGATE_EXCEPTIONS", False)
        answer = app.get(DUTIES, headers=reader, status=500)
        assert "<html" in answer.text
    assert app.get(DUTIES, headers=reader).status_code == 200


@pytest.mark.parametrize(
    "address",
    [
        REPORT, DUTIES, f"{REPORT}.csv", BOARD, "/satudata/tahun/2026", "/satudata/tunggakan",
        "/satudata/opd/dinas-kesehatan/tren", "/satudata/opd/dinas-kesehatan/kewajiban",
        "/satudata/triwulan/2026/1", "/satudata/pemeriksaan", "duty",
    ],
)  # fmt: skip
def test_no_page_computes_a_score(app, city, walidata, address):
    """Pages read what the jobs wrote: no step of the evaluation, nothing but reading."""
    if address == "duty":
        owed = model.Session.scalars(sa.select(Obligation.id).limit(1)).one()
        address = f"/satudata/kewajiban/{owed}"
    get(app, walidata, address)
    with counted_statements() as statements:
        get(app, walidata, address)
    assert statements
    wrong = [
        one
        for one in statements
        if "eval_" in one or not re.match(r"SELECT|WITH|UPDATE api_token SET last_access", one)
    ]
    assert not wrong


@pytest.mark.parametrize(
    "page",
    [REPORT, f"{REPORT}?depth=3", DUTIES, BOARD, f"{BOARD}?part=units"],
)
def test_more_rows_ask_the_database_no_more_often(app, city, walidata, page):
    def ask():
        get(app, walidata, page)
        with counted_statements() as statements:
            body = get(app, walidata, page).body
        return statements, body

    few, before = ask()
    for number in range(4):
        office = make_opd(f"dinas-lain-{number}", city["root"])
        for org in (office, make_opd(f"uptd-{number}", office, kind="uptd")):
            owe_yearly(make_item(org, f"Jumlah lain {org['name']}"))
    model.Session.commit()
    obligations.ensure(dt.date(2026, 12, 31), dt.date(2026, 1, 1))
    live.recompute()
    many, after = ask()
    assert after.count("<tr>") >= before.count("<tr>") + 4
    assert len(many) == len(few), sorted(set(many) - set(few))


def test_a_refusal_says_why_and_what_helps(app, city):
    stranger = make_user()
    for address, reason in ((REPORT, "The report is for the walidata"), (BOARD, "for members")):
        answer = app.get(address, headers={"Authorization": stranger["token"]})
        assert (answer.status_code, reason in answer.body) == (403, True)
        answer = app.get(address, follow_redirects=False)
        assert (answer.status_code, "Log in first" in answer.body) == (403, True)
