"""What a parcel from outside would change, as a plan like that of our own template.

An activity is known by its id in the portal, by the code of BPS, or by title and year; a
dataset by its id, or by the name of its indicator or its title among those of the activity.
Nobody's forms but those of the chosen organisation are looked at.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, BinaryIO

import ckan.model as model
from ckan.plugins import toolkit
from slugify import slugify

from ...metadata import stored_datasets
from ...metadata.contact import PREFIX
from ...metadata.kinds import KEGIATAN
from ...metadata.schema import dataset_schema
from ...metadata.stored_datasets import Stored
from ...opd import permissions
from ...tables import TableError
from ...text import normalise
from ..plan import Plan, Target, conclude
from ..template import ABOUT
from . import book, payload
from .names import VARIABLES, load
from .parcel import Item, Parcel

_LINK = "sd_kegiatan"
_LONGEST_NAME = 90
_HEAD = 64


def is_json(stream: BinaryIO) -> bool:
    """Whether a file may be forms of BPS in JSON; it stands at its beginning again."""
    head = stream.read(_HEAD)
    stream.seek(0)
    return payload.is_json(head)


def from_json(stream: BinaryIO, filename: str) -> Parcel:
    """The parcel in a JSON file.

    :raises TableError: it cannot be read, or is something else
    """
    return payload.read(stream.read(), filename)


def from_book(opened: Any, filename: str) -> Parcel | None:
    """The parcel in an open workbook; None if it holds no form of BPS.

    :raises TableError: it does, but cannot be read
    """
    if ABOUT in opened.sheetnames:
        return None
    try:
        return book.read(opened, filename) if book.is_form(opened) else None
    except TableError:
        raise
    except Exception as error:  # a broken sheet raises whatever its XML or zip part gives
        message = toolkit._("The file {name} cannot be read as XLSX: it is broken.")
        raise TableError(message.format(name=filename)) from error


def make_plan(parcel: Parcel, org_id: str, user: str, clear: bool = False) -> Plan:
    """Work out what saving a parcel would change for this user.

    :param org_id: id of the organisation it is meant for
    :param clear: a question that the parcel leaves open empties the field; else it stays
    :raises TableError: the user may not save for the organisation, or there is no activity
        that the parcel speaks of
    """
    if not org_id:
        raise TableError(toolkit._("Choose the organisation that the forms of BPS are for."))
    if not permissions.edits_opd(user, org_id):
        raise TableError(toolkit._("You may not add anything for this organisation."))
    plan = Plan(org_id, faults=list(parcel.faults), notes=list(parcel.notes))
    held = _activity(parcel.activity, list(stored_datasets.of_organization(org_id, KEGIATAN)))
    if held is None and not parcel.complete:
        raise TableError(
            toolkit._("The activity {title} is not on the portal yet: send its MS-Keg too.").format(
                title=parcel.activity.values.get("title") or "–"
            )
        )
    name = _new_name(parcel.activity) if held is None else held.name
    if parcel.complete:
        _drop_personal_data(parcel, plan)
        _settle(parcel.activity, KEGIATAN, held, name, clear, user, plan)
    datasets = list(stored_datasets.of_organization(org_id, "dataset")) if parcel.datasets else []
    taken: set[str] = set()
    for item in parcel.datasets:
        match = _dataset(item, [one for one in datasets if one.id not in taken], held)
        if match:
            taken.add(match.id)
        _settle(item, "dataset", match, "", clear, user, plan, _link(match, held, name))
    return plan


def _link(match: Stored | None, activity: Stored | None, name: str) -> dict[str, str]:
    """The link of a dataset to its activity by address, where it has not that link already."""
    linked = match and activity and match.value(_LINK) == activity.id
    return {} if linked else {_LINK: name}


def _drop_personal_data(parcel: Parcel, plan: Plan) -> None:
    """The preview is kept in a table that is not for personal data, and shows it to others."""
    values = parcel.activity.values
    personal = [name for name in values if name.startswith(PREFIX)]
    for name in personal:
        del values[name]
    if personal:
        plan.notes.append(
            toolkit._(
                "The person in charge (question 2.2) was not read: personal data are typed in "
                "the form of the activity."
            )
        )


def _first(found: Iterable[Stored], *tests: Callable[[Stored], bool]) -> Stored | None:
    """The first that meets a test; an earlier test goes before a later one."""
    candidates = list(found)
    return next((one for test in tests for one in candidates if test(one)), None)


def _same(text: Any, other: Any) -> bool:
    return bool(text and other) and normalise(str(text)) == normalise(str(other))


def _activity(item: Item, found: list[Stored]) -> Stored | None:
    code, title = item.values.get("sd_kode_kegiatan"), item.values.get("title")
    year = item.values.get("sd_tahun_kegiatan")
    return _first(
        found,
        lambda one: one.id == item.id,
        lambda one: _same(one.value("sd_kode_kegiatan"), code),
        lambda one: _same(one.title, title) and year in (None, one.value("sd_tahun_kegiatan")),
        lambda one: _same(one.title, title) and not one.value("sd_tahun_kegiatan"),
    )


def _dataset(item: Item, found: list[Stored], activity: Stored | None) -> Stored | None:
    name, title = item.values.get("sd_nama_indikator"), item.values.get("title")
    by_id = _first(found, lambda one: one.id == item.id)
    if by_id or activity is None:
        return by_id
    return _first(
        (one for one in found if one.value(_LINK) == activity.id),
        lambda one: _same(one.value("sd_nama_indikator"), name),
        lambda one: _same(one.title, title),
    )


def _new_name(item: Item) -> str:
    """A free address for a new activity, by which its new datasets can be linked to it."""
    parts = (item.values.get("title", ""), item.values.get("sd_tahun_kegiatan", ""))
    base = slugify(" ".join(parts))[:_LONGEST_NAME].strip("-") or KEGIATAN
    name, number = base, 1
    while model.Package.get(name) is not None:
        number += 1
        name = f"{base}-{number}"
    return name


def _settle(
    item: Item,
    dataset_type: str,
    held: Stored | None,
    name: str,
    clear: bool,
    user: str,
    plan: Plan,
    extra: dict[str, str] | None = None,
) -> None:
    """Add to the plan what an activity or a dataset would change."""
    schema = dataset_schema(dataset_type) or {"dataset_fields": []}
    fields = {field["field_name"] for field in schema["dataset_fields"]}
    values = {name: value for name, value in item.values.items() if name in fields}
    if held is None and not values.get("title"):
        values["title"] = values.get("sd_nama_indikator", "")
    if not (values.get("title") or held):
        plan.faults.append(item.place.fault("title", toolkit._("A new row needs a title.")))
        return
    if clear and held is not None:
        values = {name: "" for name in _asked(dataset_type) if name in fields} | values
    target = Target(dataset_type, name, held, item.place, values)
    target.cells = {key: (place, "") for key, place in item.places.items()}
    conclude(target, user, plan, extra)


def _asked(dataset_type: str) -> list[str]:
    """The fields that the forms ask for, without personal data."""
    if dataset_type == KEGIATAN:
        names = [name.field for name in load().ms_keg.names]
        return [name for name in names if not name.startswith(PREFIX)]
    return [*(name.field for name in load().ms_ind.names), VARIABLES]
