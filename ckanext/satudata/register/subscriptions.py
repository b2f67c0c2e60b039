"""What the register says to others' questions."""

from __future__ import annotations

from typing import Any

import ckan.model as model
import sqlalchemy as sa
from ckan.plugins import toolkit

from ..opd.tree import before_opd_delete
from .succession import OPEN

# Arrears of final quarters too: they stay on the list until delivered, passed on or waived.
_OPEN = sa.text(f"SELECT count(*) {OPEN}")


def keep_with_obligations(org_id: str, **_kwargs: Any) -> str | None:
    """Forbid deleting an organisation that still owes data (compliance §4)."""
    number = model.Session.execute(_OPEN, {"org": org_id}).scalar_one()
    if not number:
        return None
    owed = toolkit.ungettext(
        "It has %(num)d open obligation in the Daftar Data",
        "It has %(num)d open obligations in the Daftar Data",
        number,
    ) % {"num": number}
    return f"{owed}. " + toolkit._(
        "Record a succession, so that another organisation carries them on."
    )


def get_subscriptions() -> dict[Any, list[Any]]:
    """Receivers by signal."""
    return {before_opd_delete: [keep_with_obligations]}
