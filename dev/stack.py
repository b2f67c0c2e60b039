"""The parts of the stack in the order in which they start."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from . import packages, venv
from .clone import Clone, Ports
from .messages import Step
from .postgres import Postgres
from .processes import Service
from .redis import Redis
from .solr import Solr

NamedStep = tuple[str, Callable[[Step], Any]]


class Stack:
    """The back-ends, shared by the demo and the tests, and how to bring them up."""

    def __init__(self, clone: Clone):
        self.clone = clone
        self.ports = Ports(clone)
        self.postgres = Postgres(clone, self.ports)
        self.redis = Redis(clone, self.ports)
        self.solr = Solr(clone, self.ports)
        self.started: list[Service] = []

    @property
    def backends(self) -> list[Service]:
        """PostgreSQL, Redis and Solr."""
        return [self.postgres, self.redis, self.solr]

    def start(self, service: Service, step: Step) -> None:
        """Start a service if need be and remember whether it was this command that did."""
        if service.start(step):
            self.started.append(service)

    def tools(self) -> list[NamedStep]:
        """What must be installed before anything runs."""
        return [
            ("Debian packages", lambda step: packages.ensure(self.clone, step)),
            ("Python environment", lambda step: venv.ensure(self.clone, step)),
        ]

    def bootstrap(self) -> list[NamedStep]:
        """The tools, then the three back-ends."""
        return self.tools() + [
            (service.name, lambda step, service=service: self.start(service, step))
            for service in self.backends
        ]

    def stop_started(self) -> None:
        """Stop what this command started, last first."""
        for service in reversed(self.started):
            service.stop()
        self.started.clear()
