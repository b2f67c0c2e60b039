"""A portal on its first day: no organisation, an empty register, a quarter without duties."""

from __future__ import annotations

import pytest
from ckan.cli.cli import ckan as ckan_cli
from ckan.tests.helpers import call_action

from ckanext.satudata import clock
from ckanext.satudata.judging import live
from ckanext.satudata.quarter import freeze, schedule, standing
from tests.factories import make_root, make_user
from tests.quarter.conftest import wib
from tests.quarter.walking import TW1, Walk

PAGES = (
    "", "/kepatuhan/2025/1", "/kepatuhan/2025/1?tab=duties", "/kepatuhan/2025/1.csv",
    "/kepatuhan/2025/1.xlsx", "/kepatuhan/2025/1.json", "/kepatuhan/2025/1.pdf",
    "/peringkat/2025/1", "/peringkat/2025/1?part=units", "/tahun/2025", "/tunggakan", "/triwulan",
    "/triwulan/2025/1", "/aturan", "/pemeriksaan", "/sanggahan",
)  # fmt: skip


def look(app, status=200):
    headers = {"Authorization": make_user("sysadmin")["token"]}
    for page in PAGES:
        assert app.get(f"/satudata{page}", headers=headers).status_code == status, page


@pytest.mark.usefixtures("clean_portal")
def test_pages_of_an_empty_portal(app):
    with clock.at(wib("2025-04-02")):
        look(app)
        live.recompute()
        look(app)


@pytest.mark.usefixtures("clean_portal")
def test_a_quarter_without_duties_or_organisations_becomes_final(app, cli):
    where = Walk()("final")
    assert where.state == standing.FINAL
    with clock.at(wib("2025-07-01")):
        look(app)
        assert freeze.verify() == []
        # There is nobody to own the dataset: told, and no reason to fail each hour.
        assert schedule.tick() == []
        told = cli.invoke(ckan_cli, ["satudata", "triwulan", "publish", str(TW1)])
        assert (told.exit_code, "no organisation" in told.output) == (1, True)
        shown = call_action("satudata_report_show", year=2025, tw=1)
        assert (shown["totals"], shown["organizations"]) == (None, [])
        root = make_root()
        assert schedule.tick() == []
    published = call_action("package_show", id=standing.of(TW1).dataset_id)
    assert (published["owner_org"], len(published["resources"])) == (root["id"], 4)
