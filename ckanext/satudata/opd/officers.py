"""Users who read all reports by office; offices are ours, core has no such roles."""

from __future__ import annotations

from typing import Any

import ckan.model as model
import sqlalchemy as sa
from ckan.plugins import toolkit
from sqlalchemy.dialects.postgresql import insert

from ..model_base import utcnow
from . import permissions
from .model import Officer

OFFICES = ("pembina_data", "koordinator", "sekda", "kepala_daerah")
"""BPS, Bappeda, regional secretary, head of region: codes as stored."""


def office_label(office: str) -> str:
    """The office in the reader's language."""
    _ = toolkit._
    return {
        "pembina_data": _("Data steward (BPS)"),
        "koordinator": _("Coordinator (Bappeda)"),
        "sekda": _("Regional secretary"),
        "kepala_daerah": _("Head of region"),
    }[office]


def appoint(user_id: str, office: str, by: str | None) -> bool:
    """Give the user the office; False where he had it. In the present transaction."""
    done = model.Session.execute(
        insert(Officer)
        .values(user_id=user_id, office=office, appointed_by=by, appointed_at=utcnow())
        .on_conflict_do_nothing()
    )
    permissions.forget()
    return bool(done.rowcount)


def dismiss(user_id: str, office: str) -> bool:
    """Take the office away; False where the user did not have it."""
    done = model.Session.execute(
        sa.delete(Officer).where(Officer.user_id == user_id, Officer.office == office)
    )
    permissions.forget()
    return bool(done.rowcount)


def listed() -> list[dict[str, Any]]:
    """Active users with an office: user_id, name, title, office, office_label, appointed_at."""
    rows = model.Session.execute(
        sa.text(
            """
            SELECT u.id AS user_id, u.name, coalesce(nullif(u.fullname, ''), u.name) AS title,
                   f.office, f.appointed_at
            FROM satudata_officer f JOIN "user" u ON u.id = f.user_id AND u.state = 'active'
            ORDER BY array_position(:offices, f.office), 3
            """
        ),
        {"offices": list(OFFICES)},
    ).mappings()
    return [{**row, "office_label": office_label(row["office"])} for row in rows]
