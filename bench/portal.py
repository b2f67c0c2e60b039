"""An empty portal for a benchmark, on a database, a Solr core and a Redis number of its own."""

from __future__ import annotations

import json
import logging
import os
from pathlib import Path
from typing import Any

from dev.suite import BENCH_SLOT


def open_portal(ini: Path, stack_file: Path) -> Any:
    """Point CKAN at the slot, bring its tables up to date, empty them; returns the Flask app."""
    stack = json.loads(stack_file.read_text())
    slot = stack["slots"][BENCH_SLOT]
    os.environ.update(
        CKAN_SQLALCHEMY_URL=f"{stack['postgres']}/{slot['database']}",
        CKAN_SOLR_URL=f"{stack['solr']}/{slot['core']}",
        CKAN_REDIS_URL=f"{stack['redis']}/{slot['redis_db']}",
        CKAN_STORAGE_PATH=f"{stack['storage']}/{BENCH_SLOT}",
        CKAN_SITE_ID="satudata_bench",
    )
    from ckan.cli import load_config
    from ckan.cli.db import _run_migrations
    from ckan.config.middleware import make_app

    app = make_app(load_config(str(ini)))._wsgi_app
    logging.disable(logging.WARNING)
    import ckan.model as model
    from ckan.lib import search

    with app.app_context():
        model.repo.upgrade_db()
        _run_migrations("satudata", version="head")
        _let_evidence_go()
        model.repo.delete_all()
        search.clear_all()
    return app


def _let_evidence_go() -> None:
    """The append-only triggers let deletes pass, on the database of the benchmarks alone."""
    import ckan.model as model
    import sqlalchemy as sa

    engine = model.ensure_engine()
    with engine.begin() as connection:
        name = engine.url.database
        connection.execute(sa.text(f'ALTER DATABASE "{name}" SET satudata.append_only = off'))
    model.Session.remove()
    engine.dispose()
