"""Objections of an OPD to its provisional results, and the answers to them.

Both stay in the log of decisions. An objection changes nothing by itself: who accepts one names
the remedy, and the decision that he then takes (a waiver, an extension, a review) does.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import ckan.model as model
import sqlalchemy as sa
from ckan.plugins import toolkit

from .. import clock, locks
from ..calendar.quarters import Quarter
from ..judging.model import Result
from ..opd import permissions
from ..quarter import standing
from ..register import decisions
from ..register.model import Decision
from ..template_helpers import satudata_date, satudata_lang
from ..text import N_, like_words

_ = toolkit._

REMEDIES = {
    "waiver": N_("The duty is waived"),
    "extension": N_("The day is extended"),
    "review": N_("The delivery is examined again"),
    "received": N_("The date of receipt is recorded"),
    "measured": N_("The content is checked again"),
}
"""What can follow from an accepted objection, as msgids."""

STATES = ("open", "accepted", "refused")


def create(
    obligation_id: str, quarter: Quarter, *, reason: str, evidence: str, actor: str | None
) -> Decision:
    """Object to how a duty is judged in a quarter.

    :param quarter: the quarter that judges it; a duty of TW I is judged in later ones too
    :param evidence: what proves it: number of a receipt or letter, an address
    :raises toolkit.ObjectNotFound: the duty is not judged in that quarter
    :raises toolkit.ValidationError: outside the time for objections, no evidence, objected already
    """
    _refuse_time(quarter)
    if not evidence.strip():
        message = _("Name what proves it: the number of the receipt or letter, or an address.")
        raise toolkit.ValidationError({"evidence": [message]})
    row = model.Session.get(Result, (quarter.year, quarter.tw, obligation_id))
    if row is None:
        raise toolkit.ObjectNotFound(_("This duty is not judged in that quarter."))
    locks.hold(f"objection:{obligation_id}:{quarter}")
    statement = decisions.in_force("objection").where(
        Decision.obligation_id == obligation_id,
        Decision.year == quarter.year,
        Decision.tw == quarter.tw,
    )
    if model.Session.scalars(statement).first():
        message = _("There is an objection to this row already. Both it and its answer stay.")
        raise toolkit.ValidationError({"obligation_id": [message]})
    return decisions.record(
        "objection",
        reason=reason,
        actor=actor,
        details={"evidence": evidence.strip(), "status": row.status, "s": _number(row.s)},
        obligation_id=obligation_id,
        item_id=row.item_id,
        org_id=row.org_id,
        event_id=row.event_id,
        year=quarter.year,
        tw=quarter.tw,
    )


def _number(value: Any) -> str | None:
    return None if value is None else str(value)


def _refuse_time(quarter: Quarter) -> None:
    where = standing.of(quarter)
    if may_object(quarter):
        return
    if where.state == standing.FINAL:
        message = _("{quarter} is final: what is wrong in it is mended by a revision.")
    elif where.state == standing.OBJECTIONS:
        message = _("The time for objections to {quarter} ended on {day}.")
    else:
        message = _("The time for objections to {quarter} has not begun.")
    told = message.format(
        quarter=quarter.label(satudata_lang()), day=satudata_date(where.objections_until)
    )
    raise toolkit.ValidationError({"quarter": [told]})


def answer(
    objection_id: int, accepted: bool, *, reason: str, remedy: str | None, actor: str | None
) -> Decision:
    """Accept or refuse an objection.

    :param remedy: key of :data:`REMEDIES`; needed where it is accepted
    :raises toolkit.ObjectNotFound: there is no such objection in force
    :raises toolkit.ValidationError: answered already, the quarter is final, no reason or remedy
    """
    found = model.Session.scalars(
        decisions.in_force("objection").where(Decision.id == objection_id).with_for_update()
    ).first()
    if found is None or found.year is None or found.tw is None:
        raise toolkit.ObjectNotFound(_("There is no such objection."))
    _refuse_answer(found)
    if accepted and remedy not in REMEDIES:
        raise toolkit.ValidationError({"remedy": [_("Choose what follows from it.")]})
    return decisions.record(
        "objection_accept" if accepted else "objection_refuse",
        reason=reason,
        actor=actor,
        details={"remedy": remedy} if accepted else {},
        answers=found.id,
        obligation_id=found.obligation_id,
        item_id=found.item_id,
        org_id=found.org_id,
        year=found.year,
        tw=found.tw,
    )


def _refuse_answer(objection: Decision) -> None:
    quarter = Quarter(objection.year, objection.tw)
    earlier = model.Session.scalars(
        decisions.in_force("objection_accept", "objection_refuse").where(
            Decision.answers == objection.id
        )
    ).first()
    if earlier:
        message = _("This objection was answered on {day}.").format(day=satudata_date(earlier.at))
        raise toolkit.ValidationError({"id": [message]})
    if standing.of(quarter).state == standing.FINAL:
        message = _("{quarter} is final: its objections can no longer be answered.")
        label = quarter.label(satudata_lang())
        raise toolkit.ValidationError({"id": [message.format(quarter=label)]})


_FOUND = """
WITH found AS (
    SELECT d.id, d.at, d.year, d.tw, d.obligation_id, d.item_id, d.org_id, d.event_id, d.reason,
           d.details ->> 'evidence' AS evidence, d.details ->> 'status' AS status,
           coalesce(nullif(u.fullname, ''), u.name) AS actor_name,
           coalesce(nullif(g.title, ''), g.name) AS org_title, g.name AS org_name,
           i.name AS item_name, i.unit, i.classification, o.frequency, o.period,
           o.year AS due_year, o.tw AS due_tw, a.id AS answer_id, a.at AS answered,
           a.reason AS answer, a.details ->> 'remedy' AS remedy,
           coalesce(nullif(v.fullname, ''), v.name) AS answered_by,
           CASE a.kind WHEN 'objection_accept' THEN 'accepted'
                WHEN 'objection_refuse' THEN 'refused' ELSE 'open' END AS state
    FROM satudata_decision d
    JOIN satudata_obligation o ON o.id = d.obligation_id
    JOIN satudata_item i ON i.id = d.item_id
    -- An organisation may be gone meanwhile; what it objected to is answered all the same.
    LEFT JOIN satudata_opd opd ON opd.org_id = d.org_id
    LEFT JOIN "group" g ON g.id = d.org_id
    LEFT JOIN "user" u ON u.id = d.actor
    LEFT JOIN satudata_decision a ON a.answers = d.id
         AND a.kind IN ('objection_accept', 'objection_refuse')
         AND NOT EXISTS (SELECT FROM satudata_decision x WHERE x.revokes = a.id)
    LEFT JOIN "user" v ON v.id = a.actor
    WHERE d.kind = 'objection'
      AND NOT EXISTS (SELECT FROM satudata_decision x WHERE x.revokes = d.id)
      AND (:reads_all OR opd.path && CAST(:branches AS text[]))
      AND (CAST(:org AS text) IS NULL OR opd.path @> ARRAY[CAST(:org AS text)])
      AND (CAST(:year AS int) IS NULL OR (d.year, d.tw) = (:year, :tw))
      AND concat_ws(' ', i.name, coalesce(g.title, g.name)) ILIKE ALL(CAST(:words AS text[]))
)"""
_COUNTED = """
SELECT state, count(*) FROM found GROUP BY state"""
_PAGE = """
SELECT * FROM found WHERE CAST(:state AS text) IS NULL OR state = :state
ORDER BY answered DESC NULLS FIRST, id LIMIT :limit OFFSET :offset"""


def search(
    user: str | None, filters: Mapping[str, Any], limit: int = 50, offset: int = 0
) -> tuple[dict[str, int], list[dict[str, Any]]]:
    """Objections that the user may read with their answers, and how many there are by state.

    :param filters: ``state`` (:data:`STATES`), ``org`` (id, units included), ``quarter``
        ((year, tw) that judged), ``q`` (words of item or organisation)
    """
    year, tw = filters.get("quarter") or (None, None)
    values = {
        **permissions.reach(user),
        "org": filters.get("org"),
        "year": year,
        "tw": tw,
        "words": like_words(filters.get("q") or ""),
    }
    counts = dict.fromkeys(STATES, 0)
    counts |= {row[0]: row[1] for row in model.Session.execute(sa.text(_FOUND + _COUNTED), values)}
    page = {"state": filters.get("state"), "limit": limit, "offset": offset}
    rows = model.Session.execute(sa.text(_FOUND + _PAGE), values | page).mappings()
    return counts, [dict(row) for row in rows]


_ROW = sa.text(
    """
    SELECT r.obligation_id, r.status, r.flags, r.s, r.due, r.period, r.priority, r.days_late,
           r.resource_id, r.org_id, coalesce(nullif(g.title, ''), g.name) AS org_title,
           i.name AS item_name, i.unit, i.classification
    FROM satudata_result r
    JOIN satudata_item i ON i.id = r.item_id
    JOIN "group" g ON g.id = r.org_id
    WHERE r.obligation_id = :duty AND r.year = :year AND r.tw = :tw
    """
)


def row(obligation_id: str, quarter: Quarter) -> dict[str, Any] | None:
    """The result that an objection would be about; None where there is none."""
    asked = {"duty": obligation_id, "year": quarter.year, "tw": quarter.tw}
    found = model.Session.execute(_ROW, asked).mappings().first()
    return dict(found) if found else None


def may_object(quarter: Quarter) -> bool:
    """Whether the time for objections to this quarter is now."""
    return _is_open(standing.of(quarter))


def open_now() -> list[standing.Standing]:
    """Quarters to whose results objections can be made today, newest first."""
    return [one for one in standing.listed() if _is_open(one)]


def _is_open(where: standing.Standing) -> bool:
    until = where.objections_until
    return where.state == standing.OBJECTIONS and (until is None or clock.today() <= until)
