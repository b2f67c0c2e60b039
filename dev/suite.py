"""The test suite: one slot (database, Solr core, Redis number, storage) per worker."""

from __future__ import annotations

import contextlib
import json
import os
import shlex
import shutil
import subprocess
from collections.abc import Iterator

from .clone import write_whole
from .messages import StackError, Step, run_steps
from .stack import Stack

MAX_SLOTS = 16
DEFAULT_SLOTS = 2
BENCH_SLOT = MAX_SLOTS - 1
"""Slot of the benchmarks, so that they may run beside a test run."""

BY_FILE = ("--dist", "loadfile", "--no-loadscope-reorder")
"""A worker takes whole files, in the order in which tests/conftest.py puts them."""


def slot_name(number: int) -> str:
    """Name of a slot's database and core."""
    return f"satudata_test_{number}"


class Suite:
    """Runs pytest against the stack.

    tests/conftest.py reads the addresses from the file named by
    SATUDATA_TEST_STACK and takes the slot of its xdist worker, or slot SLOT.
    """

    def __init__(self, stack: Stack, slots: list[int]):
        if not slots or not all(0 <= number < MAX_SLOTS for number in slots):
            raise StackError(f"SLOT and SLOTS must stay below {MAX_SLOTS}")
        self.stack = stack
        self.slots = slots
        self.folder = stack.clone.dev / "test"
        self.file = self.folder / "stack.json"

    @classmethod
    def from_environment(cls, stack: Stack) -> Suite:
        """Slot SLOT alone, or the first SLOTS slots (two by default)."""
        try:
            if "SLOT" in os.environ:
                return cls(stack, [int(os.environ["SLOT"])])
            return cls(stack, list(range(int(os.environ.get("SLOTS", DEFAULT_SLOTS)))))
        except ValueError:
            raise StackError("SLOT and SLOTS must be numbers") from None

    def up(self) -> None:
        """Bring up everything the slots need."""
        with self.stack.clone.locked():
            run_steps([*self.stack.bootstrap(), ("Test slots", self._prepare)])

    def _prepare(self, step: Step) -> None:
        databases = self.stack.postgres.databases()
        cores = self.stack.solr.cores()
        made = []
        for number in self.slots:
            name = slot_name(number)
            if name not in databases:
                self.stack.postgres.create(name, durable=False)
                made.append(f"database {name}")
            if name not in cores:
                self.stack.solr.create(name)
                made.append(f"core {name}")
        storage = self.folder / "storage"
        storage.mkdir(parents=True, exist_ok=True)
        write_whole(self.file, json.dumps(self._addresses(), indent=2) + "\n", mode=0o600)
        step.say("made " + ", ".join(made) if made else "present")

    def _addresses(self) -> dict[str, object]:
        return {
            "postgres": self.stack.postgres.url,
            "solr": self.stack.solr.url,
            "redis": self.stack.redis.url,
            "storage": str(self.folder / "storage"),
            "slots": [
                {"database": slot_name(number), "core": slot_name(number), "redis_db": number + 1}
                for number in range(MAX_SLOTS)
            ],
        }

    @contextlib.contextmanager
    def _reserved(self) -> Iterator[None]:
        """Hold the slots, so that two runs cannot empty each other's databases."""
        with contextlib.ExitStack() as locks:
            for number in self.slots:
                try:
                    locks.enter_context(self.stack.clone.locked(f"slot-{number}.lock", patience=0))
                except StackError:
                    raise StackError(
                        f"test slot {number} is in use by another run; take a free one: "
                        "SLOT=<number> make test"
                    ) from None
            yield

    def pytest(self, arguments: str) -> int:
        """Run pytest once and give its exit code; workers only if there are several slots."""
        workers = ["-n", str(len(self.slots)), *BY_FILE] if len(self.slots) > 1 else []
        return self.module("pytest", *workers, *shlex.split(arguments))

    def module(self, name: str, *arguments: str) -> int:
        """Run a Python module on emptied slots and give its exit code."""
        command = [self.stack.clone.python, "-m", name, *arguments]
        environment = {
            **os.environ,
            "SATUDATA_TEST_STACK": str(self.file),
            "SLOT": str(self.slots[0]),
            # What it keeps names files by their full path: nothing for the checkout itself.
            "HYPOTHESIS_STORAGE_DIRECTORY": str(self.folder / "hypothesis"),
        }
        with self._reserved():
            for number in self.slots:
                self.stack.redis.empty(number + 1)
                shutil.rmtree(self.folder / "storage" / str(number), ignore_errors=True)
            return subprocess.run(
                command, cwd=self.stack.clone.root, env=environment, check=False
            ).returncode
