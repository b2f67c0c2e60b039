"""Over random histories: the SQL scores as the Python rules do, and a run over what was
touched gives what a full run gives."""

from __future__ import annotations

import datetime as dt

import ckan.model as model
import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ckanext.satudata import clock
from ckanext.satudata.calendar.quarters import Quarter
from ckanext.satudata.delivery.model import Check, Event, MetadataEvent, Touched
from ckanext.satudata.judging import evaluation, live, stages
from ckanext.satudata.judging.model import OrgResult, Result
from ckanext.satudata.opd.model import Opd, OpdVersion
from ckanext.satudata.register.model import Item, Obligation
from ckanext.satudata.register.workdays import work_calendar
from ckanext.satudata.rules.ruleset import load_ruleset
from ckanext.satudata.rules.score import (
    OrgRow,
    Parts,
    band,
    obligation_score,
    organisation_score,
)
from tests.quarter.conftest import wib

pytestmark = pytest.mark.usefixtures("clean_portal")

RULES = load_ruleset()
NOW = wib("2025-11-20")
TREE = {"kota": ["kota"], "a": ["kota", "a"], "a1": ["kota", "a", "a1"], "b": ["kota", "b"]}
ORGS = ("a", "a1", "b")
TABLES = (
    Check, Event, MetadataEvent, Touched, Result, OrgResult, Obligation, Item, Opd, OpdVersion,
)  # fmt: skip
FEW = settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)

days = st.integers(0, 320).map(lambda n: wib("2025-01-01") + dt.timedelta(days=n, hours=3))
files = st.fixed_dictionaries(
    {
        "at": days,
        "filled": st.integers(0, 5),
        "empty": st.integers(0, 10),
        "passed": st.integers(0, 8),
        "checked": st.sampled_from(["yes", "yes", "yes", "no", "unreadable", "ours"]),
        "held": st.booleans(),
        "replaced": st.one_of(st.none(), days),
    }
)
duties = st.lists(
    st.fixed_dictionaries(
        {
            "org": st.sampled_from(ORGS),
            "due": st.integers(0, 364).map(lambda n: dt.date(2025, 1, 1) + dt.timedelta(days=n)),
            "priority": st.booleans(),
            "files": st.lists(files, max_size=2),
        }
    ),
    min_size=1,
    max_size=8,
)


def insert(table, **values):
    model.Session.execute(sa.insert(table).values(**values))


def build(history):
    for table in TABLES:
        model.Session.execute(sa.delete(table))
    for org, path in TREE.items():
        place = {
            "org_id": org, "parent_id": path[-2] if path[1:] else None, "path": path,
            "level": len(path) - 1, "answers_id": path[min(1, len(path) - 1)], "scored": True,
        }  # fmt: skip
        insert(Opd, **place)
        insert(OpdVersion, at=wib("2020-01-01"), name=org, title=org, gone=False, **place)
    for number, duty in enumerate(history):
        item, due = f"item{number}", duty["due"]
        insert(
            Item, id=item, identity=item, org_id=duty["org"], contributors=[], name=item, unit="",
            classification="", indicators=[], is_indicator=False, dynamic=True,
            priority=duty["priority"], allow_nihil=False, valid_from=dt.date(2020, 1, 1),
        )  # fmt: skip
        insert(
            Obligation, id=f"duty{number}", item_id=item, org_id=duty["org"], frequency="A",
            period="2024", period_start=dt.date(2024, 1, 1), period_end=dt.date(2024, 12, 31),
            due=due, due_counted=work_calendar().next_workday(due),
            year=2025, tw=(due.month + 2) // 3,
            sealed=wib("2025-01-01"),  # else what is not due yet goes, as no schedule gives it
        )  # fmt: skip
        for place, file in enumerate(duty["files"]):
            add_file(f"{number}-{place}", item, duty["org"], file)
    model.Session.commit()


