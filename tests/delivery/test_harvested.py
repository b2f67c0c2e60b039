"""What a harvest brings counts from the harvest before, which did not have it.

The tables are ckanext-harvest's, made here with the columns of its 1.6: this portal runs
without the extension, and clearing the database must not know them.
"""

from __future__ import annotations

import datetime as dt

import ckan.model as model
import pytest
import sqlalchemy as sa
from ckan.tests.helpers import call_action

from ckanext.satudata import clock
from ckanext.satudata.delivery.model import Event
from tests.delivery.conftest import OTHER, deliver, upload

TABLES = """
    CREATE TABLE harvest_job (
        id text PRIMARY KEY, created timestamp, gather_started timestamp,
        gather_finished timestamp, finished timestamp, source_id text, status text);
    CREATE TABLE harvest_gather_error (id text PRIMARY KEY, harvest_job_id text);
    CREATE TABLE harvest_object (
        id text PRIMARY KEY, guid text, current boolean, state text, import_started timestamp,
        harvest_job_id text, harvest_source_id text, package_id text)
"""
DAY = dt.datetime(2026, 3, 2, tzinfo=dt.timezone.utc)


def day(number: float) -> dt.datetime:
    return DAY + dt.timedelta(days=number)


def _drop() -> None:
    model.Session.execute(
        sa.text("DROP TABLE IF EXISTS harvest_object, harvest_gather_error, harvest_job")
    )
    model.Session.commit()


@pytest.fixture
def harvests(clean_portal):
    """The tables, and a function that adds a job."""
    _drop()  # A run that was killed leaves them.
    for statement in TABLES.split(";"):
        model.Session.execute(sa.text(statement))
    model.Session.commit()

    def job(number: int, source="s", status="Finished", finished=True, failed=False) -> str:
        id = f"{source}-{number}"
        begun = day(number).replace(tzinfo=None)
        model.Session.execute(
            sa.text(
                "INSERT INTO harvest_job VALUES (:id, :begun, :begun, :begun, :end, :source, :st)"
            ),
            {
                "id": id, "begun": begun, "source": source, "st": status,
                "end": begun + dt.timedelta(hours=1) if finished else None,
            },
        )  # fmt: skip
        if failed:
            model.Session.execute(
                sa.text("INSERT INTO harvest_gather_error VALUES (:id, :id)"), {"id": id}
            )
        model.Session.commit()
        return id

    yield job
    model.Session.rollback()
    _drop()


def imports(job: str, package_id: str | None, state: str = "IMPORT", guid: str = "g") -> None:
    model.Session.execute(
        sa.text(
            "INSERT INTO harvest_object VALUES (:id, :guid, false, :state, now(), :job, 's', :pkg)"
        ),
        {"id": f"{job}-{state}", "guid": guid, "state": state, "job": job, "pkg": package_id},
    )
    model.Session.commit()


def last() -> Event:
    model.Session.expire_all()
    return model.Session.scalars(sa.select(Event).order_by(Event.id.desc()).limit(1)).one()


def test_a_new_dataset_counts_from_the_last_good_harvest_before(harvests, dataset):
    harvests(1)
    harvests(2, failed=True)
    harvests(3, source="other")
    imports(harvests(4, status="Running", finished=False), dataset["id"])
    with clock.at(day(4.1)):
        deliver(dataset, "2025")
    event = last()
    assert (event.source, event.at) == ("harvest", day(4.1))
    assert event.counts_at == day(1) + dt.timedelta(hours=1)


def test_a_dataset_that_was_there_is_known_by_its_earlier_import(harvests, dataset):
    first = harvests(1)
    imports(first, dataset["id"], "COMPLETE")
    with clock.at(day(1.01)):
        resource = deliver(dataset, "2025")
    assert last().source == "job"
    imports(harvests(2, status="Running", finished=False), None)
    with clock.at(day(2.1)):
        call_action("resource_patch", id=resource["id"], upload=upload(OTHER))
    event = last()
    assert (event.kind, event.source) == ("replaced", "harvest")
    assert event.counts_at == day(1) + dt.timedelta(hours=1)


def test_the_first_harvest_of_a_source_counts_when_it_comes(harvests, dataset):
    imports(harvests(4, status="Running", finished=False), dataset["id"])
    with clock.at(day(4.1)):
        deliver(dataset, "2025")
    assert (last().source, last().counts_at) == ("harvest", day(4.1))


def test_it_never_counts_from_before_what_the_claim_had(harvests, dataset):
    harvests(1)
    with clock.at(day(3)):
        resource = deliver(dataset, "2025")
    imports(harvests(4, status="Running", finished=False), dataset["id"])
    with clock.at(day(4.1)):
        call_action("resource_patch", id=resource["id"], upload=upload(OTHER))
    assert last().counts_at == day(3)


def test_a_person_at_work_meanwhile_is_no_harvest(harvests, dataset, app):
    harvests(1)
    imports(harvests(4, status="Running", finished=False), dataset["id"])
    with app.flask_app.test_request_context(), clock.at(day(4.1)):
        deliver(dataset, "2025")
    assert (last().source, last().counts_at) == ("portal", day(4.1))


def test_hiding_is_at_the_moment_of_the_harvest(harvests, dataset):
    harvests(1)
    deliver(dataset, "2025")
    imports(harvests(4, status="Running", finished=False), dataset["id"])
    call_action("package_patch", id=dataset["id"], private=True)
    event = last()
    assert (event.kind, event.source) == ("hidden", "harvest")
    assert event.counts_at == event.at
