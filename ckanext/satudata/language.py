"""The language of what is written without a reader: by jobs and by the schedule."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import flask
from ckan.config import middleware
from ckan.plugins import toolkit
from flask_babel import force_locale


@contextmanager
def of_portal() -> Iterator[None]:
    """Let all texts within be in the portal's language; a page's own language stays.

    A job has no request, and CKAN translates nothing outside one. Its end closes the session, so
    commit before leaving.
    """
    if flask.has_request_context():
        yield
        return
    app = middleware._internal_test_request_context.app
    with app.test_request_context(), force_locale(toolkit.config["ckan.locale_default"]):
        yield
