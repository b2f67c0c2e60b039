"""The table of keys that other portals use (``schemas/adoption.yaml`` and ``aliases.yaml``)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any

import yaml

from ..metadata import aliases
from ..text import normalise

NATIONAL = "nasional"


@dataclass(frozen=True)
class Source:
    """Where a value may come from: an extra, or a ``column`` of CKAN's own."""

    key: str
    style: str
    field: str
    column: bool = False


@dataclass(frozen=True)
class Table:
    """``sources`` in the order of preference; ``unread``: key → reason by language.

    ``synonyms``: field → word in normal form → code of a choice.
    """

    styles: tuple[str, ...]
    sources: tuple[Source, ...]
    unread: Mapping[str, Mapping[str, str]]
    synonyms: Mapping[str, Mapping[str, str]]

    def of(self, styles: tuple[str, ...]) -> tuple[Source, ...]:
        """The sources of these styles; of all, where none is named."""
        return tuple(one for one in self.sources if not styles or one.style in styles)


@lru_cache(maxsize=1)
def load() -> Table:
    """The table that ships with the plugin."""
    source = files("ckanext.satudata").joinpath("schemas/adoption.yaml").read_text("utf-8")
    written = yaml.safe_load(source)
    sources: list[Source] = []
    unread: dict[str, Mapping[str, str]] = {}
    for style, entry in written["styles"].items():
        if style == NATIONAL:
            sources += _national()
        sources += [Source(key, style, field) for key, field in entry["fields"].items()]
        columns = entry.get("columns", {})
        sources += [Source(key, style, field, column=True) for key, field in columns.items()]
        unread |= entry["unread"]
    synonyms: dict[str, dict[str, str]] = {
        field: {normalise(word): code for word, code in words.items()}
        for field, words in written["synonyms"].items()
    }
    for field, alias in aliases.load().dataset.items():
        for code, word in alias.values.items():
            # Several codes go out under one word; the first is what the word means.
            synonyms.setdefault(field, {}).setdefault(normalise(word), code)
    return Table(tuple(written["styles"]), tuple(sources), unread, synonyms)


def _national() -> list[Source]:
    """The keys under which our own values go out, so that they find their way back."""
    found: list[Source] = []
    for field, alias in aliases.load().dataset.items():
        plain = [key.removeprefix(aliases.PREFIX) for key in alias.extras]
        found += [Source(key, NATIONAL, field) for key in dict.fromkeys([*plain, *alias.extras])]
    return found


def named(table: Table) -> dict[str, Any]:
    """The extras that the table knows, and the columns."""
    extras = {one.key for one in table.sources if not one.column} | set(table.unread)
    return {"extras": extras, "columns": {one.key for one in table.sources if one.column}}
