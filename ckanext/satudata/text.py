"""Normal forms of names, shared by all that compare what people typed."""

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
