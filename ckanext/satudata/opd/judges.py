"""Who judges what was delivered: the walidata, but never in its own case.

Rows of the OPD that is walidata, and of the units it answers for, are judged by the coordinator
(Bappeda) or the data steward (BPS). Whoever works for that OPD or holds the walidata's rights is
partial, whatever office he has beside it and even as a sysadmin.
"""

from __future__ import annotations

from collections.abc import Iterable

import ckan.model as model
import sqlalchemy as sa

from . import permissions, queries

OFFICES = frozenset({"koordinator", "pembina_data"})
"""Offices that judge where the walidata is a party."""

_OWN = sa.text(
    """
    SELECT o.org_id FROM satudata_opd o
    JOIN satudata_opd a ON a.org_id = o.answers_id
    WHERE a.sdi_role = 'walidata'
    """
)


def own_orgs() -> frozenset[str]:
    """Ids of the organisations for which the walidata itself answers."""
    return frozenset(model.Session.execute(_OWN).scalars())


def judged_elsewhere(org_id: str) -> bool:
    """Whether others than the walidata judge the rows of this organisation."""
    return org_id in own_orgs()


def judges_some(user: str | None) -> bool:
    """Whether the user judges the rows of any organisation."""
    return permissions.manages(user) or bool(permissions.standing(user).offices & OFFICES)


def judges_all(user: str | None, org_ids: Iterable[str]) -> bool:
    """Whether the user may decide on rows of every one of these organisations (ids).

    Accepting, returning, a date of receipt, nihil claims and objections alike.
    """
    return set(org_ids) == judged_by(user, org_ids)


def may_judge(user: str | None, org_id: str) -> bool:
    """Whether the user may decide on rows of this organisation (id)."""
    return judges_all(user, [org_id])


def judged_by(user: str | None, org_ids: Iterable[str]) -> set[str]:
    """Those of the organisations whose rows the user may decide on."""
    wanted = set(org_ids)
    own = own_orgs()
    judged = wanted - own if permissions.manages(user) else set()
    if wanted & own and _is_impartial(user, own):
        judged |= wanted & own
    return judged


def _is_impartial(user: str | None, own: frozenset[str]) -> bool:
    who = permissions.standing(user)
    if not (who.sysadmin or who.offices & OFFICES):
        return False
    works_for = who.admin_of | who.editor_of
    parties = own.union(*map(who.path, own)) | {queries.root_id()}
    return not works_for & parties


def acts_inside(user: str | None, org_id: str) -> bool:
    """Whether the user works for the OPD itself, as far up as its penanggung: who may object.

    The walidata, who is above all, does not.
    """
    who = permissions.standing(user)
    return org_id in who.editor_of or heads(user, org_id)


def heads(user: str | None, org_id: str) -> bool:
    """Whether the user is admin of the OPD or of one above it up to its penanggung."""
    inside = model.Session.execute(_INSIDE, {"org": org_id}).scalars()
    return bool(permissions.standing(user).admin_of.intersection(inside))


_INSIDE = sa.text(
    """
    SELECT step.id FROM satudata_opd o, unnest(o.path) WITH ORDINALITY AS step(id, nr)
    WHERE o.org_id = :org AND step.nr >= array_position(o.path, o.answers_id)
    """
)
