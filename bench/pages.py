"""The report and the leaderboard against stock ``/about``, in one gunicorn process.

The three pages take turns, asked by the same logged-in sysadmin, so that none of them has the
quieter machine. What is compared is the time that nineteen of twenty requests stay below.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import ckan.model as model
import sqlalchemy as sa
from ckan.tests import factories

from ckanext.satudata import clock

from . import synthetic
from .figures import Figure
from .quarter import LIVE_AT

ROOT = Path(__file__).resolve().parents[1]
REQUESTS = 150
WARM = 5
DUTIES = 10_000
"""Size of the quarter, where no larger one was left by the benchmarks before."""

PLACE = f"{synthetic.QUARTER.year}/{synthetic.QUARTER.tw}"
PAGES = {"report": f"/satudata/kepatuhan/{PLACE}", "leaderboard": f"/satudata/peringkat/{PLACE}"}


def measure() -> Iterator[Figure]:
    """The p95 of each page as a ratio to that of ``/about``."""
    duties = model.Session.scalar(sa.text("SELECT count(*) FROM satudata_obligation"))
    if not duties:
        duties = DUTIES
        synthetic.load(duties)
    _compute()
    user = factories.SysadminWithToken()
    times: dict[str, list[float]] = {"/about": [], **{page: [] for page in PAGES.values()}}
    with _gunicorn() as address:
        for turn in range(WARM + REQUESTS):
            for page, taken in times.items():
                seconds = _get(address + page, user["token"])
                if turn >= WARM:
                    taken.append(seconds)
    stock = _p95(times["/about"])
    for name, page in PAGES.items():
        mine = _p95(times[page])
        yield Figure(
            f"{name} page over {duties} duties",
            mine / stock,
            1.5,
            f"p95 {1000 * mine:.0f} ms / about {1000 * stock:.0f} ms",
        )


def _compute() -> None:
    from ckanext.satudata.judging import live

    with clock.at(LIVE_AT):
        live.compute()


def _p95(times: list[float]) -> float:
    return sorted(times)[int(len(times) * 0.95)]


def _get(address: str, token: str) -> float:
    request = urllib.request.Request(address, headers={"Authorization": token})
    begun = time.perf_counter()
    with urllib.request.urlopen(request, timeout=60) as response:
        response.read()
        if response.url != address:
            raise RuntimeError(f"{address} leads to {response.url}")
    return time.perf_counter() - begun


@contextmanager
def _gunicorn() -> Iterator[str]:
    """One process with one thread on the portal of the benchmarks; yields its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [
        sys.executable, "-m", "gunicorn", "dev.wsgi:application", "--workers", "1",
        "--bind", f"127.0.0.1:{port}", "--log-level", "error",
    ]  # fmt: skip
    environment = {**os.environ, "CKAN_INI": str(ROOT / "test.ini")}
    server = subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        _wait(port, server)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(30)


def _wait(port: int, server: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + 90
    while time.monotonic() < end and server.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.2)
    raise RuntimeError("gunicorn does not answer")
