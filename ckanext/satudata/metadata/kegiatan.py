"""Statistical activities (kegiatan): which one a dataset comes from, which round went before.

A link holds the id of an activity. It may lead to any activity the user may read: that of
his own OPD, published or not, those below an OPD he is admin of, and published ones of
others. The tree of OPDs is not asked, since rights already run along it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from ckan import model
from ckan.plugins import toolkit
from ckan.types import Context, DataValidator, FlattenDataDict, FlattenErrorDict, FlattenKey

from ckanext.scheming.validation import scheming_validator

from .. import locks
from .kinds import KEGIATAN

_CHAIN_LOCK = "rounds of activities"

_LEADS_TO = sa.text(
    """
    WITH RECURSIVE round(id) AS (
        SELECT CAST(:start AS text)
        UNION ALL
        SELECT p.extras ->> 'sd_kegiatan_sebelumnya'
        FROM round JOIN package p ON p.id = round.id AND p.type = 'kegiatan'
        WHERE p.extras ->> 'sd_kegiatan_sebelumnya' IS NOT NULL
    ) CYCLE id SET looped USING path
    SELECT EXISTS (SELECT FROM round WHERE id = :goal)
    """
)


@scheming_validator
def satudata_lenient_kegiatan(field: Mapping[str, Any], schema: Mapping[str, Any]) -> DataValidator:
    """Take the id or name of an activity that the user may read; store its id.

    What was stored before is kept, even where the activity is gone or hidden by now. In
    the schema of activities themselves the link means the round before: it may not lead
    back to the activity.
    """
    is_round = schema.get("dataset_type") == KEGIATAN

    def validator(
        key: FlattenKey, data: FlattenDataDict, errors: FlattenErrorDict, context: Context
    ) -> None:
        holder = context.get("package")
        if holder and data[key] == (holder.extras or {}).get(key[-1]):
            return
        try:
            found = _readable(data[key], context)
            if is_round and holder:
                _check_round(found, holder)
        except toolkit.Invalid as fault:
            errors[key].append(fault.error)
        else:
            data[key] = found.id

    return validator


def _readable(reference: str, context: Context) -> model.Package:
    """The active activity of this id or name; ``Invalid`` where the user may not read it."""
    _ = toolkit._
    found = model.Package.get(reference) if "\0" not in reference else None
    if found is None or found.state != model.State.ACTIVE or not may_read(found.id, context):
        message = _('"{value}" is no activity that you may see. Choose one from the list.')
        raise toolkit.Invalid(message.format(value=reference))
    if found.type != KEGIATAN:
        message = _('"{value}" is not a statistical activity. Choose one from the list.')
        raise toolkit.Invalid(message.format(value=reference))
    return found


def may_read(package_id: str, context: Context) -> bool:
    """Whether the user of a context may read this dataset; leaves the context as it is."""
    asking = {
        key: context[key] for key in ("user", "auth_user_obj", "ignore_auth") if key in context
    }
    try:
        toolkit.check_access("package_show", asking, {"id": package_id})
    except (toolkit.NotAuthorized, toolkit.ObjectNotFound):
        return False
    return True


def _check_round(before: model.Package, activity: model.Package) -> None:
    """``Invalid`` if the round before is the activity itself or comes after it.

    Holds a lock until the transaction ends: of two edits that would make a ring
    together, the second sees the first.
    """
    if before.id == activity.id:
        raise toolkit.Invalid(toolkit._("An activity cannot be its own previous round."))
    locks.hold(_CHAIN_LOCK)
    if model.Session.scalar(_LEADS_TO, {"start": before.id, "goal": activity.id}):
        message = toolkit._(
            '"{title}" comes after this activity, so it cannot be its previous round as well.'
        )
        raise toolkit.Invalid(message.format(title=before.title))
