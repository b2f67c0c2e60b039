"""One ``package_create`` and one upload with the plugin on against off.

Three processes on the same database, index and storage take turns: one as the portal is and
two without ``satudata`` among its plugins. What "off" is decides what is measured:

- *same fields*: scheming with the fields of our schema, rows of subfields included, without
  what is ours about them: such a field is a plain text. (The schema file itself names
  validators and presets of the plugin, so it cannot be used without it.) The ratio is what the
  code of the plugin costs: validators, chained actions, recorder, index, queue.
- *stock schema*: scheming with the small schema it brings. The ratio is what a portal pays that
  comes from stock CKAN, so it counts the work that core and scheming do for each further field.

Both have the same target. There are many short turns, in all orders, so that what else the machine
does, and the search engine after the call before, slows all alike.
"""

from __future__ import annotations

import itertools
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import Any

import yaml
from ckan.tests import factories

from .figures import Figure

ROOT = Path(__file__).resolve().parents[1]
TURNS = 120
"""In each of them every process makes one dataset and one upload."""
WARMING = 6
"""Turns before those, which do not count."""

OFF = {
    "ckan.plugins": "scheming_datasets",
    "scheming.dataset_schemas": "ckanext.scheming:ckan_dataset.yaml",
    "scheming.organization_schemas": "",
    "scheming.presets": "ckanext.scheming:presets.json",
}
"""Settings of the portal without the plugin, with the schema that scheming brings."""

SAME_FIELDS = "same_fields.json"
"""File of the schema that has our fields and none of our code."""

PLAIN_TEXT = "ignore_empty unicode_safe"
"""Validators of a field of that schema, those of any text of ours."""

SIDES = {"on": "plugin on", "same": "same fields", "stock": "stock schema"}

NAMES = {"create": "package_create", "upload": "upload of a resource"}


def measure() -> Iterator[Figure]:
    """The seconds of a call with the plugin as a ratio to those without: the median of the turns,
    since within one the machine is slow or quick for all alike."""
    user = factories.Sysadmin()
    org = factories.Organization(user=user)
    with tempfile.TemporaryDirectory() as folder:
        told = {"user": user["name"], "org": org["id"], "folder": folder}
        _write_same_fields(Path(folder) / SAME_FIELDS)
        times = _take_turns({side: _start({**told, "side": side}) for side in SIDES})
    for what, name in NAMES.items():
        on = times["on"][what]
        for side in ("same", "stock"):
            off = times[side][what]
            yield Figure(
                f"{name}, plugin on / off with {SIDES[side]}",
                median(mine / theirs for mine, theirs in zip(on, off, strict=True)),
                1.1,
                f"median {1000 * median(on):.0f} ms / {1000 * median(off):.0f} ms",
            )


def _take_turns(sides: dict[str, subprocess.Popen[str]]) -> dict[str, dict[str, list[float]]]:
    """The seconds of each call by side; the order of the sides changes from turn to turn."""
    times: dict[str, dict[str, list[float]]] = {
        side: {"create": [], "upload": []} for side in sides
    }
    try:
        orders = itertools.cycle(itertools.permutations(sides))
        for turn, order in enumerate(itertools.islice(orders, WARMING + TURNS)):
            for side in order:
                taken = _ask(sides[side])
                if turn >= WARMING:
                    for what, seconds in taken.items():
                        times[side][what].append(seconds)
    finally:
        for process in sides.values():
            process.stdin.close()
            process.wait(30)
    return times


def _write_same_fields(file: Path) -> None:
    """Write our dataset schema with what is ours left out: same fields and rows, plain texts."""
    schema = yaml.safe_load((ROOT / "schemas" / "dataset.yaml").read_text("utf-8"))
    plain = {
        "scheming_version": schema["scheming_version"],
        "dataset_type": schema["dataset_type"],
        "about": "",
        "about_url": "",
        "dataset_fields": [_plain(field) for field in schema["dataset_fields"]],
        "resource_fields": [_plain(field) for field in schema["resource_fields"]],
    }
    file.write_text(json.dumps(plain))


def _plain(field: dict[str, Any]) -> dict[str, Any]:
    """A field with no preset, validator or helper of the plugin."""
    plain = {"field_name": field["field_name"], "label": field["field_name"]}
    if "repeating_subfields" in field:
        plain["repeating_subfields"] = [_plain(one) for one in field["repeating_subfields"]]
    elif field.get("preset", "").startswith("satudata_"):
        plain["validators"] = PLAIN_TEXT
    elif "preset" in field:
        plain["preset"] = field["preset"]
    for key in ("validators", "create_validators"):
        if key in field:
            core = [word for word in field[key].split() if not word.startswith("satudata_")]
            plain[key] = " ".join(core)
    return plain


def _start(told: dict[str, Any]) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "bench.writes", json.dumps(told)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def _ask(process: subprocess.Popen[str]) -> dict[str, float]:
    process.stdin.write("go\n")
    process.stdin.flush()
    line = process.stdout.readline()
    if not line:
        raise RuntimeError("a process of the writes ended early")
    return json.loads(line)


def work(told: dict[str, Any]) -> None:
    """The child: make a dataset and an upload whenever it is told to, and answer the seconds.

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
    on = told["side"] == "on"
    settings.update({} if on else OFF)
    if told["side"] == "same":
        settings["scheming.dataset_schemas"] = (Path(told["folder"]) / SAME_FIELDS).as_uri()
    app = make_app(settings)._wsgi_app
    if plugins.plugin_loaded("satudata") is not on:
        raise RuntimeError("the plugin is not as it was asked for")
    logging.disable(logging.WARNING)
    table = b"wilayah,jumlah\n" + b"".join(b"Desa %d,%d\n" % (nr, nr) for nr in range(200))

    def timed(action: str, **data: object) -> tuple[float, dict]:
        begun = time.perf_counter()
        done = toolkit.get_action(action)({"user": told["user"]}, data)
        return time.perf_counter() - begun, done

    for made, _line in enumerate(sys.stdin):
        with app.test_request_context():
            create, dataset = timed(
                "package_create",
                name=f"tulis-{os.getpid()}-{made}",
                title="Jumlah penduduk",
                notes="Banyaknya penduduk menurut desa.",
                owner_org=told["org"],
            )
        with app.test_request_context():
            upload, _resource = timed(
                "resource_create",
                package_id=dataset["id"],
                name="2025",
                url="",
                format="CSV",
                upload=FileStorage(io.BytesIO(table), filename="data.csv"),
            )
        print(json.dumps({"create": create, "upload": upload}), flush=True)


if __name__ == "__main__":
    work(json.loads(sys.argv[1]))
