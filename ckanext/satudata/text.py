"""Text that people typed or read: normal forms, search patterns, messages."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from typing import Any

_NOT_WORD = re.compile(r"[^\w]+")
_WHOLE = re.compile(r"-?[0-9]{1,18}")
_UNSTORABLE = re.compile("[\0\ud800-\udfff]")


def normalise(name: str) -> str:
    """Comparable form of a name: case, spacing, punctuation and "&"/"dan" do not count.

    >>> normalise("Badan  Kesatuan Bangsa Dan Politik")
    'badan kesatuan bangsa dan politik'
    """
    plain = unicodedata.normalize("NFKC", name).casefold().replace("&", " dan ")
    return _NOT_WORD.sub(" ", plain).strip()


def is_storable(text: str) -> bool:
    """Whether a database and a page can take a text: without NUL and halves of characters."""
    return not _UNSTORABLE.search(text)


def like_words(text: str) -> list[str]:
    """One pattern for LIKE per word of a search; its wildcards are taken literally.

    What PostgreSQL takes in no text parts words.
    """
    literal = (
        _UNSTORABLE.sub(" ", text).replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_")
    )
    return [f"%{word}%" for word in literal.split()]


def whole_number(value: Any) -> int:
    """The whole number that a client sent: a number of JSON, or the digits 0 to 9 as text.

    ``int`` alone takes 1.5 for 1, true for 1, and digits of every script.

    :raises ValueError: it is none
    """
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, str) and _WHOLE.fullmatch(value.strip()):
        return int(value)
    raise ValueError(f"not a whole number: {value!r}")


def one_line(error_summary: Mapping[str, object]) -> str:
    """The faults of a ValidationError with their fields, as one line for reports and terminals."""
    return "; ".join(f"{field}: {fault}" for field, fault in error_summary.items())


def N_(message: str) -> str:  # noqa: N802 (gettext's name, which extraction looks for)
    """Mark an English msgid for extraction; it is translated where it is shown."""
    return message
