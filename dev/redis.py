"""A private Redis, for CKAN's queues."""

from __future__ import annotations

import socket
from pathlib import Path

from .clone import Clone, Ports
from .messages import Step
from .processes import Service


class Redis(Service):
    """Redis on 127.0.0.1; it saves on shutdown, so that queued jobs outlive a stop."""

    name = "Redis"

    def __init__(self, clone: Clone, ports: Ports):
        super().__init__(clone)
        self.ports = ports
        self.data = clone.dev / "redis"

    @property
    def port(self) -> int:
        return self.ports.backend("redis", self.usable_port)

    @property
    def url(self) -> str:
        """Address of the server, to which a database number is added."""
        return f"redis://127.0.0.1:{self.port}"

    def prepare(self, step: Step) -> None:
        self.data.mkdir(parents=True, exist_ok=True)

    def command(self) -> list[str | Path]:
        return [
            "redis-server", "--port", str(self.port), "--bind", "127.0.0.1", "--dir", self.data,
            "--databases", "64", "--save", "300 1", "--daemonize", "no",
        ]  # fmt: skip

    def _ask(self, *words: str) -> str:
        with socket.create_connection(("127.0.0.1", self.port), timeout=2) as connection:
            connection.sendall(" ".join(words).encode() + b"\r\n")
            return connection.recv(1000).decode()

    def ready(self) -> bool:
        try:
            return self._ask("PING").startswith("+PONG")
        except OSError:
            return False

    def empty(self, number: int) -> None:
        """Delete all keys of one numbered database."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=10) as connection:
            connection.sendall(f"SELECT {number}\r\nFLUSHDB\r\n".encode())
            answer = b""
            while answer.count(b"\r\n") < 2:
                answer += connection.recv(1000)
