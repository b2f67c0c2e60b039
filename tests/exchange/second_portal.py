"""A stock CKAN beside ours: what harvests us knows nothing of this plugin."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import requests
import sqlalchemy as sa
from werkzeug.serving import make_server

OWNER = "kota-uji"
SOURCE = "portal-kota-uji"
INI = """
[DEFAULT]
debug = false

[app:main]
use = egg:ckan
sqlalchemy.url = {database}
solr_url = {solr}
ckan.redis.url = {redis}
ckan.site_id = {name}
ckan.site_url = http://second.example.com
ckan.storage_path = {folder}
ckan.plugins = harvest ckan_harvester
SECRET_KEY = only-for-tests

[loggers]
keys = root
[handlers]
keys = console
[formatters]
keys = generic
[logger_root]
level = WARNING
handlers = console
[handler_console]
class = StreamHandler
args = (sys.stderr,)
formatter = generic
[formatter_generic]
format = %(levelname)s [%(name)s] %(message)s
"""


class SecondPortal:
    """Own database and Solr core, made empty at the start and dropped by ``close``."""

    def __init__(self, stack: dict[str, Any], slot: int, folder: Path):
        place = stack["slots"][slot]
        self.name = f"{place['database']}_second"
        self._stack = stack
        self._admin = sa.create_engine(
            f"{stack['postgres']}/postgres", isolation_level="AUTOCOMMIT"
        )
        self.close()
        self._sql(f'CREATE DATABASE "{self.name}"')
        self._core(action="CREATE", name=self.name, instanceDir=self.name, configSet="ckan")
        database = f"{stack['postgres']}/{self.name}"
        self._ini = folder / "second.ini"
        self._ini.write_text(
            INI.format(
                database=database,
                solr=f"{stack['solr']}/{self.name}",
                redis=f"{stack['redis']}/{place['redis_db']}",
                name=self.name,
                folder=folder,
            )
        )
        self.engine = sa.create_engine(database, poolclass=sa.NullPool)
        self.ckan("db", "upgrade")

    def _sql(self, statement: str) -> None:
        with self._admin.connect() as connection:
            connection.execute(sa.text(statement))

    def _core(self, **parameters: str) -> None:
        answer = requests.get(
            f"{self._stack['solr']}/admin/cores", {"wt": "json", **parameters}, timeout=60
        )
        answer.raise_for_status()

    def close(self) -> None:
        """Drop what was made; nothing to drop is no fault."""
        self._sql(f'DROP DATABASE IF EXISTS "{self.name}" WITH (FORCE)')
        with contextlib.suppress(requests.HTTPError):
            self._core(action="UNLOAD", core=self.name, deleteInstanceDir="true")

    def ckan(self, *arguments: str) -> str:
        """Run the ``ckan`` command of this portal and give its output."""
        environment = {key: value for key, value in os.environ.items() if key[:4] != "CKAN"}
        answer = subprocess.run(
            [Path(sys.executable).with_name("ckan"), "-c", self._ini, *arguments],
            env=environment,
            cwd=self._ini.parent,
            capture_output=True,
            text=True,
            check=False,
            timeout=600,
        )
        assert answer.returncode == 0, answer.stderr
        return answer.stdout

    def harvest_from(self, url: str) -> None:
        """Register a portal as the source of the organisation OWNER."""
        self.ckan("api", "action", "organization_create", f"name={OWNER}", "title=Kota Uji")
        # `ckan harvester source create` of 1.6.3 fails on CKAN 2.12 when it prints the result.
        self.ckan("api", "action", "harvest_source_create", f"name={SOURCE}", f"url={url}",
                  "source_type=ckan", "title=Kota Uji", f"owner_org={OWNER}",
                  "frequency=MANUAL")  # fmt: skip

    def harvest(self) -> None:
        """Gather, fetch and import all from the source, in one process.

        Version 1.6.3 ends a run by indexing its source without validation; CKAN 2.12 answers
        from the index, so the next run would miss the source's type.
        """
        self.ckan("search-index", "rebuild", SOURCE)
        self.ckan("harvester", "run-test", SOURCE)

    def rows(self, statement: str) -> list[Any]:
        """Rows of its database."""
        with self.engine.connect() as connection:
            return list(connection.execute(sa.text(statement)).mappings())

    def datasets(self) -> dict[str, dict[str, Any]]:
        """The datasets that it holds by id, each with ``_owner``, ``_tags`` and ``_resources``."""
        rows = self.rows(
            """
            SELECT to_jsonb(p) AS package,
                   (SELECT name FROM "group" WHERE id = p.owner_org) AS owner,
                   ARRAY(SELECT t.name FROM package_tag pt JOIN tag t ON t.id = pt.tag_id
                         WHERE pt.package_id = p.id AND pt.state = 'active'
                         ORDER BY 1) AS tags,
                   (SELECT coalesce(jsonb_object_agg(r.id, to_jsonb(r)), '{}')
                    FROM resource r WHERE r.package_id = p.id AND r.state = 'active') AS resources
            FROM package p WHERE p.type = 'dataset' AND p.state = 'active'
            """
        )
        return {
            row["package"]["id"]: {
                **row["package"],
                "_owner": row["owner"],
                "_tags": row["tags"],
                "_resources": row["resources"],
            }
            for row in rows
        }

    def faults(self) -> list[str]:
        """Messages of all harvest errors so far."""
        return [
            row["message"]
            for table in ("harvest_gather_error", "harvest_object_error")
            for row in self.rows(f"SELECT message FROM {table}")  # noqa: S608 (fixed names)
        ]

    def last_outcomes(self) -> list[str]:
        """What the last run did with each dataset: added, updated, not modified …"""
        rows = self.rows(
            """
            SELECT report_status FROM harvest_object WHERE harvest_job_id =
                (SELECT id FROM harvest_job ORDER BY created DESC LIMIT 1)
            """
        )
        return [row["report_status"] for row in rows]


@contextlib.contextmanager
def serve(wsgi_app: Any) -> Iterator[str]:
    """Serve an application on a free port and give its address."""
    server = make_server("127.0.0.1", 0, wsgi_app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
