"""Changes of the register: items are opened, changed and closed, each by a numbered decision.

What a change does to the duties follows from :func:`.obligations.ensure`: those ahead follow it,
those of an opened quarter stay, unless the register no longer asks for them; then the decision
that changed it waives them. Callers hold a transaction and commit.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import ckan.model as model
import sqlalchemy as sa
from ckan.plugins import toolkit

from .. import clock, locks
from ..model_base import make_id
from ..opd import queries as opd_queries
from ..opd import succession
from . import decisions, item_values, obligations, queries, versions
from .claims import COUNTS
from .daftar_data import identity
from .model import Decision, Item, ItemRhythm

_ = toolkit._


@dataclass(frozen=True)
class Letter:
    """The letter or decree that amends the register."""

    number: str
    reason: str
    dated: dt.date | None = None
    actor: str | None = None


LOCK = "register-import"
"""Held by everything that writes items."""

_IDENTITY = ("name", "unit", "classification")


def deciding_year(day: dt.date) -> int | None:
    """The established register that a change from ``day`` on amends, by year; None: there is none.

    A change that takes effect in a year still to be established amends the present one.
    """
    years = (day.year, clock.today().year)
    return next((year for year in years if versions.is_established(year)), None)


def check_day(day: dt.date, field: str = "since") -> None:
    """:raises toolkit.ValidationError: the register would be changed for days gone by"""
    if day < clock.today():
        raise toolkit.ValidationError(
            {field: [_("A change of the register takes effect from today on, not in the past.")]}
        )


def check_letter(letter: Letter | None, year: int) -> None:
    """Whether the established register of ``year`` may be amended so.

    :raises toolkit.ValidationError: number or reason is missing
    """
    if letter is None or not letter.number or not letter.reason:
        text = _(
            "The register of {year} is established: write number and reason of the amendment."
        ).format(year=year)
        field = "reason" if letter and letter.number else "number"
        raise toolkit.ValidationError({field: [text]})


def head(letter: Letter, day: dt.date, year: int, counts: Mapping[str, int]) -> Decision:
    """Record an amendment of many items at once."""
    return decisions.record(
        "amendment",
        reason=letter.reason,
        actor=letter.actor,
        number=letter.number,
        dated=letter.dated,
        year=year,
        day=day,
        details={"counts": dict(counts)},
    )


def get(item_id: str) -> Item:
    """The item, locked against other changes until the transaction ends.

    :raises toolkit.ObjectNotFound: there is none
    """
    locks.hold(LOCK)
    item = model.Session.get(Item, item_id, populate_existing=True)
    if item is None:
        raise toolkit.ObjectNotFound(_("There is no such item"))
    return item


def is_open(item: Item, day: dt.date) -> bool:
    """Whether the item still owes data on ``day``."""
    return item.valid_to is None or item.valid_to >= day


def add(org_id: str, values: Mapping[str, Any], since: dt.date) -> Item:
    """Open an item; one that has ended opens again with its history.

    :param values: as :func:`.item_values.read` gives them
    :raises toolkit.ValidationError: the organisation owes this datum already, or is no more
    """
    locks.hold(LOCK)
    _check_producer(org_id)
    columns = {"unit": "", "classification": "", **_columns(values)}
    key = identity(org_id, *(columns[field] for field in _IDENTITY))
    item = model.Session.scalars(sa.select(Item).where(Item.identity == key)).first()
    if item is None:
        item = Item(id=make_id(), identity=key, org_id=org_id, valid_from=since)
        item.contributors, item.indicators = [], []
        model.Session.add(item)
    elif is_open(item, since):
        raise toolkit.ValidationError({"name": [_taken()]})
    item.valid_to = None
    _set(item, columns)
    model.Session.flush()
    _reschedule(item.id, values, since)
    return item


def _check_producer(org_id: str) -> None:
    if opd_queries.resolve(org_id) is None:
        raise toolkit.ValidationError({"org": [_("Choose an active organisation.")]})
    succession.check_goes_on(org_id, "org")


def change(item: Item, values: Mapping[str, Any], since: dt.date) -> dict[str, list[Any]]:
    """Change what is said of an item; its new schedule holds from ``since``.

    Returns field → [before, after]; empty where nothing is new.

    :param values: as :func:`.item_values.read` gives them
    :raises toolkit.ValidationError: it would become the same item as another one
    """
    changes = item_values.differences(as_it_is(item), values)
    if any(field in changes for field in _IDENTITY):
        _rename(item, values)
    _set(item, _columns({field: after for field, (_before, after) in changes.items()}))
    if any(field in changes for field in item_values.TIMING):
        _reschedule(item.id, values, since)
    if changes:
        item.modified = clock.now()
    model.Session.flush()
    return changes


def pass_on(item: Item, org_id: str, since: dt.date) -> Item:
    """Open the same item for another organisation, with the same rhythms."""
    values = as_it_is(item)
    kept = queries.rhythms_of(item.id)
    passed = add(org_id, values, since)
    model.Session.execute(sa.delete(ItemRhythm).where(ItemRhythm.item_id == passed.id))
    rows = [{**rhythm, "item_id": passed.id, "since": since} for rhythm in kept]
    if rows:
        model.Session.execute(sa.insert(ItemRhythm), rows)
    return passed


def as_it_is(item: Item) -> dict[str, Any]:
    """All fields of an item as the register has them, see :func:`.item_values.stored`."""
    return item_values.stored(item, queries.rhythms_of(item.id))


def end(item: Item, last_day: dt.date) -> None:
    """Let an item owe nothing after ``last_day``.

    :raises toolkit.ValidationError: it has ended before
    """
    if not is_open(item, last_day):
        raise toolkit.ValidationError(
            {"id": [_("“{name}” has ended already.").format(name=item.name)]}
        )
    item.valid_to, item.modified = last_day, clock.now()
    model.Session.flush()


def log(kind: str, item: Item, head: Decision, **details: Any) -> None:
    """Write what a decision on many items did to this one."""
    log_many(head, [(item.id, item.org_id, kind, details)])


def log_many(head: Decision, rows: Iterable[tuple[str | None, str, str, dict[str, Any]]]) -> None:
    """Write what a decision did to many items: (item, organisation, kind, details) each."""
    common = {name: getattr(head, name) for name in _OF_THE_LETTER}
    values = [
        {
            **common,
            "item_id": item_id,
            "org_id": org_id,
            "kind": kind,
            "details": {"part_of": head.id, **details},
        }
        for item_id, org_id, kind, details in rows
    ]
    if values:
        model.Session.execute(sa.insert(Decision), values)


_OF_THE_LETTER = ("at", "number", "dated", "reason", "actor", "year")


def settle(items: Iterable[str], head: Decision) -> int:
    """Bring the duties in line; waive those of opened quarters that nobody asks for any more.

    A duty for which something was delivered stays. Returns how many were waived.
    """
    obligations.ensure()
    rows = model.Session.execute(
        sa.text(_UNWANTED), {"items": list(items), "today": clock.today()}
    ).all()
    for row in rows:
        decisions.record(
            "waiver",
            reason=head.reason,
            actor=head.actor,
            number=head.number,
            dated=head.dated,
            org_id=row.org_id,
            item_id=row.item_id,
            obligation_id=row.id,
            year=row.year,
            tw=row.tw,
            details={"part_of": head.id},
        )
    return len(rows)


_UNWANTED = f"""
    SELECT o.id, o.item_id, o.org_id, o.year, o.tw
    FROM satudata_obligation o JOIN satudata_item i ON i.id = o.item_id
    WHERE o.item_id = ANY(:items) AND o.sealed IS NOT NULL AND o.due > :today
      AND o.request_id IS NULL
      AND (i.valid_to < o.due OR NOT EXISTS (
          SELECT FROM satudata_item_rhythm r
          WHERE r.item_id = o.item_id AND r.frequency = o.frequency
            AND r.state IN ('scheduled', 'default', 'internal')))
      AND NOT EXISTS (
          SELECT FROM satudata_claim c
          WHERE c.item_id = o.item_id AND c.period = o.period AND {COUNTS})
      AND NOT EXISTS (
          SELECT FROM satudata_decision d
          WHERE d.obligation_id = o.id AND d.kind = 'waiver'
            AND NOT EXISTS (SELECT FROM satudata_decision r WHERE r.revokes = d.id))
    ORDER BY o.due, o.id
