"""The pages of the yearly round and of amendments, used as people use them."""

from __future__ import annotations

import datetime as dt

import ckan.model as model
import pytest
import sqlalchemy as sa
from bs4 import BeautifulSoup

from ckanext.satudata import clock
from ckanext.satudata.register import decisions
from ckanext.satudata.register.model import Decision, Item, Proposal, Round
from tests.factories import make_item, make_user
from tests.metadata.conftest import Browser
from tests.register.test_amendments import LETTER, owe

NOVEMBER = dt.datetime(2026, 11, 2, 3, tzinfo=dt.timezone.utc)
DECEMBER = dt.datetime(2026, 12, 18, 3, tzinfo=dt.timezone.utc)
ROUND = "/satudata/penyusunan/2027"


@pytest.fixture(autouse=True)
def in_november():
    with clock.at(NOVEMBER):
        yield


@pytest.fixture
def walidata(app, city):
    return Browser(app, make_user("admin", city["root"])["token"])


@pytest.fixture
def dinkes(app, city):
    return Browser(app, make_user("editor", city["dinkes"])["token"])


def post(browser, url, **data):
    return browser.app.post(url, data=data, headers=browser.headers)


def text(page):
    return " ".join((page if isinstance(page, BeautifulSoup) else Browser.parse(page)).text.split())


def values(page):
    """What the proposals on a page say of each field."""
    return [" ".join(each.text.split()) for each in page.select("article dd")]


def one(kind):
    model.Session.expire_all()
    return model.Session.scalars(sa.select(kind)).one()


def test_a_round_by_its_pages(walidata, dinkes, city):
    item = owe(city["dinkes"])
    opened = post(walidata, "/satudata/penyusunan", year="2027", proposals_until="2026-11-13")
    assert "OPDs may propose" in text(opened)
    # The OPD sees its item with what it may propose, and proposes a change with the whole form.
    page = dinkes.get(ROUND)
    links = [a["href"] for a in page.select(f"a[href*='item={item.id}']")]
    assert len(links) == 3
    form = f"{ROUND}/usulan?action=change&item={item.id}"
    assert dict(dinkes.form(form, "reason"))["name"] == "Kasus DBD"
    answer = dinkes.save(
        form, "reason", name="Kasus dengue", reason="Istilah baru", contributors=None
    )
    assert answer.status_code == 302
    proposal = one(Proposal)
    assert proposal.values == {"name": "Kasus dengue"}
    shown = text(dinkes.get(ROUND))
    assert "Kasus dengue" in shown
    assert "Istilah baru" in shown
    assert "Kasus DBD → Kasus dengue" in shown
    with clock.at(DECEMBER):
        post(walidata, f"{ROUND}/pembahasan")
        refused = post(walidata, f"{ROUND}/usulan/{proposal.id}/jawab", agree="false", note="")
        assert "Write why" in text(refused)
        post(walidata, f"{ROUND}/usulan/{proposal.id}/jawab", agree="true", note="Disepakati")
        page = walidata.get(ROUND)
        assert "Disepakati" in text(page)
        missing = post(walidata, f"{ROUND}/penetapan", number="112", reason="SK")
        assert "Must be filled in" in text(missing)
        assert 'value="112"' in missing.body
        assert one(Round).state == "pembahasan"
        done = post(
            walidata, f"{ROUND}/penetapan", number="112", reason="SK", dated="",
            minutes_number="BA/1", minutes_dated="2026-12-01",
        )  # fmt: skip
        assert "is established" in text(done)
        # Then it is told from the log, since the item is as it was proposed by now.
        assert "Kasus DBD → Kasus dengue" in text(dinkes.get(ROUND))
        item_page = text(dinkes.get(f"/satudata/daftar-data/butir/{item.id}"))
    assert "Kasus DBD → Kasus dengue" in item_page
    assert "112" in item_page


def test_a_proposed_change_stands_beside_what_is_in_the_register(walidata, dinkes, city):
    item = owe(city["dinkes"])
    item.contributors = [city["dishut"]["id"]]
    model.Session.commit()
    post(walidata, "/satudata/penyusunan", year="2027", proposals_until="2026-11-13")
    answer = dinkes.save(
        f"{ROUND}/usulan?action=change&item={item.id}",
        "reason",
        frequency="Tahunan",
        schedule="Maret n+1",
        contributors=city["dlh"]["id"],
        reason="Renstra",
    )
    assert answer.status_code == 302
    assert values(dinkes.get(ROUND)) == [
        "Bulanan → Tahunan",
        "tahun berjalan bulan (n+1) → Maret n+1",
        "Dinas Kehutanan → Dinas Lingkungan Hidup",
    ]
    # What was refused is no news of the item that others may change after the decree.
    with clock.at(DECEMBER):
        post(walidata, f"{ROUND}/pembahasan")
        post(walidata, f"{ROUND}/usulan/{one(Proposal).id}/jawab", agree="false", note="Tetap")
        assert "Bulanan → Tahunan" in text(dinkes.get(ROUND))
        post(
            walidata, f"{ROUND}/penetapan", number="112", reason="SK", dated="",
            minutes_number="BA/1", minutes_dated="2026-12-01",
        )  # fmt: skip
        shown = dinkes.get(ROUND)
    assert one(Round).state == "ditetapkan"
    assert "Tahunan" in values(shown)
    assert "→" not in " ".join(values(shown))


