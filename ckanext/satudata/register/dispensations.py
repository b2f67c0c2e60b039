"""Waivers and extensions: numbered decisions that take a duty out or move its due day.

What is refused is refused as a whole: nothing of a decision about many duties is written where
one of them does not allow it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any

import ckan.model as model
from ckan.plugins import toolkit

from .. import clock, locks
from . import cutoffs, decisions, duties
from .duties import Duty
from .model import Decision

_ = toolkit._

LOCK = "decisions"
"""Advisory lock: two people who decide about one duty at once come after one another."""

LONGEST_EXTENSION = 366
"""Days after the nominal due day; what takes longer is a waiver."""

TAKEN_BACK_HERE = ("waiver", "extension")
"""Kinds that :func:`revoke` alone takes back; others have more to undo."""

_NAMED = 10
"""Refused duties that one message names."""


@dataclass(frozen=True)
class Checked:
    """A duty and why the decision cannot be about it; None: it can."""

    duty: Duty
    refusal: str | None


def check_waiver(found: Collection[Duty], after_final: bool = False) -> list[Checked]:
    """Each duty with the reason why it cannot be waived, or None."""
    return [Checked(duty, _no_waiver(duty, after_final)) for duty in found]


def check_extension(
    found: Collection[Duty], day: dt.date, after_final: bool = False
) -> list[Checked]:
    """Each duty with the reason why it cannot be extended to ``day``, or None."""
    return [Checked(duty, _no_extension(duty, day, after_final)) for duty in found]


def waive(
    ids: Collection[str],
    *,
    number: str,
    reason: str,
    actor: str | None,
    dated: dt.date | None = None,
    after_final: bool = False,
) -> list[Decision]:
    """Take these duties out of the score by one numbered decision, in this transaction.

    :param ids: of the obligations
    :param after_final: also where the quarter is frozen: what is frozen stays, a revision and
        later quarters follow the decision
    :raises toolkit.ValidationError: naming the duties that cannot be waived, and why
    """
    found = _locked(ids)
    _refuse(check_waiver(found, after_final), "obligations")
    return _write("waiver", found, number, reason, actor, dated, lambda duty: {})


def extend(
    ids: Collection[str],
    day: dt.date,
    *,
    number: str,
    reason: str,
    actor: str | None,
    dated: dt.date | None = None,
    after_final: bool = False,
) -> list[Decision]:
    """Move the due day of these duties by one numbered decision, in this transaction.

    A duty whose new day lies after the cutoff of its quarter is judged in a later one, which the
    decision names.

    :param day: new due day; the day itself is in time
    :param after_final: see :func:`waive`
    :raises toolkit.ValidationError: naming the duties that cannot be extended, and why
    """
    if day < clock.today():
        raise toolkit.ValidationError(
            {"day": [_("The new day is over. Choose today or a later day.")]}
        )
    found = _locked(ids)
    _refuse(check_extension(found, day, after_final), "day")
    moved = {quarter: cutoffs.judging(quarter, day) for quarter in {d.quarter for d in found}}

    def about(duty: Duty) -> dict[str, Any]:
        to = moved[duty.quarter]
        return {"day": day, "details": {} if to == duty.quarter else {"year": to.year, "tw": to.tw}}

    return _write("extension", found, number, reason, actor, dated, about)


def revoke(
    decision: Decision,
    *,
    reason: str,
    actor: str | None,
    number: str | None = None,
    after_final: bool = False,
) -> Decision:
    """Take a decision about one duty back by another, in this transaction.

    The number of a letter is asked for where the decision itself has one.

    :raises toolkit.ValidationError: it was taken back already, or its quarter is frozen
    """
    locks.hold(LOCK)
    locks.share(locks.EVIDENCE)  # whether a quarter is final is seen once no freeze is under way
    if is_revoked(decision.id):
        raise toolkit.ValidationError({"id": [_("This decision was taken back already.")]})
    if decision.number and not (number or "").strip():
        raise toolkit.ValidationError(
            {"number": [_("Write the number of the letter that takes the decision back.")]}
        )
    found = duties.of_ids([decision.obligation_id]) if decision.obligation_id else []
    if any(duty.final for duty in found) and not after_final:
        raise toolkit.ValidationError({"id": [_frozen(found[0])]})
    back = decisions.record(
        "revoke",
        reason=reason,
        actor=actor,
        number=number,
        revokes=decision.id,
        **{name: getattr(decision, name) for name in _COPIED},
    )
    if decision.org_id:
        duties.touch([decision.org_id])
    return back


_COPIED = ("org_id", "item_id", "obligation_id", "event_id", "year", "tw")


def is_revoked(decision_id: int) -> bool:
    """Whether the decision has been taken back."""
    return bool(
        model.Session.query(Decision.id).filter(Decision.revokes == decision_id).limit(1).first()
    )


def _locked(ids: Collection[str]) -> list[Duty]:
    """The duties, read once nobody else decides about any."""
    wanted = set(ids)
    if not wanted:
        raise toolkit.ValidationError({"obligations": [_("Choose at least one duty.")]})
    if len(wanted) > duties.MOST:
        fault = _("At most {count} duties fit in one decision.").format(count=duties.MOST)
        raise toolkit.ValidationError({"obligations": [fault]})
    locks.hold(LOCK)
    locks.share(locks.EVIDENCE)  # whether a quarter is final is seen once no freeze is under way
    found = duties.of_ids(wanted)
    if len(found) < len(wanted):
        raise toolkit.ObjectNotFound(_("There is no such duty"))
    return found


def _refuse(checked: list[Checked], field: str) -> None:
    faults = [one for one in checked if one.refusal]
    if not faults:
        return
    texts = [f"{one.duty.name}: {one.refusal}" for one in faults[:_NAMED]]
    if len(faults) > _NAMED:
        texts.append(_("And {count} more.").format(count=len(faults) - _NAMED))
    raise toolkit.ValidationError({field: texts})


def _write(
    kind: str,
    found: list[Duty],
    number: str,
    reason: str,
    actor: str | None,
    dated: dt.date | None,
    about: Callable[[Duty], dict[str, Any]],
) -> list[Decision]:
    written = [
        decisions.record(
            kind,
            reason=reason,
            actor=actor,
            number=number,
            dated=dated,
            obligation_id=duty.id,
            item_id=duty.item_id,
            org_id=duty.org_id,
            year=duty.year,
            tw=duty.tw,
            **about(duty),
        )
        for duty in found
    ]
    duties.touch(duty.org_id for duty in found)
    return written


def _no_waiver(duty: Duty, after_final: bool) -> str | None:
    if duty.waiver:
        return _waived(duty)
    return _frozen(duty) if duty.final and not after_final else None


def _no_extension(duty: Duty, day: dt.date, after_final: bool) -> str | None:
    if duty.waiver:
        return _waived(duty)
    if duty.final and not after_final:
        return _frozen(duty)
    shown = toolkit.h.satudata_date
    if day <= duty.due:
        return _("It is due on {day}; the new day must lie after it.").format(day=shown(duty.due))
    if duty.extended_to and day <= duty.extended_to:
        return _(
            "It is extended to {day} already. Choose a later day, or take that decision back."
        ).format(day=shown(duty.extended_to))
    if (day - duty.due).days > LONGEST_EXTENSION:
        return _("A duty is extended by a year at most; waive it instead.")
    return None


def _waived(duty: Duty) -> str:
    return _("It was waived already by {number}.").format(number=duty.waiver_number)


def _frozen(duty: Duty) -> str:
    return _(
        "{quarter} is final. Only a revision or later quarters can follow this decision: "
        "tick that this is meant."
    ).format(quarter=toolkit.h.satudata_quarter_label(duty.judged_year, duty.judged_tw))
