"""The one log of decisions, claims and answers (``register.model.Decision``).

Everything that a person decides about the register, a duty, a delivery or a quarter is a row
here: with number, date, reason and actor, never changed, taken back only by another row. Who may
decide what is said by the auth functions of the actions; what is sensible, by their checks.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import ckan.model as model
import sqlalchemy as sa
from ckan.plugins import toolkit

from .. import clock, locks
from ..text import N_
from .model import Decision

_ = toolkit._


@dataclass(frozen=True)
class Kind:
    """What a kind of decision is.

    ``label``: msgid; ``numbered``: a number of a letter or decree is required; ``by_opd``: made
    by the OPD (a claim), not by those who judge.
    """

    label: str
    numbered: bool = False
    by_opd: bool = False


KINDS: dict[str, Kind] = {
    # the register
    "establishment": Kind(N_("Register established by decree"), numbered=True),
    "round": Kind(N_("Last day for proposals moved")),
    "amendment": Kind(N_("Register amended"), numbered=True),
    "item_open": Kind(N_("Item opened"), numbered=True),
    "item_close": Kind(N_("Item closed"), numbered=True),
    "succession": Kind(N_("Succession of organisations"), numbered=True),
    "request": Kind(N_("Data requested"), numbered=True),
    "window": Kind(N_("Collection window"), numbered=True),
    "holiday": Kind(N_("Working days changed"), numbered=True),
    # one duty
    "waiver": Kind(N_("Waived"), numbered=True),
    "extension": Kind(N_("Extended"), numbered=True),
    "nihil_claim": Kind(N_("Nothing to report, stated by the OPD"), by_opd=True),
    "nihil_accept": Kind(N_("Nothing to report, accepted")),
    "nihil_refuse": Kind(N_("Nothing to report, refused")),
    # one delivery
    "accept": Kind(N_("Delivery accepted")),
    "return": Kind(N_("Delivery returned")),
    "received": Kind(N_("Received by letter or message")),
    "received_confirm": Kind(N_("Date of receipt confirmed by a second officer")),
    "approve": Kind(N_("Approved inside the OPD"), by_opd=True),
    # the quarter
    "ruleset": Kind(N_("Rule set signed"), numbered=True),
    "quarter": Kind(N_("Quarter moved")),
    "objection": Kind(N_("Objection"), by_opd=True),
    "objection_accept": Kind(N_("Objection accepted")),
    "objection_refuse": Kind(N_("Objection refused")),
    # all
    "revoke": Kind(N_("Taken back")),
}
"""Kinds, with what ``day`` and ``details`` hold:

- ``waiver``, ``item_close``, ``item_open``, ``request``, ``window``: details free for the log
- ``extension``: ``day`` = new due day; ``details.year``/``tw`` = quarter the row moved to, where
  that day lies beyond the cutoff, else absent
- ``nihil_accept``/``nihil_refuse``, ``objection_*``: ``answers`` = the claim or objection
- ``return``: ``details.fault`` true: empty, copied or wrong content (review days are not taken off)
- ``received``: ``day`` = local day on which it was received, ``details.proof``;
  ``details.confirm`` true: counts only once a ``received_confirm`` ``answers`` it
- ``accept``, ``return``, ``received``, ``approve``: ``event_id`` = the delivery's event
- ``ruleset``: ``day`` = first day, ``details``: ``hash``, ``name``, ``version``, ``valid_from``,
  ``valid_to``
- ``quarter``: ``details.from``/``to``; ``year``, ``tw``
- ``round``: ``day`` = the new last day for proposals, ``details.from`` (ISO) the old one; ``year``
"""


def record(
    kind: str,
    *,
    reason: str,
    actor: str | None,
    number: str | None = None,
    dated: dt.date | None = None,
    details: dict[str, Any] | None = None,
    **about: Any,
) -> Decision:
    """Write one decision in this transaction and return it, with its id.

    :param kind: key of :data:`KINDS`
    :param dated: date on the letter; today if not given
    :param about: ``org_id``, ``item_id``, ``obligation_id``, ``event_id``, ``answers``,
        ``revokes``, ``year``, ``tw``, ``day``
    :raises toolkit.ValidationError: no reason, no number where one is needed, a date to come
    """
    locks.share(locks.EVIDENCE)
    dated = dated or clock.today()
    wrong = faults(kind, reason=reason, number=number, dated=dated)
    if wrong:
        raise toolkit.ValidationError(wrong)
    decision = Decision(
        at=max([locks.evidence_time(), *_before(about)]),
        kind=kind,
        number=(number or "").strip() or None,
        dated=dated,
        reason=reason.strip(),
        actor=actor,
        details=details or {},
        **about,
    )
    model.Session.add(decision)
    model.Session.flush()
    return decision


def faults(
    kind: str, *, reason: str, number: str | None, dated: dt.date | None
) -> dict[str, list[str]]:
    """What is wrong with the letter of a decision, by field; see :func:`record`."""
    found: dict[str, list[str]] = {}
    if not reason.strip():
        found["reason"] = [_("Write why: the OPD reads it.")]
    if KINDS[kind].numbered and not (number or "").strip():
        found["number"] = [_("Write the number of the letter or decree.")]
    if dated and dated > clock.today():
        found["dated"] = [_("The date of the letter lies in the future.")]
    return found


def _before(about: dict[str, Any]) -> Iterable[dt.datetime]:
    """When that was made which a decision is about: clocks are set back, but no answer comes
    before its question."""
    if about.get("event_id"):
        yield from model.Session.execute(_EVENT, {"id": about["event_id"]}).scalars()
    earlier = [about[name] for name in ("answers", "revokes") if about.get(name)]
    if earlier:
        yield from model.Session.scalars(sa.select(Decision.at).where(Decision.id.in_(earlier)))


_EVENT = sa.text("SELECT at FROM satudata_event WHERE id = :id")


def in_force(*kinds: str) -> sa.Select[Any]:
    """Decisions of these kinds that were not taken back, oldest first."""
    later = sa.orm.aliased(Decision)
    return (
        sa.select(Decision)
        .where(Decision.kind.in_(kinds), ~sa.exists().where(later.revokes == Decision.id))
        .order_by(Decision.id)
    )
