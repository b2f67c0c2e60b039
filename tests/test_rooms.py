"""The house holds: a room imports only rooms that stand before it, and names are offered once."""

from __future__ import annotations

import ast
import types
from pathlib import Path

import pytest
from ckan.plugins import toolkit

from ckanext.satudata import rooms

PACKAGE = Path(rooms.__file__).parent
PURE = {"calendar", "rules"}
NOT_PURE = {"ckan", "sqlalchemy", "flask"}


def _imports(path: Path) -> set[str]:
    """Absolute names of the modules that a file imports, wherever in the file."""
    package = ["ckanext", "satudata", *path.relative_to(PACKAGE).parts[:-1]]
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            stem = ".".join([*base, *([node.module] if node.module else [])])
            found.update(f"{stem}.{alias.name}" for alias in node.names)
    return found


def _rooms_imported(path: Path) -> set[str]:
    prefix = "ckanext.satudata."
    parts = (name.removeprefix(prefix) for name in _imports(path) if name.startswith(prefix))
    return {part.split(".")[0] for part in parts} & set(rooms.ROOMS)


@pytest.mark.parametrize("room", rooms.ROOMS)
def test_a_room_imports_only_rooms_before_it(room):
    allowed = set(rooms.ROOMS[: rooms.ROOMS.index(room) + 1])
    for path in (PACKAGE / room).rglob("*.py"):
        assert _rooms_imported(path) <= allowed, path


@pytest.mark.parametrize("room", sorted(PURE))
def test_a_pure_room_knows_neither_ckan_nor_sql(room):
    for path in (PACKAGE / room).rglob("*.py"):
        assert not {name.split(".")[0] for name in _imports(path)} & NOT_PURE, path


def test_shared_modules_import_no_room_but_the_calendar():
    for path in PACKAGE.glob("*.py"):
        if path.stem != "plugin":
            assert _rooms_imported(path) <= {"calendar"}, path


def test_every_folder_with_code_is_a_room():
    folders = {path.parent.name for path in PACKAGE.glob("*/__init__.py")}
    assert folders == set(rooms.ROOMS)


def test_a_name_offered_twice_stops_the_start(monkeypatch):
    offered = []
    monkeypatch.setattr(rooms, "_modules", lambda kind: iter(offered))
    for room in ("opd", "register"):
        module = types.ModuleType(f"ckanext.satudata.{room}.things")
        module.__all__ = ["satudata_thing"]
        module.__spec__ = types.SimpleNamespace(name=module.__name__)
        module.satudata_thing = room
        offered.append(module)
    with pytest.raises(rooms.DuplicateNameError, match="satudata_thing"):
        rooms._merge("things")


def test_two_rooms_may_chain_the_same_action_of_core(monkeypatch):
    def told(room):
        def thing(next_action, context, data_dict):
            return [room, *next_action(context, data_dict)]

        return toolkit.chained_action(thing)

    offered = []
    monkeypatch.setattr(rooms, "_modules", lambda kind: iter(offered))
    for room in ("opd", "register"):
        module = types.ModuleType(f"ckanext.satudata.{room}.things")
        module.__all__ = ["thing"]
        module.__spec__ = types.SimpleNamespace(name=module.__name__)
        module.thing = told(room)
        offered.append(module)
    both = rooms._merge("things")["thing"]
    assert both.chained_action
    assert both(lambda context, data_dict: ["core"], {}, {}) == ["register", "opd", "core"]
