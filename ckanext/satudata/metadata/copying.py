"""A new dataset, or the next round of an activity, started from the metadata of an old one.

The old one is read as the user may read it, and only fills the form: nothing is stored until
the form is saved.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ckan.plugins import toolkit

from .composites import read_rows
from .form import is_silent
from .kegiatan_pages import satudata_contact, satudata_kegiatan_link
from .kinds import DOKUMEN, KEGIATAN
from .schema import dataset_schema
from .typed_text import iso_date, year

OF_ONE_ALONE = (
    "name",
    "sd_item",
    "sd_id_msind",
    "sd_kode_kegiatan",
    "sd_identitas_rekomendasi",
)
"""Fields that belong to one dataset: its address, its item, and the numbers BPS has given it."""

_DATE = "satudata_date.html"
_LINK = "satudata_kegiatan.html"

Values = dict[str, Any]


@dataclass(frozen=True)
class Copy:
    """What fills the form, and where it comes from (``title`` and ``url``)."""

    values: Values
    title: str
    url: str


def copied(package: Mapping[str, Any], schema: Mapping[str, Any]) -> Values:
    """The answers of a dataset that its form asks for, but for :data:`OF_ONE_ALONE`."""
    asked = [
        field["field_name"]
        for field in schema["dataset_fields"]
        if not is_silent(field) and field["field_name"] not in OF_ONE_ALONE
    ]
    values = {name: package[name] for name in asked if package.get(name) not in (None, "", [])}
    if "tag_string" in asked and package.get("tags"):
        values["tag_string"] = ", ".join(tag["name"] for tag in package["tags"])
    return {**values, "private": package.get("private", True)}


def next_round(package: Mapping[str, Any], schema: Mapping[str, Any]) -> Values:
    """The answers for the same activity a year later: its year, its dates, and the link back.

    Where the activity states no year, days are left out: nobody knows which are meant.
    """
    values = {**copied(package, schema), "sd_kegiatan_sebelumnya": package["id"]}
    try:
        old = year(str(values.pop("sd_tahun_kegiatan", "")))
        new = year(str(int(old) + 1))
    except ValueError:
        return {name: value for name, value in values.items() if name not in _dated(schema)}
    for name, field in _dated(schema).items():
        if name in values:
            values[name] = _later(values[name], field)
    title = re.sub(rf"(?<!\d){old}(?!\d)", new, str(values.get("title", "")))
    return {**values, "sd_tahun_kegiatan": new, "title": title}


def _dated(schema: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """The fields that hold days, alone or in rows, by name."""
    return {
        field["field_name"]: field
        for field in schema["dataset_fields"]
        if any(one.get("form_snippet") == _DATE for one in _parts(field))
    }


def _parts(field: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return field.get("repeating_subfields") or [field]


def _later(value: Any, field: Mapping[str, Any]) -> Any:
    """What a field holds, its days a year later."""
    if "repeating_subfields" not in field:
        return _year_later(value)
    days = {one["field_name"] for one in _parts(field) if one.get("form_snippet") == _DATE}
    return [
        {name: _year_later(text) if name in days else text for name, text in row.items()}
        for row in read_rows(value, field)
    ]


def _year_later(text: Any) -> Any:
    """The same day a year later (28 February for a 29th); what is no date as it is."""
    try:
        day = dt.date.fromisoformat(iso_date(str(text)))
        last = dt.date(day.year + 1, 2, 28)
        moved = last if (day.month, day.day) == (2, 29) else day.replace(year=day.year + 1)
    except ValueError:
        return text
    return moved.isoformat()


def start(reference: str, dataset_type: str) -> Copy | None:
    """What fills the form of a new dataset after the one of this id or name.

    None where there is none of this type that the user may read. Links to activities and
    the organisation are left out where the user could not save them; the person in charge
    comes along for those who may see him.
    """
    schema = dataset_schema(dataset_type)
    try:
        package = toolkit.get_action("package_show")({"for_edit": True}, {"id": reference})
    except (toolkit.ObjectNotFound, toolkit.NotAuthorized):
        return None
    if schema is None or dataset_type == DOKUMEN or package["type"] != dataset_type:
        return None
    make = next_round if dataset_type == KEGIATAN else copied
    values = make(package, schema)
    for field in schema["dataset_fields"]:
        name = field["field_name"]
        if field.get("form_snippet") == _LINK and not satudata_kegiatan_link(values.get(name, "")):
            values.pop(name, None)
    if not _may_create_in(values.get("owner_org")):
        values.pop("owner_org", None)
    values |= _contact(package["id"], schema)
    url = toolkit.url_for(f"{dataset_type}.read", id=package["name"])
    return Copy(values, package["title"] or package["name"], url)


def _may_create_in(organization: str | None) -> bool:
    try:
        return toolkit.check_access("package_create", {}, {"owner_org": organization})
    except toolkit.NotAuthorized:
        return False


def _contact(package_id: str, schema: Mapping[str, Any]) -> dict[str, str]:
    found = satudata_contact(package_id) if schema.get("kontak_fields") else {}
    return {name: text for name, text in found.items() if text}
