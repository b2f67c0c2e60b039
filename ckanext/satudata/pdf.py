"""PDF of a page of ours, for papers: set by WeasyPrint, without any access to the network.

Templates extend ``satudata/pdf/base.html``; their look is ``assets/paper.css``. The text is
Indonesian, whoever asks: these are papers of an Indonesian government. Equal input gives equal
bytes.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import flask
import weasyprint
from ckan.config import middleware
from ckan.plugins import toolkit
from flask_babel import force_locale
from weasyprint.urls import URLFetcher

LANGUAGE = "id"

_STYLE = Path(__file__).parent / "assets" / "paper.css"


def render(template: str, **variables: Any) -> bytes:
    """The PDF of a template, with CKAN's helpers in it; also in jobs and on the command line.

    Pictures and styles come as ``data:`` addresses; any other address is left out.

    :param template: path of a Jinja2 template, e.g. ``satudata/delivery/receipt_paper.html``
    """
    with _page():
        html = toolkit.render(template, {**variables, "paper_language": LANGUAGE})
    document = weasyprint.HTML(
        string=html, base_url="about:blank", url_fetcher=URLFetcher(allowed_protocols=["data"])
    )
    return document.write_pdf(
        stylesheets=[weasyprint.CSS(string=_STYLE.read_text(encoding="utf-8"))],
        pdf_tags=True,
        pdf_identifier=b"satudata",
    )


@contextmanager
def _page() -> Iterator[None]:
    """What templates need around them. Jobs have no request; CKAN keeps an application made."""
    if flask.has_request_context():
        with _indonesian():
            yield
        return
    app = middleware._internal_test_request_context.app
    with app.test_request_context(), _indonesian():
        yield


@contextmanager
def _indonesian() -> Iterator[None]:
    """Texts by Babel; dates, numbers and links by what CKAN's helpers read from the request."""
    environ = flask.request.environ
    before = environ.get("CKAN_LANG")
    environ["CKAN_LANG"] = LANGUAGE
    try:
        with force_locale(LANGUAGE):
            yield
    finally:
        environ["CKAN_LANG"] = before
