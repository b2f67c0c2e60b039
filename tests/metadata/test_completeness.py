"""M counts what is mandatory, filled and valid; nothing else."""

from __future__ import annotations

import json

import pytest
from ckan.plugins import get_plugin
from ckanext.scheming.plugins import SchemingDatasetsPlugin
from hypothesis import given
from hypothesis import strategies as st

from ckanext.satudata.metadata.completeness import (
    applies,
    completeness_of,
    is_placeholder,
    measure,
    not_applicable,
    progress,
)
from ckanext.satudata.metadata.schema import (
    Condition,
    Rule,
    SchemaError,
    conditions_of,
    groups,
    rules,
)

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


@pytest.mark.parametrize(
    "text",
    [
        "\u00a0",
        "\u3000",
        "—–…",
        "( n/a )",
        "-N/A-",
        "Xx",
        "xXxX",
        "[]",
        "{}",
        "''",
        "\t\n",
        "\u2028",
    ],
)
def test_signs_and_blanks_around_a_word_do_not_make_it_an_answer(text):
    assert is_placeholder(text)


@pytest.mark.parametrize("text", ["0", "x", "tidak ada", "NAD", "n/a bulan ini", "é", "%a"])
def test_short_answers_are_answers(text):
    assert not is_placeholder(text)


SURVEY = schema_of(
    {"field_name": "title", "wajib": True, "kelompok": "umum", "bobot": 3},
    {
        "field_name": "sd_cara",
        "preset": "satudata_select",
        "choices": [{"value": "SURVEI"}, {"value": "SENSUS"}],
        "kelompok": "umum",
        "wajib": True,
    },
    {
        "field_name": "sd_sarana",
        "preset": "satudata_multi",
        "choices": [{"value": "papi"}, {"value": "capi, cati"}],
        "kelompok": "umum",
        "wajib": True,
    },
    {"field_name": "sd_petugas", "berlaku_jika": {"sd_sarana": ["capi, cati"]}, "wajib": True},
    {
        "field_name": "sd_sampel",
        "kelompok": "blok_v",
        "choices": [{"value": "PROBABILITAS"}, {"value": "LAIN"}],
        "wajib": True,
    },
    {
        "field_name": "sd_kerangka",
        "kelompok": "blok_v",
        "berlaku_jika": {"sd_sampel": "PROBABILITAS"},
        "wajib_jika": {"sd_uji": True},
    },
    {"field_name": "sd_uji", "kelompok": "umum", "preset": "satudata_boolean"},
    {
        "field_name": "sd_variabel",
        "kelompok": "variabel",
        "repeating_subfields": [
            {"field_name": "nama", "wajib": True, "bobot": 2},
            {"field_name": "alias"},
            {"field_name": "tipe", "wajib": True, "choices": [{"value": "teks"}]},
        ],
    },
    {
        "field_name": "sd_rilis",
        "kelompok": "variabel",
        "wajib": True,
        "repeating_subfields": [{"field_name": "awal"}, {"field_name": "akhir"}],
    },
    {
        "field_name": "sd_level",
        "preset": "satudata_suggest",
        "choices": [{"value": "Nasional"}],
        "wajib": True,
        "kelompok": "variabel",
    },
    kelompok=[
        {"name": "umum", "label": "Umum"},
        {"name": "blok_v", "label": "Blok V", "berlaku_jika": {"sd_cara": "SURVEI"}},
        {"name": "variabel", "label": "Variabel"},
        {"name": "lain", "label": "Lain"},
    ],
    kontak_fields=[{"field_name": "sd_pj_nama", "kelompok": "umum", "wajib": True}],
)


def test_conditions_come_from_the_tab_and_from_the_fields_they_name():
    found = conditions_of(SURVEY)
    survey = Condition("sd_cara", frozenset({"SURVEI"}))
    probability = Condition("sd_sampel", frozenset({"PROBABILITAS"}))
    assert found["title"] == found["sd_pj_nama"] == ()
    assert found["sd_sampel"] == (survey,)
    assert found["sd_kerangka"] == (survey, probability)
    assert found["sd_petugas"] == (Condition("sd_sarana", frozenset({"capi, cati"}), many=True),)
    (frame,) = [rule for rule in rules(SURVEY) if rule.name == "sd_kerangka"]
    assert frame.conditions == (survey, probability, Condition("sd_uji", frozenset({"true"})))


def test_tabs_hold_their_fields_in_order():
    found = {
        group.name: [field["field_name"] for field in (*group.fields, *group.contact_fields)]
        for group in groups(SURVEY)
    }
    assert found["umum"] == ["title", "sd_cara", "sd_sarana", "sd_uji", "sd_pj_nama"]
    assert found["blok_v"] == ["sd_sampel", "sd_kerangka"]
    assert list(found) == ["umum", "blok_v", "variabel", "lain"]


def test_a_question_whose_condition_does_not_apply_does_not_apply_either():
    """The answer to the question before is stored still, but its tab no longer applies."""
    values = {"sd_cara": "SENSUS", "sd_sampel": "PROBABILITAS", "sd_kerangka": "Daftar"}
    assert not applies(conditions_of(SURVEY)["sd_kerangka"], values)
    assert not_applicable(values, SURVEY) == ["sd_sampel", "sd_kerangka"]
    assert not_applicable({**values, "sd_cara": " SURVEI "}, SURVEY) == []
    assert not_applicable({**values, "sd_kerangka": "-", "sd_sampel": ""}, SURVEY) == []


