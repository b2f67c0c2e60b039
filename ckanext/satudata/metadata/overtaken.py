"""Two people edit the same dataset: the second to save is told, not the first undone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import ckan.model as model
from ckan.plugins import toolkit
from ckan.types import DataDict

SEEN = "satudata_seen"
"""Input of the form with the state of the dataset that its reader saw."""


def seen(package_id: str, errors: Mapping[str, Any]) -> str:
    """What the form shown now must carry: after a refusal for another reason what it had.

    Whoever was told that others have saved may save all the same.
    """
    sent = toolkit.request.form.get(SEEN)
    if sent and SEEN not in errors:
        return sent
    package = model.Package.get(package_id)
    return _state(package) if package else ""


def refuse(data_dict: DataDict) -> None:
    """Refuse a form that was opened before somebody else saved; programs send no such input.

    :raises toolkit.ValidationError: at :data:`SEEN`
    """
    sent = data_dict.pop(SEEN, None)
    package = model.Package.get(data_dict.get("id")) if sent else None
    if package is not None and _state(package) != sent:
        message = toolkit._(
            "Somebody else, or you in another window, has saved it since you opened this form."
            " Your entries are below. Look at the present state in a second window; saving again"
            " replaces it by your entries."
        )
        raise toolkit.ValidationError({SEEN: [message]})


def _state(package: model.Package) -> str:
    return package.metadata_modified.isoformat() if package.metadata_modified else ""
