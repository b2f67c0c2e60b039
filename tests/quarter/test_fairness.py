"""The clauses that keep the score fair, each with its numbers, decided by real calls of actions.

Duties fall due on Tuesday 15 July 2025 (TW III); no public holiday lies in the weeks after. The
cutoff of TW III is 20 October 2025.
"""

from __future__ import annotations

import io
import json
import re
from decimal import Decimal

import ckan.model as model
import pytest
import sqlalchemy as sa
from ckan.plugins import toolkit
from ckan.tests.helpers import call_action

from ckanext.satudata import clock
from ckanext.satudata.delivery import jobs
from ckanext.satudata.delivery.model import Event
from ckanext.satudata.rules.ruleset import DEFAULT_PATH
from tests.factories import complete, make_dataset, make_user
from tests.quarter.conftest import TABLE, wib

DUE = "2025-07-15"
CUTOFF = "2025-10-20"
AFTER = wib("2025-11-10")
POOR = b"a,a,\n1,2\n1,2\n,,,,\n\xff,1,2,3\n,,\n"
"""A table with rows that fails most of its checks."""


@pytest.fixture
def walidata(portal):
    with clock.at(wib("2024-01-02")):
        return make_user("admin", portal.root)


@pytest.fixture
def editor(portal):
    with clock.at(wib("2024-01-02")):
        return make_user("editor", portal.opd)


def as_user(user, action, moment, **data):
    with clock.at(moment):
        return call_action(action, {"user": user["name"], "ignore_auth": False}, **data)


def events(resource_id):
    found = sa.select(Event.id).filter_by(resource_id=resource_id).order_by(Event.id)
    return list(model.Session.execute(found).scalars())


def judged(portal, duty, tw=3, year=2025, at=AFTER):
    portal.compute(at)
    return portal.row(duty, tw=tw, year=year)


def give_back(user, resource, moment, fault=False, nr=-1):
    as_user(
        user, "satudata_delivery_return", moment,
        events=[events(resource.id)[nr]], reason="Kolom kurang", fault=fault,
    )  # fmt: skip


def share(days):
    return 1 - Decimal(days) / 14


def close(value, expected):
    return abs(value - expected) < Decimal("1e-9")


def test_the_due_day_is_on_time_and_a_day_late_costs_a_fourteenth(portal):
    for moment, late in (("2025-07-15", 0), ("2025-07-16", 1), ("2025-07-29", 10)):
        duty = portal.duty(due=DUE)
        portal.deliver(duty, wib(moment, "23:59:59"))
        row = judged(portal, duty)
        assert row.days_late == late
        assert close(row.t, share(late))
        assert close(row.s, 100 - 25 * Decimal(late) / 14)


def test_mended_two_days_after_a_return_on_the_cutoff_day_counts(portal, walidata):
    duty = portal.duty(due=DUE)
    held = portal.deliver(duty, wib(CUTOFF, "09:00:00"))
    give_back(walidata, held, wib(CUTOFF, "15:00:00"))
    assert judged(portal, duty, at=wib("2025-10-21")).status == "dikembalikan"
    portal.replace(held, wib("2025-10-22"))
    row = judged(portal, duty)
    assert (row.d, row.status) == (1, "terlambat")


def test_mended_after_the_days_to_mend_does_not_count(portal, walidata):
    duty = portal.duty(due=DUE)
    held = portal.deliver(duty, wib(CUTOFF, "09:00:00"))
    give_back(walidata, held, wib(CUTOFF, "15:00:00"))
    portal.replace(held, wib("2025-10-28"))  # the sixth working day
    row = judged(portal, duty)
    assert (row.d, row.status) == (0, "dikembalikan")


def test_a_first_delivery_after_the_cutoff_wins_no_days_by_a_return(portal, walidata):
    duty = portal.duty(due=DUE)
    held = portal.deliver(duty, wib("2025-10-22"))
    give_back(walidata, held, wib("2025-10-23"))
    portal.replace(held, wib("2025-10-24"))
    assert judged(portal, duty).status == "tidak_menyampaikan"
    later = judged(portal, duty, tw=4)
    assert (later.d, later.t) == (1, 0)
    assert "tunggakan_dilunasi" in later.flags


@pytest.mark.parametrize(("fault", "late", "off"), [(False, 5, 6), (True, 11, 0)])
def test_slow_review_is_not_the_fault_of_the_opd(portal, walidata, fault, late, off):
    """Nine working days of review, three of them free; eleven until it is mended."""
    duty = portal.duty(due=DUE)
    held = portal.deliver(duty, wib("2025-07-15"))
    give_back(walidata, held, wib("2025-07-28"), fault=fault)
    portal.replace(held, wib("2025-07-30"))
    row = judged(portal, duty)
    assert (row.days_late, row.review_days) == (late, off)
    assert close(row.t, share(late))


