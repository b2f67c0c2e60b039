"""What `pip install` must find: the mapped folders, the entry point, the declared options."""

from __future__ import annotations

import re
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "ckanext" / "satudata"


def test_mapped_folders_are_links_to_the_top_level():
    for folder in ("schemas", "migration"):
        link = PACKAGE / folder
        assert link.is_symlink()
        assert link.resolve() == ROOT / folder


def test_every_option_that_code_reads_is_declared_with_a_description():
    declared = {
        option["key"]: option.get("description")
        for group in yaml.safe_load((PACKAGE / "config_declaration.yaml").read_text())["groups"]
        for option in group["options"]
    }
    read = {
        name
        for path in PACKAGE.rglob("*.py")
        for name in re.findall(r"ckanext\.satudata\.[a-z_]+(?=\"\]|\"\))", path.read_text())
    }
    assert read == set(declared)
    assert all(declared.values())


def test_options_are_read_in_one_module_only():
    readers = [
        path.name
        for path in PACKAGE.rglob("*.py")
        if re.search(r"config(\.get\(|\[)\"ckanext\.satudata", path.read_text())
    ]
    assert readers == ["config.py"]
