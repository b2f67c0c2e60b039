"""Every stored reason can be told."""

from __future__ import annotations

import pytest

from ckanext.satudata.calendar.schedule import REASONS
from ckanext.satudata.register.reasons import sentence


@pytest.mark.parametrize("code", [*sorted(REASONS), "schedules_differ"])
def test_reasons_of_schedules_are_sentences(code):
    assert sentence(code).endswith((".", ")."))


def test_values_are_put_in():
    assert sentence("repeated", {"line": 7}) == "Exact repeat of line 7."
    assert sentence("of another version") == "of another version"