def test_review_before_the_due_day_buys_no_late_days(portal, walidata):
    duty = portal.duty(due=DUE)
    held = portal.deliver(duty, wib("2025-06-16"))
    give_back(walidata, held, wib("2025-07-14"))
    portal.replace(held, wib("2025-07-22"))
    row = judged(portal, duty)
    assert (row.days_late, row.review_days) == (5, 0)


def test_what_was_returned_does_not_come_back_in_another_dataset(portal, walidata):
    duty = portal.duty(due=DUE)
    held = portal.deliver(duty, wib("2025-07-15"))
    give_back(walidata, held, wib("2025-07-16"))
    portal.deliver(duty, wib("2025-07-17"))
    row = judged(portal, duty)
    assert (row.d, row.status) == (0, "dikembalikan")


def test_a_correction_that_waits_does_not_replace_what_was_accepted(portal, walidata):
    duty = portal.duty(due=DUE)
    held = portal.deliver(duty, wib("2025-07-10"))
    as_user(walidata, "satudata_delivery_accept", wib("2025-07-11"), events=[events(held.id)[-1]])
    portal.replace(held, wib("2025-07-30"), content=POOR)
    row = judged(portal, duty)
    assert (row.t, row.q, row.status) == (1, 1, "patuh")
    give_back(walidata, held, wib("2025-07-31"))
    assert judged(portal, duty).status == "patuh"


def test_correcting_never_lowers_t(portal):
    duty = portal.duty(due=DUE)
    held = portal.deliver(duty, wib("2025-07-10"))
    portal.replace(held, wib("2025-09-10"))
    row = judged(portal, duty)
    assert (row.t, row.days_late) == (1, 0)


@pytest.mark.parametrize(("mended", "late"), [("2025-07-22", 0), ("2025-07-23", 6)])
def test_poor_content_mended_in_five_days_keeps_its_time(portal, mended, late):
    duty = portal.duty(due=DUE)
    held = portal.deliver(duty, wib("2025-07-15"), content=POOR)
    assert judged(portal, duty, at=wib("2025-07-16")).status == "belum_memenuhi_syarat"
    portal.replace(held, wib(mended), content=TABLE)
    row = judged(portal, duty)
    assert (row.d, row.days_late, "mended" in row.flags) == (1, late, late == 0)


@pytest.mark.parametrize(("mended", "late"), [("2025-07-22", 0), ("2025-07-23", 6)])
def test_metadata_filled_in_five_days_keep_the_time_of_the_file(portal, mended, late):
    duty = portal.duty(due=DUE)
    empty = dict.fromkeys(("sd_konsep", "sd_definisi", "sd_klasifikasi", "sd_ukuran", "sd_satuan"))
    held = portal.deliver(duty, wib("2025-07-15"), **dict.fromkeys(empty, "-"), notes="-")
    assert judged(portal, duty, at=wib("2025-07-16")).status == "belum_memenuhi_syarat"
    with clock.at(wib(mended)):
        call_action(
            "package_patch", id=held.dataset["id"], notes="Uraian.", **dict.fromkeys(empty, "Ada")
        )
    row = judged(portal, duty)
    assert (row.d, row.days_late) == (1, late)


def test_a_floor_is_mended_once_and_not_again_and_again(portal):
    duty = portal.duty(due=DUE)
    held = portal.deliver(duty, wib(CUTOFF), content=POOR)
    portal.replace(held, wib("2025-10-24"), content=POOR + b"1,2,3,4\n")
    portal.replace(held, wib("2025-10-30"), content=TABLE)
    assert judged(portal, duty).d == 0


def test_metadata_filled_after_the_cutoff_do_not_count(portal):
    duty = portal.duty(due=DUE)
    held = portal.deliver(duty, wib("2025-07-15"), sd_definisi="-")
    before = judged(portal, duty).m
    with clock.at(wib("2025-11-05")):
        call_action("package_patch", id=held.dataset["id"], sd_definisi="Orang terdaftar.")
    assert judged(portal, duty).m == before < 1


