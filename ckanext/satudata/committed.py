"""What is to be done once the present transaction is in the database, and only then."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ckan.model as model
import sqlalchemy as sa
from ckan.model import meta

_WAITING = "satudata_committed"
"""Key in ``Session.info`` of the work that waits, in the order in which it was asked for."""


def then(work: Callable[[], None], session: Any = None) -> None:
    """Call ``work`` after the commit; asked for twice in a transaction, it is done once.

    It may not use the session. After a rollback it waits for the next commit: work must do no
    harm where nothing has changed.
    """
    (session or model.Session()).info.setdefault(_WAITING, {})[work] = None


@sa.event.listens_for(model.Session, "after_commit")
@sa.event.listens_for(meta.create_local_session, "after_commit")
def _do(session: Any) -> None:
    # SQLAlchemy tells the end of a savepoint in the same way: others see nothing of it yet.
    if session.info.get(_WAITING) and not session.in_nested_transaction():
        for work in session.info.pop(_WAITING):
            work()
