from __future__ import annotations

import dataclasses
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ckanext.satudata.rules.ruleset import load_ruleset
from ckanext.satudata.rules.score import (
    CATEGORIES,
    OrgRow,
    Parts,
    band,
    obligation_score,
    organisation_score,
    rankable,
    round_score,
    timeliness,
)

RULES = load_ruleset()


def row(received=True, late=0, m="1", k=None, q="1", *, priority=False, nihil=False):
    late_share = timeliness(late, RULES.late_window_days)
    k = m if k is None else k
    parts = Parts(received, late_share, Decimal(m), Decimal(k), Decimal(q), Decimal(1), nihil)
    return OrgRow(obligation_score(parts, RULES), priority)


PERFECT = row()
WEAK = row(late=10, m="0.8", q="0.7")
MISSING = row(received=False, late=14, m="0", q="0")
JUNK = row(q="0.49")
HONEST = [PERFECT] * 6 + [WEAK] * 3 + [MISSING] * 3


def total(rows):
    return organisation_score(rows, RULES).total


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        (HONEST, "68.04"),
        ([PERFECT] * 6 + [MISSING] * 6, "50.00"),  # the three weak datasets deleted
        ([PERFECT] + [MISSING] * 11, "8.33"),
        # three junk files in place of what is missing: below the floor
        ([PERFECT] * 6 + [WEAK] * 3 + [JUNK] * 3, "68.04"),
        ([row(late=14)] * 12, "75.00"),  # all on the last day of the window
        ([PERFECT] * 12, "100.00"),
        ([MISSING] * 12, "0.00"),
    ],
)
def test_what_the_score_must_resist(rows, expected):
    assert total(rows) == Decimal(expected)


def test_splitting_a_dataset_changes_nothing():
    """The denominator is the register: ten files for one duty still make one row."""
    assert len(HONEST) == 12
    pieces = [Parts(True, 1, 1, Decimal(1) / 10, 1, 1)] * 10
    together = Parts(True, 1, 1, sum((p.K for p in pieces), Decimal(0)), 1, 1)
    assert obligation_score(together, RULES).total == PERFECT.score.total


def test_nihil_in_place_of_data_gains_nothing():
    nihil = row(nihil=True)
    rows = [nihil] * 3 + HONEST[3:]
    assert total(rows) == total(HONEST)
    result = organisation_score(rows, RULES)
    honest = organisation_score(HONEST, RULES)
    assert result.kelengkapan <= honest.kelengkapan
    assert result.kualitas <= honest.kualitas


def test_a_late_nihil_counts_delivery_and_time_only():
    score = row(late=7, nihil=True).score
    assert round_score(score.total) == Decimal("79.17")  # (0.35 + 0.25 · 0.5) / 0.60
    assert set(score.categories) == {"ketepatan"}


def test_categories_of_the_honest_organisation():
    result = organisation_score(HONEST, RULES)
    assert result.kelengkapan == Decimal("70.00")  # (6 + 3 · 0.8) / 12
    assert result.ketepatan == Decimal("57.14")  # (6 + 3 · 4/14) / 12
    assert result.kualitas == Decimal("67.50")  # (6 + 3 · 0.7) / 12
    assert (result.n, result.weight) == (12, 12)
    assert all(result.awardable.values())


def test_no_rows_is_not_applicable():
    result = organisation_score([], RULES)
    assert result.total is result.kelengkapan is result.ketepatan is result.kualitas is None
    assert not any(result.awardable.values())
    assert band(result.total, True, RULES) is None


def test_nine_of_twelve_waived_and_three_perfect_does_not_rank():
    assert total([PERFECT] * 3) == 100
    assert not rankable(12, 0, 9, RULES)
    assert rankable(12, 3, 3, RULES)
    assert not rankable(12, 4, 3, RULES)
    assert not rankable(0, 0, 0, RULES)


def test_priority_weighs_double():
    rows = [dataclasses.replace(PERFECT, priority=True), MISSING]
    assert total(rows) == Decimal("66.67")
    rows = [PERFECT, dataclasses.replace(MISSING, priority=True)]
    assert total(rows) == Decimal("33.33")
    assert not organisation_score(rows, RULES).all_priority_delivered


def test_unmeasured_parts_leave_the_row_and_floors_rest():
    score = obligation_score(Parts(True, 1, Decimal("0.5"), None, None, None), RULES)
    assert score.D == 1
    assert round_score(score.total) == Decimal("92.86")  # (0.35 + 0.25 + 0.05) / 0.70
    assert score.unmeasured == {"kelengkapan": Decimal("0.5"), "ketepatan": 0, "kualitas": 1}
    assert score.categories["kelengkapan"] == Decimal("0.5")
    assert score.categories["kualitas"] is None


@pytest.mark.parametrize(("blind", "awardable"), [(2, True), (3, False)])
def test_more_than_a_fifth_unmeasured_is_not_awardable(blind, awardable):
    unseen = OrgRow(obligation_score(Parts(True, 1, 1, 1, None, 1), RULES))
    result = organisation_score([unseen] * blind + [PERFECT] * (10 - blind), RULES)
    assert result.unmeasured["kualitas"] == Decimal(blind) / 10
    assert result.awardable["kualitas"] is awardable
    assert result.awardable["ketepatan"]


