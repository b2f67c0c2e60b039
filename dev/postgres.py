"""A private PostgreSQL cluster, beside the one that Debian may have started."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from pathlib import Path
from typing import Any

from .clone import Clone, Ports, kept_secret, write_whole
from .messages import StackError, Step, run
from .processes import Identity, Service, wait_until

ROLE = "satudata"
SETTINGS = """
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
max_connections = 200
shared_buffers = 256MB
jit = off
logging_collector = off
"""


class Postgres(Service):
    """PostgreSQL on 127.0.0.1 only, with a password, without a unix socket."""

    name = "PostgreSQL"
    stop_signal = signal.SIGINT

    def __init__(self, clone: Clone, ports: Ports):
        super().__init__(clone)
        self.ports = ports
        self.data = clone.cluster / "data"

    @property
    def port(self) -> int:
        return self.ports.backend("postgres", self.usable_port)

    @property
    def password(self) -> str:
        """Of the role satudata; it lies beside the cluster and lives as long."""
        return kept_secret(self.clone.cluster / "password")

    @property
    def url(self) -> str:
        """Address of the server, to which a database name is added."""
        return f"postgresql://{ROLE}:{self.password}@127.0.0.1:{self.port}"

    def program(self, name: str) -> Path:
        """A program of the newest PostgreSQL installed; Debian keeps them out of PATH."""
        found = sorted(
            Path("/usr/lib/postgresql").glob(f"*/bin/{name}"),
            key=lambda path: int(path.parts[4]) if path.parts[4].isdigit() else 0,
        )
        if not found:
            raise StackError(f"{name} was not found below /usr/lib/postgresql")
        return found[-1]

    def options(self) -> dict[str, Any]:
        if os.geteuid() != 0:
            return {"cwd": self.clone.cluster}
        return {"cwd": "/", "user": "postgres", "group": "postgres", "extra_groups": []}

    def prepare(self, step: Step) -> None:
        self._forget_stale_lock()
        if (self.clone.cluster / "complete").exists():
            return
        step.say(f"making a cluster in {self.clone.cluster} …")
        self._make_folders()
        run(
            step,
            [
                self.program("initdb"),
                "-D",
                self.data,
                "-E",
                "UTF8",
                "--locale=C.UTF-8",
                "-U",
                ROLE,
                "-A",
                "scram-sha-256",
                f"--pwfile={self.clone.cluster / 'password'}",
            ],
            log=self.clone.log / "initdb.log",
            what="initdb",
            **self.options(),
        )
        with (self.data / "postgresql.conf").open("a") as config:
            config.write(SETTINGS)
        write_whole(self.clone.cluster / "complete", "")

    def _make_folders(self) -> None:
        """An empty data folder and a password, both of the user who runs the server."""
        if self.data.exists():  # initdb was interrupted
            shutil.rmtree(self.data)
        self.data.mkdir(parents=True, mode=0o700)
        kept_secret(self.clone.cluster / "password")
        if os.geteuid() == 0:
            for path in (self.clone.cluster, self.data, self.clone.cluster / "password"):
                shutil.chown(path, "postgres", "postgres")

    def _postmaster(self) -> Identity | None:
        """The process in PostgreSQL's own lock file, if it is the server of this cluster."""
        try:
            pid = int((self.data / "postmaster.pid").read_text().split()[0])
            command = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        except (OSError, ValueError, IndexError):
            return None
        return Identity.of(pid) if str(self.data).encode() in command else None

    def _forget_stale_lock(self) -> None:
        """After a crash the pid in the lock may be another process, which would block us."""
        if self._postmaster() is None:
            (self.data / "postmaster.pid").unlink(missing_ok=True)

    def process(self) -> Identity | None:
        """The running server, found again by its own lock if our pid file was lost."""
        return super().process() or self._postmaster()

    def command(self) -> list[str | Path]:
        return [self.program("postgres"), "-D", self.data, "-p", str(self.port)]

    def ready(self) -> bool:
        answer = subprocess.run(
            [self.program("pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(self.port)],
            check=False,
        )
        return answer.returncode == 0

    def kill(self, identity: Identity) -> None:
        """PostgreSQL's immediate shutdown; the next start recovers from the log."""
        os.kill(identity.pid, signal.SIGQUIT)
        wait_until(lambda: not identity.alive(), 20)

    def sql(self, statement: str, database: str = "postgres") -> str:
        """Run SQL as the role of the stack and give its output, without decoration.

        Raises StackError with PostgreSQL's own message.
        """
        answer = subprocess.run(
            [
                self.program("psql"),
                "-XqAt",
                "-v",
                "ON_ERROR_STOP=1",
                "-h",
                "127.0.0.1",
                "-p",
                str(self.port),
                "-U",
                ROLE,
                "-d",
                database,
                "-c",
                statement,
            ],
            env={**os.environ, "PGPASSWORD": self.password},
            capture_output=True,
            text=True,
            check=False,
        )
        if answer.returncode:
            raise StackError(f"PostgreSQL: {answer.stderr.strip()}")
        return answer.stdout.strip()

    def databases(self) -> set[str]:
        """Names of the databases of the cluster."""
        return set(self.sql("SELECT datname FROM pg_database").split())

    def create(self, database: str, *, durable: bool = True) -> None:
        """Create a database; one that is not durable may lose its last commits in a crash."""
        self.sql(f'CREATE DATABASE "{database}"')
        if not durable:
            self.sql(f'ALTER DATABASE "{database}" SET synchronous_commit = off')

    def drop(self, database: str) -> None:
        """Drop a database, even if somebody is connected to it."""
        self.sql(f'DROP DATABASE IF EXISTS "{database}" WITH (FORCE)')
