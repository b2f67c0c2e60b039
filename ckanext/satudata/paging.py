"""Lists that are shown page by page."""

from __future__ import annotations

from typing import Any

from ckan.lib.helpers import Page
from ckan.plugins import toolkit

PAGE_SIZE = 50


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
