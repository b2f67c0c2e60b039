"""Who may read the reference lists: everyone, they are public facts."""

from __future__ import annotations

from ckan.plugins import toolkit
from ckan.types import AuthResult, Context, DataDict

__all__ = ["satudata_reference_list", "satudata_region_autocomplete"]


@toolkit.auth_allow_anonymous_access
def satudata_reference_list(context: Context, data_dict: DataDict | None) -> AuthResult:
    """Everyone."""
    return {"success": True}


@toolkit.auth_allow_anonymous_access
def satudata_region_autocomplete(context: Context, data_dict: DataDict | None) -> AuthResult:
    """Everyone."""
    return {"success": True}
