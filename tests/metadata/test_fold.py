"""Keys of a posted form become one ordered list of rows for each field."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ckanext.satudata.metadata import composites

NAMES = ("sd_variabel", "sd_var")
SUBFIELDS = ("nama", "konsep", "kode_sds")
FIELD = {"repeating_subfields": [{"field_name": name} for name in SUBFIELDS]}

texts = st.text(min_size=1, max_size=8).filter(str.strip).map(lambda text: text.replace("\r\n", ""))
row = st.dictionaries(st.sampled_from(SUBFIELDS), texts, min_size=1)
blank_row = st.dictionaries(st.sampled_from(SUBFIELDS), st.sampled_from(["", " ", "\r\n"]))
numbered = st.dictionaries(st.integers(0, 2000), row | blank_row, max_size=12)


def keys(name: str, rows: dict[int, dict[str, str]]) -> dict[str, str]:
    return {
        f"{name}-{number}-{subfield}": text
        for number, subfields in rows.items()
        for subfield, text in subfields.items()
    }


def expected(rows: dict[int, dict[str, str]]) -> list[dict[str, str]]:
    kept = [rows[number] for number in sorted(rows)]
    kept = [one for one in kept if any(text.strip() for text in one.values())]
    return [{k: v.replace("\r\n", "\n") for k, v in one.items()} for one in kept]


@given(numbered, numbered, st.randoms())
def test_two_fields_in_one_form_do_not_disturb_each_other(first, second, random):
    given_keys = [*keys(NAMES[0], first).items(), *keys(NAMES[1], second).items()]
    given_keys += [("sd_variabel", ""), ("sd_var", ""), ("title", "Judul"), ("jumlah-1-a", "b")]
    random.shuffle(given_keys)
    data: dict[str, Any] = dict(given_keys)
    composites.fold(data, NAMES)
    assert data == {
        "sd_variabel": expected(first),
        "sd_var": expected(second),
        "title": "Judul",
        "jumlah-1-a": "b",
    }


@given(numbered.filter(bool), st.data())
def test_a_row_marked_for_removal_alone_is_left_out(rows, data):
    removed = data.draw(st.sampled_from(sorted(rows)))
    posted = {**keys("sd_var", rows), f"sd_var-{removed}-{composites.REMOVE}": "1", "sd_var": ""}
    composites.fold(posted, NAMES)
    rows.pop(removed)
    assert posted == {"sd_var": expected(rows)}


def test_a_field_that_the_form_does_not_ask_for_stays_out():
    data = {"title": "Judul", "a-0-b": "c"}
    composites.fold(data, NAMES)
    assert data == {"title": "Judul", "a-0-b": "c"}


@pytest.mark.parametrize("given_rows", [[{"nama": "a"}], [], "", None])
def test_a_list_is_taken_as_it_is_and_an_empty_value_is_no_row(given_rows):
    data = {"sd_variabel": given_rows}
    composites.fold(data, NAMES)
    assert data == {"sd_variabel": given_rows or []}


def test_several_values_of_one_subfield_stay_a_list():
    data = {"sd_var-0-nama": ["", "a", "b"], "sd_var-1-nama": ["", " "]}
    composites.fold(data, NAMES)
    assert data == {"sd_var": [{"nama": ["", "a", "b"]}]}


@pytest.mark.parametrize(
    ("stored", "rows"),
    [
        ('{"rusak', [{"nama": '{"rusak'}]),
        ("Kecamatan", [{"nama": "Kecamatan"}]),
        ('["a", "b"]', [{"nama": "a"}, {"nama": "b"}]),
        ('[["a"], 1]', [{"nama": '["a"]'}, {"nama": "1"}]),
        ('{"konsep": "a"}', [{"konsep": "a"}]),
        ('[{"nama": "a"}, {}, {"nama": " "}]', [{"nama": "a"}]),
        ("null", [{"nama": "null"}]),
        ("[" * 100_000, [{"nama": "[" * 100_000}]),
        ("", []),
        (None, []),
        ([{"nama": "a", "__extras": {"lain": "b"}}], [{"lain": "b", "nama": "a"}]),
    ],
)
def test_rows_are_read_from_whatever_is_stored(stored, rows):
    assert composites.read_rows(stored, FIELD) == rows
