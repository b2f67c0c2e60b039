"""Who reads receipts; who describes a dataset from its files: those whom CKAN lets edit it."""

from __future__ import annotations

from ckan import authz
from ckan.plugins import toolkit
from ckan.types import AuthResult, Context, DataDict

__all__ = [
    "satudata_variable_accept",
    "satudata_variable_proposals",
]


def satudata_variable_proposals(context: Context, data_dict: DataDict) -> AuthResult:
    """Who may edit the dataset of the file (``resource_id``)."""
    resource_id = toolkit.get_or_bust(data_dict, "resource_id")
    return authz.is_authorized("resource_update", context, {"id": resource_id})


def satudata_variable_accept(context: Context, data_dict: DataDict) -> AuthResult:
    """Who may edit the dataset (``id``)."""
    package_id = toolkit.get_or_bust(data_dict, "id")
    return authz.is_authorized("package_update", context, {"id": package_id})
