"""Which quarter an action is asked about: its year and number, read alike by all of them."""

from __future__ import annotations

from typing import Any

from ckan.plugins import toolkit
from ckan.types import Schema, Validator

from ..calendar.quarters import Quarter
from ..text import whole_number


def read(year: Any, tw: Any) -> Quarter:
    """The quarter of a year and a number as a client sent them.

    :raises toolkit.Invalid: there is no such quarter
    """
    try:
        return Quarter.named(whole_number(year), whole_number(tw))
    except ValueError as error:
        raise toolkit.Invalid(
            toolkit._("There is no such quarter. Write a year like 2026 and a number from 1 to 4.")
        ) from error


def year_of(value: Any) -> int:
    """Validator of a year."""
    return read(value, 1).year


def tw_of(value: Any) -> int:
    """Validator of the number of a quarter."""
    return read(2000, value).tw


@toolkit.validator_args
def one_schema(not_missing: Validator) -> Schema:
    """``year`` and ``tw`` of one quarter."""
    return {"year": [not_missing, year_of], "tw": [not_missing, tw_of]}
