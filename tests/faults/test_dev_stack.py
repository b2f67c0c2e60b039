"""The development stack when things are broken: ports taken, stale pids, dead servers."""

from __future__ import annotations

import configparser
import os
import shutil
import signal
import socket
import stat
import subprocess
import sys
import urllib.error
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from dev import packages
from dev.clone import Clone, Ports, fingerprint, kept_secret, port_is_free
from dev.messages import StackError, Step, run
from dev.packaging import compare
from dev.portal import Web, with_options
from dev.processes import Identity, PidFile, Service, wait_until
from dev.solr import fetch_local

pytestmark = pytest.mark.faults

STEP = Step(1, 1, "Test")


@pytest.fixture
def clone(tmp_path: Path) -> Clone:
    """An empty checkout."""
    (tmp_path / ".dev").mkdir()
    return Clone(tmp_path)


@pytest.fixture
def stranger() -> Iterator[subprocess.Popen[bytes]]:
    """A process that the stack did not start."""
    process = subprocess.Popen(["sleep", "60"])
    yield process
    process.kill()
    process.wait()


@pytest.fixture
def taken_port() -> Iterator[int]:
    """A port on which another program listens."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]


class FileServer(Service):
    """A real server that is quick to start."""

    name = "File server"
    port = 0

    def command(self) -> list[str | Path]:
        return [sys.executable, "-m", "http.server", str(self.port), "--bind", "127.0.0.1"]

    def ready(self) -> bool:
        try:
            fetch_local(f"http://127.0.0.1:{self.port}/", timeout=5)
        except OSError:
            return False
        return True


@pytest.fixture
def server(clone: Clone) -> Iterator[FileServer]:
    """A service that does not run yet, on a free port."""
    service = FileServer(clone)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        service.port = probe.getsockname()[1]
    yield service
    service.stop()


def test_a_service_starts_once_and_stops_by_its_pid(server: FileServer):
    assert server.start(STEP)
    first = server.process()
    assert not server.start(STEP)
    assert server.process() == first
    assert server.stop()
    assert not first.alive()
    assert not server.stop()


def test_a_service_has_a_session_of_its_own(server: FileServer):
    server.start(STEP)
    pid = server.process().pid
    assert os.getsid(pid) == pid
    assert os.readlink(f"/proc/{pid}/fd/0") == "/dev/null"
    assert os.readlink(f"/proc/{pid}/fd/1") == str(server.log)


def test_a_killed_service_is_started_again(server: FileServer):
    server.start(STEP)
    killed = server.process()
    os.kill(killed.pid, signal.SIGKILL)
    assert wait_until(lambda: not killed.alive(), 5)
    assert not server.alive()
    assert server.start(STEP)
    assert server.process() != killed


def test_a_service_that_ignores_the_signal_is_killed(server: FileServer, monkeypatch):
    monkeypatch.setattr("dev.processes.STOP_SECONDS", 0.3)
    server.start(STEP)
    process = server.process()
    os.kill(process.pid, signal.SIGSTOP)
    assert server.stop()
    assert not process.alive()


def test_a_service_that_cannot_start_says_why(server: FileServer, taken_port: int):
    server.port = taken_port
    with pytest.raises(StackError, match=r"File server did not start[\s\S]*in use"):
        server.start(STEP)
    assert server.process() is None


def test_a_reused_pid_is_never_stopped(server: FileServer, stranger: subprocess.Popen[bytes]):
    now = Identity.of(stranger.pid)
    server.pid_file.write(replace(now, started=now.started - 1))
    assert server.process() is None
    assert not server.stop()
    assert stranger.poll() is None
    assert not server.pid_file.path.exists()


@pytest.mark.parametrize("content", ["", "{", "[1]", '{"pid": 1}'])
def test_a_damaged_pid_file_counts_as_none(tmp_path: Path, content: str):
    path = tmp_path / "pid.json"
    path.write_text(content)
    assert PidFile(path).read() is None


def test_a_back_end_moves_on_from_a_port_taken_and_remembers(clone: Clone, taken_port: int):
    ports = Ports(clone)
    ports.known = {"redis": taken_port}
    port = ports.backend("redis", port_is_free)
    assert port > taken_port
    assert Ports(clone).backend("redis", port_is_free) == port


def test_two_back_ends_never_share_a_port(clone: Clone):
    ports = Ports(clone)
    ports.known = {"postgres": 21000, "redis": 21000}
    assert ports.backend("redis", lambda port: True) != 21000


def test_the_web_port_in_use_is_named_with_a_way_out(clone: Clone, taken_port: int):
    web = Web(clone, Ports(clone))
    with pytest.raises(StackError, match=rf"port {taken_port} is in use.*PORT=\d+"):
        web.claim_port(str(taken_port))
    assert Ports(clone).web() != taken_port


@pytest.mark.parametrize("port", ["0", "65536", "abc", "-1", "5000x"])
def test_a_web_port_that_is_none_is_refused(clone: Clone, port: str):
    with pytest.raises(StackError, match="PORT must be a number"):
        Web(clone, Ports(clone)).claim_port(port)


def test_links_lost_in_a_clone_are_noticed(clone: Clone):
    package = clone.root / "ckanext" / "satudata"
    package.mkdir(parents=True)
    for name in ("schemas", "migration"):
        (clone.root / name).mkdir()
        (package / name).symlink_to(f"../../{name}")
    clone.check()
    (package / "schemas").unlink()
    (package / "schemas").write_text("../../schemas")
    with pytest.raises(StackError, match=r"ckanext/satudata/schemas .*symlinks=true"):
        clone.check()


def test_too_little_space_is_noticed(clone: Clone):
    free = shutil.disk_usage(clone.root).free / 1e9
    with pytest.raises(StackError, match=r"not enough space: [\d.]+ GB free"):
        clone.require_space(free + 100)


def test_two_commands_do_not_build_at_once(clone: Clone):
    with (
        clone.locked(),
        pytest.raises(StackError, match="another command"),
        clone.locked(patience=0),
    ):
        pass
    with clone.locked(patience=0):
        pass


def test_missing_packages_are_named(tmp_path: Path, monkeypatch):
    assert packages.missing() == []
    query = tmp_path / "dpkg-query"
    query.write_text(f'#!/bin/sh\n{shutil.which("dpkg-query")} "$@" | grep -v "^maven "\n')
    query.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    assert packages.missing() == ["maven"]


def test_a_failing_command_shows_the_end_of_its_log(clone: Clone):
    log = clone.log / "fails.log"
    with pytest.raises(StackError, match=r"Work failed \(exit code 3\)[\s\S]*no such mirror"):
        run(STEP, ["sh", "-c", "echo no such mirror; exit 3"], log=log, what="Work")
    with pytest.raises(StackError, match="no-such-tool is not installed"):
        run(STEP, ["no-such-tool"], log=log, what="Work")


def test_a_secret_is_made_once_and_is_closed_to_others(tmp_path: Path):
    path = tmp_path / "secret"
    first = kept_secret(path)
    assert kept_secret(path) == first
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_changed_file_changes_the_fingerprint(tmp_path: Path):
    (tmp_path / "one.py").write_text("1")
    before = fingerprint([tmp_path], contents=True)
    (tmp_path / "one.pyc").write_text("compiled")
    assert fingerprint([tmp_path], contents=True) == before
    (tmp_path / "one.py").write_text("2")
    assert fingerprint([tmp_path], contents=True) != before


def test_options_are_set_in_the_main_section_alone():
    ini = "[DEFAULT]\ndebug = no\n[app:main]\nuse = egg:ckan\na.b = 1\n[loggers]\na.b = 9\n"
    result = configparser.RawConfigParser(default_section="none")
    result.read_string(with_options(ini, {"a.b": "2", "new": "x = y"}))
    assert dict(result["app:main"]) == {"use": "egg:ckan", "a.b": "2", "new": "x = y"}
    assert dict(result["loggers"]) == {"a.b": "9"}
    assert dict(result["DEFAULT"]) == {"debug": "no"}


def test_a_wheel_that_differs_from_git_is_refused(tmp_path: Path):
    wheel = tmp_path / "x.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("ckanext/satudata/plugin.py", "")
        archive.writestr("ckanext/satudata/schemas/stray.yaml", "")
    compare(wheel, {"ckanext/satudata/plugin.py", "ckanext/satudata/schemas/stray.yaml"})
    with pytest.raises(StackError, match=r"missing: .*alembic\.ini\nnot in git: .*stray\.yaml"):
        compare(
            wheel,
            {"ckanext/satudata/plugin.py", "ckanext/satudata/migration/satudata/alembic.ini"},
        )


def test_an_answer_with_an_error_is_no_answer(server: FileServer):
    server.start(STEP)
    with pytest.raises(urllib.error.HTTPError):
        fetch_local(f"http://127.0.0.1:{server.port}/no-such-page")
