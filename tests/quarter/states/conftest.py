"""A government with one duty, and its first quarter of 2025 to be walked through."""

from __future__ import annotations

import pytest

from ckanext.satudata import clock
from tests.factories import make_user
from tests.quarter.conftest import Portal, wib
from tests.quarter.walking import Walk, yearly_duty


@pytest.fixture
def portal(clean_portal):
    """The government as it has been since before the quarter, on a clock that does not run back."""
    with clock.at(wib("2024-01-02")):
        return Portal()


@pytest.fixture
def duty(portal):
    return yearly_duty(portal.opd)


@pytest.fixture
def walk(portal, duty):
    return Walk()


@pytest.fixture
def walidata(portal):
    return make_user("admin", portal.root)
