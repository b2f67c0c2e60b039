"""What is no whole number is refused alike wherever an action takes a year or a count."""

from __future__ import annotations

import ckan.model as model
import pytest
import sqlalchemy as sa
from ckan.plugins import toolkit
from ckan.tests.helpers import call_action

from ckanext.satudata.quarter.model import QuarterRun
from ckanext.satudata.text import whole_number
from tests.factories import make_root

NONE = (1.5, 1.0, True, "٣", "1.5", "1_0", "satu", [1], {"a": 1}, "9" * 40)


@pytest.mark.parametrize("value", NONE)
def test_what_is_no_whole_number(value):
    with pytest.raises(ValueError, match="not a whole number"):
        whole_number(value)


@pytest.mark.parametrize(("value", "number"), [(3, 3), ("3", 3), (" 2026 ", 2026), ("-1", -1)])
def test_what_is_one(value, number):
    assert whole_number(value) == number


ASKED = [
    *[(f"quarter_{name}", {"year": 2025}, "tw") for name in (
        "show", "open", "cutoff", "provisional", "objections", "finalise", "verify",
    )],
    ("quarter_revise", {"year": 2025, "number": "1", "reason": "x"}, "tw"),
    ("quarter_verify", {"tw": 1}, "year"),
    ("report_show", {"year": 2025}, "tw"),
    ("report_show", {"year": 2025, "tw": 1}, "revision"),
    ("report_rows", {"tw": 1}, "year"),
    ("delivery_list", {"year": 2025}, "tw"),
    ("delivery_list", {}, "limit"),
    ("objection_list", {"year": 2025}, "tw"),
    ("decision_list", {}, "year"),
    ("decision_list", {}, "tw"),
    ("round_show", {}, "year"),
    ("holiday_list", {}, "year"),
    ("penanggung_list", {}, "year"),
]  # fmt: skip


@pytest.mark.usefixtures("clean_portal")
def test_every_action_says_it_and_does_nothing():
    make_root()
    for action, data, field in ASKED:
        for value in NONE:
            with pytest.raises(toolkit.ValidationError) as refused:
                call_action(f"satudata_{action}", **data, **{field: value})
            assert field in refused.value.error_dict, (action, field, value)
    assert not model.Session.scalars(sa.select(QuarterRun)).all()
