"""Which organisation a typed producer name means: never guessed, only matched or decided."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import ckan.model as model
import sqlalchemy as sa
from ckan.plugins import toolkit
from rapidfuzz import fuzz, process
from sqlalchemy.dialects.postgresql import insert

from ..model_base import utcnow
from ..text import normalise
from .model import OpdAlias

CANDIDATES = 5
CANDIDATE_SCORE = 60


@dataclass(frozen=True)
class ProducerMatch:
    """``org_id`` where the name is certain (``how``), else candidates for a person to decide.

    Candidates are (organisation id, title, score 0-100), the likeliest first.
    """

    org_id: str | None
    how: Literal["title", "alias"] | None
    candidates: tuple[tuple[str, str, float], ...] = ()


class Matcher:
    """Matches many names against the organisations and aliases as read once."""

    def __init__(self) -> None:
        rows = model.Session.execute(
            sa.text(
                """
                SELECT o.org_id, coalesce(nullif(g.title, ''), g.name) AS title
                FROM satudata_opd o JOIN "group" g ON g.id = o.org_id ORDER BY o.path
                """
            )
        ).all()
        self._titles = {row.org_id: row.title for row in rows}
        self._keys = {org_id: normalise(title) for org_id, title in self._titles.items()}
        self._by_title: dict[str, list[str]] = {}
        for org_id, key in self._keys.items():
            self._by_title.setdefault(key, []).append(org_id)
        self._aliases = {
            key: org_id
            for key, org_id in model.Session.execute(sa.select(OpdAlias.key, OpdAlias.org_id)).all()
            if org_id in self._titles
        }

    def match(self, name: str) -> ProducerMatch:
        """The organisation of this spelling: by a decision, else by the one equal title."""
        key = normalise(name)
        if not key:
            return ProducerMatch(None, None)
        if key in self._aliases:
            return ProducerMatch(self._aliases[key], "alias")
        same = self._by_title.get(key, [])
        if len(same) == 1:
            return ProducerMatch(same[0], "title")
        if same:
            return ProducerMatch(None, None, tuple((org, self._titles[org], 100.0) for org in same))
        found = process.extract(
            key,
            self._keys,
            scorer=fuzz.token_sort_ratio,
            limit=CANDIDATES,
            score_cutoff=CANDIDATE_SCORE,
        )
        return ProducerMatch(
            None, None, tuple((org, self._titles[org], round(score, 1)) for _, score, org in found)
        )


def decide(spelling: str, org_id: str, user: str | None) -> None:
    """Keep that ``spelling`` means this organisation (in the present transaction).

    ``user`` is the id of who decided. Raises ValidationError for an empty
    spelling or an organisation that is not in the tree.
    """
    key = normalise(spelling)
    if not key:
        raise toolkit.ValidationError({"alias": [toolkit._("The spelling is empty")]})
    known = model.Session.execute(
        sa.text("SELECT 1 FROM satudata_opd WHERE org_id = :org"), {"org": org_id}
    ).scalar()
    if not known:
        raise toolkit.ValidationError(
            {"alias": [toolkit._("There is no such active organisation")]}
        )
    values = {
        "spelling": spelling.strip(),
        "org_id": org_id,
        "decided_by": user,
        "decided_at": utcnow(),
    }
    model.Session.execute(
        insert(OpdAlias)
        .values(key=key, **values)
        .on_conflict_do_update(index_elements=["key"], set_=values)
    )
