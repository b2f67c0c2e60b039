"""Command line of the development stack; the Makefile calls it."""

from __future__ import annotations

import sys

if sys.version_info < (3, 10):  # noqa: UP036 - the message is for those who have less
    sys.exit("Python 3.10 or newer is needed; this is " + sys.version.split()[0])

import argparse
import os
from pathlib import Path

from . import packaging
from .clone import Clone
from .demo import Demo
from .messages import StackError, run_steps
from .stack import Stack
from .suite import BENCH_SLOT, Suite

ROOT = Path(__file__).resolve().parents[1]


def demo(stack: Stack, options: argparse.Namespace) -> int:
    """Bring up the demo portal on PORT."""
    Demo(stack).up(fresh=options.fresh)
    return 0


def status(stack: Stack, options: argparse.Namespace) -> int:
    """Say what runs."""
    Demo(stack).status()
    return 0


def stop(stack: Stack, options: argparse.Namespace) -> int:
    """Stop everything; data stay."""
    with stack.clone.locked():
        Demo(stack).stop()
    return 0


def clean(stack: Stack, options: argparse.Namespace) -> int:
    """Stop everything and remove .dev and the database cluster."""
    with stack.clone.locked():
        Demo(stack).clean()
    return 0


def ckan(stack: Stack, options: argparse.Namespace) -> int:
    """Run CKAN's command line, with the arguments in ARGS, on the demo."""
    return Demo(stack).ckan(os.environ.get("ARGS", ""))


def tools(stack: Stack, options: argparse.Namespace) -> int:
    """Install the Debian packages and the Python environment, start nothing."""
    with stack.clone.locked():
        run_steps(stack.tools())
    return 0


def packaging_check(stack: Stack, options: argparse.Namespace) -> int:
    """Check the wheel: its content, its installation, its migration."""
    try:
        packaging.check(stack)
    finally:
        stop_in_ci(stack)
    return 0


def stop_in_ci(stack: Stack) -> None:
    """In CI nothing that a command started stays behind."""
    if os.environ.get("CI") == "true":
        stack.stop_started()


def up_test(stack: Stack, options: argparse.Namespace) -> int:
    """Bring up what the tests need."""
    Suite.from_environment(stack).up()
    return 0


def test(stack: Stack, options: argparse.Namespace) -> int:
    """Run the test suite."""
    suite = Suite.from_environment(stack)
    try:
        suite.up()
        return suite.pytest(os.environ.get("ARGS", ""))
    finally:
        stop_in_ci(stack)


def bench(stack: Stack, options: argparse.Namespace) -> int:
    """Run the benchmarks."""
    suite = Suite(stack, [BENCH_SLOT])
    try:
        suite.up()
        return suite.module("bench")
    finally:
        stop_in_ci(stack)


def parser() -> argparse.ArgumentParser:
    """The sub-commands."""
    result = argparse.ArgumentParser(prog="python3 -m dev", description=__doc__)
    commands = result.add_subparsers(required=True, metavar="COMMAND")

    def add(name: str, function) -> argparse.ArgumentParser:
        command = commands.add_parser(name, help=function.__doc__)
        command.set_defaults(function=function)
        return command

    add("demo", demo).add_argument(
        "--fresh", action="store_true", help="throw the demo's data away and load them anew"
    )
    for name, function in {
        "status": status,
        "stop": stop,
        "clean": clean,
        "ckan": ckan,
        "tools": tools,
        "packaging": packaging_check,
        "up-test": up_test,
        "test": test,
        "bench": bench,
    }.items():
        add(name, function)
    return result


def main() -> int:
    """Run one command; a StackError is a message, not a traceback."""
    options = parser().parse_args()
    clone = Clone(ROOT)
    try:
        clone.check()
        return options.function(Stack(clone), options)
    except StackError as error:
        print(f"Error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nInterrupted. The same command again goes on from here.", file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(main())
