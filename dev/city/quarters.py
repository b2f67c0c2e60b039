"""What the offices of the fictional city did about each quarter, on the days they would.

A quarter is opened, some duties are waived or extended; after the cutoff the walidata examines what
came, shows the result, answers objections and makes it final. The last quarter that is cut off
waits for its last step, the running one is open.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import ckan.model as model
import sqlalchemy as sa
from ckan.plugins import toolkit

from ckanext.satudata import clock
from ckanext.satudata.calendar.quarters import Quarter
from ckanext.satudata.calendar.workdays import WorkCalendar
from ckanext.satudata.delivery import jobs as delivery_jobs
from ckanext.satudata.judging import live, rulesets
from ckanext.satudata.quarter import publication, states

LIMIT = 1000


@dataclass(frozen=True)
class Step:
    """One act of an office, at a local moment with zone."""

    at: dt.datetime
    what: str
    act: Callable[[], Any]


def as_user(user: str, action: str, /, **data: Any) -> Any:
    """Call an action as a person does, with what he may and may not do."""
    return toolkit.get_action(action)({"user": user}, data)


def steps(first: Quarter, now: dt.datetime, calendar: WorkCalendar) -> list[Step]:
    """All steps up to ``now``, quarter by quarter."""
    made: list[Step] = []
    quarter = first
    while quarter.start - dt.timedelta(days=4) <= now.date():
        made += _of_quarter(quarter, now, calendar)
        quarter = quarter.next()
    return [one for one in made if one.at < now]


def _of_quarter(quarter: Quarter, now: dt.datetime, calendar: WorkCalendar) -> Iterator[Step]:
    rules = rulesets.of(quarter)

    def at(day: dt.date, hour: int, minute: int = 0) -> dt.datetime:
        return dt.datetime.combine(day, dt.time(hour, minute), now.tzinfo)

    opening = quarter.start - dt.timedelta(days=4)
    cutoff = calendar.add_workdays(quarter.end, rules.cutoff_days)
    review = calendar.add_workdays(cutoff, rules.review_days)
    shown = calendar.add_workdays(review, 1)
    objections = calendar.add_workdays(shown, rules.objection_days)
    final = calendar.add_workdays(objections, 2)
    move = partial(_move, quarter)
    yield Step(at(opening, 9), f"{quarter}: open", partial(move, "open"))
    yield Step(at(calendar.add_workdays(opening, 8), 10), f"{quarter}: decisions",
               partial(_dispense, quarter))  # fmt: skip
    yield Step(at(cutoff, 10), f"{quarter}: nihil", partial(_claim_nihil, quarter))
    yield Step(at(cutoff, 15), f"{quarter}: returns", partial(_give_back, quarter))
    yield Step(at(cutoff + dt.timedelta(days=1), 1), f"{quarter}: cutoff", partial(move, "cutoff"))
    yield Step(at(calendar.add_workdays(cutoff, 6), 11), f"{quarter}: review",
               partial(_accept, quarter))  # fmt: skip
    yield Step(at(shown, 9), f"{quarter}: provisional", partial(move, "provisional"))
    yield Step(at(shown, 10), f"{quarter}: objections", partial(move, "objections"))
    yield Step(at(calendar.add_workdays(shown, 2), 10), f"{quarter}: objecting",
               partial(_object, quarter))  # fmt: skip
    yield Step(at(calendar.add_workdays(shown, 5), 10), f"{quarter}: answers",
               partial(_answer, quarter))  # fmt: skip
    # The newest one is left to be made final by hand.
    if now - at(final, 9) > dt.timedelta(days=40):
        yield Step(at(final, 9), f"{quarter}: final", partial(_finalise, quarter))


def _move(quarter: Quarter, name: str) -> None:
    # What was delivered is checked by then, as the worker would have done all along.
    delivery_jobs.check_pending()
    as_user("walidata", f"satudata_quarter_{name}", year=quarter.year, tw=quarter.tw)


def _finalise(quarter: Quarter) -> None:
    """As the worker does it: the action alone would only ask it to."""
    delivery_jobs.check_pending()
    states.finalise(quarter, model.User.get("walidata").id)
    model.Session.commit()
    publication.publish(quarter)


def _duties(quarter: Quarter, where: str) -> list[Any]:
    statement = f"""
        SELECT o.id, o.due, g.name AS org FROM satudata_obligation o
        JOIN "group" g ON g.id = o.org_id
        WHERE o.year = :year AND o.tw = :tw AND {where}
        ORDER BY md5(o.item_id || o.period)"""  # noqa: S608 - conditions of this file
    values = {"year": quarter.year, "tw": quarter.tw}
    return list(model.Session.execute(sa.text(statement), values))


_OPEN = """NOT EXISTS (SELECT FROM satudata_event e
                       WHERE e.item_id = o.item_id AND e.period = o.period)
           AND NOT EXISTS (SELECT FROM satudata_opd u JOIN satudata_opd a ON a.org_id = u.answers_id
                           WHERE u.org_id = o.org_id AND a.sdi_role = 'walidata')"""


def _dispense(quarter: Quarter) -> None:
    """One duty waived, one extended."""
    waived, extended = [*_duties(quarter, _OPEN), None, None][:2]
    roman = quarter.label("id").split()[1]
    if waived:
        as_user(
            "walidata", "satudata_waiver_create", obligations=[waived.id],
            number=f"050/{roman}-11/{quarter.year}",
            reason="Data dikumpulkan oleh kementerian sejak tahun ini.",
        )  # fmt: skip
    if extended and extended.due > clock.today():
        as_user(
            "walidata", "satudata_extension_create", obligations=[extended.id],
            day=(extended.due + dt.timedelta(days=7)).isoformat(),
            number=f"050/{roman}-12/{quarter.year}",
            reason="Aplikasi kementerian baru dibuka sepekan kemudian.",
        )  # fmt: skip


def _claim_nihil(quarter: Quarter) -> None:
    """Where nothing happened the OPD says so, and the walidata accepts it."""
    allowed = "EXISTS (SELECT FROM satudata_item i WHERE i.id = o.item_id AND i.allow_nihil)"
    for duty in _duties(quarter, f"{_OPEN} AND {allowed}")[:3]:
        claim = as_user(
            "admin", "satudata_nihil_claim", obligation_id=duty.id,
            reason="Tidak ada kejadian dalam periode ini.",
        )  # fmt: skip
        as_user("walidata", "satudata_nihil_answer", id=claim["id"], accept=True)


def _deliveries(quarter: Quarter, user: str) -> list[dict[str, Any]]:
    found = as_user(
        user, "satudata_delivery_list",
        year=quarter.year, tw=quarter.tw, state="unreviewed", limit=LIMIT,
    )["results"]  # fmt: skip
    return [one for one in found if one["may_judge"]]


def _ids(rows: list[dict[str, Any]]) -> list[int]:
    return [duty["event_id"] for row in rows for duty in row["duties"]]


def _give_back(quarter: Quarter) -> None:
    """Two files with gaps go back to their OPD on the cutoff day."""
    delivery_jobs.check_pending()
    poor = [one for one in _deliveries(quarter, "walidata") if one["failures"]]
    if poor:
        as_user(
            "walidata", "satudata_delivery_return", events=_ids(poor[:2]),
            reason="Beberapa sel kosong. Lengkapi angka semua kecamatan.",
        )  # fmt: skip


def _accept(quarter: Quarter) -> None:
    """What has no fault is accepted; of the walidata's own OPD by Bappeda."""
    for user in ("walidata", "bappeda"):
        events = _ids([one for one in _deliveries(quarter, user) if not one["failures"]])
        for start in range(0, len(events), LIMIT):
            as_user(
                user, "satudata_delivery_accept",
                events=events[start : start + LIMIT], reason="Sesuai dengan metadata.",
            )  # fmt: skip


