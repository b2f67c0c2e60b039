"""The SQL of the rules gives what the Python functions give, on a real PostgreSQL."""

from __future__ import annotations

import dataclasses
import json
from decimal import Decimal

import pytest
import sqlalchemy as sa
from ckan import model
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ckanext.satudata.rules import sql
from ckanext.satudata.rules.ruleset import load_ruleset
from ckanext.satudata.rules.score import (
    CATEGORIES,
    OrgRow,
    Parts,
    band,
    obligation_score,
    organisation_score,
    timeliness,
)
from ckanext.satudata.rules.status import Facts, headline_status

RULES = load_ruleset()
DATABASE = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)

SHARE_COLUMNS = "t numeric, m numeric, k numeric, q numeric"
TINY = Decimal("1e-12")


@pytest.fixture
def query(non_clean_db):
    """A function that runs a query over rows handed in as JSON and returns dicts."""
    with model.ensure_engine().connect() as connection:

        def run(statement, rows):
            answer = connection.execute(sa.text(statement), {"rows": json.dumps(rows)})
            return [dict(row) for row in answer.mappings()]

        yield run


shares = st.one_of(
    st.none(),
    st.sampled_from([Decimal("0.5"), Decimal("0.4999"), Decimal("0.6"), Decimal("0.8")]),
    st.integers(0, 1000).map(lambda n: Decimal(n) / 1000),
)
cases = st.fixed_dictionaries(
    {
        "received": st.booleans(),
        "nihil": st.booleans(),
        "priority": st.booleans(),
        "late": st.one_of(st.none(), st.integers(0, 20)),
        "m": shares,
        "k": shares,
        "q": shares,
        "m0": shares,
    }
)


def plain(case):
    """The case as JSON: decimals as text, read as numeric; a nihil has no M, K, Q."""
    hidden = ("m", "k", "q") if case["nihil"] else ()
    return {
        key: None if key in hidden else str(value) if isinstance(value, Decimal) else value
        for key, value in case.items()
    }


def scored(case):
    late = case["late"]
    t = None if late is None else timeliness(late, RULES.late_window_days)
    parts = Parts(case["received"], t, case["m"], case["k"], case["q"], case["m0"], case["nihil"])
    return OrgRow(obligation_score(parts, RULES), case["priority"])


ROWS = f"""
    SELECT *, {sql.timeliness_sql(RULES)} AS t, {sql.delivered_sql(RULES)} AS d,
           {sql.weight_sql(RULES)} AS weight, {sql.floors_failed_sql(RULES)} AS failed
    FROM ROWS FROM (jsonb_to_recordset(CAST(:rows AS jsonb)) AS (received boolean, nihil boolean,
        priority boolean, late integer, m numeric, k numeric, q numeric, m0 numeric))
        WITH ORDINALITY
"""  # noqa: S608
SCORES = f"""
    SELECT *, {sql.score_sql(RULES)} AS s
         {"".join(f", {sql.category_sql(c)} AS {c}" for c in CATEGORIES)}
         {"".join(f", {sql.unmeasured_sql(c)} AS {c}_unseen" for c in CATEGORIES)}
    FROM ({ROWS}) parts
"""  # noqa: S608
ORGANISATION = f"""
    SELECT total_scores.*, {sql.band_sql(RULES)} AS band FROM (
        SELECT {sql.round_sql(sql.mean_sql("s"))} AS total,
               bool_and(d = 1) FILTER (WHERE priority) AS all_priority_delivered
             {"".join(f", {sql.round_sql(sql.mean_sql(c, 100))} AS {c}" for c in CATEGORIES)}
             {"".join(f", {sql.mean_sql(c + '_unseen')} AS {c}_unseen" for c in CATEGORIES)}
        FROM ({SCORES}) scores) total_scores
"""  # noqa: S608


