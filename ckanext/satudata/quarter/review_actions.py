"""Examination of deliveries as actions: lists, decisions on them, objections and answers."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from decimal import Decimal
from typing import Any

import ckan.model as model
from ckan.plugins import toolkit
from ckan.types import Context, DataDict

from .. import clock
from ..calendar.quarters import Quarter
from ..delivery import preview, review_queries, reviews
from ..opd import judges, queries
from ..paging import whole
from ..register import decision_log, telling
from ..register.model import Decision
from ..register.workdays import work_calendar
from ..rules.ruleset import RuleSet
from ..text import is_storable
from . import evaluation, jobs, live, objections, rulesets, standing
from .review_auth import whole_numbers

__all__ = [
    "satudata_delivery_accept",
    "satudata_delivery_approve",
    "satudata_delivery_list",
    "satudata_delivery_received",
    "satudata_delivery_return",
    "satudata_delivery_show",
    "satudata_objection_answer",
    "satudata_objection_create",
    "satudata_objection_list",
    "satudata_received_confirm",
]

_ = toolkit._

MOST = 1000
"""Deliveries that one request may decide on."""


def _actor(context: Context) -> str | None:
    user = model.User.get(context.get("user"))
    return user.id if user else None


def _done(context: Context, made: list[Decision]) -> dict[str, Any]:
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


def _ids(data_dict: DataDict, name: str) -> list[int]:
    """Ids out of a request.

    :raises toolkit.ValidationError: there are none, too many, or one is no number
    """
    given = toolkit.get_or_bust(data_dict, name)
    numbers = whole_numbers(given)
    wanted = {str(one) for one in given} if isinstance(given, list | tuple) else {str(given)}
    if not numbers or len(numbers) < len(wanted):
        raise toolkit.ValidationError({name: [_("Give a list of ids, which are whole numbers.")]})
    if len(numbers) > MOST:
        message = _("At most {number} at once.").format(number=MOST)
        raise toolkit.ValidationError({name: [message]})
    return numbers


def _yes(data_dict: DataDict, name: str) -> bool:
    try:
        return toolkit.asbool(data_dict.get(name))
    except ValueError:
        raise toolkit.ValidationError({name: [_("Must be yes or no")]}) from None


def _text(data_dict: DataDict, name: str) -> str:
    given = data_dict.get(name) or ""
    if not isinstance(given, str) or not is_storable(given):
        raise toolkit.ValidationError({name: [_("Must be a text")]})
    return given


def _quarter(data_dict: DataDict) -> Quarter | None:
    """The quarter of a request; None where it names none.

    :raises toolkit.ValidationError: there is no such quarter
    """
    year, tw = data_dict.get("year"), data_dict.get("tw")
    if year in (None, "") and tw in (None, ""):
        return None
    try:
        return Quarter(int(year), int(tw))
    except (TypeError, ValueError):
        raise toolkit.ValidationError({"tw": [_("There is no such quarter.")]}) from None


def _filters(data_dict: DataDict, states: Collection[str]) -> dict[str, Any]:
    state = data_dict.get("state") or None
    if state is not None and state not in states:
        message = _("Choose one of: {states}").format(states=", ".join(states))
        raise toolkit.ValidationError({"state": [message]})
    org = _text(data_dict, "org") or None
    quarter = _quarter(data_dict)
    return {
        "state": state,
        "org": org and (queries.resolve(org) or org),
        "quarter": quarter and (quarter.year, quarter.tw),
        "q": _text(data_dict, "q"),
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


class _Rules:
    """Rule sets and cutoffs of quarters, each read once."""

    def __init__(self) -> None:
        self._rules: dict[Quarter, RuleSet] = {}
        self._cutoffs: dict[Quarter, dt.date] = {}

    def of(self, quarter: Quarter) -> RuleSet:
        if quarter not in self._rules:
            self._rules[quarter] = rulesets.of(quarter)
        return self._rules[quarter]

    def cutoff(self, quarter: Quarter) -> dt.date:
        if quarter not in self._cutoffs:
            self._cutoffs[quarter] = evaluation.cutoff(quarter, self.of(quarter))
        return self._cutoffs[quarter]

    def every(self, asked: tuple[int, int] | None) -> list[int]:
        """Quarters in which every delivery waits for review, as numbers (year · 10 + tw)."""
        opened = {one.quarter for one in standing.listed() if one.state != standing.FINAL}
        concerned = {Quarter(*asked)} if asked else opened | {live.current_quarter()}
        return [one.year * 10 + one.tw for one in concerned if self.of(one).review_every_delivery]

    def mend_until(self, returned: dt.datetime, quarter: Quarter) -> dt.date:
        """The last day to mend what was returned for a duty of this quarter."""
        return reviews.mend_until(
            returned, self.cutoff(quarter), work_calendar(), self.of(quarter).mend_days
        )


def mend_days(rows: Collection[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Of these rows of the report those that were returned: why, and until when to mend.

    :returns: by id of the duty ``reason``, ``fault``, ``at``, ``actor_name``, ``until`` (day) and
        ``days``, the working days left with today; 0 once they are over
    """
    owed = {row["obligation_id"]: Quarter(row["due_year"], row["due_tw"]) for row in rows}
    rules, calendar, today = _Rules(), work_calendar(), clock.today()
    found = {}
    for duty, returned in review_queries.returns(owed).items():
        until = rules.mend_until(returned.at, owed[duty])
        over = today > until
        days = 0 if over else calendar.workdays_late(today, until) + calendar.is_workday(today)
        found[duty] = {**returned._asdict(), "until": until, "days": days}
    return found


