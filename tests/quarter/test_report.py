"""What the report's actions give to whom; they read what the job computed."""

from __future__ import annotations

import json

import pytest
from ckan.plugins import toolkit
from ckan.tests.helpers import call_action, call_auth
from redis import ConnectionPool, Redis

from ckanext.satudata import clock
from ckanext.satudata.quarter import jobs
from ckanext.satudata.report import report
from tests.factories import make_dataset, make_opd, make_user
from tests.quarter.conftest import wib

TW1 = {"year": 2025, "tw": 1}
IN_MAY = wib("2025-05-02")


def as_user(user, action, **data):
    name = user["name"] if user else ""
    return toolkit.get_action(action)({"user": name}, data)


@pytest.fixture
def reported(portal):
    portal.delivered = portal.duty(name="Jumlah Puskesmas", priority=True)
    portal.missing = portal.duty(name="Jumlah Posyandu", org=portal.unit)
    portal.other = make_opd("badan-uji", portal.root, kind="badan")
    portal.elsewhere = portal.duty(name="100% Jalan_Rusak", org=portal.other)
    portal.held = portal.deliver(
        portal.delivered, wib("2025-03-20"), private=True, title="Judul Rahasia"
    )
    portal.compute(IN_MAY)
    with clock.at(IN_MAY):
        yield portal


def test_undelivered_rows_come_first_with_reasons(reported):
    user = make_user("admin", reported.root)
    found = as_user(user, "satudata_report_rows", **TW1)
    names = [row["item_name"] for row in found["rows"]]
    assert names[-1] == "Jumlah Puskesmas"
    assert found["total"] == 3
    assert "31 March 2025" in found["rows"][0]["reason"]
    assert found["rows"][-1]["status"] == "patuh"


@pytest.mark.parametrize(
    ("filters", "names"),
    [
        ({"status": "patuh"}, {"Jumlah Puskesmas"}),
        ({"priority": True}, {"Jumlah Puskesmas"}),
        ({"kind": "uptd"}, {"Jumlah Posyandu"}),
        ({"org": "dinas-uji"}, {"Jumlah Puskesmas", "Jumlah Posyandu"}),
        ({"q": "jumlah dinas"}, {"Jumlah Puskesmas"}),
        ({"q": "100% jalan_"}, {"100% Jalan_Rusak"}),
        ({"q": "%"}, {"100% Jalan_Rusak"}),
        ({"q": "' OR 1=1 --"}, set()),
    ],
)
def test_filters(reported, filters, names):
    user = make_user("admin", reported.root)
    found = as_user(user, "satudata_report_rows", **TW1, **filters)
    assert {row["item_name"] for row in found["rows"]} == names
    assert found["total"] == len(names)


def test_pages_cover_all_rows_once(reported):
    user = make_user("sysadmin")
    pages = [
        as_user(user, "satudata_report_rows", **TW1, page=page, page_size=2) for page in (1, 2, 3)
    ]
    assert [len(page["rows"]) for page in pages] == [2, 1, 0]
    assert {page["total"] for page in pages} == {3}
    ids = [row["obligation_id"] for page in pages for row in page["rows"]]
    assert len(set(ids)) == 3


def test_a_private_title_goes_only_to_readers_of_the_dataset(reported):
    officer = make_user()
    call_action(
        "satudata_officer_create",
        {"user": make_user("sysadmin")["name"]},
        user=officer["name"],
        office="sekda",
    )
    readers = {
        "walidata": (make_user("admin", reported.root), True),
        "editor": (make_user("editor", reported.opd), True),
        "officer": (officer, False),
    }
    for role, (user, sees) in readers.items():
        found = as_user(user, "satudata_report_rows", **TW1, status="patuh")
        (row,) = found["rows"]
        assert row["private"] is not sees, role
        assert ("Judul Rahasia" in repr(found)) is sees, role
        assert (reported.held.dataset["name"] in repr(found)) is sees, role


def test_editors_see_their_own_branch(reported):
    editor = make_user("editor", reported.opd)
    shown = as_user(editor, "satudata_report_show", **TW1)
    assert [one["name"] for one in shown["organizations"]] == ["dinas-uji", "uptd-uji"]
    assert shown["totals"]["due"] == 2
    rows = as_user(editor, "satudata_report_rows", **TW1, org="badan-uji")
    assert rows["rows"] == []
    with pytest.raises(toolkit.NotAuthorized):
        as_user(editor, "satudata_obligation_list", org_id=reported.other["id"])


def test_visitors_and_plain_users_see_nothing(reported):
    for name in ("", make_user()["name"], make_user("member", reported.opd)["name"]):
        for action in ("satudata_report_show", "satudata_report_rows"):
            with pytest.raises(toolkit.NotAuthorized):
                call_auth(action, {"user": name, "model": None}, **TW1)


