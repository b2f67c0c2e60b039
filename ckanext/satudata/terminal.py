"""What commands of several rooms print alike."""

from __future__ import annotations

from collections.abc import Callable

import click


def progress_lines(label: str, every: int = 100) -> Callable[[int, int], None]:
    """A callback ``(done, total)`` that prints a line now and then; a bar would spoil logs."""

    def show(done: int, total: int) -> None:
        if done % every == 0 or done == total:
            click.echo(f"{label}: {done}/{total}", err=True)

    return show
