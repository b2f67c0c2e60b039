"""The compliance report as actions. They read; jobs compute."""

from __future__ import annotations

from typing import Any

import ckan.model as model
from ckan.logic import validate
from ckan.plugins import toolkit
from ckan.types import Context, DataDict, Schema, Validator, ValidatorFactory

from ..calendar.quarters import Quarter
from ..judging import asked
from ..opd import queries
from ..text import is_storable, whole_number
from . import arrears, duty, export_runs, exports, report, shapes, years
from .model import ExportRun

__all__ = [
    "satudata_arrears_list",
    "satudata_export_create",
    "satudata_export_show",
    "satudata_obligation_list",
    "satudata_obligation_show",
    "satudata_report_rows",
    "satudata_report_show",
    "satudata_trend_show",
    "satudata_year_show",
]

_MOST_ROWS = 10**9


def _code(value: Any) -> Quarter:
    try:
        return Quarter.parse(str(value))
    except ValueError as error:
        message = toolkit._("Write a quarter like 2026-TW1.")
        raise toolkit.Invalid(message) from error


@toolkit.validator_args
def quarter_schema(
    not_missing: Validator, one_of: ValidatorFactory, default: ValidatorFactory
) -> Schema:
    """``year``, ``tw`` and ``span`` of all that speaks of one quarter."""
    return {
        "year": [not_missing, asked.year_of],
        "tw": [not_missing, asked.tw_of],
        "span": [default(shapes.SPANS[0]), one_of(list(shapes.SPANS))],
    }


@toolkit.validator_args
def _show_schema(ignore_missing: Validator) -> Schema:
    return {**quarter_schema(), "revision": [ignore_missing, _revision]}


@toolkit.validator_args
def _summary_schema(ignore_missing: Validator, unicode_safe: Validator) -> Schema:
    return {
        **_show_schema(),
        "org": [ignore_missing, unicode_safe],
        "depth": [ignore_missing, _counting],
    }


@toolkit.validator_args
def _filter_schema(
    ignore_missing: Validator, unicode_safe: Validator, boolean_validator: Validator
) -> Schema:
    return {
        **_show_schema(),
        "org": [ignore_missing, unicode_safe],
        "status": [ignore_missing, unicode_safe],
        "kind": [ignore_missing, unicode_safe],
        "priority": [ignore_missing, boolean_validator],
        "q": [ignore_missing, unicode_safe],
    }


def _whole(value: Any, least: int) -> int:
    """A whole number; beyond what a database can count rows in there is nothing to find."""
    try:
        number = whole_number(value)
    except ValueError:
        number = least - 1
    if number < least:
        raise toolkit.Invalid(toolkit._("Must be a whole number"))
    return min(number, _MOST_ROWS)


def _counting(value: Any) -> int:
    """A number of rows or pages, from 1."""
    return _whole(value, 1)


def _revision(value: Any) -> int | None:
    """The number of a frozen record: 0 is the first, an empty field asks for none."""
    return None if value == "" else _whole(value, 0)


@toolkit.validator_args
def _page_schema(ignore_missing: Validator, default: ValidatorFactory) -> Schema:
    return {"page": [default(1), _counting], "page_size": [ignore_missing, _counting]}


def _rows_schema() -> Schema:
    return {**_filter_schema(), **_page_schema()}


@toolkit.validator_args
def _obligations_schema(not_empty: Validator, unicode_safe: Validator) -> Schema:
    return {"org_id": [not_empty, unicode_safe]}


@toolkit.validator_args
def _obligation_schema(
    not_empty: Validator,
    unicode_safe: Validator,
    ignore_missing: Validator,
) -> Schema:
    return {
        "id": [not_empty, unicode_safe],
        "quarter": [ignore_missing, _code],
        "revision": [ignore_missing, _revision],
    }


@toolkit.validator_args
def _arrears_schema(
    ignore_missing: Validator,
    unicode_safe: Validator,
    boolean_validator: Validator,
    one_of: ValidatorFactory,
) -> Schema:
    return {
        **_page_schema(),
        "org": [ignore_missing, unicode_safe],
        "q": [ignore_missing, unicode_safe],
        "priority": [ignore_missing, boolean_validator],
        "state": [ignore_missing, one_of(list(arrears.STATES))],
        "quarter": [ignore_missing, _code],
    }


