"""What commands of several rooms do alike: how they run in the portal, what they print."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import ckan.model as model
import click
from ckan.plugins import toolkit

from . import language
from .tables import TableError
from .text import one_line

_SAID: dict[type[Exception], Callable[[Any], str]] = {
    toolkit.ValidationError: lambda error: one_line(error.error_summary),
    toolkit.ObjectNotFound: lambda error: str(error.message),
    TableError: str,
}


@contextmanager
def in_portal(said: Mapping[type[Exception], Callable[[Any], str]] | None = None) -> Iterator[None]:
    """Texts in the portal's language; what is refused ends with its words and a non-zero exit.

    :param said: further faults that a person can mend, each with what says it
    """
    known = {**_SAID, **(said or {})}
    with language.of(toolkit.config["ckan.locale_default"]):
        try:
            yield
        except tuple(known) as error:
            model.Session.rollback()
            say = next(say for kind, say in known.items() if isinstance(error, kind))
            raise click.ClickException(say(error)) from error


def progress_lines(label: str, every: int = 100) -> Callable[[int, int], None]:
    """A callback ``(done, total)`` that prints a line now and then; a bar would spoil logs."""

    def show(done: int, total: int) -> None:
        if done % every == 0 or done == total:
            click.echo(f"{label}: {done}/{total}", err=True)

    return show
