"""An activity with its datasets on its way out of the portal, or into it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ...metadata.completeness import applies
from ...metadata.composites import filled, is_blank
from ...metadata.resource_values import as_list
from ...metadata.schema import conditions_of, dataset_schema
from ...metadata.stored_values import rows_in
from ..reading import Fault
from .names import VARIABLES, Form, load


@dataclass(frozen=True)
class Place:
    """Where a value stands in a file: a cell ("D12") of a sheet, or a key of a payload."""

    sheet: str
    cell: str

    @property
    def place(self) -> str:
        """As people read it."""
        return f"{self.sheet}!{self.cell}" if self.cell else self.sheet

    def fault(self, _key: str, message: str) -> Fault:
        """A fault at this place."""
        return Fault(self.sheet, self.cell, message)


@dataclass
class Item:
    """An activity or a dataset: its answers as they are stored, by field.

    ``places``: where each came from, by the key that a validator's error has.
    """

    values: dict[str, Any]
    id: str = ""
    place: Place = Place("", "")
    places: dict[tuple[Any, ...], Place] = field(default_factory=dict)


@dataclass
class Parcel:
    """The forms of one activity; ``organiser`` stands in the heading of MS-Ind and MS-Var.

    ``complete``: False where there is no MS-Keg, so that ``activity`` holds no more than the
    headings of the other forms. ``notes``, ``faults``: what was passed over, what is wrong.
    """

    activity: Item
    datasets: list[Item] = field(default_factory=list)
    organiser: str = ""
    complete: bool = True
    notes: list[str] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)


def activity_item(package: Mapping[str, Any], contact: Mapping[str, str]) -> Item:
    """The answers of an activity as ``package_show`` gives it, with the person in charge."""
    return Item(_answers(load().ms_keg, {**package, **contact}), package["id"])


def dataset_item(package: Mapping[str, Any]) -> Item:
    """What MS-Ind and MS-Var ask of a dataset as ``package_show`` gives it."""
    values = {"title": package["title"], **_answers(load().ms_ind, package)}
    variables = [filled(row) for row in rows_in(package.get(VARIABLES))]
    if variables:
        values[VARIABLES] = variables
    return Item(values, package["id"])


def _answers(form: Form, package: Mapping[str, Any]) -> dict[str, Any]:
    """The filled answers of a form, without those to questions that do not apply."""
    schema = dataset_schema(form.dataset_type)
    conditions = conditions_of(schema) if schema else {}
    answers = {}
    for name in form.names:
        held = package.get(name.field)
        if is_blank(held) or not applies(conditions.get(name.field, ()), package):
            continue
        value = _plain(name.shape, held)
        if value:
            answers[name.field] = value
    return answers


def _plain(shape: str, value: Any) -> Any:
    if shape == "multi":
        return as_list(value)
    if shape == "rows":
        return [row for row in map(filled, rows_in(value)) if row]
    return value if isinstance(value, str) else str(value)


def variables_of(datasets: Iterable[Item]) -> Iterable[tuple[Item, dict[str, Any]]]:
    """Each variable of each dataset, with the dataset."""
    return ((one, row) for one in datasets for row in one.values.get(VARIABLES, []))