@toolkit.validator_args
def _year_schema(not_missing: Validator) -> Schema:
    return {"year": [not_missing, asked.year_of]}


@toolkit.validator_args
def _trend_schema(
    not_empty: Validator,
    unicode_safe: Validator,
    one_of: ValidatorFactory,
    default: ValidatorFactory,
    ignore_missing: Validator,
) -> Schema:
    return {
        "org_id": [not_empty, unicode_safe],
        "span": [default("quarter"), one_of(list(shapes.SPANS))],
        "from": [ignore_missing, _code],
        "to": [ignore_missing, _code],
    }


@toolkit.validator_args
def _export_schema(one_of: ValidatorFactory, default: ValidatorFactory) -> Schema:
    return {**_filter_schema(), "format": [default("csv"), one_of(list(exports.FORMATS))]}


@toolkit.validator_args
def _id_schema(not_empty: Validator, unicode_safe: Validator) -> Schema:
    return {"id": [not_empty, unicode_safe]}


def filters(data_dict: DataDict) -> shapes.Filters:
    """The filters among what an action was asked; an organisation by its id."""
    found: dict[str, Any] = {
        name: data_dict[name] for name in report.FILTERS if data_dict.get(name)
    }
    faults = {
        name: [toolkit._("Must be a text")]
        for name, text in found.items()
        if isinstance(text, str) and not is_storable(text)
    }
    if faults:
        raise toolkit.ValidationError(faults)
    if "org" in found:
        found["org"] = queries.resolve(found["org"]) or found["org"]
    return found  # type: ignore[return-value]


@toolkit.side_effect_free
@validate(_summary_schema)
def satudata_report_show(context: Context, data_dict: DataDict) -> shapes.Summary:
    """Totals and figures per organisation of one quarter.

    A final quarter is answered from its frozen record, with the names of that day.

    :param year: year of the quarter
    :param tw: 1 to 4
    :param span: ``cumulative`` (s.d. TW n, the default) or ``quarter``
    :param revision: an earlier frozen record (0: the first); else the one in force
    :param org: id or name of an organisation: of the organisations only it and its units
    :param depth: of the organisations only so many levels of the tree (1: the highest); all
    :returns: see :class:`.shapes.Summary`; the totals are of all organisations
    :raises ObjectNotFound: there is no such revision

    Example: ``{"year": 2026, "tw": 1}`` → ``{"year": 2026, "tw": 1, "span": "cumulative",
    "state": "final", "revision": 0, "sha256": "9f2c…", "totals": {"due": 412, "delivered": 377,
    "total": 81.25, …}, "organizations": [{"name": "dinas-kesehatan", "units": {…}, …}], …}``
    """
    toolkit.check_access("satudata_report_show", context, data_dict)
    return report.summary(
        data_dict["year"],
        data_dict["tw"],
        data_dict["span"],
        context.get("user"),
        data_dict.get("revision"),
        filters(data_dict).get("org"),
        data_dict.get("depth"),
    )


@toolkit.side_effect_free
@validate(_rows_schema)
def satudata_report_rows(context: Context, data_dict: DataDict) -> shapes.Rows:
    """The duties of one quarter, each with status, score and reason.

    Takes ``year``, ``tw``, ``span`` and the filters of :class:`.shapes.Filters`.

    :param org: id or name of an organisation; its units are meant too
    :param revision: an earlier frozen record (0: the first); else the one in force
    :param page: from 1
    :param page_size: rows of a page; without it all rows
    :returns: see :class:`.shapes.Rows`
    :raises ObjectNotFound: there is no such revision

    Example: ``{"year": 2026, "tw": 1, "status": "terlambat", "page_size": 1}`` →
    ``{"rows": [{"item_name": "Jumlah dokter", "period": "2025", "status": "terlambat",
    "s": 82.14, "reason": "Delivered late: …", …}], "total": 31, "page": 1, "page_size": 1}``
    """
    toolkit.check_access("satudata_report_rows", context, data_dict)
    return report.rows(
        data_dict["year"],
        data_dict["tw"],
        data_dict["span"],
        filters(data_dict),
        context.get("user"),
        data_dict["page"],
        data_dict.get("page_size"),
        data_dict.get("revision"),
    )


