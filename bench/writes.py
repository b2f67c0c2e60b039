"""One ``package_create`` and one upload with the plugin on against off.

Two processes on the same database, index and storage: one as the portal is, one without
``satudata`` among its plugins (scheming with the schema it brings). They take turns.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import Any

from ckan.tests import factories

from .figures import Figure

ROOT = Path(__file__).resolve().parents[1]
ROUNDS = 6
EACH = 4
"""Datasets and uploads of each process in each round."""

OFF = {
    "ckan.plugins": "scheming_datasets",
    "scheming.dataset_schemas": "ckanext.scheming:ckan_dataset.yaml",
    "scheming.organization_schemas": "",
    "scheming.presets": "ckanext.scheming:presets.json",
}
"""Settings of the portal without the plugin."""

NAMES = {"create": "package_create", "upload": "upload of a resource"}


def measure() -> Iterator[Figure]:
    """The median seconds of a call with the plugin as a ratio to those without."""
    user = factories.Sysadmin()
    org = factories.Organization(user=user)
    told = {"user": user["name"], "org": org["id"]}
    sides = {"on": _start({**told, "plugin": True}), "off": _start({**told, "plugin": False})}
    times: dict[str, dict[str, list[float]]] = {
        side: {"create": [], "upload": []} for side in sides
    }
    try:
        for turn in range(ROUNDS + 1):
            for side, process in sides.items():
                taken = _ask(process)
                if turn:  # the first round warms both up
                    for what, seconds in taken.items():
                        times[side][what].extend(seconds)
    finally:
        for process in sides.values():
            process.stdin.close()
            process.wait(30)
    for what, name in NAMES.items():
        on, off = median(times["on"][what]), median(times["off"][what])
        yield Figure(
            f"{name}, plugin on / off",
            on / off,
            1.1,
            f"median {1000 * on:.0f} ms / {1000 * off:.0f} ms",
        )


def _start(told: dict[str, Any]) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "bench.writes", json.dumps(told)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def _ask(process: subprocess.Popen[str]) -> dict[str, list[float]]:
    process.stdin.write("go\n")
    process.stdin.flush()
    line = process.stdout.readline()
    if not line:
        raise RuntimeError("a process of the writes ended early")
    return json.loads(line)


def work(told: dict[str, Any]) -> None:
    """The child: make datasets and uploads whenever it is told to, and answer the seconds.

    :raises RuntimeError: the plugin is on where it should be off, or the other way round
    """
    import io
    import logging
    import time

    from ckan import plugins
    from ckan.cli import load_config
    from ckan.config.middleware import make_app
    from ckan.plugins import toolkit
    from werkzeug.datastructures import FileStorage

    settings = load_config(str(ROOT / "test.ini"))
    settings.update({} if told["plugin"] else OFF)
    app = make_app(settings)._wsgi_app
    if plugins.plugin_loaded("satudata") is not told["plugin"]:
        raise RuntimeError("the plugin is not as it was asked for")
    logging.disable(logging.WARNING)
    table = b"wilayah,jumlah\n" + b"".join(b"Desa %d,%d\n" % (nr, nr) for nr in range(200))
    made = 0

    def timed(action: str, **data: object) -> tuple[float, dict]:
        begun = time.perf_counter()
        done = toolkit.get_action(action)({"user": told["user"]}, data)
        return time.perf_counter() - begun, done

    for _line in sys.stdin:
        seconds: dict[str, list[float]] = {"create": [], "upload": []}
        for _turn in range(EACH):
            made += 1
            with app.test_request_context():
                taken, dataset = timed(
                    "package_create",
                    name=f"tulis-{os.getpid()}-{made}",
                    title="Jumlah penduduk",
                    notes="Banyaknya penduduk menurut desa.",
                    owner_org=told["org"],
                )
                seconds["create"].append(taken)
            with app.test_request_context():
                taken, _resource = timed(
                    "resource_create",
                    package_id=dataset["id"],
                    name="2025",
                    url="",
                    format="CSV",
                    upload=FileStorage(io.BytesIO(table), filename="data.csv"),
                )
                seconds["upload"].append(taken)
        print(json.dumps(seconds), flush=True)


if __name__ == "__main__":
    work(json.loads(sys.argv[1]))
