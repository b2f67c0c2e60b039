"""Command line of the development stack; the Makefile calls it."""

from __future__ import annotations

import sys

if sys.version_info < (3, 10):
    sys.exit("Python 3.10 or newer is needed; this is " + sys.version.split()[0])

import argparse
import os
from pathlib import Path

from .clone import Clone
from .messages import StackError
from .stack import Stack
from .suite import Suite

ROOT = Path(__file__).resolve().parents[1]


def up_test(stack: Stack, options: argparse.Namespace) -> int:
    """Bring up what the tests need."""
    Suite.from_environment(stack).up()
    return 0


def test(stack: Stack, options: argparse.Namespace) -> int:
    """Run the test suite; in CI nothing that it started stays behind."""
    suite = Suite.from_environment(stack)
    try:
        suite.up()
        return suite.pytest(os.environ.get("ARGS", ""))
    finally:
        if os.environ.get("CI") == "true":
            stack.stop_started()


def parser() -> argparse.ArgumentParser:
    """The sub-commands."""
    result = argparse.ArgumentParser(prog="python3 -m dev", description=__doc__)
    commands = result.add_subparsers(required=True, metavar="COMMAND")

    def add(name: str, function) -> argparse.ArgumentParser:
        command = commands.add_parser(name, help=function.__doc__)
        command.set_defaults(function=function)
        return command

    add("up-test", up_test)
    add("test", test)
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
