"""Pages of requests for data and of windows."""

from __future__ import annotations

import ckan.model as model
from bs4 import BeautifulSoup
from ckan.tests.helpers import call_action

from ckanext.satudata.register.model import DataRequest
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


def test_requests_are_read_page_by_page(app, offices):
    made = call_action("satudata_request_create", **REQUEST, items=[make_item(offices["dinas"]).id])
    first = model.Session.get(DataRequest, made["id"])
    copied = {name: getattr(first, name) for name in _COPIED}
    # The same day and number: only their ids tell them apart.
    model.Session.add_all(DataRequest(**copied) for _number in range(51))
    model.Session.commit()
    listed = call_action("satudata_request_list", limit=10, offset=50)
    assert (listed["count"], len(listed["results"])) == (52, 2)
    seen = []
    for address in ("/satudata/permintaan", "/satudata/permintaan?page=2"):
        page = BeautifulSoup(app.get(address, headers=offices["editor"]).body, "html.parser")
        seen.append({link["href"] for link in page.select("tbody th a")})
        assert page.select("ul.pagination a[href]")
    assert [len(links) for links in seen] == [50, 2]
    assert len(seen[0] | seen[1]) == 52


_COPIED = ("number", "dated", "title", "requester", "due", "decision_id", "created")


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
