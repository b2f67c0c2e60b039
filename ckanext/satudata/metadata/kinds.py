"""What is particular to activities (kegiatan) and governance papers (dokumen).

CKAN stores them as datasets of another type; for people and harvesters they are none.
So they are private unless published, and they stay out of every answer that means
datasets. That is a matter of meaning, not of rights: who may read which one, CKAN's
own permissions decide.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any

import ckan.model as model
import sqlalchemy as sa
from ckan.plugins import toolkit
from ckan.types import Context, DataDict

from .schema import dataset_schema

KEGIATAN = "kegiatan"
DOKUMEN = "dokumen"
KINDS = (KEGIATAN, DOKUMEN)
"""Our types of dataset that are no datasets to people."""

_TYPES_NAMED = re.compile(r'\bdataset_type\s*:\s*(\([^()]*\)|\[[^\]]*\]|"[^"]*"|[^\s()]+)')
_ID_NAMED = re.compile(r"(?<![\w!-])(?<!NOT )id\s*:\s*(?![*\[])")
_TRASH = "state:deleted"

_PUBLIC = ("false", "f", "no", "n", "0")
"""What a caller says of ``private`` to publish; core takes any unknown word for it."""

_MOST_ROWS = 1000


def is_offered(dataset_type: str) -> bool:
    """Whether this portal has switched the type's schema on, so that it has pages."""
    return dataset_schema(dataset_type) is not None


def make_private(data_dict: DataDict) -> None:
    """A new kegiatan or dokumen is private where the caller does not plainly say otherwise."""
    if data_dict.get("type") in KINDS:
        said = str(data_dict.get("private")).strip().casefold()
        data_dict["private"] = said not in _PUBLIC


def leave_out_of_search(search_params: dict[str, Any]) -> dict[str, Any]:
    """Restrict a search of datasets to what people mean by the word.

    Left as it is where the query names one of our types, a dataset by its id, or the
    trash, from which a sysadmin purges. Only our own types are taken out: other types of
    the portal stay as visible as they were.
    """
    filters = search_params.get("fq_list") or []
    query = " ".join(str(search_params.get(key) or "") for key in ("q", "fq"))
    query = " ".join([query, *filters])
    if _TRASH in query or _ID_NAMED.search(query):
        return search_params
    named = " ".join(_TYPES_NAMED.findall(query))
    hidden = [kind for kind in KINDS if kind not in named and "*" not in named]
    if hidden:
        search_params["fq_list"] = [*filters, f"-dataset_type:({' OR '.join(hidden)})"]
    return search_params


def leave_out_of_list(references: Iterable[str]) -> list[str]:
    """These names or ids of public datasets, in their order, without those of our types."""
    rows = model.Session.execute(
        sa.text("SELECT id, name FROM package WHERE type = ANY(:kinds) AND NOT private"),
        {"kinds": list(KINDS)},
    )
    ours = {reference for row in rows for reference in row}
    return [reference for reference in references if reference not in ours]


def leave_out_of_suggestions(
    suggest: Callable[[int], list[dict[str, Any]]], limit: int
) -> list[dict[str, Any]]:
    """The first ``limit`` suggested datasets; ``suggest`` gives so many of any type."""
    asked = limit
    while True:
        found = suggest(asked)
        ours = _ours_among([one["name"] for one in found])
        kept = [one for one in found if one["name"] not in ours]
        if len(kept) >= limit or len(found) < asked or asked >= _MOST_ROWS:
            return kept[:limit]
        asked = min(asked * 4, _MOST_ROWS)


def _ours_among(names: list[str]) -> set[str]:
    query = sa.text("SELECT name FROM package WHERE name = ANY(:names) AND type = ANY(:kinds)")
    rows = model.Session.execute(query, {"names": names, "kinds": list(KINDS)})
    return set(rows.scalars())


def count_readable(context: Context, facet: str) -> dict[str, int]:
    """How many activities and papers the user may read, by the values of an index field."""
    found = toolkit.get_action("package_search")(
        toolkit.fresh_context(context),
        {
            "fq": f"dataset_type:({' OR '.join(KINDS)})",
            "include_private": True,
            "facet.field": [facet],
            "facet.limit": -1,
            "rows": 0,
        },
    )
    return found["facets"].get(facet, {})


def count_created_by(user_id: str, *, with_private_and_drafts: bool) -> int:
    """How many of the packages that core counts as made by this user are no datasets."""
    query = sa.text(
        """
        SELECT count(*) FROM package
        WHERE creator_user_id = :user AND type = ANY(:kinds)
          AND CASE WHEN :all THEN state <> 'deleted' ELSE state = 'active' AND NOT private END
        """
    )
    parameters = {"user": user_id, "kinds": list(KINDS), "all": with_private_and_drafts}
    return model.Session.execute(query, parameters).scalar_one()


_PLURAL_PURPOSES = frozenset(
    ("breadcrumb", "content tab", "facet label", "main nav", "my label", "page title")
)


def phrase(dataset_type: str, purpose: str) -> str:
    """What a page says about our type, for a purpose of ``h.humanize_entity_type``.

    The purpose ``tab`` is our own.
    """
    plural, phrases = _phrases()[dataset_type]
    return plural if purpose in _PLURAL_PURPOSES else phrases.get(purpose, plural)


def _phrases() -> dict[str, tuple[str, dict[str, str]]]:
    _ = toolkit._
    return {
        KEGIATAN: (
            _("Statistical activities"),
            {
                "add link": _("Add statistical activity"),
                "create label": _("New statistical activity"),
                "create title": _("New statistical activity"),
                "delete confirmation": _(
                    "Are you sure you want to delete this statistical activity?"
                ),
                "edit label": _("Edit statistical activity"),
                "no description": _("This statistical activity has no description."),
                "save label": _("Save statistical activity"),
                "search placeholder": _("Search statistical activities..."),
                "tab": _("Statistical activity"),
                "update label": _("Save statistical activity"),
                "view label": _("View statistical activity"),
            },
        ),
        DOKUMEN: (
            _("Governance papers"),
            {
                "add link": _("Add paper"),
                "create label": _("New paper"),
                "create title": _("New paper"),
                "delete confirmation": _("Are you sure you want to delete this paper?"),
                "edit label": _("Edit paper"),
                "no description": _("This paper has no description."),
                "save label": _("Save paper"),
                "search placeholder": _("Search governance papers..."),
                "tab": _("Governance paper"),
                "update label": _("Save paper"),
                "view label": _("View paper"),
            },
        ),
    }
