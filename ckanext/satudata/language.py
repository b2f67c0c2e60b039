"""The language of what is written without a reader: by jobs, the schedule and commands."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import flask
from ckan.config import middleware
from ckan.plugins import toolkit
from flask_babel import force_locale


@contextmanager
def of(code: str) -> Iterator[None]:
    """Let all texts within be in the language ``code``.

    A job has no request, and CKAN translates nothing outside one, so it gets one. Its end closes
    the session, so commit before leaving.
    """
    with ExitStack() as stack:
        if not flask.has_request_context():
            app = middleware._internal_test_request_context.app
            stack.enter_context(app.test_request_context())
        stack.enter_context(force_locale(code))
        yield


@contextmanager
def of_portal() -> Iterator[None]:
    """Let all texts within be in the portal's language, as :func:`of`; a page keeps its own."""
    if flask.has_request_context():
        yield
        return
    with of(toolkit.config["ckan.locale_default"]):
        yield
