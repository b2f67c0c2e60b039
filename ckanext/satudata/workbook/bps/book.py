"""An uploaded workbook of BPS's forms, as a parcel."""

from __future__ import annotations

from typing import Any

from ckan.plugins import toolkit

from ...tables import TableError
from . import tables_reading
from .layout import IND, KEG, VAR
from .paper_reading import kind_of, read_keg
from .parcel import Item, Parcel


def is_form(book: Any) -> bool:
    """Whether one of the sheets is a form of BPS."""
    return any(kind_of(page) for page in book.worksheets)


def read(book: Any, filename: str) -> Parcel:
    """The forms in a workbook, one sheet each; other sheets are passed over with a note.

    :raises TableError: a form is there twice, or its headings are not
    """
    parcel = Parcel(Item({}))
    pages: dict[str, Any] = {}
    for page in book.worksheets:
        kind = kind_of(page)
        if kind is None:
            parcel.notes.append(
                toolkit._("The sheet {sheet} is no form of BPS and was not read.").format(
                    sheet=page.title
                )
            )
        elif kind in pages:
            raise TableError(
                toolkit._(
                    "{name} holds the form {form} more than once. Send one at a time."
                ).format(name=filename, form=kind)
            )
        else:
            pages[kind] = page
    parcel.complete = KEG in pages
    if parcel.complete:
        read_keg(pages[KEG], parcel)
    for kind in (IND, VAR):
        if kind in pages:
            tables_reading.read(pages[kind], kind, parcel)
    return parcel
