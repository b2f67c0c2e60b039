"""A small government with duties, made through CKAN's own API."""

from __future__ import annotations

import datetime as dt
import io
import json
from types import SimpleNamespace

import ckan.model as model
import pytest
import sqlalchemy as sa
from ckan.tests.helpers import call_action
from werkzeug.datastructures import FileStorage

from ckanext.satudata import clock
from ckanext.satudata.delivery import jobs
from ckanext.satudata.judging import live
from ckanext.satudata.judging.model import OrgResult, Result
from tests.factories import complete, make_dataset, make_item, make_opd, make_root
from tests.register.duty import WIB, make_duty

TABLE = b"wilayah,jumlah\nUtara,1\nSelatan,2\n"
SEALED = dt.datetime(2020, 1, 1, tzinfo=dt.timezone.utc)


def wib(day: str, time: str = "10:00:00") -> dt.datetime:
    return dt.datetime.fromisoformat(f"{day}T{time}").replace(tzinfo=WIB)


class Portal:
    """Acts on the portal at a moment and reads the results."""

    def __init__(self):
        self.root = make_root()
        self.opd = make_opd("dinas-uji", self.root)
        self.unit = make_opd("uptd-uji", self.opd, kind="uptd")

    def duty(self, due="2025-03-31", period="2024", org=None, item=None, sealed=True, **fields):
        """An obligation of an item; ``due`` is the nominal date."""
        org = org or self.opd
        item = item or make_item(org, **fields)
        duty = make_duty(org, due, period, item, sealed=SEALED if sealed else None)
        return SimpleNamespace(id=duty.id, item=item, period=duty.period, org=org)

    def deliver(self, duty, moment, content=TABLE, org=None, check=True, **fields):
        """A dataset with one upload for the duty, made at ``moment``."""
        with clock.at(moment):
            org = org or duty.org
            dataset = make_dataset(org, sd_item=duty.item.id, **complete(org, **fields))
            resource = call_action(
                "resource_create",
                package_id=dataset["id"],
                upload=FileStorage(io.BytesIO(content), filename="data.csv"),
                url="",
                format="CSV",
                sd_periode=json.dumps([duty.period]),
            )
            if check:
                jobs.check_pending()
        return SimpleNamespace(dataset=dataset, id=resource["id"])

    def replace(self, resource, moment, content=TABLE + b"Timur,3\n", check=True):
        with clock.at(moment):
            call_action(
                "resource_patch",
                id=resource.id,
                upload=FileStorage(io.BytesIO(content), filename="data.csv"),
            )
            if check:
                jobs.check_pending()

    def compute(self, moment):
        with clock.at(moment):
            live.recompute()

    def row(self, duty, tw=1, year=2025) -> Result:
        statement = sa.select(Result).filter_by(obligation_id=duty.id, tw=tw, year=year)
        return model.Session.scalars(statement, execution_options={"populate_existing": True}).one()

    def figures(self, org, scope="units", span="cumulative", tw=1, year=2025) -> OrgResult | None:
        statement = sa.select(OrgResult).filter_by(
            org_id=org["id"], scope=scope, span=span, tw=tw, year=year
        )
        return model.Session.scalars(
            statement, execution_options={"populate_existing": True}
        ).one_or_none()


@pytest.fixture
def portal(clean_portal):
    """The government as it has been since before the quarter, on a clock that does not run back."""
    with clock.at(wib("2024-01-02")):
        return Portal()
