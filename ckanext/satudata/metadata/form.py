"""The page of the metadata form: its tabs, its errors, and what its scripts must know."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ckan.plugins import toolkit

from ..template_helpers import language_text
from .choice_words import choice_labels
from .completeness import placeholders
from .overtaken import SEEN
from .schema import Condition, Rule, all_fields, conditions_of, field_by_name, rules

_ANCHORS = {"owner_org": "field-organizations", "tags": "field-tag_string"}
"""Fields whose control has another id than ``field-<name>``."""

_SILENT = ("satudata_kept.html", "satudata_kept_with_extras.html")
"""Snippets that only carry a stored value along."""


@dataclass(frozen=True)
class Tab:
    """A tab of the form with the fields that stand in it.

    ``silent``: nothing in it is seen; its inputs are posted all the same.
    """

    name: str
    label: str
    intro: str
    fields: tuple[Mapping[str, Any], ...]
    silent: bool


@dataclass(frozen=True)
class FormError:
    """One message of a refused save.

    ``tab``: name of the tab that has the field; None where the form has no such field.
    ``anchor``: id of the input, for a link.
    """

    tab: str | None
    anchor: str
    label: str
    message: str


def tabs(schema: Mapping[str, Any], data: Mapping[str, Any], contact: bool) -> list[Tab]:
    """The tabs of a schema with headings; a field of none stands with the one before it.

    ``data``: what the form shows; ``contact``: whether the person in charge is asked for.
    """
    members: dict[str, list[Mapping[str, Any]]] = {one["name"]: [] for one in schema["kelompok"]}
    for name, field in _placed(schema):
        if contact or field not in schema.get("kontak_fields", ()):
            members[name].append(field)
    return [
        Tab(
            group["name"],
            language_text(group["label"]),
            language_text(group.get("pengantar", "")),
            tuple(members[group["name"]]),
            not data.get("extras") and all(map(is_silent, members[group["name"]])),
        )
        for group in schema["kelompok"]
    ]


def _placed(schema: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    names = [group["name"] for group in schema["kelompok"]]
    present = names[0]
    for field in all_fields(schema):
        if field.get("kelompok") in names:
            present = field["kelompok"]
        yield present, field


def is_silent(field: Mapping[str, Any]) -> bool:
    """Whether the form does not ask for a field, though it may carry its value along."""
    # A snippet of None: scheming shows no input at all.
    return field.get("form_snippet", "") in (None, *_SILENT)


def form_errors(errors: Mapping[str, Any], schema: Mapping[str, Any]) -> list[FormError]:
    """The messages of a refused save in the order of the form, those of rows one by one."""
    found = []
    left = dict(errors)
    order = [group["name"] for group in schema["kelompok"]]
    for tab, field in sorted(_placed(schema), key=lambda placed: order.index(placed[0])):
        name = field["field_name"]
        label = language_text(field.get("label", name))
        faults = left.pop(name, None) or left.pop({"tag_string": "tags"}.get(name, ""), None)
        for anchor, place, message in _messages(field, faults or []):
            found.append(FormError(tab, anchor, " – ".join([label, *place]), message))
    for name, faults in left.items():
        label = toolkit._("Not saved") if name == SEEN else name
        found += [FormError(None, "", label, str(text)) for text in _texts(faults)]
    return found


def _messages(
    field: Mapping[str, Any], faults: Iterable[Any]
) -> Iterator[tuple[str, list[str], str]]:
    """Anchor, place within the field, and text of each message."""
    anchor = _ANCHORS.get(field["field_name"], f"field-{field['field_name']}")
    for number, fault in enumerate([faults] if isinstance(faults, str) else faults):
        if not isinstance(fault, Mapping):
            for text in _texts(fault):
                yield anchor, [], text
            continue
        row = toolkit._("row {number}").format(number=number + 1)
        for name, texts in fault.items():
            known = field_by_name(field.get("repeating_subfields", ()), name)
            label = language_text(known["label"]) if known else name
            for text in _texts(texts):
                yield f"{anchor}-{number}-{name}", [row, label], text


def _texts(faults: Any) -> Iterator[str]:
    """The texts in whatever core and validators nest them in."""
    if isinstance(faults, Mapping):
        for one in faults.values():
            yield from _texts(one)
    elif isinstance(faults, list | tuple):
        for one in faults:
            yield from _texts(one)
    elif faults:
        yield str(faults)


def path_label(path: str, schema: Mapping[str, Any]) -> str:
    """Label of a missing answer (``sd_definisi``, ``sd_variabel.definisi``) in words."""
    name, _, sub = path.partition(".")
    field = field_by_name(all_fields(schema), name)
    labels = [field["label"]] if field else [path]
    known = field_by_name(field.get("repeating_subfields", ()), sub) if field and sub else None
    if known:
        labels.append(known["label"])
    return " – ".join(language_text(label) for label in labels)


def facts(schema: Mapping[str, Any], contact: bool) -> dict[str, Any]:
    """What the scripts of the form must know, as JSON: conditions, rules, words for nothing.

    One declaration for all: the schema and ``presets.yaml``. ``contact``: as in
    :func:`tabs`.
    """
    place = {field["field_name"]: tab for tab, field in _placed(schema)}
    nothing = placeholders()
    return {
        "conditions": {
            name: _conditions(held) for name, held in conditions_of(schema).items() if held
        },
        "rules": [_rule(rule, place[rule.name], schema) for rule in rules(schema, contact)],
        "empty": {"signs": list(nothing.signs), "words": sorted(nothing.words)},
        "texts": {"filled": filled_text()},
    }


def filled_text() -> str:
    """The sentence of the counters; the browser fills its numbers in anew."""
    return toolkit._("{filled} of {required} mandatory fields are filled.")


def _conditions(held: Iterable[Condition]) -> list[dict[str, Any]]:
    return [{"field": one.name, "values": sorted(one.values)} for one in held]


def _rule(rule: Rule, tab: str, schema: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "field": rule.name,
        "sub": rule.subfield,
        "subfields": rule.subfields,
        "tab": tab,
        "label": path_label(rule.path, schema),
        "conditions": _conditions(rule.conditions),
        "choices": None if rule.choices is None else sorted(rule.choices),
    }


def condition_text(field: Mapping[str, Any], schema: Mapping[str, Any]) -> str:
    """When a question applies, in words; empty: always. "Only if Method: Survey"."""
    own = field.get("berlaku_jika") or {}
    group = next((one for one in schema["kelompok"] if one["name"] == field.get("kelompok")), {})
    stated = {**(group.get("berlaku_jika") or {}), **own}
    if not stated:
        return ""
    parts = []
    for name, wanted in stated.items():
        asked = field_by_name(all_fields(schema), name)
        if asked is None:
            continue
        labels = choice_labels(asked)
        values = wanted if isinstance(wanted, list) else [wanted]
        texts = [str(one).lower() if isinstance(one, bool) else str(one) for one in values]
        told = toolkit._(" or ").join(f"“{labels.get(text, text)}”" for text in texts)
        parts.append(f"{language_text(asked['label'])}: {told}")
    return toolkit._("Only if {conditions}").format(conditions="; ".join(parts))
