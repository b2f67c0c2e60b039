"""Actions of the yearly round and of proposals for the register."""

from __future__ import annotations

from typing import Any

from ckan.plugins import toolkit
from ckan.types import Context, DataDict

from .. import clock
from ..opd import permissions
from ..opd import queries as opd_queries
from ..paging import whole
from ..text import whole_number
from . import asking, proposals, round_queries, rounds, versions
from .decision_actions import saving, user_id
from .decision_log import plain
from .fields import Fields
from .imports import register_changed
from .model import Proposal, Round

__all__ = [
    "satudata_proposal_answer",
    "satudata_proposal_create",
    "satudata_proposal_list",
    "satudata_proposal_withdraw",
    "satudata_round_discuss",
    "satudata_round_establish",
    "satudata_round_list",
    "satudata_round_move",
    "satudata_round_open",
    "satudata_round_show",
]

_ = toolkit._


def _year(data_dict: DataDict) -> int:
    try:
        year = whole_number(toolkit.get_or_bust(data_dict, "year"))
    except ValueError:
        year = 0
    if not 1900 <= year <= 2199:
        raise toolkit.ValidationError({"year": [_("Write the year as 2026")]})
    return year


def _shown(row: dict[str, Any]) -> dict[str, Any]:
    details = row.pop("details") or {}
    return {**plain(row), "details": details}


def _round_dict(found: Round) -> dict[str, Any]:
    return _shown(round_queries.rounds(found.year)[0])


