"""An organisation whose editor fills in workbooks."""

from __future__ import annotations

import ckan.model as model
import pytest

from tests.factories import make_opd, make_root, make_user


@pytest.fixture
def opd():
    """The organisation, below the root."""
    return make_opd("dinas-uji", make_root())


@pytest.fixture
def editor(opd):
    """Its editor (``model.User``)."""
    return model.User.get(make_user("editor", opd)["name"])
