"""The figures at the head of the report."""

from __future__ import annotations

import datetime as dt

from ckanext.satudata.report import report
from tests.factories import make_opd, make_user

AFTER = dt.datetime(2025, 6, 2, tzinfo=dt.timezone.utc)


def test_totals_are_those_of_the_government_not_of_a_body_that_sorts_before_it(portal):
    body = make_opd("aaa-instansi-vertikal", None, kind="instansi_vertikal")
    portal.duty(org=body)
    for _ in range(3):
        portal.duty()
    portal.compute(AFTER)
    reader = make_user("sysadmin")
    assert report.summary(2025, 1, user=reader["id"])["totals"]["due"] == 3
