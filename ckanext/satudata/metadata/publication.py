"""The completeness that a portal may ask of a dataset before it is made public."""

from __future__ import annotations

import ckan.model as model
from ckan.plugins import toolkit
from ckan.types import Context, DataDict

from .. import config
from .completeness import Completeness, completeness_of
from .form import path_label
from .schema import dataset_schema

_NAMED = 5
"""How many missing answers a message names."""


def demand(context: Context, data_dict: DataDict) -> None:
    """Refuse to make a dataset public while too little of its metadata is filled.

    Asked of people alone, and only at that moment: a dataset that is public already may be
    edited as before. A draft is asked at its first step, where the form can still show it.

    :raises toolkit.ValidationError: at ``private``, with what is missing
    """
    least = config.min_completeness_public()
    if not least or context.get("ignore_auth"):
        return
    stored = model.Package.get(data_dict.get("id") or data_dict.get("name"))
    if not _goes_public(stored, data_dict):
        return
    measured = completeness_of({**data_dict, "type": _type(stored, data_dict)})
    if measured.percent is not None and measured.percent < least:
        raise toolkit.ValidationError({"private": [_message(measured, least)]})


def _type(stored: model.Package | None, data_dict: DataDict) -> str:
    """What is stored stays of its type, whatever a client says."""
    return (stored.type if stored else data_dict.get("type")) or "dataset"


def _goes_public(stored: model.Package | None, data_dict: DataDict) -> bool:
    if _type(stored, data_dict) != "dataset":
        return False
    was_public = stored is not None and not stored.private and stored.state != "deleted"
    private = data_dict.get("private")
    if private in (None, ""):
        private = stored.private if stored else False
    # Core takes anything it does not know for public.
    return not was_public and not toolkit.get_validator("boolean_validator")(private, {})


def _message(measured: Completeness, least: int) -> str:
    schema = dataset_schema() or {}
    named = [path_label(path, schema) for path in measured.missing[:_NAMED]]
    if len(measured.missing) > _NAMED:
        named.append("…")
    return toolkit._(
        "A dataset can be made public once {least}% of its mandatory metadata are filled; now"
        " it is {percent}%. Choose private for the time being. Still missing: {fields}"
    ).format(least=least, percent=measured.percent, fields=", ".join(named))
