"""Where things lie in one clone, and the ports and secrets it keeps."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import secrets
import shutil
import socket
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from .messages import StackError

DEFAULT_WEB_PORT = 5000
# Port of a back-end when the web port is 5000; all of them move with the web port.
BACKEND_PORTS = {"postgres": 15432, "redis": 16379, "solr": 18983}
LOCK_PATIENCE_SECONDS = 900


@dataclass(frozen=True)
class Clone:
    """One checkout of the repository; all that is generated lies in its ``.dev``."""

    root: Path

    @property
    def dev(self) -> Path:
        """The one ignored folder."""
        return self.root / ".dev"

    @property
    def log(self) -> Path:
        """Logs of installers and servers."""
        return self.dev / "log"

    @property
    def run(self) -> Path:
        """Pid files."""
        return self.dev / "run"

    @property
    def python(self) -> Path:
        """The interpreter of the virtual environment."""
        return self.dev / "venv" / "bin" / "python"

    @property
    def ckan(self) -> Path:
        """CKAN's command line tool in the virtual environment."""
        return self.dev / "venv" / "bin" / "ckan"

    @property
    def cluster(self) -> Path:
        """Folder of the PostgreSQL cluster.

        PostgreSQL refuses to run as root, and an ordinary user cannot enter a
        clone below a home of mode 700; so root's cluster lies in /var/lib.
        """
        if os.geteuid() != 0:
            return self.dev / "postgres"
        digest = hashlib.sha256(str(self.root).encode()).hexdigest()[:12]
        return Path(f"/var/lib/satudata-{digest}")

    @contextlib.contextmanager
    def locked(self, name: str = "lock", patience: float = LOCK_PATIENCE_SECONDS) -> Iterator[None]:
        """Hold a lock of this clone, so that two commands do not build it at once.

        Raises StackError if another command holds it for `patience` seconds.
        """
        self.dev.mkdir(exist_ok=True)
        with (self.dev / name).open("w") as handle:
            deadline = time.monotonic() + patience
            told = False
            while True:
                try:
                    fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except BlockingIOError:
                    if time.monotonic() >= deadline:
                        raise StackError(f"another command holds {self.dev / name}") from None
                    if not told:
                        print("Waiting for another make in this clone …", flush=True)
                        told = True
                    time.sleep(0.2)
            yield

    def check(self) -> None:
        """Raise StackError if the checkout itself cannot work."""
        for name in ("schemas", "migration"):
            link = self.root / "ckanext" / "satudata" / name
            if not link.is_symlink() or not link.is_dir():
                raise StackError(
                    f"{link.relative_to(self.root)} is not a symbolic link to ../../{name}: links "
                    "were lost in this clone. Clone again with `git clone -c core.symlinks=true` "
                    "on a file system that has symbolic links."
                )

    def require_space(self, gigabytes: float) -> None:
        """Raise StackError unless so much room is free for what will be made."""
        for folder in (self.root, self.cluster.parent):
            free = shutil.disk_usage(folder).free / 1e9
            if free < gigabytes:
                raise StackError(
                    f"not enough space: {free:.1f} GB free at {folder}, {gigabytes:g} GB needed"
                )


def write_whole(path: Path, text: str, mode: int = 0o644) -> None:
    """Write a file so that it is there whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.touch(mode=mode)
    draft.write_text(text)
    draft.replace(path)


def kept_secret(path: Path) -> str:
    """A random secret, made the first time and kept in a file of mode 600."""
    if not path.exists():
        write_whole(path, secrets.token_hex(24), mode=0o600)
    return path.read_text().strip()


def fingerprint(paths: list[Path], *, contents: bool) -> str:
    """A digest of files (and of folders, recursively): by content, or by size and time."""
    digest = hashlib.sha256()
    for path in sorted(_files(paths)):
        digest.update(str(path).encode())
        if contents:
            digest.update(path.read_bytes())
        else:
            state = path.stat()
            digest.update(f"{state.st_size} {state.st_mtime_ns}".encode())
    return digest.hexdigest()


def _files(paths: list[Path]) -> Iterator[Path]:
    for path in paths:
        if path.is_dir():
            for folder, _, names in os.walk(path):
                yield from (Path(folder) / name for name in names if not name.endswith(".pyc"))
        elif path.exists():
            yield path


def port_is_free(port: int) -> bool:
    """Whether a server could listen on this port of 127.0.0.1."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


class Ports:
    """The ports of this clone, remembered in ``.dev/ports.json``."""

    def __init__(self, clone: Clone):
        self.file = clone.dev / "ports.json"
        self.known: dict[str, int] = {}
        if self.file.exists():
            self.known = json.loads(self.file.read_text())

    def _remember(self, name: str, port: int) -> int:
        if self.known.get(name) != port:
            self.known[name] = port
            write_whole(self.file, json.dumps(self.known, indent=2) + "\n")
        return port

    def web(self, wanted: int | None = None) -> int:
        """The port of the demo: the one wanted, else the last one, else 5000."""
        return self._remember("web", wanted or self.known.get("web", DEFAULT_WEB_PORT))

    def backend(self, name: str, usable: Callable[[int], bool]) -> int:
        """The remembered port of a back-end, or the next usable one."""
        first = self.known.get(name)
        if first is None:
            shift = (self.known.get("web", DEFAULT_WEB_PORT) - DEFAULT_WEB_PORT) % 10000
            first = BACKEND_PORTS[name] + shift
        for port in range(first, first + 200):
            if port not in self._of_others(name) and usable(port):
                return self._remember(name, port)
        raise StackError(f"no free port for {name} between {first} and {first + 199}")

    def _of_others(self, name: str) -> set[int]:
        return {port for other, port in self.known.items() if other != name}
