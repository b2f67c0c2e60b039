"""What is asked and done when deliveries are examined."""

from __future__ import annotations

import io
import json

import ckan.model as model
import sqlalchemy as sa
from ckan.tests.helpers import call_action

from ckanext.satudata import clock
from ckanext.satudata.delivery import jobs
from ckanext.satudata.delivery.model import Event
from tests.factories import complete, make_dataset
from tests.quarter.conftest import wib

ONE = b"wilayah,jumlah\nUtara,1\nSelatan,2\n"
TWO = b"wilayah,jumlah\nUtara,1\nSelatan,3\n"


def act(action, user, moment, **data):
    with clock.at(wib(*moment) if isinstance(moment, tuple) else wib(moment)):
        return call_action(action, {"user": user, "ignore_auth": False}, **data)


def newest(duty) -> int:
    statement = sa.select(sa.func.max(Event.id)).where(
        Event.item_id == duty.item.id, Event.kind.in_(("delivered", "replaced"))
    )
    return model.Session.scalar(statement)


def listed(portal, user=None, moment="2025-04-10", **filters):
    return act("satudata_delivery_list", user or portal.walidata, moment, **filters)


def states(portal, **filters):
    return {state: n for state, n in listed(portal, **filters)["states"].items() if n}


def steward_post(browser, path, **fields):
    return browser.app.post(
        f"/satudata/pemeriksaan/{path}".rstrip("/"),
        data=fields,
        headers=browser.headers,
        follow_redirects=False,
    )


def received(portal, duty, day, moment, user=None, proof="Surat 045/2025"):
    return act(
        "satudata_delivery_received",
        user or portal.walidata,
        moment,
        events=[newest(duty)],
        day=day,
        proof=proof,
    )["decisions"]


def upload(app, user, duty, moment):
    """A file for a duty, uploaded by a user through the API."""
    with clock.at(wib(moment)):
        dataset = make_dataset(duty.org, sd_item=duty.item.id, **complete(duty.org))
        answer = app.post(
            "/api/action/resource_create",
            data={
                "package_id": dataset["id"],
                "url": "",
                "format": "CSV",
                "sd_periode": json.dumps([duty.period]),
                "upload": (io.BytesIO(ONE), "data.csv"),
            },
            headers={"Authorization": user["token"]},
        )
        assert answer.status_code == 200, answer.body
        jobs.check_pending()
