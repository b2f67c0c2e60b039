"""A government with one duty, and its first quarter of 2025 to be walked through."""

from __future__ import annotations

import pytest

from tests.factories import make_user
from tests.quarter.walking import Walk, yearly_duty


@pytest.fixture
def duty(portal):
    return yearly_duty(portal.opd)


@pytest.fixture
def walk(portal, duty):
    return Walk()


@pytest.fixture
def walidata(portal):
    return make_user("admin", portal.root)