@DATABASE
@given(st.lists(cases, min_size=1, max_size=30))
def test_obligations_and_organisation(query, drawn):
    rows = [scored(case) for case in drawn]
    found = query(SCORES + " ORDER BY ordinality", [plain(case) for case in drawn])
    for row, answer in zip(rows, found, strict=True):
        assert answer["d"] == row.score.D
        assert answer["failed"] == bool(row.score.floors_failed)
        assert abs(answer["s"] - row.score.total) < TINY
        for category in CATEGORIES:
            expected = row.score.categories.get(category)
            if expected is None:
                assert answer[category] is None
            else:
                assert abs(answer[category] - expected) < TINY
            assert answer[f"{category}_unseen"] == row.score.unmeasured.get(category)
    expected = organisation_score(rows, RULES)
    (answer,) = query(ORGANISATION, [plain(case) for case in drawn])
    assert answer["total"] == expected.total
    for category in CATEGORIES:
        assert answer[category] == getattr(expected, category)
        assert abs((answer[f"{category}_unseen"] or 0) - expected.unmeasured[category]) < TINY
    assert answer["band"] == band(expected.total, expected.all_priority_delivered, RULES)


def test_an_organisation_without_rows(query):
    (answer,) = query(ORGANISATION, [])
    assert answer["total"] is answer["kelengkapan"] is answer["band"] is None


def test_an_exact_half_rounds_up_although_its_rows_have_no_end(query):
    """13 rows that are 1 to 13 days late: sevenths without end, an exact mean."""
    drawn = [
        {"received": True, "nihil": False, "priority": False, "late": late,
         "m": Decimal(1), "k": Decimal(1), "q": Decimal("0.996"), "m0": Decimal(1)}
        for late in range(1, 14)
    ]  # fmt: skip
    expected = organisation_score([scored(case) for case in drawn], RULES).total
    (answer,) = query(ORGANISATION, [plain(case) for case in drawn])
    assert answer["total"] == expected == Decimal("87.42")
    for case in drawn:
        case["q"] = Decimal("0.99625")  # mean 87.425
    expected = organisation_score([scored(case) for case in drawn], RULES).total
    (answer,) = query(ORGANISATION, [plain(case) for case in drawn])
    assert answer["total"] == expected == Decimal("87.43")


flags = st.booleans()
some_share = st.sampled_from([None, Decimal("0.79"), Decimal("0.8"), Decimal(1)])
facts = st.builds(
    Facts,
    **{field.name: flags for field in dataclasses.fields(Facts) if field.type == "bool"},
    late=st.sampled_from([None, 0, 1, 30]),
    m=some_share,
    k=some_share,
    q=some_share,
)


@DATABASE
@given(st.lists(facts, min_size=1, max_size=100))
def test_headline_status(query, drawn):
    names = [(f.name, "boolean") for f in dataclasses.fields(Facts) if f.type == "bool"]
    names += [("late", "integer"), ("m", "numeric"), ("k", "numeric"), ("q", "numeric")]
    columns = ", ".join(" ".join(name) for name in names)
    statement = f"""
        SELECT {sql.status_case_sql(RULES)} AS status
        FROM ROWS FROM (jsonb_to_recordset(CAST(:rows AS jsonb)) AS ({columns}))
        WITH ORDINALITY ORDER BY ordinality
    """  # noqa: S608
    rows = [
        {k: str(v) if isinstance(v, Decimal) else v for k, v in dataclasses.asdict(f).items()}
        for f in drawn
    ]
    found = [answer["status"] for answer in query(statement, rows)]
    assert found == [headline_status(f, RULES) for f in drawn]


def test_bands_of_all_hundredths(query):
    statement = f"""
        SELECT total, met, {sql.band_sql(RULES, priority_column="met")} AS band
        FROM (SELECT n / 100.0 AS total, met FROM generate_series(0, 10000) n,
              (VALUES (true), (false)) AS v(met), (SELECT :rows) unused) scores
    """  # noqa: S608
    found = query(statement, [])
    assert len(found) == 20_002
    for answer in found:
        assert answer["band"] == band(answer["total"], answer["met"], RULES)


def test_names_of_columns_are_checked():
    with pytest.raises(ValueError, match="column"):
        sql.timeliness_sql(RULES, "late; DROP TABLE x")
    with pytest.raises(ValueError, match="category"):
        sql.category_sql("popularity")
