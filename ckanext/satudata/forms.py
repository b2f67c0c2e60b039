"""Forms of ours keep their token, whoever has posted to them before, and lose no input."""

from __future__ import annotations

import re
from urllib.parse import quote

import flask
from ckan.plugins import toolkit
from flask_wtf.csrf import CSRFError

from .text import is_storable

DRAFT_INPUT = "satudata_draft"
"""Hidden input of a form whose unsaved input the browser keeps: under which key it does."""

SAVED_COOKIE = "satudata_saved"
"""Tells the browser the key of a form that has been saved; read and removed by saved.js."""

_DRAFT_KEY = re.compile(r"[\w:-]{1,200}")
_COOKIE_SECONDS = 600


def check_token() -> None:
    """Refuse (400) a form of a logged-in user without its CSRF token.

    CKAN 2.12.0 checks too, but it exempts a view for the rest of the process once anybody
    has posted to it without a session (``ckan_before_request``), and anybody can.
    Callers without a session, such as programs with an API token, need none.
    """
    if flask.current_app.config["WTF_CSRF_ENABLED"] and not flask.g.get("login_via_auth_header"):
        flask.current_app.extensions["csrf"].protect()


def check_address() -> None:
    """Refuse (400) an address with NUL, which no database takes and no person types."""
    request = flask.request
    given = (*(request.view_args or {}).values(), *request.args.values())
    if not all(is_storable(str(text)) for text in given):
        toolkit.abort(400, toolkit._("There is a sign in the address that cannot be read."))


def explain_refused_token(error: CSRFError) -> tuple[str, int]:
    """The page for a form whose token has expired: what happened, and the way back to it.

    Flask's own text is one English sentence. The form's page offers what the browser has
    kept of it.
    """
    return toolkit.render("satudata/refused_token.html"), 400


def tell_saved(sender: flask.Flask, response: flask.Response, **kwargs: object) -> None:
    """Let the browser forget the input of a form that has just been saved.

    Core answers a saved form with a redirect, a refused one with a page.
    """
    if flask.request.method != "POST" or response.status_code != 302:
        return
    key = flask.request.form.get(DRAFT_INPUT, "")
    if _DRAFT_KEY.fullmatch(key):
        response.set_cookie(
            SAVED_COOKIE, quote(key), max_age=_COOKIE_SECONDS, path="/", samesite="Lax"
        )
