"""Lists that are shown page by page."""

from __future__ import annotations

from typing import Any

from ckan.lib.helpers import Page
from ckan.plugins import toolkit
from ckan.types import DataDict

from .text import whole_number

PAGE_SIZE = 50
_MOST = 1000


def pager(rows: list[Any], number: int, total: int) -> Page:
    """Links to the other pages of a list of ``total`` rows; ``rows`` are those of this page."""
    return Page(
        collection=rows,
        page=number,
        url=lambda page, **_kwargs: toolkit.h.satudata_url_with(page=page),
        item_count=total,
        items_per_page=PAGE_SIZE,
        presliced_list=True,
    )


def page_number() -> int:
    """The number of the page that the address asks for; the first where it asks for none."""
    text = toolkit.request.args.get("page", "1")
    return max(1, int(text)) if text.isdecimal() and len(text) < 8 else 1


def whole(data_dict: DataDict, name: str, default: int, most: int = _MOST) -> int:
    """A number of rows that an action is asked for, between 0 and ``most``.

    :raises toolkit.ValidationError: it is no whole number
    """
    try:
        return max(0, min(whole_number(data_dict.get(name, default)), most))
    except ValueError:
        raise toolkit.ValidationError({name: [toolkit._("Must be a whole number")]}) from None
