"""One stack per xdist worker: own database, Solr core, Redis number and storage.

``make test`` writes the addresses into the file named by SATUDATA_TEST_STACK;
they must be in the environment before CKAN reads its configuration.
"""

from __future__ import annotations

import json
import logging
import os
from pathlib import Path

import hypothesis
import pytest
import sqlalchemy as sa

# How long an example takes says more of what else the machine does than of our code.
hypothesis.settings.register_profile("satudata", deadline=None)
hypothesis.settings.load_profile("satudata")


def _slot() -> int:
    worker = os.environ.get("PYTEST_XDIST_WORKER", "")
    return int(worker.removeprefix("gw")) if worker else int(os.environ.get("SLOT", 0))


def _point_ckan_at_the_stack() -> None:
    stack = json.loads(Path(os.environ["SATUDATA_TEST_STACK"]).read_text())
    number = _slot()
    slot = stack["slots"][number]
    storage = Path(stack["storage"]) / str(number)
    storage.mkdir(parents=True, exist_ok=True)
    os.environ.update(
        CKAN_SQLALCHEMY_URL=f"{stack['postgres']}/{slot['database']}",
        CKAN_SOLR_URL=f"{stack['solr']}/{slot['core']}",
        CKAN_REDIS_URL=f"{stack['redis']}/{slot['redis_db']}",
        CKAN_STORAGE_PATH=str(storage),
        CKAN_SITE_ID=f"satudata_test_{number}",
    )


if "SATUDATA_TEST_STACK" in os.environ:
    _point_ckan_at_the_stack()
else:
    raise pytest.UsageError("run the tests by `make test` (ARGS=… for a part of them)")

from ckan import model, plugins  # noqa: E402 - reads the addresses
from ckan.lib import webassets_tools  # noqa: E402
from ckan.tests import helpers  # noqa: E402
from sqlalchemy.orm import close_all_sessions  # noqa: E402

from ckanext.satudata.report import kept  # noqa: E402

SHARED = Path(__file__).parents[2] / "shared"
needs_shared = pytest.mark.skipif(
    not SHARED.is_dir(), reason="the real register and catalogue (../shared) are not here"
)


class StandingPortal:
    """The portal of test.ini, loaded once for many tests as one is that runs.

    Loading costs more than most tests: all plugins, schemas and pages' addresses.
    """

    def __init__(self) -> None:
        self._app = None
        self._environment = None

    def app(self):
        """The WSGI application; loaded anew if a test or a command loaded another since."""
        # Each loading makes an environment of assets of its own.
        if self._app is None or self._environment is not webassets_tools.env:
            self._app = helpers._get_test_app().app
            self._environment = webassets_tools.env
        return self._app


_standing = StandingPortal()


def _is_special(request) -> bool:
    """Whether the test sets options by a mark, which plugins may read when they load."""
    return request.node.get_closest_marker("ckan_config") is not None


@pytest.fixture
def with_plugins(request, ckan_config):
    """Our plugins are loaded; overrides CKAN's fixture of this name."""
    if _is_special(request):
        plugins.load_all()
    else:
        _standing.app()


@pytest.fixture
def make_app(request, make_app, with_plugins):
    """Gives the test a client of its own; overrides CKAN's fixture of this name."""
    if _is_special(request):
        return make_app
    return lambda: helpers.CKANTestApp(_standing.app())


_migrated = False


def _prepare_database(reset_db, migrate_db_for) -> None:
    """Empty the database; the first time in a process also bring it to our head.

    The append-only triggers let deletes pass on this database alone.
    """
    global _migrated

    kept.forget()
    if _migrated:
        close_all_sessions()
        _empty_tables()
        return
    reset_db()
    migrate_db_for("satudata")
    name = model.ensure_engine().url.database
    with model.ensure_engine().begin() as connection:
        connection.execute(sa.text(f'ALTER DATABASE "{name}" SET satudata.append_only = off'))
    model.Session.remove()
    model.ensure_engine().dispose()
    _migrated = True


def _empty_tables() -> None:
    """What CKAN's ``delete_all`` does, in one go: it asks the database for each table first."""
    tables = reversed(model.repo.metadata.sorted_tables)
    emptied = [str(sa.delete(table)) for table in tables if table.name != "alembic_version"]
    with model.ensure_engine().begin() as connection:
        connection.exec_driver_sql("; ".join(emptied))


@pytest.fixture
def clean_db(reset_db, migrate_db_for, with_plugins):
    """An empty database with our tables; overrides CKAN's fixture of this name."""
    _prepare_database(reset_db, migrate_db_for)


@pytest.fixture
def clean_portal(clean_db, clean_index, clean_queues):
    """Empty database, index and queues with the plugin switched on."""


@pytest.fixture
def caplog(caplog):
    """Hears our loggers: any test that ran a command has read the ini again, which mutes them."""
    for name, logger in logging.root.manager.loggerDict.items():
        if name.startswith("ckanext.satudata") and isinstance(logger, logging.Logger):
            logger.disabled = False
    return caplog


LONG = (
    "tests/exchange/test_stock_harvester.py",
    "tests/metadata/test_existing_portal.py",
    "tests/browser/",
    "tests/faults/",
    "tests/quarter/",
    "tests/review/",
)
"""What takes longest; a worker that began one of these last would end long after the others."""


def pytest_collection_modifyitems(items):
    """The long files come first, in the order of LONG."""

    def place(item) -> int:
        return next((n for n, start in enumerate(LONG) if item.nodeid.startswith(start)), len(LONG))

    items.sort(key=place)


def pytest_make_parametrize_id(val):
    """Files made in a test carry a time: their bytes must not name the test for xdist."""
    return "file" if isinstance(val, bytes) else None