@pytest.mark.parametrize(
    ("parts", "failed"),
    [
        (Parts(True, 1, 1, 1, Decimal("0.5"), Decimal("0.6")), ()),
        (Parts(True, 1, 1, 1, Decimal("0.499"), Decimal("0.6")), ("Q",)),
        (Parts(True, 1, 1, 1, 1, Decimal("0.599")), ("M0",)),
        (Parts(True, 1, 1, 1, 0, 0), ("M0", "Q")),
        (Parts(False, 1, 1, 1, 0, 0), ()),
        (Parts(True, 1, None, None, 0, 0, nihil=True), ()),
    ],
)
def test_floors(parts, failed):
    score = obligation_score(parts, RULES)
    assert score.floors_failed == failed
    assert bool(score.D) == (parts.received and not failed)
    assert (score.total > 0) == bool(score.D)


@pytest.mark.parametrize("value", [-0.01, 1.01, 80, float("nan")])
def test_parts_are_shares(value):
    with pytest.raises(ValueError, match="share"):
        obligation_score(Parts(True, 1, value, 1, 1, 1), RULES)


def test_timeliness():
    assert [timeliness(late, 14) for late in (-3, 0, 7, 14, 15, 99)] == [
        1, 1, Decimal("0.5"), 0, 0, 0,
    ]  # fmt: skip


def test_all_hundredths_fall_into_exactly_one_band():
    found = [band(Decimal(n) / 100, True, RULES) for n in range(10_001)]
    counts = {key: found.count(key) for key in dict.fromkeys(found)}
    assert counts == {"perlu_perbaikan": 6000, "cukup": 2000, "baik": 1000, "sangat_baik": 1001}
    assert band(Decimal("89.99"), True, RULES) == "baik"
    assert band(Decimal("90.00"), False, RULES) == "baik"


def test_rounding_is_half_up_and_once():
    assert round_score(Decimal("68.045")) == Decimal("68.05")
    assert round_score(Decimal("68.0449999")) == Decimal("68.04")
    assert round_score(Decimal("89.995")) == Decimal("90.00")
    assert round_score(None) is None


shares = st.one_of(st.none(), st.fractions(0, 1, max_denominator=400))
rows_of_parts = st.tuples(
    st.booleans(), st.integers(0, 20), shares, shares, shares, shares, st.booleans(), st.booleans()
)


def exact(value):
    """A share as Decimal, or None; Fraction keeps the reference free of rounding."""
    return None if value is None else Decimal(value.numerator) / value.denominator


def built(case):
    received, late, m, k, q, m0, nihil, priority = case
    parts = Parts(received, timeliness(late, 14), exact(m), exact(k), exact(q), exact(m0), nihil)
    return OrgRow(obligation_score(parts, RULES), priority)


@given(st.lists(rows_of_parts, max_size=12))
def test_scores_keep_to_their_bounds_and_to_exact_fractions(cases):
    rows = [built(case) for case in cases]
    result = organisation_score(rows, RULES)
    for value in (result.total, *(getattr(result, category) for category in CATEGORIES)):
        assert value is None or 0 <= value <= 100
    assert (result.total is None) == (not rows)
    if not rows:
        return
    expected = Fraction(0)
    for case, scored in zip(cases, rows, strict=True):
        _, late, m, k, q, _, nihil, priority = case
        if not scored.score.D:
            continue
        parts = {"T": max(Fraction(0), 1 - Fraction(late, 14)), "M": m, "K": k, "Q": q}
        seen = {p: v for p, v in parts.items() if v is not None and not (nihil and p != "T")}
        weights = {p: Fraction(w) for p, w in RULES.weights.items()}
        gained = weights["D"] + sum(weights[p] * v for p, v in seen.items())
        s = 100 * gained / (weights["D"] + sum(weights[p] for p in seen))
        expected += s * (2 if priority else 1)
    expected /= result.weight
    hundredths = expected * 100 + Fraction(1, 2)
    assert result.total == Decimal(hundredths.numerator // hundredths.denominator) / 100


@given(st.lists(rows_of_parts, min_size=1, max_size=8), st.randoms())
def test_order_does_not_count(cases, random):
    rows = [built(case) for case in cases]
    mixed = rows[:]
    random.shuffle(mixed)
    assert organisation_score(mixed, RULES) == organisation_score(rows, RULES)


@given(st.lists(rows_of_parts, min_size=1, max_size=8), st.data())
def test_losing_a_delivery_never_raises_a_score(cases, data):
    index = data.draw(st.integers(0, len(cases) - 1))
    lost = [(False, *case[1:]) if i == index else case for i, case in enumerate(cases)]
    before = organisation_score([built(case) for case in cases], RULES)
    after = organisation_score([built(case) for case in lost], RULES)
    assert after.total <= before.total
    assert (
        after.ketepatan is None or before.ketepatan is None or (after.ketepatan <= before.ketepatan)
    )
