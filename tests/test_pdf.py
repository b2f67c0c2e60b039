"""Papers as PDF: whole, in Indonesian, without the network, the same each time."""

from __future__ import annotations

import http.server
import threading

import pytest
from ckan.plugins import toolkit
from jinja2 import ChoiceLoader, DictLoader

from ckanext.satudata import pdf
from tests.papers import text_of

pytestmark = pytest.mark.usefixtures("with_plugins")

PAPER = """
{% extends "satudata/pdf/base.html" %}
{% block paper_title %}{{ title }}{% endblock %}
{% block paper_content %}
  <p>{{ _('Save') }} {{ h.satudata_number(1234.5, 1) }}</p>
  <img src="{{ picture }}" alt="gambar">
{% endblock %}
"""


@pytest.fixture
def paper(app, monkeypatch):
    """The template of these tests, beside those of the portal."""
    environment = app.flask_app.jinja_env
    own = DictLoader({"satudata/pdf/uji.html": PAPER})
    monkeypatch.setattr(environment, "loader", ChoiceLoader([own, environment.loader]))
    return "satudata/pdf/uji.html"


def test_a_paper_is_indonesian_whoever_asks_and_equal_each_time(paper):
    first = pdf.render(paper, title="Surat <uji> & é", picture="")
    assert first.startswith(b"%PDF-")
    assert pdf.render(paper, title="Surat <uji> & é", picture="") == first
    text = text_of(first)
    assert "Surat <uji> & é" in text
    assert "1.234,5" in text
    assert "Simpan" in text


def test_within_a_page_of_another_language_the_paper_alone_is_indonesian(paper, app):
    with app.flask_app.test_request_context(environ_overrides={"CKAN_LANG": "en"}):
        assert "1.234,5" in text_of(pdf.render(paper, title="Uji", picture=""))
        assert toolkit.h.lang() == "en"


def test_no_address_is_asked_for(paper):
    asked = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            self.send_error(404)

    server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        for address in (f"http://127.0.0.1:{server.server_port}/a.png", "file:///etc/hostname"):
            assert pdf.render(paper, title="Uji", picture=address).startswith(b"%PDF-")
    finally:
        server.shutdown()
    assert asked == []
