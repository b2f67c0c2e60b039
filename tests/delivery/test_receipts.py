"""Tanda terima: one for each content delivered, numbered without a gap, page, paper, rights."""

from __future__ import annotations

import datetime as dt
import threading

import ckan.model as model
import pytest
import sqlalchemy as sa
from ckan.plugins import toolkit
from ckan.tests.helpers import call_action

from ckanext.satudata import clock
from ckanext.satudata.delivery import receipts
from ckanext.satudata.delivery.model import Event, Receipt
from tests.delivery.conftest import OTHER, TABLE, deliver, upload
from tests.factories import make_dataset, make_item, make_opd, make_user
from tests.papers import text_of

NEW_YEAR = dt.datetime(2025, 12, 31, 17, 0, tzinfo=dt.timezone.utc)


def issued() -> list[Receipt]:
    model.Session.expire_all()
    return list(model.Session.scalars(sa.select(Receipt).order_by(Receipt.at, Receipt.number)))


def test_one_receipt_for_one_file_whatever_number_of_periods(dataset, opd):
    resource = deliver(dataset, "2023", "2024")
    (receipt,) = issued()
    events = model.Session.scalars(sa.select(Event)).all()
    assert receipt.event_ids == [event.id for event in events]
    assert (receipt.sha256, receipt.bytes) == (events[0].sha256, len(TABLE))
    assert (receipt.resource_id, receipt.package_id, receipt.org_id, receipt.filename) == (
        resource["id"], dataset["id"], opd["id"], "data.csv",
    )  # fmt: skip


def test_edits_links_and_withdrawals_get_none(dataset):
    resource = deliver(dataset, "2024")
    call_action("resource_patch", id=resource["id"], upload=upload())
    call_action("package_patch", id=dataset["id"], title="Lain", private=True)
    call_action("resource_create", package_id=dataset["id"], url="http://x", sd_periode="2023")
    call_action("resource_delete", id=resource["id"])
    assert len(issued()) == 1


def test_numbers_run_in_the_local_year_without_a_gap(dataset):
    with clock.at(NEW_YEAR - dt.timedelta(seconds=1)):
        resource = deliver(dataset, "2023")
    with clock.at(NEW_YEAR):
        deliver(dataset, "2024")
        call_action("resource_patch", id=resource["id"], upload=upload(OTHER))
    assert [one.number for one in issued()] == [
        "TT-2025-000001",
        "TT-2026-000001",
        "TT-2026-000002",
    ]


def test_two_at_once_get_two_numbers(dataset):
    deliver(dataset, "2024")
    (known,) = model.Session.execute(sa.text("SELECT * FROM satudata_event")).mappings().all()
    model.Session.commit()
    ready = threading.Barrier(2)

    def issue():
        with model.ensure_engine().connect() as connection, connection.begin():
            ready.wait(10)
            receipts.issue(connection, [{**known, "id": known["id"]}])

    threads = [threading.Thread(target=issue) for _ in range(2)]
    for one in threads:
        one.start()
    for one in threads:
        one.join(30)
    year = issued()[0].number.split("-")[1]
    assert [one.number for one in issued()] == [f"TT-{year}-00000{n}" for n in (1, 2, 3)]


def test_receipts_refuse_change(dataset):
    deliver(dataset, "2024")
    model.Session.execute(sa.text("SET LOCAL satudata.append_only = 'on'"))
    with pytest.raises(sa.exc.DBAPIError, match="is refused"):
        model.Session.execute(sa.text("UPDATE satudata_receipt SET sha256 = ''"))
    model.Session.rollback()


def test_show_and_list_answer_the_same(dataset, opd, item):
    deliver(dataset, "2024")
    number = issued()[0].number
    shown = call_action("satudata_receipt_show", number=number)
    assert [(line["item_id"], line["period"], line["kind"]) for line in shown["lines"]] == [
        (item.id, "2024", "delivered")
    ]
    assert shown["kept"]
    assert shown["current"]
    for asked in (
        {"org_id": opd["name"]},
        {"package_id": dataset["name"]},
        {"resource_id": shown["resource_id"]},
    ):
        found = call_action("satudata_receipt_list", **asked)
        assert found["count"] == 1
        assert found["rows"] == [{k: v for k, v in shown.items() if k not in ("lines", "kept")}]
    call_action("resource_delete", id=shown["resource_id"])
    assert not call_action("satudata_receipt_show", number=number)["current"]


@pytest.mark.parametrize("asked", [{}, {"org_id": "a", "package_id": "b"}])
def test_a_list_is_of_exactly_one_thing(clean_portal, asked):
    with pytest.raises(toolkit.ValidationError):
        call_action("satudata_receipt_list", **asked)


