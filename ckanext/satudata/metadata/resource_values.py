"""Reading the multi-valued fields of resources, whatever form they are stored in.

Ours store one JSON list as text. Portals also hold plain strings, texts with commas,
broken JSON and numbers; none of these may break a page or a save.
"""

from __future__ import annotations

import json
import re
from typing import Any

from ckan import model

from ..calendar import periods
from ..text import is_storable

_SEPARATORS = re.compile(r"[,;\n]")
_ID = re.compile(r"[\w.:-]{1,100}", re.ASCII)


def _clean(texts: list[str]) -> list[str]:
    return list(dict.fromkeys(text.strip() for text in texts if text.strip()))


def _from_text(text: str) -> list[str]:
    if text.lstrip()[:1] in ("[", "{"):
        try:
            loaded = json.loads(text)
        except (ValueError, RecursionError):
            return [text]
        if isinstance(loaded, list) and all(isinstance(one, (str, int)) for one in loaded):
            return [part for one in loaded for part in _SEPARATORS.split(_shown(str(one)))]
        return [text]
    return _SEPARATORS.split(text)


def _shown(entry: str) -> str:
    """An entry; with its escapes, as it is stored, where a page or a database cannot take it."""
    return entry if is_storable(entry) else json.dumps(entry)[1:-1]


def as_list(value: object) -> list[str]:
    """The texts that a value holds, in order, each once; what cannot be read is one text.

    >>> as_list('["2024", "2025"]'), as_list("2024, 2025"), as_list('["2024'), as_list(2024)
    (['2024', '2025'], ['2024', '2025'], ['["2024'], ['2024'])
    """
    if value is None:
        return []
    if isinstance(value, (list, tuple)):
        return _clean([part for one in value for part in as_list(one)])
    if isinstance(value, str):
        return _clean(_from_text(value))
    return [json.dumps(value)]


def as_text(values: list[str]) -> str:
    """The stored form of a list."""
    return json.dumps(values, ensure_ascii=False)


def _held(thing: model.Resource | model.Package | dict[str, Any], name: str) -> object:
    if not isinstance(thing, dict):
        return (thing.extras or {}).get(name)
    if name in thing:
        return thing[name]
    extras = thing.get("extras") or []
    return next((extra["value"] for extra in extras if extra["key"] == name), None)


def stated_periods(resource: model.Resource | dict[str, Any]) -> list[str]:
    """The data periods a resource states, as canonical codes; what is no period is left out."""
    found = []
    for text in as_list(_held(resource, "sd_periode")):
        try:
            found.append(periods.parse(text).code)
        except periods.PeriodError:
            continue
    return list(dict.fromkeys(found))


def stated_items(
    resource: model.Resource | dict[str, Any], package: model.Package | dict[str, Any]
) -> list[str]:
    """Ids of the Daftar Data items a resource states: its own, else the dataset's.

    What cannot be an id is left out: a database stores and indexes no such text.
    """
    texts = as_list(_held(resource, "sd_items")) or as_list(_held(package, "sd_item"))
    return [text for text in texts if _ID.fullmatch(text)]
