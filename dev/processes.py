"""Processes in the background: started apart from the terminal, stopped by pid."""

from __future__ import annotations

import abc
import contextlib
import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from .clone import Clone, port_is_free, write_whole
from .messages import StackError, Step, tail

START_SECONDS = 60
STOP_SECONDS = 20


@dataclass(frozen=True)
class Identity:
    """A process that cannot be mistaken for a later one with the same pid."""

    pid: int
    started: int
    boot: str

    @classmethod
    def of(cls, pid: int) -> Identity | None:
        """Who has this pid now; None if nobody has (a zombie is nobody)."""
        try:
            stat = Path(f"/proc/{pid}/stat").read_text()
        except OSError:
            return None
        # The second field is the command in brackets, which may hold anything.
        fields = stat.rpartition(")")[2].split()
        if fields[0] in "ZX":
            return None
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        return cls(pid, int(fields[19]), boot)

    def alive(self) -> bool:
        """Whether this very process still runs."""
        return Identity.of(self.pid) == self


class PidFile:
    """Remembers a process over commands; a stale or damaged file counts as none."""

    def __init__(self, path: Path):
        self.path = path

    def read(self) -> Identity | None:
        """The process of the file if it still runs."""
        try:
            identity = Identity(**json.loads(self.path.read_text()))
        except (OSError, ValueError, TypeError):
            return None
        return identity if identity.alive() else None

    def write(self, identity: Identity) -> None:
        """Remember a process."""
        write_whole(self.path, json.dumps(asdict(identity)) + "\n")

    def remove(self) -> None:
        """Forget the process."""
        self.path.unlink(missing_ok=True)


def launch(
    command: Sequence[str | Path],
    log: Path,
    *,
    cwd: Path,
    env: Mapping[str, str] | None = None,
    **options: Any,
) -> subprocess.Popen[bytes]:
    """Start a server in a session of its own with every stream redirected.

    Otherwise make would never come back, and Ctrl-C would reach the server. The log
    of the run before is kept beside the new one.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    if log.exists():
        log.replace(log.with_name(f"{log.name}.1"))
    with log.open("wb") as output:
        return subprocess.Popen(
            [str(part) for part in command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            cwd=cwd,
            env={**os.environ, **(env or {})},
            **options,
        )


def wait_until(true: Callable[[], bool], seconds: float) -> bool:
    """Ask again and again until the answer is yes or the time is over."""
    deadline = time.monotonic() + seconds
    while not true():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


class Service(abc.ABC):
    """One server of the stack."""

    name = ""
    stop_signal = signal.SIGTERM

    def __init__(self, clone: Clone):
        self.clone = clone
        self.pid_file = PidFile(clone.run / f"{self.slug}.json")
        self.log = clone.log / f"{self.slug}.log"

    @property
    def slug(self) -> str:
        """The name in file names."""
        return self.name.lower().replace(" ", "-")

    @property
    def port(self) -> int | None:
        """The port it listens on, if it does."""
        return None

    def prepare(self, step: Step) -> None:  # noqa: B027 - most servers need nothing
        """Make what the server needs before it can start."""

    @abc.abstractmethod
    def command(self) -> list[str | Path]:
        """The command line of the server."""

    def options(self) -> dict[str, Any]:
        """Further arguments of `launch`."""
        return {"cwd": self.clone.dev}

    @abc.abstractmethod
    def ready(self) -> bool:
        """Whether the server answers."""

    def process(self) -> Identity | None:
        """The running process."""
        return self.pid_file.read()

    def alive(self) -> bool:
        """Whether the server runs and answers."""
        return self.process() is not None and self.ready()

    def usable_port(self, port: int) -> bool:
        """Whether the service has this port or could take it."""
        return self.process() is not None or port_is_free(port)

    def start(self, step: Step) -> bool:
        """Start the server unless it runs; True if it had to be started."""
        if self.alive():
            step.say(self._where("running"))
            return False
        self.stop()
        self.prepare(step)
        step.say(self._where("starting"))
        process = launch(self.command(), self.log, **self.options())
        identity = Identity.of(process.pid)
        if identity:
            self.pid_file.write(identity)
        wait_until(lambda: process.poll() is not None or self.ready(), START_SECONDS)
        if process.poll() is not None or not self.ready():
            self.stop()
            raise StackError(f"{self.name} did not start. End of {self.log}:\n{tail(self.log)}")
        return True

    def _where(self, state: str) -> str:
        return f"{state} on port {self.port}" if self.port else state

    def stop(self) -> bool:
        """Stop the server by its pid; True if one ran."""
        identity = self.process()
        if identity:
            os.kill(identity.pid, self.stop_signal)
            if not wait_until(lambda: not identity.alive(), STOP_SECONDS):
                self.kill(identity)
        self.pid_file.remove()
        return identity is not None

    def kill(self, identity: Identity) -> None:
        """The last resort: end the process and its children at once."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(identity.pid, signal.SIGKILL)
        wait_until(lambda: not identity.alive(), STOP_SECONDS)
