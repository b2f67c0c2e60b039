"""Core's actions that list datasets past ``package_search``; they leave our types out."""

from __future__ import annotations

from typing import Any

from ckan.logic.schema import default_pagination_schema
from ckan.plugins import toolkit
from ckan.types import Action, Context, DataDict

from . import kinds

__all__ = [
    "group_list",
    "organization_list",
    "package_autocomplete",
    "package_list",
    "user_show",
]


def _paging(context: Context, data_dict: DataDict) -> dict[str, int]:
    """``limit`` and ``offset`` as core checks them; raises its ValidationError."""
    asked = {name: data_dict[name] for name in ("limit", "offset") if name in data_dict}
    checked, errors = toolkit.navl_validate(asked, default_pagination_schema(), context)
    if errors:
        raise toolkit.ValidationError(errors)
    return checked


@toolkit.side_effect_free
@toolkit.chained_action
def package_list(next_action: Action, context: Context, data_dict: DataDict) -> list[str]:
    """Names of the public datasets; activities and papers are none, published or not."""
    paging = _paging(context, data_dict)
    whole = {key: value for key, value in data_dict.items() if key not in paging}
    found = kinds.leave_out_of_list(next_action(context, whole))
    start, limit = paging.get("offset") or 0, paging.get("limit")
    return found[start : start + limit] if limit else found[start:]


@toolkit.side_effect_free
@toolkit.chained_action
def package_autocomplete(
    next_action: Action, context: Context, data_dict: DataDict
) -> list[dict[str, Any]]:
    """Datasets whose name or title has the words; no activities and papers among them."""
    limit = _paging(context, data_dict).get("limit", 10)
    return kinds.leave_out_of_suggestions(
        lambda most: next_action(context, {**data_dict, "limit": most}), limit
    )


@toolkit.side_effect_free
@toolkit.chained_action
def user_show(next_action: Action, context: Context, data_dict: DataDict) -> dict[str, Any]:
    """A user; the number of datasets that he made counts no activities and papers."""
    user = next_action(context, data_dict)
    user["number_created_packages"] -= kinds.count_created_by(
        user["id"],
        with_private_and_drafts=context.get("count_private_and_draft_datasets", False),
    )
    return user


@toolkit.side_effect_free
@toolkit.chained_action
def organization_list(next_action: Action, context: Context, data_dict: DataDict) -> list[Any]:
    """Organisations; their number of datasets counts no activities and papers."""
    return _counting_datasets(next_action(context, data_dict), context, "owner_org", "id")


@toolkit.side_effect_free
@toolkit.chained_action
def group_list(next_action: Action, context: Context, data_dict: DataDict) -> list[Any]:
    """Groups; their number of datasets counts no activities and papers."""
    return _counting_datasets(next_action(context, data_dict), context, "groups", "name")


def _counting_datasets(groups: list[Any], context: Context, facet: str, key: str) -> list[Any]:
    """Core counts these in the index past ``package_search``; names alone stay as they are."""
    counted = [one for one in groups if isinstance(one, dict) and "package_count" in one]
    if counted:
        ours = kinds.count_readable(context, facet)
        for one in counted:
            one["package_count"] -= ours.get(one[key], 0)
    return groups
