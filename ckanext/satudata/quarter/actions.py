"""The compliance report as actions. They read; jobs compute."""

from __future__ import annotations

from typing import Any

from ckan.logic import validate
from ckan.plugins import toolkit
from ckan.types import Context, DataDict, Schema, Validator, ValidatorFactory

from ..calendar.quarters import Quarter
from ..opd import queries
from . import report, shapes
from .review_actions import (
    satudata_delivery_accept,
    satudata_delivery_approve,
    satudata_delivery_list,
    satudata_delivery_received,
    satudata_delivery_return,
    satudata_delivery_show,
    satudata_objection_answer,
    satudata_objection_create,
    satudata_objection_list,
    satudata_received_confirm,
)
from .ruleset_actions import (
    satudata_ruleset_create,
    satudata_ruleset_delete,
    satudata_ruleset_list,
    satudata_ruleset_show,
    satudata_ruleset_sign,
)
from .state_actions import (
    satudata_quarter_cutoff,
    satudata_quarter_finalise,
    satudata_quarter_list,
    satudata_quarter_objections,
    satudata_quarter_open,
    satudata_quarter_provisional,
    satudata_quarter_revise,
    satudata_quarter_show,
    satudata_quarter_verify,
)

__all__ = [
    "satudata_delivery_accept",
    "satudata_delivery_approve",
    "satudata_delivery_list",
    "satudata_delivery_received",
    "satudata_delivery_return",
    "satudata_delivery_show",
    "satudata_objection_answer",
    "satudata_objection_create",
    "satudata_objection_list",
    "satudata_obligation_list",
    "satudata_quarter_cutoff",
    "satudata_quarter_finalise",
    "satudata_quarter_list",
    "satudata_quarter_objections",
    "satudata_quarter_open",
    "satudata_quarter_provisional",
    "satudata_quarter_revise",
    "satudata_quarter_show",
    "satudata_quarter_verify",
    "satudata_received_confirm",
    "satudata_report_rows",
    "satudata_report_show",
    "satudata_ruleset_create",
    "satudata_ruleset_delete",
    "satudata_ruleset_list",
    "satudata_ruleset_show",
    "satudata_ruleset_sign",
]


def _quarter(year: Any, tw: Any) -> Quarter:
    try:
        return Quarter(int(year), int(tw))
    except (TypeError, ValueError) as error:
        raise toolkit.Invalid(toolkit._("There is no such quarter.")) from error


def _year(value: Any) -> int:
    return _quarter(value, 1).year


def _tw(value: Any) -> int:
    return _quarter(2000, value).tw


@toolkit.validator_args
def quarter_schema(
    not_missing: Validator, one_of: ValidatorFactory, default: ValidatorFactory
) -> Schema:
    """``year``, ``tw`` and ``span`` of all that speaks of one quarter."""
    return {
        "year": [not_missing, _year],
        "tw": [not_missing, _tw],
        "span": [default(shapes.SPANS[0]), one_of(shapes.SPANS)],
    }


@toolkit.validator_args
def _rows_schema(
    ignore_missing: Validator,
    unicode_safe: Validator,
    boolean_validator: Validator,
    default: ValidatorFactory,
    is_positive_integer: Validator,
) -> Schema:
    return {
        **quarter_schema(),
        "org": [ignore_missing, unicode_safe],
        "status": [ignore_missing, unicode_safe],
        "kind": [ignore_missing, unicode_safe],
        "priority": [ignore_missing, boolean_validator],
        "q": [ignore_missing, unicode_safe],
        "page": [default(1), is_positive_integer],
        "page_size": [ignore_missing, is_positive_integer],
    }


@toolkit.validator_args
def _obligation_schema(not_empty: Validator, unicode_safe: Validator) -> Schema:
    return {"org_id": [not_empty, unicode_safe]}


@toolkit.side_effect_free
@validate(quarter_schema)
def satudata_report_show(context: Context, data_dict: DataDict) -> shapes.Summary:
    """Totals and figures per organisation of one quarter.

    :param year: year of the quarter
    :param tw: 1 to 4
    :param span: ``cumulative`` (s.d. TW n, the default) or ``quarter``
    :returns: see :class:`.shapes.Summary`
    """
    toolkit.check_access("satudata_report_show", context, data_dict)
    return report.summary(
        data_dict["year"], data_dict["tw"], data_dict["span"], context.get("user")
    )


@toolkit.side_effect_free
@validate(_rows_schema)
def satudata_report_rows(context: Context, data_dict: DataDict) -> shapes.Rows:
    """The duties of one quarter, each with status, score and reason.

    Takes ``year``, ``tw``, ``span`` and the filters of :class:`.shapes.Filters`.

    :param org: id or name of an organisation; its units are meant too
    :param page: from 1
    :param page_size: rows of a page; without it all rows
    :returns: see :class:`.shapes.Rows`
    """
    toolkit.check_access("satudata_report_rows", context, data_dict)
    filters: dict[str, Any] = {
        name: data_dict[name] for name in report.FILTERS if data_dict.get(name)
    }
    if "org" in filters:
        filters["org"] = queries.resolve(filters["org"]) or filters["org"]
    return report.rows(
        data_dict["year"],
        data_dict["tw"],
        data_dict["span"],
        filters,  # type: ignore[arg-type]
        context.get("user"),
        data_dict["page"],
        data_dict.get("page_size"),
    )


@toolkit.side_effect_free
@validate(_obligation_schema)
def satudata_obligation_list(context: Context, data_dict: DataDict) -> shapes.Rows:
    """What one OPD with the units it answers for owes now, and what to do.

    :param org_id: id or name of the organisation
    :returns: see :class:`.shapes.Rows`
    """
    org_id = queries.resolve(data_dict["org_id"])
    if org_id is None:
        raise toolkit.ObjectNotFound(toolkit._("Organization not found."))
    toolkit.check_access("satudata_obligation_list", context, {"org_id": org_id})
    return report.obligations(org_id, context.get("user"))
