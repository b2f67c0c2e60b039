"""Taking personal data off a dataset leaves nothing of them and touches nothing else."""

from __future__ import annotations

import copy
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from ckanext.satudata.metadata import contact

_PERSONAL = st.sampled_from([*contact.FIELDS, "SD_PJ_NAMA", " sd_pj_lain "])
_OTHER = st.sampled_from(["title", "notes", "sd_kegiatan", "key", "value", "pj_nama"])
_THINGS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(_PERSONAL | _OTHER, inner, max_size=4)
        | st.builds(lambda key, value: {"key": key, "value": value}, _PERSONAL, inner)
    ),
    max_leaves=12,
)
_DATASETS = st.dictionaries(
    st.sampled_from(["extras", "resources", "sd_variabel"]) | _PERSONAL | _OTHER, _THINGS
)


def _is_personal(key: Any) -> bool:
    return isinstance(key, str) and "sd_pj_" in key.lower()


def _without(thing: Any) -> Any:
    """What should be left, made the slow and plain way."""
    if isinstance(thing, dict):
        return {key: _without(value) for key, value in thing.items() if not _is_personal(key)}
    if isinstance(thing, list):
        rows = (
            one for one in thing if not (isinstance(one, dict) and _is_personal(one.get("key")))
        )
        return [_without(one) for one in rows]
    return thing


@given(_DATASETS)
def test_nothing_personal_is_left_and_nothing_else_is_lost(dataset):
    given_inputs = {name: dataset[name] for name in contact.FIELDS if name in dataset}
    expected = _without(copy.deepcopy(dataset))
    taken = contact.take(dataset)
    assert dataset == expected
    assert {name: taken[name] for name in given_inputs} == given_inputs
    assert set(taken) <= set(contact.FIELDS)


def test_an_extra_counts_as_the_input_unless_it_is_marked_for_removal():
    dataset = {
        "sd_pj_nama": "Siti",
        "extras": [
            {"key": "sd_pj_nama", "value": "lain"},
            {"key": "sd_pj_email", "value": "a@b.id"},
            {"key": "sd_pj_alamat", "value": "Jalan", "deleted": "true"},
        ],
    }
    assert contact.take(dataset) == {"sd_pj_nama": "Siti", "sd_pj_email": "a@b.id"}
    assert dataset == {"extras": []}
