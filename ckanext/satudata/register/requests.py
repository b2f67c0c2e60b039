"""Permintaan data: a numbered request that makes one-off duties of items of the register.

The one way in which an item "apabila dibutuhkan" is ever owed; any other item may be asked for a
period that its schedule does not ask for.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import ckan.model as model
import sqlalchemy as sa
from ckan.plugins import toolkit

from .. import clock, locks
from ..calendar.frequencies import Frequency
from ..calendar.periods import Period
from ..calendar.quarters import Quarter
from ..opd import queries as opd_queries
from . import decisions, dispensations, duties, obligations
from .claims import COUNTS
from .duties import duty_name
from .model import DataRequest, Decision, Item, Obligation
from .workdays import work_calendar

_ = toolkit._

NOTICE_WORKDAYS = 5
"""Working days that a request leaves at least, from the day on which it is recorded."""

_NAMED = 10


@dataclass(frozen=True)
class Asked:
    """What a request asks for: items (ids), or all of a theme, of some organisations or of all."""

    items: Collection[str] = ()
    theme: str = ""
    org: str = ""


def earliest_due() -> dt.date:
    """The first day for which a request of today may ask."""
    return work_calendar().add_workdays(clock.today(), NOTICE_WORKDAYS)


_THEME = sa.text(
    """
    SELECT i.id FROM satudata_item i JOIN satudata_opd opd ON opd.org_id = i.org_id
    WHERE lower(i.theme) = lower(:theme) AND (CAST(:org AS text) IS NULL OR :org = ANY(opd.path))
      AND (i.valid_to IS NULL OR i.valid_to >= :today)
    """
)


def items_of(asked: Asked) -> list[Item]:
    """The items that a request asks for, by name.

    :raises toolkit.ObjectNotFound: an id is of no item
    """
    ids = set(asked.items)
    if asked.theme:
        org = (opd_queries.resolve(asked.org) or "") if asked.org else None
        values = {"theme": asked.theme, "org": org, "today": clock.today()}
        ids |= set(model.Session.execute(_THEME, values).scalars())
    found = model.Session.scalars(sa.select(Item).where(Item.id.in_(ids)).order_by(Item.name))
    items = list(found)
    if len(items) < len(ids):
        raise toolkit.ObjectNotFound(_("There is no such item"))
    return items


def create(
    asked: Asked,
    period: Period,
    due: dt.date,
    *,
    number: str,
    title: str,
    requester: str,
    reason: str,
    actor: str | None,
    dated: dt.date | None = None,
) -> DataRequest:
    """Record a request and make its duties, in this transaction.

    A duty of a quarter that is open already is sealed at once.

    :param period: the data period that is asked for
    :raises toolkit.ValidationError: nothing is asked for, the day is too near, an item has ended,
        is younger than its notice, or owes this period already
    """
    locks.hold(dispensations.LOCK)
    items = items_of(asked)
    wrong = faults(
        items, period, due, number=number, title=title, requester=requester, reason=reason,
        dated=dated,
    )  # fmt: skip
    if wrong:
        raise toolkit.ValidationError(wrong)
    about: dict[str, Any] = {"title": title.strip(), "items": len(items), "period": period.code}
    quarter = Quarter.of(due)
    decision = decisions.record(
        "request",
        reason=reason,
        actor=actor,
        number=number,
        dated=dated,
        day=due,
        year=quarter.year,
        tw=quarter.tw,
        details=about,
    )
    request = DataRequest(
        number=decision.number,
        dated=decision.dated,
        title=title.strip(),
        requester=requester.strip(),
        due=due,
        decision_id=decision.id,
        created=clock.now(),
    )
    model.Session.add(request)
    model.Session.flush()
    counted = work_calendar().next_workday(due)
    model.Session.add_all(
        Obligation(
            item_id=item.id,
            org_id=item.org_id,
            frequency=Frequency.ON_DEMAND.value,
            period=period.code,
            period_start=period.start,
            period_end=period.end,
            due=due,
            due_counted=counted,
            year=quarter.year,
            tw=quarter.tw,
            request_id=request.id,
        )
        for item in items
    )
    model.Session.flush()
    obligations.ensure()  # seals what an opened quarter takes in
    duties.touch({item.org_id for item in items})
    return request


def faults(
    items: list[Item],
    period: Period | None,
    due: dt.date | None,
    *,
    number: str,
    title: str,
    requester: str,
    reason: str,
    dated: dt.date | None,
) -> dict[str, list[str]]:
    """What is wrong with a request, by field.

    Without a period or a due day nothing is said of it, and the rest is judged.
    """
    found = decisions.faults("request", reason=reason, number=number, dated=dated)
    if not title.strip():
        found["title"] = [_("Write what the data are for.")]
    if not requester.strip():
        found["requester"] = [_("Write who asks, for example Bappeda.")]
    if texts := _faults_of_items(items, period, due):
        found["items"] = texts
    if due and (text := _fault_of_day(due, period)):
        found["due"] = [text]
    return found


def _faults_of_items(items: list[Item], period: Period | None, due: dt.date | None) -> list[str]:
    if not items:
        return [_("Choose at least one item, or a theme that has items.")]
    if len(items) > duties.MOST:
        return [_("At most {count} items fit in one request.").format(count=duties.MOST)]
    texts = [_no_duty(item, due) for item in items] if due else []
    refused = [text for text in texts if text] + (_owed(items, period) if period else [])
    more = len(refused) - _NAMED
    rest = [_("And {count} more.").format(count=more)] if more > 0 else []
    return [*refused[:_NAMED], *rest]


def _fault_of_day(due: dt.date, period: Period | None) -> str | None:
    if due < earliest_due():
        return _("Leave at least {count} working days: {day} is the first possible day.").format(
            count=NOTICE_WORKDAYS, day=toolkit.h.satudata_date(earliest_due())
        )
    if due > obligations.horizon():
        return _("The day lies too far ahead.")
    if period and period.end > due:
        return _("The period asked for is not over on that day.")
    return None


def _no_duty(item: Item, due: dt.date) -> str | None:
    if item.valid_to and due > item.valid_to:
        return _("{item} has left the register.").format(item=duty_name(item.name, None))
    calendar = work_calendar()
    first = calendar.add_workdays(item.valid_from, obligations.FIRST_DUE_WORKDAYS)
    if due < first:
        return _("{item} is new in the register and can be due from {day}.").format(
            item=duty_name(item.name, None), day=toolkit.h.satudata_date(first)
        )
    return None


def _owed(items: list[Item], period: Period) -> list[str]:
    """One datum is owed once for a period, whoever asks."""
    names = {item.id: item.name for item in items}
    owed = model.Session.execute(
        sa.select(Obligation.item_id, Obligation.due).where(
            Obligation.item_id.in_(names), Obligation.period == period.code
        )
    )
    return [
        _("{duty} is owed already, due on {day}.").format(
            duty=duty_name(names[row.item_id], period.code), day=toolkit.h.satudata_date(row.due)
        )
        for row in owed
    ]


def withdraw(
    request: DataRequest, *, number: str | None, reason: str, actor: str | None
) -> Decision:
    """Take a request back, in this transaction.

    Its duties go; those of a quarter that has opened are waived by the same letter, and those of
    a frozen quarter stay.

    :raises toolkit.ValidationError: it was taken back already
    """
    decision = model.Session.get(Decision, request.decision_id)
    back = dispensations.revoke(decision, reason=reason, actor=actor, number=number)
    locks.hold("obligations")  # no quarter opens between the look at its duties and their end
    sealed = sa.select(Obligation.id).where(
        Obligation.request_id == request.id, Obligation.sealed.is_not(None)
    )
    open_ones = [
        duty.id
        for duty in duties.of_ids(model.Session.scalars(sealed).all())
        if not duty.waiver and not duty.final
    ]
    if open_ones:
        dispensations.waive(open_ones, number=back.number or "", reason=reason, actor=actor)
    gone = sa.delete(Obligation).where(
        Obligation.request_id == request.id, Obligation.sealed.is_(None)
    )
    duties.touch(model.Session.scalars(gone.returning(Obligation.org_id)).all())
    return back


_LIST = sa.text(
    f"""
    SELECT r.id, r.number, r.dated, r.title, r.requester, r.due, r.decision_id,
           count(o.id) AS duties,
           count(o.id) FILTER (WHERE EXISTS (
               SELECT FROM satudata_claim c
               WHERE c.item_id = o.item_id AND c.period = o.period AND {COUNTS})) AS delivered,
           EXISTS (SELECT FROM satudata_decision d WHERE d.revokes = r.decision_id) AS revoked
    FROM satudata_data_request r
    LEFT JOIN satudata_obligation o ON o.request_id = r.id
    WHERE CAST(:id AS text) IS NULL OR r.id = :id
    GROUP BY r.id ORDER BY r.due DESC, r.number, r.id LIMIT :limit OFFSET :offset
    """  # noqa: S608 - parts of our own
)


def count() -> int:
    """The number of all requests."""
    return model.Session.execute(sa.select(sa.func.count()).select_from(DataRequest)).scalar_one()


def listed(limit: int, offset: int = 0, id: str | None = None) -> list[dict[str, Any]]:
    """Requests, the latest due first, each with its number of duties and of those delivered."""
    values = {"limit": limit, "offset": offset, "id": id}
    return [dict(row) for row in model.Session.execute(_LIST, values).mappings()]