def test_nihil_counts_delivery_and_time_only(portal, walidata, editor):
    duty = portal.duty(due=DUE, allow_nihil=True)
    claim = as_user(
        editor, "satudata_nihil_claim", wib("2025-07-17"),
        obligation_id=duty.id, reason="Tidak ada kejadian",
    )  # fmt: skip
    assert judged(portal, duty, at=wib("2025-07-18")).status == "menunggu_pemeriksaan"
    as_user(walidata, "satudata_nihil_answer", wib("2025-10-28"), id=claim["id"], accept=True)
    row = judged(portal, duty)
    assert (row.status, row.d, row.days_late) == ("nihil_diterima", 1, 2)
    expected = 100 * (Decimal("0.35") + Decimal("0.25") * share(2)) / Decimal("0.60")
    assert close(row.s, expected)
    figures = portal.figures(portal.opd, tw=3)
    assert (figures.completeness, figures.quality, figures.excluded) == (None, None, 1)


def test_nihil_refused_is_nothing_delivered(portal, walidata, editor):
    duty = portal.duty(due=DUE, allow_nihil=True)
    claim = as_user(
        editor, "satudata_nihil_claim", wib("2025-07-15"), obligation_id=duty.id, reason="Nihil"
    )
    as_user(
        walidata, "satudata_nihil_answer", wib("2025-07-16"),
        id=claim["id"], accept=False, reason="Ada kejadian",
    )  # fmt: skip
    assert judged(portal, duty).status == "tidak_menyampaikan"


def upload(app, user, portal, duty, moment):
    """A file that a user uploads through the API, checked; returns the id of the resource."""
    with clock.at(moment):
        dataset = make_dataset(portal.opd, sd_item=duty.item.id, **complete(portal.opd))
        answer = app.post(
            "/api/action/resource_create",
            headers={"Authorization": user["token"]},
            data={
                "package_id": dataset["id"],
                "upload": (io.BytesIO(TABLE), "data.csv"),
                "url": "",
                "format": "CSV",
                "sd_periode": json.dumps([duty.period]),
            },
        )
        jobs.check_pending()
    return answer.json["result"]["id"]


def test_a_letter_counts_from_the_day_it_was_received(app, portal, walidata):
    """Received on the cutoff day, uploaded by the walidata two days later."""
    duty = portal.duty(due=DUE)
    held = upload(app, walidata, portal, duty, wib("2025-10-22"))
    as_user(
        walidata, "satudata_delivery_received", wib("2025-10-22", "12:00:00"),
        events=events(held), day=CUTOFF, proof="Surat 005/12", reason="Diserahkan lewat surat",
    )  # fmt: skip
    row = judged(portal, duty)
    assert (row.d, str(row.received_on)) == (1, CUTOFF)
    assert "on_behalf" in row.flags


def test_an_old_date_of_receipt_needs_a_second_officer(app, portal, walidata):
    duty = portal.duty(due=DUE)
    held = upload(app, walidata, portal, duty, wib("2025-07-23"))
    made = as_user(
        walidata, "satudata_delivery_received", wib("2025-07-23", "12:00:00"),
        events=events(held), day=DUE, proof="Surat 005/12", reason="Diserahkan lewat surat",
    )  # fmt: skip
    assert judged(portal, duty).days_late == 6
    second = make_user("admin", portal.root)
    as_user(
        second, "satudata_received_confirm", wib("2025-07-24"),
        decisions=[one["id"] for one in made["decisions"]],
    )  # fmt: skip
    assert judged(portal, duty).days_late == 0


def test_a_waived_duty_does_not_count(portal, walidata):
    duty, other = portal.duty(due=DUE), portal.duty(due=DUE)
    portal.deliver(other, wib("2025-07-15"))
    as_user(
        walidata, "satudata_waiver_create", wib("2025-07-20"),
        obligations=[duty.id], number="050/1", reason="Bukan kewenangan",
    )  # fmt: skip
    row = judged(portal, duty)
    assert (row.status, row.counted, row.s) == ("dibebaskan", False, None)
    figures = portal.figures(portal.opd, tw=3)
    assert (figures.total, figures.due, figures.excluded) == (100, 1, 1)


def test_an_extension_moves_the_day_that_lateness_counts_from(portal, walidata):
    duty = portal.duty(due=DUE)
    as_user(
        walidata, "satudata_extension_create", wib("2025-07-14"),
        obligations=[duty.id], day="2025-07-25", number="050/2", reason="Aplikasi pusat",
    )  # fmt: skip
    portal.deliver(duty, wib("2025-07-28"))
    row = judged(portal, duty)
    assert (row.days_late, str(row.due), str(row.due_counted)) == (1, DUE, "2025-07-25")


