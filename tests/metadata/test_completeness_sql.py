"""The count in SQL is the count in Python, on a real PostgreSQL, whatever is stored."""

from __future__ import annotations

import json

import pytest
import sqlalchemy as sa
from ckan import model
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from ckanext.satudata.metadata.completeness import CORE_COLUMNS, measure
from ckanext.satudata.metadata.completeness_sql import COLUMNS, completeness_sql
from ckanext.satudata.metadata.schema import Condition, Rule, dataset_rules
from ckanext.satudata.metadata.stored_values import BLANKS

DINAMIS = Condition("sd_sifat", frozenset({"dinamis", "it's: 100 %"}))
WAWANCARA = Condition("sd_cara", frozenset({"wawancara", "a, b"}), many=True)
RULES = (
    Rule("notes", weight=3),
    Rule("sd_judul"),
    Rule("sd_sifat", choices=frozenset({"dinamis", "statis", "it's: 100 %"})),
    Rule("sd_frekuensi", (DINAMIS,), frozenset({"A", "M"}), weight=2),
    Rule("sd_cara", (), frozenset({"wawancara", "a, b", "lainnya"}), many=True),
    Rule("sd_bebas", (WAWANCARA,), many=True),
    Rule("sd_ganda", (DINAMIS, WAWANCARA)),
    Rule("sd_variabel", subfield="nama"),
    Rule("sd_variabel", subfield="tipe", choices=frozenset({"teks", "angka"}), weight=2),
    Rule("sd_variabel", subfield="o'k:a"),
    Rule("sd_rilis", (WAWANCARA,), subfields=("awal", "akhir")),
)

