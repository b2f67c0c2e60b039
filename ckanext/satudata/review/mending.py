"""Until when what was returned may be mended, by the rules of the quarter that judges it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from typing import Any

from .. import clock
from ..calendar.quarters import Quarter
from ..delivery import review_queries, reviews
from ..judging import evaluation, live, rulesets
from ..quarter import standing
from ..register.workdays import work_calendar
from ..rules.ruleset import RuleSet


class Rules:
    """Rule sets and cutoffs of quarters, each read once."""

    def __init__(self) -> None:
        self._rules: dict[Quarter, RuleSet] = {}
        self._cutoffs: dict[Quarter, dt.date] = {}

    def of(self, quarter: Quarter) -> RuleSet:
        if quarter not in self._rules:
            self._rules[quarter] = rulesets.of(quarter)
        return self._rules[quarter]

    def cutoff(self, quarter: Quarter) -> dt.date:
        if quarter not in self._cutoffs:
            self._cutoffs[quarter] = evaluation.cutoff(quarter, self.of(quarter))
        return self._cutoffs[quarter]

    def every(self, asked: tuple[int, int] | None) -> list[int]:
        """Quarters in which every delivery waits for review, as numbers (year · 10 + tw)."""
        opened = {one.quarter for one in standing.listed() if one.state != standing.FINAL}
        concerned = {Quarter(*asked)} if asked else opened | {live.current_quarter()}
        return [one.year * 10 + one.tw for one in concerned if self.of(one).review_every_delivery]

    def mend_until(self, returned: dt.datetime, quarter: Quarter) -> dt.date:
        """The last day to mend what was returned for a duty of this quarter."""
        return reviews.mend_until(
            returned, self.cutoff(quarter), work_calendar(), self.of(quarter).mend_days
        )


def mend_days(rows: Collection[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Of these rows of the report those that were returned: why, and until when to mend.

    :returns: by id of the duty ``reason``, ``fault``, ``at``, ``actor_name``, ``until`` (day) and
        ``days``, the working days left with today; 0 once they are over
    """
    owed = {row["obligation_id"]: Quarter(row["due_year"], row["due_tw"]) for row in rows}
    rules, calendar, today = Rules(), work_calendar(), clock.today()
    found = {}
    for duty, returned in review_queries.returns(owed).items():
        until = rules.mend_until(returned.at, owed[duty])
        over = today > until
        days = 0 if over else calendar.workdays_late(today, until) + calendar.is_workday(today)
        found[duty] = {**returned._asdict(), "until": until, "days": days}
    return found
