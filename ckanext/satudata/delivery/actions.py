"""Actions of delivery: whose files these are, receipts, variables from the columns of a file."""

from __future__ import annotations

from typing import Any

import ckan.model as model
from ckan.plugins import toolkit
from ckan.types import Action, Context, DataDict

from ..text import is_storable
from . import identity, proposals

__all__ = [
    "package_create",
    "package_update",
    "satudata_variable_accept",
    "satudata_variable_proposals",
]

_ = toolkit._


@toolkit.chained_action
def package_create(next_action: Action, context: Context, data_dict: DataDict) -> Any:
    """Create a dataset; a file of another dataset is refused."""
    identity.refuse_strangers(data_dict)
    return next_action(context, data_dict)


@toolkit.chained_action
def package_update(next_action: Action, context: Context, data_dict: DataDict) -> Any:
    """Update a dataset; a file of another dataset is refused."""
    identity.refuse_strangers(data_dict)
    return next_action(context, data_dict)


@toolkit.side_effect_free
def satudata_variable_proposals(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """The columns of a held CSV or XLSX file, and the variable that each would make.

    ``state`` is ``ready``, ``unread`` (no job has read this content yet) or ``unreadable``
    (``message`` says why). ``again``: reading it now may help; the page of the proposals asks
    the worker to. ``empty`` is the share of empty cells, from 0 to 1; ``described`` tells
    whether the dataset has a variable for the column.

    :param resource_id: id of the file
    """
    _refuse_no_text(data_dict, "resource_id")
    toolkit.check_access("satudata_variable_proposals", context, data_dict)
    resource = model.Resource.get(data_dict["resource_id"])
    if resource is None:
        raise toolkit.ObjectNotFound(_("There is no such file"))
    package = _package(context, resource.package_id)
    table = _table(package, resource.id)
    return proposals.as_dict(table, proposals.reading(table), proposals.rows_of(package))


def satudata_variable_accept(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Add variables for columns of a file behind those that the dataset has.

    A column that is described already is passed over. Answers ``added``, the number of new
    rows, and ``first``, the place of the first of them (from 0).

    :param id: id or name of the dataset
    :param resource_id: id of the file
    :param variables: list of ``{column, nama}``; without ``nama`` the name is the column's
    :param sha256: content that the choice is about (optional); another one is refused
    """
    _refuse_no_text(data_dict, "id")
    toolkit.check_access("satudata_variable_accept", context, data_dict)
    # Locks the dataset's row: of two that send at once, the second sees what the first added.
    package = _package(context, toolkit.get_or_bust(data_dict, "id"), for_update=True)
    table = _table(package, toolkit.get_or_bust(data_dict, "resource_id"))
    found = proposals.reading(table)
    if data_dict.get("sha256") not in (None, table.sha256):
        message = _("The file was replaced in the meantime: look at its columns again")
        raise toolkit.ValidationError({"resource_id": [message]})
    if found.state != "ready":
        message = _("The columns of this file have not been read, so none can be taken over")
        raise toolkit.ValidationError({"resource_id": [message]})
    rows = proposals.rows_of(package)
    new = proposals.chosen_rows(found, data_dict.get("variables"), rows)
    if new:
        toolkit.get_action("package_patch")(
            toolkit.fresh_context(context), {"id": package["id"], proposals.FIELD: [*rows, *new]}
        )
    return {"added": len(new), "first": len(rows)}


def _refuse_no_text(data_dict: DataDict, name: str) -> None:
    """Core asks the database for whatever it is sent; what is no text is of nothing."""
    given = toolkit.get_or_bust(data_dict, name)
    if not isinstance(given, str) or not is_storable(given):
        raise toolkit.ObjectNotFound(_("Not found"))


def _package(context: Context, reference: str, for_update: bool = False) -> dict[str, Any]:
    """The dataset as it is stored; refused where its type has no variables."""
    reading = toolkit.fresh_context(context, for_update=for_update, for_edit=True)
    package = toolkit.get_action("package_show")(reading, {"id": reference})
    if proposals.field_of(package["type"]) is None:
        raise toolkit.ValidationError({"id": [_("Only datasets have variables")]})
    return package


def _table(package: dict[str, Any], resource_id: str) -> proposals.Table:
    for table in proposals.tables(package["id"]):
        if table.resource_id == resource_id:
            return table
    message = _("The dataset has no uploaded CSV or XLSX file of this id")
    raise toolkit.ValidationError({"resource_id": [message]})
