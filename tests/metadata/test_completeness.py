"""M counts what is mandatory, filled and valid; nothing else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ckanext.satudata.metadata.completeness import is_placeholder, measure
from ckanext.satudata.metadata.schema import Condition, Rule, rules

RULES = (
    Rule("notes"),
    Rule("sd_satuan"),
    Rule("sd_sifat", choices=frozenset({"dinamis", "statis"})),
    Rule("sd_frekuensi", (Condition("sd_sifat", frozenset({"dinamis"})),), frozenset({"A", "M"})),
)
NAMES = [rule.name for rule in RULES]


def schema_of(*fields, **keys):
    return {"dataset_fields": list(fields), **keys}


values = st.dictionaries(
    st.sampled_from(NAMES),
    st.one_of(
        st.none(),
        st.text(max_size=5),
        st.sampled_from(["-", "n/a", "xxx", ".", "dinamis", "statis", "A", "M", "Orang"]),
    ),
)


@given(values)
def test_counts_add_up(given_values):
    found = measure(given_values, RULES)
    assert found.filled + len(found.missing) == found.required
    assert 0 <= found.always_filled <= found.always_required == 3
    assert found.required == 3 + (given_values.get("sd_sifat") == "dinamis")
    assert [name for name in NAMES if name in found.missing] == found.missing
    assert 0 <= found.percent <= 100
    assert (found.percent == 100) == (not found.missing)


@given(values, st.sampled_from(["-", "--", "n/a", "N/A", ".", "xxx", "XXX", " ", "", None]))
def test_a_placeholder_never_fills_a_field(given_values, placeholder):
    for name in NAMES:
        assert name not in measure({**given_values, name: "-"}, RULES[:0]).missing
        found = measure({**given_values, "sd_sifat": "dinamis", name: placeholder}, RULES)
        if name != "sd_sifat":
            assert name in found.missing


@given(values)
def test_filling_a_field_never_lowers_the_count(given_values):
    before = measure(given_values, RULES)
    after = measure({**given_values, "sd_satuan": "Orang"}, RULES)
    assert after.required == before.required
    assert after.filled >= before.filled
    assert "sd_satuan" not in after.missing


@given(st.text(alphabet=st.characters(categories=["Lu", "Ll", "Nd"]), min_size=1))
def test_words_are_no_placeholders(text):
    if set(text.lower()) != {"x"} and text.lower() != "na":
        assert not is_placeholder(text)


@pytest.mark.parametrize("text", ["", " ", "-", "—", ".", "...", "xx", "xxx", "n/a", "N.A.", "na"])
def test_placeholders(text):
    assert is_placeholder(text)


def test_a_value_outside_the_list_is_not_filled():
    found = measure({"notes": "x y", "sd_satuan": "Orang", "sd_sifat": "berubah"}, RULES)
    assert found.missing == ["sd_sifat"]
    assert (found.required, found.filled) == (3, 2)


def test_conditions_take_one_value_or_several():
    (rule,) = rules(
        schema_of(
            {"field_name": "a", "wajib_jika": {"b": "1", "c": ["2", "3"]}},
            {"field_name": "b"},
            {"field_name": "c"},
        )
    )
    assert measure({"b": "1", "c": "3"}, [rule]).missing == ["a"]
    assert measure({"b": "1", "c": "4"}, [rule]).required == 0
    assert measure({}, [rule]).percent is None
