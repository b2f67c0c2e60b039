"""The points of the parts are the score, whatever was measured."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from ckanext.satudata.rules.contributions import contributions
from ckanext.satudata.rules.ruleset import load_ruleset
from ckanext.satudata.rules.score import Parts, obligation_score

RULES = load_ruleset()
share = st.none() | st.integers(0, 20).map(lambda n: Decimal(n) / 20)


@given(t=share, m=share, k=share, q=share, nihil=st.booleans())
def test_the_points_add_up_to_the_score(t, m, k, q, nihil):
    score = obligation_score(Parts(received=True, T=t, M=m, K=k, Q=q, nihil=nihil), RULES)
    found = contributions({"D": Decimal(score.D), "T": t, "M": m, "K": k, "Q": q}, RULES, nihil)
    assert abs(sum(one.points for one in found) - score.total) < Decimal("1e-9")
    assert all(one.most is None or one.points <= one.most for one in found)
    if score.D:
        assert abs(sum(one.most or 0 for one in found) - 100) < Decimal("1e-9")


def test_what_is_not_measured_leaves_the_row():
    found = contributions({"D": Decimal(1), "T": Decimal(1), "Q": Decimal(1)}, RULES)
    assert {one.part: one.most for one in found if one.part in "MK"} == {"M": None, "K": None}
    assert found[0].most > 35


def test_nothing_delivered_gives_nothing_and_every_part_keeps_its_weight():
    found = contributions({"D": Decimal(0)}, RULES)
    assert [one.points for one in found] == [0] * 5
    assert [one.most for one in found] == [35, 25, 10, 10, 20]
