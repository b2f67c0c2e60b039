"""The words of a row: why it has its status, what is still to gain and how."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from ckan.plugins import toolkit

from .. import clock
from ..calendar.quarters import Quarter
from ..delivery import checks
from ..judging import evaluation, rulesets
from ..metadata import form
from ..metadata import schema as metadata_schema
from ..register.workdays import work_calendar
from ..rules import explain
from ..rules.ruleset import RuleSet
from .shapes import Row


class Telling:
    """Adds to rows what is told in words; keeps what many rows share."""

    def __init__(self) -> None:
        self.today = clock.today()
        self.calendar = work_calendar()
        self._rules: dict[Quarter, RuleSet] = {}
        self._cutoffs: dict[Quarter, dt.date] = {}
        self._late: dict[dt.date, int] = {}

    def row(self, stored: dict[str, Any]) -> Row:
        """The row as the report shows it, without what the reader may not see."""
        rules = self.rules(Quarter(stored["year"], stored["tw"]))
        cutoff = self.cutoff(Quarter(stored["due_year"], stored["due_tw"]))
        missing, failures = stored.pop("missing") or [], stored.pop("failures") or []
        names = {name: stored[name] for name in ("status", "due", "days_late", "d", "m", "k", "q")}
        facts = explain.ResultRow(cutoff=cutoff, **names)
        gains = []
        if not self._over(stored):
            gains = explain.gains(facts, rules, self._late_now(stored, rules))
        row = {
            **stored,
            "cutoff": cutoff,
            "reason": self._reason(facts, stored["flags"], failures, rules),
            "gain": sum((gain.points for gain in gains), Decimal(0)) or None,
            "advice": [_advice(gain, missing, failures) for gain in gains],
        }
        if row["private"]:
            row |= dict.fromkeys(("package_id", "package_name", "package_title", "resource_id"))
        return row  # type: ignore[return-value]

    def cutoff(self, quarter: Quarter) -> dt.date:
        """The last day on which deliveries of the quarter count."""
        if quarter not in self._cutoffs:
            self._cutoffs[quarter] = evaluation.cutoff(quarter)
        return self._cutoffs[quarter]

    def _over(self, stored: dict[str, Any]) -> bool:
        """Whether the evaluation shown is over, so that nothing can be gained in it."""
        if stored["final_id"] is not None or stored["due_year"] < stored["year"]:
            return True
        return self.today > self.cutoff(Quarter(stored["year"], stored["tw"]))

    def rules(self, quarter: Quarter) -> RuleSet:
        """The rule set that judges the quarter."""
        if quarter not in self._rules:
            self._rules[quarter] = rulesets.of(quarter)
        return self._rules[quarter]

    def _late_now(self, stored: dict[str, Any], rules: RuleSet) -> int:
        window, due = rules.late_window_days, stored["due_counted"]
        if self.today > self.cutoff(Quarter(stored["due_year"], stored["due_tw"])):
            return window
        if due not in self._late:
            self._late[due] = self.calendar.workdays_late(due, self.today)
        return self._late[due]

    def _reason(
        self,
        facts: explain.ResultRow,
        flags: list[str],
        failures: list[dict[str, Any]],
        rules: RuleSet,
    ) -> str:
        if facts.status == "belum_memenuhi_syarat":
            if "unreadable" in flags and failures:
                return checks.label(failures[0]["reason"])
            if "without_rows" in flags:
                return checks.label("rows_present")
        if "before_period" in flags:
            return toolkit._(
                "The file was uploaded before its data period began and has not changed since."
            )
        sentence = explain.explain(facts, rules)
        return toolkit._(sentence.msgid).format(**{k: _word(v) for k, v in sentence.params.items()})


def _word(value: Any) -> Any:
    if isinstance(value, dt.date):
        return toolkit.h.satudata_date(value)
    return toolkit._(value) if isinstance(value, str) else value


def _advice(gain: explain.Gain, missing: list[str], failures: list[dict[str, Any]]) -> str:
    """What to do, with the names of the empty fields or the failed checks."""
    words = [toolkit._(gain.what)]
    if gain.part == "M" and missing:
        words.append(", ".join(field_label(name) for name in missing) + ".")
    if gain.part == "Q":
        words += [checks.label(str(failure["check"])) for failure in failures]
    return " ".join(words)


def field_label(path: str) -> str:
    """Name of a metadata field in the reader's language."""
    schema = metadata_schema.dataset_schema()
    return form.path_label(path, schema) if schema else path
