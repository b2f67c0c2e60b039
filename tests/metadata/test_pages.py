"""Dataset, resource and organisation pages and the form, in both languages."""

from __future__ import annotations

import pytest
from ckan import model
from ckan.tests.helpers import call_action

from ckanext.satudata.metadata.completeness import facts_of
from tests import factories

pytestmark = pytest.mark.usefixtures("clean_portal")


def _text(page) -> str:
    return " ".join(page.get_text(" ").split())


def test_the_meter_names_what_is_missing_to_those_who_can_fill_it(org, editor, app):
    fields = factories.complete(org, sd_satuan="-", sd_frekuensi="")
    made = factories.make_dataset(org, **fields)
    facts = facts_of(model.Package.get(made["id"]))
    # Always: 16 fields, of which the five of the data standard count twice, and 5 answers in
    # each row of MS-Var. Of a changing figure also its frequency, of a figure that is not
    # composite two answers about each variable behind it.
    assert (facts.always_required, facts.always_filled) == (26, 24)
    assert (facts.required, facts.filled) == (29, 26)
    assert facts.missing == ["sd_satuan", "sd_frekuensi"]

    page = editor.get(f"/dataset/{made['name']}")
    links = {a["href"] for a in page.find_all("a", href=True) if "#field-" in a["href"]}
    assert links == {
        f"/dataset/edit/{made['name']}#field-sd_satuan",
        f"/dataset/edit/{made['name']}#field-sd_frekuensi",
    }
    form = editor.get(f"/dataset/edit/{made['name']}")
    assert form.find(id="field-sd_satuan")
    assert form.find(id="field-sd_frekuensi")
    assert "89" in _text(page)
    visitor = app.get(f"/dataset/{made['name']}").body
    assert "#field-sd_satuan" not in visitor


def test_every_mandatory_field_has_its_place_in_the_form(org, editor):
    made = factories.make_dataset(org)
    missing = facts_of(model.Package.get(made["id"])).missing
    form = editor.get(f"/dataset/edit/{made['name']}")
    assert len(missing) >= 19
    places = [f"field-{path.partition('.')[0]}" for path in missing]
    assert [place for place in places if not form.find(id=place)] == []


def test_a_complete_dataset_has_nothing_missing(org, editor):
    made = factories.make_dataset(org, **factories.complete(org))
    assert facts_of(model.Package.get(made["id"])).percent == 100
    page = editor.get(f"/dataset/{made['name']}")
    assert not [a for a in page.find_all("a", href=True) if "#field-" in a["href"]]


def test_fields_are_shown_by_label_in_the_language_of_the_page(org, editor):
    made = factories.make_dataset(
        org, **factories.COMPLETE, extras=[{"key": "asal", "value": "SIPD"}]
    )
    indonesian = _text(editor.get(f"/id/dataset/{made['name']}"))
    english = _text(editor.get(f"/en/dataset/{made['name']}"))
    assert "Periode data Tahunan" in indonesian
    assert "Frequency Yearly" in english
    assert "Education and labour" in english
    assert "asal SIPD" in english


def test_the_form_makes_a_dataset_and_keeps_it_when_saved_again(org, editor, stored):
    url = "/dataset/new"
    changes = {**factories.COMPLETE, "name": "siswa", "title": "Siswa", "owner_org": org["id"]}
    assert editor.save(url, **changes, private="False").status_code == 302
    package = model.Package.get("siswa")
    package.state = "active"
    model.Session.commit()
    given = {key: value for key, value in factories.COMPLETE.items() if key.startswith("sd_")}
    assert package.extras == given
    before = stored(package.id)
    assert editor.save("/dataset/edit/siswa").status_code == 302
    assert stored(package.id) == before


def test_a_wrong_value_in_the_form_is_told_at_its_field(org, editor):
    made = factories.make_dataset(org, **factories.COMPLETE)
    response = editor.save(f"/dataset/edit/{made['name']}", sd_tema="Salah")
    assert response.status_code == 200
    assert "is not one of the choices" in response.body


def test_a_resource_shows_its_periods_and_status(org, editor):
    resource = {
        "url": "http://example.com/a.csv",
        "format": "CSV",
        "sd_periode": ["2025-Q1", "2024"],
        "sd_status_angka": "sementara",
    }
    made = factories.make_dataset(org, resources=[resource])
    url = f"/dataset/{made['name']}/resource/{made['resources'][0]['id']}"
    assert "Triwulan I 2025, 2024" in _text(editor.get("/id" + url))
    page = _text(editor.get("/en" + url))
    assert "Quarter I 2025, 2024" in page
    assert page.count("Provisional") == 1
    assert "Quarter I 2025" in _text(editor.get(f"/en/dataset/{made['name']}"))
    assert editor.save(url + "/edit", marker="format", name="Baru").status_code == 302
    model.Session.expire_all()
    extras = model.Resource.get(made["resources"][0]["id"]).extras
    assert extras["sd_periode"] == '["2025-Q1", "2024"]'
    assert extras["sd_status_angka"] == "sementara"


def test_an_organisation_shows_its_fields_by_label(browser):
    factories.make_opd("badan-uji", kind="badan", sd_kontak_telepon="021 555")
    sysadmin = browser(factories.make_user("sysadmin")["token"])
    page = _text(sysadmin.get("/id/organization/about/badan-uji"))
    assert "Jenis OPD Badan" in page
    assert "Telepon resmi 021 555" in page
    assert sysadmin.save("/organization/edit/badan-uji", sd_alamat="Jalan").status_code == 302
    model.Session.expire_all()
    assert model.Group.get("badan-uji").extras["sd_jenis_opd"] == "badan"


def test_facets_count_themes_and_years(org):
    resources = [
        {"url": "http://example.com/a.csv", "sd_periode": ["2024", "2023-2025"]},
        {"url": "http://example.com/b.csv", "sd_periode": ["2025-03"]},
    ]
    factories.make_dataset(org, **factories.complete(org), resources=resources)
    fields = ["vocab_sd_tema", "vocab_sd_tahun", "sd_kelengkapan"]
    found = call_action("package_search", **{"facet.field": fields})
    counts = {name: facet["items"] for name, facet in found["search_facets"].items()}
    assert {one["name"] for one in counts["vocab_sd_tahun"]} == {"2023", "2024", "2025"}
    assert counts["vocab_sd_tema"][0]["display_name"] == "Education and labour"
    assert counts["sd_kelengkapan"][0]["name"] == "100"


def test_a_definition_longer_than_a_solr_term_is_indexed(org):
    long = "panjang " * 6_000
    made = factories.make_dataset(org, **{**factories.COMPLETE, "sd_definisi": long})
    assert call_action("package_search", fq=f"id:{made['id']}")["count"] == 1
    assert call_action("package_show", id=made["id"])["sd_definisi"] == long
