"""Multi-valued fields are read from whatever is stored and never raise."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ckanext.satudata.metadata.resource_values import (
    as_list,
    as_text,
    stated_items,
    stated_periods,
)

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=5,
)
anything = json_values | json_values.map(json.dumps) | st.text()


@given(anything)
def test_any_value_reads_as_distinct_texts(value):
    found = as_list(value)
    assert all(isinstance(one, str) and one == one.strip() and one for one in found)
    assert len(set(found)) == len(found)


@given(anything)
def test_what_is_read_is_stable(value):
    found = as_list(value)
    assert as_list(found) == found


@given(st.lists(st.text(alphabet="abc0123-Q/", min_size=1), unique=True))
def test_a_stored_list_reads_back(texts):
    assert as_list(as_text(texts)) == texts


@given(anything, anything)
def test_stated_values_never_raise(value, item):
    resource = {"sd_periode": value, "sd_items": item}
    assert all(isinstance(code, str) for code in stated_periods(resource))
    assert all(isinstance(one, str) for one in stated_items(resource, {"sd_item": value}))


@pytest.mark.parametrize(
    ("stored", "codes"),
    [
        ("2024", ["2024"]),
        (2024, ["2024"]),
        ('["2024", "2024-q1"]', ["2024", "2024-Q1"]),
        ("2024, 2025/2026", ["2024", "2025/2026"]),
        ('["2024"', []),
        ('{"tahun": 2024}', []),
        ("tahun lalu", []),
        (["2024", "lama"], ["2024"]),
        (None, []),
    ],
)
def test_stated_periods(stored, codes):
    assert stated_periods({"sd_periode": stored}) == codes


def test_items_of_a_resource_come_before_the_datasets():
    dataset = {"sd_item": "dari-dataset"}
    assert stated_items({}, dataset) == ["dari-dataset"]
    assert stated_items({"sd_items": '["a", "b"]'}, dataset) == ["a", "b"]
    assert stated_items({"sd_items": '["a'}, dataset) == []
    assert stated_items({}, {"extras": [{"key": "sd_item", "value": "x"}]}) == ["x"]


def test_endless_nesting_is_one_text_that_cannot_be_read():
    assert as_list("[" * 100_000) == ["[" * 100_000]


def test_what_no_id_can_be_states_no_item():
    stated = ["x\0y", "x" * 101, "ada spasi", "{", "00000000-0000-0000-0000-000000000001"]
    found = stated_items({"sd_items": stated}, {})
    assert found == ["00000000-0000-0000-0000-000000000001"]
