"""Deliveries on behalf of the OPD count from the day on which its letter came."""

from __future__ import annotations

import pytest
from ckan.plugins import toolkit

from tests.factories import make_user
from tests.quarter.conftest import wib
from tests.review.examining import (
    act,
    received,
    upload,
)


def test_lateness_counts_to_the_day_on_which_the_letter_came(portal, app):
    duty = portal.duty()
    upload(app, portal.steward, duty, "2025-04-10")
    portal.compute(wib("2025-04-10", "23:00:00"))
    late = portal.row(duty).days_late
    assert late > 0
    made = received(portal, duty, "2025-04-09", "2025-04-10")
    assert made[0]["details"] == {"proof": "Surat 045/2025", "confirm": False}
    portal.compute(wib("2025-04-10", "23:30:00"))
    row = portal.row(duty)
    assert row.days_late == late - 1
    assert "on_behalf" in row.flags


def test_a_day_far_back_counts_only_once_a_second_officer_confirms(portal, app):
    duty = portal.duty()
    upload(app, portal.steward, duty, "2025-04-16")
    made = received(portal, duty, "2025-03-27", "2025-04-16")
    assert made[0]["details"]["confirm"] is True
    portal.compute(wib("2025-04-17"))
    assert portal.row(duty).days_late > 0
    ids = [made[0]["id"]]
    with pytest.raises(toolkit.ValidationError, match="second officer"):
        act("satudata_received_confirm", portal.walidata, "2025-04-17", decisions=ids)
    act("satudata_received_confirm", portal.second, "2025-04-17", decisions=ids)
    with pytest.raises(toolkit.ValidationError, match="confirmed already"):
        act("satudata_received_confirm", portal.second, "2025-04-17", decisions=ids)
    portal.compute(wib("2025-04-17", "23:00:00"))
    assert portal.row(duty).days_late == 0


def test_who_uploaded_the_file_is_no_second_officer(portal, app):
    duty = portal.duty()
    upload(app, portal.steward, duty, "2025-04-16")
    made = received(portal, duty, "2025-03-27", "2025-04-16", user=portal.second)
    with pytest.raises(toolkit.ValidationError, match="nor who uploaded"):
        act(
            "satudata_received_confirm",
            portal.walidata,
            "2025-04-17",
            decisions=[made[0]["id"]],
        )


def test_days_of_receipt_that_cannot_be(portal, app):
    duty = portal.duty()
    upload(app, portal.steward, duty, "2025-04-10")
    for day, proof, field in (
        ("2025-04-12", "Surat", "day"),
        ("10 April 2025", "Surat", "day"),
        ("2025-04-09", " ", "proof"),
    ):
        with pytest.raises(toolkit.ValidationError) as refused:
            received(portal, duty, day, "2025-04-11", proof=proof)
        assert field in refused.value.error_dict
    with pytest.raises(toolkit.ValidationError, match="cannot have come after"):
        received(portal, duty, "2025-04-11", "2025-04-11")
    received(portal, duty, "2025-04-09", "2025-04-11")
    with pytest.raises(toolkit.ValidationError, match="recorded already"):
        received(portal, duty, "2025-04-09", "2025-04-11")


def test_what_the_opd_uploads_itself_was_not_received_by_letter(portal, app):
    duty = portal.duty()
    upload(app, make_user("editor", portal.opd), duty, "2025-04-10")
    with pytest.raises(toolkit.ValidationError, match="did not upload this file"):
        received(portal, duty, "2025-04-09", "2025-04-11")
