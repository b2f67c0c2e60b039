"""Working days of this government: library, options, decisions; and what follows from them."""

from __future__ import annotations

import datetime as dt

import ckan.model as model
import pytest
import sqlalchemy as sa
from ckan.plugins import toolkit
from ckan.tests.helpers import call_action

from ckanext.satudata import clock
from ckanext.satudata.register import decisions, obligations, rhythms, workdays
from ckanext.satudata.register.model import Decision, ItemRhythm, Obligation
from tests.factories import make_item, make_root, make_user

WEDNESDAY = dt.date(2027, 2, 10)
LETTER = {
    "name": "Pemilihan kepala daerah",
    "number": "100.3/45/2027",
    "reason": "Pemungutan suara",
}
NOW = dt.datetime(2026, 11, 20, 3, tzinfo=dt.timezone.utc)

pytestmark = pytest.mark.usefixtures("clean_portal")


def decide(day=WEDNESDAY, free=True, **fields):
    return call_action("satudata_holiday_set", day=day.isoformat(), free=free, **LETTER | fields)


def test_library_then_options_then_decisions(ckan_config, monkeypatch):
    christmas, plain = dt.date(2026, 12, 25), dt.date(2026, 12, 22)
    monkeypatch.setitem(ckan_config, "ckanext.satudata.extra_holidays", ["2026-12-22"])
    monkeypatch.setitem(ckan_config, "ckanext.satudata.removed_holidays", ["2026-12-25"])
    days = workdays.work_calendar()
    assert (days.is_workday(christmas), days.is_workday(plain)) == (True, False)
    decide(christmas, True)
    decide(plain, False)
    days = workdays.work_calendar()
    assert (days.is_workday(christmas), days.is_workday(plain)) == (False, True)
    listed = {row["day"]: row for row in call_action("satudata_holiday_list", year=2026)}
    assert listed["2026-12-25"]["source"] == listed["2026-12-22"]["source"] == "decision"
    assert listed["2026-12-22"]["free"] is False
    assert listed["2026-01-01"] == {
        "day": "2026-01-01", "free": True, "name": "Tahun Baru Masehi", "source": "national"
    }  # fmt: skip


def test_the_last_decision_holds_and_taking_it_back_restores_the_one_before():
    moment, hour = NOW, dt.timedelta(hours=1)
    with clock.at(moment):
        decide(free=True)
    with clock.at(moment + hour):
        second = decide(free=False)
    assert workdays.work_calendar().is_workday(WEDNESDAY)
    with clock.at(moment + 2 * hour):
        decisions.record("revoke", reason="keliru", actor=None, revokes=second["decision_id"])
        model.Session.commit()
    assert not workdays.work_calendar().is_workday(WEDNESDAY)
    # What held at each earlier moment can still be read.
    was = [workdays.work_calendar(before=moment + n * hour).is_workday(WEDNESDAY) for n in range(4)]
    assert was == [True, False, True, False]


def test_due_days_to_come_follow_a_decision_and_past_ones_do_not():
    with clock.at(NOW):
        item = make_item(make_root())
        rhythm = rhythms.read("Tahunan", "Februari n+1")[0]
        since = dt.date(2025, 1, 1)
        model.Session.add(ItemRhythm(item_id=item.id, since=since, **rhythm.values()))
        model.Session.flush()
        obligations.ensure()
        model.Session.commit()
        # 28 February is a Saturday in 2026 and a Sunday in 2027.
        before = {2026: dt.date(2026, 3, 2), 2027: dt.date(2027, 3, 1)}
        assert counted(item) == before
        decide(dt.date(2026, 3, 2))
        decide(dt.date(2027, 3, 1))
        assert counted(item) == before | {2027: dt.date(2027, 3, 2)}


def counted(item):
    model.Session.expire_all()
    rows = model.Session.scalars(sa.select(Obligation).filter_by(item_id=item.id))
    return {row.year: row.due_counted for row in rows if row.year in (2026, 2027)}


@pytest.mark.parametrize(
    ("fields", "name", "hint"),
    [
        ({"day": dt.date(2027, 2, 13)}, "day", "Saturday"),
        ({"number": " "}, "number", "number of the letter"),
        ({"name": ""}, "name", "what the day is"),
        ({"reason": ""}, "reason", "why"),
        ({"dated": "2099-01-01"}, "dated", "future"),
        ({"dated": "1/2/2027"}, "dated", "2026-12-31"),
        ({"free": "perhaps"}, "free", "yes or no"),
        ({"free": ""}, "free", "yes or no"),
        ({"name": "a\0b"}, "name", "Must be a text"),
        ({"number": "\ud800"}, "number", "Must be a text"),
        ({"reason": ["x"]}, "reason", "Must be a text"),
    ],
)
def test_faults_are_named_and_nothing_is_written(fields, name, hint):
    with pytest.raises(toolkit.ValidationError) as caught:
        decide(**fields)
    assert hint in caught.value.error_dict[name][0]
    assert model.Session.scalar(sa.select(sa.func.count()).select_from(Decision)) == 0


def freeze_first_quarter_of_2027():
    model.Session.execute(
        sa.text(
            "INSERT INTO satudata_quarter (year, tw, state, ruleset_hash, register_version,"
            " opened, cutoff, final_id) VALUES (2027, 1, 'final', 'x', '', now(), :cutoff, 1)"
        ),
        {"cutoff": dt.date(2027, 4, 21)},
    )
    model.Session.commit()


def test_a_day_of_a_final_quarter_is_not_taken_back_either():
    decision = decide()["decision_id"]
    freeze_first_quarter_of_2027()
    with pytest.raises(toolkit.ValidationError, match="21"):
        call_action("satudata_decision_revoke", id=decision, number="2", reason="Keliru")
    assert not workdays.work_calendar().is_workday(WEDNESDAY)


def test_no_day_that_a_final_quarter_was_counted_with_changes():
    freeze_first_quarter_of_2027()
    with pytest.raises(toolkit.ValidationError, match="21"):
        decide(dt.date(2027, 4, 21))
    assert decide(dt.date(2027, 4, 22))["free"] is True


def test_the_page_lists_sets_and_refuses(app):
    root = make_root()
    walidata = {"Authorization": make_user("admin", root)["token"]}
    reader = {"Authorization": make_user("editor", root)["token"]}
    page = app.get("/satudata/hari-kerja/2027", headers=walidata)
    assert "Tahun Baru Masehi" in page.body
    assert "Set a day" in page.body
    assert "Set a day" not in app.get("/satudata/hari-kerja/2027", headers=reader).body
    form = {"day": "2027-02-13", "free": "true", **LETTER}
    refused = app.post("/satudata/hari-kerja/2027", data=form, headers=walidata)
    assert "Saturday" in refused.body
    assert 'value="100.3/45/2027"' in refused.body
    done = app.post("/satudata/hari-kerja/2027", data={**form, "day": "2027-02-10"},
                    headers=walidata)  # fmt: skip
    assert "Pemilihan kepala daerah" in done.body
    assert not workdays.work_calendar().is_workday(WEDNESDAY)
    assert app.post("/satudata/hari-kerja/2027", data=form, headers=reader).status_code == 403
    for year in (0, 1944, 2200, 9999):
        address = f"/satudata/hari-kerja/{year}"
        assert app.get(address, headers=walidata).status_code == 404
        assert app.post(address, data=form, headers=walidata).status_code == 404
    assert (
        app.get("/satudata/hari-kerja", headers=walidata, follow_redirects=False).status_code == 302
    )
