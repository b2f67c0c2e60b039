"""A parcel as one JSON file: ``{"ms_keg": {…}, "ms_ind": [{…}], "ms_var": [{…}]}``.

Each form is what BPS's programs take: INDAH's envelope with ``data``, or the flat keys.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from ckan.plugins import toolkit

from ...tables import TableError
from ..reading import Fault
from . import national
from .names import VARIABLES, Form, load
from .national import OWN
from .parcel import Item, Parcel, Place, variables_of
from .shapes import NOTHING

_VERSION = "v2"
_SHEETS = {"ms_keg": "MS-Keg", "ms_ind": "MS-Ind", "ms_var": "MS-Var"}
_NUL = b"\\u0000"
_CODE, _YEAR = "sd_kode_kegiatan", "sd_tahun_kegiatan"


def write(parcel: Parcel, flat: bool) -> bytes:
    """The file, readable for people too."""
    names, activity = load(), parcel.activity
    code = activity.values.get(_CODE)
    datasets = [
        _form(names.ms_ind, one.values, flat, code, {"id": one.id, "title": one.values["title"]})
        for one in parcel.datasets
    ]
    variables = [
        _form(names.ms_var, row, flat, code, {"dataset": one.id})
        for one, row in variables_of(parcel.datasets)
    ]
    keg = _form(names.ms_keg, activity.values, flat, None, {"id": activity.id})
    year = activity.values.get(_YEAR, "")
    keg["submission_period"] = int(year) if year.isdecimal() and len(year) == 4 else None
    if flat:
        keg["produsen_data_name"] = parcel.organiser
    else:
        keg["produsen_data"] = {"name": parcel.organiser}
        keg["version"] = _VERSION
    whole = {"ms_keg": keg, "ms_ind": datasets, "ms_var": variables}
    return json.dumps(whole, ensure_ascii=False, indent=2).encode() + b"\n"


def _form(
    form: Form, values: Mapping[str, Any], flat: bool, code: str | None, own: dict[str, Any]
) -> dict[str, Any]:
    answers = {name: value for name, value in values.items() if name != VARIABLES}
    written, own = national.with_own(form, answers, flat, own)
    link = {} if form.key == "ms_keg" else {"id_mskeg" if flat else "ms_keg_id": code}
    return {**link, **(written if flat else {"data": written}), OWN: own}


def is_json(head: bytes) -> bool:
    """Whether a file that begins so may be one of these."""
    return head.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] == b"{"


def read(content: bytes, filename: str) -> Parcel:
    """The parcel in a file, in either shape, also one form alone as BPS's programs give it.

    :raises TableError: it is no JSON, or none of these forms
    """
    try:
        whole = json.loads(content.decode("utf-8-sig"))
        if _NUL in json.dumps(whole, ensure_ascii=False).encode():  # no database takes it
            raise ValueError
        return _read(whole, filename)
    except (ValueError, RecursionError) as error:
        raise TableError(
            toolkit._("The file {name} cannot be read as JSON.").format(name=filename)
        ) from error


def _read(whole: Any, filename: str) -> Parcel:
    if isinstance(whole, dict) and not whole.keys() & _SHEETS.keys():
        whole = {"ms_keg": whole}
    entries = {key: _entries(whole.get(key)) for key in _SHEETS} if isinstance(whole, dict) else {}
    parcel = Parcel(Item({}))
    activities = [_item(load().ms_keg, one, "ms_keg", parcel) for one in entries.get("ms_keg", [])]
    if len(activities) != 1 or not activities[0].values.get("title"):
        raise TableError(
            toolkit._("The file {name} does not hold the form MS-Keg of one activity.").format(
                name=filename
            )
        )
    parcel.activity = activities[0]
    _note_strangers(whole, parcel)
    for number, one in enumerate(entries["ms_ind"]):
        parcel.datasets.append(_item(load().ms_ind, one, f"ms_ind[{number}]", parcel))
    for number, one in enumerate(entries["ms_var"]):
        _add_variable(one, f"ms_var[{number}]", parcel)
    return parcel


def _entries(given: Any) -> list[dict[str, Any]]:
    """The forms of one kind: a list of them, or one alone."""
    listed = given if isinstance(given, list) else [given]
    return [one for one in listed if isinstance(one, dict)]


def _note_strangers(whole: Mapping[str, Any], parcel: Parcel) -> None:
    """Note what stands in the file beside or among the forms."""
    strange = [key for key in whole if key not in _SHEETS]
    for key in [key for key in _SHEETS if key in whole]:
        held = whole[key] if isinstance(whole[key], list) else [whole[key]]
        if len(_entries(held)) < len(held):
            strange.append(key)
    parcel.notes += [
        toolkit._("{place}: not read, for it is not one of the forms.").format(place=key)
        for key in strange
    ]


def _item(form: Form, entry: Mapping[str, Any], where: str, parcel: Parcel) -> Item:
    """One form; what is wrong or not understood is noted in the parcel."""
    sheet = _SHEETS[form.key]
    nested = isinstance(entry.get("data"), dict)
    own = entry.get(OWN) if isinstance(entry.get(OWN), dict) else {}
    answers = {key: value for key, value in entry.items() if key != OWN}
    reading = (
        national.from_indah(form, answers["data"]) if nested else national.from_flat(form, answers)
    )
    values = {**reading.values, **_own_values(form, own)}
    item = Item(values, str(own.get("id") or ""), Place(sheet, where))
    for name in form.names:
        key = ".".join(name.path) if nested else name.flat
        item.places[(name.field,)] = Place(sheet, f"{where}.{key or OWN}")
    around = [
        key
        for key in (answers if nested else ())
        if key != "data" and key not in load().envelope and answers[key] not in NOTHING
    ]
    if unknown := reading.unknown + around:
        parcel.notes.append(
            toolkit._("{place}: not read, since the form has no such question: {keys}").format(
                place=where, keys=", ".join(unknown)
            )
        )
    parcel.faults += [
        Fault(sheet, f"{where}.{path}", toolkit._("This cannot be read as an answer."))
        for path in reading.unreadable
    ]
    return item


def _own_values(form: Form, own: Mapping[str, Any]) -> dict[str, Any]:
    """What stands under our own key, where it is of the form in which it may be stored."""
    shapes = {name.field: name.shape for name in form.names} | {"title": "text"}
    return {
        key: value
        for key, value in own.items()
        if key in shapes and _is_stored_form(shapes[key], value)
    }


def _is_stored_form(shape: str, value: Any) -> bool:
    if shape not in ("multi", "rows"):
        return isinstance(value, str)
    if not isinstance(value, list):
        return False
    if shape == "multi":
        return all(isinstance(one, str) for one in value)
    return all(
        isinstance(row, dict) and all(isinstance(text, str) for text in row.values())
        for row in value
    )


def _add_variable(entry: Mapping[str, Any], where: str, parcel: Parcel) -> None:
    own = entry.get(OWN)
    dataset_id = own.get("dataset") if isinstance(own, dict) else None
    found = next((one for one in parcel.datasets if dataset_id and one.id == dataset_id), None)
    if found is None and len(parcel.datasets) == 1:
        found = parcel.datasets[0]
    row = _item(load().ms_var, entry, where, parcel)
    if found is None:
        parcel.notes.append(
            toolkit._("{place}: not read, for it does not say to which dataset it belongs.").format(
                place=where
            )
        )
        return
    rows = found.values.setdefault(VARIABLES, [])
    for key, place in row.places.items():
        found.places[(VARIABLES, len(rows), *key)] = place
    rows.append(row.values)
