"""Core's dataset actions, with what our forms and types of dataset need around them."""

from __future__ import annotations

from typing import Any

from ckan.plugins import toolkit
from ckan.types import Action, Context, DataDict

from . import composites, contact, kinds, overtaken, publication, storable

__all__ = [
    "package_create",
    "package_show",
    "package_update",
]


@toolkit.chained_action
def package_create(next_action: Action, context: Context, data_dict: DataDict) -> Any:
    """Create a dataset, an activity (kegiatan) or a governance paper (dokumen)."""
    composites.take("package_create", context, data_dict)
    storable.check("package_create", context, data_dict)
    kinds.make_private(data_dict)
    publication.demand(context, data_dict)
    with contact.kept_apart(context, data_dict):
        return next_action(context, data_dict)


@toolkit.chained_action
def package_update(next_action: Action, context: Context, data_dict: DataDict) -> Any:
    """Update a dataset, an activity (kegiatan) or a governance paper (dokumen)."""
    overtaken.refuse(data_dict)
    composites.take("package_update", context, data_dict)
    storable.check("package_update", context, data_dict)
    publication.demand(context, data_dict)
    with contact.kept_apart(context, data_dict):
        return next_action(context, data_dict)


@toolkit.side_effect_free
@toolkit.chained_action
def package_show(next_action: Action, context: Context, data_dict: DataDict) -> Any:
    """Core's answer, also where a field with rows holds what is no list of rows."""
    return composites.show(next_action, context, data_dict)
