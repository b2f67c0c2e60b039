"""What a page does when the database refuses a statement."""

from __future__ import annotations

from typing import NoReturn

import ckan.model as model
from sqlalchemy.exc import DBAPIError


def leave_failed_transaction(error: DBAPIError) -> NoReturn:
    """Roll back before CKAN prints its error page.

    That page reads the database too. In the failed transaction it would fail itself, CKAN
    would not get to drop the session, and the thread would answer nothing but errors.
    """
    model.Session.rollback()
    raise error
