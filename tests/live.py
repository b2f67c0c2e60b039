"""Our portal as it runs in earnest: gunicorn and a jobs worker on the slot of this test run.

It shares the database with the tests of its process, but has queues, search
documents and files of its own (another ``ckan.site_id``), so that other tests
neither see nor feel it. What is set up for it goes through its API or CLI.
"""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import redis
import requests
import rq

from dev.portal import with_options
from dev.processes import launch, wait_until

ROOT = Path(__file__).resolve().parents[1]
START_SECONDS = 90
STOP_SECONDS = 20


class RefusedError(Exception):
    """The API answered with an error; the argument is CKAN's ``error``."""


class LivePortal:
    """One portal; ``start`` before use, ``stop`` at the end.

    ``options`` go over those of test.ini.
    """

    def __init__(self, folder: Path, options: Mapping[str, str] | None = None):
        self.folder = folder
        self.site_id = f"{os.environ['CKAN_SITE_ID']}_live"
        # The socket is ours from now on: nobody can take the port before gunicorn has it.
        self._socket = socket.socket()
        self._socket.bind(("127.0.0.1", 0))
        self._socket.listen(128)
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        self._ini = folder / "live.ini"
        self._ini.write_text(
            with_options(
                (ROOT / "test.ini").read_text().replace("testing = true", "testing = false"),
                {
                    "WTF_CSRF_ENABLED": "true",
                    "ckan.locale_default": "id",
                    "ckan.site_title": "Satu Data Uji",
                    "ckan.views.default_views": "",
                    "ckan.gravatar_default": "disabled",
                    **(options or {}),
                },
            )
        )
        storage = folder / "storage"
        storage.mkdir()
        # CKAN takes these from the environment before its ini file.
        self._environment = {
            "CKAN_INI": str(self._ini),
            "CKAN_SITE_ID": self.site_id,
            "CKAN_SITE_URL": self.url,
            "CKAN_STORAGE_PATH": str(storage),
        }
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        self.session = requests.Session()
        self.session.trust_env = False

    def start(self) -> None:
        """Start web server and worker unless they run; return when both are ready."""
        if self._processes:
            return
        self._launch(
            "web",
            [sys.executable, "-m", "gunicorn", "dev.wsgi:application",
             "--bind", f"fd://{self._socket.fileno()}", "--workers", "1", "--threads", "8",
             "--timeout", "120", "--error-logfile", "-"],
            pass_fds=(self._socket.fileno(),),
        )  # fmt: skip
        self._launch("worker", [*self._ckan, "jobs", "worker"])
        for name, ready in (("web", self._answers), ("worker", self._works)):
            assert wait_until(ready, START_SECONDS), self.log(name)

    def _launch(self, name: str, command: list[str | Path], **options: Any) -> None:
        self._processes[name] = launch(
            command, self._log(name), cwd=ROOT, env=self._environment, **options
        )

    @property
    def _ckan(self) -> list[str | Path]:
        return [Path(sys.executable).with_name("ckan"), "-c", self._ini]

    def _log(self, name: str) -> Path:
        return self.folder / f"{name}.log"

    def log(self, name: str) -> str:
        """What ``web`` or ``worker`` has written so far."""
        return self._log(name).read_text(errors="replace")

    def _answers(self) -> bool:
        assert self._processes["web"].poll() is None, self.log("web")
        with contextlib.suppress(requests.RequestException):
            return self.session.get(f"{self.url}/api/3/action/status_show", timeout=60).ok
        return False

    def _works(self) -> bool:
        assert self._processes["worker"].poll() is None, self.log("worker")
        with redis.from_url(os.environ["CKAN_REDIS_URL"]) as connection:
            queue = f"ckan:{self.site_id}:default"
            return rq.Worker.count(connection, rq.Queue(queue, connection=connection)) > 0

    def stop(self) -> None:
        """Stop what was started, by pid."""
        for process in self._processes.values():
            process.send_signal(signal.SIGTERM)
        for process in self._processes.values():
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self._processes.clear()
        self._socket.close()

    def forget(self) -> None:
        """Empty its search index; database and queues belong to the fixtures of the tests."""
        answer = self.session.post(
            f"{os.environ['CKAN_SOLR_URL']}/update?commit=true",
            json={"delete": {"query": f'site_id:"{self.site_id}"'}},
            timeout=60,
        )
        answer.raise_for_status()

    def ckan(self, *arguments: str | Path) -> str:
        """Run its command line and return the output; a failure fails the test."""
        answer = subprocess.run(
            [*self._ckan, *arguments],
            env={**os.environ, **self._environment},
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        assert answer.returncode == 0, answer.stdout + answer.stderr
        return answer.stdout

    def api(self, token: str, action: str, /, **data: Any) -> Any:
        """Call an action over HTTP. Raises RefusedError with CKAN's reason."""
        answer = self.session.post(
            f"{self.url}/api/3/action/{action}",
            json=data,
            headers={"Authorization": token},
            timeout=60,
        ).json()
        if not answer["success"]:
            raise RefusedError(answer["error"])
        return answer["result"]
