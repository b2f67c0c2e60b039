"""Switching the plugin on over a portal that is in use breaks none of its datasets."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from ckan import model, plugins
from ckan.lib import search
from ckan.tests import factories as core
from ckan.tests.helpers import call_action

from tests import factories

DATA = Path(__file__).parent / "data"
SCHEMAS = Path(__file__).parents[2] / "schemas"
OURS = ("satudata", "scheming_datasets", "scheming_organizations")
DATASETS = 1_000

ODD_VALUES = (
    "[broken",
    '{"a": ',
    '["a", "b"]',
    '[{"nama": "x"}]',
    "nilai asing",
    "2024",
    "-",
    "",
    "baris 1\nbaris 2",
    "\nmulai di baris kedua",
    '<script>alert("x")</script>',
)


def _field_names() -> list[str]:
    """Names of all our fields without the prefix, and the names of their choices' lists."""
    names: dict[str, None] = {}
    for file in ("dataset.yaml", "opd.yaml"):
        schema = yaml.safe_load((SCHEMAS / file).read_text(encoding="utf-8"))
        for part in ("dataset_fields", "resource_fields", "fields"):
            for field in schema.get(part, []):
                if field["field_name"].startswith("sd_"):
                    names[field["field_name"].removeprefix("sd_")] = None
    return list(names)


NAMES = _field_names()
PREFIXED = {
    "sd_tema": "Tema Lama",
    "sd_frekuensi": "tahunan",
    "sd_akses": "[broken",
    "sd_satuan": '{"a": ',
    "sd_item": "tidak ada",
}
ODD_RESOURCES = ("[broken", "2024", '["2024"', '["2024", "x"]', "tahun lalu", "")


