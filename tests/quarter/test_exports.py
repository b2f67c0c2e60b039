"""The files of the report: the rows of the page, whatever is filtered, however long they take."""

from __future__ import annotations

import csv
import datetime as dt
import io
import itertools
import json

import ckan.model as model
import openpyxl
import pytest
import sqlalchemy as sa
from bs4 import BeautifulSoup
from ckan.plugins import toolkit
from ckan.tests.helpers import call_action
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from ckanext.satudata import clock
from ckanext.satudata.export import neutralise
from ckanext.satudata.quarter import standing, states
from ckanext.satudata.report import export_runs, exports, report
from ckanext.satudata.report.model import ExportRun
from ckanext.satudata.rules.status import STATUSES
from tests.factories import make_opd, make_user
from tests.papers import text_of
from tests.quarter.conftest import Portal, wib
from tests.quarter.walking import TW1, Walk, deliver, yearly_duty

IN_MAY = wib("2025-05-02")
PAGE = "/satudata/kepatuhan/2025/1"


@pytest.fixture
def reported(portal):
    """Duties of four organisations in several statuses, one with a name like a formula."""
    other = make_opd("badan-uji", portal.root, kind="badan")
    portal.readers = {"walidata": make_user("admin", portal.root)}
    portal.readers["editor"] = make_user("editor", portal.opd)
    portal.orgs = [portal.root, portal.opd, portal.unit, other]
    names = itertools.cycle(["Jumlah dokter", "=SUM(pasar)", "100% jalan_rusak", "Padi, jagung"])
    for number, org in enumerate([portal.opd, portal.unit, other] * 3):
        duty = portal.duty(org=org, name=f"{next(names)} {number}", priority=number % 2 == 0)
        if number in (0, 3):
            portal.deliver(duty, wib("2025-03-20"), private=number == 0, title="Judul Rahasia")
        if number in (1, 4):
            portal.deliver(duty, wib("2025-04-15"), content=b"a,b\n1,\n1,\n")
    portal.duty(due="2024-12-31", period="2023", name="Tunggakan lama")
    portal.compute(IN_MAY)
    with clock.at(IN_MAY):
        yield portal


def get(app, user, url):
    return app.get(url, headers={"Authorization": user["token"]}, follow_redirects=False)


def page_ids(app, user, query):
    """Ids of the rows on all pages, in order."""
    found = []
    for number in itertools.count(1):
        page = BeautifulSoup(get(app, user, f"{PAGE}?{query}&page={number}").body, "html.parser")
        links = page.select("section[aria-labelledby=duties] tbody th a")
        if not links:
            return found
        found += [link["href"].rsplit("/", 1)[1] for link in links]


def in_xlsx(content):
    book = openpyxl.load_workbook(io.BytesIO(content), read_only=True)
    return [list(row) for row in book.active.iter_rows(values_only=True)]


def as_text(value):
    """A cell as every format can hold it: a spreadsheet knows no difference of 0 and 0.0."""
    value = "" if value is None else neutralise(value)
    try:
        return f"{float(value):.4f}"
    except ValueError:
        return str(value)


