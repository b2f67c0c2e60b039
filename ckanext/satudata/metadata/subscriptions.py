"""Signals the metadata room answers."""

from __future__ import annotations

from typing import Any

from ckan.plugins import toolkit
from flask import Blueprint

from .. import forms
from .schema import dataset_schema


def get_subscriptions() -> dict[Any, list[Any]]:
    """Receivers by signal."""
    return {
        toolkit.signals.register_blueprint: [_guard],
        toolkit.signals.request_finished: [forms.tell_saved],
    }


def _guard(sender: str, blueprint: Blueprint) -> None:
    """Let core's pages of a dataset type that has our form check what ours do."""
    schema = dataset_schema(blueprint.name.removesuffix("_resource"))
    if sender in ("dataset", "resource") and schema and "kelompok" in schema:
        blueprint.before_request(forms.check_token)
        blueprint.before_request(forms.check_address)
