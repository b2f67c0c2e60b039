"""The Debian packages the stack is built from."""

from __future__ import annotations

import os
import shutil
import subprocess

from .clone import Clone
from .messages import StackError, Step, run

PACKAGES = [
    "python3-venv",
    "python3-dev",
    "gcc",
    "libpq-dev",
    "libmagic1",
    "postgresql",
    "redis-server",
    "openjdk-17-jdk-headless",
    "maven",
    "chromium",
    "git",
    "libpango-1.0-0",
    "libpangoft2-1.0-0",
    "libharfbuzz-subset0",
    "fonts-dejavu",
]


def missing() -> list[str]:
    """The packages of the list that are not installed.

    Raises StackError where there is no dpkg to ask.
    """
    if not shutil.which("dpkg-query"):
        raise StackError(
            "dpkg-query was not found: the development stack is made for Debian 12 and its kin. "
            f"It needs: {' '.join(PACKAGES)}"
        )
    answer = subprocess.run(
        ["dpkg-query", "-W", "-f", "${Package} ${db:Status-Status}\n", *PACKAGES],
        capture_output=True,
        text=True,
        check=False,
    ).stdout
    installed = {
        name
        for name, _, state in (line.partition(" ") for line in answer.splitlines())
        if state == "installed"
    }
    return [name for name in PACKAGES if name not in installed]


def ensure(clone: Clone, step: Step) -> None:
    """Install what is missing as root; otherwise name it and stop."""
    absent = missing()
    if not absent:
        step.say("present")
        return
    if os.geteuid() != 0:
        raise StackError(
            "Debian packages are missing. Install them, then run the same command again:\n"
            f"  sudo apt-get install --no-install-recommends {' '.join(absent)}"
        )
    clone.require_space(3)
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    step.say("reading the package lists …")
    run(
        step,
        ["apt-get", "update"],
        log=clone.log / "apt.log",
        what="apt-get update",
        env=environment,
    )
    step.say(f"installing {' '.join(absent)} …")
    run(
        step,
        ["apt-get", "install", "-y", "--no-install-recommends", *absent],
        log=clone.log / "apt.log",
        what="apt-get install",
        env=environment,
    )
    if still := missing():
        raise StackError(f"apt-get did not install: {' '.join(still)}")
