"""What the developer reads: numbered progress lines and clear errors."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

HEARTBEAT_SECONDS = 10
TAIL_LINES = 15


class StackError(Exception):
    """A fault that the developer can mend; shown without a traceback, exit code 1."""


class Step:
    """One numbered step of a command; each line it says carries its number."""

    def __init__(self, number: int, total: int, title: str):
        self.prefix = f"[{number}/{total}] {title}:"
        self.begun = time.monotonic()

    def say(self, text: str) -> None:
        """Print one progress line."""
        print(self.prefix, text, flush=True)

    def elapsed(self) -> str:
        """Time since the step began, as in ``12 s``."""
        return f"{time.monotonic() - self.begun:.0f} s"


def run_steps(steps: Sequence[tuple[str, Callable[[Step], Any]]]) -> None:
    """Run named steps in order; a step that took long says how long."""
    for number, (title, work) in enumerate(steps, start=1):
        step = Step(number, len(steps), title)
        work(step)
        if time.monotonic() - step.begun > 3:
            step.say(f"done in {step.elapsed()}")


def tail(log: Path, lines: int = TAIL_LINES) -> str:
    """The last lines of a log file, for an error message."""
    if not log.exists():
        return ""
    return "\n".join(log.read_text(errors="replace").splitlines()[-lines:])


def run(
    step: Step,
    command: Sequence[str | Path],
    *,
    log: Path,
    what: str,
    **options: Any,
) -> None:
    """Run a long command with its output in `log`, with a sign of life every ten seconds.

    `what` names the work in the error message. `options` go to Popen.
    Raises StackError with the end of the log when the command fails.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as output:
        try:
            process = subprocess.Popen(
                [str(part) for part in command],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                **options,
            )
        except FileNotFoundError as error:
            raise StackError(f"{what}: the program {command[0]} is not installed") from error
        code = _wait(process, step, log)
    if code:
        raise StackError(f"{what} failed (exit code {code}). End of {log}:\n{tail(log)}")


def _wait(process: subprocess.Popen[bytes], step: Step, log: Path) -> int:
    while True:
        try:
            return process.wait(HEARTBEAT_SECONDS)
        except subprocess.TimeoutExpired:
            last = tail(log, 1).strip()[:80]
            step.say(f"{step.elapsed()} … {last}".rstrip())
        except BaseException:
            process.terminate()
            process.wait()
            raise
