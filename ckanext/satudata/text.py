"""Normal forms of names that people typed, and the mark of a message to translate."""

from __future__ import annotations

import re
import unicodedata

_NOT_WORD = re.compile(r"[^\w]+")


def normalise(name: str) -> str:
    """Comparable form of a name: case, spacing, punctuation and "&"/"dan" do not count.

    >>> normalise("Badan  Kesatuan Bangsa Dan Politik")
    'badan kesatuan bangsa dan politik'
    """
    plain = unicodedata.normalize("NFKC", name).casefold().replace("&", " dan ")
    return _NOT_WORD.sub(" ", plain).strip()


def N_(message: str) -> str:  # noqa: N802 (gettext's name, which extraction looks for)
    """Mark an English msgid for extraction; it is translated where it is shown."""
    return message
