"""Template helpers that belong to no room: dates, numbers, the example notice."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from functools import lru_cache
from typing import Any, NamedTuple
from urllib.parse import quote, urlencode

from ckan.plugins import toolkit
from flask import has_request_context, request
from markupsafe import Markup

from . import config, pages
from .calendar import formats, localtime

__all__ = [
    "satudata_date",
    "satudata_datetime",
    "satudata_example_notice",
    "satudata_lang",
    "satudata_may",
    "satudata_number",
    "satudata_percent",
    "satudata_printed_rows",
    "satudata_url_of",
    "satudata_url_with",
    "satudata_url_with_each",
    "satudata_way_back",
]

_ZONE_NAMES = {name: short for short, name in localtime.ALIASES.items()}


def satudata_lang() -> str:
    """Language code of the page; the portal's own where there is no page (jobs, command line)."""
    lang = request.environ.get("CKAN_LANG") if has_request_context() else None
    return lang or toolkit.config["ckan.locale_default"]


def language_text(text: Any) -> str:
    """A text of a schema in the language in use; a text without languages as it is."""
    if not isinstance(text, Mapping):
        return str(text)
    return text.get(satudata_lang()) or text.get("id") or next(iter(text.values()))


def satudata_date(day: dt.date | dt.datetime | None) -> str:
    """A date in words ("31 Maret 2026"); a moment is shown as its local date; None: "–"."""
    if day is None:
        return "–"
    if isinstance(day, dt.datetime):
        day = localtime.local_date(day, config.timezone())
    return formats.tanggal(day, satudata_lang())


def satudata_datetime(moment: dt.datetime) -> str:
    """A moment in the government's own time: "31 Maret 2026 14.05 WIB"."""
    zone = config.timezone()
    local = moment.astimezone(localtime.zone(zone))
    return f"{satudata_date(moment)} {local:%H.%M} {_ZONE_NAMES[zone]}"


def satudata_number(number: Decimal | float | int | None, places: int = 0) -> str:
    """A number with the separators of the page's language; None: "–"."""
    return "–" if number is None else formats.angka(number, satudata_lang(), places)


def satudata_percent(part: int, whole: int, places: int = 0) -> str:
    """``part`` of ``whole`` in per cent ("83 %"); "–" where there is no whole."""
    if not whole:
        return "–"
    return formats.persen(part, whole, satudata_lang(), places)


def satudata_example_notice() -> str:
    """The notice of a portal that holds made-up data; empty on a real one."""
    return config.example_notice()


def satudata_printed_rows(template: str, rows: Iterable[NamedTuple]) -> Markup:
    """A snippet of ``rows``, printed once for equal rows in one language.

    Long tables are most of the time of their pages, and change when a job computes. Whoever
    overrides such a snippet prints nothing of the reader or the request in it: all get the same.
    """
    print_rows = _printed.__wrapped__ if toolkit.config["debug"] else _printed
    return print_rows(template, satudata_lang(), tuple(rows))


@lru_cache(maxsize=64)
def _printed(template: str, _lang: str, rows: tuple[NamedTuple, ...]) -> Markup:
    return toolkit.h.snippet(template, rows=rows)


def satudata_may(*actions: str) -> set[str]:
    """Those of the actions that the reader may call; he is read once for all of them.

    Core's ``check_access`` asks the database for the user at each call.
    """
    context, allowed = pages.reader_context(), set()
    for action in actions:
        try:
            toolkit.check_access(action, context, {})
        except toolkit.NotAuthorized:
            continue
        allowed.add(action)
    return allowed


def satudata_url_with(**changes: object) -> str:
    """Address of the present page with some query parameters changed; None takes one out.

    A changed filter or view starts again on its first page.
    """
    kept = request.args.to_dict()
    kept.pop("page", None)
    merged = {**kept, **changes}
    query = {key: value for key, value in merged.items() if value not in (None, "")}
    return f"{_here()}?{urlencode(query)}" if query else _here()


def _here() -> str:
    """Address of the present page without its query; built once for a page."""
    kept = request.environ
    if "satudata.here" not in kept:
        kept["satudata.here"] = toolkit.url_for(request.endpoint, **(request.view_args or {}))
    return kept["satudata.here"]


_PLACE = "satudata-place"


def _filled(address: str) -> Callable[[str], str]:
    before, after = address.split(_PLACE)
    return lambda value: f"{before}{quote(value, safe='')}{after}"


def satudata_url_of(endpoint: str, **kept: object) -> Callable[[str], str]:
    """The address of an endpoint as a function of its ``id``, for tables.

    It is built once: core's ``url_for`` costs more than the row of the table it stands in.
    """
    return _filled(toolkit.url_for(endpoint, id=_PLACE, **kept))


def satudata_url_with_each(name: str, **changes: object) -> Callable[[str], str]:
    """As :func:`satudata_url_with`, as a function of the parameter ``name``."""
    return _filled(satudata_url_with(**changes, **{name: _PLACE}))


def satudata_way_back() -> str:
    """Address of the page a person was on: this one, or the one whose form was sent."""
    referrer = toolkit.request.referrer
    if toolkit.request.method != "GET" and referrer and toolkit.h.url_is_local(referrer):
        return referrer
    return toolkit.request.full_path.rstrip("?")