"""  # noqa: S608 - parts of our own


def _columns(values: Mapping[str, Any]) -> dict[str, Any]:
    """Columns of the item; an empty theme or legal basis is none."""
    return {
        field: value or None if field in ("theme", "legal_basis") else value
        for field, value in values.items()
        if field not in item_values.TIMING
    }


def _set(item: Item, columns: Mapping[str, Any]) -> None:
    for field, value in columns.items():
        setattr(item, field, value)


def _rename(item: Item, values: Mapping[str, Any]) -> None:
    parts = [values.get(field, getattr(item, field)) for field in _IDENTITY]
    key = identity(item.org_id, *parts)
    other = sa.select(Item.id).where(Item.identity == key, Item.id != item.id)
    if model.Session.scalars(other).first():
        raise toolkit.ValidationError({"name": [_taken()]})
    item.identity = key


def _taken() -> str:
    return _(
        "The organisation has an item of this name, unit and classification already."
        " Change that one."
    )


def _reschedule(item_id: str, values: Mapping[str, Any], since: dt.date) -> None:
    model.Session.execute(sa.delete(ItemRhythm).where(ItemRhythm.item_id == item_id))
    rows = [
        {
            **rhythm.values(),
            "item_id": item_id,
            "since": since,
            "decided_schedule": None,
            "decided_by": None,
        }
        for rhythm in item_values.timing(values)
    ]
    model.Session.execute(sa.insert(ItemRhythm), rows)