def add_file(name, item, org, file):
    moments = [file["at"], file["replaced"]] if file["replaced"] else [file["at"]]
    insert(
        MetadataEvent, at=min(moments), package_id=name, required=5, filled=file["filled"],
        always_required=5, always_filled=file["filled"], missing=[], values={}, sha256=name,
    )  # fmt: skip
    for nr, moment in enumerate(sorted(moments)):
        sha256 = f"{name}-{nr}" if file["held"] else None
        insert(
            Event, at=moment, counts_at=moment, resource_id=name, package_id=name, org_id=org,
            private=False, item_id=item, period="2024", sha256=sha256, source="portal",
            kind=("delivered", "replaced")[nr] if file["held"] else "stated",
        )  # fmt: skip
        if sha256 and file["checked"] != "no":
            readable = {"yes": True, "unreadable": False, "ours": None}[file["checked"]]
            insert(
                Check, sha256=sha256, readable=readable,
                rows=5 if readable else 0, cells=10 if readable else 0,
                empty_cells=file["empty"] if readable else 0, run=8 if readable else 0,
                passed=file["passed"] if readable else 0, failures=[], checker=1, checked=moment,
            )  # fmt: skip


def withdraw(item):
    """All files of an item are taken away now."""
    held = sa.select(Event).filter_by(item_id=item).distinct(Event.resource_id)
    for event in model.Session.scalars(held).all():
        insert(
            Event, at=clock.now(), counts_at=clock.now(), kind="withdrawn", item_id=item,
            resource_id=event.resource_id, package_id=event.package_id, org_id=event.org_id,
            private=False, period="2024", source="portal",
        )  # fmt: skip


def read(table):
    columns = [getattr(table, column.key) for column in sa.inspect(table).columns]
    return sorted(map(repr, model.Session.execute(sa.select(*columns)).all()))


@FEW
@given(duties)
def test_scores_are_those_of_the_rules(history):
    build(history)
    with clock.at(NOW):
        live.recompute()
    found = model.Session.scalars(
        sa.select(Result), execution_options={"populate_existing": True}
    ).all()
    by_org: dict[tuple[str, int], list[OrgRow]] = {}
    for row in found:
        parts = Parts(row.d == 1, row.t, row.m, row.k, row.q)
        score = obligation_score(parts, RULES)
        if row.s is not None and row.d is not None:
            assert abs(row.s - (score.total if row.d else 0)) < 1e-9
        if row.counted:
            for org in TREE[row.org_id]:
                by_org.setdefault((org, row.tw), []).append(OrgRow(score, row.priority))
    figures = model.Session.scalars(
        sa.select(OrgResult).filter_by(scope="units", span="cumulative"),
        execution_options={"populate_existing": True},
    ).all()
    assert figures
    for one in figures:
        assert 0 <= one.late <= one.delivered <= one.due <= one.duties
        assert one.delivered + one.missing + one.excluded <= one.due
        expected = organisation_score(by_org.get((one.org_id, one.tw), []), RULES)
        assert one.total == expected.total
        assert one.completeness == expected.kelengkapan
        assert one.timeliness == expected.ketepatan
        assert one.quality == expected.kualitas
        assert one.band == band(expected.total, expected.all_priority_delivered, RULES)


@FEW
@given(duties, st.data())
def test_a_run_over_what_was_touched_equals_a_full_run(history, data):
    build(history)
    with clock.at(NOW):
        live.recompute()
        for number, duty in enumerate(history):
            change = data.draw(st.sampled_from(["keep", "add", "withdraw"]), label=f"duty {number}")
            if change == "add":
                add_file(f"{number}-new", f"item{number}", duty["org"], data.draw(files))
            elif change == "withdraw":
                withdraw(f"item{number}")
            if change != "keep":
                insert(Touched, org_id=duty["org"])
        model.Session.commit()
        live.refresh()
        incremental = read(Result), read(OrgResult)
        live.recompute()
    assert incremental == (read(Result), read(OrgResult))


@FEW
@given(
    st.dates(dt.date(2024, 3, 1), dt.date(2026, 11, 1)),
    st.dates(dt.date(2024, 3, 1), dt.date(2026, 11, 1)),
)
def test_days_late_by_sql_are_those_of_the_calendar(due, came):
    frame = evaluation.frame(Quarter(2025, 2), now=NOW)
    table = (
        "DROP TABLE IF EXISTS eval_day; CREATE TEMPORARY TABLE eval_day AS " + stages.STAGES["day"]
    )
    model.Session.execute(sa.text(table), frame.values())
    late = model.Session.scalar(
        sa.text(
            """
            SELECT greatest(0, come.counted - owed.ordinal - (NOT owed.workday)::int)
            FROM eval_day owed, eval_day come WHERE owed.day = :due AND come.day = :came
            """
        ),
        {"due": due, "came": came},
    )
    model.Session.rollback()
    assert late == work_calendar().workdays_late(due, came)
