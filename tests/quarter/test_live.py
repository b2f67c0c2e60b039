"""The live result over real datasets: every status, the boundaries of time, the pools."""

from __future__ import annotations

import base64
import datetime as dt
import json
from decimal import Decimal

import pytest
from ckan.tests.helpers import call_action

from ckanext.satudata import clock
from ckanext.satudata.judging import live
from tests.factories import make_dataset, make_opd
from tests.quarter.conftest import TABLE, wib

AFTER = wib("2025-06-02")
"""Some weeks after the cutoff of TW I 2025."""

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="
)
PDF = b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"
DIRTY = b"wilayah,jumlah,\nUtara,1,\nUtara,1,\n,,\nSelatan\n"
"""Fails four of eight checks: floor reached, quality low."""


def test_delivered_on_time_complete_and_clean_is_perfect(portal):
    duty = portal.duty()
    portal.deliver(duty, wib("2025-03-20"))
    portal.compute(AFTER)
    row = portal.row(duty)
    assert (row.status, row.d, row.t, row.k, row.q) == ("patuh", 1, 1, 1, 1)
    assert row.s == 100
    assert (row.days_late, row.counted) == (0, True)


def test_nothing_received(portal):
    """Due on 31 March 2025, in the days off of Idul Fitri: counted from 8 April."""
    duty = portal.duty()
    for moment, status, counted in (
        (wib("2025-04-08", "23:59:59"), "belum_jatuh_tempo", False),
        (wib("2025-04-09", "00:00:00"), "terlambat", True),
        (AFTER, "tidak_menyampaikan", True),
    ):
        portal.compute(moment)
        row = portal.row(duty)
        assert (row.status, row.counted) == (status, counted), moment
    assert (row.d, row.s) == (0, 0)
    assert portal.row(duty, tw=2).flags == ["tunggakan"]


@pytest.mark.parametrize(
    ("zone", "instant", "late"),
    [
        ("Asia/Jakarta", "2025-02-28T16:59:59+00:00", 0),
        ("Asia/Jakarta", "2025-02-28T17:00:00+00:00", 1),
        ("Asia/Jakarta", "2025-03-03T17:00:00+00:00", 2),
        ("Asia/Makassar", "2025-02-28T15:59:59+00:00", 0),
        ("Asia/Makassar", "2025-02-28T16:00:00+00:00", 1),
        ("Asia/Jayapura", "2025-02-28T14:59:59+00:00", 0),
        ("Asia/Jayapura", "2025-02-28T15:00:00+00:00", 1),
    ],
)
def test_the_local_day_decides(portal, ckan_config, zone, instant, late):
    """Due on Friday 28 February: late from the first second of Saturday, in the own time zone."""
    ckan_config["ckanext.satudata.timezone"] = zone
    duty = portal.duty(due="2025-02-28")
    portal.deliver(duty, dt.datetime.fromisoformat(instant))
    portal.compute(AFTER)
    assert portal.row(duty).days_late == late


def test_late_within_the_cutoff(portal):
    duty = portal.duty(due="2025-02-28")
    portal.deliver(duty, wib("2025-03-07"))
    portal.compute(AFTER)
    row = portal.row(duty)
    assert (row.status, row.days_late, row.flags) == ("terlambat", 5, ["late"])
    assert row.t == pytest.approx(Decimal(9) / 14)


def test_after_the_cutoff_the_arrears_are_settled_with_no_points_for_time(portal):
    duty = portal.duty()
    portal.deliver(duty, wib("2025-05-20"))
    portal.compute(wib("2025-09-01"))
    assert portal.row(duty, tw=1).status == "tidak_menyampaikan"
    second = portal.row(duty, tw=2)
    assert (second.status, second.d, second.t) == ("terlambat", 1, 0)
    assert "tunggakan_dilunasi" in second.flags
    assert portal.figures(portal.opd, span="quarter", tw=2) is None
    assert portal.figures(portal.opd, tw=2).total == Decimal("75.00")


@pytest.mark.parametrize(
    ("content", "flag"),
    [(PDF, "unreadable"), (PNG, "unreadable"), (b"wilayah,jumlah\n", "without_rows")],
)
def test_a_file_without_data_for_machines_never_counts(portal, content, flag):
    duty = portal.duty()
    portal.deliver(duty, wib("2025-03-20"), content=content)
    portal.compute(AFTER)
    row = portal.row(duty)
    assert (row.status, row.d, row.s) == ("belum_memenuhi_syarat", 0, 0)
    assert flag in row.flags


