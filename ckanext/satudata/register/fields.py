"""Reading of what an action was sent: all faults at once, each at its field."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from ckan.plugins import toolkit

from ..text import is_storable, whole_number

_ = toolkit._

LONGEST = 4000
"""Characters of a text that a person writes."""


class Fields:
    """Reads one value after the other; :meth:`check` then tells everything that is wrong."""

    def __init__(self, data: Mapping[str, Any]) -> None:
        self._data = data
        self._faults: dict[str, list[str]] = {}

    def check(self) -> None:
        """Raise what is wrong.

        :raises toolkit.ValidationError: by field
        """
        if self._faults:
            raise toolkit.ValidationError(self._faults)

    def _fault(self, name: str, text: str) -> None:
        self._faults.setdefault(name, []).append(text)

    def text(self, name: str, *, required: bool = False) -> str:
        """A text without blanks around it; empty where there is none."""
        value = self._data.get(name)
        if value is None:
            value = ""
        if not isinstance(value, str) or not is_storable(value):
            self._fault(name, _("Must be a text"))
            return ""
        value = value.strip()
        if len(value) > LONGEST:
            self._fault(name, _("At most {count} characters").format(count=LONGEST))
        if required and not value:
            self._fault(name, _("Must be filled in."))
        return value

    def day(self, name: str, *, required: bool = False) -> dt.date | None:
        """A date in ISO form; None where there is none."""
        value = self._data.get(name)
        if isinstance(value, dt.date):
            return value
        if value in (None, ""):
            if required:
                self._fault(name, _("Must be filled in."))
            return None
        try:
            return dt.date.fromisoformat(str(value).strip())
        except ValueError:
            self._fault(name, _("Write the date as 2026-12-31"))
            return None

    def flag(self, name: str, default: bool = False, *, required: bool = False) -> bool:
        """Yes or no."""
        value = self._data.get(name)
        if value in (None, ""):
            if required:
                self._fault(name, _("Say yes or no."))
            return default
        try:
            return toolkit.asbool(value)
        except ValueError:
            self._fault(name, _("Must be yes or no"))
            return default

    def number(self, name: str, *, required: bool = False, most: int = 2**31 - 1) -> int | None:
        """A whole number from 0; None where there is none."""
        value = self._data.get(name)
        if value in (None, ""):
            if required:
                self._fault(name, _("Must be filled in."))
            return None
        try:
            found = whole_number(value)
        except ValueError:
            found = -1
        if not 0 <= found <= most:
            self._fault(name, _("Must be a whole number"))
            return None
        return found

    def ids(self, name: str) -> list[str]:
        """Ids: a list of texts, or one text; each once."""
        value = self._data.get(name) or []
        found = [value] if isinstance(value, str) else value
        if not isinstance(found, list) or not all(
            isinstance(one, str) and is_storable(one) for one in found
        ):
            self._fault(name, _("Give a list of ids"))
            return []
        return list(dict.fromkeys(one for one in found if one))

    def dicts(self, name: str) -> list[Mapping[str, Any]]:
        """A list of dictionaries."""
        value = self._data.get(name) or []
        if not isinstance(value, list) or not all(isinstance(one, Mapping) for one in value):
            self._fault(name, _("Give a list"))
            return []
        return value
