"""The choices of a field in words: labels for people, and what the word of a person means."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..template_helpers import language_text
from ..text import normalise
from .schema import choices


def choice_labels(field: Mapping[str, Any]) -> dict[str, str]:
    """Label of each choice in the language in use, by its value; none for free text."""
    return {str(choice["value"]): language_text(choice["label"]) for choice in choices(field) or ()}


def choice_values(field: Mapping[str, Any]) -> dict[str, str]:
    """Value of each choice by the words for it in normal form: itself, its labels in any language.

    A value goes before a label, an earlier choice before a later one.
    """
    found: dict[str, str] = {}
    for choice in choices(field) or ():
        label = choice["label"]
        for word in label.values() if isinstance(label, Mapping) else [label]:
            found.setdefault(normalise(word), str(choice["value"]))
    return found | {normalise(value): value for value in reversed(choice_labels(field))}