@toolkit.side_effect_free
@validate(_obligations_schema)
def satudata_obligation_list(context: Context, data_dict: DataDict) -> shapes.Rows:
    """What one OPD with the units it answers for owes now, and what to do.

    :param org_id: id or name of the organisation
    :returns: see :class:`.shapes.Rows`

    Example: ``{"org_id": "dinas-kesehatan"}`` → ``{"rows": [{"status": "tidak_menyampaikan",
    "gain": 75.0, "advice": ["Deliver the data of this period as a table, …"], …}], …}``
    """
    org_id = _org(data_dict["org_id"])
    toolkit.check_access("satudata_obligation_list", context, {"org_id": org_id})
    return report.obligations(org_id, context.get("user"))


def _org(reference: str) -> str:
    org_id = queries.resolve(reference)
    if org_id is None:
        raise toolkit.ObjectNotFound(toolkit._("Organization not found."))
    return org_id


@toolkit.side_effect_free
@validate(_obligation_schema)
def satudata_obligation_show(context: Context, data_dict: DataDict) -> duty.Duty:
    """One obligation with its whole history, and why it has its score.

    :param id: id of the obligation
    :param quarter: whose result is explained, like ``2026-TW1``; else the newest that has begun
    :param revision: of a final quarter an earlier record (0: the first)
    :returns: see :class:`.duty.Duty`: ``parts`` D, T, M, K, Q with points and a sentence,
        ``results`` of all quarters, ``events`` with receipts and checks, ``decisions`` in words
    :raises ObjectNotFound: no such obligation or revision

    Example: ``{"id": "5c1b…"}`` → ``{"row": {"status": "terlambat", "s": 82.14, …}, "parts":
    [{"part": "T", "share": 0.29, "most": 25.0, "points": 7.14, "sentence": "Due on …"}, …], …}``
    """
    toolkit.check_access("satudata_obligation_show", context, {"id": data_dict["id"]})
    known = duty.obligation(data_dict["id"]) if is_storable(data_dict["id"]) else None
    if known is None:
        raise toolkit.ObjectNotFound(toolkit._("There is no such obligation."))
    return duty.show(
        known, context.get("user"), data_dict.get("quarter"), data_dict.get("revision")
    )


@toolkit.side_effect_free
@validate(_arrears_schema)
def satudata_arrears_list(context: Context, data_dict: DataDict) -> arrears.Arrears:
    """Tunggakan: duties not delivered by the cutoff of their quarter, and when they were paid off.

    :param org: id or name of an organisation; its units are meant too
    :param state: ``open``, ``paid`` or ``exempted``; else all
    :param quarter: only duties of this quarter, like ``2026-TW1``
    :param priority: only data prioritas
    :param q: words in the item's or the organisation's name
    :param page: from 1
    :param page_size: rows of a page; without it all rows
    :returns: see :class:`.arrears.Arrears`

    Example: ``{"state": "paid"}`` → ``{"rows": [{"item_name": "Jumlah bidan", "due":
    "2026-03-31", "state": "paid", "paid_on": "2026-05-04", …}], "total": 1, "counts": {"open": 7,
    "paid": 1, "exempted": 0}, …}``
    """
    toolkit.check_access("satudata_arrears_list", context, data_dict)
    return arrears.listed(
        context.get("user"),
        filters(data_dict),
        data_dict.get("state"),
        data_dict["page"],
        data_dict.get("page_size"),
        data_dict.get("quarter"),
    )


@toolkit.side_effect_free
@validate(_year_schema)
def satudata_year_show(context: Context, data_dict: DataDict) -> years.Year:
    """The four quarters of a year and its result so far, per organisation with its units.

    :param year: calendar year
    :returns: see :class:`.years.Year`; ``comparable`` is false where its quarters are judged by
        different rule sets

    Example: ``{"year": 2026}`` → ``{"upto": 2, "comparable": true, "organizations": [{"name":
    "dinas-kesehatan", "quarters": {"1": {"total": 81.25, …}}, "result": {…}}], "months":
    [{"month": 1, "duties": 9, "due": 9, "delivered": 8, "late": 1}, …], …}``
    """
    toolkit.check_access("satudata_year_show", context, data_dict)
    return years.year(data_dict["year"], context.get("user"))


