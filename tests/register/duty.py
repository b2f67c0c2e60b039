"""A small government with duties to decide about."""

from __future__ import annotations

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

import ckan.model as model
import sqlalchemy as sa

from ckanext.satudata.calendar import periods
from ckanext.satudata.calendar.quarters import Quarter
from ckanext.satudata.register.model import Claim, Decision, Obligation
from ckanext.satudata.register.workdays import work_calendar
from tests.factories import make_item

WIB = ZoneInfo("Asia/Jakarta")

TODAY = dt.date(2026, 3, 2)


def noon(day: dt.date) -> dt.datetime:
    """Noon of a local day."""
    return dt.datetime.combine(day, dt.time(12), WIB)


def make_duty(
    org: dict[str, Any],
    due: str = "2026-03-31",
    period: str = "2025",
    item: Any = None,
    sealed: dt.datetime | None = None,
    **fields: Any,
) -> Obligation:
    """An obligation of a new item, or of ``item``; ``due`` is the nominal day.

    Sealed, it stays though no rhythm of the item asks for it.
    """
    code, day = periods.parse(period), dt.date.fromisoformat(due)
    item = item or make_item(org, **fields)
    quarter = Quarter.of(day)
    duty = Obligation(
        item_id=item.id,
        org_id=org["id"],
        frequency=code.kind.value,
        period=code.code,
        period_start=code.start,
        period_end=code.end,
        due=day,
        due_counted=work_calendar().next_workday(day),
        year=quarter.year,
        tw=quarter.tw,
        sealed=sealed,
    )
    model.Session.add(duty)
    model.Session.commit()
    return duty


def deliver(duty: Obligation) -> None:
    """Some file states that it is for this duty."""
    model.Session.add(Claim(resource_id="file", item_id=duty.item_id, period=duty.period))
    model.Session.commit()


def freeze(year: int, tw: int) -> None:
    """The quarter is frozen; its content does not matter here."""
    model.Session.execute(
        sa.text(
            """
            INSERT INTO satudata_final (id, year, tw, revision, document, sha256, decisions_to, at)
            VALUES (:year * 10 + :tw, :year, :tw, 0, '{}', 'x', now(), now())
            """
        ),
        {"year": year, "tw": tw},
    )
    model.Session.commit()


def decisions(**about: Any) -> list[Decision]:
    """The log in order."""
    model.Session.expire_all()
    return list(model.Session.scalars(sa.select(Decision).filter_by(**about).order_by(Decision.id)))


def touched() -> set[str]:
    """Organisations whose result will be computed again."""
    return set(model.Session.execute(sa.text("SELECT org_id FROM satudata_touched")).scalars())
