"""The sheets of a workbook: one per form, a column per field, taken from the active schemas.

What repeats in a form (the columns of a table, the areas of an activity) is a sheet of its
own with a row per entry; a span of dates is two columns of the form's sheet.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ..metadata.choice_words import choice_labels
from ..metadata.composites import is_span
from ..metadata.schema import choices, dataset_schema
from ..template_helpers import language_text

FORMS = ("dataset", "ms_ind", "ms_var", "ms_keg")
"""Names of the forms, in the order in which they stand in a workbook."""

_TITLES = {"dataset": "Dataset", "ms_ind": "MS-Ind", "ms_var": "MS-Var", "ms_keg": "MS-Keg"}
_INDICATOR = "indikator"
_NOT_IN_SHEETS = {"name", "owner_org", "tag_string", "sd_item"}
"""Key columns of every sheet, and fields that are chosen from lists too long for a cell."""

_KINDS = {
    "satudata_select": "choice",
    "satudata_radio": "choice",
    "satudata_boolean": "choice",
    "satudata_multi": "choices",
    "satudata_list": "list",
    "satudata_date": "date",
    "satudata_year": "number",
    "satudata_integer": "number",
    "satudata_kegiatan": "activity",
}


@dataclass(frozen=True)
class Column:
    """One column. ``key`` is ``field`` or ``field.part``, unique in its sheet.

    ``field`` is the scheming field, or the subfield in the sheet of a composite;
    ``composite`` names the composite whose rows the sheet holds; ``part`` the end of a
    span of dates that this column holds; both "" in all other columns.
    """

    key: str
    field: Mapping[str, Any]
    kind: str
    label: str
    help: str
    mandatory: bool
    composite: str = ""
    part: str = ""

    @property
    def options(self) -> list[tuple[str, str]]:
        """Value and label of each choice, in the language in use; none for free text."""
        return list(choice_labels(self.field).items())


@dataclass(frozen=True)
class Sheet:
    """One sheet: a form's flat fields, or the rows of its ``composite``."""

    key: str
    form: str
    title: str
    dataset_type: str
    columns: tuple[Column, ...]
    composite: Mapping[str, Any] | None = None


def sheets(forms: tuple[str, ...] = FORMS) -> list[Sheet]:
    """The sheets of these forms; a form whose type has no schema here has none."""
    return [sheet for form in FORMS if form in forms for sheet in _of_form(form)]


def _of_form(form: str) -> Iterator[Sheet]:
    dataset_type = "kegiatan" if form == "ms_keg" else "dataset"
    schema = dataset_schema(dataset_type)
    if schema is None:
        return
    fields = [field for field in schema["dataset_fields"] if _belongs(field, form)]
    flat = tuple(column for field in fields for column in _columns(field))
    if flat:
        yield Sheet(form, form, _TITLES[form], dataset_type, flat)
    for field in fields:
        if _repeats(field):
            columns = tuple(
                _column(sub, sub["field_name"], composite=field["field_name"])
                for sub in field["repeating_subfields"]
            )
            title = _TITLES[form] if form == "ms_var" else _title(form, field)
            yield Sheet(field["field_name"], form, title, dataset_type, columns, field)


def _belongs(field: Mapping[str, Any], form: str) -> bool:
    if field["field_name"] in _NOT_IN_SHEETS or field.get("preset") == "satudata_kept":
        return False
    if form == "ms_keg":
        return True
    if _repeats(field) and field.get("kelompok") != _INDICATOR:
        return form == "ms_var"
    return (form == "ms_ind") == (field.get("kelompok") == _INDICATOR) and form != "ms_var"


def _repeats(field: Mapping[str, Any]) -> bool:
    """Whether the rows of a field need a sheet; a span of dates does not."""
    return "repeating_subfields" in field and not is_span(field)


def _title(form: str, field: Mapping[str, Any]) -> str:
    name = field["field_name"].removeprefix("sd_").replace("_", " ")
    return f"{_TITLES[form]} {name}"[:31]


def _columns(field: Mapping[str, Any]) -> Iterator[Column]:
    name = field["field_name"]
    if is_span(field):
        for sub in field["repeating_subfields"]:
            yield _column(
                {**sub, "help_text": sub.get("help_text") or field.get("help_text")},
                f"{name}.{sub['field_name']}",
                prefix=f"{language_text(field['label'])}: ",
                part=sub["field_name"],
            )
    elif "repeating_subfields" not in field:
        yield _column(field, name)


def _column(
    field: Mapping[str, Any], key: str, prefix: str = "", composite: str = "", part: str = ""
) -> Column:
    texts = [field.get("help_text"), field.get("form_placeholder")]
    return Column(
        key=key,
        field=field,
        kind=_KINDS.get(field.get("preset", ""), "choice" if choices(field) else "text"),
        label=prefix + language_text(field["label"]),
        help=" ".join(language_text(text) for text in texts if text),
        mandatory=bool(field.get("wajib") or field.get("wajib_jika")),
        composite=composite,
        part=part,
    )
