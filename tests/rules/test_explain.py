from __future__ import annotations

import string
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ckanext.satudata.rules.explain import SENTENCES, ResultRow, explain, gains
from ckanext.satudata.rules.ruleset import load_ruleset
from ckanext.satudata.rules.score import Parts, obligation_score
from ckanext.satudata.rules.status import STATUSES

RULES = load_ruleset()
DUE = date(2026, 3, 31)


def result(status, **values):
    full = {"d": Decimal(1), "m": Decimal(1), "k": Decimal(1), "q": Decimal(1), "days_late": 0}
    return ResultRow(status, DUE, **{**full, **values})


@pytest.mark.parametrize("status", STATUSES)
@pytest.mark.parametrize("days_late", [0, 4])
@pytest.mark.parametrize("q", [None, Decimal("0.3"), Decimal(1)])
def test_each_status_has_a_sentence_whose_places_are_filled(status, days_late, q):
    if status == "mutu_rendah" and q is None:
        return
    sentence = explain(result(status, days_late=days_late, q=q), RULES)
    places = {name for _, name, _, _ in string.Formatter().parse(sentence.msgid) if name}
    assert places <= set(sentence.params)
    assert "{" not in sentence.msgid.format(**sentence.params)


def test_all_statuses_have_sentences():
    assert set(SENTENCES) == set(STATUSES)


def text(row):
    sentence = explain(row, RULES)
    return sentence.msgid.format(**sentence.params)


def test_sentences_name_the_numbers():
    assert "working days late: 10" in text(result("terlambat", days_late=10))
    assert "not delivered yet" in text(result("terlambat", days_late=None, d=Decimal(0)))
    assert "metadata 79%, needed 80%" in text(result("tidak_lengkap", m=Decimal("0.799")))
    assert "cells 50%" in text(result("tidak_lengkap", m=Decimal("0.7"), k=Decimal("0.5")))
    assert "only 30%" in text(result("belum_memenuhi_syarat", q=Decimal("0.3")))
    assert "less than 60%" in text(result("belum_memenuhi_syarat"))


@pytest.mark.parametrize(
    ("row", "late_now", "expected"),
    [
        (result("patuh"), 0, []),
        (result("tidak_lengkap", m=Decimal("0.5"), q=Decimal("0.7")), 0,
         [("Q", "6.00"), ("M", "5.00")]),
        (result("belum_dinilai", m=Decimal("0.5"), q=None), 0, [("M", "6.25")]),
        (result("tidak_menyampaikan", d=Decimal(0)), 0, [("D", "100.00")]),
        (result("tidak_menyampaikan", d=Decimal(0)), 20, [("D", "75.00")]),
        (result("terlambat", d=Decimal(0)), 7, [("D", "87.50")]),
        (result("belum_jatuh_tempo", d=None), 0, [("D", "100.00")]),
        (result("dibebaskan", d=Decimal(0)), 0, []),
        (result("nihil_diterima"), 0, []),
    ],
)  # fmt: skip
def test_points_still_to_gain(row, late_now, expected):
    found = gains(row, RULES, late_now)
    assert [(gain.part, str(gain.points)) for gain in found] == expected
    assert all(gain.what for gain in found)


def test_what_to_do_follows_the_status():
    what = {
        status: gains(result(status, d=Decimal(0)), RULES)[0].what
        for status in ("tidak_menyampaikan", "dikembalikan", "belum_memenuhi_syarat")
    }
    assert len(set(what.values())) == 3


hundredths = st.integers(50, 100).map(lambda n: Decimal(n) / 100)


@given(hundredths, hundredths, hundredths)
def test_points_and_gains_make_the_whole(m, k, q):
    """What a row on time has and what it can still gain is 100."""
    score = obligation_score(Parts(True, 1, m, k, q, 1), RULES)
    row = result("patuh", m=m, k=k, q=q)
    assert score.total + sum(gain.points for gain in gains(row, RULES)) == 100