def test_another_name_in_mid_quarter_changes_neither_duty_nor_score(portal):
    duty = portal.duty()
    portal.deliver(duty, wib("2025-03-20"))
    portal.compute(AFTER)
    before = (portal.row(duty).s, portal.figures(portal.opd).total)
    call_action("organization_patch", id=portal.opd["id"], name="dinas-baru", title="Dinas Baru")
    portal.compute(AFTER)
    row = portal.row(duty)
    assert (row.s, portal.figures(portal.opd).total) == before == (100, 100)
    assert row.org_id == portal.opd["id"]


def test_metadata_below_the_floor_do_not_count(portal):
    """Nine empty answers leave 12 of the 21 that are always asked for; the floor is 60 %."""
    duty = portal.duty()
    empty = dict.fromkeys(("notes", "sd_konsep", "sd_definisi", "sd_satuan"), "-")
    empty |= {"sd_nama_indikator": "n/a"}
    empty |= dict.fromkeys(("sd_klasifikasi", "sd_ukuran", "sd_kontak", "sd_cakupan_wilayah"), ".")
    portal.deliver(duty, wib("2025-03-20"), **empty)
    portal.compute(AFTER)
    row = portal.row(duty)
    assert (row.status, row.d, row.flags) == ("belum_memenuhi_syarat", 0, ["below_floor"])


def test_low_quality_and_incomplete(portal):
    dirty, sparse = portal.duty(), portal.duty()
    portal.deliver(dirty, wib("2025-03-20"), content=b"wilayah,jumlah\nUtara,1\nUtara,1\n\nA,2,3\n")
    portal.deliver(sparse, wib("2025-03-20"), content=b"a,b,c\n1,,\n2,3,1\n4,,\n")
    portal.compute(AFTER)
    assert (portal.row(dirty).status, portal.row(dirty).q) == ("mutu_rendah", Decimal("0.625"))
    assert portal.row(sparse).status == "tidak_lengkap"


def test_not_checked_yet_leaves_the_row_and_the_rest_is_rescaled(portal):
    duty = portal.duty()
    portal.deliver(duty, wib("2025-03-20"), check=False)
    portal.compute(AFTER)
    row = portal.row(duty)
    assert (row.status, row.d, row.k, row.q) == ("belum_dinilai", 1, None, None)
    assert row.s == pytest.approx(100, abs=Decimal("1e-9"))
    assert portal.figures(portal.opd).unmeasured == {"T": 0, "M": 0, "K": 1, "Q": 1}
    assert portal.figures(portal.opd).quality is None


def test_a_link_is_stated_and_scores_nothing(portal):
    """As the harvester and the catalogue import leave it."""
    duty = portal.duty()
    with clock.at(wib("2025-04-10")):
        make_dataset(
            portal.opd,
            sd_item=duty.item.id,
            resources=[{"url": "https://example.org/x.csv", "sd_periode": '["2024"]'}],
        )
    portal.compute(AFTER)
    row = portal.row(duty)
    assert (row.status, row.d, row.s, row.counted) == ("dinyatakan", 0, None, True)
    figures = portal.figures(portal.opd)
    assert (figures.due, figures.missing, figures.total) == (1, 0, Decimal("0.00"))


def test_early_is_on_time_but_not_before_the_period_began(portal):
    duty = portal.duty(due="2025-03-31", period="2025-02")
    early = portal.deliver(duty, wib("2025-01-10"))
    portal.compute(wib("2025-02-10"))
    assert portal.row(duty).flags == ["before_period"]
    portal.replace(early, wib("2025-03-03"))
    portal.compute(wib("2025-03-04"))
    row = portal.row(duty)
    assert (row.status, row.t, row.counted) == ("patuh", 1, False)


def test_a_placeholder_replaced_later_gains_nothing(portal):
    duty = portal.duty(due="2025-02-28")
    resource = portal.deliver(duty, wib("2025-02-28"), content=PDF)
    portal.replace(resource, wib("2025-03-07"))
    portal.compute(AFTER)
    assert portal.row(duty).days_late == 5


def test_correcting_never_lowers_the_time(portal):
    duty = portal.duty(due="2025-02-28")
    resource = portal.deliver(duty, wib("2025-02-27"))
    portal.replace(resource, wib("2025-03-20"))
    portal.compute(AFTER)
    assert (portal.row(duty).t, portal.row(duty).s) == (1, 100)


