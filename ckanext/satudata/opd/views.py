"""Pages of the tree and of the offices."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ckan.plugins import toolkit
from flask import Blueprint, Response

from . import officers, queries

__all__ = ["satudata_opd"]

satudata_opd = Blueprint("satudata_opd", __name__, url_prefix="/satudata")


def _context() -> dict[str, Any]:
    return {"user": toolkit.current_user.name}


def _matching(nodes: Iterable[dict[str, Any]], words: list[str]) -> list[dict[str, Any]]:
    """The nodes whose title has all words, each with what leads to it and is below it."""
    kept = []
    for node in nodes:
        hit = all(word in node["title"].casefold() for word in words)
        children = node["children"] if hit else _matching(node["children"], words)
        if hit or children:
            kept.append({**node, "children": children, "hit": hit})
    return kept


def _count(nodes: Iterable[dict[str, Any]]) -> int:
    return sum(1 + _count(node["children"]) for node in nodes)


def _stale(nodes: Iterable[dict[str, Any]]) -> bool:
    return any(node["stale"] or _stale(node["children"]) for node in nodes)


@satudata_opd.route("/opd")
def index() -> str:
    """The whole tree; ``?q=`` keeps the organisations whose title has all the words."""
    query = toolkit.request.args.get("q", "").strip()
    tree = toolkit.get_action("satudata_opd_tree")(_context(), {})
    shown = _matching(tree, query.casefold().split()) if query else tree
    return toolkit.render(
        "satudata/opd/index.html",
        {
            "tree": shown,
            "q": query,
            "organizations": _count(tree),
            "shown": _count(shown),
            "stale": _stale(tree),
        },
    )


def _refused() -> None:
    toolkit.abort(403, toolkit._("Only the walidata may do this"))


@satudata_opd.route("/peran")
def roles() -> str:
    """Who is walidata and who reads all reports by office."""
    try:
        listed = toolkit.get_action("satudata_officer_list")(_context(), {})
    except toolkit.NotAuthorized:
        _refused()
    return toolkit.render(
        "satudata/opd/roles.html",
        {
            "officers": listed,
            "walidata": queries.walidata(),
            "root": queries.titles([root])[root] if (root := queries.root_id()) else None,
            "offices": [
                {"value": office, "text": officers.office_label(office)}
                for office in officers.OFFICES
            ],
        },
    )


def _change(action: str, done: str) -> Response:
    form = toolkit.request.form
    data = {"user": form.get("user", "").strip(), "office": form.get("office", "")}
    try:
        toolkit.get_action(action)(_context(), data)
        toolkit.h.flash_success(done)
    except toolkit.NotAuthorized:
        _refused()
    except toolkit.ObjectNotFound as error:
        toolkit.h.flash_error(error.message)
        return toolkit.redirect_to("satudata_opd.roles", **data)
    except toolkit.ValidationError as error:
        toolkit.h.flash_error(" ".join(str(text) for text in error.error_summary.values()))
        return toolkit.redirect_to("satudata_opd.roles", **data)
    return toolkit.redirect_to("satudata_opd.roles")


@satudata_opd.route("/peran", methods=["POST"])
def appoint() -> Response:
    """Give a user an office."""
    return _change("satudata_officer_create", toolkit._("The office has been given."))


@satudata_opd.route("/peran/hapus", methods=["POST"])
def dismiss() -> Response:
    """Take an office from a user."""
    return _change("satudata_officer_delete", toolkit._("The office has been taken away."))
