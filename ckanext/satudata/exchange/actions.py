"""Core's dataset actions with the harvest view put on and taken off."""

from __future__ import annotations

from typing import Any

import ckan.model as model
from ckan.plugins import toolkit
from ckan.types import Action, Context, DataDict

from . import harvest_view

__all__ = ["package_create", "package_show", "package_update"]

READ_TO_WRITE = ("for_update", "for_edit", "for_view")
"""Context keys of callers that edit, save, or print a dataset for people."""


@toolkit.side_effect_free
@toolkit.chained_action
def package_show(next_action: Action, context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Core's answer with the derived keys, but never to those who index, edit or save it."""
    for_people_or_saving = any(context.get(key) for key in READ_TO_WRITE)
    stock = not (context.get("use_cache", True) and context.get("validate", True))
    package = next_action(context, data_dict)
    return package if for_people_or_saving or stock else harvest_view.add_to_dataset(package)


@toolkit.chained_action
def package_create(next_action: Action, context: Context, data_dict: DataDict) -> Any:
    """Create a dataset; derived keys in a copy of another one are not stored."""
    harvest_view.strip(data_dict, None)
    return next_action(context, data_dict)


@toolkit.chained_action
def package_update(next_action: Action, context: Context, data_dict: DataDict) -> Any:
    """Update a dataset; derived keys that the client has read are not stored."""
    stored = model.Package.get(data_dict.get("id") or data_dict.get("name"))
    if stored:
        harvest_view.strip(data_dict, stored)
        _compare_with_what_is_stored(context, stored)
    return next_action(context, data_dict)


def _compare_with_what_is_stored(context: Context, stored: model.Package) -> None:
    """Core skips a save that changes nothing; let it compare without the derived keys."""
    known = context.get("original_package")
    if known and known.get("id") == stored.id:
        return
    reading: Any = {
        key: context[key] for key in ("session", "user", "auth_user_obj") if key in context
    }
    context["original_package"] = toolkit.get_action("package_show")(
        {**reading, "ignore_auth": True, "for_update": True}, {"id": stored.id}
    )
