"""The table of names by which others know our fields (``schemas/aliases.yaml``)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from importlib.resources import files

import yaml

PREFIX = "sdi_"
"""Of the extras that carry the values through portals without the national schema."""


@dataclass(frozen=True)
class Alias:
    """How one value is sent: ``national`` at top level, ``extras`` as free extras."""

    national: str | None
    extras: tuple[str, ...]
    values: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Aliases:
    """``dataset`` by our field name, ``producer`` by the name of the fact."""

    dataset: Mapping[str, Alias]
    producer: Mapping[str, Alias]

    def _all(self) -> Iterator[Alias]:
        yield from self.dataset.values()
        yield from self.producer.values()

    @cached_property
    def national_keys(self) -> frozenset[str]:
        """All top-level keys that are derived."""
        return frozenset(alias.national for alias in self._all() if alias.national)

    @cached_property
    def extra_keys(self) -> frozenset[str]:
        """All keys of extras that are derived, with their prefix."""
        return frozenset(key for alias in self._all() for key in alias.extras)


def _alias(entry: Mapping[str, object]) -> Alias:
    national, extra = entry.get("national"), entry.get("extra")
    return Alias(
        national=national,
        extras=tuple(PREFIX + name for name in (national, extra) if name),
        values=entry.get("values", {}),
    )


@lru_cache(maxsize=1)
def load() -> Aliases:
    """The table that ships with the plugin."""
    source = files("ckanext.satudata").joinpath("schemas/aliases.yaml").read_text("utf-8")
    table = yaml.safe_load(source)
    return Aliases(
        *({name: _alias(entry) for name, entry in table[part].items()}
          for part in ("dataset", "producer"))
    )  # fmt: skip
