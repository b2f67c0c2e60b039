"""A file belongs to the dataset that it was made in.

CKAN takes the id of a resource from whoever sends it, and so moves a file into another dataset
without a word: the first would have lost what it delivered.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import ckan.model as model
import sqlalchemy as sa
from ckan.plugins import toolkit

_STRANGERS = sa.text(
    """
    SELECT r.id FROM resource r JOIN package p ON p.id = r.package_id
    WHERE r.id = ANY(:ids) AND p.id <> :dataset AND p.name <> :dataset
    """
)


def refuse_strangers(data_dict: Mapping[str, Any]) -> None:
    """Refuse a dataset that names resources of another one by their ids.

    :raises toolkit.ValidationError: on ``resources``, one fault for each, as core says it
    """
    resources = data_dict.get("resources")
    if not isinstance(resources, list):
        return
    ids = [one.get("id") if isinstance(one, Mapping) else None for one in resources]
    known = [id for id in ids if isinstance(id, str) and "\0" not in id]
    dataset = data_dict.get("id") or data_dict.get("name") or ""
    if not known or not isinstance(dataset, str):
        return
    strangers = set(model.Session.scalars(_STRANGERS, {"ids": known, "dataset": dataset}))
    if not strangers:
        return
    message = toolkit._(
        "This file belongs to another dataset. Leave out its id to add a copy of it here."
    )
    faults = [{"id": [message]} if id in strangers else {} for id in ids]
    raise toolkit.ValidationError({"resources": faults})
