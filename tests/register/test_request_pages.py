"""Pages of requests for data and of windows."""

from __future__ import annotations

from bs4 import BeautifulSoup
from ckan.tests.helpers import call_action

from tests.factories import make_item
from tests.register.deciding import text
from tests.register.test_requests import REQUEST, WINDOW


def test_a_request_from_search_to_its_page(app, offices):
    item = make_item(offices["dinas"], "Titik banjir", theme="Bencana")
    page = app.get("/satudata/permintaan?q=banjir", headers=offices["walidata"])
    assert f'value="{item.id}"' in page.body
    form = {**REQUEST, "items": [item.id]}
    refused = app.post(
        "/satudata/permintaan", data={**form, "due": "2026-03-03"}, headers=offices["walidata"]
    )
    assert "Leave at least 5 working days" in refused.body
    box = BeautifulSoup(refused.body, "html.parser").find(id=f"item-{item.id}")
    assert box.has_attr("checked")
    done = app.post("/satudata/permintaan", data=form, headers=offices["walidata"])
    assert "1 duty was made" in done.body
    assert "Titik banjir" in done.body
    shown = app.get("/satudata/permintaan", headers=offices["editor"]).body
    assert REQUEST["title"] in shown
    assert "New request" not in shown
    app.post("/satudata/permintaan", data=form, headers=offices["editor"], status=403)
    app.get("/satudata/permintaan", status=403)


def test_a_window_from_form_to_close(app, offices):
    form = {
        **WINDOW,
        "deadline_name": ["Data prioritas", "Data lainnya", ""],
        "deadline_day": ["2026-03-20", "2026-03-31", ""],
    }
    del form["deadlines"]
    page = "/satudata/jendela"
    refused = app.post(page, data={**form, "name": ""}, headers=offices["walidata"])
    assert "Give the window a name." in refused.body
    kept = BeautifulSoup(refused.body, "html.parser").find(id="deadline-name-1")
    assert kept["value"] == "Data lainnya"
    app.post(page, data=form, headers=offices["walidata"])
    shown = app.get(page, headers=offices["editor"]).body
    assert "Data prioritas: 20 March 2026" in shown
    assert "Close before its time" not in shown
    (made,) = call_action("satudata_window_list")
    app.post(
        f"{page}/{made['id']}/tutup",
        data={"number": "1", "reason": "x"},
        headers=offices["editor"],
        status=403,
    )
    app.post(
        f"{page}/{made['id']}/tutup",
        data={"number": "1", "reason": "x"},
        headers=offices["walidata"],
    )
    assert call_action("satudata_window_list")[0]["state"] == "closed"


def test_the_opd_sees_the_countdown_on_the_page_of_its_duties(app, offices):
    call_action("satudata_window_create", **{**WINDOW, "opens": "2026-03-01"})
    page = app.get("/satudata/opd/dinas/kewajiban", headers=offices["editor"])
    assert "Data prioritas until 20 March 2026" in text(page)
    assert "18 days left" in text(page)
