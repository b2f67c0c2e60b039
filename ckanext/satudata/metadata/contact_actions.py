"""The API of the personal data of an activity (kegiatan)."""

from __future__ import annotations

from typing import Any

from ckan import model
from ckan.plugins import toolkit
from ckan.types import Context, DataDict

from . import contact
from .kinds import KEGIATAN

__all__ = [
    "satudata_contact_show",
    "satudata_contact_update",
]


@toolkit.side_effect_free
def satudata_contact_show(context: Context, data_dict: DataDict) -> dict[str, str]:
    """The person in charge of an activity as ``sd_pj_nama``, ``sd_pj_jabatan`` …

    ``id``: id or name of the activity. Unknown parts are empty texts. Raises
    ``ObjectNotFound`` where there is no such activity.
    """
    toolkit.check_access("satudata_contact_show", context, data_dict)
    found = _activity(data_dict)
    return contact.read([found.id]).get(found.id) or dict.fromkeys(contact.FIELDS, "")


def satudata_contact_update(context: Context, data_dict: DataDict) -> dict[str, str]:
    """Store the given ``sd_pj_*`` of an activity; those not given stay, empty ones are cleared.

    ``id``: id or name of the activity. Answers like ``satudata_contact_show``. Raises
    ``ObjectNotFound`` where there is no such activity, ``ValidationError`` by field.
    """
    toolkit.check_access("satudata_contact_update", context, data_dict)
    found = _activity(data_dict)
    given = contact.take(data_dict)
    stored = contact.read([found.id]).get(found.id, {})
    wrong = contact.faults(given, stored)
    if wrong:
        raise toolkit.ValidationError({name: [message] for name, message in wrong.items()})
    contact.write(found.id, given, contact.user_id(context))
    if not context.get("defer_commit"):
        model.repo.commit()
    return satudata_contact_show(context, {"id": found.id})


def _activity(data_dict: DataDict) -> model.Package:
    found: Any = model.Package.get(toolkit.get_or_bust(data_dict, "id"))
    if found is None or found.type != KEGIATAN:
        raise toolkit.ObjectNotFound(toolkit._("There is no such activity"))
    return found
