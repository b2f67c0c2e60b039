"""Forms of ours keep their token, whoever has posted to them before."""

from __future__ import annotations

import flask


def check_token() -> None:
    """Refuse (400) a form of a logged-in user without its CSRF token.

    CKAN 2.12.0 checks too, but it exempts a view for the rest of the process once anybody
    has posted to it without a session (``ckan_before_request``), and anybody can.
    Callers without a session, such as programs with an API token, need none.
    """
    if flask.current_app.config["WTF_CSRF_ENABLED"] and not flask.g.get("login_via_auth_header"):
        flask.current_app.extensions["csrf"].protect()
