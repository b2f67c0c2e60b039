"""What a stored value of a dataset says, read so that PostgreSQL can read it alike.

Extras are flat texts; a list or rows are JSON in such a text, and another portal's may be
broken or of another shape. ``package_show`` gives ours as lists. All of it is read as the
text that is stored. :mod:`.completeness_sql` reads the same with the functions of the
database (migration 006), so nothing here depends on more than a JSON text and its blanks.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from ..text import is_storable

BLANKS = "".join(chr(code) for code in range(0x3001) if chr(code).isspace())
"""What ``str.strip`` takes for blank, spelled out for the database."""

_UPPER = {code: code + 32 for code in range(ord("A"), ord("Z") + 1)}
_MOST_DIGITS, _MOST_PLACES = 131_072, 16_383
"""PostgreSQL takes no number with more digits before or behind the point."""


def lower(text: str) -> str:
    """The text with A–Z made small, and nothing else changed: as in any database's locale C."""
    return text.translate(_UPPER)


def as_stored(value: object) -> str:
    """The text that is stored for a value; nothing is the empty text."""
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, default=str)


def texts_in(value: object, many: bool = False) -> list[str]:
    """The text of a value without blanks around it; of a list of texts (``many``) each.

    A list holds texts alone; anything else is one text as it stands.
    """
    text = as_stored(value).strip(BLANKS)
    if many and text.startswith("["):
        held = _read(text)
        if isinstance(held, list) and all(isinstance(one, str) for one in held):
            return [one.strip(BLANKS) for one in held]
    return [text]


def rows_in(value: object) -> list[dict[str, Any]]:
    """The rows of a composite: the objects of a JSON list; of anything else none."""
    text = as_stored(value).strip(BLANKS)
    held = _read(text) if text.startswith("[") else None
    rows = held if isinstance(held, list) else []
    return [row for row in rows if isinstance(row, dict)]


def _read(text: str) -> object:
    """The JSON of a text, None if PostgreSQL would not take it either."""
    try:
        held = json.loads(text, parse_int=_number, parse_float=_number, parse_constant=_refuse)
        if "\\u" in text and not all(
            map(is_storable, _texts(json.loads(text, object_pairs_hook=list)))
        ):
            return None
    except (ValueError, ArithmeticError, RecursionError):
        return None
    return held


def _number(text: str) -> Decimal:
    number = Decimal(text)
    if (number and number.adjusted() >= _MOST_DIGITS) or -number.as_tuple().exponent > _MOST_PLACES:
        raise ValueError(text)
    return number


def _refuse(constant: str) -> None:
    raise ValueError(constant)


def _texts(held: object) -> Iterator[str]:
    """All texts in a JSON value, keys and overwritten ones included (objects as pairs)."""
    if isinstance(held, str):
        yield held
    elif isinstance(held, (list, tuple)):
        for one in held:
            yield from _texts(one)
