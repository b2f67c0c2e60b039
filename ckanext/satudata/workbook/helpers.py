"""Template helpers of the workbook room."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ckan.plugins import toolkit

from ..metadata.choice_words import choice_labels
from ..metadata.schema import field_of, fields_of
from ..template_helpers import language_text
from ..text import N_

__all__ = [
    "satudata_workbook_field",
    "satudata_workbook_form_label",
    "satudata_workbook_order",
    "satudata_workbook_state",
    "satudata_workbook_value",
]

_STATES = {
    "preview": (N_("Waits for your confirmation"), "info"),
    "refused": (N_("To be mended"), "danger"),
    "queued": (N_("Being saved"), "primary"),
    "done": (N_("Saved"), "success"),
    "waiting": (N_("Waits"), "secondary"),
    "saved": (N_("Saved"), "success"),
    "failed": (N_("Not saved"), "danger"),
    "overtaken": (N_("Changed by others since, not saved"), "warning"),
}

_FORMS = {
    "dataset": N_("Datasets"),
    "ms_ind": N_("MS-Ind: indicators"),
    "ms_var": N_("MS-Var: variables"),
    "ms_keg": N_("MS-Keg: statistical activities"),
}


def satudata_workbook_form_label(form: str) -> str:
    """What a form of a workbook is called."""
    return toolkit._(_FORMS[form])


def satudata_workbook_state(state: str) -> dict[str, str]:
    """The label and colour of the state of an upload or of one of its changes."""
    label, colour = _STATES[state]
    return {"label": toolkit._(label), "colour": colour}


def satudata_workbook_order(dataset_type: str, names: Iterable[str]) -> list[str]:
    """Names of fields in the order of their form; those it does not have come last."""
    places = {field["field_name"]: at for at, field in enumerate(fields_of(dataset_type))}
    return sorted(names, key=lambda name: (places.get(name, len(places)), name))


def satudata_workbook_field(dataset_type: str, name: str) -> str:
    """The label of a field of a dataset type; its name where the schema has none."""
    return language_text(field_of(dataset_type, name).get("label") or name)


def satudata_workbook_value(dataset_type: str, name: str, value: Any) -> str:
    """A value of a change in words; the rows of a composite as their number."""
    if value in (None, "", []):
        return "–"
    if isinstance(value, list) and isinstance(value[0], dict):
        number = len(value)
        return toolkit.ungettext("%(num)d row", "%(num)d rows", number) % {"num": number}
    labels = choice_labels(field_of(dataset_type, name))
    texts = value if isinstance(value, list) else [str(value)]
    return ", ".join(labels.get(text, text) for text in texts)
