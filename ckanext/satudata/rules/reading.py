"""Reading of the values of a rule set; each fault is told with its place and how to mend it."""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence, Set
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from ..text import N_, is_storable

WHOLE = N_("rule set")
"""The place of a fault that is not at one key (msgid)."""

KNOWN, AT_LEAST, AT_MOST = N_("Known: {known}."), N_("At least {least}."), N_("At most {most}.")

MOST = 10**9
"""No count needs to be larger, and a database takes it."""

_PLACES = 6


class RuleSetError(ValueError):
    """A rule set is not usable: where, what is wrong, and how to mend it.

    ``what`` and ``mend`` are msgids with places for ``values``; ``str()`` is the English message.
    """

    def __init__(self, where: str, what: str, mend: str, **values: object) -> None:
        super().__init__(f"{where}: {what.format(**values)}. {mend.format(**values)}")
        self.where = where
        self.what = what
        self.mend = mend
        self.values = values


def mapping(
    where: str, value: Any, keys: Sequence[str], optional: Set[str] = frozenset()
) -> dict[str, Any]:
    """Return a mapping that has exactly these keys; ``optional`` ones may be missing."""
    if not isinstance(value, dict):
        raise RuleSetError(where, N_("is no list of keys and values"), KNOWN, known=", ".join(keys))
    for key in value:
        if key not in keys:
            near = difflib.get_close_matches(str(key), keys, 1)
            mend = N_("Did you mean {near!r}?") if near else KNOWN
            raise RuleSetError(
                where,
                N_("key {value!r} is unknown"),
                mend,
                value=key,
                near=near[0] if near else None,
                known=", ".join(keys),
            )
    for key in keys:
        if key not in value and key not in optional:
            raise RuleSetError(
                where,
                N_("key {value!r} is missing"),
                N_("Copy it from the default rule set."),
                value=key,
            )
    return value


def text(where: str, value: Any) -> str:
    """Return a text that is not empty."""
    if not isinstance(value, str) or not value.strip() or not is_storable(value):
        raise RuleSetError(where, N_("is empty or no text"), N_("Write a short text."))
    return value.strip()


def key(where: str, value: Any) -> str:
    """Return a key: small letters, digits and underscores."""
    found = text(where, value)
    if not re.fullmatch(r"[a-z][a-z0-9_]*", found):
        raise RuleSetError(
            where,
            N_("{value!r} is no key"),
            N_("Use small letters, digits and underscores."),
            value=found,
        )
    return found


def yes(where: str, value: Any) -> bool:
    """Return a truth value."""
    if value not in ("true", "false"):
        raise RuleSetError(
            where,
            N_("{value!r} is neither true nor false"),
            N_("Write one of them."),
            value=value,
        )
    return value == "true"


def day(where: str, value: Any) -> date | None:
    """Return a date; None where nothing is stated."""
    stated = nothing(value)
    try:
        return date.fromisoformat(stated) if stated else None
    except ValueError as error:
        raise RuleSetError(
            where,
            N_("{value!r} is no date"),
            N_("Write it as year-month-day: 2027-01-01."),
            value=stated,
        ) from error


def whole(where: str, value: Any, least: int, most: int = MOST) -> int:
    """Return a whole number from ``least`` to ``most``."""
    if not isinstance(value, str) or not value.isascii() or not value.isdigit():
        raise RuleSetError(
            where, N_("{value!r} is no whole number"), AT_LEAST, value=value, least=least
        )
    if len(value) > len(str(MOST)) or int(value) > most:
        raise RuleSetError(where, N_("is too large"), AT_MOST, most=most)
    if int(value) < least:
        raise RuleSetError(where, N_("{value} is too small"), AT_LEAST, value=value, least=least)
    return int(value)


def number(where: str, value: Any, most: Decimal) -> Decimal:
    """Return a number from 0 to ``most``."""
    try:
        found = Decimal(value)
    except (InvalidOperation, TypeError, ValueError):
        found = Decimal("NaN")
    if not found.is_finite() or not 0 <= found <= most:
        raise RuleSetError(
            where,
            N_("{value!r} is no number from 0 to {most}"),
            N_("Use a point for decimals."),
            value=value,
            most=most,
        )
    if found != round(found, _PLACES):
        raise RuleSetError(where, N_("has too many decimals"), AT_MOST, most=_PLACES)
    return found


def share(where: str, value: Any) -> Decimal:
    """Return a share from 0 to 1."""
    return number(where, value, Decimal(1))


def nothing(value: Any) -> str | None:
    """Return the text of an optional value; YAML's ways to say "nothing" give None."""
    return None if value in ("", "null", "~", None) else str(value).strip()
