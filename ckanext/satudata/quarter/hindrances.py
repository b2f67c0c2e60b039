"""What stands against a move of a quarter, in words that say how to mend it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import ckan.model as model
import sqlalchemy as sa
from ckan.plugins import toolkit

from .. import clock, config
from ..calendar.localtime import day_end_utc, local_date
from ..calendar.quarters import Quarter
from ..delivery import evidence
from ..judging import rulesets
from ..register.workdays import work_calendar
from ..template_helpers import satudata_date, satudata_datetime, satudata_lang
from .standing import DRAFT, FINAL, LABELS, MOVES, OBJECTIONS, Standing, listed

_ = toolkit._


@dataclass(frozen=True)
class Hindrance:
    """``key`` names what stands against it, ``message`` says it and how to mend it."""

    key: str
    message: str
    count: int = 1


def against(move: str, standing: Standing, thorough: bool = False) -> list[Hindrance]:
    """All that stands against a move now; empty: it may be made.

    ``thorough`` also looks whether every content delivered is still held, file by file.
    """
    if standing.state != MOVES[move].start:
        return [_wrong_state(move, standing)]
    found = list(_OF_MOVE[move](standing))
    if not found and thorough:
        found = list(_missing_evidence(standing))
    return found


def _wrong_state(move: str, standing: Standing) -> Hindrance:
    label = standing.quarter.label(satudata_lang())
    if standing.state == FINAL:
        message = _("{quarter} is final. What was wrong in it is mended by a revision.")
    elif standing.state == DRAFT:
        message = _("{quarter} has not been opened yet. Open it first.")
    else:
        message = _(
            "{quarter} is in the state “{state}”, and this step is made in the state “{start}”."
        )
    names = {"state": _(LABELS[standing.state]), "start": _(LABELS[MOVES[move].start])}
    return Hindrance("state", message.format(quarter=label, **names))


def _open(standing: Standing) -> Iterator[Hindrance]:
    quarter, lang = standing.quarter, satudata_lang()
    if quarter > Quarter.of(clock.today()).next():
        yield Hindrance(
            "too_early",
            _("It is too early: {quarter} can be opened from {day}.").format(
                quarter=quarter.label(lang), day=satudata_date(quarter.previous().start)
            ),
        )
    opened = listed()
    if not opened:
        yield from _far_back(quarter)
        return
    newest = opened[0].quarter
    if quarter < newest:
        yield Hindrance(
            "order",
            _("{newest} is open already, and quarters are opened in order of time.").format(
                newest=newest.label(lang)
            ),
        )
    elif quarter > newest.next():
        yield Hindrance(
            "order",
            _("Open {next} first: quarters are opened in order of time.").format(
                next=newest.next().label(lang)
            ),
        )


def _far_back(quarter: Quarter) -> Iterator[Hindrance]:
    """The first quarter: a slip in the year would have to be followed by all since, in order."""
    now = Quarter.of(clock.today())
    asked = {"year": quarter.year, "tw": quarter.tw}
    if quarter < Quarter(now.year - 1, now.tw) and not model.Session.scalar(
        sa.text(_OWED_BY_THEN), asked
    ):
        yield Hindrance(
            "empty",
            _("Nothing was due in {quarter} or before it. Begin with a quarter of duties.").format(
                quarter=quarter.label(satudata_lang())
            ),
        )


def _cutoff(standing: Standing) -> Iterator[Hindrance]:
    yield from _not_over(standing.cutoff, _("Deliveries count until the end of {day}."))


def _provisional(standing: Standing) -> Iterator[Hindrance]:
    yield from _not_over(standing.review_until, _("The time for review lasts until {day}."))


def _objections(standing: Standing) -> Iterator[Hindrance]:
    return iter(())


def _not_over(day: dt.date | None, message: str) -> Iterator[Hindrance]:
    if day and clock.today() <= day:
        yield Hindrance("day", message.format(day=satudata_date(day)))


def _finalise(standing: Standing) -> Iterator[Hindrance]:
    yield from _not_over(
        standing.objections_until, _("Objections may be made until the end of {day}.")
    )
    yield from _earlier(standing)
    yield from _unanswered(standing)
    yield from _still_to_mend(standing)
    yield from _unchecked(standing)
    yield from _clock_behind()


def _revise(standing: Standing) -> Iterator[Hindrance]:
    yield from _unchecked(standing)
    yield from _clock_behind()


_OF_MOVE = {
    "open": _open,
    "cutoff": _cutoff,
    "provisional": _provisional,
    "objections": _objections,
    "finalise": _finalise,
    "revise": _revise,
}


def _earlier(standing: Standing) -> Iterator[Hindrance]:
    """The records are a chain, so they are made in the order of the quarters."""
    for one in reversed(listed()):
        if one.quarter < standing.quarter and one.state != FINAL:
            yield Hindrance(
                "earlier",
                _("{quarter} comes before it and is not final yet. Make that final first.").format(
                    quarter=one.quarter.label(satudata_lang())
                ),
            )
            return


def _unanswered(standing: Standing) -> Iterator[Hindrance]:
    number = _scalar(_UNANSWERED, standing)
    if number:
        yield Hindrance(
            "objections",
            toolkit.ungettext(
                "%(num)d objection has no answer yet. Accept or refuse it.",
                "%(num)d objections have no answer yet. Accept or refuse them.",
                number,
            ),
            number,
        )


def _still_to_mend(standing: Standing) -> Iterator[Hindrance]:
    """Whoever got something back has some working days, also beyond the cutoff."""
    days = rulesets.of(standing.quarter).mend_days
    latest = model.Session.execute(sa.text(_LAST_RETURN), _bounds(standing)).scalar()
    if latest is None:
        return
    until = work_calendar().add_workdays(local_date(latest, config.timezone()), days)
    yield from _not_over(until, _("A delivery that was returned may be mended until {day}."))


def _unchecked(standing: Standing) -> Iterator[Hindrance]:
    number = _scalar(_UNCHECKED, standing)
    if number:
        yield Hindrance(
            "unchecked",
            toolkit.ungettext(
                "%(num)d file has not been checked yet. See that the jobs worker runs, or run"
                " “ckan satudata hitung”.",
                "%(num)d files have not been checked yet. See that the jobs worker runs, or run"
                " “ckan satudata hitung”.",
                number,
            ),
            number,
        )


def _clock_behind() -> Iterator[Hindrance]:
    newest = model.Session.execute(sa.text(_NEWEST)).scalar()
    if newest and newest > clock.now():
        yield Hindrance(
            "clock",
            _(
                "The clock of the server ({now}) is behind the newest record ({newest}). Set the"
                " clock right, then try again."
            ).format(now=satudata_datetime(clock.now()), newest=satudata_datetime(newest)),
        )


def _missing_evidence(standing: Standing) -> Iterator[Hindrance]:
    wanted = model.Session.execute(sa.text(_CONTENTS), _bounds(standing)).scalars()
    missing = evidence.missing(wanted)
    if missing:
        yield Hindrance(
            "evidence",
            toolkit.ungettext(
                "%(num)d delivered file is no longer held as evidence (SHA-256 {first}…). Bring it"
                " back from a backup, or run “ckan satudata rebuild” if the portal still has it.",
                "%(num)d delivered files are no longer held as evidence (the first: SHA-256"
                " {first}…). Bring them back from a backup, or run “ckan satudata rebuild” if the"
                " portal still has them.",
                len(missing),
            ).format(first=missing[0][:16]),
            len(missing),
        )


def _bounds(standing: Standing) -> dict[str, Any]:
    """Duties of the year up to the quarter; contents that came before the record is made.

    Once objections are over, nothing that comes later can count any more.
    """
    day = standing.objections_until if standing.state in (OBJECTIONS, FINAL) else clock.today()
    end = day_end_utc(day or clock.today(), config.timezone())
    return {"year": standing.quarter.year, "tw": standing.quarter.tw, "end": end}


def _scalar(statement: str, standing: Standing) -> int:
    return model.Session.execute(sa.text(statement), _bounds(standing)).scalar_one()


_OWED_BY_THEN = """
    SELECT EXISTS (SELECT FROM satudata_obligation WHERE (year, tw) <= (:year, :tw))
