"""Actions that tie items to the datasets that hold them."""

from __future__ import annotations

from typing import Any

from ckan.plugins import toolkit
from ckan.types import Context, DataDict

from ..paging import whole
from ..queue import enqueue
from . import jobs, matching, queries
from .decision_actions import saving, user_id

__all__ = [
    "satudata_match_accept",
    "satudata_match_list",
    "satudata_match_reject",
    "satudata_match_suggest",
]

_ = toolkit._


@toolkit.side_effect_free
def satudata_match_list(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Pairs of item and dataset, the best score first.

    :param state: ``suggested`` (default), ``accepted``, ``confirmed`` or ``rejected``
    :param org: id or name of the producer
    :param limit: most pairs to return (50; at most 1000)
    :param offset: pairs to leave out
    :returns: ``count``, ``results`` and the number of pairs by state
    """
    toolkit.check_access("satudata_match_list", context, data_dict)
    count, results = queries.search_matches(
        state=str(data_dict.get("state") or "suggested"),
        org=data_dict.get("org"),
        limit=whole(data_dict, "limit", 50),
        offset=whole(data_dict, "offset", 0, 10**9),
    )
    return {"count": count, "results": results, "states": queries.match_states()}


def satudata_match_suggest(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Let a job look for datasets of the items that have none."""
    toolkit.check_access("satudata_match_suggest", context, data_dict)
    return {"job": enqueue("job", "Satu Data: suggest matches", jobs.suggest_matches).id}


def _pairs(data_dict: DataDict) -> list[tuple[str, str]]:
    pairs = data_dict.get("pairs") or []
    listed = isinstance(pairs, list)
    if not listed or not all(isinstance(pair, list | tuple) and len(pair) == 2 for pair in pairs):
        raise toolkit.ValidationError({"pairs": [_("Give pairs of item and dataset")]})
    return [(str(item), str(package)) for item, package in pairs]


def satudata_match_accept(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Confirm matches; a job writes them into the datasets.

    :param pairs: list of [item id, dataset id]
    :param score: instead of pairs: the best suggestion of each item from this score on
    """
    toolkit.check_access("satudata_match_accept", context, data_dict)
    pairs = _pairs(data_dict)
    if data_dict.get("score") not in (None, ""):
        try:
            pairs += matching.best_suggestions(float(data_dict["score"]))
        except (TypeError, ValueError):
            raise toolkit.ValidationError({"score": [_("Must be a number")]}) from None
    with saving(context):
        accepted = matching.accept(pairs, user_id(context))
    if accepted:
        enqueue("pairs", "Satu Data: write matches", jobs.write_matches)
    return {"accepted": accepted}


def satudata_match_reject(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Remember that items and datasets do not belong together.

    :param pairs: list of [item id, dataset id]
    """
    toolkit.check_access("satudata_match_reject", context, data_dict)
    with saving(context):
        rejected = matching.reject(_pairs(data_dict), user_id(context))
    return {"rejected": rejected}