def test_an_extension_beyond_the_cutoff_moves_the_row_and_shows_it_in_both(portal, walidata):
    duty = portal.duty(due=DUE)
    as_user(
        walidata, "satudata_extension_create", wib("2025-07-14"),
        obligations=[duty.id], day="2025-11-14", number="050/2", reason="Aplikasi pusat",
    )  # fmt: skip
    portal.deliver(duty, wib("2025-11-14"))
    after = wib("2026-02-10")
    left = judged(portal, duty, at=after)
    assert (left.counted, left.flags) == (False, ["moved_out"])
    came = portal.row(duty, tw=4)
    assert (came.counted, came.due_tw, came.days_late, came.d) == (True, 4, 0, 1)
    assert "moved_in" in came.flags
    assert portal.figures(portal.opd, tw=3).due == 0
    assert portal.figures(portal.opd, tw=4, span="quarter").due == 1


def test_an_extension_over_the_end_of_the_year(portal, walidata):
    duty = portal.duty(due="2025-12-15")
    as_user(
        walidata, "satudata_extension_create", wib("2025-12-01"),
        obligations=[duty.id], day="2026-02-27", number="050/3", reason="Aplikasi pusat",
    )  # fmt: skip
    left = judged(portal, duty, tw=4, at=wib("2026-05-30"))
    assert (left.counted, left.status) == (False, "belum_jatuh_tempo")
    came = portal.row(duty, tw=1, year=2026)
    assert (came.counted, came.due_year, came.due_tw, came.status) == (
        True, 2026, 1, "tidak_menyampaikan",
    )  # fmt: skip


def test_arrears_count_with_no_time_and_what_was_settled_stays(portal):
    paid, kept = portal.duty(due=DUE), portal.duty(due=DUE)
    portal.deliver(paid, wib("2025-10-28"))
    held = portal.deliver(kept, wib("2025-07-15"))
    with clock.at(wib("2025-11-03")):
        call_action("package_delete", id=held.dataset["id"])
    assert judged(portal, paid, at=wib("2025-11-20")).d == 0
    later = portal.row(paid, tw=4)
    assert (later.d, later.t, close(later.s, 75)) == (1, 0, True)
    assert portal.row(kept, tw=4).s == 100
    assert portal.figures(portal.opd, tw=4).total == Decimal("87.50")


def test_unchecked_content_is_not_held_against_the_opd(portal):
    duty = portal.duty(due=DUE)
    portal.deliver(duty, wib("2025-07-15"), check=False)
    row = judged(portal, duty)
    assert (row.d, row.q, row.k, row.status) == (1, None, None, "belum_dinilai")
    with clock.at(wib("2025-11-09")):
        jobs.check_pending()
    assert judged(portal, duty).status == "patuh"


@pytest.fixture
def rules_file(tmp_path, monkeypatch):
    """Judges by the default rules with some keys changed."""

    def change(**keys):
        text = DEFAULT_PATH.read_text()
        for key, value in keys.items():
            text, found = re.subn(rf"(?m)^{key}: \w+", f"{key}: {value}", text)
            assert found == 1, key
        path = tmp_path / "aturan.yaml"
        path.write_text(text)
        monkeypatch.setitem(toolkit.config, "ckanext.satudata.ruleset_file", str(path))

    return change


@pytest.mark.parametrize(("approved", "late"), [("2025-07-18", 0), ("2025-07-21", 4)])
def test_the_operators_upload_stops_the_clock_if_approved_in_three_days(
    portal, rules_file, approved, late
):
    rules_file(opd_approval="true")
    head = make_user("admin", portal.opd)
    duty = portal.duty(due=DUE)
    held = portal.deliver(duty, wib("2025-07-15"))
    assert judged(portal, duty, at=wib("2025-07-16")).d != 1
    as_user(head, "satudata_delivery_approve", wib(approved), events=[events(held.id)[-1]])
    row = judged(portal, duty)
    assert (row.d, row.days_late) == (1, late)


def test_where_every_delivery_is_reviewed_it_waits_and_counts_if_nobody_looked(portal, rules_file):
    rules_file(review_every_delivery="true")
    duty = portal.duty(due=DUE)
    portal.deliver(duty, wib("2025-07-15"))
    assert judged(portal, duty, at=wib("2025-07-16")).status == "menunggu_pemeriksaan"
    row = judged(portal, duty)
    assert (row.d, row.s, row.status) == (1, 100, "patuh")
    assert "unreviewed" in row.flags


def test_of_what_we_cannot_measure_too_much_is_not_awarded(portal):
    """All of the weight without K and Q, more than a fifth: no award in these categories."""
    duty = portal.duty(due=DUE)
    portal.deliver(duty, wib("2025-07-15"), check=False)
    portal.compute(AFTER)
    assert portal.figures(portal.opd, tw=3).unmeasured == {"T": 0, "M": 0, "K": 1, "Q": 1}
