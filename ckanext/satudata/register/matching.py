"""Which datasets hold which item: exact names first, then suggestions that people confirm.

One dataset may hold several items ("one growing table"). The first is the dataset's ``sd_item``;
from the second on, its resources list all of them in ``sd_items``.
"""

from __future__ import annotations

import logging
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import ckan.model as model
import sqlalchemy as sa
from ckan.plugins import toolkit
from rapidfuzz import fuzz, process

from .. import config, locks
from ..metadata.resource_values import as_list
from ..model_base import utcnow
from ..opd import permissions
from ..text import normalise

log = logging.getLogger(__name__)

SUGGESTIONS = 3
"""Datasets suggested for one item at most."""

EXACT = 100.0
_BELOW_EXACT = 99.9

_FILLERS = re.compile(
    r"\b(?:di )?(?:lingkungan )?(?:pemerintah )?(?:provinsi|kabupaten|kota) (?!dan\b)\w+(?: \w+)?$"
    r"|\bdi (?:provinsi )?[a-z]+ (?:barat|timur|utara|selatan|tengah)$"
)


@dataclass(frozen=True)
class Name:
    """The id of an item or dataset with its comparable name."""

    id: str
    key: str


def comparable(name: str) -> str:
    """Return the name without what every title of a portal ends with ("di Jawa Barat")."""
    key = normalise(name)
    return _FILLERS.sub("", key).strip() or key


def similarity(a: str, b: str) -> float:
    """Return 0–100 for two comparable names.

    The words of an item often are a part of a longer title ("… berdasarkan kabupaten kota"), so
    shared words count most; the order and number of words keep short names from matching all.
    """
    return 0.6 * fuzz.token_set_ratio(a, b) + 0.4 * fuzz.token_sort_ratio(a, b)


def suggest() -> dict[str, int]:
    """Look for datasets of the items that have none and store what is found, in this transaction.

    Compared within one producer only. What was confirmed or rejected stays. Returns the numbers
    of ``exact`` and ``fuzzy`` suggestions now open.
    """
    locks.hold("register-match")
    model.Session.execute(sa.text("DELETE FROM satudata_item_match WHERE state = 'suggested'"))
    items, datasets = _names(_ITEMS), _names(_DATASETS)
    threshold = config.match_threshold()
    rows = [
        {
            "item": item,
            "package": package,
            "score": score,
            "method": "exact" if score == EXACT else "fuzzy",
        }
        for org_id, org_items in items.items()
        for item, package, score in best_pairs(org_items, datasets.get(org_id, []), threshold)
    ]
    if rows:
        model.Session.execute(sa.text(_INSERT), rows)
    counts = dict.fromkeys(("exact", "fuzzy"), 0)
    counts |= dict(model.Session.execute(sa.text(_COUNT)).tuples().all())
    return counts


def best_pairs(
    items: Sequence[Name], datasets: Sequence[Name], threshold: float
) -> list[tuple[str, str, float]]:
    """Return (item, dataset, score): equal names, else the best few from ``threshold`` on."""
    if not items or not datasets:
        return []
    by_key = defaultdict(list)
    for dataset in datasets:
        by_key[dataset.key].append(dataset.id)
    pairs = [(item.id, found, EXACT) for item in items for found in by_key.get(item.key, ())]
    keys = {dataset.id: dataset.key for dataset in datasets}
    for item in items:
        if item.key not in by_key:
            pairs += [(item.id, *found) for found in _likeliest(item.key, keys, threshold)]
    return pairs


def _likeliest(key: str, keys: dict[str, str], threshold: float) -> list[tuple[str, float]]:
    # similarity() is never above its first part, which is computed in one go.
    near = process.extract(
        key, keys, scorer=fuzz.token_set_ratio, score_cutoff=threshold, limit=None
    )
    scored = [
        (package, min(similarity(key, other), _BELOW_EXACT)) for other, _score, package in near
    ]
    best = sorted((-score, package) for package, score in scored if score >= threshold)
    return [(package, round(-score, 1)) for score, package in best[:SUGGESTIONS]]


def _names(statement: str) -> dict[str, list[Name]]:
    names: dict[str, list[Name]] = defaultdict(list)
    for row in model.Session.execute(sa.text(statement)):
        names[row.org_id].append(Name(row.id, comparable(row.name)))
    return names


def best_suggestions(score: float) -> list[tuple[str, str]]:
    """Return (item, dataset) of each item's best open suggestion from ``score`` on."""
    rows = model.Session.execute(sa.text(_BEST), {"score": score})
    return [tuple(row) for row in rows]