def test_the_summary_has_the_tree_the_time_and_what_is_not_measured(reported):
    shown = as_user(make_user("sysadmin"), "satudata_report_show", **TW1)
    assert shown["organizations"][0]["name"] == reported.root["name"]
    assert shown["computed"] == IN_MAY
    assert not shown["stale"]
    assert shown["quarters"][0] == (2025, 2)
    assert "expected_units" in shown["not_measured"]
    with clock.at(wib("2025-05-04")):
        assert report.summary(2025, 1)["stale"]


def test_what_an_opd_owes_and_what_it_gains(reported):
    editor = make_user("editor", reported.opd)
    duty = reported.duty(due="2025-05-30", period="2025-Q1", name="Jumlah Dokter")
    reported.compute(IN_MAY)
    found = as_user(editor, "satudata_obligation_list", org_id="dinas-uji")
    by_name = {row["item_name"]: row for row in found["rows"]}
    assert set(by_name) == {"Jumlah Puskesmas", "Jumlah Posyandu", "Jumlah Dokter"}
    assert by_name["Jumlah Dokter"]["gain"] == 100
    assert by_name["Jumlah Posyandu"]["gain"] == 75
    assert by_name["Jumlah Posyandu"]["advice"]
    assert by_name["Jumlah Puskesmas"]["gain"] is None
    assert duty.id == by_name["Jumlah Dokter"]["obligation_id"]


def test_arrears_of_an_earlier_year_are_owed_until_delivered(reported):
    editor = make_user("admin", reported.opd)
    with clock.at(wib("2026-02-03")):
        reported.compute(wib("2026-02-03"))
        found = as_user(editor, "satudata_obligation_list", org_id="dinas-uji")
        assert [row["item_name"] for row in found["rows"]] == ["Jumlah Posyandu"]
        assert "tunggakan" in found["rows"][0]["flags"]
        reported.deliver(reported.missing, wib("2026-02-03"))
        reported.compute(wib("2026-02-03"))
        assert as_user(editor, "satudata_obligation_list", org_id="dinas-uji")["rows"] == []


def test_the_api_answers_in_json(app, reported):
    user = make_user("admin", reported.root)
    for action, data in (
        ("satudata_report_show", TW1),
        ("satudata_report_rows", TW1),
        ("satudata_obligation_list", {"org_id": reported.opd["id"]}),
    ):
        answer = app.get(
            toolkit.url_for("api.action", ver=3, logic_function=action, **data),
            headers={"Authorization": user["token"]},
        )
        assert json.loads(answer.body)["success"], action


def test_wrong_quarters_are_refused(reported):
    user = make_user("sysadmin")
    for data in (
        {"year": 2025, "tw": 5},
        {"year": "x", "tw": 1},
        {"year": 0, "tw": 1},
        {"year": 10_000, "tw": 1},
        {"tw": 1},
    ):
        with pytest.raises(toolkit.ValidationError):
            as_user(user, "satudata_report_show", **data)


def test_a_save_queues_one_job_that_makes_the_result(portal):
    duty = portal.duty()
    portal.compute(wib("2025-03-01"))
    portal.deliver(duty, wib("2025-03-20"), check=False)
    titles = [job.meta["title"] for job in toolkit.get_job_queue().jobs]
    assert titles.count("satudata: refresh the live result") == 1
    with clock.at(wib("2025-03-21")):
        jobs.refresh_touched()
    assert portal.row(duty).status == "patuh"


def test_a_save_that_delivers_nothing_queues_nothing(portal):
    toolkit.get_job_queue().empty()
    dataset = make_dataset(portal.opd)
    call_action("package_patch", id=dataset["id"], notes="Lain")
    assert toolkit.get_job_queue().jobs == []


def test_a_queue_that_is_down_does_not_break_the_saving(portal, monkeypatch, caplog):
    duty = portal.duty()
    # As CKAN makes it: a client without a pool of ours tries for seconds, each time.
    nobody_listens = Redis(connection_pool=ConnectionPool(host="127.0.0.1", port=1))
    monkeypatch.setattr(jobs, "connect_to_redis", lambda: nobody_listens)
    assert portal.deliver(duty, wib("2025-03-20")).id
    assert "was not queued" in caplog.text


def test_new_duties_are_computed_without_a_note(portal):
    portal.duty()
    portal.compute(IN_MAY)
    late = portal.duty(org=portal.unit)
    with clock.at(IN_MAY):
        jobs.refresh_touched()
    assert portal.row(late).status == "tidak_menyampaikan"


def test_the_command_computes(cli, portal):
    from ckan.cli.cli import ckan

    duty = portal.duty()
    result = cli.invoke(ckan, ["satudata", "hitung", "--all"])
    assert result.exit_code == 0, result.output
    assert "Computed:" in result.output
    assert portal.row(duty).status == "tidak_menyampaikan"
