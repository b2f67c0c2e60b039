"""What a filled workbook would change, worked out and checked as a whole before any write.

Rows of all sheets that speak about the same dataset become one change. A cell that says
what is stored already changes nothing, so the same file twice does nothing the second time.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from ckan.plugins import toolkit

from ..metadata import checking, stored_datasets
from ..metadata.resource_values import as_list
from ..metadata.schema import field_of, is_list
from ..metadata.stored_datasets import Stored
from ..opd import permissions
from ..tables import as_text
from . import cells
from .reading import Fault, Filled, Line
from .sheets import Column

_MAIN = ("dataset", "ms_keg")
"""The sheets in which a new row makes a new dataset or activity."""


class Source(Protocol):
    """Where in a file something was said: a row of our template, a cell of another form."""

    @property
    def place(self) -> str:
        """As people read it."""
        ...

    def fault(self, key: str, message: str) -> Fault:
        """A fault there, at the column ``key`` if it has several."""
        ...


@dataclass
class Target:
    """A dataset or activity that rows speak about; ``stored`` is None for a new one."""

    type: str
    name: str
    stored: Stored | None
    line: Source
    values: dict[str, Any] = field(default_factory=dict)
    cells: dict[tuple[Any, ...], tuple[Source, str]] = field(default_factory=dict)
    """Where each value came from, by the key that a validator's error has."""

    def shown(self, column: Column, activities: Mapping[str, str]) -> dict[str, Any]:
        """The cells that say what is stored, and what they stand for.

        So a stored value that a field would not accept today may stay where it is.
        """
        if self.stored is None or column.part:
            return {}
        if column.composite:
            values = [row.get(column.key) for row in self.stored.rows(column.composite)]
        else:
            values = [self.stored.value(column.key)]
        return {_cell(column, value, activities): value for value in values if value}


@dataclass(frozen=True)
class Change:
    """One save to be made: ``after`` holds the new values by field, ``before`` the old ones."""

    package_id: str | None
    type: str
    name: str
    title: str
    place: str
    before: dict[str, Any]
    after: dict[str, Any]


@dataclass
class Plan:
    """The changes, those datasets that stay as they are (a count), and all faults found."""

    org_id: str
    changes: list[Change] = field(default_factory=list)
    unchanged: int = 0
    faults: list[Fault] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def make_plan(filled: Filled, user: str, clear: bool = False) -> Plan:
    """Work out what a filled workbook would change for this user.

    :param clear: an empty cell empties a field that is filled; else it leaves it alone
    """
    plan = Plan(filled.org_id, faults=list(filled.faults), notes=list(filled.notes))
    targets = _Targets(filled.lines, filled.org_id, user, plan.faults)
    activities = stored_datasets.activities(targets.organizations)
    for line in filled.lines:
        target = targets.of(line)
        if target is not None:
            plan.faults += _take(line, target, activities, clear)
    for target in targets.all():
        conclude(target, user, plan)
    return plan


class _Targets:
    """Finds what the rows are about; says so where a row is about nothing it may change."""

    def __init__(self, lines: list[Line], org_id: str, user: str, faults: list[Fault]) -> None:
        self.org_id, self.user, self.faults = org_id, user, faults
        self._stored = stored_datasets.by_reference(
            {ref for row in lines for ref in (row.id, row.name) if ref}
        )
        self._by_key: dict[str, Target] = {}
        self._rows: dict[tuple[str, int], Line] = {}
        self._may: dict[str | None, bool] = {}
        # New ones first, since the rows of other sheets may speak of them.
        main_first = sorted(lines, key=lambda line: line.sheet.key not in _MAIN)
        self._targets = {id(line): self._find(line) for line in main_first}

    @property
    def organizations(self) -> set[str]:
        """Owners of all that the rows are about."""
        owners = {one.owner_org for one in self._stored.values() if one.owner_org}
        return owners | {self.org_id}

    def of(self, line: Line) -> Target | None:
        """What a row is about; None if a fault was found."""
        return self._targets[id(line)]

    def all(self) -> Iterator[Target]:
        """Each target once, in the order of the workbook."""
        yield from self._by_key.values()

    def _find(self, line: Line) -> Target | None:
        known = self._stored.get(line.id or line.name)
        if line.id and known is None:
            return self._refuse(line, "id", toolkit._("There is nothing with this ID."))
        if known is None:
            return self._new(line)
        if known.type != line.sheet.dataset_type:
            return self._refuse(line, "id", toolkit._("This is not of the kind of this sheet."))
        if line.name and line.name not in (known.name, known.id):
            return self._refuse(
                line, "name", toolkit._("The address cannot be changed here, only in the form.")
            )
        if not self._edits(known.owner_org):
            return self._refuse(line, "id", toolkit._("You may not change this one."))
        found = Target(known.type, known.name, known, line)
        return self._once(line, self._by_key.setdefault(known.id, found))

    def _new(self, line: Line) -> Target | None:
        if line.name and (held := self._by_key.get(f"new {line.name}")):
            return self._once(line, held)
        if line.sheet.key not in _MAIN:
            return self._refuse(
                line, "name", toolkit._("There is nothing with this address: add it first.")
            )
        if not line.texts.get("title"):
            return self._refuse(line, "title", toolkit._("A new row needs a title."))
        if not self._edits(self.org_id):
            return self._refuse(
                line, "id", toolkit._("You may not add anything for this organisation.")
            )
        if line.name and (message := _bad_name(line.name)):
            return self._refuse(line, "name", message)
        made = Target(line.sheet.dataset_type, line.name, None, line)
        key = f"new {line.name or (line.sheet.key, line.number)}"
        return self._once(line, self._by_key.setdefault(key, made))

    def _once(self, line: Line, target: Target) -> Target | None:
        """A sheet of flat fields has one row for each dataset."""
        if line.sheet.composite is not None:
            return target
        first = self._rows.setdefault((line.sheet.key, id(target)), line)
        if first is line:
            return target
        message = toolkit._("Row {row} of this sheet is about the same one. Keep one of the two.")
        return self._refuse(line, "id", message.format(row=first.number))

    def _edits(self, org_id: str | None) -> bool:
        if org_id not in self._may:
            self._may[org_id] = permissions.edits_opd(self.user, org_id)
        return self._may[org_id]

    def _refuse(self, line: Line, key: str, message: str) -> None:
        self.faults.append(line.fault(key, message))