@toolkit.side_effect_free
@validate(_trend_schema)
def satudata_trend_show(context: Context, data_dict: DataDict) -> years.Trend:
    """The results of one organisation with its units over all quarters that have begun.

    :param org_id: id or name of the organisation
    :param span: ``quarter`` (each alone, the default) or ``cumulative``
    :param from: with ``to``: two quarters to compare, like ``2025-TW1``
    :returns: see :class:`.years.Trend`; a point judged by another rule set than the one before
        has ``comparable`` false and no ``change``
    :raises ValidationError: the two quarters are judged by different rule sets ("tidak
        sebanding"), or one of them has no result

    Example: ``{"org_id": "dinas-kesehatan"}`` → ``{"points": [{"year": 2026, "tw": 1, "figures":
    {"total": 81.25, …}, "comparable": true, "change": null, "final": true, …}], …}``
    """
    org_id = _org(data_dict["org_id"])
    toolkit.check_access("satudata_trend_show", context, {"org_id": org_id})
    first, second = data_dict.get("from"), data_dict.get("to")
    if bool(first) != bool(second):
        missing = "to" if first else "from"
        raise toolkit.ValidationError({missing: [toolkit._("Name two quarters to compare.")]})
    compare = (first, second) if first and second else None
    return years.trend(org_id, data_dict["span"], compare)


@validate(_export_schema)
def satudata_export_create(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Ask for the rows of the report as a file; a job makes it, and it waits for a day.

    Takes ``year``, ``tw``, ``span``, ``revision`` and the filters of ``satudata_report_rows``.

    :param format: ``csv`` (the default), ``xlsx``, ``json`` or ``pdf``
    :returns: as ``satudata_export_show``
    :raises ObjectNotFound: there is no such revision
    :raises ValidationError: a PDF would be too long, or the queue is down

    Example: ``{"year": 2026, "tw": 1, "format": "xlsx"}`` → ``{"id": "0f3a…", "state": "queued",
    "done": 0, "total": 41210, "filename": "kepatuhan-2026-TW1-cumulative.xlsx", …}``
    """
    toolkit.check_access("satudata_export_create", context, data_dict)
    user = model.User.get(context.get("user"))
    if user is None:
        raise toolkit.NotAuthorized()
    wanted = exports.Wanted(
        data_dict["year"],
        data_dict["tw"],
        data_dict["span"],
        filters(data_dict),
        data_dict.get("revision"),
    )
    return _export(export_runs.create(wanted, data_dict["format"], user))


@toolkit.side_effect_free
@validate(_id_schema)
def satudata_export_show(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """How far a long export is.

    :param id: id of the export
    :returns: ``state`` (``queued``, ``running``, ``done`` or ``failed``), ``done`` of ``total``
        rows, ``filename``, ``url`` of the file once it is done, ``filters``, ``created``,
        ``finished``
    :raises ObjectNotFound: no such export, or it was longer ago than a day

    Example: ``{"id": "0f3a…"}`` → ``{"state": "done", "done": 41210, "total": 41210, "url":
    "https://…/satudata/ekspor/0f3a…/kepatuhan-2026-TW1-cumulative.xlsx", …}``
    """
    toolkit.check_access("satudata_export_show", context, data_dict)
    run = export_runs.get(data_dict["id"]) if is_storable(data_dict["id"]) else None
    if run is None:
        raise toolkit.ObjectNotFound(toolkit._("There is no such export, or its day is over."))
    return _export(run)


def _export(run: ExportRun) -> dict[str, Any]:
    names = ("id", "filters", "filename", "done", "total", "created", "finished")
    url = None
    if run.state == "done":
        url = toolkit.url_for(
            "satudata_report.export_file", id=run.id, filename=run.filename, _external=True
        )
    told = {"state": export_runs.state_of(run), "format": run.extension, "url": url}
    return {name: getattr(run, name) for name in names} | told
