"""Until when deliveries of a quarter count, and whether the quarter is frozen.

The room of the quarter keeps both; what the register decides about duties depends on them, so
its tables are read here by name.
"""

from __future__ import annotations

import datetime as dt

import ckan.model as model
import sqlalchemy as sa

from .. import config
from ..calendar.quarters import Quarter
from ..rules.ruleset import RuleSet, load_ruleset
from .workdays import work_calendar

_OPENED = sa.text("SELECT cutoff FROM satudata_quarter WHERE year = :year AND tw = :tw")

_SIGNED = sa.text(
    """
    SELECT source FROM satudata_ruleset
    WHERE state = 'signed' AND valid_from <= :day AND (valid_to IS NULL OR valid_to >= :day)
    ORDER BY valid_from DESC LIMIT 1
    """
)

_FINAL = sa.text("SELECT EXISTS (SELECT FROM satudata_final WHERE year = :year AND tw = :tw)")


def cutoff(quarter: Quarter) -> dt.date:
    """Last day on which deliveries of the quarter count: fixed once it is open, else foreseen."""
    fixed = model.Session.execute(_OPENED, vars(quarter)).scalar()
    return fixed or _rules(quarter).cutoff(quarter, work_calendar())


def judging(quarter: Quarter, day: dt.date) -> Quarter:
    """The quarter that judges a duty of ``quarter`` once its due day has moved to ``day``.

    It stays where that day is not after the cutoff; else it is the first later quarter with a
    cutoff that is.
    """
    while day > cutoff(quarter):
        quarter = quarter.next()
    return quarter


def is_final(quarter: Quarter) -> bool:
    """Whether the quarter has been frozen."""
    return bool(model.Session.execute(_FINAL, vars(quarter)).scalar())


def _rules(quarter: Quarter) -> RuleSet:
    source = model.Session.execute(_SIGNED, {"day": quarter.start}).scalar()
    path = config.ruleset_file()
    if source:
        return load_ruleset(source)
    return load_ruleset(path) if path else load_ruleset()
