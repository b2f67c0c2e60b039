"""Several at the same moment, each in a thread and with a database session of its own."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import ckan.authz as authz
import ckan.model as model


def at_once(*works: Callable[[], Any]) -> list[Any]:
    """What each gives when all begin together; an exception is given, not raised.

    CKAN gathers its auth functions at first use, which no two threads may do, so that is done
    before.
    """
    authz.auth_functions_list()
    together = threading.Barrier(len(works))

    def run(work: Callable[[], Any]) -> Any:
        together.wait(30)
        try:
            return work()
        except Exception as error:
            return error
        finally:
            model.Session.remove()

    with ThreadPoolExecutor(len(works)) as threads:
        return list(threads.map(run, works))