@pytest.mark.parametrize("stored", ['["papi", "capi, cati"]', ["capi, cati"], ' ["capi, cati"]'])
def test_a_condition_on_several_choices_holds_if_one_of_them_is_meant(stored):
    assert applies(conditions_of(SURVEY)["sd_petugas"], {"sd_sarana": stored})


@pytest.mark.parametrize("stored", [None, "[]", '["papi"]', '[["capi, cati"]]', "[", {"a": 1}])
def test_and_does_not_hold_otherwise(stored):
    assert not applies(conditions_of(SURVEY)["sd_petugas"], {"sd_sarana": stored})


def missing(values):
    return measure(values, rules(SURVEY)).missing


def test_a_subfield_is_filled_if_every_row_has_it_and_there_is_a_row():
    rows = [{"nama": "Umur", "tipe": "teks"}, {"nama": "-", "tipe": "bilangan"}]
    both = ["sd_variabel.nama", "sd_variabel.tipe"]
    for nothing in (None, "", "[]", "{}", "[", "[1]", [], '[{"nama": 1, "tipe": "teks"}, {}]'):
        assert [path for path in missing({"sd_variabel": nothing}) if path in both] == both
    assert not set(both) & set(missing({"sd_variabel": rows[:1]}))
    assert not set(both) & set(missing({"sd_variabel": json.dumps(rows[:1])}))
    assert set(both) <= set(missing({"sd_variabel": rows}))


def test_rows_without_mandatory_subfields_need_one_answer_anywhere():
    assert "sd_rilis" in missing({"sd_rilis": [{"awal": "-"}, {"lain": "2025"}]})
    assert "sd_rilis" not in missing({"sd_rilis": [{"awal": "-"}, {"akhir": "2025-01-31"}]})


def test_choices_that_are_only_offered_close_nothing():
    assert "sd_level" not in missing({"sd_level": "Kelurahan"})
    assert "sd_level" in missing({"sd_level": "n/a"})


def test_weights_count_for_the_percentage_and_not_for_the_numbers_told():
    found = measure({"title": "Survei", "sd_cara": "SENSUS"}, rules(SURVEY))
    assert (found.answered, found.asked) == (2, 7)
    assert (found.filled, found.required) == (4, 10)
    assert found.percent == 40


def test_progress_of_each_tab():
    values = {"title": "Survei", "sd_cara": "SURVEI", "sd_variabel": [{"nama": "Umur"}]}
    assert progress(values, SURVEY) == {
        "umum": (2, 3),
        "blok_v": (0, 1),
        "variabel": (1, 4),
        "lain": (0, 0),
    }
    assert progress(values, SURVEY, contact={})["umum"] == (2, 4)
    assert progress({**values, "sd_cara": "SENSUS"}, SURVEY)["blok_v"] == (0, 0)


def test_the_person_in_charge_counts_where_it_may_be_seen(monkeypatch):
    assert [rule.name for rule in set(rules(SURVEY, contact=True)) - set(rules(SURVEY))] == [
        "sd_pj_nama"
    ]
    monkeypatch.setattr("ckanext.satudata.metadata.completeness.schema_of", lambda _: SURVEY)
    asked = completeness_of({"type": "kegiatan"}).asked
    assert completeness_of({"type": "kegiatan"}, {}).asked == asked + 1
    assert completeness_of({"type": "kegiatan"}, {"sd_pj_nama": "Siti"}).answered == 1


def test_a_stored_list_counts_as_the_list_that_is_shown():
    rows = [{"nama": "Umur é", "tipe": "teks"}]
    for name, text, shown in (
        ("sd_variabel", json.dumps(rows), rows),
        ("sd_sarana", '["papi"]', ["papi"]),
    ):
        assert measure({name: text}, rules(SURVEY)) == measure({name: shown}, rules(SURVEY))
        assert name not in missing({name: shown})


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        (
            [
                {"field_name": "a", "berlaku_jika": {"b": "1"}},
                {"field_name": "b", "berlaku_jika": {"a": "1"}},
            ],
            "a → b → a",
        ),
        ([{"field_name": "a", "kelompok": "k"}], "a → a"),
        ([{"field_name": "a", "wajib_jika": {"sd_salah": "1"}}], "sd_salah"),
        (
            [
                {
                    "field_name": "a",
                    "repeating_subfields": [{"field_name": "b", "berlaku_jika": {"a": "1"}}],
                }
            ],
            "a.b",
        ),
    ],
)
def test_a_schema_that_contradicts_itself_is_refused_by_name(fields, message):
    tab = {"name": "k", "label": "K", "berlaku_jika": {"a": "1"}}
    broken = schema_of(*fields, kelompok=[tab] if "kelompok" in fields[0] else [])
    with pytest.raises(SchemaError, match=message):
        conditions_of(broken)


@pytest.mark.usefixtures("with_plugins")
def test_the_active_schemas_are_read_at_the_start(monkeypatch, ckan_config):
    broken = schema_of({"field_name": "a", "berlaku_jika": {"sd_salah": "1"}})
    loaded = SchemingDatasetsPlugin.instance._expanded_schemas
    get_plugin("satudata").configure(ckan_config)
    monkeypatch.setitem(loaded, "rusak", broken)
    with pytest.raises(SchemaError, match="sd_salah"):
        get_plugin("satudata").configure(ckan_config)
