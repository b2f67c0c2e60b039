"""The packaging check: the wheel holds every file and works where only it is installed."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

from .clone import Clone
from .messages import StackError, Step, run, run_steps
from .portal import with_options
from .stack import Stack

DATABASE = "satudata_packaging"
# Top-level folders that setup.py maps into the package.
MAPPED = ("schemas", "migration")


def tracked(clone: Clone, *folders: str) -> list[str]:
    """The files git knows below the folders, without symbolic links."""
    listing = subprocess.run(
        ["git", "ls-files", "-z", "--", *folders],
        cwd=clone.root,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    names = [name for name in listing.split("\0") if name]
    return [name for name in names if (clone.root / name).is_file()]


def expected_in_wheel(clone: Clone) -> set[str]:
    """Where each tracked file of the plugin must lie in the wheel."""
    mapped = {f"ckanext/satudata/{name}" for name in tracked(clone, *MAPPED)}
    return {
        name
        for name in mapped | set(tracked(clone, "ckanext/satudata"))
        if not name.endswith(".gitkeep")
    }


def compare(wheel: Path, expected: set[str]) -> None:
    """Raise StackError unless the wheel holds exactly the expected plugin files."""
    with zipfile.ZipFile(wheel) as archive:
        found = {name for name in archive.namelist() if name.startswith("ckanext/satudata/")}
    faults = [f"missing: {name}" for name in sorted(expected - found)]
    faults += [f"not in git: {name}" for name in sorted(found - expected)]
    if faults:
        raise StackError("the wheel differs from git ls-files:\n" + "\n".join(faults))


class PackagingCheck:
    """Builds the wheel from the tracked files alone and tries it in an empty environment."""

    def __init__(self, stack: Stack, folder: Path):
        self.stack = stack
        self.clone = stack.clone
        self.folder = folder
        self.python = folder / "venv" / "bin" / "python"

    def _run(self, step: Step, name: str, command: list[str | Path]) -> None:
        log = self.clone.log / f"packaging-{'-'.join(name.split())}.log"
        run(step, command, log=log, what=name, cwd=self.folder)

    def _wheel(self) -> Path:
        return next((self.folder / "wheel").glob("*.whl"))

    def build(self, step: Step) -> None:
        """Copy what git knows and build the wheel there: no stale build folder can help."""
        source = self.folder / "source"
        for name in tracked(self.clone, "."):
            target = source / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(self.clone.root / name, target)
        step.say("building …")
        self._run(
            step,
            "pip wheel",
            [
                self.clone.python,
                "-m",
                "pip",
                "wheel",
                "--no-deps",
                "-w",
                self.folder / "wheel",
                source,
            ],
        )
        expected = expected_in_wheel(self.clone)
        compare(self._wheel(), expected)
        step.say(f"{len(expected)} files, as in git")

    def install(self, step: Step) -> None:
        """Install the wheel beside stock CKAN, as the pinned versions of the demo."""
        step.say("installing into an empty environment …")
        self._run(step, "venv", [sys.executable, "-m", "venv", self.folder / "venv"])
        pins = self.clone.root / "dev" / "requirements.txt"
        self._run(
            step,
            "pip install",
            [
                self.python,
                "-m",
                "pip",
                "install",
                "--progress-bar",
                "off",
                "ckan[requirements]",
                self._wheel(),
                "-c",
                self._constraints(pins),
            ],
        )

    def _constraints(self, pins: Path) -> Path:
        """The pins as constraints, which may not name extras."""
        lines = pins.read_text().splitlines()
        result = self.folder / "constraints.txt"
        result.write_text("\n".join(re.sub(r"\[.*?\]", "", line) for line in lines) + "\n")
        return result

    def migrate(self, step: Step) -> None:
        """`ckan db upgrade -p satudata` from the wheel on a fresh database."""
        step.say("migrating a fresh database from the wheel …")
        postgres = self.stack.postgres
        postgres.drop(DATABASE)
        postgres.create(DATABASE, durable=False)
        try:
            ini = self._configure()
            ckan = [self.folder / "venv" / "bin" / "ckan", "-c", ini]
            self._run(step, "ckan db upgrade", [*ckan, "db", "upgrade", "--skip-plugins"])
            self._run(step, "ckan db upgrade -p", [*ckan, "db", "upgrade", "-p", "satudata"])
            tables = postgres.sql(
                "SELECT count(*) FROM pg_tables WHERE tablename LIKE 'satudata%' "
                "AND tablename <> 'satudata_alembic_version'",
                DATABASE,
            )
            version = postgres.sql("SELECT version_num FROM satudata_alembic_version", DATABASE)
        finally:
            postgres.drop(DATABASE)
        if not version or tables == "0":
            raise StackError("ckan db upgrade -p satudata made no tables")
        step.say(f"{tables} tables at revision {version}")

    def _configure(self) -> Path:
        """test.ini with the addresses of this check."""
        ini = self.folder / "ckan.ini"
        addresses = {
            "sqlalchemy.url": f"{self.stack.postgres.url}/{DATABASE}",
            "ckan.storage_path": str(self.folder / "storage"),
        }
        text = (self.clone.root / "test.ini").read_text()
        ini.write_text(with_options(text, addresses))
        return ini


def check(stack: Stack) -> None:
    """Run the whole check.

    Raises StackError with what is wrong.
    """
    with tempfile.TemporaryDirectory(prefix="satudata-packaging-") as folder:
        work = PackagingCheck(stack, Path(folder))
        with stack.clone.locked():
            run_steps(
                [
                    *stack.tools(),
                    (stack.postgres.name, lambda step: stack.start(stack.postgres, step)),
                    ("Wheel", work.build),
                    ("Installation", work.install),
                    ("Migration", work.migrate),
                ]
            )
