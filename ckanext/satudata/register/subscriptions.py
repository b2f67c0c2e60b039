"""What the register says to others' questions."""

from __future__ import annotations

from typing import Any

import ckan.model as model
import sqlalchemy as sa
from ckan.plugins import toolkit

from ..opd.tree import before_opd_delete
from .obligations import today

_OPEN = sa.text(
    """
    SELECT count(*) FROM satudata_obligation o
    WHERE o.org_id = :org AND (o.due >= :today OR NOT EXISTS (
        SELECT FROM satudata_claim c WHERE c.item_id = o.item_id AND c.period = o.period))
    """
)


def keep_with_obligations(org_id: str, **_kwargs: Any) -> str | None:
    """Forbid deleting an organisation that still owes data (compliance §4)."""
    number = model.Session.execute(_OPEN, {"org": org_id, "today": today()}).scalar_one()
    if not number:
        return None
    return toolkit.ungettext(
        "It has %(num)d open obligation in the Daftar Data",
        "It has %(num)d open obligations in the Daftar Data",
        number,
    ) % {"num": number}


def get_subscriptions() -> dict[Any, list[Any]]:
    """Receivers by signal."""
    return {before_opd_delete: [keep_with_obligations]}
