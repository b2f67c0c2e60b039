"""A frozen quarter: the same bytes whenever it is made, and a proof that finds every change."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from types import SimpleNamespace

import ckan.model as model
import pytest
import sqlalchemy as sa
from ckan.plugins import toolkit
from ckan.tests.helpers import call_action

from ckanext.satudata import clock
from ckanext.satudata.calendar.quarters import Quarter
from ckanext.satudata.delivery import jobs
from ckanext.satudata.delivery.model import Check
from ckanext.satudata.judging import live
from ckanext.satudata.judging.model import Result
from ckanext.satudata.opd import facts
from ckanext.satudata.quarter import canonical, freeze, states
from ckanext.satudata.quarter.model import Final, FinalOrg, FinalRow
from ckanext.satudata.register import dispensations, rhythms, workdays
from ckanext.satudata.register.model import ItemRhythm
from tests.quarter.conftest import TABLE, wib

TW3, TW4 = Quarter(2025, 3), Quarter(2025, 4)
DUE = "2025-07-31"


@pytest.fixture
def duties(portal):
    """Four duties of TW III: on time, late, not delivered, waived; the quarter is open."""
    with clock.at(wib("2025-06-30")):
        duties = [portal.duty(due=DUE, sealed=False, priority=nr == 0) for nr in range(4)]
        rhythm = rhythms.read("Tahunan", "Juli n+1")[0].values()
        for duty in duties:
            since = dt.date(2024, 12, 1)
            model.Session.add(ItemRhythm(item_id=duty.item.id, since=since, **rhythm))
        model.Session.commit()
    with clock.at(wib("2025-07-01")):
        states.open_quarter(TW3, None)
        model.Session.commit()
    portal.held = portal.deliver(duties[0], wib("2025-07-10"))
    portal.late = portal.deliver(duties[1], wib("2025-08-12"), content=TABLE + b"Barat,\n")
    with clock.at(wib("2025-08-01")):
        dispensations.waive([duties[3].id], number="050/7", reason="Dialihkan", actor=None)
        model.Session.commit()
    return duties


def move_on(quarter, cutoff_day):
    """Everything between the cutoff and the last step."""
    with clock.at(wib(cutoff_day) + dt.timedelta(days=1)):
        cut = states.cut_off(quarter, None)
    with clock.at(wib(str(cut.review_until)) + dt.timedelta(days=1)):
        states.show_provisional(quarter, None)
        shown = states.open_objections(quarter, None)
        model.Session.commit()
    return wib(str(shown.objections_until)) + dt.timedelta(days=1)


@pytest.fixture
def moment(duties):
    """The first moment at which TW III may be made final."""
    return move_on(TW3, "2025-10-20")


def finalise(moment, quarter=TW3):
    with clock.at(moment):
        done = states.finalise(quarter, None)
        model.Session.commit()
    return model.Session.get(Final, done.final_id)


def lines(table=FinalRow, final_id=1):
    return {
        tuple(row)
        for row in model.Session.execute(
            sa.select(table.line_sha256).where(table.final_id == final_id)
        )
    }


def tries(make):
    """What ``make`` gives in a transaction that is rolled back."""
    found = make()
    kept = (found.sha256, found.document)
    model.Session.rollback()
    return kept


def frozen_at(moment):
    def make():
        with clock.at(moment):
            return freeze.finalise(TW3, None)

    return tries(make)


def test_it_holds_what_the_live_result_said(portal, duties, moment):
    with clock.at(moment):
        live.recompute()
    columns = ("status", "flags", "d", "t", "m", "k", "q", "s", "counted", "days_late")
    before = {
        row.obligation_id: [getattr(row, name) for name in columns]
        for row in model.Session.scalars(sa.select(Result).filter_by(year=2025, tw=3))
    }
    figures = portal.figures(portal.opd, tw=3)
    total = (figures.total, figures.completeness, figures.band, figures.statuses)
    final = finalise(moment)
    rows = model.Session.scalars(sa.select(FinalRow)).all()
    assert {r.obligation_id: [getattr(r, name) for name in columns] for r in rows} == before
    assert len(rows) == 4
    assert {row.org_title for row in rows} == {portal.opd["title"]}
    frozen = model.Session.scalars(
        sa.select(FinalOrg).filter_by(org_id=portal.opd["id"], scope="units", span="cumulative")
    ).one()
    assert (frozen.total, frozen.completeness, frozen.band, frozen.statuses) == total
    assert freeze.verify() == []
    assert hashlib.sha256(final.document.encode()).hexdigest() == final.sha256


def test_whatever_happens_later_the_bytes_are_the_same(portal, duties, moment):
    """Three days late, after datasets, names, metadata, items, tree and holidays changed."""
    first = frozen_at(moment)
    later = moment + dt.timedelta(hours=1)
    with clock.at(later):
        call_action("package_delete", id=portal.held.dataset["id"])
        call_action("package_patch", id=portal.late.dataset["id"], notes="-", sd_definisi="-")
        call_action("organization_patch", id=portal.opd["id"], title="Dinas Berganti Nama")
        item = duties[0].item
        item.name, item.priority = "Nama lain", False
        workdays.decide(dt.date(2026, 3, 2), True, "Libur daerah", "003/1", "Pilkada", None)
        facts.refresh()
        model.Session.commit()
    assert frozen_at(moment + dt.timedelta(days=3)) == first
    finalise(moment + dt.timedelta(days=3))
    assert freeze.verify() == []
    titles = {row.org_title for row in model.Session.scalars(sa.select(FinalRow))}
    assert titles == {portal.opd["title"]}


def test_a_portal_that_moves_to_another_time_zone_can_still_prove_its_records(
    portal, duties, ckan_config, monkeypatch
):
    """Half past eleven at night in Jakarta is the next day in Jayapura."""
    late = wib("2025-08-12", "23:30")
    portal.deliver(duties[2], late, content=TABLE + b"Tengah,4\n")
    finalise(move_on(TW3, "2025-10-20"))
    monkeypatch.setitem(ckan_config, "ckanext.satudata.timezone", "Asia/Jayapura")
    assert freeze.verify() == []


def test_twice_is_once(portal, duties, moment):
    first = finalise(moment)
    again = finalise(moment + dt.timedelta(days=9))
    assert (again.id, again.sha256) == (first.id, first.sha256)
    assert model.Session.query(Final).count() == 1


def test_the_published_text_can_be_hashed_by_anybody(portal, duties, moment):
    finalise(moment)
    for table, line in ((FinalRow, canonical.row_line("r")), (FinalOrg, canonical.org_line("r"))):
        model.Session.execute(sa.text("SET LOCAL TimeZone = 'UTC'"))
        found = model.Session.execute(
            sa.text(f"SELECT {line} AS line, line_sha256 FROM {table.__tablename__} r")  # noqa: S608
        ).all()
        assert found
        for row in found:
            assert canonical.text(json.loads(row.line)) == row.line
            assert canonical.sha256(row.line) == row.line_sha256


def test_final_rows_and_evidence_cannot_be_changed(portal, duties, moment):
    finalise(moment)
    for table in (
        "final", "final_row", "final_org", "event", "metadata_event", "check", "decision",
        "opd_version",
    ):  # fmt: skip
        for change in (f"DELETE FROM satudata_{table}", f"TRUNCATE satudata_{table}"):  # noqa: S608
            model.Session.execute(sa.text("SET LOCAL satudata.append_only = on"))
            with pytest.raises(sa.exc.DBAPIError, match="is refused"):
                model.Session.execute(sa.text(change))
            model.Session.rollback()


TAMPERING = {
    "event moved": "UPDATE satudata_event SET at = at - interval '1 day' WHERE id = "
    "(SELECT max(id) FROM satudata_event)",
    "event by another": "UPDATE satudata_event SET actor = 'x' WHERE id = "
    "(SELECT max(id) FROM satudata_event)",
    "metadata": "UPDATE satudata_metadata_event SET filled = filled - 1",
    "values": 'UPDATE satudata_metadata_event SET values = values || \'{"notes": "lain"}\'',
    "check": "UPDATE satudata_check SET passed = 1 WHERE id = (SELECT max(id) FROM satudata_check)",
    "decision": "UPDATE satudata_decision SET reason = 'x' WHERE kind = 'waiver'",
    "decision taken away": "DELETE FROM satudata_decision WHERE kind = 'waiver'",
    "score": "UPDATE satudata_final_row SET s = 100 WHERE s > 0",
    "row gone": "DELETE FROM satudata_final_row WHERE s = 0",
    "figures": "UPDATE satudata_final_org SET total = 99.99 WHERE scope = 'own'",
    "line and hash": "UPDATE satudata_final_row SET s = 100, line_sha256 = 'x' WHERE s > 0",
    "document": "UPDATE satudata_final SET document = replace(document, '10-20', '10-21')",
    "duty": "UPDATE satudata_obligation SET due = due + 10",
    "title": "UPDATE satudata_opd_version SET title = 'Dinas Lain' WHERE name = 'dinas-uji'",
    "rule set": "UPDATE satudata_ruleset SET source = replace(source, '0.35', '0.34')",
    "state": "UPDATE satudata_quarter SET cutoff = cutoff + 1",
}


_kept = SimpleNamespace(sha256=None, duties=[])


@pytest.fixture
def frozen_duties(request, with_plugins):
    """The duties of a quarter that is final; made once for the tests that undo what they change.

    The record names the ids of what it judged, so its hash tells one portal from another.
    """
    if _kept.sha256 is None or _kept.sha256 not in model.Session.scalars(sa.select(Final.sha256)):
        _kept.duties = request.getfixturevalue("duties")
        _kept.sha256 = finalise(request.getfixturevalue("moment")).sha256
        assert freeze.verify() == []
        model.Session.rollback()
    yield _kept.duties
    model.Session.rollback()


@pytest.mark.parametrize("change", TAMPERING)
def test_every_change_is_found_and_its_place_named(frozen_duties, change):
    model.Session.execute(sa.text(TAMPERING[change]))
    found = freeze.verify(TW3)
    assert {one.quarter for one in found} == {TW3}
    if change in ("event moved", "event by another", "metadata", "check", "score", "decision"):
        rows = " ".join(one.row for one in found)
        duty = frozen_duties[{"decision": 3}.get(change, 1)]
        assert duty.item.id in rows or duty.id in rows


@pytest.mark.parametrize(
    ("table", "change", "key", "line", "kept"),
    [
        (FinalRow, "s = 100 WHERE s > 0", "obligation_id", canonical.row_line("r"), "rows"),
        (
            FinalOrg, "total = 99.99 WHERE org_name = 'dinas-uji' AND scope = 'own'",
            "concat_ws(' ', org_id, scope, span)", canonical.org_line("r"), "figures",
        ),
    ],
)  # fmt: skip
def test_a_record_rewritten_with_all_its_hashes_is_still_found(
    frozen_duties, table, change, key, line, kept
):
    """Who changes a line and every hash above it is betrayed by the evidence alone."""
    name = table.__tablename__
    for statement in (
        "SET LOCAL TimeZone = 'UTC'",
        f"UPDATE {name} SET {change}",  # noqa: S608
        f"UPDATE {name} r SET line_sha256 = {canonical.hash_sql(line)}",  # noqa: S608
    ):
        model.Session.execute(sa.text(statement))
    lines = model.Session.execute(sa.text(f"SELECT {key}, line_sha256 FROM {name}")).all()  # noqa: S608
    final = model.Session.scalars(sa.select(Final)).one()
    digest = canonical.sha256(" ".join(sha256 for _key, sha256 in sorted(lines)))
    document = json.loads(final.document)
    document[kept]["sha256"] = digest
    forged = canonical.text(document)
    model.Session.execute(sa.update(Final).values(document=forged, sha256=canonical.sha256(forged)))
    found = freeze.verify(TW3)
    assert {one.what.split(" than ")[0] for one in found} == {
        "The evidence gives another row" if table is FinalRow
        else "The evidence gives other figures"
    }  # fmt: skip
    assert all("Dinas Uji" in one.row for one in found)


def test_what_was_undone_left_nothing(frozen_duties):
    assert freeze.verify() == []


def test_a_quarter_stands_on_the_one_before_it(portal, duties, moment):
    """Settled rows are carried as they were, arrears are judged again, and the chain goes on."""
    first = finalise(moment)
    with clock.at(wib("2025-12-01")):
        call_action("package_delete", id=portal.held.dataset["id"])
        states.open_quarter(TW4, None)
        model.Session.commit()
    portal.deliver(duties[2], wib("2025-12-02"))
    second = finalise(move_on(TW4, "2026-01-22"), TW4)
    assert json.loads(second.document)["previous"] == second.previous == first.sha256
    rows = {
        row.obligation_id: row
        for row in model.Session.scalars(sa.select(FinalRow).filter_by(final_id=second.id))
    }
    assert rows[duties[0].id].d == 1
    paid = rows[duties[2].id]
    assert (paid.d, paid.t, "tunggakan_dilunasi" in paid.flags) == (1, 0, True)
    assert freeze.verify() == []
    model.Session.execute(sa.text("UPDATE satudata_final SET previous = sha256 WHERE tw = 4"))
    broken = [(one.quarter, one.what) for one in freeze.verify()]
    assert broken == [(TW4, "The chain is broken: the record before it has another hash.")]
    model.Session.rollback()
    model.Session.execute(sa.text("UPDATE satudata_final SET sha256 = 'x' WHERE id = 1"))
    model.Session.commit()
    assert {one.quarter for one in freeze.verify()} == {TW3, TW4}


def test_a_revision_adds_decisions_and_keeps_the_old_record(portal, duties, moment):
    first = finalise(moment)
    old = lines(final_id=first.id)
    with clock.at(moment + dt.timedelta(days=5)):
        dispensations.waive(
            [duties[2].id], number="050/8", reason="Sanggahan diterima", actor=None,
            after_final=True,
        )  # fmt: skip
        states.revise(TW3, None, "188/44", "Sanggahan diterima")
        model.Session.commit()
    second = model.Session.scalars(sa.select(Final).filter_by(revision=1)).one()
    assert json.loads(second.document)["number"] == "188/44"
    assert lines(final_id=first.id) == old
    row = model.Session.get(FinalRow, (second.id, duties[2].id))
    assert row.status == "dibebaskan"
    assert freeze.verify() == []


def test_a_revision_measures_no_content_anew(portal, duties, moment):
    """What other checks would find of the same file counts in quarters to come."""
    first = finalise(moment)
    before = model.Session.get(FinalRow, (first.id, duties[0].id))
    measured = (before.q, before.k, before.s)
    with clock.at(moment + dt.timedelta(days=5)):
        model.Session.add(
            Check(
                checked=clock.now(), sha256=before.sha256, readable=True, rows=2, cells=4,
                empty_cells=4, run=8, passed=0, failures=[], checker=99,
            )
        )  # fmt: skip
        model.Session.commit()
        states.revise(TW3, None, "188/44", "Sanggahan diterima")
        model.Session.commit()
    second = model.Session.scalars(sa.select(Final).filter_by(revision=1)).one()
    again = model.Session.get(FinalRow, (second.id, duties[0].id))
    assert (again.q, again.k, again.s) == measured
    assert freeze.verify() == []


def test_content_unchecked_is_told_and_nothing_is_frozen(portal, duties):
    portal.deliver(duties[2], wib("2025-10-01"), content=TABLE + b"X,1\n", check=False)
    moment = move_on(TW3, "2025-10-20")
    with pytest.raises(toolkit.ValidationError), clock.at(moment):
        states.finalise(TW3, None)
    model.Session.rollback()
    assert model.Session.query(Final).count() == 0
    with clock.at(moment):
        jobs.check_pending()
    assert finalise(moment).revision == 0
