"""One answer in the shape that BPS gives it in its payloads, and back.

Outward never fails: what BPS's shape has no room for becomes None (or is left out of a
list). Inward takes whatever may stand in a payload; what cannot be meant is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from .names import Choice, Name
from .words import SEPARATOR, chosen, comparable, label_of

Choices = Sequence[Choice]

NOTHING: tuple[Any, ...] = (None, "", "-", [], {})
"""What others write where there is no answer."""

_EQUALS = " = "
_TRUE, _FALSE = ("true", "ya", "1"), ("false", "tidak", "2", "0")


class UnreadableError(ValueError):
    """A payload holds something at a place where it cannot be meant."""


def outward(name: Name, value: Any, choices: Choices) -> Any:
    """A stored value in BPS's shape; None where there is no answer, or no room for it."""
    if name.shape == "multi":
        return _multi_out(value, choices)
    if value in (None, "", []):
        return [] if name.shape in _LISTS else None
    return _OUT.get(name.shape, _same)(name, value, choices)


def inward(name: Name, given: Any, choices: Choices) -> Any:
    """The value that a payload means, as it is stored; None if there is none.

    Of the objects of ``multi`` and ``rows`` the keys that were read are taken off: what
    is left in them, nobody has read.

    :raises UnreadableError: there is something else than the shape allows
    """
    if given in NOTHING:
        return None
    return _IN.get(name.shape, _text)(name, given, choices)


def _same(_name: Name, value: Any, _choices: Choices) -> Any:
    return value


def _number_out(_name: Name, value: str, _choices: Choices) -> int | None:
    plain = value.isascii() and value.isdecimal() and len(value) < 16
    return int(value) if plain and str(int(value)) == value else None


def _choice_out(_name: Name, value: str, choices: Choices) -> str | None:
    return value if any(choice.value == value for choice in choices) else None


def _boolean_out(_name: Name, value: str, _choices: Choices) -> bool | None:
    return {"true": True, "false": False}.get(value)


def _label_out(_name: Name, value: str, choices: Choices) -> str:
    return label_of(choices, value)


def _multi_out(value: Sequence[str] | None, choices: Choices) -> dict[str, bool | None]:
    held = value or []
    return {choice.value: choice.value in held if held else None for choice in choices}


def _single_out(_name: Name, value: str, _choices: Choices) -> list[str]:
    return [value]


def _lines_out(_name: Name, value: str, _choices: Choices) -> list[str]:
    return value.split("\n")


def _domain_out(_name: Name, value: str, _choices: Choices) -> list[dict[str, str | None]]:
    parted = (line.partition(_EQUALS) for line in value.split("\n"))
    return [{"kode": code or None, "nilai": meaning or None} for code, _sign, meaning in parted]


def _rows_out(name: Name, value: Sequence[Any], _choices: Choices) -> list[dict[str, Any]]:
    columns = [column for column in name.columns if column.flat]
    return [
        {column.flat: outward(column, row.get(column.field), ()) for column in columns}
        for row in value
    ]


def _text(_name: Name, given: Any, _choices: Choices) -> str:
    if isinstance(given, bool):
        return "true" if given else "false"
    if isinstance(given, (int, float)):
        return str(int(given)) if float(given).is_integer() else str(given)
    if not isinstance(given, str):
        raise UnreadableError
    return given


def _choice_in(name: Name, given: Any, choices: Choices) -> str:
    text = _text(name, given, choices)
    return chosen(name, choices, text) or text


def _boolean_in(name: Name, given: Any, choices: Choices) -> str:
    text = _text(name, given, choices)
    word = comparable(text)
    plain = "true" if word in _TRUE else "false" if word in _FALSE else text
    return chosen(name, choices, text) or plain


def _multi_in(name: Name, given: Any, choices: Choices) -> list[str] | None:
    """The keys that are choices; the text of "others" is beside them."""
    if not isinstance(given, dict):
        raise UnreadableError
    held = [choice.value for choice in choices if choice.value in given]
    answers = {value: inward(_YES_NO, given.pop(value), ()) for value in held}
    return [value for value, answer in answers.items() if answer == "true"] or None


def _list(given: Any) -> list[Any]:
    return given if isinstance(given, list) else [given]


def _texts(name: Name, given: Any) -> list[str]:
    """The texts of a list; of an object in it its name."""
    found = (one.get("nama") if isinstance(one, dict) else one for one in _list(given))
    return [_text(name, one, ()) for one in found if one not in NOTHING]


def _dates_in(name: Name, given: Any, _choices: Choices) -> str | None:
    found = _texts(name, given)
    if len(found) > 1:
        raise UnreadableError
    return found[0] if found else None


def _one_in(name: Name, given: Any, _choices: Choices) -> str | None:
    return SEPARATOR.join(_texts(name, given)) or None


def _lines_in(name: Name, given: Any, _choices: Choices) -> str | None:
    return "\n".join(_texts(name, given)) or None


def _domain_in(name: Name, given: Any, _choices: Choices) -> str | None:
    lines = []
    for one in _list(given):
        row = one if isinstance(one, dict) else {"kode": one}
        parts = [inward(name_part, row.get(name_part.field), ()) for name_part in _DOMAIN]
        if any(parts):
            lines.append(_EQUALS.join(part for part in parts if part))
    return "\n".join(lines) or None


def _rows_in(name: Name, given: Any, _choices: Choices) -> list[dict[str, Any]] | None:
    rows = []
    for one in _list(given):
        row = one if isinstance(one, dict) else {name.columns[0].flat: one}
        values = {}
        for column in name.columns:
            place = next((key for key in (column.flat, *column.also) if key in row), None)
            value = inward(column, row.pop(place), ()) if place else None
            if value is not None:
                values[column.field] = value
        rows.append(values)
    return [row for row in rows if row] or None


_YES_NO = Name("", shape="boolean")
_DOMAIN = (Name("kode"), Name("nilai"))
_LISTS = ("dates", "one", "lines", "domain", "rows")

_OUT: dict[str, Callable[[Name, Any, Choices], Any]] = {
    "number": _number_out,
    "choice": _choice_out,
    "boolean": _boolean_out,
    "label": _label_out,
    "dates": _single_out,
    "one": _single_out,
    "lines": _lines_out,
    "domain": _domain_out,
    "rows": _rows_out,
}

_IN: dict[str, Callable[[Name, Any, Choices], Any]] = {
    "choice": _choice_in,
    "boolean": _boolean_in,
    "label": _choice_in,
    "multi": _multi_in,
    "dates": _dates_in,
    "one": _one_in,
    "lines": _lines_in,
    "domain": _domain_in,
    "rows": _rows_in,
}
