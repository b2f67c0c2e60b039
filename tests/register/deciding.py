"""Who opens the pages of decisions, and what they send."""

from __future__ import annotations

from typing import Any

from bs4 import BeautifulSoup
from ckan.tests.helpers import call_action

from tests.factories import make_user

LOG = "/satudata/keputusan"
LETTER = {"number": "800/12/2026", "reason": "Banjir"}


def headers_of(role: str | None = None, org: dict[str, Any] | None = None) -> dict[str, str]:
    """Those of a new user's requests."""
    return {"Authorization": make_user(role, org)["token"]}


def waive(*duties, **more) -> list[dict[str, Any]]:
    """The decisions made; ``more`` goes over LETTER."""
    ids = [duty.id for duty in duties]
    return call_action("satudata_waiver_create", obligations=ids, **{**LETTER, **more})["decisions"]


def text(page) -> str:
    """What stands on a page, in one line."""
    return " ".join(BeautifulSoup(page.body, "html.parser").get_text(" ").split())
