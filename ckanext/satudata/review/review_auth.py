"""Who reviews deliveries and answers objections; combines ``opd.permissions`` and the judges.

Where the walidata is a party nobody of its own decides, so CKAN's rule that a sysadmin may do
everything does not hold here.
"""

from __future__ import annotations

from collections.abc import Collection

import ckan.model as model
import sqlalchemy as sa
from ckan.plugins import toolkit
from ckan.types import AuthResult, Context, DataDict

from ..delivery import review_queries
from ..opd import judges, permissions
from ..register.model import Decision, Obligation
from ..text import is_storable
from . import review_requests

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


def _answer(allowed: bool, message: str) -> AuthResult:
    return {"success": True} if allowed else {"success": False, "msg": message}


def _reads_some(context: Context) -> AuthResult:
    user = context.get("user")
    who = permissions.standing(user)
    return _answer(
        permissions.reads_reports(user) or bool(who.admin_of or who.editor_of),
        _("This list is for the walidata, the officers and the editors of an OPD."),
    )


def _judges(context: Context, org_ids: Collection[str]) -> AuthResult:
    """Without an organisation: who judges anything at all, so that the action can say what is
    wrong with the request."""
    user = context.get("user")
    if not org_ids:
        return _answer(judges.judges_some(user), _("Deliveries are examined by the walidata."))
    if judges.judges_all(user, org_ids):
        return {"success": True}
    message = _("Deliveries are examined by the walidata.")
    if judges.own_orgs().intersection(org_ids):
        message = _(
            "What the walidata's own organisation delivers is judged by the coordinator (Bappeda)"
            " or the data steward (BPS), not by those who work for it."
        )
    return _answer(False, message)


def _ids(data_dict: DataDict | None, name: str) -> list[int]:
    return review_requests.numbers((data_dict or {}).get(name) or [])


def _owing(data_dict: DataDict | None, name: str = "events") -> set[str]:
    """Organisations whose duties the events of a request are for."""
    return {one.org_id for one in review_queries.delivered(_ids(data_dict, name))}


def _decided_about(data_dict: DataDict | None, name: str) -> set[str]:
    """Organisations that the decisions of a request are about."""
    ids = _ids(data_dict, name)
    statement = sa.select(Decision.org_id).where(Decision.id.in_(ids), Decision.org_id.is_not(None))
    return set(model.Session.scalars(statement))


def satudata_delivery_list(context: Context, data_dict: DataDict | None) -> AuthResult:
    """Walidata, officers, and editors of an OPD: they see those of their own part."""
    return _reads_some(context)


def satudata_delivery_show(context: Context, data_dict: DataDict | None) -> AuthResult:
    """As the list, for the organisation that owes it."""
    owing = _owing(data_dict, "event")
    if not owing:
        return _reads_some(context)
    return _answer(
        any(permissions.reads_opd(context.get("user"), org_id) for org_id in owing),
        _("You may not read what this organisation delivers."),
    )


@toolkit.auth_sysadmins_check
def satudata_delivery_accept(context: Context, data_dict: DataDict | None) -> AuthResult:
    """Walidata and sysadmins; of the walidata's own OPD: koordinator and pembina data."""
    return _judges(context, _owing(data_dict))


@toolkit.auth_sysadmins_check
def satudata_delivery_return(context: Context, data_dict: DataDict | None) -> AuthResult:
    """As accepting."""
    return _judges(context, _owing(data_dict))


@toolkit.auth_sysadmins_check
def satudata_delivery_received(context: Context, data_dict: DataDict | None) -> AuthResult:
    """As accepting."""
    return _judges(context, _owing(data_dict))


@toolkit.auth_sysadmins_check
def satudata_received_confirm(context: Context, data_dict: DataDict | None) -> AuthResult:
    """As accepting; that it is another officer is checked by the action."""
    return _judges(context, _decided_about(data_dict, "decisions"))


def satudata_delivery_approve(context: Context, data_dict: DataDict | None) -> AuthResult:
    """Admins of the OPD, and of the penanggung above it."""
    owing = _owing(data_dict)
    user = context.get("user")
    allowed = (
        all(judges.heads(user, org_id) for org_id in owing)
        if owing
        else (bool(permissions.standing(user).admin_of))
    )
    return _answer(allowed, _("An admin of the OPD approves its deliveries."))


def satudata_objection_list(context: Context, data_dict: DataDict | None) -> AuthResult:
    """Walidata, officers, and editors of an OPD: they see those of their own part."""
    return _reads_some(context)


def satudata_objection_create(context: Context, data_dict: DataDict | None) -> AuthResult:
    """Editors and admins of the OPD that owes the duty, and admins of its penanggung."""
    user = context.get("user")
    asked = str((data_dict or {}).get("obligation_id") or "")
    duty = model.Session.get(Obligation, asked) if is_storable(asked) else None
    if duty is None:
        who = permissions.standing(user)
        allowed = bool(who.admin_of or who.editor_of)
    else:
        allowed = judges.acts_inside(user, duty.org_id)
    return _answer(allowed, _("Editors and admins of the OPD itself object to its results."))


@toolkit.auth_sysadmins_check
def satudata_objection_answer(context: Context, data_dict: DataDict | None) -> AuthResult:
    """As accepting a delivery of the organisation that objects."""
    return _judges(context, _decided_about(data_dict, "id"))
