from __future__ import annotations

import dataclasses
import itertools
from decimal import Decimal

import pytest

from ckanext.satudata.rules.ruleset import load_ruleset
from ckanext.satudata.rules.status import STATUSES, Facts, headline_status

RULES = load_ruleset()
GOOD = Facts(received=True, due_passed=True, late=0, m=Decimal(1), k=Decimal(1), q=Decimal(1))
EMPTY = Facts()


def status(facts, **changes):
    return headline_status(dataclasses.replace(facts, **changes), RULES)


@pytest.mark.parametrize(
    ("base", "changes", "expected"),
    [
        (GOOD, {"waived": True, "nihil_accepted": True}, "dibebaskan"),
        (GOOD, {"nihil_accepted": True, "returned": True}, "nihil_diterima"),
        (GOOD, {"returned": True, "floors_failed": True}, "dikembalikan"),
        (GOOD, {"floors_failed": True, "awaiting_review": True}, "belum_memenuhi_syarat"),
        (GOOD, {"awaiting_review": True, "late": 3}, "menunggu_pemeriksaan"),
        (EMPTY, {"due_passed": True, "cutoff_passed": True}, "tidak_menyampaikan"),
        (EMPTY, {"due_passed": True}, "terlambat"),
        (GOOD, {"late": 1, "m": Decimal(0)}, "terlambat"),
        (GOOD, {"m": Decimal("0.79"), "q": Decimal(0)}, "tidak_lengkap"),
        (GOOD, {"k": Decimal("0.7999")}, "tidak_lengkap"),
        (GOOD, {"m": Decimal("0.8"), "k": Decimal("0.8"), "q": Decimal("0.8")}, "patuh"),
        (GOOD, {"q": Decimal("0.79"), "k": None}, "mutu_rendah"),
        (GOOD, {"q": None}, "belum_dinilai"),
        (GOOD, {}, "patuh"),
        (GOOD, {"due_passed": False}, "patuh"),
        (EMPTY, {}, "belum_jatuh_tempo"),
        (EMPTY, {"stated": True}, "dinyatakan"),
        (EMPTY, {"stated": True, "due_passed": True, "cutoff_passed": True}, "dinyatakan"),
        (GOOD, {"stated": True}, "patuh"),
    ],
)
def test_decision_table(base, changes, expected):
    assert status(base, **changes) == expected


def test_every_status_is_reachable_and_named():
    flags = [f.name for f in dataclasses.fields(Facts) if f.type == "bool"]
    reached = set()
    for values in itertools.product((False, True), repeat=len(flags)):
        for q in (None, Decimal("0.5"), Decimal(1)):
            for m in (Decimal("0.5"), Decimal(1)):
                facts = Facts(**dict(zip(flags, values, strict=True)), m=m, k=Decimal(1), q=q)
                reached.add(headline_status(facts, RULES))
    assert reached == set(STATUSES)
    assert len(STATUSES) == 13
