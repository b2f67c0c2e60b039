"""A file states data periods that its item has, through the API and through the form."""

from __future__ import annotations

import datetime as dt
import io
import json

import ckan.model as model
import pytest
from ckan.plugins import toolkit
from ckan.tests.helpers import call_action

from ckanext.satudata.delivery.model import Event
from ckanext.satudata.register import rhythms
from ckanext.satudata.register.model import Claim, ItemRhythm
from tests.factories import make_dataset, make_item, make_opd, make_root, make_user
from tests.metadata.conftest import Browser

SINCE = dt.date(2024, 6, 1)


@pytest.fixture
def org(clean_portal):
    return make_opd("dinas-uji", make_root())


def item_of(org, frequency, schedule, **fields):
    item = make_item(org, valid_from=SINCE, **fields)
    for rhythm in rhythms.read(frequency, schedule):
        model.Session.add(ItemRhythm(item_id=item.id, since=SINCE, **rhythm.values()))
    model.Session.commit()
    return item


@pytest.fixture
def monthly(org):
    return item_of(org, "Bulanan", "Bulan n+1", name="Jumlah bidan")


@pytest.fixture
def dataset(org, monthly):
    return make_dataset(org, sd_item=monthly.id)


def state(dataset, periods, **fields):
    return call_action(
        "resource_create", package_id=dataset["id"], url="https://example.org/a.csv",
        sd_periode=periods, **fields,
    )  # fmt: skip


def refused(dataset, periods, **fields):
    with pytest.raises(toolkit.ValidationError) as caught:
        state(dataset, periods, **fields)
    model.Session.rollback()
    return caught.value.error_dict["sd_periode"]


def test_a_period_of_another_kind_is_refused_and_nothing_is_written(dataset):
    assert refused(dataset, ["2025-03", "2025"]) == [
        "“Jumlah bidan” has no data period 2025: the register asks for it monthly. State the"
        " periods that the file holds, for example 2025-01."
    ]
    assert call_action("package_show", id=dataset["id"])["resources"] == []
    assert not model.Session.query(Event).count()


def test_periods_before_the_register_and_to_come_are_the_item_s_own(dataset):
    state(dataset, ["1998-12", "2025-01", "2031-06"])
    assert {claim.period for claim in model.Session.query(Claim)} == {
        "1998-12", "2025-01", "2031-06",
    }  # fmt: skip


def test_what_is_stored_stays_and_only_what_is_new_is_refused(org, dataset, monthly):
    yearly = item_of(org, "Tahunan", "Maret n+1")
    made = state(dataset, ["2024"], sd_items=[yearly.id])
    call_action("resource_patch", id=made["id"], sd_items=[])
    kept = call_action("resource_patch", id=made["id"], sd_periode=["2024", "2025-01"])
    assert kept["sd_periode"] == ["2024", "2025-01"]
    with pytest.raises(toolkit.ValidationError, match="2023"):
        call_action("resource_patch", id=made["id"], sd_periode=["2024", "2023"])
    model.Session.rollback()
    with pytest.raises(toolkit.ValidationError, match="2023"):
        call_action("package_patch", id=dataset["id"], resources=[{**kept, "sd_periode": ["2023"]}])


def test_a_file_of_several_items_takes_the_periods_of_each(org, dataset, monthly):
    yearly = item_of(org, "Tahunan", "Maret n+1")
    state(dataset, ["2025", "2025-01"], sd_items=[yearly.id, monthly.id])
    assert "2025-Q1" in refused(dataset, ["2025-Q1"], sd_items=[yearly.id, monthly.id])[0]


@pytest.mark.parametrize(
    ("frequency", "schedule"), [("Apabila dibutuhkan", ""), ("entah kapan", "Maret")]
)
def test_an_item_whose_periods_nobody_knows_takes_all(org, frequency, schedule):
    item = item_of(org, frequency, schedule)
    assert state(make_dataset(org, sd_item=item.id), ["2025", "2025-Q1"])


def test_datasets_outside_the_register_state_what_they_like(org):
    assert state(make_dataset(org), ["2025", "2025-Q1"])
    assert state(make_dataset(org, sd_item="gone"), ["2025", "2025-Q1"])


def test_the_form_says_it_at_the_field_and_keeps_what_was_typed(app, org, dataset):
    browser = Browser(app, make_user("editor", org)["token"])
    answer = app.post(
        f"/dataset/{dataset['id']}/resource/new",
        data={
            "save": "go-dataset-complete", "id": "", "url": "", "name": "Data",
            "sd_periode": "2025-Q1", "upload": (io.BytesIO(b"a,b\n1,2\n"), "data.csv"),
        },
        headers=browser.headers,
    )  # fmt: skip
    page = browser.parse(answer)
    assert "has no data period 2025-Q1" in page.text
    assert page.find("input", attrs={"name": "sd_periode"})["value"] == "2025-Q1"
    assert call_action("package_show", id=dataset["id"])["resources"] == []


def test_an_upload_by_the_api_is_refused_with_the_same_words(app, org, dataset):
    answer = app.post(
        "/api/action/resource_create",
        data={
            "package_id": dataset["id"], "url": "", "sd_periode": json.dumps(["2025"]),
            "upload": (io.BytesIO(b"a,b\n1,2\n"), "data.csv"),
        },
        headers={"Authorization": make_user("editor", org)["token"]},
    )  # fmt: skip
    assert answer.status_code == 409
    assert "has no data period 2025" in answer.json["error"]["sd_periode"][0]
    assert not model.Session.query(Event).count()
