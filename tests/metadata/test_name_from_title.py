"""A dataset made without an address gets a free one after its title."""

from __future__ import annotations

import pytest
from ckan.plugins import toolkit
from ckan.tests import helpers

from tests.factories import make_opd

pytestmark = pytest.mark.usefixtures("clean_portal")


def test_a_free_address_after_the_title():
    fields = {"title": "Jumlah Siswa (SD)", "owner_org": make_opd()["id"]}
    names = [helpers.call_action("package_create", **fields)["name"] for _ in range(3)]
    assert names == ["jumlah-siswa-sd", "jumlah-siswa-sd-2", "jumlah-siswa-sd-3"]


def test_an_address_that_was_given_stays_and_neither_is_an_error():
    org = make_opd()
    given = {"name": "alamat-sendiri", "title": "Jumlah Siswa", "owner_org": org["id"]}
    assert helpers.call_action("package_create", **given)["name"] == "alamat-sendiri"
    with pytest.raises(toolkit.ValidationError) as refused:
        helpers.call_action("package_create", owner_org=org["id"])
    assert list(refused.value.error_dict) == ["title"]


def test_the_address_that_the_script_makes_of_a_long_title_is_shortened():
    title = "Jumlah Ibu Hamil yang Mendapat Pelayanan Antenatal Sesuai Standar (K6) " * 2
    made_by_script = title.lower().strip().replace(" ", "-").replace("(", "").replace(")", "")
    fields = {"title": title, "owner_org": make_opd()["id"]}
    name = helpers.call_action("package_create", name=made_by_script, **fields)["name"]
    assert made_by_script.startswith(name)
    assert len(name) <= 100
    with pytest.raises(toolkit.ValidationError) as refused:
        helpers.call_action("package_create", name=f"{made_by_script}-lain", **fields)
    assert list(refused.value.error_dict) == ["name"]