said = st.sampled_from(["Orang", "Jiwa/km²", "0", "n", "É", "İx", "xi", "🙂", "x" * 40_000])
nothing = st.sampled_from(
    ["", " ", "-", "—", "...", "N/A", "n.a.", "( xXx )", "NA", "\u3000-\u2028", "\ufeff", "\u200b"]
)
blank = st.text(st.sampled_from(BLANKS), max_size=2)
any_text = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=6)
free = st.one_of(said, nothing, any_text)
choice = st.builds(
    "{}{}{}".format,
    blank,
    st.sampled_from(["dinamis", "it's: 100 %", "statis", "A", "M", "wawancara", "a, b", "lainnya"]),
    blank,
)
# In a row that is complete but for them: a text that cannot be read says nothing.
values = [
    *("NaN", "-Infinity", "1e400000", "1e-20000", "-0.0", "1E5", "01", "1.", "9" * 5000, "true"),
    *('"\\u0000"', '"\\ud83d"', '"\\ude42\\ud83d"', '"\\ud83d\\ude42"', '"\\\\ud83d"', '"\\x"'),
    *('"a\tb"', '{"\\ud800": 1}', '"\\u0000", "lain": 1', "[" * 500 + "]" * 500, "[" * 3000, ""),
]
complete_row = '{"nama": "Umur", "tipe": "teks", "o\'k:a": "Jiwa", "awal": "2025", "lain": %s}'
odd = st.sampled_from(
    [
        *(f"[{complete_row % value}]" for value in values),
        *(f"[{complete_row % 1}, {value}]" for value in ("null", '"x"', "{}", "")),
        *(complete_row % 1, f"\ufeff[{complete_row % 1}]", f"[{complete_row % 1}] x"),
        *("[", "{}", "[]", "null", "[null]", "[[]]", '[["wawancara"]]', '["wawancara", 1]'),
        *('["wawancara", "\\u0000"]', '["wawancara",]', f'["{"wawancara" * 9000}"]'),
    ]
)
cell = st.one_of(
    free,
    st.sampled_from(["teks", " angka ", "waktu"]),
    st.none(),
    st.integers(),
    st.booleans(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.just(["Orang"]),
    st.just({"a": "Orang"}),
)
row = st.dictionaries(st.sampled_from(["nama", "tipe", "o'k:a", "awal", "akhir", "lain"]), cell)
good_row = st.fixed_dictionaries(
    {"nama": said, "tipe": st.sampled_from(["teks", "angka"]), "o'k:a": said}
)


def as_json(lists):
    """The JSON text of a list, as different clients write it."""
    return st.builds(
        lambda held, ascii, before: before + json.dumps(held, ensure_ascii=ascii),
        lists,
        st.booleans(),
        blank,
    )


rows = as_json(st.lists(st.one_of(row, good_row, cell), max_size=2))
texts = as_json(st.lists(st.one_of(choice, free, st.integers()), max_size=2))
text = st.one_of(choice, free)
STORED = {
    **dict.fromkeys(("sd_variabel", "sd_rilis"), st.one_of(rows, rows, odd, text)),
    **dict.fromkeys(("sd_cara", "sd_bebas"), st.one_of(texts, texts, odd, text)),
    **dict.fromkeys(("sd_judul", "sd_ganda"), st.one_of(free, odd)),
    **dict.fromkeys(("sd_sifat", "sd_frekuensi"), st.one_of(choice, choice, odd, free)),
}
datasets = st.fixed_dictionaries(
    {"notes": st.one_of(st.none(), free), "extras": st.fixed_dictionaries({}, optional=STORED)}
)


@pytest.fixture
def count(clean_db):
    """Puts datasets into a copy of core's table and counts them by a query of these rules."""
    with model.ensure_engine().connect() as connection:
        connection.execute(
            sa.text("CREATE TEMP TABLE package (LIKE public.package INCLUDING CONSTRAINTS)")
        )

        def run(drawn, rules, ids=None):
            connection.execute(sa.text("TRUNCATE pg_temp.package"))
            rows = [
                {
                    "id": str(number),
                    "name": str(number),
                    "type": "dataset",
                    "extras": one["extras"],
                    **{name: one.get(name) for name in CORE_COLUMNS},
                }
                for number, one in enumerate(drawn)
            ]
            connection.execute(
                sa.text(
                    "INSERT INTO pg_temp.package SELECT * FROM"
                    " jsonb_populate_recordset(CAST(NULL AS pg_temp.package), CAST(:rows AS jsonb))"
                ),
                {"rows": json.dumps(rows)},
            )
            answer = connection.execute(completeness_sql(rules, ids=ids)).mappings()
            return {int(found["package_id"]): {n: found[n] for n in COLUMNS} for found in answer}

        yield run


def expected(one, rules):
    return measure({**one["extras"], **{n: one.get(n) for n in CORE_COLUMNS}}, rules).fact


def assert_agree(count, drawn, rules):
    found = count(drawn, rules)
    assert len(found) == len(drawn)
    for number, one in enumerate(drawn):
        assert found[number] == expected(one, rules), one


# Not made smaller: the assertion names the one dataset.
DATABASE = settings(
    max_examples=300,
    phases=[Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


@DATABASE
@given(st.lists(datasets, min_size=10, max_size=20))
def test_python_and_sql_agree_on_whatever_is_stored(count, drawn):
    assert_agree(count, drawn, RULES)


def answer_to(rule_or_condition):
    """A stored value that fills a rule or meets a condition."""
    if isinstance(rule_or_condition, Condition):
        text = min(rule_or_condition.values)
        return json.dumps([text]) if rule_or_condition.many else text
    rule = rule_or_condition
    text = min(rule.choices) if rule.choices else "Jiwa"
    if rule.subfield or rule.subfields:
        return json.dumps([{rule.subfield or rule.subfields[-1]: text}])
    return json.dumps([text]) if rule.many else text


def dataset_of(values):
    return {
        **{name: values.get(name) for name in CORE_COLUMNS},
        "extras": {name: text for name, text in values.items() if name not in CORE_COLUMNS},
    }


@pytest.mark.parametrize("dataset_type", ["dataset", "kegiatan", "dokumen"])
def test_every_rule_of_the_schemas_both_ways(count, dataset_type):
    """Asked for if all its conditions hold, not if one of them fails; given and not given."""
    rules = dataset_rules(dataset_type)
    drawn, paths = [{"extras": {}}], [None]
    for rule in rules:
        met = {one.name: answer_to(one) for one in rule.conditions}
        drawn += [dataset_of(met), dataset_of({**met, rule.name: answer_to(rule)})]
        paths += [(rule.path, True, False), (rule.path, True, True)]
        for one in rule.conditions:
            for failing in (None, "bukan pilihan", '["bukan pilihan"]', "-"):
                values = {**met, one.name: failing} if failing else dict(met)
                if not failing:
                    del values[one.name]
                drawn.append(dataset_of(values))
                paths.append((rule.path, False, False))
    found = count(drawn, rules)
    for number, (one, path) in enumerate(zip(drawn, paths, strict=True)):
        assert found[number] == expected(one, rules)
        if path:
            name, asked, given_ = path
            assert (name in found[number]["missing"]) == (asked and not given_), (one, path)
    assert found[0]["missing"] == [rule.path for rule in rules if not rule.conditions]


def values_for(rules):
    """Datasets with answers, placeholders, foreign and broken values for the fields of rules."""
    fields = {}
    for rule in rules:
        for one in (rule, *rule.conditions):
            fields.setdefault(one.name, []).append(answer_to(one))
    composites = {}
    for rule in rules:
        if rule.subfield or rule.subfields:
            known = st.sampled_from([*sorted(rule.choices or ()), "Jiwa", "-", 5])
            for name in (rule.subfield,) if rule.subfield else rule.subfields:
                composites.setdefault(rule.name, {})[name] = known
    held = {
        name: st.one_of(st.sampled_from(answers), free, odd) for name, answers in fields.items()
    }
    for name, cells in composites.items():
        rows = st.lists(st.fixed_dictionaries(cells), min_size=1, max_size=3).map(json.dumps)
        held[name] = st.one_of(rows, held[name])
    return st.fixed_dictionaries({}, optional=held).map(dataset_of)


@pytest.mark.parametrize("dataset_type", ["dataset", "kegiatan", "dokumen"])
@settings(DATABASE, max_examples=25)
@given(data=st.data())
def test_python_and_sql_agree_on_the_schemas_themselves(count, dataset_type, data):
    rules = dataset_rules(dataset_type)
    drawn = data.draw(st.lists(values_for(rules), min_size=10, max_size=40))
    assert_agree(count, drawn, rules)


def test_only_the_datasets_asked_for_and_no_rules_at_all(count):
    drawn = [{"extras": {}}] * 3
    assert set(count(drawn, RULES, ids=["0", "2", "none"])) == {0, 2}
    assert count(drawn[:1], ()) == {0: expected(drawn[0], ())}
    assert count(drawn, RULES, ids=[]) == {}