def _cell(column: Column, value: Any, activities: Mapping[str, str]) -> str:
    return as_text(cells.shown(column, value, activities)).strip()


def _bad_name(name: str) -> str | None:
    try:
        toolkit.get_validator("name_validator")(name, {})
    except toolkit.Invalid as error:
        return error.error
    return None


def _take(
    line: Line, target: Target, activities: Mapping[str, str], clear: bool
) -> Iterator[Fault]:
    """Put the cells of a row into the values of its target."""
    composite = line.sheet.composite
    row: dict[str, Any] = {}
    if composite is not None:
        rows = target.values.setdefault(composite["field_name"], [])
        rows.append(row)
    for column in line.sheet.columns:
        text = line.texts.get(column.key)
        if text is None or text == cells.TOO_LONG:
            continue
        held = target.shown(column, activities)
        if composite is None and text in held:
            continue  # as it is stored
        try:
            value = held.get(text) or (cells.taken(column, text, activities) if text else "")
        except cells.CellError as error:
            yield line.fault(column.key, str(error))
            continue
        if composite is not None:
            row[column.key] = value
            place: tuple[Any, ...] = (composite["field_name"], len(rows) - 1, column.key)
            target.cells[place] = (line, column.key)
        elif text or clear:
            yield from _put(line, column, value, target)


def _put(line: Line, column: Column, value: Any, target: Target) -> Iterator[Fault]:
    if not column.part:
        target.values[column.key] = value
        target.cells[(column.key,)] = (line, column.key)
        return
    name = column.key.split(".")[0]
    rows = target.values.setdefault(name, [])
    for number, text in enumerate(value or []):
        if number == len(rows):
            rows.append({})
        rows[number][column.part] = text
        target.cells[(name, number, column.part)] = (line, column.key)
    if column.part == "akhir" and any(len(row) < 2 for row in rows):
        message = toolkit._("Give as many ends as there are beginnings.")
        yield line.fault(column.key, message)


def conclude(target: Target, user: str, plan: Plan, extra: Mapping[str, Any] | None = None) -> None:
    """Check the values of a target by the rules of the form, and keep what differs.

    :param extra: values that differ and can be checked only when they are saved
    """
    kept, errors = checking.check(target.type, target.values, target.stored, user)
    for key, messages in errors.items():
        line, column = target.cells.get(key, (target.line, "title"))
        plan.faults += [line.fault(column, message) for message in messages]
    if errors:
        return
    before, after = {}, {}
    for name in target.values:
        old = comparable_of(target.stored, name) if target.stored else None
        new = _comparable(field_of(target.type, name), kept.get(name)) or None
        if old != new:
            before[name], after[name] = old, kept.get(name, "")
    for name, value in (extra or {}).items():
        before[name] = comparable_of(target.stored, name) if target.stored else None
        after[name] = value
    if target.stored is not None and not after:
        plan.unchanged += 1
        return
    plan.changes.append(
        Change(
            package_id=target.stored.id if target.stored else None,
            type=target.type,
            name=target.name,
            title=after.get("title") or (target.stored.title if target.stored else "") or "",
            place=target.line.place,
            before=before,
            after=after,
        )
    )


def comparable_of(one: Stored, name: str) -> Any:
    """The stored value of a field in the form in which a :class:`Change` holds it; None: empty."""
    field = field_of(one.type, name)
    value = one.rows(name) if "repeating_subfields" in field else one.value(name)
    return _comparable(field, value) or None


def _comparable(field: Mapping[str, Any], value: Any) -> Any:
    """A value so that what means the same compares equal, in the form that pages show."""
    if "repeating_subfields" in field:
        return [
            {sub: _plain(text) for sub, text in row.items() if _plain(text)} for row in value or []
        ]
    if is_list(field):
        return as_list(value)
    return _plain(value)


def _plain(value: Any) -> str:
    return "" if value is None else str(value).replace("\r\n", "\n").strip()
