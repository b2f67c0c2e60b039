"""Who may use the actions of the register; combines the permission vocabulary."""

from __future__ import annotations

from ckan.types import AuthResult, Context, DataDict

from ..opd import permissions

__all__ = [
    "satudata_holiday_list",
    "satudata_holiday_set",
    "satudata_import_confirm",
    "satudata_import_create",
    "satudata_import_list",
    "satudata_import_preview",
    "satudata_import_show",
    "satudata_item_list",
    "satudata_item_schedule",
    "satudata_item_show",
    "satudata_match_accept",
    "satudata_match_list",
    "satudata_match_reject",
    "satudata_match_suggest",
    "satudata_penanggung_list",
    "satudata_producer_decide",
    "satudata_succession_create",
]


def _every_user(context: Context) -> AuthResult:
    # The register is fixed by decree; it holds no titles of datasets.
    return {"success": bool(context.get("user"))}


def satudata_holiday_list(context: Context, data_dict: DataDict | None) -> AuthResult:
    """Every user who is logged in: working days decide on lateness."""
    return _every_user(context)


def satudata_holiday_set(context: Context, data_dict: DataDict | None) -> AuthResult:
    """Walidata and sysadmins."""
    return permissions.only_managers(context)


def satudata_item_list(context: Context, data_dict: DataDict | None) -> AuthResult:
    """Every user who is logged in: the register is a decree."""
    return _every_user(context)


def satudata_item_show(context: Context, data_dict: DataDict | None) -> AuthResult:
    """Every user who is logged in: the register is a decree."""
    return _every_user(context)


def satudata_item_schedule(context: Context, data_dict: DataDict | None) -> AuthResult:
    """Walidata and sysadmins."""
    return permissions.only_managers(context)


def satudata_import_create(context: Context, data_dict: DataDict | None) -> AuthResult:
    """Walidata and sysadmins."""
    return permissions.only_managers(context)


def satudata_import_preview(context: Context, data_dict: DataDict | None) -> AuthResult:
    """Walidata and sysadmins."""
    return permissions.only_managers(context)


def satudata_import_confirm(context: Context, data_dict: DataDict | None) -> AuthResult:
    """Walidata and sysadmins."""
    return permissions.only_managers(context)


def satudata_import_show(context: Context, data_dict: DataDict | None) -> AuthResult:
    """Walidata and sysadmins."""
    return permissions.only_managers(context)


def satudata_import_list(context: Context, data_dict: DataDict | None) -> AuthResult:
    """Walidata and sysadmins."""
    return permissions.only_managers(context)


def satudata_producer_decide(context: Context, data_dict: DataDict | None) -> AuthResult:
    """Walidata and sysadmins."""
    return permissions.only_managers(context)


def satudata_match_list(context: Context, data_dict: DataDict | None) -> AuthResult:
    """Walidata and sysadmins: the list names private datasets too."""
    return permissions.only_managers(context)


def satudata_match_suggest(context: Context, data_dict: DataDict | None) -> AuthResult:
    """Walidata and sysadmins."""
    return permissions.only_managers(context)


def satudata_match_accept(context: Context, data_dict: DataDict | None) -> AuthResult:
    """Walidata and sysadmins."""
    return permissions.only_managers(context)


def satudata_match_reject(context: Context, data_dict: DataDict | None) -> AuthResult:
    """Walidata and sysadmins."""
    return permissions.only_managers(context)


def satudata_succession_create(context: Context, data_dict: DataDict | None) -> AuthResult:
    """Walidata and sysadmins."""
    return permissions.only_managers(context)


def satudata_penanggung_list(context: Context, data_dict: DataDict | None) -> AuthResult:
    """Every user who is logged in: the register is a decree."""
    return _every_user(context)
