"""The virtual environment in ``.dev/venv``: CKAN, the plugin, the test tools."""

from __future__ import annotations

import sys

from .clone import Clone, fingerprint, write_whole
from .messages import Step, run

SOURCES = ("dev/requirements.txt", "dev/requirements-test.txt", "setup.py", "pyproject.toml")


def ensure(clone: Clone, step: Step) -> None:
    """Make the environment, or bring it up to date if a requirement changed.

    The stamp is written last, so an interrupted installation is done again; an
    environment that was never complete is made anew.
    """
    stamp = clone.dev / "venv" / "complete"
    wanted = fingerprint([clone.root / name for name in SOURCES], contents=True) + sys.version
    if stamp.exists() and stamp.read_text() == wanted:
        step.say("present")
        return
    clone.require_space(3)
    log = clone.log / "pip.log"
    if not stamp.exists():
        step.say("making .dev/venv …")
        command = [sys.executable, "-m", "venv", "--clear", clone.dev / "venv"]
        run(step, command, log=log, what="python3 -m venv")
    pip = [clone.python, "-m", "pip", "install", "--progress-bar", "off"]
    step.say("installing CKAN and the test tools (a minute or two) …")
    files = [option for name in SOURCES[:2] for option in ("-r", clone.root / name)]
    run(step, [*pip, *files], log=log, what="pip install")
    step.say("installing the plugin …")
    plugin = [*pip, "-e", f"{clone.root}[harvest]"]
    run(step, plugin, log=log, what="pip install of the plugin")
    write_whole(stamp, wanted)
