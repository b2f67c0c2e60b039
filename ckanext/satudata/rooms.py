"""Collects the public tables of the rooms, each name once.

A room that offers actions has ``actions.py`` or several ``…_actions.py``, each with
``__all__``, and so on for the other kinds; a room without such a file offers nothing of that
kind. What all pages share and no room owns is in ``template_helpers.py`` beside the rooms.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from importlib import import_module
from pkgutil import iter_modules
from types import ModuleType
from typing import Any

import click
from ckan.plugins import toolkit
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import DBAPIError

from . import faults, forms, template_helpers

ROOMS = (
    "calendar",
    "rules",
    "reference",
    "metadata",
    "opd",
    "register",
    "workbook",
    "adoption",
    "delivery",
    "judging",
    "quarter",
    "review",
    "report",
    "leaderboard",
    "exchange",
)
"""The rooms; each may import only those before it (a test checks it)."""


class DuplicateNameError(Exception):
    """Two rooms offer the same public name."""


def _modules(kind: str) -> Iterator[ModuleType]:
    for room in ROOMS:
        package = import_module(f"{__package__}.{room}")
        for module in iter_modules(package.__path__, f"{package.__name__}."):
            name = module.name.rpartition(".")[2]
            if name == kind or name.endswith(f"_{kind}"):
                yield import_module(module.name)


def _merge(kind: str, *shared: ModuleType) -> dict[str, Any]:
    merged: dict[str, Any] = {}
    for module in (*shared, *_modules(kind)):
        for name in module.__all__:
            offered = getattr(module, name)
            if name not in merged:
                merged[name] = offered
            elif _is_chained(offered) and _is_chained(merged[name]):
                merged[name] = _chain(merged[name], offered)
            else:
                raise DuplicateNameError(f"{kind}: {name} is offered again by {module.__name__}")
    return merged


def _is_chained(function: Any) -> bool:
    return bool(getattr(function, "chained_action", False))


def _chain(inner: Any, outer: Any) -> Any:
    """Two rooms' steps around the same action of core; CKAN takes one from each plugin."""

    @toolkit.chained_action
    @functools.wraps(outer)
    def both(next_action: Any, context: Any, data_dict: Any) -> Any:
        return outer(functools.partial(inner, next_action), context, data_dict)

    return both


def actions() -> dict[str, Any]:
    """Actions of all rooms by name; of two that chain the same one, the later room comes first."""
    return _merge("actions")


def auth_functions() -> dict[str, Any]:
    """Auth functions of all rooms by name."""
    return _merge("auth")


def helpers() -> dict[str, Any]:
    """Template helpers, the shared ones and those of all rooms, by name."""
    return _merge("helpers", template_helpers)


def validators() -> dict[str, Any]:
    """Validators of all rooms by name."""
    return _merge("validators")


def blueprints() -> list[Any]:
    """Flask blueprints of all rooms, each with the check of its forms and a way out of faults."""
    found = list(_merge("views").values())
    for blueprint in found:
        # Once only: an application may be made more than once in a process.
        if forms.check_token not in blueprint.before_request_funcs.get(None, ()):
            blueprint.before_request(forms.check_token)
            blueprint.before_request(forms.check_address)
            blueprint.register_error_handler(DBAPIError, faults.leave_failed_transaction)
            blueprint.app_errorhandler(CSRFError)(forms.explain_refused_token)
    return found


def commands() -> list[click.Command]:
    """The one CLI group ``satudata`` with the commands of all rooms below it."""

    @click.group(short_help="Satu Data: OPD tree, register, compliance.")
    def satudata() -> None:
        """Satu Data Indonesia on this portal."""

    for command in _merge("cli").values():
        satudata.add_command(command)
    return [satudata]


def subscriptions() -> dict[Any, list[Any]]:
    """Signal subscriptions of all rooms, lists joined per signal."""
    joined: dict[Any, list[Any]] = {}
    for module in _modules("subscriptions"):
        for signal, receivers in module.get_subscriptions().items():
            joined.setdefault(signal, []).extend(receivers)
    return joined


def import_models() -> None:
    """Import every model, so that ``ckan db check`` knows our tables."""
    for _ in _modules("model"):
        pass
