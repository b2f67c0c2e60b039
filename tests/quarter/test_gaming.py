"""What an OPD might try to raise its score, by the calls it would make. Nothing pays.

Twelve equal duties, due on 30 September 2025; 14 working days later, on 20 October, is the cutoff.
"""

from __future__ import annotations

from decimal import Decimal

import pytest
from ckan.plugins import toolkit
from ckan.tests.helpers import call_action

from ckanext.satudata import clock
from tests.factories import make_opd, make_user
from tests.quarter.conftest import TABLE, wib
from tests.quarter.test_fairness import POOR, as_user

DUE = "2025-09-30"
EARLY, LATE = wib("2025-09-15"), wib("2025-10-14")
AFTER = wib("2025-11-10")
WEAK = b"wilayah,jumlah\nUtara,1\nSelatan,\nTimur,\nTimur,\n"


@pytest.fixture
def duties(portal):
    return [portal.duty(due=DUE) for _ in range(12)]


def total(portal, at=AFTER):
    portal.compute(at)
    return portal.figures(portal.opd, tw=3).total


def delete(held):
    with clock.at(wib("2025-10-16")):
        call_action("package_delete", id=held.dataset["id"])


def test_deleting_the_weak_datasets_costs(portal, duties):
    for duty in duties[:6]:
        portal.deliver(duty, EARLY)
    weak = [portal.deliver(duty, LATE, content=WEAK) for duty in duties[6:9]]
    honest = total(portal)
    assert Decimal(50) < honest < 75
    for one in weak:
        delete(one)
    assert total(portal) == Decimal("50.00")


def test_one_perfect_of_twelve(portal, duties):
    portal.deliver(duties[0], EARLY)
    assert total(portal) == Decimal("8.33")


def test_all_on_the_last_day_is_as_much_as_a_quarter_missing(portal, duties):
    for duty in duties:
        portal.deliver(duty, wib("2025-10-20", "23:00:00"))
    assert total(portal) == Decimal("75.00")


def test_nine_perfect_and_three_missing(portal, duties):
    for duty in duties[:9]:
        portal.deliver(duty, EARLY)
    assert total(portal) == Decimal("75.00")


def test_junk_for_the_missing_ones_gains_nothing(portal, duties):
    for duty in duties[:9]:
        portal.deliver(duty, EARLY)
    for duty, junk in zip(duties[9:], (b"%PDF-1.4 x", b"", POOR), strict=True):
        portal.deliver(duty, EARLY, content=junk)
    assert total(portal) == Decimal("75.00")


def test_splitting_one_dataset_into_ten_changes_nothing(portal, duties):
    for _ in range(10):
        portal.deliver(duties[0], EARLY)
    assert total(portal) == Decimal("8.33")


def test_a_placeholder_on_the_due_day_keeps_no_time(portal, duties):
    held = portal.deliver(duties[0], wib(DUE), content=b"wilayah,jumlah\n")
    portal.replace(held, LATE, content=TABLE)
    portal.compute(AFTER)
    assert portal.row(duties[0], tw=3).days_late == 10


def test_empty_variables_gain_nothing(portal, duties):
    portal.deliver(duties[0], EARLY)
    portal.deliver(duties[1], EARLY, sd_variabel=[])
    portal.compute(AFTER)
    full, empty = (portal.row(duty, tw=3).s for duty in duties[:2])
    assert empty < full


def test_nihil_instead_of_data_is_refused(portal, duties):
    """Only items that allow it; elsewhere the claim itself is refused."""
    editor = make_user("editor", portal.opd)
    with pytest.raises(toolkit.ValidationError):
        as_user(
            editor, "satudata_nihil_claim", wib("2025-10-01"),
            obligation_id=duties[0].id, reason="Tidak ada",
        )  # fmt: skip
    assert total(portal) == 0


def test_nine_of_twelve_waived_and_three_perfect_does_not_rank(portal, duties):
    walidata = make_user("admin", portal.root)
    for duty in duties[:3]:
        portal.deliver(duty, EARLY)
    as_user(
        walidata, "satudata_waiver_create", wib("2025-09-20"),
        obligations=[duty.id for duty in duties[3:]], number="050/9", reason="Dialihkan",
    )  # fmt: skip
    assert total(portal) == 100
    with clock.at(AFTER):
        board = call_action(
            "satudata_leaderboard_show", {"user": walidata["name"]}, year=2025, tw=3
        )
    rows = [row for table in board["tables"] for row in table["rows"]]
    mine = next(row for row in rows if row["id"] == portal.opd["id"])
    assert mine["rank"] is None


def test_adding_an_organisation_changes_no_other_score(portal, duties):
    for duty in duties[:5]:
        portal.deliver(duty, LATE)
    before = total(portal)
    other = make_opd("dinas-baru", portal.root)
    portal.deliver(portal.duty(due=DUE, org=other), EARLY)
    assert total(portal) == before


def test_a_placeholder_of_words_that_mean_nothing_counts_as_empty(portal, duties):
    portal.deliver(duties[0], EARLY, sd_definisi="n/a", sd_konsep="-", sd_satuan="xxx")
    portal.compute(AFTER)
    assert portal.row(duties[0], tw=3).m < 1
