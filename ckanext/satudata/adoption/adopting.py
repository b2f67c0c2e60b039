"""Adopting: a dry run that reports, a run that writes, and the way back.

Every save is CKAN's own ``package_patch``. Before it the old values are written to the undo
file, so that a run which is stopped can be taken back as far as it came, and simply be run
again: what was adopted is no longer empty and is not proposed a second time.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, TextIO

import ckan.model as model
from ckan.plugins import toolkit

from ..metadata import checking, stored_datasets
from ..metadata.schema import fields_of
from ..metadata.stored_datasets import Stored
from ..text import one_line
from . import queries
from .proposals import ADOPT, Proposal, propose
from .table import Source, load, named

_BATCH = 100


@dataclass
class Found:
    """What was found in one dataset.

    ``values``: what would be stored of the values to be adopted, by field; ``refused``: why
    they cannot be saved.
    """

    id: str
    name: str
    proposals: list[Proposal]
    values: dict[str, Any]
    refused: str = ""


@dataclass
class Summary:
    """Counts over all datasets: by (key, outcome), of datasets saved and of those refused."""

    by_key: Counter[tuple[str, str]] = field(default_factory=Counter)
    datasets: int = 0
    saved: int = 0
    refused: int = 0

    def count(self, found: Found) -> None:
        """Add what was found in a dataset."""
        self.datasets += 1
        self.refused += bool(found.refused)
        self.by_key.update((one.source, one.outcome) for one in found.proposals)


def look(styles: tuple[str, ...], user: str, after: str = "") -> Iterator[Found]:
    """What would be adopted, dataset by dataset in the order of their ids; writes nothing.

    :param after: only datasets with a greater id
    """
    table = load()
    fields = {one["field_name"]: one for one in fields_of()}
    sources = table.of(styles)
    for one in queries.datasets(**named(table), after=after):
        found = list(propose(_values(one, sources), fields, table, sources))
        if found:
            yield _checked(one, found, user)


def _checked(one: Stored, found: list[Proposal], user: str) -> Found:
    wanted = {each.field: each.value for each in found if each.outcome == ADOPT}
    values, errors = checking.check("dataset", wanted, one, user) if wanted else ({}, {})
    refused = "; ".join(f"{key[0]}: {' '.join(texts)}" for key, texts in errors.items())
    return Found(one.id, one.name, found, values, refused)


def _values(one: Stored, sources: tuple[Source, ...]) -> dict[str, Any]:
    columns = {source.key for source in sources if source.column}
    columns |= {source.field for source in sources}
    return {**{name: one.value(name) for name in columns}, **one.extras}


def adopt(
    styles: tuple[str, ...], user: str, undo: TextIO, progress: Callable[[Found], None]
) -> Summary:
    """Save what :func:`look` proposes, dataset by dataset; one that is refused is passed over.

    :param undo: where a line (JSON) is written before each save, for :func:`take_back`
    """
    summary = Summary()
    after = ""
    while batch := _batch(styles, user, after):
        for found in batch:
            if found.values and not found.refused:
                _save(found, user, undo, summary)
            summary.count(found)
            progress(found)
        after = batch[-1].id
        model.Session.expunge_all()  # or the memory grows with the run
    return summary


def _batch(styles: tuple[str, ...], user: str, after: str) -> list[Found]:
    """The next datasets; read whole, for a save ends the reading."""
    with closing(look(styles, user, after)) as found:
        return list(islice(found, _BATCH))


def _save(found: Found, user: str, undo: TextIO, summary: Summary) -> None:
    held = stored_datasets.by_reference([found.id]).get(found.id)
    if held is None:
        return
    before = {name: held.value(name) for name in found.values}
    undo.write(json.dumps({"id": found.id, "before": before, "after": found.values}) + "\n")
    undo.flush()
    try:
        _patch(found.id, found.values, user)
        summary.saved += 1
    except toolkit.ValidationError as error:
        model.Session.rollback()
        found.refused = one_line(error.error_summary)


def _patch(package_id: str, values: dict[str, Any], user: str) -> None:
    context: Any = {"user": user, "ignore_auth": True}
    toolkit.get_action("package_patch")(context, {"id": package_id, **values})


def take_back(undo: TextIO, user: str) -> Counter[str]:
    """Put back what a run changed, but for fields that somebody has changed since.

    :param undo: the file that :func:`adopt` wrote
    :returns: number of datasets ``restored``, ``changed_since`` (left as they are), ``gone``
    :raises ValueError: a line is none of ours; nothing before it is lost by running again
    """
    done: Counter[str] = Counter()
    for number, line in enumerate(undo, 1):
        entry = _entry(line, number)
        held = stored_datasets.by_reference([entry["id"]]).get(entry["id"])
        if held is None:
            done["gone"] += 1
            continue
        back = {
            name: entry["before"].get(name) or ""
            for name, value in entry["after"].items()
            if held.value(name) == value
        }
        done["changed_since" if len(back) < len(entry["after"]) else "restored"] += 1
        if back:
            _patch(entry["id"], back, user)
    return done


def _entry(line: str, number: int) -> dict[str, Any]:
    try:
        entry = json.loads(line)
        return {"id": entry["id"], "before": entry["before"], "after": entry["after"]}
    except (ValueError, KeyError, TypeError):
        message = toolkit._("Line {number} is not from a file that adopt has written.")
        raise ValueError(message.format(number=number)) from None