@pytest.mark.parametrize("asked", [{"org_id": "tak-ada"}, {"package_id": "a\0b"}])
def test_what_is_not_there_is_not_found(clean_portal, asked):
    with pytest.raises(toolkit.ObjectNotFound):
        call_action("satudata_receipt_list", **asked)


def test_a_private_dataset_is_withheld_from_an_officer(opd):
    dataset = make_dataset(opd, sd_item=make_item(opd).id, private=True, title="Rahasia Sekali")
    deliver(dataset, "2024")
    number = issued()[0].number
    officer, editor = make_user(), make_user("editor", opd)
    call_action("satudata_officer_create", user=officer["name"], office="pembina_data")
    for user, withheld in ((officer, True), (editor, False)):
        context = {"user": user["name"], "ignore_auth": False}
        shown = call_action("satudata_receipt_show", context, number=number)
        assert shown["private"] is withheld
        assert (shown["package_title"], shown["filename"]) == (
            (None, None) if withheld else ("Rahasia Sekali", "data.csv")
        )


def test_the_former_owner_keeps_its_receipt(dataset, opd):
    deliver(dataset, "2024")
    other = make_opd("dinas-lain", {"name": "pemerintah-kota-uji"})
    call_action("package_owner_org_update", id=dataset["id"], organization_id=other["id"])
    for org in (opd, other):
        context = {"user": make_user("editor", org)["name"], "ignore_auth": False}
        assert call_action("satudata_receipt_show", context, number=issued()[0].number)
    stranger = make_opd("dinas-asing", {"name": "pemerintah-kota-uji"})
    context = {"user": make_user("editor", stranger)["name"], "ignore_auth": False}
    with pytest.raises(toolkit.NotAuthorized):
        call_action("satudata_receipt_show", context, number=issued()[0].number)


def test_the_receipt_outlives_dataset_and_name_of_that_day(dataset, opd):
    deliver(dataset, "2024")
    number = issued()[0].number
    call_action("organization_patch", id=opd["id"], title="Dinas Baru")
    call_action("dataset_purge", id=dataset["id"])
    shown = call_action("satudata_receipt_show", number=number)
    assert (shown["package_title"], shown["filename"]) == (None, "data.csv")
    assert shown["org_title"] == "Dinas Uji"
    assert shown["kept"]


def test_pages_and_paper(app, dataset, opd):
    deliver(dataset, "2024")
    receipt = issued()[0]
    editor = make_user("editor", opd)
    headers = {"Authorization": editor["token"]}
    page = app.get(f"/satudata/tanda-terima/{receipt.number}", headers=headers)
    assert receipt.sha256 in page.body
    assert "data.csv" in page.body
    every = app.get(f"/satudata/tanda-terima/opd/{opd['name']}", headers=headers)
    assert receipt.number in every.body
    at_dataset = app.get(f"/dataset/{dataset['name']}", headers=headers)
    assert receipt.number in at_dataset.body
    paper = app.get(f"/satudata/tanda-terima/{receipt.number}.pdf", headers=headers)
    assert paper.headers["Content-Type"] == "application/pdf"
    text = text_of(paper.data)
    assert receipt.number in text
    assert receipt.sha256 in text.replace("\n", "")
    for path in (f"/{receipt.number}", f"/{receipt.number}.pdf", f"/opd/{opd['name']}"):
        assert app.get(f"/satudata/tanda-terima{path}", status=403)
    assert app.get("/satudata/tanda-terima/TT-2026-999999", headers=headers, status=403)
    assert receipt.number not in app.get(f"/dataset/{dataset['name']}").body


def test_after_an_upload_by_the_form_the_next_page_tells_the_receipt(app, dataset, opd):
    editor = make_user("editor", opd)
    answer = app.post(
        toolkit.url_for("dataset_resource.new", id=dataset["name"]),
        headers={"Authorization": editor["token"]},
        data={
            "id": "",
            "save": "go-metadata",
            "name": "Berkas",
            "sd_periode": "2024",
            "format": "CSV",
            "upload": (upload().stream, "data.csv"),
        },
        follow_redirects=False,
    )
    assert answer.status_code == 302, answer.body[:2000]
    (receipt,) = issued()
    with app.flask_app.test_request_context(headers={"Cookie": answer.headers["Set-Cookie"]}):
        from flask import get_flashed_messages

        said = " ".join(str(message) for message in get_flashed_messages())
    assert f"/satudata/tanda-terima/{receipt.number}" in said
