"""Core's dataset actions, with what our forms and types of dataset need around them."""

from __future__ import annotations

from typing import Any

from ckan.plugins import toolkit
from ckan.types import Action, Context, DataDict

__all__ = ["package_create", "package_update"]


@toolkit.chained_action
def package_create(next_action: Action, context: Context, data_dict: DataDict) -> Any:
    """Create a dataset, an activity (kegiatan) or a governance paper (dokumen)."""
    return next_action(context, data_dict)


@toolkit.chained_action
def package_update(next_action: Action, context: Context, data_dict: DataDict) -> Any:
    """Update a dataset, an activity (kegiatan) or a governance paper (dokumen)."""
    return next_action(context, data_dict)