def test_a_refused_proposal_keeps_what_was_typed(walidata, dinkes, city):
    post(walidata, "/satudata/penyusunan", year="2027", proposals_until="2026-11-13")
    form = f"{ROUND}/usulan?action=add&org=dinas-kesehatan"
    page = Browser.parse(
        dinkes.save(form, "reason", name="Posyandu", frequency="kadang", indicators="A\r\nB")
    )
    assert page.find(id="item-name")["value"] == "Posyandu"
    assert page.find(id="item-indicators").text.split() == ["A", "B"]
    assert "Must be filled in" in text(page)
    page = Browser.parse(
        dinkes.save(form, "reason", name="Posyandu", frequency="kadang", reason="x")
    )
    assert "not understood" in text(page)
    assert not model.Session.scalars(sa.select(Proposal)).all()


def test_a_stranger_cannot_open_the_form_of_another_opd(app, walidata, city):
    item = owe(city["dinkes"])
    post(walidata, "/satudata/penyusunan", year="2027", proposals_until="2026-11-13")
    other = {"Authorization": make_user("editor", city["dishut"])["token"]}
    for url in (f"{ROUND}/usulan?action=end&item={item.id}",
                f"/satudata/daftar-data/butir/{item.id}/ubah",
                "/satudata/daftar-data/butir/baru"):  # fmt: skip
        assert app.get(url, headers=other).status_code == 403
    assert app.get("/satudata/penyusunan").status_code == 403
    missing = app.get("/satudata/penyusunan/2031", headers=walidata.headers)
    assert missing.status_code == 404


@pytest.fixture
def established(city):
    item = owe(city["dinkes"])
    decisions.record("establishment", reason="SK", number="1", actor=None, year=2026)
    model.Session.commit()
    return item


def test_the_register_is_amended_by_its_pages(walidata, established):
    url = f"/satudata/daftar-data/butir/{established.id}"
    page = Browser.parse(walidata.save(f"{url}/ubah", "reason", name="Kasus dengue"))
    assert page.find(id="item-name")["value"] == "Kasus dengue"
    assert "Must be filled in" in text(page)
    done = walidata.save(f"{url}/ubah", "reason", name="Kasus dengue", **LETTER)
    assert done.status_code == 302
    assert one(Item).name == "Kasus dengue"
    page = text(walidata.get(url))
    assert "Kasus DBD → Kasus dengue" in page
    assert "2026.2" in page
    assert walidata.save(f"{url}/tutup", "reason", day="2026-12-31", **LETTER).status_code == 302
    assert one(Item).valid_to == dt.date(2026, 12, 31)
    assert "31" in text(walidata.get(url))
    new = "/satudata/daftar-data/butir/baru"
    made = walidata.save(new, "reason", org=established.org_id, name="Posyandu",
                         frequency="Tahunan", **LETTER)  # fmt: skip
    assert made.status_code == 302
    assert len(model.Session.scalars(sa.select(Item)).all()) == 2


def test_forms_of_the_established_register_ask_for_the_letter(walidata, established):
    url = f"/satudata/daftar-data/butir/{established.id}"
    refused = post(walidata, f"{url}/jadwal", rhythm="M", frequency="M",
                   schedule="tahun berjalan bulan (n+2)")  # fmt: skip
    assert "established" in text(refused)
    done = post(walidata, f"{url}/jadwal", rhythm="M", frequency="M",
                schedule="tahun berjalan bulan (n+2)", **LETTER)  # fmt: skip
    assert "has been set" in text(done)
    kinds = model.Session.scalars(sa.select(Decision.kind).order_by(Decision.id)).all()
    assert kinds == ["establishment", "amendment"]
    assert walidata.get("/satudata/daftar-data/impor").find(id="import-number")


def test_static_data_are_confirmed_on_the_page_of_the_item(walidata, dinkes, city):
    item = make_item(city["dinkes"], "Luas wilayah", dynamic=False)
    page = dinkes.get(f"/satudata/daftar-data/butir/{item.id}")
    assert "still hold" not in text(page)
    refused = post(dinkes, f"/satudata/daftar-data/butir/{item.id}/masih-berlaku", period="2026")
    assert "deliver it first" in text(refused)


def test_the_last_day_for_proposals_is_moved_on_the_page(walidata, dinkes):
    post(walidata, "/satudata/penyusunan", year="2027", proposals_until="2026-11-13")
    refused = post(
        walidata, f"{ROUND}/batas-usulan", proposals_until="2026-10-01", reason="Ditunda"
    )
    assert "lies in the past" in text(refused)
    assert 'value="2026-10-01"' in refused.body
    moved = post(walidata, f"{ROUND}/batas-usulan", proposals_until="2026-11-27", reason="Ditunda")
    assert "has been moved" in text(moved)
    assert "until 27 November 2026" in text(dinkes.get(ROUND))
    assert "batas-usulan" not in str(dinkes.get(ROUND))
    assert post(dinkes, f"{ROUND}/batas-usulan", proposals_until="2026-12-01").status_code == 403