def reject(pairs: Iterable[tuple[str, str]], user_id: str | None) -> int:
    """Remember that these (item, dataset) pairs do not belong together; the caller commits."""
    return _decide(pairs, "rejected", user_id)


def accept(pairs: Iterable[tuple[str, str]], user_id: str | None) -> int:
    """Mark pairs for :func:`write_accepted`; the caller commits."""
    return _decide(pairs, "accepted", user_id)


def _decide(pairs: Iterable[tuple[str, str]], state: str, user_id: str | None) -> int:
    pairs = list(pairs)
    values = {
        "items": [item for item, _package in pairs],
        "packages": [package for _item, package in pairs],
        "state": state,
        "user": user_id,
        "now": utcnow(),
    }
    return model.Session.execute(sa.text(_DECIDE), values).rowcount  # type: ignore[attr-defined]


def write_accepted(progress: Callable[[int, int], None] = lambda done, total: None) -> int:
    """Write the accepted matches into the datasets, one commit each; returns how many.

    Goes on where it stopped when it was broken off. A dataset that CKAN refuses keeps its match
    open, with the error in the log.
    """
    rows = model.Session.execute(sa.text(_ACCEPTED)).all()
    written = 0
    for number, (package_id, item_ids) in enumerate(rows, 1):
        try:
            for item_id in item_ids:
                _write(package_id, item_id)
        except (toolkit.ValidationError, toolkit.ObjectNotFound) as error:
            model.Session.rollback()
            log.warning("Match of dataset %s not written: %s", package_id, error)
            continue
        model.Session.execute(sa.text(_CONFIRM), {"package": package_id, "items": item_ids})
        model.Session.commit()
        written += len(item_ids)
        progress(number, len(rows))
    return written


def _write(package_id: str, item_id: str) -> None:
    context = {"ignore_auth": True, "user": permissions.site_user()}
    dataset = toolkit.get_action("package_show")(
        {**context, "use_cache": False}, {"id": package_id}
    )
    first = dataset.get("sd_item")
    if not first:
        toolkit.get_action("package_patch")(context, {"id": package_id, "sd_item": item_id})
        return
    if first == item_id:
        return
    for resource in dataset["resources"]:
        held = as_list(resource.get("sd_items")) or [first]
        if item_id not in held:
            toolkit.get_action("resource_patch")(
                dict(context), {"id": resource["id"], "sd_items": [*held, item_id]}
            )


_ITEMS = """
    SELECT i.id, i.org_id, i.name FROM satudata_item i
    WHERE (i.valid_to IS NULL OR i.valid_to >= now())
      AND NOT EXISTS (SELECT FROM satudata_item_match m
                      WHERE m.item_id = i.id AND m.state IN ('accepted', 'confirmed'))
      AND NOT EXISTS (SELECT FROM package p
                      WHERE p.extras ->> 'sd_item' = i.id AND p.state = 'active'
                        AND p.type = 'dataset')
"""
_DATASETS = """
    SELECT p.id, p.owner_org AS org_id, p.title AS name FROM package p
    WHERE p.state = 'active' AND p.type = 'dataset' AND p.owner_org IS NOT NULL
"""
_INSERT = """
    INSERT INTO satudata_item_match (item_id, package_id, method, score, state)
    VALUES (:item, :package, :method, :score, 'suggested')
    ON CONFLICT (item_id, package_id) DO NOTHING
"""
_COUNT = """
    SELECT method, count(*) FROM satudata_item_match WHERE state = 'suggested' GROUP BY method
"""
_DECIDE = """
    UPDATE satudata_item_match m SET state = :state, decided_by = :user, decided_at = :now
    FROM unnest(CAST(:items AS text[]), CAST(:packages AS text[])) AS pair(item_id, package_id)
    WHERE m.item_id = pair.item_id AND m.package_id = pair.package_id
      AND m.state IN ('suggested', 'rejected')
"""
_BEST = """
    SELECT DISTINCT ON (item_id) item_id, package_id FROM satudata_item_match
    WHERE state = 'suggested' AND score >= :score
    ORDER BY item_id, score DESC, package_id
"""
_ACCEPTED = """
    SELECT package_id, array_agg(item_id ORDER BY score DESC, item_id)
    FROM satudata_item_match WHERE state = 'accepted' GROUP BY package_id ORDER BY package_id
"""
_CONFIRM = """
    UPDATE satudata_item_match SET state = 'confirmed'
    WHERE package_id = :package AND item_id = ANY(:items) AND state = 'accepted'
"""