def _object(quarter: Quarter) -> None:
    """Two OPDs object to a row that counts nothing."""
    live.recompute()
    missing = """EXISTS (SELECT FROM satudata_result r WHERE r.obligation_id = o.id
                         AND r.year = o.year AND r.tw = o.tw AND r.counted AND r.d = 0)"""
    texts = (
        ("Data sudah dikirim lewat surat sebelum batas waktu.", "Surat 005/318"),
        ("Kegiatan tidak dilaksanakan karena anggaran digeser.", "DPA pergeseran 2"),
    )
    for duty, (reason, evidence) in zip(_duties(quarter, missing), texts, strict=False):
        as_user(
            "admin", "satudata_objection_create", obligation_id=duty.id,
            year=quarter.year, tw=quarter.tw, reason=reason, evidence=evidence,
        )  # fmt: skip


def _answer(quarter: Quarter) -> None:
    """The first is refused, the second accepted: its duty is waived."""
    asked = as_user(
        "walidata", "satudata_objection_list",
        year=quarter.year, tw=quarter.tw, state="open", limit=10,
    )["results"]  # fmt: skip
    asked.sort(key=lambda one: one["id"])
    for number, one in enumerate(asked):
        user = "walidata" if one["may_judge"] else "bappeda"
        if number == 0:
            as_user(
                user, "satudata_objection_answer", id=one["id"], accept=False,
                reason="Surat yang disebut tidak memuat data periode ini.",
            )  # fmt: skip
            continue
        as_user(
            user, "satudata_objection_answer", id=one["id"], accept=True, remedy="waiver",
            reason="Pergeseran anggaran terbukti.",
        )  # fmt: skip
        as_user(
            user, "satudata_waiver_create", obligations=[one["obligation_id"]],
            number=f"050/S-{one['id']}/{quarter.year}", reason="Sanggahan diterima.",
        )  # fmt: skip
