"""The demo's CKAN: its ini file, gunicorn and the jobs worker."""

from __future__ import annotations

import configparser
import re
import string
from pathlib import Path
from typing import Any

from .clone import Clone, Ports, fingerprint, kept_secret, port_is_free, write_whole
from .messages import StackError, Step, run
from .processes import Service
from .solr import fetch_local

WEB_WORKERS = 2
# Browsers open connections in advance: without threads a few of them would hold every worker.
WEB_THREADS = 8


def with_options(ini: str, options: dict[str, str]) -> str:
    """The text of an ini file with options of its [app:main] set, others unchanged."""
    head, main, rest = re.split(r"^(\[app:main\]\n)", ini, maxsplit=1, flags=re.MULTILINE)
    body, section, tail = re.match(r"(.*?)(^\[|\Z)(.*)", rest, re.DOTALL | re.MULTILINE).groups()
    kept = [line for line in body.splitlines() if line.partition("=")[0].strip() not in options]
    added = [f"{key} = {value}".rstrip() for key, value in options.items()]
    return head + main + "\n".join([*kept, *added, ""]) + "\n" + section + tail


class Portal:
    """The configuration of the demo."""

    def __init__(self, clone: Clone):
        self.clone = clone
        self.folder = clone.dev / "demo"
        self.ini = self.folder / "ckan.ini"

    def configure(self, step: Step, addresses: dict[str, str]) -> None:
        """Write ckan.ini: CKAN's own defaults, then dev/ckan-options.ini.

        Secrets are made once: log-ins and API tokens outlive a restart.
        """
        base = self.folder / "base.ini"
        if not base.exists():
            draft = self.folder / "base.ini.draft"
            run(
                step,
                [self.clone.ckan, "generate", "config", draft],
                log=self.clone.log / "ckan-config.log",
                what="ckan generate config",
            )
            draft.replace(base)
        template = (self.clone.root / "dev" / "ckan-options.ini").read_text()
        filled = string.Template(template).substitute(
            addresses, folder=self.folder, secret=kept_secret(self.folder / "secret")
        )
        parser = configparser.RawConfigParser(delimiters="=")
        parser.optionxform = str
        parser.read_string("[options]\n" + filled)
        text = with_options(base.read_text(), dict(parser["options"]))
        if not self.ini.exists() or self.ini.read_text() != text:
            write_whole(self.ini, text, mode=0o600)

    def code(self) -> str:
        """A digest of what a running portal has in memory."""
        return fingerprint(
            [
                self.ini,
                self.clone.dev / "venv" / "complete",
                *(self.clone.root / name for name in ("ckanext", "schemas", "migration")),
            ],
            contents=False,
        )


class CkanProcess(Service):
    """A process of the portal; it is restarted when the code or the settings changed."""

    def __init__(self, clone: Clone, ports: Ports):
        super().__init__(clone)
        self.ports = ports
        self.portal = Portal(clone)
        self.log = self.portal.folder / "log" / f"{self.slug}.log"
        self.started_with = self.portal.folder / f"{self.slug}.code"

    def options(self) -> dict[str, Any]:
        return {"cwd": self.clone.root, "env": {"CKAN_INI": str(self.portal.ini)}}

    def start(self, step: Step) -> bool:
        code = self.portal.code()
        known = self.started_with.read_text() if self.started_with.exists() else ""
        if known != code and self.stop():
            step.say("stopped, because code or settings changed")
        started = super().start(step)
        write_whole(self.started_with, code)
        return started


class Web(CkanProcess):
    """CKAN under gunicorn."""

    name = "Web server"

    @property
    def port(self) -> int:
        return self.ports.web()

    @property
    def url(self) -> str:
        """Where the portal is."""
        return f"http://127.0.0.1:{self.port}"

    def claim_port(self, wanted: str | None) -> None:
        """Take the port wanted, before anything long begins.

        Raises StackError if it is no port or another program listens on it.
        """
        if wanted and not (wanted.isdigit() and 0 < int(wanted) < 65536):
            raise StackError(f"PORT must be a number from 1 to 65535, not {wanted}")
        last = self.ports.web()
        port = int(wanted) if wanted else last
        ours = port == last and self.process() is not None
        if not ours and not port_is_free(port):
            free = next(n for n in range(port + 1, port + 500) if port_is_free(n))
            raise StackError(
                f"port {port} is in use by another program. Choose another: make demo PORT={free}"
            )
        self.ports.web(port)

    def command(self) -> list[str | Path]:
        return [
            self.clone.python, "-m", "gunicorn", "dev.wsgi:application",
            "--bind", f"127.0.0.1:{self.port}", "--workers", str(WEB_WORKERS),
            "--threads", str(WEB_THREADS),
            "--timeout", "120", "--graceful-timeout", "10",
            "--access-logfile", self.log.with_name("access.log"), "--error-logfile", "-",
        ]  # fmt: skip

    def ready(self) -> bool:
        try:
            fetch_local(f"{self.url}/api/3/action/status_show", timeout=30)
        except OSError:
            return False
        return True


class Worker(CkanProcess):
    """One `ckan jobs worker`."""

    name = "Jobs worker"

    def command(self) -> list[str | Path]:
        return [self.clone.ckan, "-c", self.portal.ini, "jobs", "worker"]

    def ready(self) -> bool:
        process = self.process()
        return process is not None and f"(PID {process.pid}) has started" in self.log.read_text()
