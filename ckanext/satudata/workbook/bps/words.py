"""Choices as people and other programs write them: label, enum word, number on paper."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ...text import normalise
from .names import Choice, Name

SEPARATOR = "; "
_NUMBERED = re.compile(r"\s*\d+\s*[-–.:)]\s*(?=\D)")
_PARTS = re.compile(r"[;\n]")


def comparable(text: str) -> str:
    """A word so that spelling of case, blanks and signs does not count: SMA_SMK is SMA/SMK."""
    return normalise(text.replace("_", " "))


def chosen(name: Name, choices: Sequence[Choice], text: str) -> str | None:
    """The choice that a text means, None if none: "Survei", "SURVEI", "2" and "2-Survei" do."""
    bare = _NUMBERED.sub("", text, count=1)
    by_code = {str(choice.code): choice.value for choice in choices if choice.code}
    if text.strip() in by_code:
        return by_code[text.strip()]
    known = {comparable(other): value for other, value in name.spellings.items()}
    known |= {comparable(choice.label): choice.value for choice in choices}
    known |= {comparable(choice.value): choice.value for choice in choices}
    return known.get(comparable(text)) or known.get(comparable(bare))


def several(
    name: Name, choices: Sequence[Choice], text: str, parts: re.Pattern[str] = _PARTS
) -> list[str]:
    """The choices that a text means; what is none stays as it is written.

    One number is the sum of the codes on paper, each of which tells its choice.
    """
    if text.strip().isdecimal():
        return of_sum(choices, int(text)) or [text.strip()]
    words = [word.strip() for word in parts.split(text) if word.strip()]
    return list(dict.fromkeys(chosen(name, choices, word) or word for word in words))


def of_sum(choices: Sequence[Choice], total: int) -> list[str]:
    """The choices whose codes (1, 2, 4, 8 …) add up to the number; none if it tells no choice."""
    if total <= 0 or total > sum(choice.code or 0 for choice in choices):
        return []
    return [choice.value for choice in choices if choice.code and total & choice.code]


def code_of(choices: Sequence[Choice], values: Sequence[str]) -> int | None:
    """The number for the box: the code of the one chosen, the sum of several; None: no code."""
    codes = [choice.code for choice in choices if choice.code and choice.value in values]
    return sum(codes) or None


def label_of(choices: Sequence[Choice], value: str) -> str:
    """The label of a choice; a foreign value as it is."""
    return next((choice.label for choice in choices if choice.value == value), value)
