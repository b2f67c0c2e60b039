"""What waivers, extensions and statements of nothing to report do to the result."""

from __future__ import annotations

import datetime as dt

import pytest
from ckan.tests.helpers import call_action

from ckanext.satudata import clock
from ckanext.satudata.delivery.model import Touched
from ckanext.satudata.judging import live
from tests.quarter.conftest import wib

LETTER = {"number": "800/12", "reason": "Banjir"}
DECIDED = wib("2025-03-03")
IN_REVIEW = wib("2025-04-30")
AFTER_CUTOFF = wib("2025-06-02")


def decide(action, moment=DECIDED, **data):
    with clock.at(moment):
        return call_action(action, **data)


def waive(*duties, moment=DECIDED, **more):
    ids = [duty.id for duty in duties]
    return decide("satudata_waiver_create", moment, obligations=ids, **{**LETTER, **more})


def extend(duty, day, moment=DECIDED):
    return decide("satudata_extension_create", moment, obligations=[duty.id], day=day, **LETTER)


def nihil(duty, accept=True, moment=DECIDED):
    claim = decide("satudata_nihil_claim", moment, obligation_id=duty.id, reason="Tidak ada")
    asked = {"id": claim["id"], "accept": accept, "reason": "Diperiksa"}
    return decide("satudata_nihil_answer", moment, **asked)


def test_a_waived_duty_leaves_the_score_until_the_waiver_is_taken_back(portal):
    waived, kept = portal.duty(), portal.duty()
    portal.deliver(kept, wib("2025-03-10"))
    (made,) = waive(waived)["decisions"]
    portal.compute(AFTER_CUTOFF)
    row = portal.row(waived)
    assert (row.status, row.counted, row.s) == ("dibebaskan", False, None)
    assert row.decisions == [made["id"]]
    whole = portal.figures(portal.opd).total
    assert whole == portal.row(kept).s.quantize(whole)
    decide("satudata_decision_revoke", id=made["id"], number="9", reason="Keliru")
    portal.compute(AFTER_CUTOFF)
    assert portal.row(waived).status == "tidak_menyampaikan"
    assert portal.figures(portal.opd).total < whole


def test_an_extension_moves_the_day_from_which_lateness_counts(portal):
    late, extended = portal.duty(), portal.duty()
    for duty in (late, extended):
        portal.deliver(duty, wib("2025-04-14"))
    (made,) = extend(extended, "2025-04-14")["decisions"]
    portal.compute(AFTER_CUTOFF)
    assert portal.row(late).days_late > 0
    row = portal.row(extended)
    assert (row.days_late, row.t) == (0, 1)
    assert row.due == dt.date(2025, 3, 31)
    assert row.due_counted == dt.date(2025, 4, 14)
    assert made["id"] in row.decisions


@pytest.mark.parametrize(
    ("moment", "late"),
    [("2025-04-14T23:59:59", 0), ("2025-04-15T00:00:00", 1)],
)
def test_the_extended_day_itself_is_in_time_to_its_last_second(portal, moment, late):
    duty = portal.duty()
    extend(duty, "2025-04-14")
    day, time = moment.split("T")
    portal.deliver(duty, wib(day, time))
    portal.compute(AFTER_CUTOFF)
    assert portal.row(duty).days_late == late


def test_an_extension_beyond_the_cutoff_is_judged_in_the_next_quarter_and_shown_in_both(portal):
    duty = portal.duty()
    extend(duty, "2025-05-30")
    portal.deliver(duty, wib("2025-05-30"))
    portal.compute(wib("2025-08-15"))
    first, second = portal.row(duty, tw=1), portal.row(duty, tw=2)
    assert "moved_out" in first.flags
    assert not first.counted
    assert "moved_in" in second.flags
    assert (second.counted, second.days_late) == (True, 0)
    assert (second.due_year, second.due_tw) == (2025, 2)


def test_nihil_counts_for_being_on_time_alone_and_only_once_accepted(portal):
    waiting, accepted, refused = (portal.duty(allow_nihil=True) for _number in range(3))
    decide("satudata_nihil_claim", obligation_id=waiting.id, reason="Tidak ada")
    nihil(accepted)
    nihil(refused, accept=False)
    portal.compute(IN_REVIEW)
    assert portal.row(waiting).status == "menunggu_pemeriksaan"
    portal.compute(AFTER_CUTOFF)
    assert portal.row(waiting).status == "tidak_menyampaikan"
    row = portal.row(accepted)
    assert (row.status, row.d, row.t, row.s) == ("nihil_diterima", 1, 1, 100)
    assert (row.m, row.k, row.q) == (None, None, None)
    assert portal.row(refused).status == "tidak_menyampaikan"


def test_a_requested_datum_is_judged_like_any_other(portal):
    item = portal.duty().item
    made = decide(
        "satudata_request_create",
        items=[item.id],
        period="2023",
        due="2025-05-30",
        title="RKPD",
        requester="Bappeda",
        **LETTER,
    )
    (row,) = made["rows"]
    duty = type("Duty", (), {"id": row["obligation_id"]})
    portal.compute(wib("2025-08-15"))
    assert portal.row(duty, tw=2).status == "tidak_menyampaikan"
    assert portal.row(duty, tw=2).due == dt.date(2025, 5, 30)


def test_a_decision_computes_the_organisation_it_concerns_and_gives_the_full_result(portal):
    duty = portal.duty()
    portal.compute(AFTER_CUTOFF)
    waive(duty, moment=AFTER_CUTOFF)
    with clock.at(AFTER_CUTOFF):
        run = live.refresh()
    assert run.organizations == 1
    assert portal.row(duty).status == "dibebaskan"


def test_a_preview_asks_for_no_computation(portal):
    import ckan.model as model

    duty = portal.duty()
    portal.compute(AFTER_CUTOFF)
    waive(duty, preview=True)
    assert not model.Session.query(Touched).count()