@toolkit.side_effect_free
def satudata_round_list(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Rounds of the register, the latest year first, and the version in force.

    :returns: ``version`` (``2026.3``: third decision on the register of 2026) and ``rounds``

    ::

        {"version": "2026.1", "rounds": [{"year": 2026, "state": "ditetapkan",
         "proposals_until": "2025-11-14", "number": "000.5/112/2025", "dated": "2025-12-20", …}]}
    """
    toolkit.check_access("satudata_round_list", context, data_dict)
    return {"version": versions.current(), "rounds": [_shown(r) for r in round_queries.rounds()]}


@toolkit.side_effect_free
def satudata_round_show(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """One round with the number of its proposals by state.

    :param year: the year whose register it makes
    :returns: ``state`` (``usulan``, ``pembahasan``, ``ditetapkan``), ``proposals_until``,
        ``proposals`` (number by state), ``effective`` (day from which the result holds or held),
        ``number`` and ``dated`` of the decree, ``details`` (berita acara, items carried over)
    :raises ObjectNotFound: no round has been opened for the year

    ::

        {"year": 2027}
    """
    toolkit.check_access("satudata_round_show", context, data_dict)
    return {
        **_round_dict(rounds.get(_year(data_dict))),
        "proposals": round_queries.proposal_counts(_year(data_dict)),
        "effective": rounds.effective(_year(data_dict)).isoformat(),
    }


def satudata_round_open(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Open the round of a year: OPDs may propose.

    :param year: this year or one of the next two
    :param proposals_until: last day for proposals, ISO
    :returns: the round
    :raises ValidationError: it exists, another one is not finished, the day has gone by

    ::

        {"year": 2027, "proposals_until": "2026-11-13"}
    """
    toolkit.check_access("satudata_round_open", context, data_dict)
    year, fields = _year(data_dict), Fields(data_dict)
    until = fields.day("proposals_until", required=True)
    fields.check()
    with saving(context):
        found = rounds.open_(year, until or clock.today())
    return _round_dict(found)


def satudata_round_move(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Move the last day for proposals, while they are not closed. The log keeps both days.

    :param year: year of the round
    :param proposals_until: new last day for proposals, ISO; earlier or later, not in the past
    :param reason: why; the OPDs read it
    :returns: the round
    :raises ValidationError: proposals are closed, no reason, or no such day

    ::

        {"year": 2027, "proposals_until": "2026-11-27", "reason": "Rapat Forum SDI ditunda"}
    """
    toolkit.check_access("satudata_round_move", context, data_dict)
    year, fields = _year(data_dict), Fields(data_dict)
    until = fields.day("proposals_until", required=True)
    reason = fields.text("reason", required=True)
    fields.check()
    with saving(context):
        rounds.move_last_day(year, until or clock.today(), reason=reason, user_id=user_id(context))
    return _round_dict(rounds.get(year))


def satudata_round_discuss(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Close the proposals, on their last day or later; from then on they are answered.

    :param year: year of the round
    :returns: the round
    :raises ValidationError: OPDs may still propose, or it is closed already

    ::

        {"year": 2027}
    """
    toolkit.check_access("satudata_round_discuss", context, data_dict)
    with saving(context):
        found = rounds.discuss(_year(data_dict))
    return _round_dict(found)


def satudata_round_establish(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Establish the register of a year: agreed proposals are written, all else is carried over.

    :param year: year of the round
    :param number: number of the decree
    :param dated: its date, ISO (today if not given)
    :param reason: what it rests on, for the log
    :param minutes_number: number of the berita acara of the discussion
    :param minutes_dated: its date, ISO
    :returns: the round
    :raises ValidationError: proposals without an answer, no number, a date to come; or an agreed
        proposal that cannot be written (``proposals`` says which and why): nothing is written then

    ::

        {"year": 2027, "number": "000.5/112/2026", "dated": "2026-12-18",
         "reason": "Keputusan Wali Kota tentang Daftar Data 2027",
         "minutes_number": "BA/3/FSD/2026", "minutes_dated": "2026-12-02"}
    """
    toolkit.check_access("satudata_round_establish", context, data_dict)
    year, fields = _year(data_dict), Fields(data_dict)
    decree = {name: fields.text(name, required=True) for name in ("number", "reason")}
    dated, held = fields.day("dated"), fields.day("minutes_dated", required=True)
    minutes = fields.text("minutes_number", required=True)
    fields.check()
    with saving(context):
        rounds.establish(
            year,
            **decree,
            dated=dated,
            minutes={"number": minutes, "dated": str(held)},
            user_id=user_id(context),
        )
    register_changed.send("round")
    return _round_dict(rounds.get(_year(data_dict)))


def _proposal_dict(proposal: Proposal) -> dict[str, Any]:
    names = ("id", "year", "org_id", "item_id", "action", "values", "reason", "state", "note")
    return {name: getattr(proposal, name) for name in names}


@toolkit.side_effect_free
def satudata_proposal_list(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Proposals for the register of a year, those without an answer first.

    Editors and admins see those of their organisations and the units below.

    :param year: year of the round
    :param org: id or name of an organisation; its units are included
    :param state: ``proposed``, ``agreed``, ``refused``, ``applied`` or ``withdrawn``
    :param limit: most proposals to return (50; at most 1000)
    :param offset: proposals to leave out
    :returns: ``count`` and ``results``

    ::

        {"year": 2027, "org": "dinas-kesehatan", "state": "proposed"}
    """
    toolkit.check_access("satudata_proposal_list", context, data_dict)
    user = context.get("user")
    org, fields = data_dict.get("org"), Fields(data_dict)
    state = fields.text("state") or None
    fields.check()
    who = permissions.standing(user)
    count, results = round_queries.proposals(
        _year(data_dict),
        org=(opd_queries.resolve(org) or "") if org else None,
        state=state,
        sight=None if permissions.reads_reports(user) else [*who.admin_of, *who.editor_of],
        limit=whole(data_dict, "limit", 50),
        offset=whole(data_dict, "offset", 0, 10**9),
    )
    return {"count": count, "results": [plain(row) for row in results]}


def satudata_proposal_create(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Propose something for the register of a year.

    :param year: year of the round
    :param action: ``add``, ``change``, ``end`` or ``object`` ("bukan kewenangan kami")
    :param org: id or name of the organisation that proposes (``add``); else the item's
    :param item_id: id of the item (all but ``add``)
    :param values: fields of the item (``add``, ``change``): ``name``, ``unit``,
        ``classification``, ``frequency`` ("Bulanan"), ``schedule`` ("Maret n+1"; empty: the default
        of the frequency), ``priority``, ``allow_nihil``, ``dynamic``, ``theme``, ``legal_basis``,
        ``indicators`` (list), ``contributors`` (list of organisations)
    :param reason: why
    :returns: the proposal
    :raises ValidationError: proposals are closed, nothing differs, a field cannot be read, or
        there is a proposal for the item already

    ::

        {"year": 2027, "action": "add", "org": "dinas-kesehatan", "reason": "Renstra 2027",
         "values": {"name": "Jumlah Posyandu", "unit": "Unit", "frequency": "Tahunan",
                    "schedule": "Maret n+1"}}
    """
    toolkit.check_access("satudata_proposal_create", context, data_dict)
    year, org_id, fields = _year(data_dict), asking.organization(data_dict), Fields(data_dict)
    action, reason = fields.text("action"), fields.text("reason", required=True)
    fields.check()
    with saving(context):
        proposal = proposals.propose(
            year,
            action,
            org_id=org_id,
            item=asking.item(data_dict, "item_id"),
            values=data_dict.get("values") or {},
            reason=reason,
            user_id=user_id(context),
            by_walidata=permissions.manages(context.get("user")),
        )
    return _proposal_dict(proposal)


def satudata_proposal_withdraw(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Take a proposal back while proposals are open.

    :param id: id of the proposal
    :returns: the proposal
    :raises ValidationError: it was answered, or proposals are closed

    ::

        {"id": "0b6f…"}
    """
    toolkit.check_access("satudata_proposal_withdraw", context, data_dict)
    with saving(context):
        proposal = proposals.get(toolkit.get_or_bust(data_dict, "id"), lock=True)
        proposals.withdraw(proposal, permissions.manages(context.get("user")))
    return _proposal_dict(proposal)


def satudata_proposal_answer(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Agree to a proposal or refuse it, as the discussion has decided.

    :param id: id of the proposal
    :param agree: yes or no
    :param note: what the OPD shall read; needed to refuse
    :param producer: to agree to ``object``: id or name of the organisation that owes it instead
    :returns: the proposal
    :raises ValidationError: not under discussion, withdrawn, or refused without a note

    ::

        {"id": "0b6f…", "agree": false, "note": "Datanya sudah ada di Dinas Sosial."}
    """
    toolkit.check_access("satudata_proposal_answer", context, data_dict)
    fields = Fields(data_dict)
    agree, note, producer = fields.flag("agree"), fields.text("note"), fields.text("producer")
    fields.check()
    with saving(context):
        proposal = proposals.get(toolkit.get_or_bust(data_dict, "id"), lock=True)
        proposals.answer(
            proposal,
            agree=agree,
            note=note,
            producer=producer or None,
            user_id=user_id(context),
        )
    return _proposal_dict(proposal)
