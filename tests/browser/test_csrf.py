"""No form of ours can be sent from another site, nor core's for datasets of our types."""

from __future__ import annotations

import itertools

import pytest
from werkzeug.routing import AnyConverter, BaseConverter, IntegerConverter

from tests.browser.city import City

pytestmark = pytest.mark.browser


_TYPES = ("dataset", "kegiatan", "dokumen")
_OF_CORE = {*_TYPES, *(f"{name}_resource" for name in _TYPES)}


def _value(converter: BaseConverter) -> str | int:
    if isinstance(converter, IntegerConverter):
        return 1
    return min(converter.items) if isinstance(converter, AnyConverter) else "x"


def _routes(app) -> list[str]:
    """Addresses of our own and of our types that take POST, their parameters filled in."""
    found = []
    for rule in app.flask_app.url_map.iter_rules():
        blueprint = rule.endpoint.partition(".")[0]
        ours = blueprint.startswith("satudata") or blueprint in _OF_CORE
        if "POST" in rule.methods and ours:
            values = {name: _value(converter) for name, converter in rule._converters.items()}
            found.append(rule.build(values)[1])
    return sorted(found)


def test_post_without_token_is_refused(app, live, city: City, visitor):
    routes = _routes(app)
    assert routes
    page = visitor(City.WALIDATA)
    # What visitors and programs send before must not open a door for others.
    for route, headers in itertools.product(routes, ({}, {"Authorization": city.token})):
        live.session.post(f"{live.url}{route}", headers=headers, timeout=60)
    answers = {route: page.request.post(route, form={"id": "x"}).status for route in routes}
    assert answers == dict.fromkeys(routes, 400)
