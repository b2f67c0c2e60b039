"""`make demo`: the portal with its example data, and what it prints at the end."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess

from .clone import fingerprint, write_whole
from .messages import StackError, Step, run, run_steps
from .portal import Portal, Web, Worker
from .processes import Service
from .stack import Stack

DATABASE = "satudata_demo"
REDIS_DATABASE = 0
GIGABYTES = 3
SHOWN_ROLES = ("Sysadmin", "Walidata", "OPD editor")


class Demo:
    """The demo instance: its own database, Solr core, Redis number and storage."""

    def __init__(self, stack: Stack):
        self.stack = stack
        self.clone = stack.clone
        self.portal = Portal(self.clone)
        self.web = Web(self.clone, stack.ports)
        self.worker = Worker(self.clone, stack.ports)
        self.folder = self.portal.folder
        self.migrated = self.folder / "migrated"
        self.loaded = self.folder / "loaded"
        self.logins = self.folder / "logins.json"

    @property
    def services(self) -> list[Service]:
        """Everything that runs for the demo, in the order of starting."""
        return [*self.stack.backends, self.web, self.worker]

    def up(self, *, fresh: bool = False) -> None:
        """Bring the demo up; data that are there stay, unless `fresh` asks for new ones."""
        with self.clone.locked():
            self.web.claim_port(os.environ.get("PORT"))
            if not self.loaded.exists():
                self.clone.require_space(GIGABYTES)
            run_steps(
                [
                    *self.stack.bootstrap(),
                    ("Database", lambda step: self._prepare(step, fresh)),
                    ("Demo data", self._load),
                    (self.web.name, lambda step: self.stack.start(self.web, step)),
                    (self.worker.name, lambda step: self.stack.start(self.worker, step)),
                ]
            )
        self._greet()

    def _prepare(self, step: Step, fresh: bool) -> None:
        self.folder.mkdir(exist_ok=True)
        databases = self.stack.postgres.databases()
        # Data that were never loaded to the end are no one's work: begin anew.
        if fresh or not self.loaded.exists() or DATABASE not in databases:
            self._forget(step)
            self.stack.postgres.create(DATABASE)
        index_is_new = DATABASE not in self.stack.solr.cores()
        if index_is_new:
            self.stack.solr.create(DATABASE)
        self.portal.configure(
            step,
            {
                "database": f"{self.stack.postgres.url}/{DATABASE}",
                "solr": f"{self.stack.solr.url}/{DATABASE}",
                "redis": f"{self.stack.redis.url}/{REDIS_DATABASE}",
                "site": self.web.url,
            },
        )
        self._migrate(step)
        if index_is_new and self.loaded.exists():
            step.say("the index was lost; making it anew …")
            self._ckan(step, "reindex", "search-index", "rebuild")

    def _forget(self, step: Step) -> None:
        step.say("empty database, index and storage …")
        self.worker.stop()
        self.web.stop()
        for stamp in (self.loaded, self.migrated, self.logins):
            stamp.unlink(missing_ok=True)
        self.stack.postgres.drop(DATABASE)
        self.stack.solr.drop(DATABASE)
        self.stack.redis.empty(REDIS_DATABASE)
        shutil.rmtree(self.folder / "storage", ignore_errors=True)

    def _migrate(self, step: Step) -> None:
        root = self.clone.root
        wanted = fingerprint(
            [
                root / "migration",
                root / "schemas" / "reference",
                self.clone.dev / "venv" / "complete",
            ],
            contents=True,
        )
        if self.migrated.exists() and self.migrated.read_text() == wanted:
            step.say("up to date")
            return
        step.say("migrating …")
        self._ckan(step, "migrate", "db", "upgrade")
        self._ckan(step, "reference", "satudata", "referensi", "update", "--older")
        write_whole(self.migrated, wanted)

    def _load(self, step: Step) -> None:
        if self.loaded.exists():
            step.say("present")
            return
        step.say("making Kota Contoh: OPD, Daftar Data, datasets, five quarters …")
        load = [self.clone.python, "-m", "dev.city.load"]
        run(
            step,
            [*load, "--ini", self.portal.ini, "--logins", self.logins],
            log=self.folder / "log" / "demo.log",
            what="dev.city.load",
            cwd=self.clone.root,
        )
        write_whole(self.loaded, "")

    def _ckan(self, step: Step, log: str, *arguments: str) -> None:
        run(
            step,
            [self.clone.ckan, "-c", self.portal.ini, *arguments],
            log=self.folder / "log" / f"{log}.log",
            what="ckan " + " ".join(arguments[:3]),
            cwd=self.clone.root,
        )

    def _greet(self) -> None:
        print(f"\nThe demo runs at {self.web.url}\n")
        logins = json.loads(self.logins.read_text())
        for role in SHOWN_ROLES:
            login = next(one for one in logins if one["role"] == role)
            print(f"  {role:<12} {login['name']:<12} {login['password']}")
        print(f"  others in {self.logins.relative_to(self.clone.root)}")
        print('\nmake status · make stop · make ckan ARGS="satudata --help"')

    def ckan(self, arguments: str) -> int:
        """Run CKAN's command line on the demo and give its exit code.

        Raises StackError if there is no demo yet.
        """
        if not self.portal.ini.exists():
            raise StackError("there is no demo yet: make demo")
        for service in self.stack.backends:
            if not service.alive():
                raise StackError(f"{service.name} does not run: make demo")
        return subprocess.run(
            [self.clone.ckan, "-c", self.portal.ini, *shlex.split(arguments)],
            cwd=self.clone.root,
            check=False,
        ).returncode

    def status(self) -> None:
        """Print what runs."""
        for service in self.services:
            process = service.process()
            state = "stopped"
            if process:
                state = "running" if service.ready() else "does not answer"
            port = f"port {service.port}" if process and service.port else ""
            pid = f"pid {process.pid}" if process else ""
            print(f"{service.name:<12} {state:<16} {pid:<12} {port}".rstrip())
        if self.web.process():
            print(f"\n{self.web.url}")

    def stop(self) -> None:
        """Stop everything of this clone, the servers of the tests as well."""
        for service in reversed(self.services):
            print(f"{service.name}: {'stopped' if service.stop() else 'did not run'}")

    def clean(self) -> None:
        """Stop everything and remove all that was made, data included."""
        self.stop()
        for folder in (self.clone.cluster, self.clone.dev):
            if folder.exists():
                shutil.rmtree(folder)
                print(f"removed {folder}")
