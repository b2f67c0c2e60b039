"""Which item or organisation an action of the register is asked about."""

from __future__ import annotations

import ckan.model as model
from ckan.plugins import toolkit
from ckan.types import DataDict

from ..opd import queries as opd_queries
from ..text import is_storable
from .model import Item

_ = toolkit._


def item(data_dict: DataDict, name: str = "id") -> Item | None:
    """The item that is named; None where none is.

    :raises toolkit.ObjectNotFound: there is no such item
    """
    given = data_dict.get(name)
    if not given:
        return None
    found = (
        model.Session.get(Item, given) if isinstance(given, str) and is_storable(given) else None
    )
    if found is None:
        raise toolkit.ObjectNotFound(_("There is no such item"))
    return found


def organization(data_dict: DataDict) -> str:
    """Id of the organisation asked about: that of the item ``item_id``, else ``org``.

    :raises toolkit.ObjectNotFound: there is no such item
    :raises toolkit.ValidationError: neither is given, or there is no such organisation
    """
    found = item(data_dict, "item_id")
    org_id = found.org_id if found else opd_queries.resolve(data_dict.get("org"))
    if org_id is None:
        raise toolkit.ValidationError({"org": [_("Choose the organisation.")]})
    return org_id
