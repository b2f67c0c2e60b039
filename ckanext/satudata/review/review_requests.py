"""What actions of the examination are asked and answer, read and written alike by all of them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from decimal import Decimal
from typing import Any

import ckan.model as model
from ckan.plugins import toolkit
from ckan.types import Context, DataDict

from ..calendar.quarters import Quarter
from ..judging import asked
from ..opd import queries
from ..quarter import jobs
from ..register.fields import Fields
from ..register.model import Decision

_ = toolkit._

MOST = 1000
"""Deliveries that one request may decide on."""


def numbers(value: Any) -> list[int]:
    """Ids of events or decisions out of what a client sent; what is none is left out."""
    values = value if isinstance(value, list | tuple) else [value]
    texts = {str(one) for one in values if not isinstance(one, bool)}
    return sorted(int(one) for one in texts if one.isascii() and one.isdecimal() and len(one) < 19)


def ids(data_dict: DataDict, name: str) -> list[int]:
    """Ids out of a request.

    :raises toolkit.ValidationError: there are none, too many, or one is no number
    """
    given = toolkit.get_or_bust(data_dict, name)
    found = numbers(given)
    wanted = {str(one) for one in given} if isinstance(given, list | tuple) else {str(given)}
    if not found or len(found) < len(wanted):
        raise toolkit.ValidationError({name: [_("Give a list of ids, which are whole numbers.")]})
    if len(found) > MOST:
        message = _("At most {number} at once.").format(number=MOST)
        raise toolkit.ValidationError({name: [message]})
    return found


def yes(data_dict: DataDict, name: str) -> bool:
    """A yes or no; no where nothing was said.

    :raises toolkit.ValidationError: it is neither
    """
    fields = Fields(data_dict)
    given = fields.flag(name)
    fields.check()
    return given


def text(data_dict: DataDict, name: str) -> str:
    """A text; empty where there is none.

    :raises toolkit.ValidationError: it is none, too long, or cannot be stored
    """
    fields = Fields(data_dict)
    given = fields.text(name)
    fields.check()
    return given


def quarter(data_dict: DataDict) -> Quarter | None:
    """The quarter of a request; None where it names none.

    :raises toolkit.ValidationError: there is no such quarter
    """
    year, tw = data_dict.get("year"), data_dict.get("tw")
    if year in (None, "") and tw in (None, ""):
        return None
    try:
        return asked.read(year, tw)
    except toolkit.Invalid as error:
        raise toolkit.ValidationError({"tw": [error.error]}) from None


def filters(data_dict: DataDict, states: Collection[str]) -> dict[str, Any]:
    """What a list is narrowed to: ``state`` (one of ``states``), ``org`` (id), ``quarter``
    ((year, tw)) and ``q``; None or empty where a request does not say.

    :raises toolkit.ValidationError: no such state or quarter, or a text that is none
    """
    state = data_dict.get("state") or None
    if state is not None and state not in states:
        message = _("Choose one of: {states}").format(states=", ".join(states))
        raise toolkit.ValidationError({"state": [message]})
    org = text(data_dict, "org") or None
    due = quarter(data_dict)
    return {
        "state": state,
        "org": org and (queries.resolve(org) or org),
        "quarter": due and (due.year, due.tw),
        "q": text(data_dict, "q"),
    }


def plain(value: Any) -> Any:
    """A value as JSON has it: days and moments as text."""
    if isinstance(value, dict):
        return {key: plain(one) for key, one in value.items()}
    if isinstance(value, list):
        return [plain(one) for one in value]
    if isinstance(value, dt.date):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else value


def done(context: Context, made: list[Decision]) -> dict[str, Any]:
    """Commit, let the live result follow, and answer with the decisions."""
    answer = {
        "decisions": [
            {
                "id": one.id,
                "kind": one.kind,
                "at": one.at.isoformat(),
                "event": one.event_id,
                "obligation_id": one.obligation_id,
                "answers": one.answers,
                "details": one.details,
            }
            for one in made
        ]
    }
    if not context.get("defer_commit"):
        model.Session.commit()
    jobs.enqueue("refresh")
    return answer
