"""Collection windows: named deadlines announced to the OPDs, then a phase of correction.

A window tells and reminds; due days and scores follow the register alone.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import ckan.model as model
import sqlalchemy as sa
from ckan.plugins import toolkit

from .. import clock
from ..opd import queries as opd_queries
from . import decisions, dispensations
from .model import Decision, Window

_ = toolkit._

SOON = 14
"""Days before its opening from which a window is announced."""


@dataclass(frozen=True)
class Countdown:
    """What an OPD has to know of a window today.

    ``phase``: ``soon``, ``collection``, ``correction``; ``until``: the next date that matters and
    ``days`` how far it is (0: today); ``deadline``: its name, while there is one.
    """

    id: str
    name: str
    phase: str
    until: dt.date
    days: int
    deadline: str | None


def create(
    name: str,
    opens: dt.date,
    deadlines: Sequence[Mapping[str, Any]],
    *,
    correction_until: dt.date | None,
    orgs: Sequence[str],
    number: str,
    reason: str,
    actor: str | None,
    dated: dt.date | None = None,
) -> Window:
    """Announce a window, in this transaction.

    :param deadlines: ``{"name": text, "day": date}``, in order of days
    :param orgs: ids or names of those asked, their units included; empty: all
    :raises toolkit.ValidationError: by field
    """
    wrong = faults(
        name, opens, deadlines, correction_until=correction_until, orgs=orgs, number=number,
        reason=reason, dated=dated,
    )  # fmt: skip
    if wrong:
        raise toolkit.ValidationError(wrong)
    kept = [{"name": one["name"].strip(), "day": one["day"].isoformat()} for one in deadlines]
    decision = decisions.record(
        "window",
        reason=reason,
        actor=actor,
        number=number,
        dated=dated,
        day=deadlines[-1]["day"],
        details={"name": name.strip(), "deadlines": kept},
    )
    window = Window(
        name=name.strip(),
        opens=opens,
        deadlines=kept,
        correction_until=correction_until,
        org_ids=[opd_queries.resolve(org) for org in orgs],
        decision_id=decision.id,
        closed=False,
    )
    model.Session.add(window)
    model.Session.flush()
    return window


def faults(
    name: str,
    opens: dt.date | None,
    deadlines: Sequence[Mapping[str, Any]],
    *,
    correction_until: dt.date | None,
    orgs: Sequence[str],
    number: str,
    reason: str,
    dated: dt.date | None,
) -> dict[str, list[str]]:
    """What is wrong with a window, by field; nothing is said of a first day that is not known."""
    found = decisions.faults("window", reason=reason, number=number, dated=dated)
    if not name.strip():
        found["name"] = [_("Give the window a name.")]
    if texts := _faults_of_deadlines(deadlines, opens):
        found["deadlines"] = texts
    last = max((one["day"] for one in deadlines if one["day"]), default=None)
    if correction_until and last and correction_until <= last:
        found["correction_until"] = [_("The correction ends after the last deadline.")]
    unknown = next((org for org in orgs if opd_queries.resolve(org) is None), None)
    if unknown is not None:
        found["orgs"] = [_("There is no organisation {org}.").format(org=unknown)]
    return found


def _faults_of_deadlines(
    deadlines: Sequence[Mapping[str, Any]], opens: dt.date | None
) -> list[str]:
    if not deadlines:
        return [_("Write at least one deadline.")]
    found = []
    if not all(one["name"].strip() for one in deadlines):
        found.append(_("Give every deadline a name."))
    if not all(one["day"] for one in deadlines):
        found.append(_("Give every deadline a day."))
    days = [one["day"] for one in deadlines if one["day"]]
    if days != sorted(set(days)):
        found.append(_("Each deadline must lie after the one before it."))
    elif days and opens and days[0] < opens:
        found.append(_("The first deadline lies before the window opens."))
    elif days and days[-1] < clock.today():
        found.append(_("The last deadline is over."))
    return found


def close(window: Window, *, reason: str, number: str | None, actor: str | None) -> Decision:
    """End a window before its time, in this transaction.

    :raises toolkit.ValidationError: it was closed already
    """
    decision = model.Session.get(Decision, window.decision_id)
    back = dispensations.revoke(decision, reason=reason, actor=actor, number=number)
    window.closed = True
    model.Session.flush()
    return back


def listed() -> list[dict[str, Any]]:
    """All windows, the latest first; ``state``: ``soon``, ``running``, ``over`` or ``closed``."""
    rows = model.Session.scalars(sa.select(Window).order_by(Window.opens.desc(), Window.name)).all()
    titles = opd_queries.titles({org for row in rows for org in row.org_ids})
    return [
        {
            "id": row.id,
            "name": row.name,
            "opens": row.opens,
            "deadlines": row.deadlines,
            "correction_until": row.correction_until,
            "organizations": [titles.get(org, org) for org in row.org_ids],
            "decision_id": row.decision_id,
            "state": _state(row),
        }
        for row in rows
    ]


def _last_day(window: Window) -> dt.date:
    return window.correction_until or dt.date.fromisoformat(window.deadlines[-1]["day"])


def _state(window: Window) -> str:
    if window.closed:
        return "closed"
    if window.opens > clock.today():
        return "soon"
    return "running" if clock.today() <= _last_day(window) else "over"


def countdowns(org_id: str) -> list[Countdown]:
    """The windows that concern an organisation (id) now or soon, the nearest date first."""
    path = [*opd_queries.path(org_id), org_id]
    asked = sa.or_(sa.func.cardinality(Window.org_ids) == 0, Window.org_ids.overlap(path))
    rows = model.Session.scalars(sa.select(Window).where(~Window.closed, asked))
    found = [countdown for row in rows if (countdown := _countdown(row, clock.today()))]
    return sorted(found, key=lambda one: (one.until, one.name))


def _countdown(window: Window, today: dt.date) -> Countdown | None:
    def tell(phase: str, until: dt.date, deadline: str | None = None) -> Countdown:
        return Countdown(window.id, window.name, phase, until, (until - today).days, deadline)

    if window.opens > today:
        return tell("soon", window.opens) if (window.opens - today).days <= SOON else None
    for one in window.deadlines:
        day = dt.date.fromisoformat(one["day"])
        if today <= day:
            return tell("collection", day, one["name"])
    if window.correction_until and today <= window.correction_until:
        return tell("correction", window.correction_until)
    return None
