"""Writes what an import plan says: all or nothing, in the caller's transaction."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any, BinaryIO

import ckan.model as model
import sqlalchemy as sa

from .. import clock, config, locks
from ..model_base import make_id, utcnow
from ..tables import Table, read_table
from . import amendments, item_values, obligations
from .daftar_data import ImportPlan, Wish, make_plan
from .model import Item, ItemRhythm
from .producers import Producers

_OPTIONAL = {"priority": False, "allow_nihil": False, "theme": None, "legal_basis": None}
_BATCH = 1000


def open_table(source: bytes | BinaryIO, filename: str) -> Table:
    """Open an import file within the portal's limit; rows that do not fit are kept as faulty.

    :raises TableError: see :func:`ckanext.satudata.tables.read_table`
    """
    limit = config.max_import_megabytes() * 1_000_000
    return read_table(source, filename, limit, keep_ragged=True)


def import_register(
    source: bytes | BinaryIO,
    filename: str,
    mapping: Mapping[str, str],
    valid_from: dt.date,
    producers: Producers | None = None,
    letter: amendments.Letter | None = None,
) -> ImportPlan:
    """Import a register file and make the obligations; the caller commits.

    Two imports at once wait for each other. The plan is made under the lock, so it is what was
    really done. An established register is amended by it, so that it needs a ``letter``; the log
    then tells of every item that was opened or changed.

    :raises TableError: the file cannot be used; nothing has been written then
    :raises toolkit.ValidationError: the register is established and the letter incomplete
    """
    locks.hold(amendments.LOCK)
    year = amendments.deciding_year(valid_from)
    if year:
        amendments.check_letter(letter, year)
        valid_from = max(valid_from, clock.today())
    plan = make_plan(open_table(source, filename), mapping, producers)
    apply(plan, valid_from)
    if year and letter and (plan.created or plan.changed):
        _log(plan, letter, valid_from, year)
    return plan


def _log(plan: ImportPlan, letter: amendments.Letter, valid_from: dt.date, year: int) -> None:
    head = amendments.head(letter, valid_from, year, plan.counts())
    opened = [(wish.item_id, wish.org_id, "item_open", {}) for wish in plan.created]
    changed = [(wish.item_id, wish.org_id, "amendment", _changes(wish)) for wish in plan.changed]
    amendments.log_many(head, [*opened, *changed])
    amendments.settle([wish.item_id for wish in plan.changed], head)


def _changes(wish: Wish) -> dict[str, Any]:
    columns = wish.columns()
    changes = {
        name: [wish.before[name], columns[name]] for name in wish.changes if name != "schedule"
    }
    if "schedule" in wish.changes:
        before = item_values.spoken(wish.before["rhythms"])
        after = item_values.spoken(_rhythm(wish, rhythm, wish.before["valid_from"])
                                   for rhythm in wish.rhythms)  # fmt: skip
        changes |= item_values.differences(before, after)
    return {"changes": changes}


def apply(plan: ImportPlan, valid_from: dt.date) -> None:
    """Write the plan's new and changed items; new rhythms take effect on ``valid_from``."""
    if not (plan.created or plan.changed):
        return
    now = utcnow()
    for wish in plan.created:
        wish.item_id = make_id()
    _insert(Item, [_new_item(wish, valid_from, now) for wish in plan.created])
    _update(plan.changed, now)
    _insert(
        ItemRhythm,
        [
            _rhythm(wish, rhythm, valid_from)
            for wish in (*plan.created, *_rescheduled(plan))
            for rhythm in wish.rhythms
        ],
    )
    obligations.ensure()


def _insert(table: type, rows: list[dict[str, Any]]) -> None:
    for start in range(0, len(rows), _BATCH):
        model.Session.execute(sa.insert(table), rows[start : start + _BATCH])


def _new_item(wish: Wish, valid_from: dt.date, now: dt.datetime) -> dict[str, Any]:
    return {
        **_OPTIONAL,
        **wish.columns(),
        "id": wish.item_id,
        "identity": wish.identity,
        "valid_from": valid_from,
        "created": now,
        "modified": now,
    }


def _rhythm(wish: Wish, rhythm: Any, since: dt.date) -> dict[str, Any]:
    return {
        **rhythm.values(),
        "item_id": wish.item_id,
        "since": since,
        "decided_schedule": None,
        "decided_by": None,
    }


def _rescheduled(plan: ImportPlan) -> list[Wish]:
    return [wish for wish in plan.changed if "schedule" in wish.changes]


def _update(wishes: list[Wish], now: dt.datetime) -> None:
    rows = [{**wish.columns(), "id": wish.item_id, "modified": now} for wish in wishes]
    if rows:
        model.Session.execute(sa.update(Item), rows)
    rescheduled = [wish.item_id for wish in wishes if "schedule" in wish.changes]
    model.Session.execute(sa.delete(ItemRhythm).where(ItemRhythm.item_id.in_(rescheduled)))