"""

_UNANSWERED = """
    SELECT count(*) FROM satudata_decision d
    WHERE d.kind = 'objection' AND d.year = :year AND d.tw = :tw
      AND NOT EXISTS (SELECT FROM satudata_decision r WHERE r.revokes = d.id)
      AND NOT EXISTS (
          SELECT FROM satudata_decision a
          WHERE a.answers = d.id AND a.kind IN ('objection_accept', 'objection_refuse')
            AND NOT EXISTS (SELECT FROM satudata_decision r WHERE r.revokes = a.id))
"""

_DUTY_CONTENTS = """
    FROM satudata_obligation o
    JOIN satudata_event e ON e.item_id = o.item_id AND e.period = o.period
    WHERE o.year = :year AND o.tw <= :tw AND e.sha256 IS NOT NULL AND e.at < :end
"""

_CONTENTS = f"SELECT DISTINCT e.sha256 {_DUTY_CONTENTS} ORDER BY 1"

_UNCHECKED = f"""
    SELECT count(DISTINCT e.sha256) {_DUTY_CONTENTS}
      AND NOT EXISTS (SELECT FROM satudata_check c WHERE c.sha256 = e.sha256)
"""  # noqa: S608 - parts of our own

_LAST_RETURN = """
    SELECT max(d.at)
    FROM satudata_decision d
    JOIN satudata_event e ON e.id = d.event_id
    JOIN satudata_obligation o ON o.item_id = e.item_id AND o.period = e.period
    WHERE d.kind = 'return' AND o.year = :year AND o.tw <= :tw
      AND NOT EXISTS (SELECT FROM satudata_decision r WHERE r.revokes = d.id)
      AND NOT EXISTS (
          SELECT FROM satudata_event n
          WHERE n.item_id = e.item_id AND n.period = e.period AND n.at > d.at
            AND n.kind IN ('delivered', 'replaced'))
"""

_NEWEST = """
    SELECT greatest(
        (SELECT max(at) FROM satudata_event),
        (SELECT max(at) FROM satudata_decision),
        (SELECT max(at) FROM satudata_metadata_event),
        (SELECT max(at) FROM satudata_opd_version),
        (SELECT max(checked) FROM satudata_check),
        (SELECT max(at) FROM satudata_final))
"""
