"""The register of a real province through the quarters of 2025, the first one to its record."""

from __future__ import annotations

import datetime as dt
import io
import json
from collections import Counter

import ckan.model as model
import pytest
import sqlalchemy as sa
from ckan.tests.helpers import call_action
from werkzeug.datastructures import FileStorage

from ckanext.satudata import clock
from ckanext.satudata.calendar.quarters import Quarter
from ckanext.satudata.delivery import jobs
from ckanext.satudata.opd import loader, permissions, structure
from ckanext.satudata.quarter import freeze, states
from ckanext.satudata.quarter.model import FinalOrg, FinalRow
from ckanext.satudata.register import store
from ckanext.satudata.register.model import Obligation
from tests.conftest import needs_shared
from tests.factories import complete, make_dataset
from tests.quarter.conftest import TABLE, wib
from tests.register.test_jabar import JABAR, PRODUCERS, TOOK_EFFECT

pytestmark = [needs_shared, pytest.mark.usefixtures("clean_portal")]

TW1 = Quarter(2025, 1)
DELIVERED = 5


def load():
    units = structure.read(PRODUCERS.read_bytes(), PRODUCERS.name)
    loader.load(units, permissions.site_user())
    data = (JABAR / "daftar-data-jabar.csv").read_bytes()
    store.import_register(data, "daftar-data-jabar.csv", {}, TOOK_EFFECT)
    model.Session.commit()


def step(day, move, quarter=TW1):
    with clock.at(wib(str(day))):
        done = move(quarter, None)
        model.Session.commit()
    return done


def deliver(duty):
    """The data of one duty, uploaded on 20 January and checked."""
    org = {"id": duty.org_id, "name": duty.org_id}
    dataset = make_dataset(org, sd_item=duty.item_id, **complete(org))
    call_action(
        "resource_create",
        package_id=dataset["id"],
        upload=FileStorage(io.BytesIO(TABLE), filename="data.csv"),
        url="",
        format="CSV",
        sd_periode=json.dumps([duty.period]),
    )


def test_the_four_quarters_open_and_the_first_becomes_final():
    with clock.at(wib("2023-12-20")):
        load()
    opened = {}
    for tw, day in ((1, "2025-01-02"), (2, "2025-04-02"), (3, "2025-07-01"), (4, "2025-10-01")):
        if tw == 2:
            duties = model.Session.scalars(
                sa.select(Obligation)
                .filter_by(year=2025, tw=1, period="2024")
                .order_by(Obligation.org_id, Obligation.id)
                .limit(DELIVERED)
            ).all()
            with clock.at(wib("2025-01-20")):
                for duty in duties:
                    deliver(duty)
                jobs.check_pending()
        step(day, states.open_quarter, Quarter(2025, tw))
        opened[tw] = model.Session.scalar(
            sa.select(sa.func.count()).where(Obligation.year == 2025, Obligation.tw == tw)
        )
    assert opened == {1: 1913, 2: 169, 3: 218, 4: 213}

    one_day = dt.timedelta(days=1)
    cut = step("2025-10-02", states.cut_off)
    assert cut.cutoff == dt.date(2025, 4, 28)
    shown = step("2025-10-03", states.show_provisional)
    shown = step("2025-10-03", states.open_objections)
    step(shown.objections_until + one_day, states.finalise)
    rows = model.Session.scalars(sa.select(FinalRow)).all()
    assert Counter(row.status for row in rows) == {
        "patuh": DELIVERED,
        "tidak_menyampaikan": 1908,
    }
    whole = model.Session.scalars(
        sa.select(FinalOrg).filter_by(org_level=0, scope="units", span="cumulative", scored=True)
    ).all()
    assert [(one.due, one.delivered, one.missing) for one in whole] == [(1913, 5, 1908)]
    assert freeze.verify() == []