def _extras(number: int) -> dict[str, str]:
    if number % 50 == 0:
        return {name: ODD_VALUES[number // 50 % len(ODD_VALUES)] for name in NAMES}
    held = {NAMES[number % len(NAMES)]: ODD_VALUES[number % len(ODD_VALUES)], "asal": "SIPD"}
    return {**held, **PREFIXED} if number % 10 == 0 else held


def _fill(org_id: str, count: int) -> list[str]:
    """Stock datasets with two resources each, written below the API."""
    for number in range(count):
        package = model.Package(
            name=f"lama-{number}",
            title=f"Data Lama {number}",
            notes="Uraian lama" if number % 3 else None,
            license_id="lisensi-lama" if number % 4 == 0 else "cc-by",
            author="Bagian Data" if number % 2 else None,
            author_email="bukan surel" if number % 5 == 0 else None,
            maintainer_email="data@example.go.id",
            version="1.0",
            url="http://example.com",
            owner_org=org_id,
            type="dataset",
            state="active",
            extras=_extras(number),
        )
        odd = ODD_RESOURCES[number % len(ODD_RESOURCES)]
        package.resources_all.append(
            model.Resource(
                url="http://example.com/a.csv",
                format="CSV",
                name="Berkas",
                extras={"periode": odd, "items": odd, "status_angka": odd},
            )
        )
        package.resources_all.append(
            model.Resource(
                url="http://example.com/b.pdf",
                format="PDF",
                extras={"sd_periode": odd, "sd_items": odd, "sd_status_angka": odd},
            )
        )
        model.Session.add(package)
    model.Session.commit()
    search.rebuild(force=True, defer_commit=True, quiet=True)
    search.commit()
    return [f"lama-{number}" for number in range(count)]


@pytest.fixture
def existing(clean_portal):
    """Makes the names of datasets that were there before the plugin was switched on."""

    def fill(count: int) -> list[str]:
        plugins.unload(*OURS)
        org = core.Organization(name="dinas-lama", user=core.Sysadmin())
        names = _fill(org["id"], count)
        plugins.load(*OURS)
        return names

    return fill


def _different_ones(names: list[str]) -> list[str]:
    """One dataset of every kind made above."""
    return [*names[::50], *names[1:45], *names[10:110:10]]


def test_a_thousand_existing_datasets_go_on_working(existing, app, browser, stored):
    names = existing(DATASETS)
    before = {name: stored(model.Package.get(name).id) for name in _different_ones(names)}

    for name in names:
        shown = call_action("package_show", {"use_cache": False}, id=name)
        number = int(name.removeprefix("lama-"))
        kept = {extra["key"]: extra["value"] for extra in shown["extras"]}
        kept.update({key: shown[key] for key in PREFIXED if key in shown})
        assert kept == _extras(number)
        assert call_action("package_show", id=name)["id"] == shown["id"]

    found = call_action("package_search", q="", rows=1000, **{"facet.field": ["vocab_sd_tema"]})
    assert found["count"] == len(found["results"]) == DATASETS
    assert call_action("package_search", q="asing")["count"] > 0

    sysadmin = factories.make_user("sysadmin")
    editor = browser(sysadmin["token"])
    for number, (name, held) in enumerate(before.items()):
        _check_edits(name, held, editor if number < 40 else None, stored)
    found = call_action("package_search", fq='vocab_sd_tema:"Tema Lama"')
    edited = {name for name, held in before.items() if "sd_tema" in held["package"]["extras"]}
    assert {one["name"] for one in found["results"]} == edited
    assert app.get("/dataset/").status_code == 200


def _check_edits(name, held, editor, stored) -> None:
    package_id = held["package"]["id"]
    call_action("package_patch", id=name, title="Lewat API")
    held["package"]["title"] = "Lewat API"
    assert stored(package_id) == held

    shown = call_action("package_show", {"use_cache": False}, id=name)
    call_action("package_update", **shown)
    assert stored(package_id) == held

    if editor is None:
        return
    editor.get(f"/dataset/{name}")
    response = editor.save(f"/dataset/edit/{name}", title="Lewat formulir")
    assert response.status_code == 302, response.body
    held["package"]["title"] = "Lewat formulir"
    held["package"]["notes"] = held["package"]["notes"] or ""
    assert stored(package_id) == held

    resource = held["resources"][1]["id"]
    editor.get(f"/dataset/{name}/resource/{resource}")
    url = f"/dataset/{name}/resource/{resource}/edit"
    response = editor.save(url, marker="format", name="Nama baru")
    assert response.status_code == 302, response.body
    after = stored(package_id)
    filled = {key: value for key, value in held["resources"][1]["extras"].items() if value}
    after_extras = after["resources"][1]["extras"] or {}
    assert {key: value for key, value in after_extras.items() if value} == filled
    assert after["resources"][0] == held["resources"][0]
    assert after["package"] == held["package"]


def test_free_extras_can_be_changed_and_removed_in_the_form(existing, browser, stored):
    names = existing(2)
    editor = browser(factories.make_user("sysadmin")["token"])
    held = stored(model.Package.get(names[1]).id)["package"]["extras"]
    fields = dict(editor.form(f"/dataset/edit/{names[1]}"))
    asal = next(name for name, value in fields.items() if value == "asal")
    place = asal.removesuffix("key")
    editor.save(f"/dataset/edit/{names[1]}", **{f"{place}value": "SIPD RI"})
    assert stored(model.Package.get(names[1]).id)["package"]["extras"] == {
        **held,
        "asal": "SIPD RI",
    }
    response = editor.save(f"/dataset/edit/{names[1]}", **{f"{place}deleted": "True"})
    assert response.status_code == 302, response.body
    del held["asal"]
    assert stored(model.Package.get(names[1]).id)["package"]["extras"] == held


def test_an_existing_organisation_keeps_its_extras(clean_portal, browser):
    plugins.unload(*OURS)
    extras = [{"key": name, "value": value} for name, value in zip(NAMES, ODD_VALUES, strict=False)]
    org = core.Organization(name="dinas-lama", extras=extras, user=core.Sysadmin())
    plugins.load(*OURS)
    held = {one["key"]: one["value"] for one in extras}

    editor = browser(factories.make_user("sysadmin")["token"])
    response = editor.save("/organization/edit/dinas-lama", title="Baru")
    assert response.status_code == 302, response.body
    call_action("organization_patch", id=org["id"], description="Uraian")
    model.Session.expire_all()
    group = model.Group.get(org["id"])
    assert group.title == "Baru"
    assert group.extras == held
    editor.get("/organization/about/dinas-lama")


@pytest.mark.ckan_config(
    "scheming.dataset_schemas", (DATA / "portal_sendiri.yaml").resolve().as_uri()
)
def test_a_portal_with_its_own_schema_goes_on_working(clean_portal, app, browser, stored):
    org = factories.make_opd("dinas-sendiri")
    made = factories.make_dataset(
        org,
        frekuensi="tahunan",
        satuan='{"rusak',
        extras=[{"key": "konsep", "value": "[broken"}],
        resources=[{"url": "http://example.com/a.csv", "periode": "2024"}],
    )
    before = stored(made["id"])
    for number in range(3):
        call_action("package_patch", id=made["id"], title=f"Judul {number}")
        call_action("package_show", {"use_cache": False}, id=made["id"])
    after = stored(made["id"])
    before["package"]["title"] = after["package"]["title"] = ""
    assert after == before
    assert call_action("package_search", q="")["count"] == 1
    editor = browser(factories.make_user("sysadmin")["token"])
    editor.get(f"/dataset/{made['name']}")
    editor.get(f"/dataset/{made['name']}/resource/{made['resources'][0]['id']}")
    response = editor.save(f"/dataset/edit/{made['name']}", title="Lewat formulir")
    assert response.status_code == 302, response.body
    assert model.Package.get(made["id"]).extras["satuan"] == '{"rusak'
    assert app.get("/dataset/").status_code == 200
