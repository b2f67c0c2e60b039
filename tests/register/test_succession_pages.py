"""The pages of organisations over time, through the running app."""

from __future__ import annotations

import ckan.model as model
import pytest
import sqlalchemy as sa
from bs4 import BeautifulSoup

from ckanext.satudata.opd.model import Succession
from tests.factories import make_item, make_opd, make_user

NEW = "/satudata/suksesi/baru"
FIELDS = {
    "kind": "merge",
    "from_org": "dinas-kehutanan",
    "to_org": "dinas-lingkungan-hidup",
    "day": "2026-08-01",
    "number": "Perda 3/2026",
    "reason": "Susunan perangkat daerah yang baru",
    "units": "move",
    "datasets": "stay",
}


@pytest.fixture
def walidata(city):
    return {"Authorization": make_user("admin", city["root"])["token"]}


def page(response):
    return BeautifulSoup(response.body, "html.parser")


def records() -> int:
    return model.Session.scalar(sa.select(sa.func.count()).select_from(Succession))


def hidden(soup) -> dict[str, str]:
    form = soup.select_one("section.alert form")
    return {one["name"]: one["value"] for one in form.select("input[type=hidden]")}


def test_preview_then_confirmation_then_both_pages_say_it(app, city, walidata):
    make_item(city["dishut"], "Luas hutan")
    make_opd("uptd-hutan", city["dishut"], kind="uptd", title="UPTD Hutan")
    preview = page(app.post(NEW, data=FIELDS, headers=walidata))
    told = preview.select_one("section.alert").get_text(" ")
    assert "1 item of the register" in told
    assert "UPTD Hutan" in told
    assert records() == 0
    again = app.post(NEW, data=hidden(preview), headers=walidata, follow_redirects=False)
    assert again.location.endswith("/satudata/suksesi")
    assert records() == 1
    old = page(app.get("/organization/dinas-kehutanan")).select_one(".satudata-succession")
    new = page(app.get("/organization/dinas-lingkungan-hidup")).select_one(".satudata-succession")
    assert 'is part of "Dinas Lingkungan Hidup"' in old.get_text()
    assert old.select_one("a")["href"].endswith("/organization/dinas-lingkungan-hidup")
    assert 'carries on the data duties of "Dinas Kehutanan"' in new.get_text()
    assert "Perda 3/2026" in old.get_text()
    listed = page(app.get("/satudata/suksesi")).select_one("table").get_text(" ")
    assert "Perda 3/2026" in listed


def test_a_fault_is_said_and_what_was_typed_stays(app, city, walidata):
    faulty = page(app.post(NEW, data={**FIELDS, "to_org": ""}, headers=walidata))
    assert "Choose an active organisation." in faulty.select_one(".alert-danger").get_text()
    assert faulty.select_one("#succession-number")["value"] == "Perda 3/2026"
    assert faulty.select_one("#succession-from option[selected]")["value"] == "dinas-kehutanan"
    unnumbered = {**FIELDS, "number": "", "do": "confirm"}
    faulty = page(app.post(NEW, data=unnumbered, headers=walidata))
    assert "number of the letter" in faulty.select_one(".alert-danger").get_text()
    assert records() == 0


def test_a_split_offers_the_data_to_choose_from(app, city, walidata):
    item = make_item(city["dishut"], "Luas hutan")
    split = {**FIELDS, "kind": "split"}
    form = page(app.post(NEW, data=split, headers=walidata))
    boxes = form.select("input[name=items]")
    assert [box["value"] for box in boxes] == [item.id]
    preview = page(app.post(NEW, data={**split, "items": item.id}, headers=walidata))
    app.post(NEW, data=hidden(preview), headers=walidata)
    model.Session.expire_all()
    assert model.Session.get(type(item), item.id).org_id == city["dlh"]["id"]


@pytest.mark.parametrize("role", ["admin", "editor"])
def test_an_opd_neither_opens_nor_sends_the_form(app, city, role):
    own = {"Authorization": make_user(role, city["dishut"])["token"]}
    app.get(NEW, headers=own, status=403)
    app.post(NEW, data={**FIELDS, "do": "confirm"}, headers=own, status=403)
    assert records() == 0


def test_a_title_with_markup_is_text(app, city, walidata):
    fields = {**FIELDS, "kind": "rename", "to_org": "", "title": "<b>Dinas</b>"}
    app.post(NEW, data={**fields, "do": "confirm"}, headers=walidata)
    body = app.get("/organization/dinas-kehutanan").body
    assert "<b>Dinas</b>" not in body
    assert "&lt;b&gt;Dinas&lt;/b&gt;" in body


def test_who_answers_for_whom(app, city, walidata):
    unit = make_opd("uptd-hutan", city["dishut"], kind="uptd", title="UPTD Hutan")
    make_item(city["dishut"])
    make_item(unit)
    shown = page(app.get("/satudata/penanggung", headers=walidata))
    row = next(tr for tr in shown.select("tbody tr") if "Dinas Kehutanan" in tr.th.get_text())
    cells = [td.get_text(" ", strip=True) for td in row.select("td")]
    assert "UPTD Hutan" in cells[0]
    assert cells[1] == "2"
    assert not any(tr.th.get_text(strip=True) == "UPTD Hutan" for tr in shown.select("tbody tr"))
    app.get("/satudata/penanggung?year=abc", headers=walidata, status=404)
    assert app.get("/satudata/penanggung", follow_redirects=False).status_code in (302, 403)
