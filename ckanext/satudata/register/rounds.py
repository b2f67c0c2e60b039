"""The yearly round of the register: usulan → pembahasan → penetapan (compliance §2).

OPDs propose, the walidata answers after the discussion with Forum and BPS (berita acara), a decree
establishes the register. What nobody proposed to change is carried over as it is.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

import ckan.model as model
import sqlalchemy as sa
from ckan.plugins import toolkit

from .. import clock, locks
from ..text import N_
from . import amendments, decisions, queries
from .model import Decision, Item, Proposal, Round

_ = toolkit._

PROPOSING, DISCUSSING, ESTABLISHED = "usulan", "pembahasan", "ditetapkan"
STATES = {
    PROPOSING: N_("Proposals"),
    DISCUSSING: N_("Discussion"),
    ESTABLISHED: N_("Established"),
}
"""States of a round in order, with their labels (msgids)."""

_YEARS_AHEAD = 2


def lock() -> None:
    """Let nobody else move a round or propose until the transaction ends."""
    locks.hold("register-round")


def get(year: Any) -> Round:
    """The round of a year.

    :raises toolkit.ObjectNotFound: there is none
    """
    found = model.Session.get(Round, year, populate_existing=True)
    if found is None:
        raise toolkit.ObjectNotFound(_("There is no round of the register for this year"))
    return found


def effective(year: int) -> dt.date:
    """The day from which what is established for ``year`` holds: its first, or today if later."""
    return max(dt.date(year, 1, 1), clock.today())


def open_(year: int, until: dt.date) -> Round:
    """Open the round of a year: OPDs may propose up to the day ``until``.

    :raises toolkit.ValidationError: it exists, another is not finished, or a day has gone by
    """
    lock()
    today = clock.today()
    if not today.year <= year <= today.year + _YEARS_AHEAD:
        raise toolkit.ValidationError(
            {"year": [_("Choose a year from {first} to {last}.").format(
                first=today.year, last=today.year + _YEARS_AHEAD)]}
        )  # fmt: skip
    if model.Session.get(Round, year):
        raise toolkit.ValidationError(
            {"year": [_("The round for {year} has been opened already.").format(year=year)]}
        )
    unfinished = sa.select(Round.year).where(Round.state != ESTABLISHED)
    if other := model.Session.scalars(unfinished).first():
        raise toolkit.ValidationError(
            {"year": [_("Establish the register of {year} first.").format(year=other)]}
        )
    _check_last_day(year, until)
    opened = Round(year=year, state=PROPOSING, proposals_until=until, opened=clock.now())
    model.Session.add(opened)
    model.Session.flush()
    return opened


def _check_last_day(year: int, until: dt.date) -> None:
    """Nothing but its last day ends the time for proposals, so it must lie within the year."""
    if until < clock.today():
        raise toolkit.ValidationError(
            {"proposals_until": [_("The last day for proposals lies in the past.")]}
        )
    if until > dt.date(year, 12, 31):
        message = _("The last day for proposals lies after {year}.").format(year=year)
        raise toolkit.ValidationError({"proposals_until": [message]})


def move_last_day(year: int, until: dt.date, *, reason: str, user_id: str | None) -> Decision:
    """Let OPDs propose up to another day, while the proposals are not closed.

    :raises toolkit.ValidationError: they are closed, the day is as it was, over or beyond the
        year, or no reason
    """
    lock()
    found = get(year)
    if found.state != PROPOSING:
        raise toolkit.ValidationError({"year": [_("The proposals are closed already.")]})
    _check_last_day(year, until)
    if until == found.proposals_until:
        message = _("The last day for proposals is {day} already.")
        told = message.format(day=toolkit.h.satudata_date(until))
        raise toolkit.ValidationError({"proposals_until": [told]})
    moved = decisions.record(
        "round",
        reason=reason,
        actor=user_id,
        year=year,
        day=until,
        details={"from": found.proposals_until.isoformat()},
    )
    found.proposals_until = until
    model.Session.flush()
    return moved


def check_proposing(found: Round, by_walidata: bool) -> None:
    """:raises toolkit.ValidationError: proposals are no longer taken"""
    if found.state == ESTABLISHED:
        raise toolkit.ValidationError(
            {"year": [_("The register of {year} is established. It is changed by amendments.")
                      .format(year=found.year)]}
        )  # fmt: skip
    over = found.state != PROPOSING or clock.today() > found.proposals_until
    if over and not by_walidata:
        raise toolkit.ValidationError(
            {"year": [_("Proposals for {year} were taken until {day}. Ask the walidata.").format(
                year=found.year, day=toolkit.h.satudata_date(found.proposals_until))]}
        )  # fmt: skip


def check_discussing(found: Round) -> None:
    """:raises toolkit.ValidationError: proposals are not under discussion"""
    if found.state == PROPOSING:
        raise toolkit.ValidationError(
            {"year": [_("Close the proposals first: then they are discussed and answered.")]}
        )
    if found.state == ESTABLISHED:
        check_proposing(found, by_walidata=True)


def discuss(year: int) -> Round:
    """Close the proposals, from their last day on, and begin the discussion.

    :raises toolkit.ValidationError: OPDs may still propose, or it has begun already
    """
    lock()
    found = get(year)
    if found.state != PROPOSING:
        raise toolkit.ValidationError({"year": [_("The proposals are closed already.")]})
    if clock.today() < found.proposals_until:
        raise toolkit.ValidationError(
            {"year": [_("OPDs may propose until {day}. Close the proposals on that day.").format(
                day=toolkit.h.satudata_date(found.proposals_until))]}
        )  # fmt: skip
    found.state = DISCUSSING
    model.Session.flush()
    return found


def establish(
    year: int,
    *,
    number: str,
    dated: dt.date | None,
    reason: str,
    minutes: dict[str, str],
    user_id: str | None,
) -> Decision:
    """Establish the register of a year by decree: what was agreed is written, the rest kept.

    :param number: number of the decree, ``dated`` its date
    :param minutes: ``number`` and ``dated`` (ISO) of the berita acara of the discussion
    :raises toolkit.ValidationError: not under discussion, proposals without an answer, no number
    """
    lock()
    found = get(year)
    check_discussing(found)
    _check_answered(year)
    if not minutes.get("number") or not minutes.get("dated"):
        raise toolkit.ValidationError(
            {"minutes_number": [_("Write number and date of the berita acara.")]}
        )
    since = effective(year)
    head = decisions.record(
        "establishment",
        reason=reason,
        actor=user_id,
        number=number,
        dated=dated,
        year=year,
        day=since,
        details={"minutes": minutes, **_counts(year, since)},
    )
    agreed = model.Session.scalars(
        sa.select(Proposal)
        .where(Proposal.year == year, Proposal.state == "agreed")
        .order_by(Proposal.proposed_at, Proposal.id)
    ).all()
    touched: list[str] = []
    for proposal in agreed:
        touched += _apply(proposal, since, head)
    amendments.settle(touched, head)
    found.state = ESTABLISHED
    model.Session.flush()
    return head


def _check_answered(year: int) -> None:
    waiting = model.Session.scalar(
        sa.select(sa.func.count()).where(Proposal.year == year, Proposal.state == "proposed")
    )
    if waiting:
        message = toolkit.ungettext(
            "%(num)d proposal has no answer yet.", "%(num)d proposals have no answer yet.", waiting
        )
        raise toolkit.ValidationError({"year": [message % {"num": waiting}]})


def _counts(year: int, since: dt.date) -> dict[str, Any]:
    """Numbers for the log: proposals by answer, and items that nobody touches."""
    answers = dict(
        model.Session.execute(
            sa.select(Proposal.state, sa.func.count())
            .where(Proposal.year == year)
            .group_by(Proposal.state)
        )
        .tuples()
        .all()
    )
    changed = sa.select(Proposal.item_id).where(
        Proposal.year == year, Proposal.state == "agreed", Proposal.item_id.is_not(None)
    )
    carried = model.Session.scalar(
        sa.select(sa.func.count()).where(
            sa.or_(Item.valid_to.is_(None), Item.valid_to >= since), Item.id.not_in(changed)
        )
    )
    return {
        "agreed": answers.get("agreed", 0),
        "refused": answers.get("refused", 0),
        "carried_over": carried,
    }


def _apply(proposal: Proposal, since: dt.date, head: Decision) -> list[str]:
    """Write one agreed proposal into the register; ids of the items it touched."""
    try:
        touched = _write(proposal, since, head)
    except toolkit.ValidationError as error:
        name = proposal.values.get("name") or _name_of(proposal.item_id)
        faults = " ".join(str(text) for texts in error.error_dict.values() for text in texts)
        raise toolkit.ValidationError({"proposals": [f"{name}: {faults}"]}) from None
    proposal.state = "applied"
    return touched


def _name_of(item_id: str | None) -> str:
    item = queries.item(item_id) if item_id else None
    return item["name"] if item else ""


def _write(proposal: Proposal, since: dt.date, head: Decision) -> list[str]:
    if proposal.action == "add":
        item = amendments.add(proposal.org_id, proposal.values, since)
        amendments.log("item_open", item, head, proposal=proposal.id)
        return [item.id]
    item = amendments.get(proposal.item_id or "")
    if proposal.action == "change":
        changes = amendments.change(item, proposal.values, since)
        amendments.log("amendment", item, head, changes=changes, proposal=proposal.id)
        return [item.id]
    amendments.end(item, since - dt.timedelta(days=1))
    amendments.log("item_close", item, head, proposal=proposal.id, why=proposal.action)
    producer = proposal.values.get("org_id")
    if not producer:
        return [item.id]
    passed = amendments.pass_on(item, producer, since)
    amendments.log("item_open", passed, head, instead_of=item.id, proposal=proposal.id)
    return [item.id, passed.id]