def test_page_csv_xlsx_json_and_api_are_the_same_rows(app, reported, monkeypatch):
    """Whatever is filtered, whoever reads; the cells too, as far as a format can hold them."""
    monkeypatch.setattr("ckanext.satudata.report.views.PAGE_SIZE", 4)
    orgs = [None, *(org["id"] for org in reported.orgs)]
    seen = set()

    @settings(
        max_examples=12,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(
        reader=st.sampled_from(sorted(reported.readers)),
        org=st.sampled_from(orgs),
        status=st.sampled_from([None, "tidak_menyampaikan", "terlambat", "patuh", STATUSES[0]]),
        kind=st.sampled_from([None, "dinas", "uptd"]),
        priority=st.booleans(),
        q=st.sampled_from([None, "jumlah", "=sum", "%", "dinas uji", "tak ada"]),
        span=st.sampled_from(["cumulative", "quarter"]),
    )
    def hold(reader, priority, **asked):
        user = reported.readers[reader]
        asked = {name: value for name, value in asked.items() if value}
        if priority:
            asked["priority"] = "1"
        query = toolkit.url_for("home.index", **asked).partition("?")[2]
        api = call_action("satudata_report_rows", {"user": user["name"]}, year=2025, tw=1, **asked)
        ids = [row["obligation_id"] for row in api["rows"]]
        assert page_ids(app, user, query) == ids
        text = get(app, user, f"{PAGE}.csv?{query}").data.decode("utf-8-sig")
        heading, *lines = csv.reader(io.StringIO(text))
        from_csv = [[as_text(cell) for cell in line] for line in lines]
        assert [row[-1] for row in from_csv] == ids
        names, *from_xlsx = in_xlsx(get(app, user, f"{PAGE}.xlsx?{query}").data)
        assert names == heading
        from_json = json.loads(get(app, user, f"{PAGE}.json?{query}").data)["rows"]
        keys = [column.key for column in exports.COLUMNS]
        assert [[as_text(row[key]) for key in keys] for row in from_json] == from_csv
        assert [[as_text(cell) for cell in row] for row in from_xlsx] == from_csv
        for row, cells in zip(api["rows"], from_json, strict=True):
            assert (row["item_name"], row["reason"]) == (cells["item"], cells["reason"])
            assert cells["score"] == (None if row["s"] is None else round(float(row["s"]), 2))
        seen.add(len(ids))

    hold()
    assert len(seen) > 3, "the filters made no difference"


def test_the_pdf_has_the_same_rows(app, reported):
    user = reported.readers["editor"]
    api = call_action("satudata_report_rows", {"user": user["name"]}, year=2025, tw=1)
    text = " ".join(text_of(get(app, user, f"{PAGE}.pdf").data).split())
    places = [text.find(row["item_name"]) for row in api["rows"]]
    assert -1 not in places
    assert places == sorted(places)
    assert f"{api['total']} baris" in text or f"{api['total']} rows" in text
    assert "badan" not in text.lower().replace("lembaga", "")


def test_no_cell_is_run_as_a_formula(app, reported):
    user = reported.readers["walidata"]
    text = get(app, user, f"{PAGE}.csv").data.decode("utf-8-sig")
    assert "'=SUM(pasar)" in text
    assert ",=SUM" not in text
    for row in in_xlsx(get(app, user, f"{PAGE}.xlsx").data):
        assert not any(str(cell).startswith("=") for cell in row)


def test_a_long_file_is_made_by_a_job(app, reported, monkeypatch):
    user = reported.readers["walidata"]
    monkeypatch.setitem(exports.DIRECT, "csv", 3)
    assert get(app, user, f"{PAGE}.csv").status_code == 302
    page = BeautifulSoup(get(app, user, f"{PAGE}?tab=duties").body, "html.parser")
    form = page.select_one("form[action='/satudata/ekspor'] input[name=format][value=csv]")
    assert form is not None
    asked = {"year": 2025, "tw": 1, "format": "csv", "org": "dinas-uji"}
    run = call_action("satudata_export_create", {"user": user["name"]}, **asked)
    assert (run["state"], run["done"], run["url"]) == ("queued", 0, None)
    waiting = get(app, user, f"/satudata/ekspor/{run['id']}")
    assert "<progress" in waiting.body
    assert get(app, user, f"/satudata/ekspor/{run['id']}/{run['filename']}").status_code == 404
    (job,) = [job for job in toolkit.get_job_queue().jobs if run["id"] in job.args]
    job.func(*job.args)
    done = call_action("satudata_export_show", {"user": user["name"]}, id=run["id"])
    assert (done["state"], done["done"], done["total"]) == ("done", 6, 6)
    file = app.get(done["url"], headers={"Authorization": user["token"]})
    monkeypatch.setitem(exports.DIRECT, "csv", 100)
    direct = get(app, user, f"{PAGE}.csv?org=dinas-uji")
    assert file.data == direct.data


def test_nobody_else_gets_a_file_and_it_is_forgotten_after_a_day(app, reported):
    user = reported.readers["editor"]
    run = call_action("satudata_export_create", {"user": user["name"]}, year=2025, tw=1)
    export_runs.work(run["id"])
    other = reported.readers["walidata"]
    for path in (run["id"], f"{run['id']}/{run['filename']}"):
        assert get(app, user, f"/satudata/ekspor/{path}").status_code == 200
        assert get(app, other, f"/satudata/ekspor/{path}").status_code == 403
    with clock.at(IN_MAY + dt.timedelta(hours=25)):
        call_action("satudata_export_create", {"user": user["name"]}, year=2025, tw=1)
    assert model.Session.get(ExportRun, run["id"], populate_existing=True) is None
    assert get(app, user, f"/satudata/ekspor/{run['id']}").status_code == 403


def test_a_job_writes_what_its_reader_may_see(reported):
    user = reported.readers["editor"]
    run = call_action(
        "satudata_export_create", {"user": user["name"]}, year=2025, tw=1, format="json"
    )
    export_runs.work(run["id"])
    stored = model.Session.get(ExportRun, run["id"], populate_existing=True)
    organizations = {row["organization"] for row in json.loads(stored.content)["rows"]}
    assert organizations == {"Dinas Uji", "Uptd Uji"}


def test_a_job_that_fails_says_so(reported, monkeypatch):
    user = reported.readers["walidata"]
    run = call_action("satudata_export_create", {"user": user["name"]}, year=2025, tw=1)
    monkeypatch.setattr(report, "_ORDER", " ORDER BY 1/(r.tw - r.tw)")
    with pytest.raises(Exception, match="division"):
        export_runs.work(run["id"])
    shown = call_action("satudata_export_show", {"user": user["name"]}, id=run["id"])
    assert shown["state"] == "failed"


@pytest.mark.parametrize(
    ("asked", "field"),
    [({"format": "exe"}, "format"), ({"tw": 5}, "tw"), ({"revision": "x"}, "revision")],
)
def test_wrong_wishes_are_refused(reported, asked, field):
    user = reported.readers["walidata"]
    with pytest.raises(toolkit.ValidationError) as refused:
        call_action(
            "satudata_export_create", {"user": user["name"]}, **{"year": 2025, "tw": 1, **asked}
        )
    assert field in refused.value.error_dict
    assert model.Session.scalar(sa.select(sa.func.count()).select_from(ExportRun)) == 0


def test_a_pdf_that_nobody_would_read_is_refused(reported, monkeypatch):
    monkeypatch.setattr(exports, "MOST_IN_PDF", 3)
    user = reported.readers["walidata"]
    with pytest.raises(toolkit.ValidationError, match="PDF"):
        call_action("satudata_export_create", {"user": user["name"]}, year=2025, tw=1, format="pdf")


@pytest.fixture
def frozen(clean_portal):
    """TW I 2025, made final and revised; then the organisation and the item got other names."""
    with clock.at(wib("2024-01-02")):
        portal = Portal()
        portal.walidata = make_user("admin", portal.root)
    portal.done = yearly_duty(portal.opd, name="Jumlah dokter")
    portal.open = yearly_duty(portal.opd, name="Jumlah bidan")
    walk = Walk()
    walk("terbuka")
    deliver(portal, portal.done, wib("2025-03-20"))
    walk("final")
    return portal


def test_a_final_quarter_keeps_its_names_and_its_files(app, frozen):
    user = frozen.walidata
    with clock.at(wib("2025-08-01")):
        before = get(app, user, f"{PAGE}.csv").data
        call_action("organization_patch", id=frozen.opd["id"], title="Dinas Baru")
        frozen.compute(wib("2025-08-01"))
        assert get(app, user, f"{PAGE}.csv").data == before
        page = get(app, user, PAGE).body
        assert (
            "Dinas Uji" in BeautifulSoup(page, "html.parser").select_one("#opd").parent.parent.text
        )
        shown = call_action("satudata_report_show", {"user": user["name"]}, year=2025, tw=1)
        assert shown["revision"] == 0
        assert shown["sha256"] in get(app, user, f"{PAGE}.json").data.decode()
        assert "Dinas Baru" not in [one["title"] for one in shown["organizations"]]


def test_an_earlier_record_is_read_by_its_revision(app, frozen):
    user = frozen.walidata
    with clock.at(wib("2025-08-04")):
        states.revise(TW1, None, number="9/2025", reason="Putusan")
        model.Session.commit()
    with clock.at(wib("2025-08-05")):
        if standing.of(TW1).state != standing.FINAL:
            states.finalise(TW1, None)
            model.Session.commit()
        shown = call_action("satudata_report_show", {"user": user["name"]}, year=2025, tw=1)
        assert shown["revisions"] == [1, 0]
        first = call_action(
            "satudata_report_show", {"user": user["name"]}, year=2025, tw=1, revision=0
        )
        assert (shown["revision"], first["revision"]) == (1, 0)
        assert first["sha256"] != shown["sha256"]
        earlier = f"{PAGE}?revision=0&tab=duties"
        page = BeautifulSoup(get(app, user, earlier).body, "html.parser")
        assert "A later revision has replaced it." in page.text
        assert page.select_one("input[name=revision][value='0']")
        name = get(app, user, f"{PAGE}.csv?revision=0").headers["Content-Disposition"]
        assert "revisi-0" in name
        assert get(app, user, f"{PAGE}?revision=2").status_code == 404


def test_a_file_is_out_of_reach_after_a_day_and_one_whose_worker_was_stopped_has_failed(
    app, reported
):
    user = reported.readers["editor"]
    context = {"user": user["name"]}
    with clock.at(IN_MAY):
        done, left = (
            call_action("satudata_export_create", context, year=2025, tw=1) for _nr in range(2)
        )
        export_runs.work(done["id"])
    for hours, state in ((0.9, "queued"), (1.1, "failed")):
        with clock.at(IN_MAY + dt.timedelta(hours=hours)):
            shown = call_action("satudata_export_show", context, id=left["id"])
            assert (shown["state"], shown["url"]) == (state, None)
            assert call_action("satudata_export_show", context, id=done["id"])["state"] == "done"
    with clock.at(IN_MAY + dt.timedelta(hours=25)):
        with pytest.raises(toolkit.ObjectNotFound):
            call_action("satudata_export_show", context, id=done["id"])
        address = f"/satudata/ekspor/{done['id']}/{done['filename']}"
        assert get(app, user, address).status_code in (403, 404)
