"""Facets and orders of the dataset list, as the index answers them."""

from __future__ import annotations

import json

import pytest
from bs4 import BeautifulSoup
from ckan import model
from ckan.tests.helpers import call_action

from ckanext.satudata.metadata.completeness import completeness_of
from tests import factories

pytestmark = pytest.mark.usefixtures("clean_portal")


@pytest.fixture
def three(org):
    """A complete dataset, one that lacks a little, and a bare one."""
    fields = factories.complete(org)
    return [
        factories.make_dataset(
            org, name="a-lengkap", sd_prioritas_tahun=["2025", "2026"], **fields
        ),
        factories.make_dataset(org, name="b-kurang", **{**fields, "sd_satuan": "-"}),
        factories.make_dataset(org, name="c-kosong"),
    ]


def names(page) -> list[str]:
    return [link["href"].rsplit("/", 1)[-1] for link in page.select("h2.dataset-heading a")]


def facet(page, name: str) -> dict[str, str]:
    """Texts of the entries of a facet by the value they ask for."""
    found = {}
    for link in page.select(f'a[href*="vocab_{name}="]'):
        value = link["href"].split(f"vocab_{name}=")[1].split("&")[0]
        found[value] = link.select_one(".item-label").text.strip()
    return found


def test_the_list_has_facets_with_readable_labels(app, three):
    page = BeautifulSoup(app.get("/dataset/").body, "html.parser")
    assert facet(page, "sd_kelengkapan") == {"100": "100 %", "80-99": "80–99 %", "0-59": "0–59 %"}
    assert facet(page, "sd_prioritas_tahun") == {"2025": "2025", "2026": "2026"}
    assert set(facet(page, "sd_frekuensi")) == {"A"}
    found = app.get("/dataset/?vocab_sd_kelengkapan=80-99").body
    assert names(BeautifulSoup(found, "html.parser")) == ["b-kurang"]


@pytest.mark.parametrize("headers", [{}, {"HX-Request": "true"}])
@pytest.mark.parametrize("direction", ["desc", "asc"])
def test_the_list_can_be_put_in_order_of_completeness(app, three, headers, direction):
    sort = f"sd_kelengkapan {direction}, title_string asc"
    answer = app.get("/dataset/", query_string={"sort": sort}, headers=headers)
    page = BeautifulSoup(answer.body, "html.parser")
    expected = ["a-lengkap", "b-kurang", "c-kosong"]
    assert names(page) == (expected if direction == "desc" else expected[::-1])
    assert page.select_one("#field-order-by option[selected]")["value"] == sort


def test_an_organisations_list_has_them_too_and_a_list_of_organisations_has_not(app, three, org):
    page = BeautifulSoup(app.get(f"/organization/{org['name']}").body, "html.parser")
    orders = [option["value"] for option in page.select("#field-order-by option")]
    assert "sd_kelengkapan desc, title_string asc" in orders
    assert facet(page, "sd_kelengkapan")
    assert "sd_kelengkapan" not in app.get("/organization/").body


def test_rows_are_found_by_their_words_and_stay_as_they_were(org):
    rows = [{"nama": "Rombongan belajar", "definisi": "Kelompok é siswa. " * 3000}] * 2
    made = factories.make_dataset(org, sd_variabel=rows)
    found = call_action("package_search", q="rombongan")
    assert [one["id"] for one in found["results"]] == [made["id"]]
    assert call_action("package_search", q="definisi")["count"] == 0
    assert call_action("package_show", id=made["id"])["sd_variabel"] == rows
    assert json.loads(model.Package.get(made["id"]).extras["sd_variabel"]) == rows


def test_every_type_of_ours_is_sorted_by_its_own_rules(org, app):
    made = factories.make_kegiatan(org, title="Pendataan Sekolah", sd_tahun_kegiatan="2025")
    percent = completeness_of(call_action("package_show", id=made["id"])).percent
    found = call_action(
        "package_search",
        fq=f"+dataset_type:kegiatan +sd_kelengkapan:{percent:03d} +vocab_sd_tahun:2025",
        include_private=True,
    )
    assert [one["id"] for one in found["results"]] == [made["id"]]
