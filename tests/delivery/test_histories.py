"""Whatever happened through CKAN's API, a rebuild finds what the recorder wrote, no more."""

from __future__ import annotations

import json
from typing import Any

import ckan.model as model
import sqlalchemy as sa
from ckan.tests.helpers import call_action
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ckanext.satudata.delivery import evidence, facts, reconcile
from ckanext.satudata.delivery.model import (
    Event,
    MetadataEvent,
    PackageFact,
    Receipt,
    ResourceFact,
)
from ckanext.satudata.register.model import Claim
from tests.delivery.conftest import OTHER, TABLE, deliver, upload
from tests.factories import make_dataset, make_item, make_opd

FACTS = (PackageFact, ResourceFact, Claim)
LOGS = (Event, MetadataEvent, Receipt)
CONTENTS = (TABLE, OTHER, b"a,b\n1,2\n")
PERIODS = (["2024"], ["2024", "2025"], ["2025-01"], [])


def stored(*tables: Any) -> dict[str, list[tuple[Any, ...]]]:
    """All rows of these tables, comparable."""
    return {
        table.__tablename__: sorted(
            model.Session.execute(sa.select(*table.__table__.columns)).all(), key=repr
        )
        for table in tables
    }


def standing() -> dict[tuple[str, str, str], tuple[Any, ...]]:
    """The state of every claim as the log's last events tell it."""
    rows = model.Session.execute(
        sa.text(
            """
            SELECT DISTINCT ON (resource_id, item_id, period) * FROM satudata_event
            ORDER BY resource_id, item_id, period, id DESC
            """
        )
    )
    return {
        (row.resource_id, row.item_id, row.period): (
            row.package_id, row.org_id, row.private, row.sha256, row.bytes
        )
        for row in rows
        if row.kind != "withdrawn"
    }  # fmt: skip


def claimed() -> dict[tuple[str, str, str], tuple[Any, ...]]:
    """The state of every claim as CKAN's own rows and our facts tell it."""
    rows = model.Session.execute(
        sa.text(
            """
            SELECT c.*, p.id AS package_id, p.owner_org, p.private, f.sha256, f.bytes
            FROM satudata_claim c
            JOIN resource r ON r.id = c.resource_id AND r.state = 'active'
            JOIN package p ON p.id = r.package_id AND p.state = 'active'
            JOIN satudata_resource_fact f ON f.resource_id = r.id
            """
        )
    )
    return {
        (row.resource_id, row.item_id, row.period): (
            row.package_id, row.owner_org, row.private, row.sha256, row.bytes
        )
        for row in rows
    }  # fmt: skip


class Portal:
    """A dataset (a second is made where it is gone) and what may happen to it."""

    def __init__(self, opds: list[dict[str, Any]], items: list[str]):
        self.opds, self.items = opds, items
        self.at = 0
        self.renew(0)

    def renew(self, _choice: int) -> None:
        self.at += 1
        self.dataset = make_dataset(self.opds[0], sd_item=self.items[0])
        self.resources: list[str] = []

    def _resource(self, choice: int) -> str | None:
        return self.resources[choice % len(self.resources)] if self.resources else None

    def deliver(self, choice: int) -> None:
        made = deliver(
            self.dataset,
            *PERIODS[choice % len(PERIODS)],
            content=CONTENTS[choice % len(CONTENTS)],
        )
        self.resources.append(made["id"])

    def link(self, choice: int) -> None:
        made = call_action(
            "resource_create",
            package_id=self.dataset["id"],
            url=f"http://example.org/{choice}",
            sd_periode=json.dumps(PERIODS[choice % 3]),
        )
        self.resources.append(made["id"])

    def replace(self, choice: int) -> None:
        if id := self._resource(choice):
            call_action("resource_patch", id=id, upload=upload(CONTENTS[choice % 3]))

    def unload(self, choice: int) -> None:
        if id := self._resource(choice):
            call_action("resource_patch", id=id, clear_upload="true", url="http://x/y", url_type="")

    def restate(self, choice: int) -> None:
        if id := self._resource(choice):
            call_action("resource_patch", id=id, sd_periode=json.dumps(PERIODS[choice % 4]))

    def edit(self, choice: int) -> None:
        call_action("package_patch", id=self.dataset["id"], notes=f"Catatan {choice % 3}")

    def reclaim(self, choice: int) -> None:
        call_action("package_patch", id=self.dataset["id"], sd_item=self.items[choice % 2])

    def revise(self, choice: int) -> None:
        call_action(
            "package_revise",
            match={"id": self.dataset["id"]},
            update={"sd_satuan": "Orang" if choice % 2 else "", "private": bool(choice % 3)},
        )

    def update_without_first(self, _choice: int) -> None:
        shown = call_action("package_show", id=self.dataset["id"])
        shown["resources"] = shown["resources"][1:]
        call_action("package_update", **shown)
        self.resources = [one["id"] for one in shown["resources"]]

    def remove(self, choice: int) -> None:
        if id := self._resource(choice):
            call_action("resource_delete", id=id)
            self.resources.remove(id)

    def hide(self, _choice: int) -> None:
        self._bulk("bulk_update_private")

    def show(self, _choice: int) -> None:
        self._bulk("bulk_update_public")

    def _bulk(self, action: str) -> None:
        owner = call_action("package_show", id=self.dataset["id"])["owner_org"]
        call_action(action, datasets=[self.dataset["id"]], org_id=owner)

    def give_away(self, choice: int) -> None:
        call_action(
            "package_owner_org_update",
            id=self.dataset["id"],
            organization_id=self.opds[choice % 2]["id"],
        )

    def delete(self, choice: int) -> None:
        call_action("package_delete", id=self.dataset["id"])
        if choice % 2:
            call_action("package_patch", id=self.dataset["id"], state="active")
        else:
            self.renew(choice)

    def purge(self, choice: int) -> None:
        call_action("dataset_purge", id=self.dataset["id"])
        self.renew(choice)


STEPS = [
    "deliver", "deliver", "link", "replace", "replace", "unload", "restate", "edit", "reclaim",
    "revise", "update_without_first", "remove", "hide", "show", "give_away", "delete", "purge",
]  # fmt: skip


@given(st.lists(st.tuples(st.sampled_from(STEPS), st.integers(0, 11)), min_size=3, max_size=9))
@settings(
    max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_a_rebuild_is_exactly_what_was_recorded(opd, steps):
    other = make_opd(None, {"name": "pemerintah-kota-uji"})
    portal = Portal([opd, other], [make_item(opd).id, make_item(opd).id])
    portal.deliver(0)
    for step, choice in steps:
        getattr(portal, step)(choice)
    model.Session.commit()
    recorded, logged = stored(*FACTS), stored(*LOGS)
    assert standing() == claimed()

    assert reconcile.mend() == reconcile.Mended(0, 0, 0, [])
    assert (stored(*FACTS), stored(*LOGS)) == (recorded, logged)

    for table in FACTS:
        model.Session.execute(sa.delete(table))
    model.Session.commit()
    assert facts.rebuild() > 0
    assert (stored(*FACTS), stored(*LOGS)) == (recorded, logged)

    for sha256 in model.Session.scalars(sa.select(Event.sha256).distinct()):
        assert sha256 is None or evidence.is_sound(sha256)
    delivered = model.Session.scalars(
        sa.select(Event.id).where(Event.kind.in_(("delivered", "replaced")))
    )
    receipted = [id for one in model.Session.scalars(sa.select(Receipt)) for id in one.event_ids]
    assert sorted(receipted) == sorted(delivered)
