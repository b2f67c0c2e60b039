"""Reading of what an action was sent: all faults at once, each at its field."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from ckan.plugins import toolkit

from ..calendar import periods
from ..calendar.periods import Period
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

    @property
    def faults(self) -> dict[str, list[str]]:
        """What is wrong so far, by field."""
        return self._faults

    def fault(self, name: str, text: str) -> None:
        """Note what is wrong with a field."""
        self._faults.setdefault(name, []).append(text)

    def text(self, name: str, *, required: bool = False) -> str:
        """A text without blanks around it; empty where there is none."""
        value = self._data.get(name)
        if value is None:
            value = ""
        if not isinstance(value, str) or not is_storable(value):
            self.fault(name, _("Must be a text"))
            return ""
        value = value.strip()
        if len(value) > LONGEST:
            self.fault(name, _("At most {count} characters").format(count=LONGEST))
        if required and not value:
            self.fault(name, _("Must be filled in."))
        return value

    def day(self, name: str, *, required: bool = False) -> dt.date | None:
        """A date in ISO form; None where there is none."""
        value = self._data.get(name)
        if isinstance(value, dt.date):
            return value
        if value in (None, ""):
            if required:
                self.fault(name, _("Must be filled in."))
            return None
        try:
            return dt.date.fromisoformat(str(value).strip())
        except ValueError:
            self.fault(name, _("Write the date as 2026-12-31"))
            return None

    def period(self, name: str, *, required: bool = False) -> Period | None:
        """A data period by its code; None where there is none."""
        code = self.text(name, required=required)
        if not code:
            return None
        try:
            return periods.parse(code)
        except periods.PeriodError:
            fault = _("{text} is no data period: write for example 2025, 2026-Q1 or 2026-03.")
            self.fault(name, fault.format(text=code))
            return None

    def flag(self, name: str, default: bool = False, *, required: bool = False) -> bool:
        """Yes or no."""
        value = self._data.get(name)
        if value in (None, ""):
            if required:
                self.fault(name, _("Say yes or no."))
            return default
        try:
            return toolkit.asbool(value)
        except ValueError:
            self.fault(name, _("Must be yes or no"))
            return default

    def number(self, name: str, *, required: bool = False, most: int = 2**31 - 1) -> int | None:
        """A whole number from 0; None where there is none."""
        value = self._data.get(name)
        if value in (None, ""):
            if required:
                self.fault(name, _("Must be filled in."))
            return None
        try:
            found = whole_number(value)
        except ValueError:
            found = -1
        if not 0 <= found <= most:
            self.fault(name, _("Must be a whole number"))
            return None
        return found

    def ids(self, name: str) -> list[str]:
        """Ids: a list of texts, or one text; each once."""
        value = self._data.get(name) or []
        found = [value] if isinstance(value, str) else value
        if not isinstance(found, list) or not all(
            isinstance(one, str) and is_storable(one) for one in found
        ):
            self.fault(name, _("Give a list of ids"))
            return []
        return list(dict.fromkeys(one for one in found if one))

    def dicts(self, name: str) -> list[Mapping[str, Any]]:
        """A list of dictionaries."""
        value = self._data.get(name) or []
        if not isinstance(value, list) or not all(isinstance(one, Mapping) for one in value):
            self.fault(name, _("Give a list"))
            return []
        return value
