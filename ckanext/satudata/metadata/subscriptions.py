"""Signals the metadata room answers."""

from __future__ import annotations

from typing import Any

from ckan.plugins import toolkit

from .. import forms


def get_subscriptions() -> dict[Any, list[Any]]:
    """Receivers by signal."""
    return {toolkit.signals.request_finished: [forms.tell_saved]}
