"""Organisations over time: dated records that one was renamed, merged, split or closed.

An organisation that was merged or closed stays in CKAN, for its page and its past results are
still asked for; the record says where its duties went.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import ckan.model as model
import sqlalchemy as sa
from ckan.plugins import toolkit

from .. import clock
from ..template_helpers import satudata_date
from ..text import N_
from .model import Succession

_ = toolkit._

RENAME, MERGE, SPLIT, CLOSE = "rename", "merge", "split", "close"

KINDS: dict[str, str] = {
    RENAME: N_("Renamed"),
    MERGE: N_("Merged into another organisation"),
    SPLIT: N_("Part of its data passed to another organisation"),
    CLOSE: N_("Closed without successor"),
}
"""Label (msgid) of each kind of record."""

ENDING = (MERGE, CLOSE)
"""Kinds after which the organisation owes nothing more."""


def record(
    kind: str,
    day: dt.date,
    source: Mapping[str, str],
    target: Mapping[str, str] | None,
    *,
    number: str,
    reason: str,
    actor: str | None,
    items: list[str] | None = None,
) -> Succession:
    """Write one record in this transaction; whoever calls has checked it and moves what follows.

    :param source: ``id`` and ``title`` (the old one) of the organisation it is about
    :param target: the same of the successor; of a renamed one itself with the new title
    :param items: ids of the items that passed in a split
    """
    row = Succession(
        at=clock.now(),
        kind=kind,
        day=day,
        from_org=source["id"],
        from_title=source["title"],
        to_org=target["id"] if target else None,
        to_title=target["title"] if target else None,
        number=number,
        reason=reason,
        actor=actor,
        items=items or [],
    )
    model.Session.add(row)
    model.Session.flush()
    return row


def ended(org_id: str) -> Succession | None:
    """The record by which this organisation was merged or closed, if it was."""
    return model.Session.scalars(
        sa.select(Succession)
        .where(Succession.from_org == org_id, Succession.kind.in_(ENDING))
        .order_by(Succession.id.desc())
        .limit(1)
    ).first()


def all_ended() -> set[str]:
    """Ids of all organisations that were merged or closed."""
    return set(
        model.Session.scalars(sa.select(Succession.from_org).where(Succession.kind.in_(ENDING)))
    )


def check_goes_on(org_id: str, field: str) -> None:
    """Nothing new is given to an organisation that was merged or closed.

    :param field: what the caller asked it by
    :raises toolkit.ValidationError: it was; the message says by which letter
    """
    over = ended(org_id)
    if over:
        text = _('"{title}" has been ended itself by {number}; choose the one that goes on.')
        told = text.format(title=over.from_title, number=over.number)
        raise toolkit.ValidationError({field: [told]})


_LISTED = """
    SELECT s.id, s.at, s.kind, s.day, s.from_org, s.from_title, f.name AS from_name, s.to_org,
           s.to_title, t.name AS to_name, s.number, s.reason, cardinality(s.items) AS items
    FROM satudata_succession s
    LEFT JOIN "group" f ON f.id = s.from_org AND f.state = 'active'
    LEFT JOIN "group" t ON t.id = s.to_org AND t.state = 'active'
    WHERE CAST(:org AS text) IS NULL OR :org IN (s.from_org, s.to_org)
    ORDER BY s.day DESC, s.id DESC
"""


def listed(org_id: str | None = None) -> list[dict[str, Any]]:
    """All records, or those of one organisation, the latest first.

    Titles are those of the day; ``from_name`` and ``to_name`` lead to the pages of today and are
    None where there is none any more.
    """
    rows = model.Session.execute(sa.text(_LISTED), {"org": org_id}).mappings()
    return [dict(row) for row in rows]


@dataclass(frozen=True)
class Told:
    """A record in one sentence, with the name (None: gone) and title of the other organisation."""

    text: str
    number: str
    reason: str
    ends: bool
    other_name: str | None
    other_title: str | None


def told(org_id: str) -> list[Told]:
    """What became of this organisation, or what it carries on, in the reader's language."""
    found = []
    for row in listed(org_id):
        mine = row["from_org"] == org_id
        other = None if row["kind"] in (RENAME, CLOSE) else ("to" if mine else "from")
        found.append(
            Told(
                text=sentence(row, org_id),
                number=row["number"],
                reason=row["reason"],
                ends=mine and row["kind"] in ENDING,
                other_name=row[f"{other}_name"] if other else None,
                other_title=row[f"{other}_title"] if other else None,
            )
        )
    return found


def sentence(row: Mapping[str, Any], seen_from: str | None = None) -> str:
    """One record (as of :func:`listed`) in words, as the page of ``seen_from`` says it."""
    text = {
        RENAME: _('Since {day} "{old}" is called "{new}".'),
        MERGE: _('Since {day} "{old}" is part of "{new}", which carries on its data duties.'),
        SPLIT: _('Since {day} "{new}" carries on {items} data of "{old}".'),
        CLOSE: _('Closed on {day}: "{old}" has no successor.'),
    }[row["kind"]]
    if seen_from == row["to_org"] and row["kind"] == MERGE:
        text = _('Since {day} this organisation carries on the data duties of "{old}".')
    return text.format(
        day=satudata_date(row["day"]),
        old=row["from_title"],
        new=row["to_title"],
        items=row["items"],
    )
