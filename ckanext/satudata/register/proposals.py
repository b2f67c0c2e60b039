"""What OPDs propose for the register of the coming year, and what the walidata answers."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

import ckan.model as model
import sqlalchemy as sa
from ckan.plugins import toolkit

from .. import clock
from ..opd import queries as opd_queries
from ..text import N_, is_storable
from . import amendments, item_values, round_queries, rounds
from .daftar_data import identity
from .model import Item, Proposal

_ = toolkit._

ACTIONS = {
    "add": N_("New item"),
    "change": N_("Change"),
    "end": N_("End"),
    "object": N_("Not our task (bukan kewenangan kami)"),
}
"""What can be proposed, with its label (msgid)."""

STATES = {
    "proposed": N_("proposed"),
    "agreed": N_("agreed"),
    "refused": N_("refused"),
    "applied": N_("in the register"),
    "withdrawn": N_("withdrawn"),
}

_STANDING = ("proposed", "agreed")


def get(proposal_id: Any, *, lock: bool = False) -> Proposal:
    """The proposal; with ``lock`` neither it nor its round changes until the transaction ends.

    :raises toolkit.ObjectNotFound: there is none
    """
    if lock:
        rounds.lock()
    found = (
        model.Session.get(Proposal, proposal_id, populate_existing=lock)
        if isinstance(proposal_id, str) and is_storable(proposal_id)
        else None
    )
    if found is None:
        raise toolkit.ObjectNotFound(_("There is no such proposal"))
    return found


def propose(
    year: int,
    action: str,
    *,
    org_id: str,
    item: Item | None,
    values: Any,
    reason: str,
    user_id: str | None,
    by_walidata: bool,
) -> Proposal:
    """Keep a proposal of an organisation for the register of ``year``.

    OPDs propose while the proposals are open, the walidata until the register is established.

    :param item: the item it is about; None for ``add``
    :param values: fields of the item (``add``, ``change``), see :func:`.item_values.read`
    :raises toolkit.ValidationError: too late, nothing new, no reason, or a proposal stands already
    """
    rounds.lock()
    found = rounds.get(year)
    rounds.check_proposing(found, by_walidata)
    if action not in ACTIONS:
        raise toolkit.ValidationError({"action": [_("Choose what is proposed.")]})
    _check_reason(reason)
    if action == "add":
        values = item_values.read(values)
        _check_new(year, org_id, values)
    else:
        _check_item(year, item, rounds.effective(year))
        values = _news(item, values) if action == "change" else {}
    proposal = Proposal(
        year=year,
        org_id=org_id,
        item_id=item.id if item else None,
        action=action,
        values=values,
        reason=reason.strip(),
        state="proposed",
        proposed_by=user_id,
        proposed_at=clock.now(),
    )
    model.Session.add(proposal)
    model.Session.flush()
    return proposal


def withdraw(proposal: Proposal, by_walidata: bool) -> None:
    """Take a proposal back.

    :raises toolkit.ValidationError: it was answered, or proposals are closed
    """
    rounds.check_proposing(rounds.get(proposal.year), by_walidata)
    if proposal.state == "withdrawn":
        raise toolkit.ValidationError({"id": [_("This proposal was withdrawn.")]})
    if proposal.state != "proposed":
        raise toolkit.ValidationError({"id": [_("This proposal has been answered already.")]})
    proposal.state = "withdrawn"
    model.Session.flush()


def answer(
    proposal: Proposal, *, agree: bool, note: str, producer: str | None, user_id: str | None
) -> None:
    """Agree to a proposal or refuse it; until the register is established it may be changed.

    :param note: what was agreed in the discussion; needed to refuse
    :param producer: to agree to "not our task": id or name of the organisation that owes the
        datum instead; without one, nobody does
    :raises toolkit.ValidationError: not under discussion, withdrawn, refused without a note
    """
    rounds.check_discussing(rounds.get(proposal.year))
    if proposal.state not in (*_STANDING, "refused"):
        raise toolkit.ValidationError({"id": [_("This proposal was withdrawn.")]})
    if not agree and not note.strip():
        raise toolkit.ValidationError({"note": [_("Write why: the OPD reads it.")]})
    if agree and proposal.action == "object":
        proposal.values = {"org_id": _other_producer(proposal, producer)} if producer else {}
    proposal.state = "agreed" if agree else "refused"
    proposal.note = note.strip() or None
    proposal.decided_by, proposal.decided_at = user_id, clock.now()
    model.Session.flush()


def changes(rows: Sequence[Mapping[str, Any]], state: str) -> dict[str, dict[str, list[Any]]]:
    """What those of ``rows`` that propose a change would change.

    What is in the register already is told from the log of the decree. What came to nothing is
    compared while its round lasts; afterwards the item may be changed by others, and is left out.

    :param rows: as :func:`.round_queries.proposals` gives them, of one round
    :param state: that of the round
    :returns: proposal id → field → [value in the register, value proposed]
    """
    asked = [row for row in rows if row["action"] == "change"]
    done = [row for row in asked if row["state"] == "applied"]
    open_ = [] if state == rounds.ESTABLISHED else asked
    before = round_queries.as_they_are([row["item_id"] for row in open_])
    compared = {
        row["id"]: item_values.differences(before[row["item_id"]], row["values"])
        for row in open_
        if row["item_id"] in before
    }
    items = [row["item_id"] for row in done]
    return {**compared, **round_queries.applied([row["id"] for row in done], items)}


def _check_reason(reason: Any) -> None:
    if not isinstance(reason, str) or not is_storable(reason) or not reason.strip():
        raise toolkit.ValidationError({"reason": [_("Write why: the walidata reads it.")]})


def _check_new(year: int, org_id: str, values: dict[str, Any]) -> None:
    key = _key(org_id, values)
    item = model.Session.scalars(sa.select(Item).where(Item.identity == key)).first()
    standing = model.Session.scalars(
        sa.select(Proposal).where(
            Proposal.year == year,
            Proposal.org_id == org_id,
            Proposal.action == "add",
            Proposal.state.in_(_STANDING),
        )
    )
    if item and amendments.is_open(item, rounds.effective(year)):
        raise toolkit.ValidationError(
            {"name": [_("This datum is in the register already: propose to change it.")]}
        )
    if any(_key(org_id, each.values) == key for each in standing):
        raise toolkit.ValidationError({"name": [_("This datum has been proposed already.")]})


def _key(org_id: str, values: dict[str, Any]) -> str:
    return identity(
        org_id, values["name"], values.get("unit", ""), values.get("classification", "")
    )


def _check_item(year: int, item: Item | None, day: dt.date) -> None:
    if item is None:
        raise toolkit.ValidationError({"item_id": [_("Choose the item.")]})
    if not amendments.is_open(item, day):
        raise toolkit.ValidationError(
            {"item_id": [_("“{name}” has ended already.").format(name=item.name)]}
        )
    standing = sa.select(Proposal.id).where(
        Proposal.year == year, Proposal.item_id == item.id, Proposal.state.in_(_STANDING)
    )
    if model.Session.scalars(standing).first():
        raise toolkit.ValidationError(
            {"item_id": [_("There is a proposal for this item already. Withdraw it first.")]}
        )


def _news(item: Item, values: Any) -> dict[str, Any]:
    """The values that are not as in the register."""
    news = item_values.read(values, amendments.as_it_is(item))
    if not news:
        raise toolkit.ValidationError(
            {"values": [_("Nothing differs from the register. Change at least one field.")]}
        )
    return news


def _other_producer(proposal: Proposal, producer: str) -> str:
    org_id = opd_queries.resolve(producer)
    if org_id is None or org_id == proposal.org_id:
        raise toolkit.ValidationError({"producer": [_("Choose another organisation.")]})
    return org_id
