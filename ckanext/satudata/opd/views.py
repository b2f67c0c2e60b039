"""Pages of the tree, of the offices and of the governance papers."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ckan.lib.helpers import get_page_number
from ckan.plugins import toolkit
from flask import Blueprint, Response

from .. import export
from ..pages import attachment, explain_refusals
from ..paging import PAGE_SIZE, pager
from ..text import N_
from . import helpers, officers, papers, queries

__all__ = ["satudata_opd", "satudata_papers"]

satudata_opd = Blueprint("satudata_opd", __name__, url_prefix="/satudata")
satudata_papers = Blueprint("satudata_papers", __name__, url_prefix="/satudata")
explain_refusals(satudata_papers, N_("You may not open this page. Log in first."))


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


@satudata_papers.route("/dokumen")
def papers_index() -> str:
    """Who has which governance paper; ``?kind=``, ``?state=`` and ``?org_kind=`` narrow it.

    Without kind and state an organisation is one line with all kinds beside each other.
    """
    filters, found = _coverage()
    page = get_page_number(toolkit.request.args)
    one_by_one = "kind" in filters or "state" in filters
    lines = found["rows"] if one_by_one else _by_organization(found["rows"])
    shown = lines[(page - 1) * PAGE_SIZE : page * PAGE_SIZE]
    return toolkit.render(
        "satudata/opd/papers.html",
        {
            "filters": filters,
            "found": found,
            "one_by_one": one_by_one,
            "rows": shown,
            "kinds": papers.kind_labels(),
            "states": papers.STATES,
            "pager": pager(shown, page, len(lines)),
        },
    )


def _by_organization(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """One line for each organisation, with its rows by kind of paper."""
    lines: dict[str, dict[str, Any]] = {}
    for row in rows:
        line = lines.setdefault(row["org_id"], {**row, "papers": {}})
        line["papers"][row["kind"]] = row
    return list(lines.values())


@satudata_papers.route("/dokumen.<any(csv, xlsx):extension>")
def papers_export(extension: str) -> Response:
    """All rows of the page as a file."""
    _, found = _coverage()
    labels = papers.kind_labels()
    cells = (
        [
            row["org_title"],
            helpers.satudata_kind_label(row["org_kind"]),
            labels[row["kind"]],
            helpers.satudata_paper_state(row["state"])["label"],
            *(row[name] for name in ("number", "date", "valid_until", "title")),
        ]
        for row in found["rows"]
    )
    content = export.write(extension, _header(), cells, toolkit._("Governance papers"))
    return attachment(content, export.FORMATS[extension], f"dokumen.{extension}")


def _header() -> list[str]:
    return [
        toolkit._("Organisation"),
        toolkit._("Kind of organisation"),
        toolkit._("Paper"),
        toolkit._("State"),
        toolkit._("Number"),
        toolkit._("Date"),
        toolkit._("Valid until"),
        toolkit._("Title"),
    ]


def _coverage() -> tuple[dict[str, str], dict[str, Any]]:
    """The chosen filters and the answer; an unknown choice is a page that does not exist."""
    args = toolkit.request.args
    filters = {name: args[name] for name in ("kind", "state", "org_kind") if args.get(name)}
    try:
        return filters, toolkit.get_action("satudata_paper_coverage")(_context(), dict(filters))
    except toolkit.ValidationError:
        toolkit.abort(404, toolkit._("There is no such page."))
