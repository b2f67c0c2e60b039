"""What the pages of all rooms share: asking an action, refusing a reader, handing out a file."""

from __future__ import annotations

from typing import Any

import ckan.lib.base as base
from ckan.plugins import toolkit
from ckan.types import Context
from flask import Blueprint, Response


def reader_context() -> Context:
    """The context of an action or a check for the present user, who need not be read again."""
    user = toolkit.current_user
    context: Context = {"user": user.name}
    if user.is_authenticated:
        context["auth_user_obj"] = user._get_current_object()  # type: ignore[attr-defined]
    return context


def call(action: str, /, **data: Any) -> Any:
    """The answer of an action for the present user; raises what the action raises."""
    return toolkit.get_action(action)(reader_context(), data)


def organization_choices() -> list[dict[str, str]]:
    """All organisations as options of a select, in the order of the tree."""

    def walk(nodes: Any) -> Any:
        for node in nodes:
            yield {"value": node["id"], "text": " ".join(["–" * node["level"], node["title"]])}
            yield from walk(node["children"])

    return list(walk(call("satudata_opd_tree")))


def explain_refusals(blueprint: Blueprint, not_authorized: str | None = None) -> None:
    """Give a blueprint pages for what its actions refuse (403) or do not find (404).

    ``not_authorized``: an msgid that says who may open these pages; without it visitors are told
    to log in and all others what the action's own check says.
    """

    @blueprint.errorhandler(toolkit.NotAuthorized)
    def refused(error: toolkit.NotAuthorized) -> tuple[str, int]:
        return _error_page(403, toolkit._(not_authorized) if not_authorized else _reason(error))

    @blueprint.errorhandler(toolkit.ObjectNotFound)
    def missing(error: toolkit.ObjectNotFound) -> tuple[str, int]:
        return _error_page(404, str(error.message or toolkit._("Not found")))


def _reason(error: toolkit.NotAuthorized) -> str:
    if toolkit.current_user.is_anonymous:  # CKAN's own text names the action
        return toolkit._("You may not open this page. Log in first.")
    return str(error.message or toolkit._("You may not see this page."))


def _error_page(code: int, message: str) -> tuple[str, int]:
    extra = {
        "code": code,
        "content": message,
        "name": "",
        "show_login_redirect_link": code == 403 and toolkit.current_user.is_anonymous,
    }
    return base.render("error_document_template.html", extra), code


def attachment(content: bytes, media_type: str, filename: str) -> Response:
    """A file to be saved under a name; what it holds may differ from reader to reader."""
    response = Response(content, mimetype=media_type)
    response.headers["Content-Disposition"] = f'attachment; filename="{filename}"'
    return unshared(response)


def unshared(response: Response) -> Response:
    """The response, which no cache may keep; core would declare it public after us."""
    toolkit.request.environ["__no_cache__"] = True
    response.headers["Cache-Control"] = "private, no-store"
    return response