@toolkit.side_effect_free
def satudata_delivery_list(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Contents delivered for duties, the oldest first: one row for each file and organisation.

    :param state: ``waiting`` (counts only once accepted), ``unreviewed`` (counts, nobody has
        looked at it), ``accepted`` or ``returned``; all if not given
    :param org: id or name of an organisation; its units are meant too
    :param year: with ``tw``: quarter in which the duty is due
    :param tw: 1 to 4
    :param q: words of the item or the organisation
    :param limit: most rows (50; at most 1000)
    :param offset: rows to leave out
    :returns: ``count``, ``states`` (number by state) and ``results``: each with ``duties`` (one
        for each item and period, with ``event_id`` for the decisions), ``may_judge`` (whether the
        reader decides), ``judged_elsewhere`` (not by the walidata), ``sha256``, ``at``, result of
        the check (``readable``, ``rows``, ``failures``); name and title of a private dataset are
        null for who may not read it. Editors see the part of their own organisations
    :raises ValidationError: no such state or quarter

    ::

        GET /api/action/satudata_delivery_list?state=waiting&year=2026&tw=1
        {"count": 1, "states": {"waiting": 1, "unreviewed": 7, "accepted": 3, "returned": 0},
         "results": [{"state": "waiting", "org_title": "Dinas Kesehatan", "sha256": "9f…",
                      "duties": [{"event_id": 12, "item_name": "Jumlah bidan", …}], …}]}
    """
    toolkit.check_access("satudata_delivery_list", context, data_dict)
    user = context.get("user")
    filters = _filters(data_dict, review_queries.STATES)
    counts, rows = review_queries.search(
        user,
        filters,
        _Rules().every(filters["quarter"]),
        whole(data_dict, "limit", 50),
        whole(data_dict, "offset", 0, 10**9),
    )
    count = counts[filters["state"]] if filters["state"] else sum(counts.values())
    return {"count": count, "states": counts, "results": _told(rows, user)}


def _told(rows: list[dict[str, Any]], user: str | None) -> list[dict[str, Any]]:
    owing = {row["owing"] for row in rows}
    judged, own = judges.judged_by(user, owing), judges.own_orgs()
    rules = _Rules()
    return [_row(row, row["owing"] in judged, row["owing"] in own, rules) for row in rows]


def _row(row: dict[str, Any], judge: bool, elsewhere: bool, rules: _Rules) -> dict[str, Any]:
    told = {**row, "org_id": row["owing"], "may_judge": judge, "judged_elsewhere": elsewhere}
    for name in ("owing", "is_private"):
        del told[name]
    if row["private"]:
        told |= dict.fromkeys(("package_id", "package_name", "package_title"))
    told["mend_until"] = None
    if row["state"] == "returned":
        told["mend_until"] = max(
            rules.mend_until(
                dt.datetime.fromisoformat(duty["decision"]["at"]), Quarter(duty["year"], duty["tw"])
            )
            for duty in row["duties"]
        )
    return plain(told)


@toolkit.side_effect_free
def satudata_delivery_show(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """One delivery with what was decided about its duties and the first rows of its content.

    :param event: id of one of its events
    :returns: a row of ``satudata_delivery_list``; ``history``: decisions about its duties in
        words, the newest first (``id``, ``at``, ``text``); ``sees_content``: whether the reader
        judges it or may read the file; ``preview`` of a table that could be read, else null:
        ``header``, ``rows`` (texts) and ``reason`` why there are none; ``replaced``: the event
        asked for is about an earlier content than the one shown
    :raises ObjectNotFound: there is no such delivery, or it was withdrawn

    ::

        GET /api/action/satudata_delivery_show?event=12
        {"state": "waiting", "history": [{"id": 5, "text": "What was delivered for …"}],
         "preview": {"header": ["kecamatan", "jumlah"], "rows": [["Utara", "12"]]}, …}
    """
    toolkit.check_access("satudata_delivery_show", context, data_dict)
    event = _ids(data_dict, "event")[0]
    user = context.get("user")
    _counts, rows = review_queries.search(user, {"event": event}, _Rules().every(None))
    if not rows:
        raise toolkit.ObjectNotFound(_("There is no such delivery, or it was withdrawn since."))
    shown = next((row for row in rows if _is_about(row, event)), rows[0])
    told = _told([shown], user)[0]
    sees = told["may_judge"] or _reads_file(user, shown["resource_id"])
    return {
        **told,
        "replaced": not _is_about(shown, event),
        "history": _history([duty["obligation_id"] for duty in shown["duties"]]),
        "sees_content": sees,
        "preview": _preview(shown) if sees else None,
    }


def _history(duties: list[str]) -> list[dict[str, Any]]:
    rows = decision_log.by_ids(review_queries.decided_on(duties))
    return [
        {"id": row["id"], "at": plain(row["at"]), "text": telling.sentence(row)}
        for row in reversed(rows)
    ]


def _preview(shown: dict[str, Any]) -> dict[str, Any] | None:
    """The first rows of what the checks could read as a table."""
    return vars(preview.of(shown["sha256"], shown["bytes"])) if shown["readable"] else None


def _is_about(row: dict[str, Any], event: int) -> bool:
    return any(duty["event_id"] == event for duty in row["duties"])


def _reads_file(user: str | None, resource_id: str) -> bool:
    try:
        toolkit.check_access("resource_show", {"user": user or ""}, {"id": resource_id})
    except (toolkit.NotAuthorized, toolkit.ObjectNotFound):
        return False
    return True


def satudata_delivery_accept(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Accept deliveries; all of them or, where one is refused, none.

    :param events: list of ids of events (``duties[].event_id`` of the list), at most 1000
    :param reason: what the OPD reads (optional)
    :returns: ``decisions``: the rows of the log that were written
    :raises NotAuthorized: who does not judge all these organisations
    :raises ObjectNotFound: an id is of no delivery for a duty
    :raises ValidationError: at ``events``: replaced or withdrawn since, decided on already

    ::

        POST /api/action/satudata_delivery_accept {"events": [12, 13]}
        {"decisions": [{"id": 5, "kind": "accept", "event": 12, …}, …]}
    """
    toolkit.check_access("satudata_delivery_accept", context, data_dict)
    made = reviews.accept(
        _ids(data_dict, "events"), actor=_actor(context), reason=_text(data_dict, "reason")
    )
    return _done(context, made)


def satudata_delivery_return(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Return deliveries to the OPD, which has some working days to mend them.

    :param events: list of ids of events, at most 1000
    :param reason: what is wrong and how to mend it; the OPD reads it
    :param fault: true: empty, copied or wrong content; the time of the review then counts as
        the OPD's own
    :returns: ``decisions``: the rows of the log that were written
    :raises NotAuthorized: who does not judge all these organisations
    :raises ObjectNotFound: an id is of no delivery for a duty
    :raises ValidationError: at ``reason``: empty; at ``events``: as accepting

    ::

        POST /api/action/satudata_delivery_return
        {"events": [12], "reason": "Kolom kecamatan kosong", "fault": true}
        {"decisions": [{"id": 6, "kind": "return", "event": 12, …}]}
    """
    toolkit.check_access("satudata_delivery_return", context, data_dict)
    made = reviews.give_back(
        _ids(data_dict, "events"),
        actor=_actor(context),
        reason=_text(data_dict, "reason"),
        fault=_yes(data_dict, "fault"),
    )
    return _done(context, made)


def satudata_delivery_received(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """State when a file that the walidata uploaded for an OPD had come by letter or message.

    :param events: list of ids of events
    :param day: local day on which it came, ISO; not to come and not after the upload
    :param proof: number and date of the letter, or sender and time of the message
    :returns: ``decisions``; ``details.confirm`` is true where the day lies so far back that a
        second officer has to confirm it (``satudata_received_confirm``)
    :raises NotAuthorized: who does not judge all these organisations
    :raises ValidationError: at ``day``, ``proof``; at ``events``: stated already, or it was
        not the walidata who uploaded the file

    ::

        POST /api/action/satudata_delivery_received
        {"events": [12], "day": "2026-03-30", "proof": "Surat 045/12/Dinkes, 30 Maret 2026"}
        {"decisions": [{"id": 7, "kind": "received", "details": {"confirm": false, …}, …}]}
    """
    toolkit.check_access("satudata_delivery_received", context, data_dict)
    events = _ids(data_dict, "events")
    given = toolkit.get_or_bust(data_dict, "day")
    try:
        day = dt.date.fromisoformat(given)
    except (TypeError, ValueError):
        raise toolkit.ValidationError({"day": [_("Write the date as 2026-12-31")]}) from None
    made = reviews.received(
        events,
        actor=_actor(context),
        day=day,
        proof=_text(data_dict, "proof"),
        calendar=work_calendar(),
        free_days=_received_free_days(events),
    )
    return _done(context, made)


def _received_free_days(events: list[int]) -> int:
    """The strictest of the rule sets that judge these deliveries."""
    quarters = {Quarter(one.year, one.tw) for one in review_queries.delivered(events)}
    return min((rulesets.of(one).received_free_days for one in quarters), default=0)


def satudata_received_confirm(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Confirm dates of receipt as the second officer; only then they count.

    :param decisions: list of ids of decisions of kind ``received``
    :param reason: what was examined (optional)
    :returns: ``decisions``: the rows of the log that were written
    :raises NotAuthorized: who does not judge all these organisations
    :raises ObjectNotFound: an id is of no date that needs a second officer
    :raises ValidationError: at ``decisions``: confirmed already, or by the officer who stated it
        or uploaded the file

    ::

        POST /api/action/satudata_received_confirm {"decisions": [7]}
        {"decisions": [{"id": 8, "kind": "received_confirm", "answers": 7, …}]}
    """
    toolkit.check_access("satudata_received_confirm", context, data_dict)
    made = reviews.confirm(
        _ids(data_dict, "decisions"), actor=_actor(context), reason=_text(data_dict, "reason")
    )
    return _done(context, made)


def satudata_delivery_approve(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Approve deliveries as the head of the OPD, where the rule set asks for that.

    :param events: list of ids of events
    :param reason: what the walidata reads (optional)
    :returns: ``decisions``: the rows of the log that were written
    :raises NotAuthorized: who is no admin of the OPD or of the penanggung above it
    :raises ValidationError: at ``events``: the rule set asks for no approval, approved already,
        replaced since

    ::

        POST /api/action/satudata_delivery_approve {"events": [12]}
        {"decisions": [{"id": 9, "kind": "approve", "event": 12, …}]}
    """
    toolkit.check_access("satudata_delivery_approve", context, data_dict)
    events = _ids(data_dict, "events")
    rules = _Rules()
    for one in review_queries.delivered(events):
        if not rules.of(Quarter(one.year, one.tw)).opd_approval:
            message = _("The rules of this quarter ask for no approval inside the OPD.")
            raise toolkit.ValidationError({"events": [message]})
    made = reviews.approve(events, actor=_actor(context), reason=_text(data_dict, "reason"))
    return _done(context, made)


@toolkit.side_effect_free
def satudata_objection_list(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Objections to provisional results with their answers, the open ones first.

    :param state: ``open``, ``accepted`` or ``refused``; all if not given
    :param org: id or name of an organisation; its units are meant too
    :param year: with ``tw``: quarter that judged the duty
    :param tw: 1 to 4
    :param q: words of the item or the organisation
    :param limit: most rows (50; at most 1000)
    :param offset: rows to leave out
    :returns: ``count``, ``states`` (number by state) and ``results``, each with ``id``,
        ``obligation_id``, ``year``, ``tw``, ``reason``, ``evidence``, ``state``, ``answer``,
        ``remedy`` and ``may_judge`` (whether the reader answers it)
    :raises ValidationError: no such state or quarter

    ::

        GET /api/action/satudata_objection_list?state=open
        {"count": 1, "states": {"open": 1, "accepted": 0, "refused": 0}, "results": [{…}]}
    """
    toolkit.check_access("satudata_objection_list", context, data_dict)
    user = context.get("user")
    filters = _filters(data_dict, objections.STATES)
    counts, rows = objections.search(
        user, filters, whole(data_dict, "limit", 50), whole(data_dict, "offset", 0, 10**9)
    )
    judged = judges.judged_by(user, {row["org_id"] for row in rows})
    count = counts[filters["state"]] if filters["state"] else sum(counts.values())
    results = [plain({**row, "may_judge": row["org_id"] in judged}) for row in rows]
    return {"count": count, "states": counts, "results": results}


def satudata_objection_create(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Object to how a duty of one's own OPD is judged, while the time for objections lasts.

    :param obligation_id: id of the duty
    :param year: with ``tw``: the quarter that judges it
    :param tw: 1 to 4
    :param reason: what is wrong with the result
    :param evidence: what proves it: number of a receipt or letter, an address
    :returns: ``decisions`` with the one row of the log that was written
    :raises NotAuthorized: who does not work for the OPD that owes the duty
    :raises ObjectNotFound: the duty is not judged in that quarter
    :raises ValidationError: at ``quarter``: not in the time for objections, or the quarter is
        final; at ``reason`` or ``evidence``: empty; at ``obligation_id``: objected already

    ::

        POST /api/action/satudata_objection_create
        {"obligation_id": "…", "year": 2026, "tw": 1, "reason": "Sudah dikirim tepat waktu",
         "evidence": "TT-2026-000123"}
        {"decisions": [{"id": 10, "kind": "objection", …}]}
    """
    toolkit.check_access("satudata_objection_create", context, data_dict)
    duty = str(toolkit.get_or_bust(data_dict, "obligation_id"))
    quarter = _quarter(data_dict)
    if quarter is None:
        raise toolkit.ValidationError({"tw": [_("Name both year and quarter.")]})
    made = objections.create(
        duty,
        quarter,
        reason=_text(data_dict, "reason"),
        evidence=_text(data_dict, "evidence"),
        actor=_actor(context),
    )
    return _done(context, [made])


def satudata_objection_answer(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Accept or refuse an objection. Accepting changes nothing by itself: the remedy does.

    :param id: id of the objection
    :param accept: true or false
    :param reason: why; the OPD reads it
    :param remedy: what follows where it is accepted: ``waiver``, ``extension``, ``review`` (accept
        the delivery or take its return back), ``received`` or ``measured``
    :returns: ``decisions`` with the one row of the log that was written
    :raises NotAuthorized: who does not judge the organisation that objects
    :raises ObjectNotFound: there is no such objection
    :raises ValidationError: at ``id``: answered already, or the quarter is final; at ``reason``
        or ``remedy``: empty

    ::

        POST /api/action/satudata_objection_answer
        {"id": 10, "accept": true, "reason": "Surat diterima 30 Maret", "remedy": "received"}
        {"decisions": [{"id": 11, "kind": "objection_accept", "answers": 10, …}]}
    """
    toolkit.check_access("satudata_objection_answer", context, data_dict)
    if data_dict.get("accept") in (None, ""):
        raise toolkit.ValidationError({"accept": [_("Choose whether it is accepted.")]})
    made = objections.answer(
        _ids(data_dict, "id")[0],
        _yes(data_dict, "accept"),
        reason=_text(data_dict, "reason"),
        remedy=_text(data_dict, "remedy") or None,
        actor=_actor(context),
    )
    return _done(context, [made])
