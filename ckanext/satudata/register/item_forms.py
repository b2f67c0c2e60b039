"""The form of an item: what it shows, and what was typed into it as values of an item."""

from __future__ import annotations

from typing import Any

from ckan.plugins import toolkit
from flask import request

from . import item_values

EMPTY: dict[str, Any] = {
    **dict.fromkeys((*item_values.TEXTS, *item_values.TIMING), ""),
    "priority": False,
    "allow_nihil": False,
    "dynamic": True,
    "indicators": [],
    "contributors": [],
}

LETTER = ("number", "dated", "reason")
"""Inputs of the letter that amends the register."""


def entered() -> dict[str, Any]:
    """The values of the form that was sent, as :func:`.item_values.read` takes them."""
    form = request.form
    lines = form.get("indicators", "").splitlines()
    return {
        **{name: form.get(name, "").strip() for name in (*item_values.TEXTS, *item_values.TIMING)},
        "priority": form.get("priority") == "true",
        "allow_nihil": form.get("allow_nihil") == "true",
        "dynamic": form.get("dynamic", "true") == "true",
        "indicators": [line.strip() for line in lines if line.strip()],
        "contributors": form.getlist("contributors"),
    }


def texts(*names: str) -> dict[str, str]:
    """Some inputs of the form that was sent, without blanks at their ends."""
    return {name: request.form.get(name, "").strip() for name in names}


def flash(error: toolkit.ValidationError) -> None:
    """Tell what was refused where no form is shown again."""
    toolkit.h.flash_error(" ".join(str(text) for text in error.error_summary.values()))