def test_a_strangers_dataset_does_not_deliver(portal):
    stranger = make_opd("dinas-asing", portal.root)
    duty = portal.duty()
    portal.deliver(duty, wib("2025-03-20"), org=stranger)
    portal.compute(AFTER)
    assert portal.row(duty).status == "tidak_menyampaikan"


def test_the_walidata_and_a_unit_deliver_for_an_opd(portal):
    first, second = portal.duty(), portal.duty()
    portal.deliver(first, wib("2025-03-20"), org=portal.root)
    portal.deliver(second, wib("2025-03-20"), org=portal.unit)
    portal.compute(AFTER)
    assert portal.figures(portal.opd).total == 100


def test_junk_beside_a_good_file_changes_nothing(portal):
    duty = portal.duty()
    portal.deliver(duty, wib("2025-03-20"))
    for content in (PDF, DIRTY, b"x,y\n1,\n"):
        portal.deliver(duty, wib("2025-03-10"), content=content)
    portal.compute(AFTER)
    assert portal.row(duty).s == 100


def test_deleting_a_dataset_never_raises_a_score(portal):
    duties = [portal.duty(due=due) for due in ("2025-02-28", "2025-03-31", "2025-03-31")]
    future = portal.duty(due="2025-06-30", period="2025-Q1")
    held = [
        portal.deliver(duties[0], wib("2025-03-12")),
        portal.deliver(duties[1], wib("2025-03-12"), content=TABLE + b"A,\nA,\n"),
        portal.deliver(duties[2], wib("2025-03-12")),
        portal.deliver(future, wib("2025-04-12"), content=TABLE + b"A,\nA,\n"),
    ]

    def total():
        portal.compute(wib("2025-05-02"))
        return [portal.figures(portal.opd, tw=tw).total for tw in (1, 2)]

    before = total()
    assert before[0] < 100
    for one in (held[3], held[1], held[0]):
        with clock.at(wib("2025-04-16")):
            call_action("package_delete", id=one.dataset["id"])
        after = total()
        assert all(new <= old for new, old in zip(after, before, strict=True))
        before = after
    with clock.at(wib("2025-04-17")):
        call_action("dataset_purge", id=held[2].dataset["id"])
    assert total() == [0, 0]


def test_pools_over_the_tree(portal):
    """Rows are pooled, never means; a body outside the government stays out of them."""
    hospital = make_opd("rsud-uji", portal.opd, kind="rsud")
    outside = make_opd("bps-uji", portal.root, kind="instansi_vertikal")
    portal.deliver(portal.duty(), wib("2025-03-20"))
    portal.duty(org=portal.unit)
    portal.duty(org=portal.unit)
    portal.deliver(portal.duty(org=hospital, priority=True), wib("2025-03-20"))
    portal.duty(org=outside)
    portal.compute(AFTER)

    def total(org, scope):
        found = portal.figures(org, scope)
        return found and (found.due, found.total)

    assert total(portal.opd, "own") == (1, Decimal("100.00"))
    assert total(portal.opd, "units") == (4, Decimal("60.00"))
    assert total(portal.opd, "answers") == (3, Decimal("33.33"))
    assert total(portal.unit, "own") == (2, 0)
    assert total(portal.unit, "answers") is None
    assert total(hospital, "answers") == (1, 100)
    assert total(portal.root, "units") == (4, Decimal("60.00"))
    assert total(outside, "own") == (1, None)
    assert portal.figures(portal.opd).statuses == {"patuh": 2, "tidak_menyampaikan": 2}


def test_the_best_band_needs_every_priority_row(portal):
    for _ in range(19):
        portal.deliver(portal.duty(), wib("2025-03-20"), check=False)
    portal.duty()
    portal.compute(AFTER)
    assert portal.figures(portal.opd).band == "sangat_baik"
    portal.duty(priority=True)
    for _ in range(4):
        portal.deliver(portal.duty(priority=True), wib("2025-03-20"), check=False)
    portal.compute(AFTER)
    assert portal.figures(portal.opd).total >= 90
    assert portal.figures(portal.opd).band == "baik"


def test_a_refresh_computes_only_what_was_touched(portal):
    duty = portal.duty()
    portal.compute(AFTER)
    assert live.refresh() is None
    portal.deliver(duty, wib("2025-03-20"))
    with clock.at(AFTER):
        run = live.refresh()
    assert run.organizations == 1
    assert portal.row(duty).status == "patuh"
    assert portal.figures(portal.root).total == 100
    assert json.loads(json.dumps(portal.figures(portal.root).statuses)) == {"patuh": 1}
