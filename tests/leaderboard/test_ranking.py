"""Places, peer groups and winners from figures alone."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ckanext.satudata.leaderboard import ranking
from ckanext.satudata.rules.ruleset import load_ruleset

RULES = load_ruleset()
score = st.decimals(0, 100, places=2)


def entry(number: int, total: str | None = "80", **changes) -> ranking.Entry:
    value = None if total is None else Decimal(total)
    return replace(
        ranking.Entry(
            org_id=f"opd-{number}",
            pool="perangkat",
            duties_per_year=20,
            total=value,
            completeness=value,
            timeliness=value,
            quality=value,
            due=20,
            nihil=0,
            waived=0,
            unmeasured={},
        ),
        **changes,
    )


entries = st.lists(
    st.tuples(
        st.none() | score,
        st.sampled_from(ranking.POOLS),
        st.integers(0, 60),
        st.integers(0, 20),
    ),
    max_size=25,
).map(
    lambda drawn: [
        entry(number, total, pool=pool, duties_per_year=duties, waived=waived)
        for number, (total, pool, duties, waived) in enumerate(drawn)
    ]
)


def test_ties_share_a_rank_and_leave_a_gap():
    assert ranking.competition_ranks([Decimal(n) for n in (70, 90, 80, 80)]) == [4, 1, 2, 2]


@given(st.lists(score))
def test_rank_is_one_more_than_the_number_of_better_scores(scores):
    expected = [1 + sum(other > own for other in scores) for own in scores]
    assert ranking.competition_ranks(scores) == expected


@given(entries)
def test_every_entry_has_one_place_with_a_rank_or_a_reason(drawn):
    places = [place for table in ranking.tables(drawn, RULES) for place in table.places]
    assert sorted(p.entry.org_id for p in places) == sorted(e.org_id for e in drawn)
    assert all((place.rank is None) != (place.reason is None) for place in places)


@given(entries)
def test_a_table_is_in_order_of_rank_and_the_unranked_are_last(drawn):
    for table in ranking.tables(drawn, RULES):
        ranks = [place.rank for place in table.places]
        ranked = [rank for rank in ranks if rank is not None]
        assert ranks == sorted(ranked) + [None] * (len(ranks) - len(ranked))
        assert not ranked or len(ranked) >= RULES.min_group


@given(entries, st.tuples(score, st.integers(3, 60)))
def test_a_peer_of_another_pool_changes_no_rank(drawn, added):
    own = [e for e in drawn if e.pool == "perangkat"]
    stranger = entry(999, added[0], pool="kecamatan", duties_per_year=added[1])

    def ranks(of):
        return {
            place.entry.org_id: place.rank
            for table in ranking.tables(of, RULES)
            if table.pool == "perangkat"
            for place in table.places
        }

    assert ranks([*own, stranger]) == ranks(own)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"duties_per_year": 0, "total": None}, "no_duties"),
        ({"duties_per_year": 2}, "few_duties"),
        ({"waived": 6, "nihil": 5}, "excluded"),
        ({"due": 0, "total": None}, "nothing_due"),
        ({"total": None}, "unmeasured"),
    ],
)
def test_reasons_for_no_rank(changes, reason):
    drawn = [entry(1), entry(2), entry(3), entry(4, **changes)]
    places = [p for table in ranking.tables(drawn, RULES) for p in table.places]
    assert {p.entry.org_id: p.reason for p in places} == {
        "opd-1": None,
        "opd-2": None,
        "opd-3": None,
        "opd-4": reason,
    }


def test_half_excluded_is_still_ranked():
    drawn = [entry(n, nihil=10) for n in range(3)]
    assert [p.rank for p in ranking.tables(drawn, RULES)[0].places] == [1, 1, 1]


def test_nine_waived_and_three_perfect_does_not_rank_first():
    perfect = entry(1, "100", duties_per_year=12, due=12, waived=9)
    honest = [entry(n, "68.04", duties_per_year=12, due=12) for n in (2, 3, 4)]
    (table,) = ranking.tables([perfect, *honest], RULES)
    assert [(p.entry.org_id, p.rank) for p in table.places][-1] == ("opd-1", None)


def test_two_organisations_are_no_group_to_rank():
    (table,) = ranking.tables([entry(1), entry(2)], RULES)
    assert [place.reason for place in table.places] == ["small_group"] * 2


def test_a_trial_year_ranks_nobody():
    (table,) = ranking.tables([entry(n) for n in range(3)], replace(RULES, uji_coba=True))
    assert [place.reason for place in table.places] == ["trial"] * 3


def test_groups_follow_the_duties_of_the_year():
    drawn = [entry(n, duties_per_year=duties) for n, duties in enumerate((12, 13, 40, 41, 2))]
    sizes = {
        p.entry.duties_per_year: t.size for t in ranking.tables(drawn, RULES) for p in t.places
    }
    assert sizes == {12: "kecil", 13: "sedang", 40: "sedang", 41: "besar", 2: None}


def test_winners_share_a_category_and_the_unmeasured_do_not_win():
    drawn = [
        entry(1, "80"),
        entry(2, "80"),
        entry(3, "99", unmeasured={"quality": Decimal("0.21")}),
        entry(4, "10"),
    ]
    (table,) = ranking.tables(drawn, RULES)
    assert [e.org_id for e in ranking.winners(table, "quality", RULES)] == ["opd-1", "opd-2"]
    assert [e.org_id for e in ranking.winners(table, "timeliness", RULES)] == ["opd-3"]


def test_a_score_of_nothing_wins_nothing():
    (table,) = ranking.tables([entry(n, "0") for n in range(3)], RULES)
    assert ranking.winners(table, "completeness", RULES) == []
