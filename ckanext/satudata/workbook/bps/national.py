"""The forms as BPS's programs write them: INDAH's payload (v2) and the flat keys of DNA.

The national portal has the flat keys too. Where their shape has no room for an answer, or
would change it, the answer also stands as it is stored under :data:`OWN`, beside theirs:
so what is written is read back equal.
"""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Iterator, Mapping, MutableMapping
from dataclasses import dataclass, field
from typing import Any

from .names import Form, Name, load
from .shapes import NOTHING, UnreadableError, inward, outward
from .words import several

OWN = "satudata"
"""Key of what is ours alone."""

_LISTS = frozenset({"dates", "one", "lines", "domain", "rows"})
_WORDS = re.compile(r"[,;\n]")


@dataclass
class Reading:
    """What a payload says: answers by field, and where there is what nobody understands."""

    values: dict[str, Any] = field(default_factory=dict)
    unknown: list[str] = field(default_factory=list)
    unreadable: list[str] = field(default_factory=list)


def to_indah(form: Form, values: Mapping[str, Any]) -> dict[str, Any]:
    """The answers as INDAH's ``data``; every key is there, None where there is no answer."""
    data: dict[str, Any] = {}
    for name in form.names:
        if name.path:
            given = outward(name, values.get(name.field), form.choices(name))
            _put(data, name.path, given)
    return data


def from_indah(form: Form, data: Mapping[str, Any]) -> Reading:
    """The answers in INDAH's ``data``, whatever it holds."""
    return _read(form, data, {name.field: (name.path, *_beside(name)) for name in form.names})


def to_flat(form: Form, values: Mapping[str, Any]) -> dict[str, Any]:
    """The answers under the flat keys of DNA and of the national portal; lists as JSON texts."""
    flat = {}
    for name in form.names:
        if name.flat:
            choices = form.choices(name)
            given = outward(name, values.get(name.field), choices)
            if name.shape == "multi":
                given = ", ".join(_word(value) for value, is_so in given.items() if is_so) or None
            elif name.shape in _LISTS:
                given = json.dumps(given, ensure_ascii=False)
            flat[name.flat] = given
    return flat


def from_flat(form: Form, data: Mapping[str, Any]) -> Reading:
    """The answers under flat keys, whatever there is."""
    places = {
        name.field: ((name.flat,), *((other,) for other in name.also))
        for name in form.names
        if name.flat
    }
    return _read(form, data, places)


def with_own(
    form: Form, values: Mapping[str, Any], flat: bool, own: Mapping[str, Any]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """The answers in BPS's shape, and what must stand under :data:`OWN`.

    ``own``: what stands there in any case.
    """
    written = (to_flat if flat else to_indah)(form, values)
    held = (from_flat if flat else from_indah)(form, written).values
    lost = {name: value for name, value in values.items() if held.get(name) != value}
    return written, {**own, **lost}


def _word(value: str) -> str:
    """A choice as DNA writes several: ``data_entry`` is "Data Entry"."""
    return value.replace("_", " ").title()


def _beside(name: Name) -> tuple[tuple[str, ...], ...]:
    """The other places of a field, which lie where its own does."""
    return tuple((*name.path[:-1], other) for other in name.also)


def _put(data: dict[str, Any], path: tuple[str, ...], value: Any) -> None:
    for key in path[:-1]:
        data = data.setdefault(key, {})
    data[path[-1]] = value


def _read(
    form: Form, data: Mapping[str, Any], places: Mapping[str, tuple[tuple[str, ...], ...]]
) -> Reading:
    left = copy.deepcopy(dict(data))
    reading = Reading()
    for name in form.names:
        for path in places.get(name.field, ()):
            holder = _holder(left, path)
            if holder is None or path[-1] not in holder:
                continue
            try:
                value = _take(form, name, holder, path[-1])
            except UnreadableError:
                reading.unreadable.append(".".join(path))
                continue
            if value is not None:
                reading.values.setdefault(name.field, value)
    envelope = load().envelope
    reading.unknown = [
        path for path in _leaves(left) if path.partition(".")[0].partition("[")[0] not in envelope
    ]
    return reading


def _holder(data: Any, path: tuple[str, ...]) -> MutableMapping[str, Any] | None:
    for key in path[:-1]:
        data = data.get(key) if isinstance(data, dict) else None
    return data if path and isinstance(data, dict) else None


def _take(form: Form, name: Name, holder: MutableMapping[str, Any], key: str) -> Any:
    """Read one answer and take it off; of what has keys of its own, those not read stay."""
    given = holder.pop(key)
    choices = form.choices(name)
    if name.shape == "multi" and given not in NOTHING and not isinstance(given, dict):
        words = given if isinstance(given, list) else [given]
        return several(name, choices, ";".join(map(str, words)), _WORDS) or None
    if name.shape in _LISTS and isinstance(given, str):
        given = _loaded(given)
    value = inward(name, given, choices)
    if name.shape == "multi":
        holder[key] = given
    elif name.shape == "rows" and isinstance(given, list):
        holder[key] = [row for row in given if isinstance(row, dict)]
    return value


def _loaded(text: str) -> Any:
    """The list in a JSON text; any other text as it is."""
    try:
        loaded = json.loads(text)
    except (ValueError, RecursionError):
        return text
    return loaded if isinstance(loaded, list) else text


def _leaves(data: Any, path: str = "") -> Iterator[str]:
    """The places of all that says something."""
    if isinstance(data, dict):
        for key, value in data.items():
            yield from _leaves(value, f"{path}.{key}" if path else str(key))
    elif isinstance(data, list):
        for number, value in enumerate(data):
            yield from _leaves(value, f"{path}[{number}]")
    elif data not in NOTHING and data is not False:
        yield path
